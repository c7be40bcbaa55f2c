// Products with signs, for one precision.

// 64 bytes of consecutive columns.
typedef R REAL(columns) __attribute__((vector_size(64), aligned(sizeof(R))));
#define LANES ((long)(64 / sizeof(R)))

CK_INLINE REAL(columns) REAL(load_columns)(const R *from, long width) {
  REAL(columns) value = {0};
  if (width >= LANES)
    memcpy(&value, from, sizeof value);
  else
    memcpy(&value, from, width * sizeof(R));
  return value;
}

// The 16 sums of four rows of b, those from `remaining` on being 0. Bit i of the place is set where row i enters with
// a minus.
CK_INLINE void REAL(tabulate)(const R *b, long leading_b, long remaining, long width, REAL(columns) * table) {
  REAL(columns) row[4];
  for (long i = 0; i < 4; i++)
    row[i] = i < remaining ? REAL(load_columns)(b + i * leading_b, width) : (REAL(columns)){0};
  const REAL(columns) low[4] = {row[0] + row[1], row[1] - row[0], row[0] - row[1], -row[0] - row[1]};
  const REAL(columns) high[4] = {row[2] + row[3], row[3] - row[2], row[2] - row[3], -row[2] - row[3]};
#pragma clang loop unroll(full)
  for (long p = 0; p < 16; p++) table[p] = low[p & 3] + high[p >> 2];
}

// Four signs of each row as a number, times 16: a quarter of its place in a table, in bytes, which an address
// multiplies by four at no cost. Laid out by steps of rows, then groups, then rows of the step; signs from `k` on count
// as plus.
CK_INLINE void REAL(collect_signs)(const R *x, long leading_x, int transposed, long rows, long k, uint8_t *signs) {
  const long groups = (k + 3) / 4;
  memset(signs, 0, (rows + STEP - 1) / STEP * STEP * groups);
  for (long top = 0; top < rows; top += STEP) {
    const long count = rows - top < STEP ? rows - top : STEP;
    uint8_t *of_step = signs + top * groups;
    if (transposed) {
      for (long j = 0; j < k; j++) {
        const R *of_row = x + j * leading_x + top;
        uint8_t *of_group = of_step + j / 4 * STEP;
        for (long r = 0; r < count; r++) of_group[r] |= (uint8_t)((of_row[r] < 0) << (4 + j % 4));
      }
    } else {
      for (long r = 0; r < count; r++) {
        const R *of_row = x + (top + r) * leading_x;
        long j = 0;
        for (; j + 4 <= k; j += 4)
          of_step[j / 4 * STEP + r] = (uint8_t)((of_row[j] < 0) << 4 | (of_row[j + 1] < 0) << 5 |
                                                (of_row[j + 2] < 0) << 6 | (of_row[j + 3] < 0) << 7);
        for (; j < k; j++) of_step[j / 4 * STEP + r] |= (uint8_t)((of_row[j] < 0) << (4 + j % 4));
      }
    }
  }
}

// Adds up `count` ≤ STEP rows of y in one block of columns.
CK_INLINE void REAL(add_tabulated)(const REAL(columns) * table, const uint8_t *signs, long groups, long count,
                                   long width, R *y, long leading_y, int accumulate) {
  REAL(columns) sum[STEP];
  for (long i = 0; i < STEP; i++)
    sum[i] = accumulate && i < count ? REAL(load_columns)(y + i * leading_y, width) : (REAL(columns)){0};
  for (long g = 0; g < groups; g++) {
    uint64_t numbers;
    memcpy(&numbers, signs + g * STEP, sizeof numbers);
    const char *of_group = (const char *)(table + 16 * g);
    for (long i = 0; i < STEP; i++) sum[i] += *(const REAL(columns) *)(of_group + 4 * (numbers >> (8 * i) & 0xFF));
  }
  for (long i = 0; i < count; i++) memcpy(y + i * leading_y, &sum[i], (width < LANES ? width : LANES) * sizeof(R));
}

CK_CLONES static void REAL(ck_sign_product)(const R *x, long leading_x, int transposed, long m, long n, long k,
                                            const R *b, long leading_b, R *y, long leading_y, int accumulate) {
  _Alignas(64) REAL(columns) table[GROUPS * 16];
  uint8_t signs[GROUPS * ROWS];
  for (long top = 0; top < m; top += ROWS) {
    const long rows = m - top < ROWS ? m - top : ROWS;
    for (long first = 0; first < k || (first == 0 && !accumulate); first += 4 * GROUPS) {
      const long depth = k - first < 4 * GROUPS ? k - first : 4 * GROUPS;
      const long groups = (depth + 3) / 4;
      REAL(collect_signs)
      (transposed ? x + first * leading_x + top : x + top * leading_x + first, leading_x, transposed, rows, depth,
       signs);
      for (long column = 0; column < n; column += LANES) {
        const long width = n - column;
        for (long g = 0; g < groups; g++)
          REAL(tabulate)(b + (first + 4 * g) * leading_b + column, leading_b, depth - 4 * g, width, table + 16 * g);
        for (long r = 0; r < rows; r += STEP) {
          const long count = rows - r < STEP ? rows - r : STEP;
          R *target = y + (top + r) * leading_y + column;
          const int adds = accumulate || first > 0;
          if (count == STEP && width >= LANES)
            REAL(add_tabulated)(table, signs + r * groups, groups, STEP, LANES, target, leading_y, adds);
          else
            REAL(add_tabulated)(table, signs + r * groups, groups, count, width, target, leading_y, adds);
        }
      }
    }
  }
}

#undef LANES
