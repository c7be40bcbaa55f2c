// Operations on whole vectors of n elements.
#pragma once

/// y += a·x.
void ck_axpy_d(double a, const double *x, double *y, long n);
void ck_axpy_s(float a, const float *x, float *y, long n);

/// y (+)= a·x with a complex a; y == x allowed when not accumulating.
void ck_axpy_z(double a_re, double a_im, const double *x, double *y, long n, int accumulate);
void ck_axpy_c(float a_re, float a_im, const float *x, float *y, long n, int accumulate);

/// y = a·x; y == x allowed.
void ck_scaled_copy_d(double a, const double *x, double *y, long n);
void ck_scaled_copy_s(float a, const float *x, float *y, long n);

/// Σ x·y, accumulated in double; the same bits for the same input and n on one CPU type.
double ck_dot_d(const double *x, const double *y, long n);
double ck_dot_s(const float *x, const float *y, long n);

/// s_i s_j for all pairs i > j of a row's sites: y[r, i(i−1)/2 + j] = s[r,i]·s[r,j].
void ck_pair_products_d(const double *s, double *y, long rows, long sites);
void ck_pair_products_s(const float *s, float *y, long rows, long sites);
