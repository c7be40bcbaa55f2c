// Pfaffians for one precision. The pair of rows u and v with the pivot p = u_v is eliminated by
// A_ij −= a (−v_j/p) + b (u_j/p) with a and b the entries of row i below u and v; where the inverse is kept, that is a
// Gauss-Jordan step of the block ((0, p), (−p, 0)), whose inverse is ((0, −1/p), (1/p, 0)).

/// Exchanges rows and columns p ≠ q of the n × n matrix.
CK_INLINE void REAL(swap_indices)(R *a, long n, long p, long q) {
  const long stride = REAL(padded_row)(n);
  REAL(swap_rows)(a + p * stride, a + q * stride, stride);
  for (long i = 0; i < n; i++) {
    const R kept = a[i * stride + p];
    a[i * stride + p] = a[i * stride + q];
    a[i * stride + q] = kept;
  }
}

/// The column of the largest entry of a row from column `first` on, that of the diagonal excepted; `imaginary` is NULL
/// of real rows.
CK_INLINE long REAL(largest_entry)(const R *row, const R *imaginary, long diagonal, long first, long n, R *largest) {
  long at = first;
  *largest = 0;
  for (long j = first; j < n; j++) {
    if (j == diagonal) continue;
    const R size = imaginary ? FABS(row[j]) + FABS(imaginary[j]) : FABS(row[j]);
    at = size > *largest ? j : at;
    *largest = size > *largest ? size : *largest;
  }
  return at;
}

/// Brings an entry that is the largest of its row and column to (k, k + 1). `b` is the imaginary plane, NULL of a real
/// matrix. False where there is none but 0, or one that is not finite.
CK_INLINE int REAL(pair_indices)(R *a, R *b, R *origin, long k, long n, ck_scaled_product *product) {
  const long stride = REAL(padded_row)(n);
  R largest, next;
  long row = k, column = REAL(largest_entry)(a + k * stride, b ? b + k * stride : 0, k, k, n, &largest);
  for (;;) {
    if (!(largest > 0) || !REAL(is_finite)(largest)) return 0;
    const long other = REAL(largest_entry)(a + column * stride, b ? b + column * stride : 0, column, k, n, &next);
    if (!(next > largest)) break;
    row = column;
    column = other;
    largest = next;
  }
  for (int step = 0; step < 2; step++) {
    const long from = step == 0 ? row : column, to = k + step;
    if (step == 0 && column == k) column = row;
    if (from == to) continue;
    REAL(swap_indices)(a, n, to, from);
    if (b) REAL(swap_indices)(b, n, to, from);
    REAL(swap_rows)(origin + to, origin + from, 1);
    product->re = -product->re;
    product->im = -product->im;
  }
  return 1;
}

CK_INLINE int REAL(eliminate_pairs)(R *a, R *origin, long n, int inverse, ck_scaled_product *product) {
  const long stride = REAL(padded_row)(n), vector = 64 / (long)sizeof(R);
  for (long i = 0; i < n; i++) origin[i] = (R)i;
  for (long k = 0; k < n; k += 2) {
    if (!REAL(pair_indices)(a, 0, origin, k, n, product)) return 0;
    R *u = a + k * stride, *v = u + stride;
    const R pivot = u[k + 1], factor = 1 / pivot;
    if (!REAL(is_finite)(factor)) return 0;
    ck_multiply(product, pivot, 0);
    const long first = inverse ? 0 : k / vector * vector;
    CK_INDEPENDENT
    for (long j = first; j < stride; j++) {
      const R kept = u[j];
      u[j] = -factor * v[j];
      v[j] = factor * kept;
    }
    u[k] = v[k + 1] = 0;
    u[k + 1] = -factor;
    v[k] = factor;
    for (long i = inverse ? 0 : k + 2; i < n; i++) {
      if (i == k || i == k + 1) continue;
      R *row = a + i * stride;
      const R f = row[k], g = row[k + 1];
      REAL(subtract_rows)(row + first, f, u + first, g, v + first, stride - first);
      // After the row: a lone number stored before its vector is loaded would hold up the load.
      if (!inverse) continue;
      row[k] = -g * factor;
      row[k + 1] = f * factor;
    }
  }
  return 1;
}

CK_INLINE int COMPLEX(eliminate_pairs)(R *a, R *origin, long n, int inverse, ck_scaled_product *product) {
  const long stride = REAL(padded_row)(n), vector = 64 / (long)sizeof(R);
  R *b = a + n * stride;
  for (long i = 0; i < n; i++) origin[i] = (R)i;
  for (long k = 0; k < n; k += 2) {
    if (!REAL(pair_indices)(a, b, origin, k, n, product)) return 0;
    R *u = a + k * stride, *v = u + stride, *ui = b + k * stride, *vi = ui + stride;
    R p, q;
    COMPLEX(reciprocal)(u[k + 1], ui[k + 1], &p, &q);
    if (!REAL(is_finite)(p) || !REAL(is_finite)(q)) return 0;
    ck_multiply(product, u[k + 1], ui[k + 1]);
    const long first = inverse ? 0 : k / vector * vector;
    CK_INDEPENDENT
    for (long j = first; j < stride; j++) {
      const R x = u[j], y = ui[j], z = v[j], w = vi[j];
      u[j] = q * w - p * z;
      ui[j] = -(p * w + q * z);
      v[j] = p * x - q * y;
      vi[j] = p * y + q * x;
    }
    u[k] = ui[k] = v[k + 1] = vi[k + 1] = 0;
    u[k + 1] = -p;
    ui[k + 1] = -q;
    v[k] = p;
    vi[k] = q;
    for (long i = inverse ? 0 : k + 2; i < n; i++) {
      if (i == k || i == k + 1) continue;
      R *row = a + i * stride, *imaginary = b + i * stride;
      const R f = row[k], fi = imaginary[k], g = row[k + 1], gi = imaginary[k + 1];
      COMPLEX(subtract_row)(row + first, imaginary + first, f, fi, u + first, ui + first, stride - first);
      COMPLEX(subtract_row)(row + first, imaginary + first, g, gi, v + first, vi + first, stride - first);
      if (!inverse) continue;
      row[k] = -(g * p - gi * q);
      imaginary[k] = -(g * q + gi * p);
      row[k + 1] = f * p - fi * q;
      imaginary[k + 1] = f * q + fi * p;
    }
  }
  return 1;
}

CK_CLONES static void REAL(ck_log_pfaffians)(const R *x, R *value, R *slope, R *work, long count, long n) {
  const long stride = REAL(padded_row)(n);
  R *origin = work + n * stride;
  for (long r = 0; r < count; r++, x += n * n) {
    REAL(load_matrix)(x, 1, work, n);
    ck_scaled_product product = ck_empty_product;
    const int is_regular = REAL(eliminate_pairs)(work, origin, n, slope != 0, &product);
    REAL(write_logarithm)(is_regular ? &product : 0, value + 2 * r);
    if (!slope) continue;
    R *target = slope + r * n * n;
    if (!is_regular) {
      memset(target, 0, sizeof(R) * (size_t)(n * n));
      continue;
    }
    for (long i = 0; i < n; i++)
      for (long j = 0; j < n; j++)
        target[(long)origin[i] * n + (long)origin[j]] = (R)0.25 * (work[j * stride + i] - work[i * stride + j]);
    REAL(clear_unless_finite)(target, n * n);
  }
}

CK_CLONES static void COMPLEX(ck_log_pfaffians)(const R *x, R *value, R *slope, R *work, long count, long n) {
  const long stride = REAL(padded_row)(n);
  R *imaginary = work + n * stride, *origin = imaginary + n * stride;
  for (long r = 0; r < count; r++, x += 2 * n * n) {
    REAL(load_matrix)(x, 2, work, n);
    REAL(load_matrix)(x + 1, 2, imaginary, n);
    ck_scaled_product product = ck_empty_product;
    const int is_regular = COMPLEX(eliminate_pairs)(work, origin, n, slope != 0, &product);
    REAL(write_logarithm)(is_regular ? &product : 0, value + 2 * r);
    if (!slope) continue;
    R *target = slope + 2 * r * n * n;
    if (!is_regular) {
      memset(target, 0, 2 * sizeof(R) * (size_t)(n * n));
      continue;
    }
    for (long i = 0; i < n; i++)
      for (long j = 0; j < n; j++) {
        R *entry = target + 2 * ((long)origin[i] * n + (long)origin[j]);
        entry[0] = (R)0.25 * (work[j * stride + i] - work[i * stride + j]);
        entry[1] = (R)0.25 * (imaginary[j * stride + i] - imaginary[i * stride + j]);
      }
    REAL(clear_unless_finite)(target, 2 * n * n);
  }
}
