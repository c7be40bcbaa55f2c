#include "CKRowMixing.h"
#include "kernel.h"
#include "dispatch.h"

// Features are worked on in strips that stay in registers, rows in blocks whose coefficients, written out
// for every feature of the strip, stay in the first-level cache.
enum { mixing_strip = 16, mixing_block = 32 };

#include "precision_double.h"
#include "row_mixing_template.h"

#include "precision_single.h"
#include "row_mixing_template.h"

void ck_mix_rows(ck_type type, const CKRowMixing *shape, const void *a, const void *x, void *y, int conjugate,
                 int accumulate) {
  if (ck_is_complex(type)) CK_BY_COMPLEX_TYPE(type, ck_mix_rows, shape, a, x, y, conjugate, accumulate)
  CK_BY_REAL_TYPE(type, ck_mix_rows, shape, a, x, y, accumulate)
}

void ck_mix_rows_coefficients(ck_type type, const void *x, const void *y, void *a, long groups, long rows_out,
                              long rows_in, long vectors, long features, long heads) {
  CK_BY_TYPE(type, ck_mix_rows_coefficients, x, y, a, groups, rows_out, rows_in, vectors, features, heads);
}
