// Logarithms of determinants and Pfaffians of many small dense matrices, with their derivatives.
//
// x is (count, n, n). A value is two reals, log |·| and the phase: 0 or π of real matrices, in (−π, π] of complex ones.
// `slope` (NULL where it is not asked for) is (count, n, n), the derivative of the logarithm by the entries of x.
// A matrix in whose elimination every pivot left is 0, or that leads to a number that is not finite, has the value
// (−∞, 0) and the slope 0. `work` is ck_elimination_work(type, n) reals, whatever `count` is. The bits of a matrix's
// results depend on that matrix only, and a value's not on whether slopes are asked for.
#pragma once

#include "CKTypes.h"

long ck_elimination_work(ck_type type, long n);

/// log det x by Gauss-Jordan elimination with partial pivoting; the slope is the inverse transposed.
void ck_log_determinants(ck_type type, const void *x, void *value, void *slope, void *work, long count, long n);

/// Reals of `work` for the next one.
long ck_exponential_determinant_work(ck_type type, long n);

/// log det A of A = exp(x), entry by entry, from real or complex logarithms x, evaluated from the largest of each row
/// and column so that nothing overflows. The slope is the derivative by x: A⁻ᵀ times A, entry by entry.
///
/// Of real x, `phase` (count, n, n) holds multiples of π that tell the signs of the entries, or is NULL; ignored
/// elsewhere. Where a pivot of the balanced matrix is lost in rounding, the value is (−∞, 0) and the slope 0; where x
/// has a NaN or +∞, the value is NaN.
void ck_log_exponential_determinants(ck_type type, const void *x, const void *phase, void *value, void *slope,
                                     void *work, long count, long n);

/// log Pf x of antisymmetric x, n even: elimination of two rows and columns at a time, whose pivot is the largest entry
/// of both its row and its column (Bunch 1982; the Pfaffian of 4 × 4 is x01 x23 − x02 x13 + x03 x12). The slope is half
/// the inverse transposed, antisymmetric: entries of x count as independent.
void ck_log_pfaffians(ck_type type, const void *x, void *value, void *slope, void *work, long count, long n);

/// y[s,v] = Σ_{r,f} slope[s,r,f] x[s,r,v,f] over n rows of n features; two reals, of which the second is 0 where `type`
/// is real.
void ck_matrix_slope_sums(ck_type type, const void *slope, const void *x, void *y, long samples, long vectors, long n);

/// x[s,r,v,f] = or += the conjugate of slope[s,r,f] times y[s,v], the transpose; of real slopes, times the first of the
/// two reals of y.
void ck_matrix_slope_spread(ck_type type, const void *slope, const void *y, void *x, long samples, long vectors, long n,
                            int accumulate);
