// Operations on whole vectors of n elements.
#pragma once

#include <stdint.h>

#include "CKTypes.h"

/// y (+)= a·x with a = a_re, or a_re + i·a_im for complex numbers, rounded to the type's precision; y == x allowed when
/// not accumulating.
void ck_axpy(ck_type type, double a_re, double a_im, const void *x, void *y, long n, int accumulate);

/// Σ x·y; the same bits for the same input and n on one CPU type.
double ck_dot_d(const double *x, const double *y, long n);

/// y = a (x − z), real.
void ck_scaled_difference(ck_type type, double a, const void *x, const void *z, void *y, long n);

/// s_i s_j for all pairs i > j of a row's sites, real: y[r, i(i−1)/2 + j] = s[r,i]·s[r,j].
void ck_pair_products(ck_type type, const void *s, void *y, long rows, long sites);

/// y[r,k] = Σ s[r,i] s[r,j] over the pairs i > j with index[i(i−1)/2 + j] = k, of so many sums; −1 is in none. `type`
/// is real; `work` has 64 bytes for each of the sites and sums.
void ck_pair_sums(ck_type type, const void *s, const int32_t *index, void *y, void *work, long rows, long sites,
                  long sums);
