#include "CKIndexing.h"
#include "kernel.h"
#include "dispatch.h"

#include "precision_double.h"
#include "indexing_template.h"

#include "precision_single.h"
#include "indexing_template.h"

void ck_gather(ck_type type, const void *x, const int32_t *index, void *y, long rows, long x_stride, long y_count,
               int accumulate) {
  CK_BY_TYPE(type, ck_gather, x, index, y, rows, x_stride, y_count, accumulate);
}

void ck_scatter_add(ck_type type, const void *y, const int32_t *index, void *x, long rows, long x_stride,
                    long y_count) {
  CK_BY_TYPE(type, ck_scatter_add, y, index, x, rows, x_stride, y_count);
}

void ck_block_in(ck_type type, const double *x, long vector_stride, void *y, long rows, long vectors, long features) {
  CK_BY_REAL_TYPE(type, ck_block_in, x, vector_stride, y, rows, vectors, features)
}

void ck_block_out(ck_type type, const void *y, double *x, long vector_stride, long rows, long vectors, long features,
                  int accumulate) {
  CK_BY_REAL_TYPE(type, ck_block_out, y, x, vector_stride, rows, vectors, features, accumulate)
}
