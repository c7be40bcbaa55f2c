// Gathers, scatters and blocks for one precision.

CK_CLONES static void REAL(ck_gather)(const R *x, const int32_t *index, R *y, long rows, long x_stride, long y_count,
                                      int accumulate) {
  for (long r = 0; r < rows; r++, x += x_stride, y += y_count) {
    if (accumulate) {
      CK_INDEPENDENT
      for (long j = 0; j < y_count; j++) y[j] += index[j] < 0 ? 0 : x[index[j]];
    } else {
      CK_INDEPENDENT
      for (long j = 0; j < y_count; j++) y[j] = index[j] < 0 ? 0 : x[index[j]];
    }
  }
}

CK_CLONES static void COMPLEX(ck_gather)(const R *x, const int32_t *index, R *y, long rows, long x_stride, long y_count,
                                         int accumulate) {
  for (long r = 0; r < rows; r++, x += 2 * x_stride, y += 2 * y_count) {
    for (long j = 0; j < y_count; j++) {
      const R *source = x + 2 * (long)index[j];
      const R re = index[j] < 0 ? 0 : source[0], im = index[j] < 0 ? 0 : source[1];
      y[2 * j] = accumulate ? y[2 * j] + re : re;
      y[2 * j + 1] = accumulate ? y[2 * j + 1] + im : im;
    }
  }
}

// Indices may repeat, so additions stay in order: nothing to vectorise, nothing to clone.
static void REAL(ck_scatter_add)(const R *y, const int32_t *index, R *x, long rows, long x_stride, long y_count) {
  for (long r = 0; r < rows; r++, x += x_stride, y += y_count)
    for (long j = 0; j < y_count; j++)
      if (index[j] >= 0) x[index[j]] += y[j];
}

static void COMPLEX(ck_scatter_add)(const R *y, const int32_t *index, R *x, long rows, long x_stride, long y_count) {
  for (long r = 0; r < rows; r++, x += 2 * x_stride, y += 2 * y_count)
    for (long j = 0; j < y_count; j++) {
      if (index[j] < 0) continue;
      R *target = x + 2 * (long)index[j];
      target[0] += y[2 * j];
      target[1] += y[2 * j + 1];
    }
}

CK_CLONES static void REAL(ck_block_in)(const double *x, long vector_stride, R *y, long rows, long vectors,
                                        long features) {
  for (long r = 0; r < rows; r++)
    for (long v = 0; v < vectors; v++, y += features) {
      const double *source = x + v * vector_stride + r * features;
      CK_INDEPENDENT
      for (long f = 0; f < features; f++) y[f] = (R)source[f];
    }
}

CK_CLONES static void REAL(ck_block_out)(const R *y, double *x, long vector_stride, long rows, long vectors,
                                         long features, int accumulate) {
  for (long r = 0; r < rows; r++)
    for (long v = 0; v < vectors; v++, y += features) {
      double *target = x + v * vector_stride + r * features;
      if (accumulate) {
        CK_INDEPENDENT
        for (long f = 0; f < features; f++) target[f] += y[f];
      } else {
        CK_INDEPENDENT
        for (long f = 0; f < features; f++) target[f] = y[f];
      }
    }
}
