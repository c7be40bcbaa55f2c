// Row and column sums and their transposes for one precision.

CK_CLONES static void REAL(ck_add_row)(const R *row, R *y, long rows, long columns, int accumulate) {
  for (long r = 0; r < rows; r++, y += columns) {
    if (accumulate) {
      CK_INDEPENDENT
      for (long c = 0; c < columns; c++) y[c] += row[c];
    } else {
      CK_INDEPENDENT
      for (long c = 0; c < columns; c++) y[c] = row[c];
    }
  }
}

CK_CLONES static void REAL(ck_column_sums)(const R *x, R *sums, long rows, long columns, int accumulate) {
  // Strips of columns keep the accumulators in the first-level cache; four rows at a time save most
  // of their loads and stores.
  enum { strip = 256 };
  double total[strip];
  for (long first = 0; first < columns; first += strip) {
    const long width = columns - first < strip ? columns - first : strip;
    for (long c = 0; c < width; c++) total[c] = 0;
    const R *row = x + first;
    long r = 0;
    for (; r + 4 <= rows; r += 4, row += 4 * columns) {
      const R *second = row + columns, *third = second + columns, *fourth = third + columns;
      CK_INDEPENDENT
      for (long c = 0; c < width; c++) total[c] += ((double)row[c] + second[c]) + ((double)third[c] + fourth[c]);
    }
    for (; r < rows; r++, row += columns) {
      CK_INDEPENDENT
      for (long c = 0; c < width; c++) total[c] += row[c];
    }
    if (accumulate)
      for (long c = 0; c < width; c++) sums[first + c] = (R)(sums[first + c] + total[c]);
    else
      for (long c = 0; c < width; c++) sums[first + c] = (R)total[c];
  }
}

CK_CLONES static void REAL(ck_row_sums)(const R *x, R *sums, long rows, long columns, R factor, int accumulate) {
#pragma clang fp reassociate(on)
  for (long r = 0; r < rows; r++, x += columns) {
    double total = 0;
    for (long c = 0; c < columns; c++) total += x[c];
    total *= factor;
    sums[r] = (R)(accumulate ? sums[r] + total : total);
  }
}

CK_CLONES static void COMPLEX(ck_row_sums)(const R *x, R *sums, long rows, long columns, R factor, int accumulate) {
#pragma clang fp reassociate(on)
  for (long r = 0; r < rows; r++, x += 2 * columns, sums += 2) {
    double re = 0, im = 0;
    for (long c = 0; c < columns; c++) {
      re += x[2 * c];
      im += x[2 * c + 1];
    }
    re *= factor;
    im *= factor;
    sums[0] = (R)(accumulate ? sums[0] + re : re);
    sums[1] = (R)(accumulate ? sums[1] + im : im);
  }
}

CK_CLONES static void REAL(ck_broadcast_rows)(const R *v, R *y, long rows, long columns, R factor, int accumulate) {
  for (long r = 0; r < rows; r++, y += columns) {
    const R value = factor * v[r];
    if (accumulate)
      for (long c = 0; c < columns; c++) y[c] += value;
    else
      for (long c = 0; c < columns; c++) y[c] = value;
  }
}

CK_CLONES static void COMPLEX(ck_broadcast_rows)(const R *v, R *y, long rows, long columns, R factor, int accumulate) {
  for (long r = 0; r < rows; r++, y += 2 * columns) {
    const R re = factor * v[2 * r], im = factor * v[2 * r + 1];
    if (accumulate) {
      for (long c = 0; c < columns; c++) {
        y[2 * c] += re;
        y[2 * c + 1] += im;
      }
    } else {
      for (long c = 0; c < columns; c++) {
        y[2 * c] = re;
        y[2 * c + 1] = im;
      }
    }
  }
}
