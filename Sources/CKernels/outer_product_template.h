// Changes of rank one for one precision. A library's routine takes a call for each row, which costs as much as the
// row of a matrix of 14 to 50 columns.

CK_CLONES static void REAL(ck_add_outer_product)(R a, const R *x, const R *y, R *c, long rows, long columns) {
  for (long i = 0; i < rows; i++, c += columns) {
    const R factor = a * x[i];
    CK_INDEPENDENT
    for (long j = 0; j < columns; j++) c[j] += factor * y[j];
  }
}

CK_CLONES static void COMPLEX(ck_add_outer_product)(R a_re, R a_im, const R *x, const R *y, R *c, long rows,
                                                    long columns) {
  for (long i = 0; i < rows; i++, c += 2 * columns) {
    const R re = a_re * x[2 * i] - a_im * x[2 * i + 1], im = a_re * x[2 * i + 1] + a_im * x[2 * i];
    CK_INDEPENDENT
    for (long j = 0; j < columns; j++) {
      c[2 * j] += re * y[2 * j] - im * y[2 * j + 1];
      c[2 * j + 1] += re * y[2 * j + 1] + im * y[2 * j];
    }
  }
}
