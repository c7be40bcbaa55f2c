#include <math.h>
#include <string.h>

#include "CKDeterminants.h"
#include "kernel.h"
#include "dispatch.h"
#include "polynomials.h"
#include "scaled_product.h"

#include "precision_double.h"
#include "elementary_template.h"
#include "trigonometric_template.h"
#include "elimination_template.h"
#include "determinants_template.h"
#include "exponential_determinants_template.h"
#include "pfaffians_template.h"
#include "matrix_slopes_template.h"

#include "precision_single.h"
#include "elementary_template.h"
#include "trigonometric_template.h"
#include "elimination_template.h"
#include "determinants_template.h"
#include "exponential_determinants_template.h"
#include "pfaffians_template.h"
#include "matrix_slopes_template.h"

static long ck_elimination_work_d(long n) { return n * padded_row_d(n) + n; }
static long ck_elimination_work_s(long n) { return n * padded_row_s(n) + n; }
static long ck_elimination_work_z(long n) { return 2 * n * padded_row_d(n) + n; }
static long ck_elimination_work_c(long n) { return 2 * n * padded_row_s(n) + n; }

long ck_elimination_work(ck_type type, long n) { CK_BY_TYPE(type, ck_elimination_work, n) }

void ck_log_determinants(ck_type type, const void *x, void *value, void *slope, void *work, long count, long n) {
  CK_BY_TYPE(type, ck_log_determinants, x, value, slope, work, count, n)
}

long ck_exponential_determinant_work(ck_type type, long n) {
  return ck_elimination_work(type, n) + (ck_is_complex(type) ? 2 * n * n + 5 * ((n * n + 15) & ~15L) : n * n);
}

void ck_log_exponential_determinants(ck_type type, const void *x, const void *phase, void *value, void *slope,
                                     void *work, long count, long n) {
  if (ck_is_complex(type)) CK_BY_COMPLEX_TYPE(type, ck_log_exponential_determinants, x, value, slope, work, count, n)
  CK_BY_REAL_TYPE(type, ck_log_exponential_determinants, x, phase, value, slope, work, count, n)
}

void ck_log_pfaffians(ck_type type, const void *x, void *value, void *slope, void *work, long count, long n) {
  CK_BY_TYPE(type, ck_log_pfaffians, x, value, slope, work, count, n)
}

void ck_matrix_slope_sums(ck_type type, const void *slope, const void *x, void *y, long samples, long vectors, long n) {
  CK_BY_TYPE(type, ck_matrix_slope_sums, slope, x, y, samples, vectors, n)
}

void ck_matrix_slope_spread(ck_type type, const void *slope, const void *y, void *x, long samples, long vectors, long n,
                            int accumulate) {
  CK_BY_TYPE(type, ck_matrix_slope_spread, slope, y, x, samples, vectors, n, accumulate)
}
