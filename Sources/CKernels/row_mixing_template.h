// Row mixing for one precision.

/// sums (+)= Σ_i coefficients[i]·x[i] over `rows` rows of `width` features.
CK_INLINE void REAL(mix_strip)(R (*coefficients)[mixing_strip], const R *x, long row, long rows, long width, R *y,
                               int accumulate) {
  R total[mixing_strip];
  for (long f = 0; f < mixing_strip; f++) total[f] = 0;
  for (long i = 0; i < rows; i++, x += row)
    for (long f = 0; f < width; f++) total[f] += coefficients[i][f] * x[f];
  for (long f = 0; f < width; f++) y[f] = accumulate ? y[f] + total[f] : total[f];
}

CK_CLONES static void REAL(ck_mix_rows)(const CKRowMixing *shape, const R *a, const R *x, R *y, int accumulate) {
  const CKRowMixing s = *shape;
  const long head_width = s.features / s.heads;
  R written[mixing_block][mixing_strip];
  for (long v = 0; v < s.vectors; v++)
    for (long o = 0; o < s.rows_out; o++)
      for (long first = 0; first < s.features; first += mixing_strip) {
        const long width = s.features - first < mixing_strip ? s.features - first : mixing_strip;
        for (long block = 0; block < s.rows_in; block += mixing_block) {
          const long rows = s.rows_in - block < mixing_block ? s.rows_in - block : mixing_block;
          for (long i = 0; i < rows; i++) {
            const R *row = a + o * s.coefficient_outer + (block + i) * s.coefficient_inner + v * s.coefficient_vector;
            for (long f = 0; f < width; f++) written[i][f] = row[(first + f) / head_width];
          }
          const R *source = x + block * s.input_row + v * s.input_vector + first;
          R *target = y + (o * s.vectors + v) * s.features + first;
          const int adds = accumulate || block > 0;
          for (long g = 0; g < s.groups; g++) {
            const R *input = source + g * s.rows_in * s.input_row;
            R *output = target + g * s.rows_out * s.vectors * s.features;
            if (width == mixing_strip)
              REAL(mix_strip)(written, input, s.input_row, rows, mixing_strip, output, adds);
            else
              REAL(mix_strip)(written, input, s.input_row, rows, width, output, adds);
          }
        }
      }
}

/// The same for complex numbers, of which `re` and `im` are the coefficients.
CK_INLINE void COMPLEX(mix_strip)(R (*re)[mixing_strip], R (*im)[mixing_strip], const R *x, long row, long rows,
                                  long width, R *y, int accumulate) {
  R total_re[mixing_strip], total_im[mixing_strip];
  for (long f = 0; f < mixing_strip; f++) total_re[f] = total_im[f] = 0;
  for (long i = 0; i < rows; i++, x += 2 * row)
    for (long f = 0; f < width; f++) {
      total_re[f] += re[i][f] * x[2 * f] - im[i][f] * x[2 * f + 1];
      total_im[f] += re[i][f] * x[2 * f + 1] + im[i][f] * x[2 * f];
    }
  for (long f = 0; f < width; f++) {
    y[2 * f] = accumulate ? y[2 * f] + total_re[f] : total_re[f];
    y[2 * f + 1] = accumulate ? y[2 * f + 1] + total_im[f] : total_im[f];
  }
}

CK_CLONES static void COMPLEX(ck_mix_rows)(const CKRowMixing *shape, const R *a, const R *x, R *y, int conjugate,
                                           int accumulate) {
  const CKRowMixing s = *shape;
  const long head_width = s.features / s.heads;
  const R sign = conjugate ? -1 : 1;
  R re[mixing_block][mixing_strip], im[mixing_block][mixing_strip];
  for (long v = 0; v < s.vectors; v++)
    for (long o = 0; o < s.rows_out; o++)
      for (long first = 0; first < s.features; first += mixing_strip) {
        const long width = s.features - first < mixing_strip ? s.features - first : mixing_strip;
        for (long block = 0; block < s.rows_in; block += mixing_block) {
          const long rows = s.rows_in - block < mixing_block ? s.rows_in - block : mixing_block;
          for (long i = 0; i < rows; i++) {
            const R *row =
                a + 2 * (o * s.coefficient_outer + (block + i) * s.coefficient_inner + v * s.coefficient_vector);
            for (long f = 0; f < width; f++) {
              const long head = (first + f) / head_width;
              re[i][f] = row[2 * head];
              im[i][f] = sign * row[2 * head + 1];
            }
          }
          const R *source = x + 2 * (block * s.input_row + v * s.input_vector + first);
          R *target = y + 2 * ((o * s.vectors + v) * s.features + first);
          const int adds = accumulate || block > 0;
          for (long g = 0; g < s.groups; g++) {
            const R *input = source + 2 * g * s.rows_in * s.input_row;
            R *output = target + 2 * g * s.rows_out * s.vectors * s.features;
            if (width == mixing_strip)
              COMPLEX(mix_strip)(re, im, input, s.input_row, rows, mixing_strip, output, adds);
            else
              COMPLEX(mix_strip)(re, im, input, s.input_row, rows, width, output, adds);
          }
        }
      }
}

CK_CLONES static void REAL(ck_mix_rows_coefficients)(const R *x, const R *y, R *a, long groups, long rows_out,
                                                     long rows_in, long vectors, long features, long heads) {
  const long head_width = features / heads;
  double total[mixing_strip];
  for (long o = 0; o < rows_out; o++)
    for (long i = 0; i < rows_in; i++)
      for (long v = 0; v < vectors; v++, a += heads)
        for (long first = 0; first < features; first += mixing_strip) {
          const long width = features - first < mixing_strip ? features - first : mixing_strip;
          for (long f = 0; f < mixing_strip; f++) total[f] = 0;
          for (long g = 0; g < groups; g++) {
            const R *input = x + (g * rows_in + i) * features + first;
            const R *output = y + ((g * rows_out + o) * vectors + v) * features + first;
            if (width == mixing_strip)
              for (long f = 0; f < mixing_strip; f++) total[f] += (double)input[f] * output[f];
            else
              for (long f = 0; f < width; f++) total[f] += (double)input[f] * output[f];
          }
          for (long f = 0; f < width; f++) {
            R *sum = a + (first + f) / head_width;
            *sum = (R)(*sum + total[f]);
          }
        }
}

CK_CLONES static void COMPLEX(ck_mix_rows_coefficients)(const R *x, const R *y, R *a, long groups, long rows_out,
                                                        long rows_in, long vectors, long features, long heads) {
  const long head_width = features / heads;
  double re[mixing_strip], im[mixing_strip];
  for (long o = 0; o < rows_out; o++)
    for (long i = 0; i < rows_in; i++)
      for (long v = 0; v < vectors; v++, a += 2 * heads)
        for (long first = 0; first < features; first += mixing_strip) {
          const long width = features - first < mixing_strip ? features - first : mixing_strip;
          for (long f = 0; f < mixing_strip; f++) re[f] = im[f] = 0;
          for (long g = 0; g < groups; g++) {
            const R *input = x + 2 * ((g * rows_in + i) * features + first);
            const R *output = y + 2 * (((g * rows_out + o) * vectors + v) * features + first);
            for (long f = 0; f < width; f++) {
              re[f] += (double)input[2 * f] * output[2 * f] + (double)input[2 * f + 1] * output[2 * f + 1];
              im[f] += (double)input[2 * f] * output[2 * f + 1] - (double)input[2 * f + 1] * output[2 * f];
            }
          }
          for (long f = 0; f < width; f++) {
            R *sum = a + 2 * ((first + f) / head_width);
            sum[0] = (R)(sum[0] + re[f]);
            sum[1] = (R)(sum[1] + im[f]);
          }
        }
}
