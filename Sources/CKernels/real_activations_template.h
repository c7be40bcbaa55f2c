// Real activation functions for one precision: one value-and-slope function each, then the loops.

CK_INLINE void REAL(tanh_element)(R x, R *value, R *slope) {
  R k, u, t, factor;
  const R y = REAL(clamp)(FABS(x), EXPONENT_LIMIT / 2);
  const R r = REAL(reduce_exponent)(-2 * y, &k);
  REAL(decaying_exponential)(k, r, &u, &t, &factor);
  const R sum = 1 + u;
  const R inverse = 1 / sum;
  // What rounding took from the sum, relative: it enters the slope twice.
  const R lost = (u - (sum - 1)) * inverse;
  const R magnitude = t * inverse;
  *value = COPYSIGN(magnitude, x);
  // 1 − tanh² where that does not cancel, 1/cosh² elsewhere.
  const R decay = 4 * u * (inverse * inverse) * factor;
  *slope = magnitude < (R)0.5 ? 1 - magnitude * magnitude : decay - 2 * lost * decay;
}

CK_INLINE void REAL(relu_element)(R x, R *value, R *slope) {
  *value = x <= 0 ? 0 : x;
  *slope = x > 0 ? 1 : x <= 0 ? 0 : x;
}

#define SELU_SCALE (R)1.0507009873554804934193349852946
#define SELU_SCALE_ALPHA (R)1.75809934084737685994021752081
#define SELU_SCALE_ALPHA_OVER_SQRT2 (R)1.2431639659127795434120494875

CK_INLINE void REAL(selu_element)(R x, R *value, R *slope) {
  *value = x > 0 ? SELU_SCALE * x : COPYSIGN(SELU_SCALE_ALPHA * REAL(expm1_below_zero)(x), x);
  R k, u, t, factor;
  const R y = REAL(clamp)(FABS(x), EXPONENT_LIMIT);
  const R r = REAL(reduce_exponent)(-y, &k);
  REAL(decaying_exponential)(k, r, &u, &t, &factor);
  *slope = x > 0 ? SELU_SCALE : SELU_SCALE_ALPHA * u * factor;
}

/// selu(√2 x)/√2 and its derivative.
CK_INLINE void REAL(reim_selu_element)(R x, R *value, R *slope) {
  R u, t, factor;
  const R y = REAL(clamp)(FABS(x), EXPONENT_LIMIT / (R)1.4142135623730951);
  // √2 y = −k ln 2 − √2·remainder: reducing before the multiplication keeps its rounding error small.
  const R k = (y * (R)-2.040278893193579 + ROUNDING) - ROUNDING;
  const R remainder = (-y - k * LN2_OVER_SQRT2_HIGH) - k * LN2_OVER_SQRT2_LOW;
  REAL(decaying_exponential)(k, (R)1.4142135623730951 * remainder, &u, &t, &factor);
  *value = x > 0 ? SELU_SCALE * x : COPYSIGN(SELU_SCALE_ALPHA_OVER_SQRT2 * t, x);
  *slope = x > 0 ? SELU_SCALE : SELU_SCALE_ALPHA * u * factor;
}

#define GELU_LINEAR (R)0.7978845608028653558798921
#define GELU_CUBIC (R)0.044715

CK_INLINE void REAL(gelu_element)(R x, R *value, R *slope) {
  R k, u, t, factor;
  // ½(1 + tanh a) = 1/(1 + exp(−2a)), which is exactly 1 or 0 long before |x| = 40.
  const R inner = REAL(clamp)(x, 40);
  const R square = inner * inner;
  const R a = GELU_LINEAR * inner * (1 + GELU_CUBIC * square);
  const R r = REAL(reduce_exponent)(-2 * REAL(clamp)(FABS(a), EXPONENT_LIMIT / 2), &k);
  REAL(decaying_exponential)(k, r, &u, &t, &factor);
  const R inverse = 1 / (1 + u);
  const R decay = u * factor;
  const R sigmoid = x < 0 ? decay * inverse : inverse;
  *value = (x < 0 ? inner : x) * sigmoid;
  const R a_slope = GELU_LINEAR * (1 + 3 * GELU_CUBIC * square);
  *slope = sigmoid + 2 * inner * a_slope * (decay * inverse * inverse);
}

CK_INLINE void REAL(log_cosh_element)(R x, R *value, R *slope) {
  R k, u, t, factor;
  const R y = FABS(x);
  const R r = REAL(reduce_exponent)(-2 * REAL(clamp)(y, EXPONENT_LIMIT / 2), &k);
  REAL(decaying_exponential)(k, r, &u, &t, &factor);
  *slope = COPYSIGN(t / (1 + u), x);
  // Near zero the terms of y + log1p(u) − ln 2 cancel: a series in x² there.
  const R square = x * x;
  const R near = square * ((R)0.5 + square * REAL(log_cosh_tail)(square));
  const R log1p = u + u * u * REAL(log1p_tail)(u);
  const R far = ((y - LN2_HIGH) - LN2_LOW) + log1p;
  *value = y < (R)0.6 ? near : far;
}

/// ln σ(x) = −ln(1 + exp(−x)) and its derivative σ(−x).
CK_INLINE void REAL(log_sigmoid_element)(R x, R *value, R *slope) {
  R k, u, t, factor;
  const R y = FABS(x);
  const R r = REAL(reduce_exponent)(-REAL(clamp)(y, EXPONENT_LIMIT), &k);
  REAL(decaying_exponential)(k, r, &u, &t, &factor);
  const R decay = u * factor;
  const R inverse = 1 / (1 + u);
  *slope = x < 0 ? inverse : decay * inverse;
  // Around zero x/2 − ln cosh(x/2) − ln 2, elsewhere min(x, 0) − log1p(u), where u is small.
  const R half = (R)0.5 * x;
  const R square = half * half;
  const R log_cosh = square * ((R)0.5 + square * REAL(log_cosh_tail)(square));
  const R near = ((half - log_cosh) - LN2_HIGH) - LN2_LOW;
  const R log1p = decay + decay * u * REAL(log1p_tail)(u);
  const R far = x < 0 ? x - log1p : -log1p;
  *value = y < (R)1.2 ? near : far;
}

/// The loop of one function. Whole vectors first; the rest goes through padded copies, so that no
/// element takes the slow scalar way.
#define CK_ACTIVATION(function, element, elements)                                                                     \
  CK_CLONES static void function(const R *x, R *value, R *slope, long n) {                                             \
    const long count = (elements);                                                                                     \
    const long whole = count & ~31L;                                                                                   \
    if (value && slope) {                                                                                              \
      CK_INDEPENDENT                                                                                                   \
      for (long i = 0; i < whole; i++) element(x[i], value + i, slope + i);                                            \
    } else if (value) {                                                                                                \
      R unused;                                                                                                        \
      CK_INDEPENDENT                                                                                                   \
      for (long i = 0; i < whole; i++) element(x[i], value + i, &unused);                                              \
    } else if (slope) {                                                                                                \
      R unused;                                                                                                        \
      CK_INDEPENDENT                                                                                                   \
      for (long i = 0; i < whole; i++) element(x[i], &unused, slope + i);                                              \
    }                                                                                                                  \
    const long rest = count - whole;                                                                                   \
    if (rest == 0) return;                                                                                             \
    R padded[32] = {0}, values[32], slopes[32];                                                                        \
    for (long i = 0; i < rest; i++) padded[i] = x[whole + i];                                                          \
    const long padded_count = (rest + 15) & ~15L;                                                                      \
    CK_INDEPENDENT                                                                                                     \
    for (long i = 0; i < padded_count; i++) element(padded[i], values + i, slopes + i);                                \
    for (long i = 0; value && i < rest; i++) value[whole + i] = values[i];                                             \
    for (long i = 0; slope && i < rest; i++) slope[whole + i] = slopes[i];                                             \
  }

CK_ACTIVATION(REAL(ck_tanh), REAL(tanh_element), n)
CK_ACTIVATION(REAL(ck_relu), REAL(relu_element), n)
CK_ACTIVATION(REAL(ck_selu), REAL(selu_element), n)
CK_ACTIVATION(REAL(ck_gelu), REAL(gelu_element), n)
CK_ACTIVATION(REAL(ck_log_cosh), REAL(log_cosh_element), n)
CK_ACTIVATION(REAL(ck_log_sigmoid), REAL(log_sigmoid_element), n)
CK_ACTIVATION(COMPLEX(ck_reim_selu), REAL(reim_selu_element), 2 * n)

CK_CLONES static void REAL(ck_exp)(const R *x, R *y, long n) {
  const long whole = n & ~31L, rest = n - whole;
  CK_INDEPENDENT
  for (long i = 0; i < whole; i++) y[i] = REAL(exponential)(x[i]);
  if (rest == 0) return;
  R padded[32] = {0};
  for (long i = 0; i < rest; i++) padded[i] = x[whole + i];
  const long padded_count = (rest + 15) & ~15L;
  CK_INDEPENDENT
  for (long i = 0; i < padded_count; i++) padded[i] = REAL(exponential)(padded[i]);
  for (long i = 0; i < rest; i++) y[whole + i] = padded[i];
}

#undef CK_ACTIVATION
#undef SELU_SCALE
#undef SELU_SCALE_ALPHA
#undef SELU_SCALE_ALPHA_OVER_SQRT2
#undef GELU_LINEAR
#undef GELU_CUBIC
