#include <math.h>

#include "CKLogSumExp.h"
#include "kernel.h"
#include "dispatch.h"
#include "polynomials.h"

#include "precision_double.h"
#include "elementary_template.h"
#include "trigonometric_template.h"
#include "log_sum_exp_template.h"

#include "precision_single.h"
#include "elementary_template.h"
#include "trigonometric_template.h"
#include "log_sum_exp_template.h"

/// For complex weights: the instance for real or for complex x.
#define CK_COMPLEX_WEIGHTS(type, name, ...) CK_BY_SUFFIX(type, name, _dz, _sc, _z, _c, __VA_ARGS__)

void ck_log_sum_exp(ck_type type, int complex_weights, const void *x, const double *w, void *value, void *phase,
                    void *slope, long rows, long n) {
  if (!complex_weights) CK_BY_REAL_TYPE(type, ck_log_sum_exp, x, w, value, phase, slope, rows, n)
  CK_COMPLEX_WEIGHTS(type, ck_log_sum_exp, x, w, value, slope, rows, n);
}

void ck_slope_sums(ck_type type, int complex_weights, const void *slope, const void *x, void *y, long rows,
                   long vectors, long n) {
  if (!complex_weights) CK_BY_REAL_TYPE(type, ck_slope_sums, slope, x, y, rows, vectors, n)
  CK_COMPLEX_WEIGHTS(type, ck_slope_sums, slope, x, y, rows, vectors, n);
}

void ck_slope_spread(ck_type type, int complex_weights, const void *slope, const void *y, void *x, long rows,
                     long vectors, long n, int accumulate) {
  if (!complex_weights) CK_BY_REAL_TYPE(type, ck_slope_spread, slope, y, x, rows, vectors, n, accumulate)
  CK_COMPLEX_WEIGHTS(type, ck_slope_spread, slope, y, x, rows, vectors, n, accumulate);
}
