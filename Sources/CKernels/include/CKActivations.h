// Activation functions with their derivatives, and the exponential function.
//
// Errors are in units in the last place (ulp) of the exact result, the largest seen against quadruple precision; the
// same in both precisions. Errors of complex numbers are relative to the modulus of the exact result: below 1.2e-15 in
// double, 6e-7 in single precision, for imaginary parts of any size (beyond ±1e5 the C library reduces them). An
// infinite or NaN imaginary part gives NaN.
#pragma once

#include "CKTypes.h"

typedef enum {
  /// Real: tanh x and 1 − tanh² x (without cancellation for large |x|). Error ≤ 3 ulp. Complex: tanh z and 1/cosh² z.
  CK_TANH,
  /// Real: max(x, 0) and 0 or 1; the slope at 0 is 0.
  CK_RELU,
  /// Real: L·x for x > 0, L·A·(exp x − 1) for x ≤ 0 (Klambauer et al. 2017); slope L or L·A·exp x. Error ≤ 2 ulp.
  CK_SELU,
  /// The tanh form. Real: ½x(1 + tanh a), a = √(2/π)(x + 0.044715 x³), computed as x/(1 + exp(−2a)). Error ≤ 2 ulp of x
  /// for
  /// the value and of max(1, |slope|) for the slope. For large negative x, where both decay as exp(2a), the rounding of
  /// a
  /// leaves a relative error of some 2|a| ulp. Complex: the rounding of a adds |a| times the condition number of
  /// 1/(1 + exp(−2a)) to the error. Infinite components may give NaN.
  CK_GELU,
  /// Real: ln cosh x, accurate relative to x²/2 for small x; slope tanh x. Error ≤ 3 ulp. Complex: y + log1p(exp(−2y))
  /// − ln 2
  /// with y = z or −z so that Re y ≥ 0 (by the sign bit of Re z), principal branch; slope tanh z. Accurate relative to
  /// z²/2
  /// near 0 and to z − iπ/2 near the zeros of cosh.
  CK_LOG_COSH,
  /// Real: ln σ(x) = −ln(1 + exp(−x)) and its slope σ(−x) = 1/(1 + exp x). Error ≤ 4 ulp.
  CK_LOG_SIGMOID,
  /// Complex, acting on real and imaginary parts apart: [selu(√2 Re z) + i selu(√2 Im z)]/√2; slope holds two reals per
  /// number, the slope of the real and of the imaginary part.
  CK_REIM_SELU,
} ck_activation;

/// Value and slope of a function of n numbers of a type that it is defined for. `value` and `slope` may each be NULL
/// when not wanted. `value == x` is allowed; `slope` overlaps neither `x` nor `value`.
void ck_activate(ck_type type, ck_activation activation, const void *x, void *value, void *slope, long n);

/// exp(x[i]) into y; y == x allowed. Error of real numbers ≤ 1 ulp, also where the result is subnormal. Overflow gives
/// ∞, and nothing overflows before the result itself does.
void ck_exp(ck_type type, const void *x, void *y, long n);
