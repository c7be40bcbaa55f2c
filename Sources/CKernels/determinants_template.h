// Determinants for one precision. An elimination that keeps the inverse works on all rows and columns, one that does
// not on what is left of them; pivots come from the same operations.

/// Eliminates in place, to the inverse of the matrix with its rows in the order that `origin` tells, or to nothing in
/// particular; false where there is no pivot above `least`.
CK_INLINE int REAL(eliminate)(R *a, R *origin, long n, int inverse, R least, ck_scaled_product *product) {
  const long stride = REAL(padded_row)(n), vector = 64 / (long)sizeof(R);
  for (long i = 0; i < n; i++) origin[i] = (R)i;
  for (long k = 0; k < n; k++) {
    long at = k;
    R largest = 0;
    for (long i = k; i < n; i++) {
      const R size = FABS(a[i * stride + k]);
      at = size > largest ? i : at;
      largest = size > largest ? size : largest;
    }
    R *pivots = a + k * stride;
    if (at != k) {
      REAL(swap_rows)(pivots, a + at * stride, stride);
      REAL(swap_rows)(origin + k, origin + at, 1);
      product->re = -product->re;
    }
    const R factor = 1 / pivots[k];
    if (!REAL(is_finite)(largest) || !REAL(is_finite)(factor) || !(largest > least)) return 0;
    ck_multiply(product, pivots[k], 0);
    const long first = inverse ? 0 : k / vector * vector;
    if (inverse) pivots[k] = 1;
    for (long j = first; j < stride; j++) pivots[j] *= factor;
    for (long i = inverse ? 0 : k + 1; i < n; i++) {
      if (i == k) continue;
      R *row = a + i * stride;
      const R f = row[k];
      REAL(subtract_row)(row + first, f, pivots + first, stride - first);
      // After the row: a lone number stored before its vector is loaded would hold up the load.
      if (inverse) row[k] = -f * factor;
    }
  }
  return 1;
}

CK_INLINE int COMPLEX(eliminate)(R *a, R *origin, long n, int inverse, R least, ck_scaled_product *product) {
  const long stride = REAL(padded_row)(n), vector = 64 / (long)sizeof(R);
  R *b = a + n * stride;
  for (long i = 0; i < n; i++) origin[i] = (R)i;
  for (long k = 0; k < n; k++) {
    long at = k;
    R largest = 0;
    for (long i = k; i < n; i++) {
      const R size = FABS(a[i * stride + k]) + FABS(b[i * stride + k]);
      at = size > largest ? i : at;
      largest = size > largest ? size : largest;
    }
    R *re = a + k * stride, *im = b + k * stride;
    if (at != k) {
      REAL(swap_rows)(re, a + at * stride, stride);
      REAL(swap_rows)(im, b + at * stride, stride);
      REAL(swap_rows)(origin + k, origin + at, 1);
      product->re = -product->re;
      product->im = -product->im;
    }
    R p, q;
    COMPLEX(reciprocal)(re[k], im[k], &p, &q);
    if (!REAL(is_finite)(largest) || !REAL(is_finite)(p) || !REAL(is_finite)(q) || !(largest > least)) return 0;
    ck_multiply(product, re[k], im[k]);
    const long first = inverse ? 0 : k / vector * vector;
    if (inverse) {
      re[k] = 1;
      im[k] = 0;
    }
    CK_INDEPENDENT
    for (long j = first; j < stride; j++) {
      const R x = re[j], y = im[j];
      re[j] = x * p - y * q;
      im[j] = x * q + y * p;
    }
    for (long i = inverse ? 0 : k + 1; i < n; i++) {
      if (i == k) continue;
      R *row = a + i * stride, *imaginary = b + i * stride;
      const R f = row[k], g = imaginary[k];
      COMPLEX(subtract_row)(row + first, imaginary + first, f, g, re + first, im + first, stride - first);
      if (!inverse) continue;
      row[k] = -(f * p - g * q);
      imaginary[k] = -(f * q + g * p);
    }
  }
  return 1;
}

CK_INLINE void REAL(log_determinants)(const R *x, R *value, R *slope, R *work, long count, long n, R least) {
  const long stride = REAL(padded_row)(n);
  R *origin = work + n * stride;
  for (long r = 0; r < count; r++, x += n * n) {
    REAL(load_matrix)(x, 1, work, n);
    ck_scaled_product product = ck_empty_product;
    const int is_regular = REAL(eliminate)(work, origin, n, slope != 0, least, &product);
    REAL(write_logarithm)(is_regular ? &product : 0, value + 2 * r);
    if (!slope) continue;
    R *target = slope + r * n * n;
    if (!is_regular) {
      memset(target, 0, sizeof(R) * (size_t)(n * n));
      continue;
    }
    for (long j = 0; j < n; j++)
      for (long i = 0; i < n; i++) target[(long)origin[j] * n + i] = work[i * stride + j];
    REAL(clear_unless_finite)(target, n * n);
  }
}

CK_INLINE void COMPLEX(log_determinants)(const R *x, R *value, R *slope, R *work, long count, long n, R least) {
  const long stride = REAL(padded_row)(n);
  R *imaginary = work + n * stride, *origin = imaginary + n * stride;
  for (long r = 0; r < count; r++, x += 2 * n * n) {
    REAL(load_matrix)(x, 2, work, n);
    REAL(load_matrix)(x + 1, 2, imaginary, n);
    ck_scaled_product product = ck_empty_product;
    const int is_regular = COMPLEX(eliminate)(work, origin, n, slope != 0, least, &product);
    REAL(write_logarithm)(is_regular ? &product : 0, value + 2 * r);
    if (!slope) continue;
    R *target = slope + 2 * r * n * n;
    if (!is_regular) {
      memset(target, 0, 2 * sizeof(R) * (size_t)(n * n));
      continue;
    }
    for (long j = 0; j < n; j++)
      for (long i = 0; i < n; i++) {
        const long place = 2 * ((long)origin[j] * n + i);
        target[place] = work[i * stride + j];
        target[place + 1] = imaginary[i * stride + j];
      }
    REAL(clear_unless_finite)(target, 2 * n * n);
  }
}

CK_CLONES static void REAL(ck_log_determinants)(const R *x, R *value, R *slope, R *work, long count, long n) {
  REAL(log_determinants)(x, value, slope, work, count, n, 0);
}

CK_CLONES static void COMPLEX(ck_log_determinants)(const R *x, R *value, R *slope, R *work, long count, long n) {
  COMPLEX(log_determinants)(x, value, slope, work, count, n, 0);
}
