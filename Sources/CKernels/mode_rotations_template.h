// Rotated modes for one precision.

/// The sign of a slot's number after a rotation by operation a: that of an imaginary part changes with conjugation.
CK_INLINE R REAL(rotation_sign)(const ck_waves *waves, const ck_mode_rotations *rotations, long a, long slot) {
  return slot < 2 * waves->complex_modes && slot % 2 == 1 && rotations->conjugates[a * waves->complex_modes + slot / 2]
             ? -1
             : 1;
}

CK_CLONES static void REAL(ck_rotate_weights)(const ck_waves *waves, const ck_mode_rotations *rotations, long in,
                                              long out, const R *unrotated, long stride_unrotated, R *w,
                                              long stride_w) {
  const long points = rotations->points, columns = out * points;
  for (long a = 0; a < points; a++) {
    const int32_t *quotients = rotations->quotients + a * points;
    for (long slot = 0; slot < waves->elements; slot++) {
      const R sign = REAL(rotation_sign)(waves, rotations, a, slot);
      const R *source = unrotated + rotations->sources[a * waves->elements + slot] * stride_unrotated;
      for (long i = 0; i < in; i++) {
        R *target = w + slot * stride_w + (i * points + a) * columns;
        for (long o = 0; o < columns; o += points)
          for (long b = 0; b < points; b++) target[o + b] = sign * source[i * columns + o + quotients[b]];
      }
    }
  }
}

CK_CLONES static void REAL(ck_add_rotated_weights)(const ck_waves *waves, const ck_mode_rotations *rotations, long in,
                                                   long out, const R *w, long stride_w, R *unrotated,
                                                   long stride_unrotated) {
  const long points = rotations->points, columns = out * points;
  for (long a = 0; a < points; a++) {
    const int32_t *quotients = rotations->quotients + a * points;
    for (long slot = 0; slot < waves->elements; slot++) {
      const R sign = REAL(rotation_sign)(waves, rotations, a, slot);
      R *target = unrotated + rotations->sources[a * waves->elements + slot] * stride_unrotated;
      for (long i = 0; i < in; i++) {
        const R *source = w + slot * stride_w + (i * points + a) * columns;
        for (long o = 0; o < columns; o += points)
          for (long b = 0; b < points; b++) target[i * columns + o + quotients[b]] += sign * source[o + b];
      }
    }
  }
}

static long REAL(ck_rotated_products_scratch)(const ck_mode_rotations *rotations, long in, long out) {
  // x and y of one mode, re and im, seen from every operation; strips may read beyond the last column.
  return 2 * rotations->points * (in + out * rotations->points + rotation_strip);
}

/// sums[i] += Σ_a conj(x[i, a]) y[a] for `rows` rows and one strip of columns, of which `width` are written. The parts
/// of x begin `x_im` apart in `x`, one number for each (a, i); those of y `y_im` apart, the strips of operations `step`
/// apart.
CK_INLINE void REAL(add_rotated_strip)(const R *x, long x_im, long in, const R *y, long y_im, long step, long points,
                                       R *sums, R *sums_im, long columns, long width, const int is_complex,
                                       const long rows) {
  R total[rotation_rows][rotation_strip], total_im[rotation_rows][rotation_strip];
  for (long i = 0; i < rows; i++)
    for (long f = 0; f < rotation_strip; f++) total[i][f] = total_im[i][f] = 0;
  for (long a = 0; a < points; a++, y += step, x += in)
    for (long i = 0; i < rows; i++) {
      const R p = x[i], q = is_complex ? x[x_im + i] : 0;
      for (long f = 0; f < rotation_strip; f++) {
        total[i][f] += p * y[f];
        if (is_complex) {
          total[i][f] += q * y[y_im + f];
          total_im[i][f] += p * y[y_im + f];
          total_im[i][f] -= q * y[f];
        }
      }
    }
  for (long i = 0; i < rows; i++)
    for (long f = 0; f < width; f++) {
      sums[i * columns + f] += total[i][f];
      if (is_complex) sums_im[i * columns + f] += total_im[i][f];
    }
}

CK_CLONES static void REAL(ck_add_rotated_products)(const ck_waves *waves, const ck_mode_rotations *rotations,
                                                    const R *x, long in, const R *y, long out, R *unrotated,
                                                    long stride, R *scratch) {
  const long points = rotations->points, columns = out * points, step = columns + rotation_strip;
  R *y_seen = scratch, *x_seen = scratch + 2 * points * step;
  const long x_im = points * in, y_im = points * step;
  for (long a = 0; a < points; a++)
    for (long part = 0; part < 2; part++)
      for (long f = columns; f < step; f++) y_seen[part * y_im + a * step + f] = 0;
  long slot = 0;
  while (slot < waves->elements) {
    const int is_complex = slot < 2 * waves->complex_modes;
    for (long a = 0; a < points; a++) {
      // The slot whose mode, rotated by a, is that of this slot is this one's, rotated back.
      const long back = rotations->quotients[a * points];
      const long seen = rotations->sources[back * waves->elements + slot];
      const int32_t *quotients = rotations->quotients + a * points;
      for (long part = 0; part <= is_complex; part++) {
        const R sign = REAL(rotation_sign)(waves, rotations, back, slot + part);
        const R *y_mode = y + (seen + part) * columns, *x_mode = x + (seen + part) * in * points;
        R *y_target = y_seen + part * y_im + a * step, *x_target = x_seen + part * x_im + a * in;
        for (long o = 0; o < columns; o += points)
          for (long b = 0; b < points; b++) y_target[o + quotients[b]] = sign * y_mode[o + b];
        for (long i = 0; i < in; i++) x_target[i] = sign * x_mode[i * points + a];
      }
    }
    for (long i = 0; i < in; i += in - i < rotation_rows ? 1 : rotation_rows)
      for (long f = 0; f < columns; f += rotation_strip) {
        const long width = columns - f < rotation_strip ? columns - f : rotation_strip;
        R *sums = unrotated + slot * stride + i * columns + f, *sums_im = sums + (is_complex ? stride : 0);
#define CK_STRIP(width, is_complex, rows)                                                                              \
  REAL(add_rotated_strip)                                                                                              \
  (x_seen + i, x_im, in, y_seen + f, y_im, step, points, sums, sums_im, columns, width, is_complex, rows)
        if (in - i < rotation_rows && is_complex)
          CK_STRIP(width, 1, 1);
        else if (in - i < rotation_rows)
          CK_STRIP(width, 0, 1);
        else if (is_complex && width == rotation_strip)
          CK_STRIP(rotation_strip, 1, rotation_rows);
        else if (is_complex)
          CK_STRIP(width, 1, rotation_rows);
        else
          CK_STRIP(width, 0, rotation_rows);
#undef CK_STRIP
      }
    slot += is_complex ? 2 : 1;
  }
}
