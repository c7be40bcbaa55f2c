// Layer normalisation for one precision.

CK_CLONES static void REAL(ck_normalise_rows)(const R *x, R *value, R *slope, long rows, long features, R epsilon) {
#pragma clang fp reassociate(on)
  for (long r = 0; r < rows; r++, x += features, value += features) {
    double total = 0;
    for (long f = 0; f < features; f++) total += x[f];
    const double mean = total / features;
    // A second pass: the difference of two large sums would lose the variance of nearly equal entries.
    double squares = 0;
    for (long f = 0; f < features; f++) squares += (x[f] - mean) * (x[f] - mean);
    const double inverse = 1 / __builtin_sqrt(squares / features + epsilon);
    CK_INDEPENDENT
    for (long f = 0; f < features; f++) value[f] = (R)((x[f] - mean) * inverse);
    if (slope) {
      for (long f = 0; f < features; f++) slope[f] = value[f];
      slope[features] = (R)inverse;
      slope += features + 1;
    }
  }
}

CK_CLONES static void REAL(ck_normalise_tangents)(const R *slope, const R *x, R *y, long rows, long vectors,
                                                  long features, int accumulate) {
#pragma clang fp reassociate(on)
  for (long r = 0; r < rows; r++, slope += features + 1) {
    const R inverse = slope[features];
    for (long v = 0; v < vectors; v++, x += features, y += features) {
      double total = 0, along = 0;
      for (long f = 0; f < features; f++) {
        total += x[f];
        along += (double)slope[f] * x[f];
      }
      const R mean = (R)(total / features), projection = (R)(along / features);
      if (accumulate) {
        CK_INDEPENDENT
        for (long f = 0; f < features; f++) y[f] += inverse * (x[f] - mean - slope[f] * projection);
      } else {
        CK_INDEPENDENT
        for (long f = 0; f < features; f++) y[f] = inverse * (x[f] - mean - slope[f] * projection);
      }
    }
  }
}
