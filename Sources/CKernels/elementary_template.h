// Exponentials for one precision, without branches or tables, so that loops over them vectorise.

CK_INLINE UNSIGNED REAL(to_bits)(R x) {
  UNSIGNED bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  return bits;
}

CK_INLINE R REAL(from_bits)(UNSIGNED bits) {
  R x;
  __builtin_memcpy(&x, &bits, sizeof x);
  return x;
}

/// x held within ±limit; NaN stays.
CK_INLINE R REAL(clamp)(R x, R limit) {
  x = x > limit ? limit : x;
  return x < -limit ? -limit : x;
}

/// 2^k for an integer k in the range of normal numbers.
CK_INLINE R REAL(power_of_two)(R k) {
  return REAL(from_bits)((REAL(to_bits)(k + ROUNDING) << MANTISSA_BITS) + ((UNSIGNED)EXPONENT_BIAS << MANTISSA_BITS));
}

/// x = k ln 2 + r with integer k and |r| ≤ ½ ln 2 (Cody and Waite: k·LN2_HIGH is exact).
CK_INLINE R REAL(reduce_exponent)(R x, R *k) {
  *k = (x * (R)1.4426950408889634 + ROUNDING) - ROUNDING;
  return (x - *k * LN2_HIGH) - *k * LN2_LOW;
}

/// exp(r) − 1 for |r| ≤ ½ ln 2, accurate relative to r.
CK_INLINE R REAL(expm1_reduced)(R r) { return r + r * r * ((R)0.5 + r * REAL(expm1_tail)(r)); }

/// For y ≥ 0: u = exp(−y) and t = 1 − exp(−y), both to full relative accuracy. exp(−y) is u·factor,
/// where factor is 1 unless the product may be subnormal; u itself then is too large, but negligible
/// against 1. From the exponent k and the remainder r of −y.
CK_INLINE void REAL(decaying_exponential)(R k, R r, R *u, R *t, R *factor) {
  const R p = REAL(expm1_reduced)(r);
  const R shifted = k < SMALL_EXPONENT ? k + SMALL_EXPONENT_SHIFT : k;
  *factor = k < SMALL_EXPONENT ? SMALL_EXPONENT_FACTOR : (R)1;
  const R scale = REAL(power_of_two)(shifted);
  *u = scale + scale * p;
  *t = ((R)1 - scale) - scale * p;
}

/// exp(x) − 1 for x ≤ 0, accurate relative to it; what it is for x > 0 is of no use.
CK_INLINE R REAL(expm1_below_zero)(R x) {
  // Below −40 exp x is nothing against 1. NaN stays.
  const R y = x < -40 ? -40 : x;
  const R shifted = y * (R)1.4426950408889634 + ROUNDING, k = shifted - ROUNDING;
  const R p = REAL(expm1_reduced)((y - k * LN2_HIGH) - k * LN2_LOW);
  const R scale =
      REAL(from_bits)((REAL(to_bits)(shifted) << MANTISSA_BITS) + ((UNSIGNED)EXPONENT_BIAS << MANTISSA_BITS));
  return (scale - 1) + scale * p;
}

/// exp x at any x.
CK_INLINE R REAL(exponential)(R x) {
  R k;
  x = x < -EXPONENT_LIMIT ? -EXPONENT_LIMIT : x > OVERFLOW_LIMIT ? OVERFLOW_LIMIT : x;
  const R r = REAL(reduce_exponent)(x, &k);
  const R p = REAL(expm1_reduced)(r);
  // Half of 2^k first: 2^k alone can overflow where exp x does not.
  const R shifted = k < SMALL_EXPONENT ? k + SMALL_EXPONENT_SHIFT : k - 1;
  const R factor = k < SMALL_EXPONENT ? SMALL_EXPONENT_FACTOR : (R)2;
  const R scale = REAL(power_of_two)(shifted);
  return (scale + scale * p) * factor;
}
