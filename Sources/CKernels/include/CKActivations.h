// Activation functions with their derivatives.
//
// `value` and `slope` may each be NULL when not wanted. `value == x` is allowed; `slope` overlaps
// neither `x` nor `value`. Errors are in units in the last place (ulp) of the exact result, the largest
// seen against quadruple precision; the same in both precisions.
#pragma once

/// exp(x[i]) into y; y == x allowed. Error ≤ 1 ulp, also where the result is subnormal. Overflow gives ∞.
void ck_exp_d(const double *x, double *y, long n);
void ck_exp_s(const float *x, float *y, long n);

/// tanh x and 1 − tanh² x (without cancellation for large |x|). Error ≤ 3 ulp.
void ck_tanh_d(const double *x, double *value, double *slope, long n);
void ck_tanh_s(const float *x, float *value, float *slope, long n);

/// max(x, 0) and 0 or 1; the slope at 0 is 0.
void ck_relu_d(const double *x, double *value, double *slope, long n);
void ck_relu_s(const float *x, float *value, float *slope, long n);

/// L·x for x > 0, L·A·(exp x − 1) for x ≤ 0 (Klambauer et al. 2017); slope L or L·A·exp x. Error ≤ 2 ulp.
void ck_selu_d(const double *x, double *value, double *slope, long n);
void ck_selu_s(const float *x, float *value, float *slope, long n);

/// The tanh form: ½x(1 + tanh a), a = √(2/π)(x + 0.044715 x³), computed as x/(1 + exp(−2a)).
/// Error ≤ 2 ulp of x for the value and of max(1, |slope|) for the slope. For large negative x, where both
/// decay as exp(2a), the rounding of a leaves a relative error of some 2|a| ulp.
void ck_gelu_d(const double *x, double *value, double *slope, long n);
void ck_gelu_s(const float *x, float *value, float *slope, long n);

/// ln cosh x, accurate relative to x²/2 for small x; slope tanh x. Error ≤ 3 ulp.
void ck_log_cosh_d(const double *x, double *value, double *slope, long n);
void ck_log_cosh_s(const float *x, float *value, float *slope, long n);

/// ln σ(x) = −ln(1 + exp(−x)) and its slope σ(−x) = 1/(1 + exp x). Error ≤ 4 ulp.
void ck_log_sigmoid_d(const double *x, double *value, double *slope, long n);
void ck_log_sigmoid_s(const float *x, float *value, float *slope, long n);

// Holomorphic functions of complex numbers: n complex numbers, value and slope complex. Errors relative
// to the modulus of the exact result: below 1.2e-15 (_c: 6e-7), for imaginary parts of any size (beyond
// ±1e5 the C library reduces them). An infinite or NaN imaginary part gives NaN.

/// exp(x[i]) into y; y == x allowed. No overflow before the result itself overflows.
void ck_exp_z(const double *x, double *y, long n);
void ck_exp_c(const float *x, float *y, long n);

/// tanh z and 1/cosh² z.
void ck_tanh_z(const double *x, double *value, double *slope, long n);
void ck_tanh_c(const float *x, float *value, float *slope, long n);

/// y + log1p(exp(−2y)) − ln 2 with y = z or −z so that Re y ≥ 0 (by the sign bit of Re z), principal
/// branch; slope tanh z. Accurate relative to z²/2 near 0 and to z − iπ/2 near the zeros of cosh.
void ck_log_cosh_z(const double *x, double *value, double *slope, long n);
void ck_log_cosh_c(const float *x, float *value, float *slope, long n);

/// The tanh form of gelu with a complex argument. With a as above, the rounding of a adds |a| times the
/// condition number of 1/(1 + exp(−2a)) to the error. Infinite components may give NaN.
void ck_gelu_z(const double *x, double *value, double *slope, long n);
void ck_gelu_c(const float *x, float *value, float *slope, long n);

// Functions that act on real and imaginary parts apart: n complex numbers; slope holds two reals per
// number, the slope of the real and of the imaginary part.

/// [selu(√2 Re z) + i selu(√2 Im z)]/√2.
void ck_reim_selu_z(const double *x, double *value, double *slope, long n);
void ck_reim_selu_c(const float *x, float *value, float *slope, long n);

/// relu(Re z) + i relu(Im z).
void ck_reim_relu_z(const double *x, double *value, double *slope, long n);
void ck_reim_relu_c(const float *x, float *value, float *slope, long n);
