// A product of pivots whose exponent is kept apart, so that it neither overflows nor vanishes.
#pragma once

#include <math.h>

#include "kernel.h"

typedef struct {
  double re, im;
  long exponent;
} ck_scaled_product;

static const ck_scaled_product ck_empty_product = {1, 0, 0};

/// Moves the exponent of a number beyond 2^±400 into `exponent`: the product of two numbers within is finite.
CK_INLINE void ck_move_exponent(double *re, double *im, long *exponent) {
  const double p = fabs(*re), q = fabs(*im), size = p > q ? p : q;
  if (size > 0x1p-400 && size < 0x1p400) return;
  int moved;
  frexp(size, &moved);
  *re = ldexp(*re, -moved);
  *im = ldexp(*im, -moved);
  *exponent += moved;
}

/// Multiplies by a number that is finite and not 0.
CK_INLINE void ck_multiply(ck_scaled_product *product, double re, double im) {
  ck_move_exponent(&re, &im, &product->exponent);
  const double p = product->re * re - product->im * im, q = product->re * im + product->im * re;
  product->re = p;
  product->im = q;
  ck_move_exponent(&product->re, &product->im, &product->exponent);
}

/// log |product|.
CK_INLINE double ck_log_modulus(ck_scaled_product product) {
  const double size = product.im == 0 ? fabs(product.re) : hypot(product.re, product.im);
  return log(size) + (double)product.exponent * 0.6931471805599453;
}
