// What an accepted hop changes of the kept arrays of a projected product of pairs, in double precision. Arrays over
// terms have the term fastest; term t = element · rotations + rotation.
#pragma once

#include <stdint.h>

/// The terms, at the occupied modes of a configuration.
typedef struct {
  /// F^b[i, j]: mode_count × mode_count × rotations.
  const double *pairings;
  /// By element and mode the mode in its place.
  const long *images;
  /// The `count` occupied modes.
  const int32_t *modes;
  long mode_count, count, rotations, elements;
} CKPairTerms;

/// Y[d, :] −= [Y[d, k] (y − e_k) − rest q]/r for every mode d and term, where rest = Σ_j F[d, r_j] y_j − F[d, b] and
/// `reciprocals` are 1/r. Y is mode_count × count × terms; y and q are count × terms; `index` has room for elements ×
/// count and `work` for 2 × terms numbers.
void ck_follow_pair_products_d(const CKPairTerms *terms, long k, long b, const double *y, const double *q,
                               const double *reciprocals, int32_t *index, double *work, double *products);

/// X −= [q (y − e_k)ᵀ − (y − e_k) qᵀ]/r of every term: count × count × terms, antisymmetric.
void ck_follow_pair_inverses_d(double *x, long k, const double *y, const double *q, const double *reciprocals,
                               long count, long terms);
