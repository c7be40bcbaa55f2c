// Holomorphic activation functions for one precision.
//
// All of them come from y = z or −z with Re y ≥ 0, in terms of u = exp(−2 Re y), t = 1 − u and the sine
// and cosine of Im y. The point C = (1 + u) cos + i t sin is 2 exp(−Re y) cosh y, and
// |C|² = t² + 4u cos² has no cancellation, whereas 1 + exp(−2y) has near the zeros of cosh.
//
// Numbers go through in blocks: separate reals and imaginaries, one short loop after another over
// arrays that stay in the first-level cache.

enum { COMPLEX(block) = 128 };

/// From interleaved to separate arrays, padded with zeros to a multiple of 16, which is returned.
CK_INLINE long COMPLEX(load_block)(const R *x, R *re, R *im, long count) {
  for (long i = 0; i < count; i++) {
    re[i] = x[2 * i];
    im[i] = x[2 * i + 1];
  }
  const long padded = (count + 15) & ~15L;
  for (long i = count; i < padded; i++) re[i] = im[i] = 0;
  return padded;
}

CK_INLINE void COMPLEX(store_block)(const R *re, const R *im, R *y, long count) {
  CK_INDEPENDENT
  for (long i = 0; i < count; i++) {
    y[2 * i] = re[i];
    y[2 * i + 1] = im[i];
  }
}

/// exp(−2|a|) and 1 − exp(−2|a|).
CK_INLINE void REAL(decays)(const R *a, R *u, R *t, long count) {
  CK_INDEPENDENT
  for (long i = 0; i < count; i++) {
    R k, factor;
    const R y = REAL(clamp)(FABS(a[i]), EXPONENT_LIMIT / 2);
    const R r = REAL(reduce_exponent)(-2 * y, &k);
    REAL(decaying_exponential)(k, r, u + i, t + i, &factor);
    u[i] *= factor;
  }
}

/// x with its sign changed where that of `sign` is negative.
CK_INLINE R REAL(with_sign_of)(R x, R sign) {
  return REAL(from_bits)(REAL(to_bits)(x) ^ (REAL(to_bits)(sign) & ((UNSIGNED)1 << (sizeof(R) * 8 - 1))));
}

/// tanh z from the parts of y and the real part of z; inverse is 1/|C|².
CK_INLINE void COMPLEX(tanh_from)(R a, R u, R t, R s, R c, R inverse, R *re, R *im) {
  *re = COPYSIGN(t * (1 + u) * inverse, a);
  *im = 4 * u * (s * c) * inverse;
}

/// 1/cosh² z = 4u (C̄/|C|²)², squared last: |C|⁴ would underflow sooner.
CK_INLINE void COMPLEX(sech_squared_from)(R a, R u, R t, R s, R c, R inverse, R *re, R *im) {
  const R g_re = (1 + u) * c * inverse;
  const R g_im = REAL(with_sign_of)(t * s, a) * inverse;
  *re = 4 * u * ((g_re - g_im) * (g_re + g_im));
  *im = -8 * u * (g_re * g_im);
}

CK_INLINE void COMPLEX(tanh_block)(const R *a, const R *b, int wants_value, R *value_re, R *value_im, int wants_slope,
                                   R *slope_re, R *slope_im, long count) {
  R u[COMPLEX(block)], t[COMPLEX(block)], s[COMPLEX(block)], c[COMPLEX(block)], turns[COMPLEX(block)];
  REAL(decays)(a, u, t, count);
  REAL(sines_and_cosines)(b, s, c, turns, count);
  CK_INDEPENDENT
  for (long i = 0; i < count; i++) {
    const R inverse = 1 / (t[i] * t[i] + 4 * u[i] * (c[i] * c[i]));
    if (wants_value) COMPLEX(tanh_from)(a[i], u[i], t[i], s[i], c[i], inverse, value_re + i, value_im + i);
    if (wants_slope) COMPLEX(sech_squared_from)(a[i], u[i], t[i], s[i], c[i], inverse, slope_re + i, slope_im + i);
  }
}

CK_INLINE void COMPLEX(log_cosh_block)(const R *a, const R *b, int wants_value, R *value_re, R *value_im,
                                       int wants_slope, R *slope_re, R *slope_im, long count) {
  R u[COMPLEX(block)], t[COMPLEX(block)], s[COMPLEX(block)], c[COMPLEX(block)], turns[COMPLEX(block)];
  REAL(decays)(a, u, t, count);
  REAL(sines_and_cosines)(b, s, c, turns, count);
  if (wants_slope) {
    CK_INDEPENDENT
    for (long i = 0; i < count; i++) {
      const R inverse = 1 / (t[i] * t[i] + 4 * u[i] * (c[i] * c[i]));
      COMPLEX(tanh_from)(a[i], u[i], t[i], s[i], c[i], inverse, slope_re + i, slope_im + i);
    }
  }
  if (!wants_value) return;

  // Real part: Re y − ln 2 + ½ ln |C|², with |C|² = 2^e m and ½ ln m = artanh((m − 1)/(m + 1)).
  CK_INDEPENDENT
  for (long i = 0; i < count; i++) {
    const R four_u = 4 * u[i];
    const R norm = t[i] * t[i] + four_u * (c[i] * c[i]);
    const UNSIGNED shifted =
        REAL(to_bits)(norm) + (((UNSIGNED)EXPONENT_BIAS << MANTISSA_BITS) - (UNSIGNED)SQRT_HALF_BITS);
    const R two_to_mantissa_bits = (R)((UNSIGNED)1 << MANTISSA_BITS);
    const R e = REAL(from_bits)((shifted >> MANTISSA_BITS) | REAL(to_bits)(two_to_mantissa_bits)) -
                (two_to_mantissa_bits + EXPONENT_BIAS);
    const UNSIGNED mantissa = ((UNSIGNED)1 << MANTISSA_BITS) - 1;
    const R m = REAL(from_bits)((shifted & mantissa) + (UNSIGNED)SQRT_HALF_BITS);
    const R sum = (FABS(a[i]) - (R)0.6931471805599453) + e * (R)0.34657359027997264;
    // Where |cosh z| is near 1 these terms cancel: there |cosh z|² = |C|²/4u in place of m, with
    // |C|² − 4u = t² − 4u sin². (The comparisons are false for NaN, which then propagates.)
    const int apart = (norm < (R)0.7071067811865476 * four_u) | (norm > (R)1.4142135623730951 * four_u);
    const R q = (apart ? m - 1 : t[i] * t[i] - four_u * (s[i] * s[i])) / (apart ? m + 1 : norm + four_u);
    const R w = q * q;
    value_re[i] = (apart ? sum : 0) + (q + q * w * REAL(atanh_tail)(w));
  }

  // Imaginary part: the multiple of π nearest to Im y plus the angle of C for what remains of Im y.
  CK_INDEPENDENT
  for (long i = 0; i < count; i++) {
    const R remaining_s = REAL(with_sign_of)(s[i], c[i]);
    const R im = turns[i] + REAL(angle_of)(t[i] * remaining_s, (1 + u[i]) * FABS(c[i]));
    value_im[i] = REAL(with_sign_of)(im, a[i]);
  }
}

CK_INLINE void COMPLEX(gelu_block)(const R *a, const R *b, int wants_value, R *value_re, R *value_im, int wants_slope,
                                   R *slope_re, R *slope_im, long count) {
  const R linear = (R)0.7978845608028653558798921, cubic = (R)0.044715;
  R p[COMPLEX(block)], q[COMPLEX(block)];
  R u[COMPLEX(block)], t[COMPLEX(block)], s[COMPLEX(block)], c[COMPLEX(block)], turns[COMPLEX(block)];
  CK_INDEPENDENT
  for (long i = 0; i < count; i++) {
    const R x = REAL(clamp)(a[i], GELU_LIMIT), y = REAL(clamp)(b[i], GELU_LIMIT);
    const R factor_re = linear * (1 + cubic * ((x - y) * (x + y)));
    const R factor_im = linear * (2 * cubic * (x * y));
    p[i] = x * factor_re - y * factor_im;
    q[i] = x * factor_im + y * factor_re;
  }
  REAL(decays)(p, u, t, count);
  REAL(sines_and_cosines)(q, s, c, turns, count);
  CK_INDEPENDENT
  for (long i = 0; i < count; i++) {
    const R inverse = 1 / (t[i] * t[i] + 4 * u[i] * (c[i] * c[i]));
    // ½(1 + tanh(p + iq)) is 1/(1 + w) or w/(1 + w) with |w| = u.
    const R twice = 2 * (c[i] * c[i]);
    const R sigmoid_re = (p[i] < 0 ? u[i] * (twice - t[i]) : t[i] + u[i] * twice) * inverse;
    const R sigmoid_im = 2 * u[i] * (s[i] * c[i]) * inverse;
    if (wants_value) {
      value_re[i] = a[i] * sigmoid_re - b[i] * sigmoid_im;
      value_im[i] = a[i] * sigmoid_im + b[i] * sigmoid_re;
    }
    if (!wants_slope) continue;

    R sech_re, sech_im;
    COMPLEX(sech_squared_from)(p[i], u[i], t[i], s[i], c[i], inverse, &sech_re, &sech_im);
    const R x = REAL(clamp)(a[i], GELU_LIMIT), y = REAL(clamp)(b[i], GELU_LIMIT);
    const R inner_re = linear * (1 + 3 * cubic * ((x - y) * (x + y)));
    const R inner_im = linear * (6 * cubic * (x * y));
    const R factor_re = (R)0.5 * (x * inner_re - y * inner_im);
    const R factor_im = (R)0.5 * (x * inner_im + y * inner_re);
    slope_re[i] = sigmoid_re + (factor_re * sech_re - factor_im * sech_im);
    slope_im[i] = sigmoid_im + (factor_re * sech_im + factor_im * sech_re);
  }
}

CK_INLINE void COMPLEX(exp_block)(const R *a, const R *b, R *value_re, R *value_im, long count) {
  R s[COMPLEX(block)], c[COMPLEX(block)], turns[COMPLEX(block)];
  REAL(sines_and_cosines)(b, s, c, turns, count);
  CK_INDEPENDENT
  for (long i = 0; i < count; i++) {
    R k;
    const R r = REAL(reduce_exponent)(REAL(clamp)(a[i], COMPLEX_EXPONENT_LIMIT), &k);
    const R mantissa = 1 + REAL(expm1_reduced)(r);
    // 2^k in two steps: it may overflow although its product with a small sine does not.
    const R half = ((R)0.5 * k + ROUNDING) - ROUNDING;
    const R first = REAL(power_of_two)(half), second = REAL(power_of_two)(k - half);
    value_re[i] = mantissa * c[i] * first * second;
    value_im[i] = mantissa * s[i] * first * second;
  }
}

#define CK_HOLOMORPHIC_LOOP(name, wants_value, wants_slope)                                                            \
  for (long first = 0; first < n; first += COMPLEX(block)) {                                                           \
    const long count = n - first < COMPLEX(block) ? n - first : COMPLEX(block);                                        \
    const long padded = COMPLEX(load_block)(x + 2 * first, a, b, count);                                               \
    COMPLEX(name##_block)(a, b, wants_value, value_re, value_im, wants_slope, slope_re, slope_im, padded);             \
    if (wants_value) COMPLEX(store_block)(value_re, value_im, value + 2 * first, count);                               \
    if (wants_slope) COMPLEX(store_block)(slope_re, slope_im, slope + 2 * first, count);                               \
  }

#define CK_HOLOMORPHIC(name)                                                                                           \
  CK_CLONES static void COMPLEX(ck_##name)(const R *x, R *value, R *slope, long n) {                                   \
    R a[COMPLEX(block)], b[COMPLEX(block)], value_re[COMPLEX(block)], value_im[COMPLEX(block)],                        \
        slope_re[COMPLEX(block)], slope_im[COMPLEX(block)];                                                            \
    if (value && slope) {                                                                                              \
      CK_HOLOMORPHIC_LOOP(name, 1, 1)                                                                                  \
    } else if (value) {                                                                                                \
      CK_HOLOMORPHIC_LOOP(name, 1, 0)                                                                                  \
    } else if (slope) {                                                                                                \
      CK_HOLOMORPHIC_LOOP(name, 0, 1)                                                                                  \
    }                                                                                                                  \
  }

CK_HOLOMORPHIC(tanh)
CK_HOLOMORPHIC(log_cosh)
CK_HOLOMORPHIC(gelu)

#undef CK_HOLOMORPHIC
#undef CK_HOLOMORPHIC_LOOP

CK_CLONES static void COMPLEX(ck_exp)(const R *x, R *y, long n) {
  R a[COMPLEX(block)], b[COMPLEX(block)], value_re[COMPLEX(block)], value_im[COMPLEX(block)];
  for (long first = 0; first < n; first += COMPLEX(block)) {
    const long count = n - first < COMPLEX(block) ? n - first : COMPLEX(block);
    const long padded = COMPLEX(load_block)(x + 2 * first, a, b, count);
    COMPLEX(exp_block)(a, b, value_re, value_im, padded);
    COMPLEX(store_block)(value_re, value_im, y + 2 * first, count);
  }
}
