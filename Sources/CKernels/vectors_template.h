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

CK_CLONES static void REAL(ck_pair_products)(const R *s, R *y, long rows, long sites) {
  for (long r = 0; r < rows; r++, s += sites)
    for (long i = 1; i < sites; y += i, i++) {
      const R first = s[i];
      CK_INDEPENDENT
      for (long j = 0; j < i; j++) y[j] = first * s[j];
    }
}
