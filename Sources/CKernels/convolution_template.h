// What convolutions need beside `convolve_template.h`, for one precision.

static long REAL(ck_convolution_scratch)(const ck_waves *waves, long channels) {
  // One more vector to begin at a cache line; modes of each channel, and those that are kept once more.
  return LANES * (1 + REAL(line_vectors)(waves) + (waves->elements + 1) * (1 + channels) + waves->elements * channels);
}

/// Input channels whose sums stay in registers, LANES output channels each.
#define INPUTS 8

/// `width` ≤ INPUTS input channels and LANES output channels of a mode, of which `columns` are added to w.
CK_INLINE void REAL(add_products)(const R *x, long in, long stride_x, const R *y, long out, long stride_y, long count,
                                  R *w, R *w_im, const int is_complex, const long width, long columns) {
  REAL(lanes) sum[INPUTS], sum_im[INPUTS];
#pragma clang loop unroll(full)
  for (long a = 0; a < width; a++) sum[a] = sum_im[a] = (REAL(lanes)){0};
  for (long s = 0; s < count; s++) {
    REAL(lanes) v, v_im = {0};
    memcpy(&v, y + s * stride_y, sizeof v);
    if (is_complex) memcpy(&v_im, y + s * stride_y + out, sizeof v_im);
#pragma clang loop unroll(full)
    for (long a = 0; a < width; a++) {
      const R p = x[s * stride_x + a];
      sum[a] += v * p;
      if (is_complex) {
        const R q = x[s * stride_x + in + a];
        sum_im[a] += v_im * p;
        sum[a] += v_im * q;
        sum_im[a] -= v * q;
      }
    }
  }
#pragma clang loop unroll(full)
  for (long a = 0; a < width; a++)
    for (long b = 0; b < columns; b++) {
      w[a * out + b] += sum[a][b];
      if (is_complex) w_im[a * out + b] += sum_im[a][b];
    }
}

CK_CLONES static void REAL(ck_mode_products)(const ck_waves *waves, const R *x, long in, const R *y, long out,
                                             long count, R *w, long stride_w) {
  const long stride_x = waves->elements * in, stride_y = waves->elements * out;
  long slot = 0;
  while (slot < waves->elements) {
    const int is_complex = slot < 2 * waves->complex_modes;
    for (long a = 0; a < in; a += INPUTS)
      for (long b = 0; b < out; b += LANES) {
        const long columns = out - b < LANES ? out - b : LANES;
        const R *v = x + slot * in + a, *u = y + slot * out + b;
        R *sum = w + slot * stride_w + a * out + b;
        R *sum_im = sum + (is_complex ? stride_w : 0);
        const long width = in - a < INPUTS ? in - a : INPUTS;
        if (is_complex && width == INPUTS) {
          REAL(add_products)(v, in, stride_x, u, out, stride_y, count, sum, sum_im, 1, INPUTS, columns);
        } else if (is_complex) {
          for (long i = 0; i < width; i++) {
            REAL(add_products)
            (v + i, in, stride_x, u, out, stride_y, count, sum + i * out, sum_im + i * out, 1, 1, columns);
          }
        } else {
          for (long i = 0; i < width; i++) {
            REAL(add_products)(v + i, in, stride_x, u, out, stride_y, count, sum + i * out, sum_im, 0, 1, columns);
          }
        }
      }
    slot += is_complex ? 2 : 1;
  }
}

/// The row of the kernel that belongs to a pair of channels, counted (in, out).
CK_INLINE long REAL(kernel_row)(long pair, long in, long out) { return pair % out * in + pair / out; }

CK_CLONES static void REAL(ck_weights_from_kernel)(const ck_waves *waves, const R *table, const R *scale,
                                                   const R *kernel, long stride, long in, long out, R *w, long stride_w,
                                                   R *scratch) {
  REAL(lanes) *work = REAL(aligned)(scratch);
  REAL(lanes) *array = work + REAL(line_vectors)(waves);
  const R *row[LANES];
  for (long first = 0; first < in * out; first += LANES) {
    const long pairs = in * out - first < LANES ? in * out - first : LANES;
    for (long i = 0; i < LANES; i++)
      row[i] = kernel + REAL(kernel_row)(first + (i < pairs ? i : pairs - 1), in, out) * stride;
    REAL(load_rows)(row, 0, waves->elements, array);
    REAL(to_waves)(waves, table, array, array, work);
    for (long e = 0; e < waves->elements; e++) {
      const long slot = waves->slots[e];
      const REAL(lanes) scaled = array[e] * scale[slot];
      if (pairs == LANES)
        memcpy(w + slot * stride_w + first, &scaled, sizeof scaled);
      else
        for (long i = 0; i < pairs; i++) w[slot * stride_w + first + i] = scaled[i];
    }
  }
}

CK_CLONES static void REAL(ck_kernel_from_weights)(const ck_waves *waves, const R *table, const R *scale, const R *w,
                                                   long stride_w, long in, long out, R *kernel, long stride,
                                                   int accumulate, R *scratch) {
  REAL(lanes) *work = REAL(aligned)(scratch);
  REAL(lanes) *array = work + REAL(line_vectors)(waves);
  for (long first = 0; first < in * out; first += LANES) {
    const long pairs = in * out - first < LANES ? in * out - first : LANES;
    for (long e = 0; e < waves->elements; e++) {
      const long slot = waves->slots[e];
      REAL(lanes) value = {0};
      for (long i = 0; i < pairs; i++) value[i] = w[slot * stride_w + first + i];
      array[e] = value * scale[slot];
    }
    REAL(from_waves)(waves, table, array, work);
    for (long i = 0; i < pairs; i++) {
      R *target = kernel + REAL(kernel_row)(first + i, in, out) * stride;
      for (long e = 0; e < waves->elements; e++) target[e] = accumulate ? target[e] + array[e][i] : array[e][i];
    }
  }
}

#undef INPUTS
