// Between real and complex, single and double, and from spins.
#pragma once

#include <stdint.h>

#include "CKTypes.h"

/// x (+)= Re z of n complex numbers.
void ck_real_part_d(const double *z, double *x, long n, int accumulate);

/// x (+)= Im z.
void ck_imag_part_d(const double *z, double *x, long n, int accumulate);

/// Spins ±1 (any int8) to n reals.
void ck_spins_to(ck_type type, const int8_t *s, void *x, long n);

/// y = x rounded to single precision, n reals.
void ck_narrow(ck_type type, const void *x, float *y, long n);
