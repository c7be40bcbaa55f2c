// ln Σ_j w_j exp(x_j) over the n columns of each row, evaluated without overflow from the largest Re x_j of the
// row, and what its linear map is made of.
//
// Weights are double in both precisions and not 0. slope[r,j] = w_j exp(x_j)/Σ, the derivative by x_j; 0 throughout
// a row whose sum is exactly 0, where the value is −∞. `value` and `slope` may each be NULL. Sums are double.
//
// `type` is that of x. Complex x have complex weights; where x is real, `complex_weights` says what they are. Values
// and slopes are complex where the weights are.
#pragma once

#include "CKTypes.h"

/// Real weights: ln |Σ| into value, and 0 or π into phase (may be NULL; ignored elsewhere) by the sign of the sum.
/// Complex weights: the imaginary part of the value in (−π, π].
void ck_log_sum_exp(ck_type type, int complex_weights, const void *x, const double *w, void *value, void *phase,
                    void *slope, long rows, long n);

/// y[r,v] = Σ_j slope[r,j] x[r,v,j].
void ck_slope_sums(ck_type type, int complex_weights, const void *slope, const void *x, void *y, long rows,
                   long vectors, long n);

/// x[r,v,j] = or += the conjugate of slope[r,j] times y[r,v], its real part where x is real: the transposes.
void ck_slope_spread(ck_type type, int complex_weights, const void *slope, const void *y, void *x, long rows,
                     long vectors, long n, int accumulate);
