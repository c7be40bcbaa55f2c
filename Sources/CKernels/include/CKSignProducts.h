// Products with a matrix of signs, without multiplications.
#pragma once

#include "CKTypes.h"

/// y (m×n) = or += op(x) (m×k) · b (k×n), for x of elements ±1, row-major: m×k, or k×m where it is `transposed`.
///
/// Four signs in turn choose one of the 16 sums ±b₁ ±b₂ ±b₃ ±b₄ of four rows of b: k/4 additions for an element of y
/// in place of k multiplications ("four Russians": Arlazarov, Dinic, Kronrod and Faradzev, 1970). An element of y has
/// the same bits whatever m is.
void ck_sign_product(ck_type type, const void *x, long leading_x, int transposed, long m, long n, long k, const void *b,
                     long leading_b, void *y, long leading_y, int accumulate);
