// Gathers, their transposes, and the reordering of blocks of vectors. Indices are 0 ≤ index < x_stride,
// or −1 for a zero, and are not checked.
#pragma once

#include <stdint.h>

#include "CKTypes.h"

/// y[r,j] (+)= x[r, index[j]]: x is (rows, x_stride), y is (rows, y_count).
void ck_gather(ck_type type, const void *x, const int32_t *index, void *y, long rows, long x_stride, long y_count,
               int accumulate);

/// x[r, index[j]] += y[r,j], the transpose; indices may repeat.
void ck_scatter_add(ck_type type, const void *y, const int32_t *index, void *x, long rows, long x_stride, long y_count);

/// From double vectors, each (rows, features) and `vector_stride` reals after the one before, to a
/// block (rows, vectors, features): y[r,v,f] = x[v·vector_stride + r·features + f].
void ck_block_in(ck_type type, const double *x, long vector_stride, void *y, long rows, long vectors, long features);

/// The reverse: x[v·vector_stride + r·features + f] (+)= y[r,v,f].
void ck_block_out(ck_type type, const void *y, double *x, long vector_stride, long rows, long vectors, long features,
                  int accumulate);
