// Convolutions of LANES samples at once, for one precision.

/// Pointers to the elements of LANES samples; those from `count` on are the last one's again.
CK_INLINE void REAL(point_at_rows)(const R *x, long stride, long count, const R **row) {
  for (long i = 0; i < LANES; i++) row[i] = x + (i < count ? i : count - 1) * stride;
}

/// Consecutive elements of LANES rows, from `first` on, to vectors of lanes.
CK_INLINE void REAL(load_rows)(const R **row, long first, long count, REAL(lanes) * x) {
  if (count < LANES) {
    for (long e = 0; e < count; e++)
      for (long i = 0; i < LANES; i++) x[e][i] = row[i][first + e];
    return;
  }
  for (long e = 0; e < count; e += LANES) {
    // The last block may begin before the end of the one before.
    const long at = e + LANES <= count ? e : count - LANES;
    REAL(lanes) block[LANES];
#pragma clang loop unroll(full)
    for (long i = 0; i < LANES; i++) memcpy(&block[i], row[i] + first + at, sizeof block[i]);
    REAL(transpose_block)(block);
#pragma clang loop unroll(full)
    for (long i = 0; i < LANES; i++) x[at + i] = block[i];
  }
}

/// Vectors of lanes (plus a number each, where `bias` is not NULL) to the elements of `rows` ≤ LANES rows, which are
/// `stride` apart.
CK_INLINE void REAL(store_rows)(const REAL(lanes) * x, const R *bias, R *y, long stride, long rows, long count,
                                int accumulate) {
  for (long e = 0; e < count; e += LANES) {
    const long width = count - e < LANES ? count - e : LANES;
    REAL(lanes) block[LANES];
    for (long i = 0; i < LANES; i++) {
      block[i] = i < width ? x[e + i] : (REAL(lanes)){0};
      if (bias && i < width) block[i] += bias[e + i];
    }
    REAL(transpose_block)(block);
    for (long i = 0; i < rows; i++) {
      R *target = y + i * stride + e;
      if (width < LANES) {
        for (long j = 0; j < width; j++) target[j] = accumulate ? target[j] + block[i][j] : block[i][j];
      } else {
        REAL(lanes) value = {0};
        if (accumulate) memcpy(&value, target, sizeof value);
        value += block[i];
        memcpy(target, &value, sizeof value);
      }
    }
  }
}

/// Vectors of lanes, plus a number each, as they are.
CK_INLINE void REAL(store_lanes)(const REAL(lanes) * x, const R *bias, R *y, long count) {
  for (long e = 0; e < count; e++) {
    const REAL(lanes) value = bias ? x[e] + bias[e] : x[e];
    memcpy(y + e * LANES, &value, sizeof value);
  }
}

/// Output channels whose sums stay in registers.
#define TILE 8

/// Modes of LANES samples: that of slot s and channel c at modes[place[s] · slot_step + c · channel_step].
typedef struct {
  REAL(lanes) * modes;
  const int32_t *place;
  long slot_step, channel_step;
} REAL(mode_array);

CK_INLINE REAL(lanes) * REAL(of_slot)(const REAL(mode_array) * x, long slot) {
  return x->modes + (x->place ? x->place[slot] : slot) * x->slot_step;
}

/// `width` ≤ TILE output channels of a complex mode.
CK_INLINE void REAL(mix_complex)(const REAL(lanes) * x, const REAL(lanes) * x_im, long step_x, long in, const R *w,
                                 const R *w_im, long step_in, long step_out, const int adjoint, REAL(lanes) * y,
                                 REAL(lanes) * y_im, long step_y, const int accumulate, const long width) {
  REAL(lanes) sum[TILE], sum_im[TILE];
#pragma clang loop unroll(full)
  for (long b = 0; b < width; b++) {
    sum[b] = accumulate ? y[b * step_y] : (REAL(lanes)){0};
    sum_im[b] = accumulate ? y_im[b * step_y] : (REAL(lanes)){0};
  }
  for (long a = 0; a < in; a++) {
    const REAL(lanes) v = x[a * step_x], v_im = x_im[a * step_x];
#pragma clang loop unroll(full)
    for (long b = 0; b < width; b++) {
      const R p = w[a * step_in + b * step_out], q = w_im[a * step_in + b * step_out];
      sum[b] += v * p;
      sum_im[b] += v_im * p;
      if (adjoint) {
        sum[b] += v_im * q;
        sum_im[b] -= v * q;
      } else {
        sum[b] -= v_im * q;
        sum_im[b] += v * q;
      }
    }
  }
#pragma clang loop unroll(full)
  for (long b = 0; b < width; b++) {
    y[b * step_y] = sum[b];
    y_im[b * step_y] = sum_im[b];
  }
}

CK_INLINE void REAL(mix_modes)(const ck_waves *waves, const REAL(mode_array) * x, long in, const R *w, long stride_w,
                               long step_in, long step_out, const int adjoint, const REAL(mode_array) * y, long out,
                               const int accumulate) {
  const long step_x = x->channel_step, step_y = y->channel_step;
  for (long m = 0; m < waves->complex_modes; m++) {
    const R *of_mode = w + 2 * m * stride_w;
    const REAL(lanes) *v = REAL(of_slot)(x, 2 * m), *v_im = REAL(of_slot)(x, 2 * m + 1);
    REAL(lanes) *sum = REAL(of_slot)(y, 2 * m), *sum_im = REAL(of_slot)(y, 2 * m + 1);
    long b = 0;
    for (; b + TILE <= out; b += TILE) {
      REAL(mix_complex)
      (v, v_im, step_x, in, of_mode + b * step_out, of_mode + stride_w + b * step_out, step_in, step_out, adjoint,
       sum + b * step_y, sum_im + b * step_y, step_y, accumulate, TILE);
    }
    if (out - b >= 4) {
      REAL(mix_complex)
      (v, v_im, step_x, in, of_mode + b * step_out, of_mode + stride_w + b * step_out, step_in, step_out, adjoint,
       sum + b * step_y, sum_im + b * step_y, step_y, accumulate, 4);
      b += 4;
    }
    if (out - b >= 2) {
      REAL(mix_complex)
      (v, v_im, step_x, in, of_mode + b * step_out, of_mode + stride_w + b * step_out, step_in, step_out, adjoint,
       sum + b * step_y, sum_im + b * step_y, step_y, accumulate, 2);
      b += 2;
    }
    if (out - b >= 1) {
      REAL(mix_complex)
      (v, v_im, step_x, in, of_mode + b * step_out, of_mode + stride_w + b * step_out, step_in, step_out, adjoint,
       sum + b * step_y, sum_im + b * step_y, step_y, accumulate, 1);
    }
  }
  for (long slot = 2 * waves->complex_modes; slot < waves->elements; slot++) {
    const REAL(lanes) *v = REAL(of_slot)(x, slot);
    REAL(lanes) *u = REAL(of_slot)(y, slot);
    for (long b = 0; b < out; b++) {
      REAL(lanes) sum = accumulate ? u[b * step_y] : (REAL(lanes)){0};
      for (long a = 0; a < in; a++) sum += v[a * step_x] * w[slot * stride_w + a * step_in + b * step_out];
      u[b * step_y] = sum;
    }
  }
}

CK_CLONES static void REAL(mix)(const ck_waves *waves, const REAL(mode_array) * x, long in, const R *w, long stride_w,
                                int adjoint, const REAL(mode_array) * y, long out, int accumulate) {
  if (adjoint) {
    if (accumulate)
      REAL(mix_modes)(waves, x, in, w, stride_w, 1, in, 1, y, out, 1);
    else
      REAL(mix_modes)(waves, x, in, w, stride_w, 1, in, 1, y, out, 0);
  } else {
    if (accumulate)
      REAL(mix_modes)(waves, x, in, w, stride_w, out, 1, 0, y, out, 1);
    else
      REAL(mix_modes)(waves, x, in, w, stride_w, out, 1, 0, y, out, 0);
  }
}

CK_INLINE long REAL(line_vectors)(const ck_waves *waves) {
  long longest = 1;
  for (long d = 0; d < waves->dimensions; d++)
    if (waves->extents[d] > longest) longest = waves->extents[d];
  return 2 * (longest + 2);
}

CK_INLINE REAL(lanes) * REAL(aligned)(R *scratch) {
  return (REAL(lanes) *)(((uintptr_t)scratch + 63) & ~(uintptr_t)63);
}

CK_CLONES static void REAL(ck_convolve)(const ck_waves *waves, const R *table, const R *x, long stride_x, R *modes,
                                        const R *w, long stride_w, const R *modes2, const R *w2, long stride_w2,
                                        int adjoint, const R *bias, R *y, long stride_y, int accumulate, long in,
                                        long out, long count, int interleaved, R *scratch) {
  // Modes stay where the transforms leave them: channel after channel, an odd number of vectors apart, so that those of
  // one slot lie in different sets of a cache.
  const long n = waves->elements, step = n | 1;
  REAL(lanes) *work = REAL(aligned)(scratch);
  REAL(lanes) *array = work + REAL(line_vectors)(waves);
  REAL(mode_array) x_modes = {array + step, waves->places, 1, step}, y_modes = x_modes;
  y_modes.modes += step * in;
  // As they are kept: slot after slot.
  REAL(mode_array) kept = {y_modes.modes + step * out, NULL, in, 1};
  const R *row[LANES];
  for (long first = 0; first < count; first += LANES) {
    const long rows = count - first < LANES ? count - first : LANES;
    if (x) {
      const R *source = x + first * stride_x;
      REAL(point_at_rows)(source, stride_x, rows, row);
      for (long a = 0; a < in; a++) {
        REAL(lanes) *of_channel = x_modes.modes + a * step;
        if (interleaved & CK_INTERLEAVED_X) {
          REAL(to_waves)(waves, table, (const REAL(lanes) *)(source + a * n * LANES), of_channel, work);
        } else {
          REAL(load_rows)(row, a * n, n, of_channel);
          REAL(to_waves)(waves, table, of_channel, of_channel, work);
        }
      }
      if (modes) {
        for (long slot = 0; slot < n; slot++)
          for (long a = 0; a < in; a++) kept.modes[slot * in + a] = x_modes.modes[waves->places[slot] + a * step];
        REAL(store_rows)(kept.modes, NULL, modes + first * n * in, n * in, rows, n * in, 0);
      }
      if (y) REAL(mix)(waves, &x_modes, in, w, stride_w, adjoint, &y_modes, out, 0);
    }
    if (!y) continue;
    if (modes2) {
      REAL(point_at_rows)(modes2 + first * n * in, n * in, rows, row);
      REAL(load_rows)(row, 0, n * in, kept.modes);
      REAL(mix)(waves, &kept, in, w2, stride_w2, adjoint, &y_modes, out, x != NULL);
    }
    for (long b = 0; b < out; b++) {
      REAL(lanes) *of_channel = y_modes.modes + b * step;
      REAL(from_waves)(waves, table, of_channel, work);
      const R *offset = bias ? bias + b * n : NULL;
      if (interleaved & CK_INTERLEAVED_Y)
        REAL(store_lanes)(of_channel, offset, y + first * stride_y + b * n * LANES, n);
      else
        REAL(store_rows)(of_channel, offset, y + first * stride_y + b * n, stride_y, rows, n, accumulate);
    }
  }
}

#undef TILE
