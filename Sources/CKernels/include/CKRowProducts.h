// Products of stored rows, `count` of them with `columns` reals each, with double vectors. The suffix names the
// type of the rows; sums are double.
#pragma once

/// u[r] = Σ_j rows[r,j]·x[j].
void ck_row_products_d(const double *rows, const double *x, double *u, long count, long columns);
void ck_row_products_s(const float *rows, const double *x, double *u, long count, long columns);

/// y[j] += Σ_r u[r]·rows[r,j], the transpose.
void ck_add_rows_d(const double *rows, const double *u, double *y, long count, long columns);
void ck_add_rows_s(const float *rows, const double *u, double *y, long count, long columns);
