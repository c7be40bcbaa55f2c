// Products with a matrix of signs, without multiplications.
#pragma once

/// y (m×n) = or += op(x) (m×k) · b (k×n), for x of elements ±1, row-major: m×k, or k×m where it is `transposed`.
///
/// Four signs in turn choose one of the 16 sums ±b₁ ±b₂ ±b₃ ±b₄ of four rows of b: k/4 additions for an element of y
/// in place of k multiplications ("four Russians": Arlazarov, Dinic, Kronrod and Faradzev, 1970). An element of y has
/// the same bits whatever m is.
void ck_sign_product_d(const double *x, long leading_x, int transposed, long m, long n, long k, const double *b,
                       long leading_b, double *y, long leading_y, int accumulate);
void ck_sign_product_s(const float *x, long leading_x, int transposed, long m, long n, long k, const float *b,
                       long leading_b, float *y, long leading_y, int accumulate);
