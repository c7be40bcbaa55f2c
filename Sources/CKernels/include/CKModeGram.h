// Gram matrices of outer products of Fourier modes.
#pragma once

/// Eight samples side by side: packed[s/8 · block + 8n + s%8] = roots[n / channels] · x[s · stride + n] for s < samples
/// and n < slots · channels, the modes (slot, channel) of a sample. `block` ≥ 8 · slots · channels; the places of the
/// last eight samples beyond `samples` become 0.
///
/// @param roots by slot; nullable: 1
void ck_pack_modes_d(const double *x, const double *roots, long slots, long channels, long stride, long samples,
                     double *packed, long block);

/// The modes of some samples, packed: those of `components` arrays one after the other, `component` apart.
typedef struct {
  const double *modes;
  long channels;
  long block;
  long components;
  long component;
} ck_packed_modes;

/// t[(r·C + a)·stride + c·C + b] += Σ_m Re[⟨x_s, x_s′⟩ ⟨y_s′,b, y_s,a⟩] over all modes m, real and complex, where ⟨,⟩
/// sums over channels: the inner products of the rows x† ⊗ y. s = first_row + r for r < rows, s′ = first_column + c for
/// c < columns; x has one component, y has C, 1 or 2. The sum for a pair of samples does not depend on what else is
/// asked for. Complex mode m has the slots 2m and 2m + 1, real modes the others.
void ck_add_mode_gram_d(long complex_modes, long slots, const ck_packed_modes *x, const ck_packed_modes *y,
                        long first_row, long rows, long first_column, long columns, double *t, long stride);
