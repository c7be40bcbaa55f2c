// Mixing of the rows of each sample by coefficients that depend on the head that a feature belongs to:
// the products of factored attention. Complex numbers are interleaved pairs. Feature f belongs to head
// f / (features / heads); heads divide the features.
#pragma once

#include "CKTypes.h"

/// How the arrays of `ck_mix_rows` lie, in numbers of their field: coefficient (o, i) of vector v begins
/// at o·outer + i·inner + v·vector, one number per head; row i of sample g and vector v of x at
/// (g·rows_in + i)·row + v·vector, `features` numbers. y is (sample, row, vector, feature), dense.
typedef struct {
  long groups, rows_out, rows_in, vectors, features, heads;
  long coefficient_outer, coefficient_inner, coefficient_vector;
  long input_row, input_vector;
} CKRowMixing;

/// y[g,o,v,f] (+)= Σ_i a[o,i,v,head(f)]·x[g,i,v,f]; of complex numbers `conjugate` takes ā for a.
void ck_mix_rows(ck_type type, const CKRowMixing *shape, const void *a, const void *x, void *y, int conjugate,
                 int accumulate);

/// a[o,i,v,h] += Σ_g Σ_{f of head h} x̄[g,i,f]·y[g,o,v,f] for x (sample, row, feature) and y (sample, row,
/// vector, feature), the transpose in the coefficients (o, i, vector, head). Sums over f in double.
void ck_mix_rows_coefficients(ck_type type, const void *x, const void *y, void *a, long groups, long rows_out,
                              long rows_in, long vectors, long features, long heads);
