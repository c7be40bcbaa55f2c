// A dense layer on spins for one precision of its kernel.

/// y[r,j] += s[r,0]·w[0,j], then + s[r,1]·w[1,j], …, for four rows and four sites.
CK_INLINE void REAL(add_four_rows)(double *y, const R *w, const int8_t *s, long sites, long columns, long count) {
  double sign[4][4], *y0 = y, *y1 = y0 + columns, *y2 = y1 + columns, *y3 = y2 + columns;
  for (int r = 0; r < 4; r++)
    for (int i = 0; i < 4; i++) sign[r][i] = s[r * sites + i];
  const R *w1 = w + columns, *w2 = w1 + columns, *w3 = w2 + columns;
#define ADDED(y, s) ((((y)[j] + (s)[0] * w[j]) + (s)[1] * w1[j]) + (s)[2] * w2[j]) + (s)[3] * w3[j]
  CK_INDEPENDENT
  for (long j = 0; j < count; j++) {
    y0[j] = ADDED(y0, sign[0]);
    y1[j] = ADDED(y1, sign[1]);
    y2[j] = ADDED(y2, sign[2]);
    y3[j] = ADDED(y3, sign[3]);
  }
}

/// The same for one row: the same bits.
CK_INLINE void REAL(add_one_row)(double *y, const R *w, const int8_t *s, long columns, long count) {
  const double sign[4] = {s[0], s[1], s[2], s[3]};
  const R *w1 = w + columns, *w2 = w1 + columns, *w3 = w2 + columns;
  CK_INDEPENDENT
  for (long j = 0; j < count; j++) y[j] = ADDED(y, sign);
}
#undef ADDED

CK_CLONES static void REAL(ck_signed_sums)(const R *offset, const R *w, const int8_t *s, double *y, long count,
                                           long sites, long columns) {
  // Columns in blocks whose rows stay in the first-level cache.
  enum { column_block = 256 };
  for (long column = 0; column < columns; column += column_block) {
    const long width = columns - column < column_block ? columns - column : column_block;
    const R *kernel = w + column;
    for (long row = 0; row < count; row += 4) {
      const long rows = count - row < 4 ? count - row : 4;
      double *sums = y + row * columns + column;
      const int8_t *spins = s + row * sites;
      for (long r = 0; r < rows; r++) {
        double *sum = sums + r * columns;
        // Two loops: one with a condition becomes masked loads, which are slow at a null address.
        if (offset)
          for (long j = 0; j < width; j++) sum[j] = offset[column + j];
        else
          for (long j = 0; j < width; j++) sum[j] = 0;
      }
      long site = 0;
      for (; site + 4 <= sites; site += 4)
        if (rows == 4)
          REAL(add_four_rows)(sums, kernel + site * columns, spins + site, sites, columns, width);
        else
          for (long r = 0; r < rows; r++)
            REAL(add_one_row)(sums + r * columns, kernel + site * columns, spins + r * sites + site, columns, width);
      for (; site < sites; site++)
        for (long r = 0; r < rows; r++) {
          const double sign = spins[r * sites + site];
          CK_INDEPENDENT
          for (long j = 0; j < width; j++) sums[r * columns + j] += sign * kernel[site * columns + j];
        }
    }
  }
}

#define FLIPPED_SUMS(target)                                                                                           \
  if (flips == 1) {                                                                                                    \
    const double factor = -2.0 * s[site[0]];                                                                           \
    const R *row = w + site[0] * columns;                                                                              \
    CK_INDEPENDENT                                                                                                     \
    for (long j = 0; j < columns; j++) target[j] = x[j] + factor * row[j];                                             \
  } else if (flips == 2) {                                                                                             \
    const double factor = -2.0 * s[site[0]], other_factor = -2.0 * s[site[1]];                                         \
    const R *row = w + site[0] * columns, *other = w + site[1] * columns;                                              \
    CK_INDEPENDENT                                                                                                     \
    for (long j = 0; j < columns; j++) target[j] = (x[j] + factor * row[j]) + other_factor * other[j];                 \
  } else {                                                                                                             \
    double sum[64];                                                                                                    \
    for (long first = 0; first < columns; first += 64) {                                                               \
      const long count = columns - first < 64 ? columns - first : 64;                                                  \
      for (long j = 0; j < count; j++) sum[j] = x[first + j];                                                          \
      for (long k = 0; k < flips; k++) {                                                                               \
        const double factor = -2.0 * s[site[k]];                                                                       \
        const R *row = w + site[k] * columns + first;                                                                  \
        for (long j = 0; j < count; j++) sum[j] += factor * row[j];                                                    \
      }                                                                                                                \
      for (long j = 0; j < count; j++) target[first + j] = sum[j];                                                     \
    }                                                                                                                  \
  }

CK_CLONES static void REAL(ck_flipped_sums)(const double *x, const R *w, const int8_t *s, const int32_t *site,
                                            long flips, R *y, long columns){FLIPPED_SUMS(y)}

CK_CLONES static void REAL(ck_flip_sums)(double *x, const R *w, const int8_t *s, const int32_t *site, long flips,
                                         long columns) {
  FLIPPED_SUMS(x)
}

#undef FLIPPED_SUMS
