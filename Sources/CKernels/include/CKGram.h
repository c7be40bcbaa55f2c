// Element-wise loops of squared rows and of Gram matrices.
#pragma once

/// y[c] (+)= Σ_k weight·x[k·columns + c]² for k < count, real.
void ck_weighted_squares_d(double weight, const double *x, double *y, long count, long columns, int accumulate);

/// The parts of the squares of complex numbers: re2 = (Re z)², im2 = (Im z)², cross = Re z·Im z.
void ck_complex_squares_d(const double *z, double *re2, double *im2, double *cross, long n);

/// t[j·components + b] += (x[j] + offset)·y[j·components + b] for j < n, components 1 or 2.
void ck_hadamard_add_d(const double *x, double offset, const double *y, double *t, long n, long components);

/// row[j·components + b] -= root·means[j·components + b] + own[b]·roots[j] for j < n, components 1 or 2:
/// one row of the update that centres a Gram matrix.
void ck_centre_row_d(double *row, double root, const double *means, const double *own, const double *roots, long n,
                     long components);

/// a[c·n + r] = a[r·n + c] for c < r < n: the upper triangle from the lower one.
void ck_mirror_lower_triangle_d(double *a, long n);

/// y[c·y_stride + r] = x[r·x_stride + c] for r < rows, c < columns. x and y may be the same square block: it becomes
/// symmetric, by its upper triangle or by its lower one.
void ck_transpose_d(const double *x, long x_stride, double *y, long y_stride, long rows, long columns);
