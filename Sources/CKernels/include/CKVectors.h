// Operations on whole vectors of n elements.
#pragma once

#include "CKTypes.h"

/// y (+)= a·x with a = a_re, or a_re + i·a_im for complex numbers, rounded to the type's precision; y == x allowed when
/// not accumulating.
void ck_axpy(ck_type type, double a_re, double a_im, const void *x, void *y, long n, int accumulate);

/// Σ x·y; the same bits for the same input and n on one CPU type.
double ck_dot_d(const double *x, const double *y, long n);

/// s_i s_j for all pairs i > j of a row's sites, real: y[r, i(i−1)/2 + j] = s[r,i]·s[r,j].
void ck_pair_products(ck_type type, const void *s, void *y, long rows, long sites);
