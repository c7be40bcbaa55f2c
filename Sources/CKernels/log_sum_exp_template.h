// ln Σ w exp(x) for one precision. Rows go through in blocks of columns whose exponentials stay in the first-level
// cache.

enum { REAL(sum_block) = 256 };

/// What is subtracted from the exponents: the largest of them, or 0 where all are −∞. (NaN is passed over here and
/// comes back in the sum.)
CK_INLINE R REAL(exponent_shift)(const R *x, long stride, long n) {
  R lanes[16];
  for (int k = 0; k < 16; k++) lanes[k] = (R)-INFINITY;
  long j = 0;
  for (; j + 16 <= n; j += 16)
    for (int k = 0; k < 16; k++) {
      const R value = x[stride * (j + k)];
      lanes[k] = value > lanes[k] ? value : lanes[k];
    }
  R largest = (R)-INFINITY;
  for (; j < n; j++) largest = x[stride * j] > largest ? x[stride * j] : largest;
  for (int k = 0; k < 16; k++) largest = lanes[k] > largest ? lanes[k] : largest;
  return largest == (R)-INFINITY ? 0 : largest;
}

CK_INLINE double REAL(sum_of)(const R *e, long n) {
#pragma clang fp reassociate(on)
  double sum = 0;
  for (long j = 0; j < n; j++) sum += e[j];
  return sum;
}

/// Adds Σ w e with complex weights.
CK_INLINE void REAL_COMPLEX(add_weighted)(const double *w, const R *e, long n, double *re, double *im) {
#pragma clang fp reassociate(on)
  double p = 0, q = 0;
  for (long j = 0; j < n; j++) {
    p += w[2 * j] * e[j];
    q += w[2 * j + 1] * e[j];
  }
  *re += p;
  *im += q;
}

/// Adds Σ w (c + is).
CK_INLINE void COMPLEX(add_weighted)(const double *w, const R *c, const R *s, long n, double *re, double *im) {
#pragma clang fp reassociate(on)
  double p = 0, q = 0;
  for (long j = 0; j < n; j++) {
    p += w[2 * j] * c[j] - w[2 * j + 1] * s[j];
    q += w[2 * j] * s[j] + w[2 * j + 1] * c[j];
  }
  *re += p;
  *im += q;
}

CK_CLONES static void REAL(ck_log_sum_exp)(const R *x, const double *w, R *value, R *phase, R *slope, long rows,
                                           long n) {
  R exponentials[REAL(sum_block)];
  // A factor of all exponentials is a factor of their sum.
  int is_uniform = !slope;
  for (long j = 1; is_uniform && j < n; j++) is_uniform = w[j] == w[0];
  for (long r = 0; r < rows; r++, x += n) {
    const R shift = REAL(exponent_shift)(x, 1, n);
    double sum = 0;
    for (long first = 0; first < n; first += REAL(sum_block)) {
      const long count = n - first < REAL(sum_block) ? n - first : REAL(sum_block);
      R *e = slope ? slope + r * n + first : exponentials;
      if (is_uniform) {
        CK_INDEPENDENT
        for (long j = 0; j < count; j++) e[j] = REAL(exponential)(x[first + j] - shift);
      } else {
        CK_INDEPENDENT
        for (long j = 0; j < count; j++) e[j] = (R)(w[first + j] * REAL(exponential)(x[first + j] - shift));
      }
      sum += REAL(sum_of)(e, count);
    }
    if (is_uniform) sum *= w[0];
    if (value) value[r] = (R)(shift + log(fabs(sum)));
    if (phase) phase[r] = sum < 0 ? (R)3.141592653589793 : 0;
    if (!slope) continue;
    const R inverse = sum != 0 ? (R)(1 / sum) : 0;
    CK_INDEPENDENT
    for (long j = 0; j < n; j++) slope[r * n + j] *= inverse;
  }
}

/// value = shift + ln sum; slope *= 1/sum, for n complex slopes.
CK_INLINE void COMPLEX(finish_sum)(R shift, double re, double im, R *value, R *slope, long n) {
  if (value) {
    value[0] = (R)(shift + log(hypot(re, im)));
    value[1] = (R)atan2(im, re);
  }
  if (!slope) return;
  const double norm = re * re + im * im;
  const R p = norm != 0 ? (R)(re / norm) : 0, q = norm != 0 ? (R)(-im / norm) : 0;
  CK_INDEPENDENT
  for (long j = 0; j < n; j++) {
    const R a = slope[2 * j], b = slope[2 * j + 1];
    slope[2 * j] = a * p - b * q;
    slope[2 * j + 1] = a * q + b * p;
  }
}

CK_CLONES static void REAL_COMPLEX(ck_log_sum_exp)(const R *x, const double *w, R *value, R *slope, long rows, long n) {
  R e[REAL(sum_block)];
  for (long r = 0; r < rows; r++, x += n) {
    const R shift = REAL(exponent_shift)(x, 1, n);
    double re = 0, im = 0;
    for (long first = 0; first < n; first += REAL(sum_block)) {
      const long count = n - first < REAL(sum_block) ? n - first : REAL(sum_block);
      const double *u = w + 2 * first;
      CK_INDEPENDENT
      for (long j = 0; j < count; j++) e[j] = REAL(exponential)(x[first + j] - shift);
      if (slope) {
        R *s = slope + 2 * (r * n + first);
        CK_INDEPENDENT
        for (long j = 0; j < count; j++) {
          s[2 * j] = (R)(u[2 * j] * e[j]);
          s[2 * j + 1] = (R)(u[2 * j + 1] * e[j]);
        }
      }
      REAL_COMPLEX(add_weighted)(u, e, count, &re, &im);
    }
    COMPLEX(finish_sum)(shift, re, im, value ? value + 2 * r : value, slope ? slope + 2 * r * n : slope, n);
  }
}

CK_CLONES static void COMPLEX(ck_log_sum_exp)(const R *x, const double *w, R *value, R *slope, long rows, long n) {
  R a[REAL(sum_block)], b[REAL(sum_block)];
  R s[REAL(sum_block)], c[REAL(sum_block)], turns[REAL(sum_block)];
  for (long r = 0; r < rows; r++, x += 2 * n) {
    const R shift = REAL(exponent_shift)(x, 2, n);
    double re = 0, im = 0;
    for (long first = 0; first < n; first += REAL(sum_block)) {
      const long count = n - first < REAL(sum_block) ? n - first : REAL(sum_block);
      const double *u = w + 2 * first;
      for (long j = 0; j < count; j++) {
        a[j] = x[2 * (first + j)] - shift;
        b[j] = x[2 * (first + j) + 1];
      }
      const long padded = (count + 15) & ~15L;
      for (long j = count; j < padded; j++) a[j] = b[j] = 0;
      REAL(sines_and_cosines)(b, s, c, turns, padded);
      CK_INDEPENDENT
      for (long j = 0; j < padded; j++) {
        const R e = REAL(exponential)(a[j]);
        c[j] *= e;
        s[j] *= e;
      }
      if (slope) {
        R *target = slope + 2 * (r * n + first);
        CK_INDEPENDENT
        for (long j = 0; j < count; j++) {
          target[2 * j] = (R)(u[2 * j] * c[j] - u[2 * j + 1] * s[j]);
          target[2 * j + 1] = (R)(u[2 * j] * s[j] + u[2 * j + 1] * c[j]);
        }
      }
      COMPLEX(add_weighted)(u, c, s, count, &re, &im);
    }
    COMPLEX(finish_sum)(shift, re, im, value ? value + 2 * r : value, slope ? slope + 2 * r * n : slope, n);
  }
}

CK_CLONES static void REAL(ck_slope_sums)(const R *slope, const R *x, R *y, long rows, long vectors, long n) {
#pragma clang fp reassociate(on)
  for (long r = 0; r < rows; r++, slope += n)
    for (long v = 0; v < vectors; v++, x += n) {
      R sum = 0;
      for (long j = 0; j < n; j++) sum += slope[j] * x[j];
      y[r * vectors + v] = sum;
    }
}

CK_CLONES static void REAL_COMPLEX(ck_slope_sums)(const R *slope, const R *x, R *y, long rows, long vectors, long n) {
#pragma clang fp reassociate(on)
  for (long r = 0; r < rows; r++, slope += 2 * n)
    for (long v = 0; v < vectors; v++, x += n) {
      R re = 0, im = 0;
      for (long j = 0; j < n; j++) {
        re += slope[2 * j] * x[j];
        im += slope[2 * j + 1] * x[j];
      }
      y[2 * (r * vectors + v)] = re;
      y[2 * (r * vectors + v) + 1] = im;
    }
}

CK_CLONES static void COMPLEX(ck_slope_sums)(const R *slope, const R *x, R *y, long rows, long vectors, long n) {
#pragma clang fp reassociate(on)
  for (long r = 0; r < rows; r++, slope += 2 * n)
    for (long v = 0; v < vectors; v++, x += 2 * n) {
      R re = 0, im = 0;
      for (long j = 0; j < n; j++) {
        re += slope[2 * j] * x[2 * j] - slope[2 * j + 1] * x[2 * j + 1];
        im += slope[2 * j] * x[2 * j + 1] + slope[2 * j + 1] * x[2 * j];
      }
      y[2 * (r * vectors + v)] = re;
      y[2 * (r * vectors + v) + 1] = im;
    }
}

CK_CLONES static void REAL(ck_slope_spread)(const R *slope, const R *y, R *x, long rows, long vectors, long n,
                                            int accumulate) {
  for (long r = 0; r < rows; r++, slope += n)
    for (long v = 0; v < vectors; v++, x += n) {
      const R factor = y[r * vectors + v];
      CK_INDEPENDENT
      for (long j = 0; j < n; j++) x[j] = (accumulate ? x[j] : 0) + slope[j] * factor;
    }
}

CK_CLONES static void REAL_COMPLEX(ck_slope_spread)(const R *slope, const R *y, R *x, long rows, long vectors, long n,
                                                    int accumulate) {
  for (long r = 0; r < rows; r++, slope += 2 * n)
    for (long v = 0; v < vectors; v++, x += n) {
      const R re = y[2 * (r * vectors + v)], im = y[2 * (r * vectors + v) + 1];
      CK_INDEPENDENT
      for (long j = 0; j < n; j++) x[j] = (accumulate ? x[j] : 0) + (slope[2 * j] * re + slope[2 * j + 1] * im);
    }
}

CK_CLONES static void COMPLEX(ck_slope_spread)(const R *slope, const R *y, R *x, long rows, long vectors, long n,
                                               int accumulate) {
  for (long r = 0; r < rows; r++, slope += 2 * n)
    for (long v = 0; v < vectors; v++, x += 2 * n) {
      const R re = y[2 * (r * vectors + v)], im = y[2 * (r * vectors + v) + 1];
      CK_INDEPENDENT
      for (long j = 0; j < n; j++) {
        const R p = slope[2 * j], q = slope[2 * j + 1];
        x[2 * j] = (accumulate ? x[2 * j] : 0) + (p * re + q * im);
        x[2 * j + 1] = (accumulate ? x[2 * j + 1] : 0) + (p * im - q * re);
      }
    }
}
