// Determinants of matrices that are given by the logarithms of their entries, for one precision.

/// What is subtracted from the exponents of a row or a column: the largest, or 0 where all are −∞.
CK_INLINE R REAL(largest_exponent)(const R *x, long stride, long n) {
  R largest = (R)-INFINITY;
  for (long j = 0; j < n; j++) largest = x[stride * j] > largest ? x[stride * j] : largest;
  return largest == (R)-INFINITY ? 0 : largest;
}

/// Whether every `width`-th of count numbers is below +∞, and a number.
CK_INLINE int REAL(are_logarithms)(const R *x, long width, long count) {
  int valid = 1;
  for (long j = 0; j < count; j++) valid &= x[width * j] < (R)INFINITY;
  return valid;
}

/// Exponents with the largest of each row and then of each column taken away, at most 0, in a; the sum of what was
/// taken is returned.
CK_INLINE double REAL(balance_exponents)(const R *x, long width, R *a, long n) {
  double taken = 0;
  for (long i = 0; i < n; i++) {
    const R shift = REAL(largest_exponent)(x + width * i * n, width, n);
    taken += shift;
    for (long j = 0; j < n; j++) a[i * n + j] = x[width * (i * n + j)] - shift;
  }
  for (long j = 0; j < n; j++) {
    const R shift = REAL(largest_exponent)(a + j, n, n);
    taken += shift;
    for (long i = 0; i < n; i++) a[i * n + j] -= shift;
  }
  return taken;
}

/// Of balanced entries, pivots that are rounding: the determinant then has no digit.
CK_INLINE R REAL(least_pivot)(long n) { return 4 * n * (sizeof(R) == 4 ? (R)1.2e-7 : (R)2.3e-16); }

CK_CLONES static void REAL(ck_log_exponential_determinants)(const R *x, const R *phase, R *value, R *slope, R *work,
                                                            long count, long n) {
  const long size = n * n;
  R *rest = work + size;
  for (long r = 0; r < count; r++, x += size, value += 2) {
    R *target = slope ? slope + r * size : slope;
    if (!REAL(are_logarithms)(x, 1, size)) {
      value[0] = value[1] = (R)NAN;
      if (target) memset(target, 0, sizeof(R) * (size_t)size);
      continue;
    }
    const double taken = REAL(balance_exponents)(x, 1, work, n);
    CK_INDEPENDENT
    for (long j = 0; j < size; j++) work[j] = REAL(exponential)(work[j]);
    if (phase)
      for (long j = 0; j < size; j++)
        if ((long)rint(phase[r * size + j] * 0.3183098861837907) & 1) work[j] = -work[j];
    REAL(log_determinants)(work, value, target, rest, 1, n, REAL(least_pivot)(n));
    value[0] = (R)(value[0] + taken);
    if (target)
      for (long j = 0; j < size; j++) target[j] *= work[j];
  }
}

CK_CLONES static void COMPLEX(ck_log_exponential_determinants)(const R *x, R *value, R *slope, R *work, long count,
                                                               long n) {
  const long size = n * n, padded = (size + 15) & ~15L;
  // Moduli, sines, cosines and what the reduction of angles needs, then the matrix.
  R *a = work, *s = a + padded, *c = s + padded, *turns = c + padded, *b = turns + padded;
  R *entries = b + padded, *rest = entries + 2 * size;
  for (long r = 0; r < count; r++, x += 2 * size, value += 2) {
    R *target = slope ? slope + 2 * r * size : slope;
    int valid = REAL(are_logarithms)(x, 2, size);
    // An entry that vanishes may have any phase.
    for (long j = 0; j < size; j++) {
      b[j] = x[2 * j] == (R)-INFINITY ? 0 : x[2 * j + 1];
      valid &= REAL(is_finite)(b[j]);
    }
    if (!valid) {
      value[0] = value[1] = (R)NAN;
      if (target) memset(target, 0, 2 * sizeof(R) * (size_t)size);
      continue;
    }
    const double taken = REAL(balance_exponents)(x, 2, a, n);
    for (long j = size; j < padded; j++) a[j] = b[j] = 0;
    REAL(sines_and_cosines)(b, s, c, turns, padded);
    CK_INDEPENDENT
    for (long j = 0; j < size; j++) {
      const R modulus = REAL(exponential)(a[j]);
      entries[2 * j] = modulus * c[j];
      entries[2 * j + 1] = modulus * s[j];
    }
    COMPLEX(log_determinants)(entries, value, target, rest, 1, n, REAL(least_pivot)(n));
    value[0] = (R)(value[0] + taken);
    if (!target) continue;
    for (long j = 0; j < size; j++) {
      const R p = target[2 * j], q = target[2 * j + 1];
      target[2 * j] = p * entries[2 * j] - q * entries[2 * j + 1];
      target[2 * j + 1] = p * entries[2 * j + 1] + q * entries[2 * j];
    }
  }
}
