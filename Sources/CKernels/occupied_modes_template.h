// Matrices of occupied modes for one precision. What moves single numbers by index has nothing to vectorise and is
// not cloned.

static void REAL(ck_occupied_modes)(const R *s, const int32_t *codes, const int32_t *rows, long modes, long n,
                                    int32_t *index, long samples, long features) {
  for (long r = 0; r < samples; r++, s += features, index += n) {
    long count = 0;
    for (long m = 0; m < modes; m++) {
      const int occupied = codes[m] < 0 ? s[~codes[m]] < 0 : s[codes[m]] > 0;
      if (!occupied) continue;
      if (count < n) index[count] = rows[m];
      count++;
    }
    if (count == n) continue;
    for (long a = 0; a < n; a++) index[a] = -1;
  }
}

static void REAL(ck_site_order_phases)(const R *s, R *phase, long samples, long sites) {
  for (long r = 0; r < samples; r++, s += sites) {
    int down = 0, odd = 0;
    for (long i = 0; i < sites; i++) {
      odd ^= s[i] > 0 ? down : 0;
      down ^= s[i] < 0;
    }
    phase[r] = odd ? (R)3.141592653589793 : 0;
  }
}

static void REAL(ck_image_order_phases)(const R *s, const int32_t *sites, const int32_t *flips, R *phase,
                                        uint64_t *work, long samples, long images, long sites_per_image, long planes) {
  const long n = sites_per_image, words = (n + 63) / 64;
  for (long r = 0; r < samples; r++, s += planes * n)
    for (long t = 0; t < images; t++) {
      const int32_t *target = sites + t * n;
      long odd = 0, counts[2] = {0, 0};
      for (long plane = 0; plane < planes; plane++) {
        const R *own = s + (flips[t] ? planes - 1 - plane : plane) * n;
        memset(work, 0, sizeof(uint64_t) * (size_t)words);
        for (long i = 0; i < n; i++) {
          const long m = target[i], word = m / 64;
          if (!(own[m] > 0)) continue;
          // Those before it that go to larger sites.
          uint64_t above = m % 64 == 63 ? 0 : work[word] >> (m % 64 + 1);
          odd += __builtin_popcountll(above);
          for (long w = word + 1; w < words; w++) odd += __builtin_popcountll(work[w]);
          work[word] |= (uint64_t)1 << m % 64;
          counts[plane]++;
        }
      }
      if (flips[t]) odd += counts[0] * counts[1];
      phase[r * images + t] = odd % 2 ? (R)3.141592653589793 : 0;
    }
}

static void REAL(ck_select_rows)(const R *x, long x_stride, const int32_t *index, R *y, long samples, long n,
                                 long length) {
  const size_t bytes = sizeof(R) * (size_t)length;
  for (long r = 0; r < samples; r++, x += x_stride, index += n)
    for (long a = 0; a < n; a++, y += length) {
      if (index[a] < 0)
        memset(y, 0, bytes);
      else
        memcpy(y, x + index[a] * length, bytes);
    }
}

CK_CLONES static void REAL(ck_add_to_rows)(const R *y, const int32_t *index, R *x, long x_stride, long samples, long n,
                                           long length) {
  for (long r = 0; r < samples; r++, x += x_stride, index += n)
    for (long a = 0; a < n; a++, y += length) {
      if (index[a] < 0) continue;
      R *target = x + index[a] * length;
      CK_INDEPENDENT
      for (long f = 0; f < length; f++) target[f] += y[f];
    }
}

static void REAL(ck_select_entries)(const R *x, long x_stride, const int32_t *rows, const int32_t *columns, R *y,
                                    long samples, long n, long m, long vectors, long features) {
  for (long r = 0; r < samples; r++, x += x_stride, rows += n, columns += m)
    for (long a = 0; a < n; a++)
      for (long v = 0; v < vectors; v++, y += m) {
        const R *source = rows[a] < 0 ? x : x + (rows[a] * vectors + v) * features;
        for (long b = 0; b < m; b++) y[b] = rows[a] < 0 || columns[b] < 0 ? 0 : source[columns[b]];
      }
}

static void COMPLEX(ck_select_entries)(const R *x, long x_stride, const int32_t *rows, const int32_t *columns, R *y,
                                       long samples, long n, long m, long vectors, long features) {
  for (long r = 0; r < samples; r++, x += 2 * x_stride, rows += n, columns += m)
    for (long a = 0; a < n; a++)
      for (long v = 0; v < vectors; v++, y += 2 * m) {
        const R *source = rows[a] < 0 ? x : x + 2 * (rows[a] * vectors + v) * features;
        for (long b = 0; b < m; b++) {
          const int is_zero = rows[a] < 0 || columns[b] < 0;
          y[2 * b] = is_zero ? 0 : source[2 * columns[b]];
          y[2 * b + 1] = is_zero ? 0 : source[2 * columns[b] + 1];
        }
      }
}

static void REAL(ck_add_to_entries)(const R *y, const int32_t *rows, const int32_t *columns, R *x, long x_stride,
                                    long samples, long n, long m, long vectors, long features) {
  for (long r = 0; r < samples; r++, x += x_stride, rows += n, columns += m)
    for (long a = 0; a < n; a++)
      for (long v = 0; v < vectors; v++, y += m) {
        if (rows[a] < 0) continue;
        R *target = x + (rows[a] * vectors + v) * features;
        for (long b = 0; b < m; b++)
          if (columns[b] >= 0) target[columns[b]] += y[b];
      }
}

static void COMPLEX(ck_add_to_entries)(const R *y, const int32_t *rows, const int32_t *columns, R *x, long x_stride,
                                       long samples, long n, long m, long vectors, long features) {
  for (long r = 0; r < samples; r++, x += 2 * x_stride, rows += n, columns += m)
    for (long a = 0; a < n; a++)
      for (long v = 0; v < vectors; v++, y += 2 * m) {
        if (rows[a] < 0) continue;
        R *target = x + 2 * (rows[a] * vectors + v) * features;
        for (long b = 0; b < m; b++) {
          if (columns[b] < 0) continue;
          target[2 * columns[b]] += y[2 * b];
          target[2 * columns[b] + 1] += y[2 * b + 1];
        }
      }
}

/// Entries of an antisymmetric matrix or, where `add` is set, the transpose. `width` is 1 of real and 2 of complex
/// numbers; entry e of the packed triangle is element table[e] of x's `elements`, or element e where there is no table.
CK_INLINE void REAL(pairs)(R *x, long x_stride, const int32_t *table, long elements, const int32_t *index, R *y,
                           long samples, long n, long vectors, long modes, long width, int add) {
  const long row = vectors * n;
  for (long r = 0; r < samples; r++, x += width * x_stride, index += n, y += width * n * row) {
    if (n == 0) continue;
    if (index[0] < 0) {
      if (!add) memset(y, 0, sizeof(R) * (size_t)(width * n * row));
      continue;
    }
    for (long a = 0; a < n; a++)
      for (long v = 0; v < vectors; v++) {
        R *upper = y + width * (a * row + v * n), *lower = y + width * (v * n + a);
        if (!add)
          for (long c = 0; c < width; c++) upper[width * a + c] = 0;
        for (long b = a + 1; b < n; b++) {
          const long i = index[a] < index[b] ? index[a] : index[b], j = index[a] < index[b] ? index[b] : index[a];
          const long entry = ck_packed_row(i, modes) + j, place = table ? table[entry] : entry;
          R *element = x + width * (v * elements + (place < 0 ? 0 : place));
          const R sign = place < 0 ? 0 : index[a] < index[b] ? 1 : -1;
          for (long c = 0; c < width; c++) {
            R *p = upper + width * b + c, *q = lower + width * b * row + c;
            if (add) {
              element[c] += sign * (*p - *q);
            } else {
              *p = place < 0 ? 0 : sign * element[c];
              *q = -*p;
            }
          }
        }
      }
  }
}

static void REAL(ck_select_pairs)(const R *x, long x_stride, const int32_t *table, long elements, const int32_t *index,
                                  R *y, long samples, long n, long vectors, long modes) {
  REAL(pairs)((R *)x, x_stride, table, elements, index, y, samples, n, vectors, modes, 1, 0);
}

static void COMPLEX(ck_select_pairs)(const R *x, long x_stride, const int32_t *table, long elements,
                                     const int32_t *index, R *y, long samples, long n, long vectors, long modes) {
  REAL(pairs)((R *)x, x_stride, table, elements, index, y, samples, n, vectors, modes, 2, 0);
}

static void REAL(ck_add_to_pairs)(const R *y, const int32_t *index, R *x, long x_stride, const int32_t *table,
                                  long elements, long samples, long n, long vectors, long modes) {
  REAL(pairs)(x, x_stride, table, elements, index, (R *)y, samples, n, vectors, modes, 1, 1);
}

static void COMPLEX(ck_add_to_pairs)(const R *y, const int32_t *index, R *x, long x_stride, const int32_t *table,
                                     long elements, long samples, long n, long vectors, long modes) {
  REAL(pairs)(x, x_stride, table, elements, index, (R *)y, samples, n, vectors, modes, 2, 1);
}

/// Entries of a matrix of which entry e is element table[e] of x, or 0; or, where `add` is set, the transpose.
CK_INLINE void REAL(tied_entries)(R *x, const int32_t *table, long elements, const int32_t *rows,
                                  const int32_t *columns, R *y, long samples, long n, long m, long vectors,
                                  long features, long width, int add) {
  for (long r = 0; r < samples; r++, rows += n, columns += m)
    for (long a = 0; a < n; a++)
      for (long v = 0; v < vectors; v++, y += width * m) {
        const int is_empty = rows[a] < 0 || columns[0] < 0;
        const int32_t *places = table + (is_empty ? 0 : rows[a] * features);
        R *own = x + width * v * elements;
        for (long b = 0; b < m; b++) {
          const long place = is_empty ? -1 : places[columns[b]];
          for (long c = 0; c < width; c++) {
            if (!add)
              y[width * b + c] = place < 0 ? 0 : own[width * place + c];
            else if (place >= 0)
              own[width * place + c] += y[width * b + c];
          }
        }
      }
}

static void REAL(ck_select_tied_entries)(const R *x, const int32_t *table, long elements, const int32_t *rows,
                                         const int32_t *columns, R *y, long samples, long n, long m, long vectors,
                                         long features) {
  REAL(tied_entries)((R *)x, table, elements, rows, columns, y, samples, n, m, vectors, features, 1, 0);
}

static void COMPLEX(ck_select_tied_entries)(const R *x, const int32_t *table, long elements, const int32_t *rows,
                                            const int32_t *columns, R *y, long samples, long n, long m, long vectors,
                                            long features) {
  REAL(tied_entries)((R *)x, table, elements, rows, columns, y, samples, n, m, vectors, features, 2, 0);
}

static void REAL(ck_add_to_tied_entries)(const R *y, const int32_t *table, long elements, const int32_t *rows,
                                         const int32_t *columns, R *x, long samples, long n, long m, long vectors,
                                         long features) {
  REAL(tied_entries)(x, table, elements, rows, columns, (R *)y, samples, n, m, vectors, features, 1, 1);
}

static void COMPLEX(ck_add_to_tied_entries)(const R *y, const int32_t *table, long elements, const int32_t *rows,
                                            const int32_t *columns, R *x, long samples, long n, long m, long vectors,
                                            long features) {
  REAL(tied_entries)(x, table, elements, rows, columns, (R *)y, samples, n, m, vectors, features, 2, 1);
}

/// Calls the last argument with the coefficients (`c`), the rows that they combine (`w`) and the result (`t`) of each
/// row a and vector v of each sample; `width` is 1 of real and 2 of complex numbers.
#define CK_FOR_COMBINED_ROWS(width, ...)                                                                               \
  const CKRowCombination q = *shape;                                                                                   \
  for (long r = 0; r < q.samples; r++, index += q.rows)                                                                \
    for (long a = 0; a < q.rows; a++)                                                                                  \
      for (long v = 0; v < q.vectors; v++) {                                                                           \
        const long m = index[a], t = (width) * ((r * q.rows + a) * q.vectors + v) * q.length;                          \
        const long place = m < 0 ? 0 : q.place[m];                                                                     \
        const long c = (width) * ((r * q.places + place) * q.h_vectors + (q.h_vectors > 1 ? v : 0)) * q.terms;         \
        const long w = (width) * (m * q.x_vectors + (q.x_vectors > 1 ? v : 0)) * q.terms * q.length;                   \
        __VA_ARGS__                                                                                                    \
      }

CK_CLONES static void REAL(ck_combine_rows)(const CKRowCombination *shape, const int32_t *index, const R *h, const R *x,
                                            R *y, int accumulate){
    CK_FOR_COMBINED_ROWS(1,
                         {
                           R *target = y + t;
                           if (!accumulate)
                             for (long b = 0; b < q.length; b++) target[b] = 0;
                           if (m < 0) continue;
                           long f = 0;
                           // Rows are short: four terms in one pass over the target.
                           for (; f + 4 <= q.terms; f += 4) {
                             const R h0 = h[c + f], h1 = h[c + f + 1], h2 = h[c + f + 2], h3 = h[c + f + 3];
                             const R *x0 = x + w + f * q.length, *x1 = x0 + q.length, *x2 = x1 + q.length,
                                     *x3 = x2 + q.length;
                             CK_INDEPENDENT
                             for (long b = 0; b < q.length; b++)
                               target[b] += (h0 * x0[b] + h1 * x1[b]) + (h2 * x2[b] + h3 * x3[b]);
                           }
                           for (; f < q.terms; f++) {
                             const R factor = h[c + f];
                             const R *source = x + w + f * q.length;
                             CK_INDEPENDENT
                             for (long b = 0; b < q.length; b++) target[b] += factor * source[b];
                           }
                         })}

CK_CLONES static void COMPLEX(ck_combine_rows)(const CKRowCombination *shape, const int32_t *index, const R *h,
                                               const R *x, R *y, int accumulate){
    CK_FOR_COMBINED_ROWS(2,
                         {
                           R *target = y + t;
                           if (!accumulate)
                             for (long b = 0; b < 2 * q.length; b++) target[b] = 0;
                           if (m < 0) continue;
                           for (long f = 0; f < q.terms; f++) {
                             const R re = h[c + 2 * f], im = h[c + 2 * f + 1];
                             const R *source = x + w + 2 * f * q.length;
                             CK_INDEPENDENT
                             for (long b = 0; b < q.length; b++) {
                               target[2 * b] += re * source[2 * b] - im * source[2 * b + 1];
                               target[2 * b + 1] += re * source[2 * b + 1] + im * source[2 * b];
                             }
                           }
                         })}

CK_CLONES
    static void REAL(ck_add_to_coefficients)(const CKRowCombination *shape, const int32_t *index, const R *x,
                                             const R *y,
                                             R *h){CK_FOR_COMBINED_ROWS(1,
                                                                        {
                                                                          if (m < 0) continue;
                                                                          for (long f = 0; f < q.terms; f++) {
                                                                            const R *source = x + w + f * q.length;
                                                                            double total = 0;
                                                                            for (long b = 0; b < q.length; b++)
                                                                              total += (double)source[b] * y[t + b];
                                                                            h[c + f] = (R)(h[c + f] + total);
                                                                          }
                                                                        })}

CK_CLONES static void COMPLEX(ck_add_to_coefficients)(const CKRowCombination *shape, const int32_t *index, const R *x,
                                                      const R *y, R *h){
    CK_FOR_COMBINED_ROWS(2,
                         {
                           if (m < 0) continue;
                           for (long f = 0; f < q.terms; f++) {
                             const R *source = x + w + 2 * f * q.length;
                             double re = 0, im = 0;
                             for (long b = 0; b < q.length; b++) {
                               re +=
                                   (double)source[2 * b] * y[t + 2 * b] + (double)source[2 * b + 1] * y[t + 2 * b + 1];
                               im +=
                                   (double)source[2 * b] * y[t + 2 * b + 1] - (double)source[2 * b + 1] * y[t + 2 * b];
                             }
                             h[c + 2 * f] = (R)(h[c + 2 * f] + re);
                             h[c + 2 * f + 1] = (R)(h[c + 2 * f + 1] + im);
                           }
                         })}

CK_CLONES
    static void REAL(ck_add_to_combined)(const CKRowCombination *shape, const int32_t *index, const R *h, const R *y,
                                         R *x){CK_FOR_COMBINED_ROWS(1,
                                                                    {
                                                                      if (m < 0) continue;
                                                                      for (long f = 0; f < q.terms; f++) {
                                                                        const R factor = h[c + f];
                                                                        R *target = x + w + f * q.length;
                                                                        CK_INDEPENDENT
                                                                        for (long b = 0; b < q.length; b++)
                                                                          target[b] += factor * y[t + b];
                                                                      }
                                                                    })}

CK_CLONES static void COMPLEX(ck_add_to_combined)(const CKRowCombination *shape, const int32_t *index, const R *h,
                                                  const R *y, R *x) {
  CK_FOR_COMBINED_ROWS(2, {
    if (m < 0) continue;
    for (long f = 0; f < q.terms; f++) {
      const R re = h[c + 2 * f], im = -h[c + 2 * f + 1];
      R *target = x + w + 2 * f * q.length;
      CK_INDEPENDENT
      for (long b = 0; b < q.length; b++) {
        target[2 * b] += re * y[t + 2 * b] - im * y[t + 2 * b + 1];
        target[2 * b + 1] += re * y[t + 2 * b + 1] + im * y[t + 2 * b];
      }
    }
  })
}

#undef CK_FOR_COMBINED_ROWS
