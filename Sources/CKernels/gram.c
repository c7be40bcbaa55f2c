#include "CKGram.h"
#include "kernel.h"

CK_CLONES void ck_weighted_squares_d(double weight, const double *x, double *y, long count, long columns,
                                     int accumulate) {
  for (long k = 0; k < count; k++) {
    const double *row = x + k * columns;
    if (accumulate || k > 0) {
      CK_INDEPENDENT
      for (long c = 0; c < columns; c++) y[c] += weight * row[c] * row[c];
    } else {
      CK_INDEPENDENT
      for (long c = 0; c < columns; c++) y[c] = weight * row[c] * row[c];
    }
  }
}

CK_CLONES void ck_complex_squares_d(const double *z, double *re2, double *im2, double *cross, long n) {
  CK_INDEPENDENT
  for (long i = 0; i < n; i++) {
    const double re = z[2 * i], im = z[2 * i + 1];
    re2[i] = re * re;
    im2[i] = im * im;
    cross[i] = re * im;
  }
}

CK_CLONES void ck_hadamard_add_d(const double *x, double offset, const double *y, double *t, long n, long components) {
  if (components == 1) {
    CK_INDEPENDENT
    for (long j = 0; j < n; j++) t[j] += (x[j] + offset) * y[j];
  } else {
    CK_INDEPENDENT
    for (long j = 0; j < n; j++) {
      const double factor = x[j] + offset;
      t[2 * j] += factor * y[2 * j];
      t[2 * j + 1] += factor * y[2 * j + 1];
    }
  }
}

CK_CLONES void ck_centre_row_d(double *row, double root, const double *means, const double *own, const double *roots,
                               long n, long components) {
  if (components == 1) {
    const double mine = own[0];
    CK_INDEPENDENT
    for (long j = 0; j < n; j++) row[j] -= root * means[j] + mine * roots[j];
  } else {
    const double re = own[0], im = own[1];
    CK_INDEPENDENT
    for (long j = 0; j < n; j++) {
      row[2 * j] -= root * means[2 * j] + re * roots[j];
      row[2 * j + 1] -= root * means[2 * j + 1] + im * roots[j];
    }
  }
}

// Both triangles are read and written in tiles that fit the first-level cache.
CK_CLONES void ck_mirror_lower_triangle_d(double *a, long n) {
  enum { tile = 32 };
  for (long first_row = 0; first_row < n; first_row += tile) {
    const long end_row = first_row + tile < n ? first_row + tile : n;
    for (long first_column = 0; first_column <= first_row; first_column += tile) {
      for (long row = first_row; row < end_row; row++) {
        const long end_column = first_column + tile < row ? first_column + tile : row;
        for (long column = first_column; column < end_column; column++) a[column * n + row] = a[row * n + column];
      }
    }
  }
}

// In tiles: eight numbers fill a cache line of either matrix.
CK_CLONES void ck_transpose_d(const double *x, long x_stride, double *y, long y_stride, long rows, long columns) {
  enum { tile = 8 };
  for (long first_row = 0; first_row < rows; first_row += tile) {
    const long end_row = first_row + tile < rows ? first_row + tile : rows;
    for (long column = 0; column < columns; column++)
      for (long row = first_row; row < end_row; row++) y[column * y_stride + row] = x[row * x_stride + column];
  }
}
