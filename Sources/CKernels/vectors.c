#include <string.h>

#include "CKVectors.h"
#include "kernel.h"
#include "dispatch.h"

#include "precision_double.h"
#include "vectors_template.h"

#include "precision_single.h"
#include "vectors_template.h"

void ck_axpy(ck_type type, double a_re, double a_im, const void *x, void *y, long n, int accumulate) {
  if (ck_is_complex(type)) CK_BY_COMPLEX_TYPE(type, ck_axpy, a_re, a_im, x, y, n, accumulate)
  if (accumulate) CK_BY_REAL_TYPE(type, ck_axpy, a_re, x, y, n)
  CK_BY_REAL_TYPE(type, ck_scaled_copy, a_re, x, y, n)
}

void ck_scaled_difference(ck_type type, double a, const void *x, const void *z, void *y, long n) {
  CK_BY_REAL_TYPE(type, ck_scaled_difference, a, x, z, y, n)
}

void ck_pair_products(ck_type type, const void *s, void *y, long rows, long sites) {
  CK_BY_REAL_TYPE(type, ck_pair_products, s, y, rows, sites)
}

void ck_pair_sums(ck_type type, const void *s, const int32_t *index, void *y, void *work, long rows, long sites,
                  long sums){CK_BY_REAL_TYPE(type, ck_pair_sums, s, index, y, work, rows, sites, sums)}

CK_CLONES double ck_dot_d(const double *x, const double *y, long n) {
#pragma clang fp reassociate(on)
  double total = 0;
  for (long i = 0; i < n; i++) total += x[i] * y[i];
  return total;
}
