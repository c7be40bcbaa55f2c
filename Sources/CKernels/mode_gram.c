#include "CKModeGram.h"
#include "kernel.h"

#include <string.h>

// Every function that returns or takes a vector is inlined: none crosses an interface.
#pragma clang diagnostic ignored "-Wpsabi"

// 64 bytes: the same number of eight samples.
typedef double samples_d __attribute__((vector_size(64), aligned(sizeof(double))));
enum {
  LANES = 8,
  /// Rows whose inner products with eight samples stay in registers, so many that no sum waits for itself.
  ROWS = 4,
  /// Rows whose sums over modes are kept at a time.
  PANEL = 64,
};

CK_CLONES void ck_pack_modes_d(const double *x, const double *roots, long slots, long channels, long stride,
                               long samples, double *packed, long block) {
  for (long first = 0; first < samples; first += LANES) {
    const long width = samples - first < LANES ? samples - first : LANES;
    double *target = packed + first / LANES * block;
    for (long slot = 0; slot < slots; slot++) {
      const double root = roots ? roots[slot] : 1;
      for (long n = slot * channels; n < (slot + 1) * channels; n++)
        for (long lane = 0; lane < LANES; lane++)
          target[n * LANES + lane] = lane < width ? root * x[(first + lane) * stride + n] : 0;
    }
  }
}

CK_INLINE samples_d load(const double *x) {
  samples_d value;
  memcpy(&value, x, sizeof value);
  return value;
}

/// Σ ā b over channels, for ROWS samples and eight others: those of a mode, im behind re.
CK_INLINE void inner_products(const double *const *rows, const double *columns, long channels, const int is_complex,
                              samples_d *re, samples_d *im) {
#pragma clang loop unroll(full)
  for (long r = 0; r < ROWS; r++) re[r] = im[r] = (samples_d){0};
  for (long n = 0; n < channels * LANES; n += LANES) {
    const samples_d b = load(columns + n);
    const samples_d b_im = is_complex ? load(columns + channels * LANES + n) : (samples_d){0};
#pragma clang loop unroll(full)
    for (long r = 0; r < ROWS; r++) {
      const double a = rows[r][n];
      re[r] += a * b;
      if (is_complex) {
        const double a_im = rows[r][channels * LANES + n];
        im[r] += a * b_im;
        re[r] += a_im * b_im;
        im[r] -= a_im * b;
      }
    }
  }
}

/// Where the modes of ROWS samples begin, from slot `slot` on; beyond the last row, those of the last one.
CK_INLINE void point_at_rows(const ck_packed_modes *x, long component, long slot, long first, long rows,
                             const double **row) {
#pragma clang loop unroll(full)
  for (long r = 0; r < ROWS; r++) {
    const long sample = first + (r < rows ? r : rows - 1);
    row[r] =
        x->modes + component * x->component + sample / LANES * x->block + slot * x->channels * LANES + sample % LANES;
  }
}

CK_INLINE const double *column_modes(const ck_packed_modes *x, long component, long slot, long block) {
  return x->modes + component * x->component + block * x->block + slot * x->channels * LANES;
}

/// What one mode adds to the sums of `rows` samples with eight others: sums[row][a][b].
CK_INLINE void add_mode(const ck_packed_modes *x, const ck_packed_modes *y, long slot, const int is_complex, long first,
                        long rows, long block, const long components, samples_d *sums) {
  for (long r = 0; r < rows; r += ROWS) {
    const double *row[ROWS];
    samples_d u[ROWS], u_im[ROWS], v[ROWS], v_im[ROWS];
    point_at_rows(x, 0, slot, first + r, rows - r, row);
    inner_products(row, column_modes(x, 0, slot, block), x->channels, is_complex, u, u_im);
    for (long a = 0; a < components; a++) {
      point_at_rows(y, a, slot, first + r, rows - r, row);
      for (long b = 0; b < components; b++) {
        inner_products(row, column_modes(y, b, slot, block), y->channels, is_complex, v, v_im);
        samples_d *sum = sums + (r * components + a) * components + b;
#pragma clang loop unroll(full)
        for (long i = 0; i < ROWS; i++) {
          samples_d *of_row = sum + i * components * components;
          *of_row += u[i] * v[i];
          if (is_complex) *of_row += u_im[i] * v_im[i];
        }
      }
    }
  }
}

CK_INLINE void add_panel(long complex_modes, long slots, const ck_packed_modes *x, const ck_packed_modes *y, long first,
                         long rows, long block, const long components, samples_d *sums) {
  memset(sums, 0, sizeof *sums * (rows + ROWS) * components * components);
  for (long slot = 0; slot < 2 * complex_modes; slot += 2)
    add_mode(x, y, slot, 1, first, rows, block, components, sums);
  for (long slot = 2 * complex_modes; slot < slots; slot++)
    add_mode(x, y, slot, 0, first, rows, block, components, sums);
}

CK_CLONES void ck_add_mode_gram_d(long complex_modes, long slots, const ck_packed_modes *x, const ck_packed_modes *y,
                                  long first_row, long rows, long first_column, long columns, double *t, long stride) {
  // A tile may reach beyond the last row.
  samples_d sums[4 * (PANEL + ROWS)];
  const long components = y->components, end = first_column + columns;
  for (long first = 0; first < rows; first += PANEL) {
    const long panel = rows - first < PANEL ? rows - first : PANEL;
    for (long block = first_column / LANES; block * LANES < end; block++) {
      if (components == 1)
        add_panel(complex_modes, slots, x, y, first_row + first, panel, block, 1, sums);
      else
        add_panel(complex_modes, slots, x, y, first_row + first, panel, block, 2, sums);
      const long low = block * LANES < first_column ? first_column : block * LANES;
      const long high = (block + 1) * LANES < end ? (block + 1) * LANES : end;
      for (long r = 0; r < panel; r++)
        for (long a = 0; a < components; a++)
          for (long b = 0; b < components; b++) {
            const samples_d sum = sums[(r * components + a) * components + b];
            double *target = t + ((first + r) * components + a) * stride + b;
            for (long s = low; s < high; s++) target[(s - first_column) * components] += sum[s - block * LANES];
          }
    }
  }
}
