// Products over hidden units of 1 + p·t, where p = exp(2θ) and t = exp(±4W) changes p as a flip does: with
// cosh θ = ½ exp(−θ)(1 + p) a ratio of amplitudes is a ratio of such products, without a transcendental
// function. Double precision only.
//
// A product is given as mantissa · 2^exponent, so that it can neither overflow nor vanish. Rows have n
// units, n a multiple of 8; a complex row is planar: n real parts, then n imaginary parts. Padding has
// p = 0, a factor of 1. `interval` is the number of factors that may be multiplied before an exponent is
// split off: their product must stay within 2^±1000. Inputs are finite: NaN does not propagate here.
//
// A product's bits depend on its own p and t only.
#pragma once

#include <stdint.h>

/// q = p·t and Π (1 + q), or q = p·t·u where u is not NULL, of real rows with p, t, u ≥ 0; q == p allowed.
void ck_product_d(const double *p, const double *t, const double *u, double *q, long n, long interval, double *mantissa,
                  double *exponent);
/// The same of complex rows, with Π |1 + q|². A factor of exactly 0 counts as 2^−1023.
void ck_squared_product_z(const double *p, const double *t, const double *u, double *q, long n, long interval,
                          double *mantissa, double *exponent);

/// Π (1 + p·t) of the rows p + index[k]·stride for k < count and one row t.
void ck_products_d(const double *p, const int32_t *index, long count, long stride, const double *t, long n,
                   long interval, double *mantissa, double *exponent);
/// The same of complex rows; mantissas are complex, two numbers each. A product may be exactly 0.
void ck_products_z(const double *p, const int32_t *index, long count, long stride, const double *t, long n,
                   long interval, double *mantissa, double *exponent);

/// y = x·t, element by element; y == x allowed.
void ck_multiply_rows_d(const double *x, const double *t, double *y, long n);
/// The same of planar complex rows.
void ck_multiply_rows_z(const double *x, const double *t, double *y, long n);

/// ln x[i] into y for x ≥ 0 that is not subnormal; y == x allowed. ln 0 = −∞, ln ∞ = ∞. Error ≤ 2 ulp.
void ck_log_d(const double *x, double *y, long n);
