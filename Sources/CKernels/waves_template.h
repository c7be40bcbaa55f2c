// Real arrays taken apart into cosines and sines, many arrays at once, for one precision.
//
// A vector holds the same element of LANES arrays. Along a dimension of n elements the basis is cos(2πjk/n),
// k = 0…⌊n/2⌋, then −sin(2πjk/n), k = 1…⌈n/2⌉ − 1. Products with these are made after adding and subtracting the
// elements j and n − j and, for even n, sharing what the waves k and n/2 − k have in common: n²/4 multiplications (n²/2
// for odd n), for the usual extents as few operations as fast transforms need.

#undef LANES
// LANE_BYTES: the same element of so many arrays.
typedef R REAL(lanes) __attribute__((vector_size(LANE_BYTES), aligned(sizeof(R))));
#define LANES ((long)(LANE_BYTES / sizeof(R)))

/// Elements source[j·step] become waves x[j·step], perhaps in place. `e` and `o` hold n/2 + 1 vectors.
CK_INLINE void REAL(line_to_waves)(const REAL(lanes) * source, REAL(lanes) * x, long step, const long n,
                                   const R *cosines, const R *sines, REAL(lanes) * e, REAL(lanes) * o) {
  const long half = n / 2, pairs = (n - 1) / 2;
  e[0] = source[0];
#pragma clang loop unroll(full)
  for (long j = 1; j <= pairs; j++) {
    e[j] = source[j * step] + source[(n - j) * step];
    o[j] = source[j * step] - source[(n - j) * step];
  }
  if (n % 2 == 1) {
#pragma clang loop unroll(full)
    for (long k = 0; k <= half; k++) {
      REAL(lanes) c = e[0], s = {0};
      long at = 0;
#pragma clang loop unroll(full)
      for (long j = 1; j <= half; j++) {
        at = at + k >= n ? at + k - n : at + k;
        c += e[j] * cosines[at];
        s += o[j] * sines[at];
      }
      x[k * step] = c;
      if (k > 0) x[(half + k) * step] = s;
    }
    return;
  }
  e[half] = source[half * step];
#pragma clang loop unroll(full)
  for (long k = 0; 2 * k <= half; k++) {
    // Sums over even and over odd j: wave half − k differs from wave k by the sign of one of them.
    REAL(lanes) c[2] = {e[0], {0}}, s[2] = {{0}, {0}};
    long at = 0;
#pragma clang loop unroll(full)
    for (long j = 1; j <= half; j++) {
      at = at + k >= n ? at + k - n : at + k;
      c[j % 2] += e[j] * cosines[at];
      if (j <= pairs) s[j % 2] += o[j] * sines[at];
    }
    x[k * step] = c[0] + c[1];
    if (2 * k < half) x[(half - k) * step] = c[0] - c[1];
    if (k > 0) x[(half + k) * step] = s[1] + s[0];
    if (k > 0 && 2 * k < half) x[(n - k) * step] = s[1] - s[0];
  }
}

/// The transpose of `line_to_waves`. `e` and `o` hold n + 2 vectors.
CK_INLINE void REAL(line_from_waves)(REAL(lanes) * x, long step, const long n, const R *cosines, const R *sines,
                                     REAL(lanes) * e, REAL(lanes) * o) {
  const long half = n / 2, pairs = (n - 1) / 2;
  // What waves contribute to even and to odd elements, side by side; for odd n there is no difference.
  const long last = n % 2 == 1 ? half : half / 2;
#pragma clang loop unroll(full)
  for (long k = 0; k <= last; k++) {
    const REAL(lanes) c = x[k * step], s = k > 0 ? x[(half + k) * step] : (REAL(lanes)){0};
    const int alone = n % 2 == 1 || 2 * k == half;
    const REAL(lanes) c_other = alone ? (REAL(lanes)){0} : x[(half - k) * step];
    const REAL(lanes) s_other = alone || k == 0 ? (REAL(lanes)){0} : x[(n - k) * step];
    e[2 * k] = c + c_other;
    e[2 * k + 1] = c - c_other;
    o[2 * k] = s - s_other;
    o[2 * k + 1] = s + s_other;
  }
#pragma clang loop unroll(full)
  for (long j = 0; j <= half; j++) {
    const long parity = n % 2 == 1 ? 0 : j % 2;
    REAL(lanes) even = e[parity], odd = {0};
    long at = 0;
#pragma clang loop unroll(full)
    for (long k = 1; k <= last; k++) {
      at = at + j >= n ? at + j - n : at + j;
      even += e[2 * k + parity] * cosines[at];
      odd += o[2 * k + parity] * sines[at];
    }
    if (j == 0 || j > pairs) {
      x[j * step] = even;
    } else {
      x[j * step] = even + odd;
      x[(n - j) * step] = even - odd;
    }
  }
}

/// All lines of one dimension: n elements, `step` apart.
#define CK_LINES(n, e, o)                                                                                              \
  for (long outer = 0; outer < elements; outer += (n)*step)                                                            \
    for (long line = outer; line < outer + step; line++) {                                                             \
      if (transposed)                                                                                                  \
        REAL(line_from_waves)(x + line, step, n, cosines, sines, e, o);                                                \
      else                                                                                                             \
        REAL(line_to_waves)(source + line, x + line, step, n, cosines, sines, e, o);                                   \
    }

/// The extents that have loops of their own, unrolled, whose vectors stay in registers.
#define CK_UNROLLED(n)                                                                                                 \
  case n: {                                                                                                            \
    REAL(lanes) e[n + 2], o[n + 2];                                                                                    \
    CK_LINES(n, e, o)                                                                                                  \
    break;                                                                                                             \
  }

/// From `source` to `x`, which are the same for the transpose.
CK_INLINE void REAL(transform_lines)(const REAL(lanes) * source, REAL(lanes) * x, long elements, long n, long step,
                                     const R *cosines, const R *sines, REAL(lanes) * work, const int transposed) {
  switch (n) {
  case 1:
    if (source != x) memcpy(x, source, elements * sizeof *x);
    break;
    CK_UNROLLED(2)
    CK_UNROLLED(3)
    CK_UNROLLED(4)
    CK_UNROLLED(5)
    CK_UNROLLED(6)
    CK_UNROLLED(8)
    CK_UNROLLED(10)
    CK_UNROLLED(12)
    CK_UNROLLED(16)
  default:
    CK_LINES(n, work, work + n + 2)
  }
}

/// Elements of LANES arrays to waves, not yet in the order of slots; `source` and `x` may be the same. `work` holds
/// 2(n + 2) vectors for the largest extent n.
CK_CLONES static void REAL(to_waves)(const ck_waves *waves, const R *table, const REAL(lanes) * source, REAL(lanes) * x,
                                     REAL(lanes) * work) {
  long step = waves->elements;
  for (long d = 0; d < waves->dimensions; d++) {
    const long n = waves->extents[d];
    step /= n;
    REAL(transform_lines)(source, x, waves->elements, n, step, table, table + n, work, 0);
    source = x;
    table += 2 * n;
  }
  for (long b = 0; b < waves->butterfly_count; b++) {
    const int32_t *at = waves->butterflies + 4 * b;
    const REAL(lanes) c = x[at[0]], c_im = x[at[1]], s = x[at[2]], s_im = x[at[3]];
    x[at[0]] = c - s_im;
    x[at[1]] = c_im + s;
    x[at[2]] = c + s_im;
    x[at[3]] = c_im - s;
  }
}

/// The transpose of `to_waves`.
CK_CLONES static void REAL(from_waves)(const ck_waves *waves, const R *table, REAL(lanes) * x, REAL(lanes) * work) {
  for (long b = waves->butterfly_count; b-- > 0;) {
    const int32_t *at = waves->butterflies + 4 * b;
    const REAL(lanes) p = x[at[0]], p_im = x[at[1]], m = x[at[2]], m_im = x[at[3]];
    x[at[0]] = p + m;
    x[at[1]] = p_im + m_im;
    x[at[2]] = p_im - m_im;
    x[at[3]] = m - p;
  }
  long step = waves->planes;
  for (long d = waves->dimensions; d-- > 0;) {
    const long n = waves->extents[d];
    const R *of_dimension = table;
    for (long before = 0; before < d; before++) of_dimension += 2 * waves->extents[before];
    REAL(transform_lines)(x, x, waves->elements, n, step, of_dimension, of_dimension + n, work, 1);
    step *= n;
  }
}

#undef CK_LINES
#undef CK_UNROLLED
