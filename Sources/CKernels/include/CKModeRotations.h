// Kernels of convolutions between channels (feature, point operation) of a group with translations, in modes.
#pragma once

#include "CKConvolution.h"

/// How P point operations, a group with the identity first, rotate modes. The kernel from channel (i, a) to channel (o,
/// b) is kernel (i, o, c) rotated by a, with c the operation a⁻¹b; (i, o, c) are counted (feature in, feature out,
/// operation).
typedef struct {
  long points;
  /// points × elements: the slot whose mode, rotated by the operation, is that of this slot.
  const int32_t *sources;
  /// points × complex modes: whether the mode is then the complex conjugate.
  const int8_t *conjugates;
  /// points × points, the operation a⁻¹b for a and b.
  const int32_t *quotients;
} ck_mode_rotations;

// Everywhere: `in` and `out` are features. Weights are (slot, i, a, o, b), unrotated ones (slot, i, o, c), the slots
// `stride` reals apart.

/// The weights of all channels from those of unrotated kernels.
void ck_rotate_weights(ck_type type, const ck_waves *waves, const ck_mode_rotations *rotations, long in, long out,
                       const void *unrotated, long stride_unrotated, void *w, long stride_w);

/// The transpose of that, added.
void ck_add_rotated_weights(ck_type type, const ck_waves *waves, const ck_mode_rotations *rotations, long in, long out,
                            const void *w, long stride_w, void *unrotated, long stride_unrotated);

/// Reals of working memory for the function below.
long ck_rotated_products_scratch(ck_type type, const ck_mode_rotations *rotations, long in, long out);

/// unrotated += the transpose of x† ⊗ y for one sample, without the weights of all channels in between; x and y hold
/// its modes (slot, channel).
void ck_add_rotated_products(ck_type type, const ck_waves *waves, const ck_mode_rotations *rotations, const void *x,
                             long in, const void *y, long out, void *unrotated, long stride, void *scratch);
