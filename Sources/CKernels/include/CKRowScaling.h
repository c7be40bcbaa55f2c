// Pointwise linear operations on blocks of tangents: x and y are (rows, vectors, features), the slope
// is (rows, features) and shared by the vectors of a row. y == x is allowed where both have the same
// type and `accumulate` is 0.
#pragma once

/// y[r,v,f] (+)= slope[r,f]·x[r,v,f], all real.
void ck_scale_rows_d(const double *slope, const double *x, double *y, long rows, long vectors, long features,
                     int accumulate);
void ck_scale_rows_s(const float *slope, const float *x, float *y, long rows, long vectors, long features,
                     int accumulate);

/// y (+)= slope·x or conj(slope)·x, all complex.
void ck_scale_rows_z(const double *slope, const double *x, double *y, long rows, long vectors, long features,
                     int conjugate, int accumulate);
void ck_scale_rows_c(const float *slope, const float *x, float *y, long rows, long vectors, long features,
                     int conjugate, int accumulate);

/// Real slope, complex x and y.
void ck_scale_rows_dz(const double *slope_real, const double *x_complex, double *y_complex, long rows, long vectors,
                      long features, int accumulate);
void ck_scale_rows_sc(const float *slope_real, const float *x_complex, float *y_complex, long rows, long vectors,
                      long features, int accumulate);

/// Complex slope, real x, complex y.
void ck_scale_rows_zd(const double *slope_complex, const double *x_real, double *y_complex, long rows, long vectors,
                      long features, int accumulate);
void ck_scale_rows_cs(const float *slope_complex, const float *x_real, float *y_complex, long rows, long vectors,
                      long features, int accumulate);

/// The transpose of the former: y (+)= Re(conj(slope)·x), complex slope and x, real y.
void ck_scale_rows_re_z(const double *slope_complex, const double *x_complex, double *y_real, long rows, long vectors,
                        long features, int accumulate);
void ck_scale_rows_re_c(const float *slope_complex, const float *x_complex, float *y_real, long rows, long vectors,
                        long features, int accumulate);
