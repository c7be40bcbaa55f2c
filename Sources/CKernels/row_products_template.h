// Products of stored rows with vectors, for one precision of the rows. Vectors and sums are double. Four rows
// share what they read and write of the vector.

CK_CLONES static void REAL(ck_row_products)(const R *rows, const double *x, double *u, long count, long columns) {
#pragma clang fp reassociate(on)
  long r = 0;
  for (; r + 4 <= count; r += 4) {
    const R *a = rows + r * columns, *b = a + columns, *c = b + columns, *d = c + columns;
    double sum_a = 0, sum_b = 0, sum_c = 0, sum_d = 0;
    for (long j = 0; j < columns; j++) {
      const double value = x[j];
      sum_a += a[j] * value;
      sum_b += b[j] * value;
      sum_c += c[j] * value;
      sum_d += d[j] * value;
    }
    u[r] = sum_a;
    u[r + 1] = sum_b;
    u[r + 2] = sum_c;
    u[r + 3] = sum_d;
  }
  for (; r < count; r++) {
    const R *a = rows + r * columns;
    double sum = 0;
    for (long j = 0; j < columns; j++) sum += a[j] * x[j];
    u[r] = sum;
  }
}

CK_CLONES static void REAL(ck_add_rows)(const R *rows, const double *u, double *y, long count, long columns) {
  long r = 0;
  for (; r + 4 <= count; r += 4) {
    const R *a = rows + r * columns, *b = a + columns, *c = b + columns, *d = c + columns;
    const double u_a = u[r], u_b = u[r + 1], u_c = u[r + 2], u_d = u[r + 3];
    CK_INDEPENDENT
    for (long j = 0; j < columns; j++) y[j] += (u_a * a[j] + u_b * b[j]) + (u_c * c[j] + u_d * d[j]);
  }
  for (; r < count; r++) {
    const R *a = rows + r * columns;
    const double factor = u[r];
    CK_INDEPENDENT
    for (long j = 0; j < columns; j++) y[j] += factor * a[j];
  }
}
