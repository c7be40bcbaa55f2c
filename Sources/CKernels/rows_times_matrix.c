#include "CKRowsTimesMatrix.h"
#include "kernel.h"
#include "dispatch.h"

#include <string.h>

// Sums that stay in registers: six of 64 bytes fill the sixteen registers of 32 bytes that most CPUs have, together
// with what is multiplied.
#define TILE_SUMS 6
// Rows of w between a prefetch and its use.
#define AHEAD 12
#define UNROLL _Pragma("clang loop unroll(full)")

// Every function that returns a vector is inlined: none crosses an interface.
#pragma clang diagnostic ignored "-Wpsabi"

#include "precision_double.h"
#include "rows_times_matrix_template.h"

#include "precision_single.h"
#include "rows_times_matrix_template.h"

void ck_rows_times_matrix(ck_type type, const void *x, long leading_x, long m, long k, const void *w, long leading_w,
                          long n, void *y, long leading_y, int accumulate) {
  const int is_complex = ck_is_complex(type), wide = ck_has_wide_registers();
  CK_BY_SUFFIX(type, ck_rows_times_matrix, _d, _s, _d, _s, x, leading_x, m, k, w, leading_w, n, y, leading_y,
               accumulate, is_complex, wide);
}
