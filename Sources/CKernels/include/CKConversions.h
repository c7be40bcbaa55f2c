// Between real and complex, single and double, and from spins. z has n complex numbers, x has n reals.
#pragma once

#include <stdint.h>

/// x (+)= Re z.
void ck_real_part_d(const double *z, double *x, long n, int accumulate);
void ck_real_part_s(const float *z, float *x, long n, int accumulate);

/// x (+)= Im z.
void ck_imag_part_d(const double *z, double *x, long n, int accumulate);
void ck_imag_part_s(const float *z, float *x, long n, int accumulate);

/// z (+)= x: the imaginary part becomes 0, or stays when accumulating.
void ck_from_real_d(const double *x, double *z, long n, int accumulate);
void ck_from_real_s(const float *x, float *z, long n, int accumulate);

/// z (+)= i·x: the real part becomes 0, or stays when accumulating.
void ck_from_imag_d(const double *x, double *z, long n, int accumulate);
void ck_from_imag_s(const float *x, float *z, long n, int accumulate);

/// y (+)= conj(z), n complex numbers; y == z allowed when not accumulating.
void ck_conjugate_d(const double *z, double *y, long n, int accumulate);
void ck_conjugate_s(const float *z, float *y, long n, int accumulate);

/// Spins ±1 (any int8) to floating point.
void ck_spins_to_d(const int8_t *s, double *x, long n);
void ck_spins_to_s(const int8_t *s, float *x, long n);

/// y = x rounded to single precision.
void ck_double_to_float(const double *x, float *y, long n);

/// y (+)= x.
void ck_float_to_double(const float *x, double *y, long n, int accumulate);
