#include "CKConversions.h"
#include "kernel.h"

#include "precision_double.h"
#include "conversions_template.h"

#include "precision_single.h"
#include "conversions_template.h"

CK_CLONES void ck_double_to_float(const double *x, float *y, long n) {
  CK_INDEPENDENT
  for (long i = 0; i < n; i++) y[i] = (float)x[i];
}

CK_CLONES void ck_float_to_double(const float *x, double *y, long n, int accumulate) {
  if (accumulate) {
    CK_INDEPENDENT
    for (long i = 0; i < n; i++) y[i] += x[i];
  } else {
    CK_INDEPENDENT
    for (long i = 0; i < n; i++) y[i] = x[i];
  }
}
