// Row scaling for one precision. With one vector per row the three indices collapse to one long loop,
// which matters for narrow layers.

#define CK_FOR_EACH_ROW_AND_VECTOR(width)                                                                              \
  if (vectors == 1) {                                                                                                  \
    features *= rows;                                                                                                  \
    rows = 1;                                                                                                          \
  }                                                                                                                    \
  for (long row = 0; row < rows; row++, slope += (width)*features)                                                     \
    for (long vector = 0; vector < vectors; vector++, x += (width)*features, y += (width)*features)

CK_CLONES static void REAL(ck_scale_rows)(const R *slope, const R *x, R *y, long rows, long vectors, long features,
                                          int accumulate) {
  CK_FOR_EACH_ROW_AND_VECTOR(1) {
    if (accumulate) {
      CK_INDEPENDENT
      for (long f = 0; f < features; f++) y[f] += slope[f] * x[f];
    } else {
      CK_INDEPENDENT
      for (long f = 0; f < features; f++) y[f] = slope[f] * x[f];
    }
  }
}

/// y (+)= (Re slope ± i Im slope)·x with the sign as a factor.
CK_INLINE void COMPLEX(scale_complex_row)(const R *slope, R sign, const R *x, R *y, long features, int accumulate) {
  CK_INDEPENDENT
  for (long f = 0; f < features; f++) {
    const R slope_re = slope[2 * f], slope_im = sign * slope[2 * f + 1];
    const R x_re = x[2 * f], x_im = x[2 * f + 1];
    const R re = slope_re * x_re - slope_im * x_im;
    const R im = slope_re * x_im + slope_im * x_re;
    y[2 * f] = accumulate ? y[2 * f] + re : re;
    y[2 * f + 1] = accumulate ? y[2 * f + 1] + im : im;
  }
}

CK_CLONES static void COMPLEX(ck_scale_rows)(const R *slope, const R *x, R *y, long rows, long vectors, long features,
                                             int conjugate, int accumulate) {
  const R sign = conjugate ? -1 : 1;
  CK_FOR_EACH_ROW_AND_VECTOR(2) {
    if (accumulate)
      COMPLEX(scale_complex_row)(slope, sign, x, y, features, 1);
    else
      COMPLEX(scale_complex_row)(slope, sign, x, y, features, 0);
  }
}

#undef CK_FOR_EACH_ROW_AND_VECTOR
