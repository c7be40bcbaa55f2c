// Rows times a matrix, for one precision. An element of x is `parts` reals: one, or the two of a complex number, whose
// products with w are summed apart, so that rows of w are read as they are. Distances and columns are in reals.

#define VECTOR(bytes) R __attribute__((vector_size(bytes), aligned(sizeof(R))))

/// A tile of y, `rows` · `parts` ≤ TILE_SUMS rows of one or two vectors, stays in registers while k runs.
///
/// `first` rows of a panel bring w into the first-level cache: no hardware follows its stride.
#define TILE(name, type)                                                                                               \
  CK_INLINE void REAL(name)(const REAL(ck_row_product) * p, const R *x, const R *w, R *y, const long parts,            \
                            const long rows, const long vectors, const int first) {                                    \
    typedef type vector;                                                                                               \
    const long width = sizeof(vector) / sizeof(R);                                                                     \
    vector sum[TILE_SUMS][2];                                                                                          \
    UNROLL for (long s = 0; s < rows * parts; s++) UNROLL for (long v = 0; v < vectors; v++) {                         \
      memset(&sum[s][v], 0, sizeof(vector));                                                                           \
      if (p->accumulate && s % parts == 0)                                                                             \
        memcpy(&sum[s][v], y + s / parts * p->leading_y + v * width, sizeof(vector));                                  \
    }                                                                                                                  \
    for (long a = 0; a < p->k; a++) {                                                                                  \
      const R *row = w + a * p->leading_w;                                                                             \
      vector b[2];                                                                                                     \
      UNROLL for (long v = 0; v < vectors; v++) {                                                                      \
        if (first) __builtin_prefetch(row + AHEAD * p->leading_w + v * width);                                         \
        memcpy(&b[v], row + v * width, sizeof(vector));                                                                \
      }                                                                                                                \
      UNROLL for (long s = 0; s < rows * parts; s++) UNROLL for (long v = 0; v < vectors; v++) sum[s][v] +=            \
          x[s / parts * p->leading_x + parts * a + s % parts] * b[v];                                                  \
    }                                                                                                                  \
    UNROLL for (long r = 0; r < rows; r++) UNROLL for (long v = 0; v < vectors; v++) {                                 \
      R *target = y + r * p->leading_y + v * width;                                                                    \
      if (parts == 1)                                                                                                  \
        memcpy(target, &sum[r][v], sizeof(vector));                                                                    \
      else                                                                                                             \
        REAL(combine_parts)((const R *)&sum[2 * r][v], (const R *)&sum[2 * r + 1][v], target, width);                  \
    }                                                                                                                  \
  }                                                                                                                    \
                                                                                                                       \
  /* All rows of a panel of columns. */                                                                                \
  CK_INLINE void REAL(name##s)(const REAL(ck_row_product) * p, long column, const long parts, const long vectors) {    \
    const long tile = TILE_SUMS / parts;                                                                               \
    for (long r = 0; r < p->m; r += tile) {                                                                            \
      const R *x = p->x + r * p->leading_x, *w = p->w + column;                                                        \
      R *y = p->y + r * p->leading_y + column;                                                                         \
      const long left = p->m - r;                                                                                      \
      if (left >= tile && r > 0)                                                                                       \
        REAL(name)(p, x, w, y, parts, tile, vectors, 0);                                                               \
      else if (left >= tile)                                                                                           \
        REAL(name)(p, x, w, y, parts, tile, vectors, 1);                                                               \
      else if (left == 1)                                                                                              \
        REAL(name)(p, x, w, y, parts, 1, vectors, 1);                                                                  \
      else if (left == 2)                                                                                              \
        REAL(name)(p, x, w, y, parts, 2, vectors, 1);                                                                  \
      else if (parts == 1 && left == 3)                                                                                \
        REAL(name)(p, x, w, y, 1, 3, vectors, 1);                                                                      \
      else if (parts == 1 && left == 4)                                                                                \
        REAL(name)(p, x, w, y, 1, 4, vectors, 1);                                                                      \
      else if (parts == 1)                                                                                             \
        REAL(name)(p, x, w, y, 1, 5, vectors, 1);                                                                      \
    }                                                                                                                  \
  }

typedef struct {
  const R *x, *w;
  R *y;
  long leading_x, leading_w, leading_y, m, n, k;
  int accumulate;
} REAL(ck_row_product);

/// From the products of w with the real and with the imaginary parts of x.
CK_INLINE void REAL(combine_parts)(const R *re, const R *im, R *y, const long width) {
  UNROLL for (long j = 0; j + 1 < width; j += 2) {
    const R real = re[j] - im[j + 1], imaginary = re[j + 1] + im[j];
    y[j] = real;
    y[j + 1] = imaginary;
  }
}

TILE(tile_64, VECTOR(64))
TILE(tile_32, VECTOR(32))
TILE(tile_16, VECTOR(16))
TILE(pair_tile, VECTOR(2 * sizeof(R)))
TILE(single_tile, R)

CK_INLINE void REAL(all_tiles)(const REAL(ck_row_product) * p, const long parts, int wide) {
  const long whole = 64 / sizeof(R);
  long j = 0;
  if (wide)
    for (; j + 2 * whole <= p->n; j += 2 * whole) REAL(tile_64s)(p, j, parts, 2);
  for (; j + whole <= p->n; j += whole) REAL(tile_64s)(p, j, parts, 1);
  for (; j + whole / 2 <= p->n; j += whole / 2) REAL(tile_32s)(p, j, parts, 1);
  for (; j + whole / 4 <= p->n; j += whole / 4) REAL(tile_16s)(p, j, parts, 1);
  for (; j + 2 <= p->n; j += 2) REAL(pair_tiles)(p, j, parts, 1);
  if (parts == 1)
    for (; j < p->n; j++) REAL(single_tiles)(p, j, 1, 1);
}

/// - Parameter wide: whether two vectors of a row are summed at once, as CPUs with 32 registers of 64 bytes want it.
CK_CLONES static void REAL(ck_multiply_few)(const REAL(ck_row_product) * p, int is_complex, int wide) {
  if (is_complex)
    REAL(all_tiles)(p, 2, wide);
  else
    REAL(all_tiles)(p, 1, wide);
}

static void REAL(ck_rows_times_matrix)(const R *x, long leading_x, long m, long k, const R *w, long leading_w, long n,
                                       R *y, long leading_y, int accumulate, int is_complex, int wide) {
  const long reals = is_complex ? 2 : 1;
  const REAL(ck_row_product)
      product = {x, w, y, reals * leading_x, reals * leading_w, reals * leading_y, m, reals * n, k, accumulate};
  REAL(ck_multiply_few)(&product, is_complex, wide);
}

#undef TILE
#undef VECTOR
