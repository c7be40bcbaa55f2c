#include "CKConversions.h"
#include "kernel.h"
#include "dispatch.h"

#include <string.h>

#include "precision_double.h"
#include "conversions_template.h"

#include "precision_single.h"
#include "conversions_template.h"

void ck_spins_to(ck_type type, const int8_t *s, void *x, long n) { CK_BY_REAL_TYPE(type, ck_spins_to, s, x, n); }

CK_CLONES static void ck_narrow_d(const double *x, float *y, long n) {
  CK_INDEPENDENT
  for (long i = 0; i < n; i++) y[i] = (float)x[i];
}

static void ck_narrow_s(const float *x, float *y, long n) {
  if (n > 0) memcpy(y, x, (size_t)n * sizeof *y);
}

void ck_narrow(ck_type type, const void *x, float *y, long n) { CK_BY_REAL_TYPE(type, ck_narrow, x, y, n); }

/// x[i] (+)= z[2i + part]
CK_INLINE void take_part(const double *z, long part, double *x, long n, int accumulate) {
  if (accumulate) {
    CK_INDEPENDENT
    for (long i = 0; i < n; i++) x[i] += z[2 * i + part];
  } else {
    CK_INDEPENDENT
    for (long i = 0; i < n; i++) x[i] = z[2 * i + part];
  }
}

CK_CLONES void ck_real_part_d(const double *z, double *x, long n, int accumulate) { take_part(z, 0, x, n, accumulate); }

CK_CLONES void ck_imag_part_d(const double *z, double *x, long n, int accumulate) { take_part(z, 1, x, n, accumulate); }
