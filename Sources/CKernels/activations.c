#include <math.h>
#include <stddef.h>

#include "CKActivations.h"
#include "kernel.h"
#include "dispatch.h"
#include "polynomials.h"

#include "precision_double.h"
#include "elementary_template.h"
#include "trigonometric_template.h"
#include "real_activations_template.h"
#include "complex_activations_template.h"

#include "precision_single.h"
#include "elementary_template.h"
#include "trigonometric_template.h"
#include "real_activations_template.h"
#include "complex_activations_template.h"

void ck_exp(ck_type type, const void *x, void *y, long n) { CK_BY_TYPE(type, ck_exp, x, y, n); }

void ck_activate(ck_type type, ck_activation activation, const void *x, void *value, void *slope, long n) {
  switch (activation) {
  case CK_TANH:
    CK_BY_TYPE(type, ck_tanh, x, value, slope, n);
  case CK_RELU:
    CK_BY_REAL_TYPE(type, ck_relu, x, value, slope, n);
  case CK_SELU:
    CK_BY_REAL_TYPE(type, ck_selu, x, value, slope, n);
  case CK_GELU:
    CK_BY_TYPE(type, ck_gelu, x, value, slope, n);
  case CK_LOG_COSH:
    CK_BY_TYPE(type, ck_log_cosh, x, value, slope, n);
  case CK_LOG_SIGMOID:
    CK_BY_REAL_TYPE(type, ck_log_sigmoid, x, value, slope, n);
  case CK_REIM_SELU:
    CK_BY_COMPLEX_TYPE(type, ck_reim_selu, x, value, slope, n);
  }
  __builtin_trap();
}
