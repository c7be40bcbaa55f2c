// Gathers, their transposes, and the reordering of blocks of vectors. Indices are 0 ≤ index < x_stride,
// or −1 for a zero, and are not checked.
#pragma once

#include <stdint.h>

/// y[r,j] (+)= x[r, index[j]]: x is (rows, x_stride), y is (rows, y_count).
void ck_gather_d(const double *x, const int32_t *index, double *y, long rows, long x_stride, long y_count,
                 int accumulate);
void ck_gather_s(const float *x, const int32_t *index, float *y, long rows, long x_stride, long y_count,
                 int accumulate);
void ck_gather_z(const double *x, const int32_t *index, double *y, long rows, long x_stride, long y_count,
                 int accumulate);
void ck_gather_c(const float *x, const int32_t *index, float *y, long rows, long x_stride, long y_count,
                 int accumulate);

/// x[r, index[j]] += y[r,j], the transpose; indices may repeat.
void ck_scatter_add_d(const double *y, const int32_t *index, double *x, long rows, long x_stride, long y_count);
void ck_scatter_add_s(const float *y, const int32_t *index, float *x, long rows, long x_stride, long y_count);
void ck_scatter_add_z(const double *y, const int32_t *index, double *x, long rows, long x_stride, long y_count);
void ck_scatter_add_c(const float *y, const int32_t *index, float *x, long rows, long x_stride, long y_count);

/// From double vectors, each (rows, features) and `vector_stride` reals after the one before, to a
/// block (rows, vectors, features): y[r,v,f] = x[v·vector_stride + r·features + f].
void ck_block_in_d(const double *x, long vector_stride, double *y, long rows, long vectors, long features);
void ck_block_in_s(const double *x, long vector_stride, float *y, long rows, long vectors, long features);

/// The reverse: x[v·vector_stride + r·features + f] (+)= y[r,v,f].
void ck_block_out_d(const double *y, double *x, long vector_stride, long rows, long vectors, long features,
                    int accumulate);
void ck_block_out_s(const float *y, double *x, long vector_stride, long rows, long vectors, long features,
                    int accumulate);
