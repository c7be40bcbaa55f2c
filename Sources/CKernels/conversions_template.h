// Conversions for one precision.

/// x[i] (+)= z[2i + part]
CK_INLINE void REAL(take_part)(const R *z, long part, R *x, long n, int accumulate) {
  if (accumulate) {
    CK_INDEPENDENT
    for (long i = 0; i < n; i++) x[i] += z[2 * i + part];
  } else {
    CK_INDEPENDENT
    for (long i = 0; i < n; i++) x[i] = z[2 * i + part];
  }
}

CK_CLONES void REAL(ck_real_part)(const R *z, R *x, long n, int accumulate) { REAL(take_part)(z, 0, x, n, accumulate); }

CK_CLONES void REAL(ck_imag_part)(const R *z, R *x, long n, int accumulate) { REAL(take_part)(z, 1, x, n, accumulate); }

CK_CLONES void REAL(ck_from_real)(const R *x, R *z, long n, int accumulate) {
  if (accumulate) {
    CK_INDEPENDENT
    for (long i = 0; i < n; i++) z[2 * i] += x[i];
  } else {
    CK_INDEPENDENT
    for (long i = 0; i < n; i++) {
      z[2 * i] = x[i];
      z[2 * i + 1] = 0;
    }
  }
}

CK_CLONES void REAL(ck_from_imag)(const R *x, R *z, long n, int accumulate) {
  if (accumulate) {
    CK_INDEPENDENT
    for (long i = 0; i < n; i++) z[2 * i + 1] += x[i];
  } else {
    CK_INDEPENDENT
    for (long i = 0; i < n; i++) {
      z[2 * i] = 0;
      z[2 * i + 1] = x[i];
    }
  }
}

CK_CLONES void REAL(ck_conjugate)(const R *z, R *y, long n, int accumulate) {
  if (accumulate) {
    CK_INDEPENDENT
    for (long i = 0; i < n; i++) {
      y[2 * i] += z[2 * i];
      y[2 * i + 1] -= z[2 * i + 1];
    }
  } else {
    CK_INDEPENDENT
    for (long i = 0; i < n; i++) {
      y[2 * i] = z[2 * i];
      y[2 * i + 1] = -z[2 * i + 1];
    }
  }
}

CK_CLONES void REAL(ck_spins_to)(const int8_t *s, R *x, long n) {
  CK_INDEPENDENT
  for (long i = 0; i < n; i++) x[i] = s[i];
}
