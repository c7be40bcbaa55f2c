#include "CKNormalisation.h"
#include "kernel.h"
#include "dispatch.h"

#include "precision_double.h"
#include "normalisation_template.h"

#include "precision_single.h"
#include "normalisation_template.h"

void ck_normalise_rows(ck_type type, const void *x, void *value, void *slope, long rows, long features,
                       double epsilon) {
  CK_BY_REAL_TYPE(type, ck_normalise_rows, x, value, slope, rows, features, epsilon)
}

void ck_normalise_tangents(ck_type type, const void *slope, const void *x, void *y, long rows, long vectors,
                           long features, int accumulate) {
  CK_BY_REAL_TYPE(type, ck_normalise_tangents, slope, x, y, rows, vectors, features, accumulate)
}
