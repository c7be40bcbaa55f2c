// Vector operations for one precision.

CK_CLONES static void REAL(ck_axpy)(R a, const R *x, R *y, long n) {
  CK_INDEPENDENT
  for (long i = 0; i < n; i++) y[i] += a * x[i];
}

CK_CLONES static void COMPLEX(ck_axpy)(R a_re, R a_im, const R *x, R *y, long n, int accumulate) {
  if (accumulate) {
    CK_INDEPENDENT
    for (long i = 0; i < n; i++) {
      const R re = x[2 * i], im = x[2 * i + 1];
      y[2 * i] += a_re * re - a_im * im;
      y[2 * i + 1] += a_re * im + a_im * re;
    }
  } else {
    CK_INDEPENDENT
    for (long i = 0; i < n; i++) {
      const R re = x[2 * i], im = x[2 * i + 1];
      y[2 * i] = a_re * re - a_im * im;
      y[2 * i + 1] = a_re * im + a_im * re;
    }
  }
}

CK_CLONES static void REAL(ck_scaled_copy)(R a, const R *x, R *y, long n) {
  CK_INDEPENDENT
  for (long i = 0; i < n; i++) y[i] = a * x[i];
}

CK_CLONES static void REAL(ck_scaled_difference)(R a, const R *x, const R *z, R *y, long n) {
  CK_INDEPENDENT
  for (long i = 0; i < n; i++) y[i] = a * (x[i] - z[i]);
}

CK_CLONES static void REAL(ck_pair_products)(const R *s, R *y, long rows, long sites) {
  for (long r = 0; r < rows; r++, s += sites)
    for (long i = 1; i < sites; y += i, i++) {
      const R first = s[i];
      CK_INDEPENDENT
      for (long j = 0; j < i; j++) y[j] = first * s[j];
    }
}

CK_CLONES static void REAL(ck_pair_sums)(const R *s, const int32_t *index, R *y, R *work, long rows, long sites,
                                         long sums) {
  // Samples side by side: what a pair adds to is the same for all.
  enum { lanes = 64 / sizeof(R) };
  R *totals = work + sites * lanes;
  for (long first = 0; first < rows; first += lanes) {
    const long count = rows - first < lanes ? rows - first : lanes;
    for (long i = 0; i < sites; i++)
      for (long r = 0; r < lanes; r++) work[i * lanes + r] = r < count ? s[(first + r) * sites + i] : 0;
    memset(totals, 0, sizeof(R) * (size_t)(sums * lanes));
    const int32_t *place = index;
    for (long i = 1; i < sites; i++)
      for (long j = 0; j < i; j++, place++) {
        if (*place < 0) continue;
        R *total = totals + *place * lanes;
        const R *x = work + i * lanes, *z = work + j * lanes;
        CK_INDEPENDENT
        for (long r = 0; r < lanes; r++) total[r] += x[r] * z[r];
      }
    for (long r = 0; r < count; r++)
      for (long k = 0; k < sums; k++) y[(first + r) * sums + k] = totals[k * lanes + r];
  }
}
