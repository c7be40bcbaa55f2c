#include "CKRowScaling.h"
#include "kernel.h"
#include "dispatch.h"

#include "precision_double.h"
#include "row_scaling_template.h"

#include "precision_single.h"
#include "row_scaling_template.h"

void ck_scale_rows(ck_type type, const void *slope, const void *x, void *y, long rows, long vectors, long features,
                   int conjugate, int accumulate) {
  if (ck_is_complex(type))
    CK_BY_COMPLEX_TYPE(type, ck_scale_rows, slope, x, y, rows, vectors, features, conjugate, accumulate)
  CK_BY_REAL_TYPE(type, ck_scale_rows, slope, x, y, rows, vectors, features, accumulate)
}
