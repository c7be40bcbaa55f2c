// What eliminations have in common, for one precision. A matrix is worked on in rows that are padded with zeros to
// whole vectors, a complex one as a real and an imaginary plane, followed by the index that each row had at the
// beginning, kept as a number.

CK_INLINE long REAL(padded_row)(long n) {
  const long vector = 64 / (long)sizeof(R);
  return (n + vector - 1) / vector * vector;
}

CK_INLINE int REAL(is_finite)(R x) { return FABS(x) < (R)INFINITY; }

/// Copies every `width`-th number of an n × n matrix into padded rows.
CK_INLINE void REAL(load_matrix)(const R *x, long width, R *a, long n) {
  const long stride = REAL(padded_row)(n);
  for (long i = 0; i < n; i++) {
    for (long j = 0; j < n; j++) a[i * stride + j] = x[width * (i * n + j)];
    for (long j = n; j < stride; j++) a[i * stride + j] = 0;
  }
}

CK_INLINE void REAL(swap_rows)(R *restrict p, R *restrict q, long count) {
  for (long j = 0; j < count; j++) {
    const R kept = p[j];
    p[j] = q[j];
    q[j] = kept;
  }
}

/// y −= f x.
CK_INLINE void REAL(subtract_row)(R *y, R f, const R *x, long count) {
  CK_INDEPENDENT
  for (long j = 0; j < count; j++) y[j] -= f * x[j];
}

/// y −= f x of complex rows in planes.
CK_INLINE void COMPLEX(subtract_row)(R *y, R *yi, R f, R fi, const R *x, const R *xi, long count) {
  CK_INDEPENDENT
  for (long j = 0; j < count; j++) {
    y[j] -= f * x[j] - fi * xi[j];
    yi[j] -= f * xi[j] + fi * x[j];
  }
}

/// y −= f x + g z.
CK_INLINE void REAL(subtract_rows)(R *y, R f, const R *x, R g, const R *z, long count) {
  CK_INDEPENDENT
  for (long j = 0; j < count; j++) y[j] -= f * x[j] + g * z[j];
}

/// 1/(p + iq), by Smith's division: no squares that overflow.
CK_INLINE void COMPLEX(reciprocal)(R p, R q, R *re, R *im) {
  if (FABS(p) >= FABS(q)) {
    const R ratio = q / p, denominator = p + q * ratio;
    *re = 1 / denominator;
    *im = -ratio / denominator;
  } else {
    const R ratio = p / q, denominator = q + p * ratio;
    *re = ratio / denominator;
    *im = -1 / denominator;
  }
}

/// The value of a product of pivots, or that of a matrix that has none.
CK_INLINE void REAL(write_logarithm)(const ck_scaled_product *product, R *value) {
  value[0] = product ? (R)ck_log_modulus(*product) : (R)-INFINITY;
  value[1] = 0;
  if (!product) return;
  // Not the angle of −0.
  if (product->im != 0)
    value[1] = (R)atan2(product->im, product->re);
  else if (product->re < 0)
    value[1] = (R)3.141592653589793;
}

/// Zeros where a number is not finite.
CK_INLINE void REAL(clear_unless_finite)(R *x, long count) {
  int is_finite = 1;
  for (long j = 0; j < count; j++) is_finite &= REAL(is_finite)(x[j]);
  if (!is_finite) memset(x, 0, sizeof(R) * (size_t)count);
}
