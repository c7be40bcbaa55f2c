// ln Σ_j w_j exp(x_j) over the n columns of each row, evaluated without overflow from the largest Re x_j of the
// row, and what its linear map is made of.
//
// Weights are double in both precisions and not 0. slope[r,j] = w_j exp(x_j)/Σ, the derivative by x_j; 0 throughout
// a row whose sum is exactly 0, where the value is −∞. `value` and `slope` may each be NULL. Sums are double.
#pragma once

/// Real x, real w: ln |Σ| into value, and 0 or π into phase (may be NULL) by the sign of the sum.
void ck_log_sum_exp_d(const double *x, const double *w, double *value, double *phase, double *slope, long rows, long n);
void ck_log_sum_exp_s(const float *x, const double *w, float *value, float *phase, float *slope, long rows, long n);

/// Real x, complex w: value and slope complex, the imaginary part of the value in (−π, π].
void ck_log_sum_exp_dz(const double *x, const double *w, double *value, double *slope, long rows, long n);
void ck_log_sum_exp_sc(const float *x, const double *w, float *value, float *slope, long rows, long n);

/// Complex x, complex w, likewise.
void ck_log_sum_exp_z(const double *x, const double *w, double *value, double *slope, long rows, long n);
void ck_log_sum_exp_c(const float *x, const double *w, float *value, float *slope, long rows, long n);

/// y[r,v] = Σ_j slope[r,j] x[r,v,j]: all real; real x and complex slope and y; all complex.
void ck_slope_sums_d(const double *slope, const double *x, double *y, long rows, long vectors, long n);
void ck_slope_sums_s(const float *slope, const float *x, float *y, long rows, long vectors, long n);
void ck_slope_sums_dz(const double *slope, const double *x, double *y, long rows, long vectors, long n);
void ck_slope_sums_sc(const float *slope, const float *x, float *y, long rows, long vectors, long n);
void ck_slope_sums_z(const double *slope, const double *x, double *y, long rows, long vectors, long n);
void ck_slope_sums_c(const float *slope, const float *x, float *y, long rows, long vectors, long n);

/// x[r,v,j] = or += the conjugate of slope[r,j] times y[r,v], its real part where x is real: the transposes.
void ck_slope_spread_d(const double *slope, const double *y, double *x, long rows, long vectors, long n,
                       int accumulate);
void ck_slope_spread_s(const float *slope, const float *y, float *x, long rows, long vectors, long n, int accumulate);
void ck_slope_spread_dz(const double *slope, const double *y, double *x, long rows, long vectors, long n,
                        int accumulate);
void ck_slope_spread_sc(const float *slope, const float *y, float *x, long rows, long vectors, long n, int accumulate);
void ck_slope_spread_z(const double *slope, const double *y, double *x, long rows, long vectors, long n,
                       int accumulate);
void ck_slope_spread_c(const float *slope, const float *y, float *x, long rows, long vectors, long n, int accumulate);
