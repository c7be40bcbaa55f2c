// The linear maps of logarithms of determinants and Pfaffians, for one precision.

CK_CLONES static void REAL(ck_matrix_slope_sums)(const R *slope, const R *x, R *y, long samples, long vectors, long n) {
#pragma clang fp reassociate(on)
  for (long s = 0; s < samples; s++, slope += n * n, x += n * vectors * n, y += 2 * vectors)
    for (long v = 0; v < vectors; v++) {
      R sum = 0;
      for (long r = 0; r < n; r++) {
        const R *row = x + (r * vectors + v) * n;
        R part = 0;
        for (long f = 0; f < n; f++) part += slope[r * n + f] * row[f];
        sum += part;
      }
      y[2 * v] = sum;
      y[2 * v + 1] = 0;
    }
}

CK_CLONES static void COMPLEX(ck_matrix_slope_sums)(const R *slope, const R *x, R *y, long samples, long vectors,
                                                    long n) {
#pragma clang fp reassociate(on)
  for (long s = 0; s < samples; s++, slope += 2 * n * n, x += 2 * n * vectors * n, y += 2 * vectors)
    for (long v = 0; v < vectors; v++) {
      R re = 0, im = 0;
      for (long r = 0; r < n; r++) {
        const R *row = x + 2 * (r * vectors + v) * n, *factors = slope + 2 * r * n;
        R p = 0, q = 0;
        for (long f = 0; f < n; f++) {
          p += factors[2 * f] * row[2 * f] - factors[2 * f + 1] * row[2 * f + 1];
          q += factors[2 * f] * row[2 * f + 1] + factors[2 * f + 1] * row[2 * f];
        }
        re += p;
        im += q;
      }
      y[2 * v] = re;
      y[2 * v + 1] = im;
    }
}

CK_CLONES static void REAL(ck_matrix_slope_spread)(const R *slope, const R *y, R *x, long samples, long vectors, long n,
                                                   int accumulate) {
  for (long s = 0; s < samples; s++, y += 2 * vectors)
    for (long r = 0; r < n; r++, slope += n)
      for (long v = 0; v < vectors; v++, x += n) {
        const R factor = y[2 * v];
        CK_INDEPENDENT
        for (long f = 0; f < n; f++) x[f] = (accumulate ? x[f] : 0) + slope[f] * factor;
      }
}

CK_CLONES static void COMPLEX(ck_matrix_slope_spread)(const R *slope, const R *y, R *x, long samples, long vectors,
                                                      long n, int accumulate) {
  for (long s = 0; s < samples; s++, y += 2 * vectors)
    for (long r = 0; r < n; r++, slope += 2 * n)
      for (long v = 0; v < vectors; v++, x += 2 * n) {
        const R re = y[2 * v], im = y[2 * v + 1];
        CK_INDEPENDENT
        for (long f = 0; f < n; f++) {
          const R p = slope[2 * f], q = slope[2 * f + 1];
          x[2 * f] = (accumulate ? x[2 * f] : 0) + (p * re + q * im);
          x[2 * f + 1] = (accumulate ? x[2 * f + 1] : 0) + (p * im - q * re);
        }
      }
}
