#include "CKPairTerms.h"
#include "kernel.h"

// Terms are worked on in blocks that fill a register; the last block of another length has the same operations.
enum { lanes = 8 };

/// rest[t] = Σ_j f[index[j] + t] y[j, t] − removed[t] of n terms.
CK_INLINE void ck_pair_rest(const double *f, const double *removed, const int32_t *index, const double *y, double *rest,
                            long count, long terms, long n) {
  // Two sums, so that additions need not wait for each other.
  double even[lanes], odd[lanes];
  for (long t = 0; t < n; t++) even[t] = -removed[t], odd[t] = 0;
  long j = 0;
  for (; j + 2 <= count; j += 2) {
    const double *a = f + index[j], *b = f + index[j + 1], *u = y + j * terms, *v = u + terms;
    for (long t = 0; t < n; t++) even[t] += a[t] * u[t];
    for (long t = 0; t < n; t++) odd[t] += b[t] * v[t];
  }
  if (j < count)
    for (long t = 0; t < n; t++) even[t] += f[index[j] + t] * y[j * terms + t];
  for (long t = 0; t < n; t++) rest[t] = even[t] + odd[t];
}

/// row[j, t] += rest[t] q[j, t] − own[t] y[j, t] of n terms.
CK_INLINE void ck_pair_update(double *row, const double *y, const double *q, const double *own, const double *rest,
                              long count, long terms, long n) {
  double a[lanes], b[lanes];
  for (long t = 0; t < n; t++) a[t] = own[t], b[t] = rest[t];
  for (long j = 0; j < count; j++, row += terms, y += terms, q += terms) {
    CK_INDEPENDENT
    for (long t = 0; t < n; t++) row[t] += b[t] * q[t] - a[t] * y[t];
  }
}

CK_CLONES void ck_follow_pair_products_d(const CKPairTerms *terms, long k, long b, const double *y, const double *q,
                                         const double *reciprocals, int32_t *index, double *work, double *products) {
  const CKPairTerms s = *terms;
  const long all = s.rotations * s.elements;
  double *rest = work, *own = work + all;
  for (long e = 0; e < s.elements; e++)
    for (long j = 0; j < s.count; j++)
      index[e * s.count + j] = (int32_t)(s.images[e * s.mode_count + s.modes[j]] * s.rotations);
  for (long d = 0; d < s.mode_count; d++, products += s.count * all) {
    for (long e = 0; e < s.elements; e++) {
      const long *image = s.images + e * s.mode_count;
      const double *f = s.pairings + image[d] * s.mode_count * s.rotations, *removed = f + image[b] * s.rotations;
      const double *own_y = y + e * s.rotations;
      double *own_rest = rest + e * s.rotations;
      const int32_t *places = index + e * s.count;
      long t = 0;
      for (; t + lanes <= s.rotations; t += lanes)
        ck_pair_rest(f + t, removed + t, places, own_y + t, own_rest + t, s.count, all, lanes);
      if (t < s.rotations)
        ck_pair_rest(f + t, removed + t, places, own_y + t, own_rest + t, s.count, all, s.rotations - t);
    }
    double *moved = products + k * all;
    for (long t = 0; t < all; t++) {
      own[t] = reciprocals[t] * moved[t];
      rest[t] *= reciprocals[t];
    }
    long t = 0;
    for (; t + lanes <= all; t += lanes)
      ck_pair_update(products + t, y + t, q + t, own + t, rest + t, s.count, all, lanes);
    if (t < all) ck_pair_update(products + t, y + t, q + t, own + t, rest + t, s.count, all, all - t);
    for (t = 0; t < all; t++) moved[t] += own[t];
  }
}

/// The entries (i, j) and (j, i) of n terms, whose products have (y_j − shift_j) and (y_i − shift_i).
CK_INLINE void ck_pair_inverse(double *upper, double *lower, const double *yi, const double *yj, const double *qi,
                               const double *qj, const double *reciprocals, double shift_i, double shift_j, long n) {
  CK_INDEPENDENT
  for (long t = 0; t < n; t++) {
    const double value = upper[t] - reciprocals[t] * (qi[t] * (yj[t] - shift_j) - (yi[t] - shift_i) * qj[t]);
    upper[t] = value;
    lower[t] = -value;
  }
}

CK_CLONES void ck_follow_pair_inverses_d(double *x, long k, const double *y, const double *q, const double *reciprocals,
                                         long count, long terms) {
  for (long i = 0; i < count; i++)
    for (long j = i + 1; j < count; j++) {
      double *upper = x + (i * count + j) * terms, *lower = x + (j * count + i) * terms;
      const double *yi = y + i * terms, *yj = y + j * terms, *qi = q + i * terms, *qj = q + j * terms;
      const double shift_i = i == k, shift_j = j == k;
      long t = 0;
      for (; t + lanes <= terms; t += lanes)
        ck_pair_inverse(upper + t, lower + t, yi + t, yj + t, qi + t, qj + t, reciprocals + t, shift_i, shift_j, lanes);
      if (t < terms)
        ck_pair_inverse(upper + t, lower + t, yi + t, yj + t, qi + t, qj + t, reciprocals + t, shift_i, shift_j,
                        terms - t);
    }
}
