// Sums over, and broadcasts along, the rows and columns of a matrix (rows, columns). Where there is
// no complex version, a complex matrix is a real one of twice the columns. Sums accumulate in double
// inside a call, for single precision too.
#pragma once

/// y[r,c] (+)= row[c].
void ck_add_row_d(const double *row, double *y, long rows, long columns, int accumulate);
void ck_add_row_s(const float *row, float *y, long rows, long columns, int accumulate);

/// sums[c] (+)= Σ_r x[r,c], the transpose of the former.
void ck_column_sums_d(const double *x, double *sums, long rows, long columns, int accumulate);
void ck_column_sums_s(const float *x, float *sums, long rows, long columns, int accumulate);

/// sums[r] (+)= factor·Σ_c x[r,c].
void ck_row_sums_d(const double *x, double *sums, long rows, long columns, double factor, int accumulate);
void ck_row_sums_s(const float *x, float *sums, long rows, long columns, float factor, int accumulate);
void ck_row_sums_z(const double *x, double *sums, long rows, long columns, double factor, int accumulate);
void ck_row_sums_c(const float *x, float *sums, long rows, long columns, float factor, int accumulate);

/// y[r,c] (+)= factor·v[r], the transpose of the former.
void ck_broadcast_rows_d(const double *v, double *y, long rows, long columns, double factor, int accumulate);
void ck_broadcast_rows_s(const float *v, float *y, long rows, long columns, float factor, int accumulate);
void ck_broadcast_rows_z(const double *v, double *y, long rows, long columns, double factor, int accumulate);
void ck_broadcast_rows_c(const float *v, float *y, long rows, long columns, float factor, int accumulate);
