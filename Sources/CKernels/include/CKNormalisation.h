// Layer normalisation of the rows of a real matrix (Ba, Kiros, Hinton, arXiv:1607.06450), without scale
// and offset. Sums accumulate in double, for single precision too.
#pragma once

#include "CKTypes.h"

/// value[r,·] = (x[r,·] − μ_r)·i_r with the mean μ_r of the row and i_r = 1/√(variance_r + epsilon).
/// `slope`, which may be null, takes features + 1 numbers per row: the value, then i_r.
/// `value` may be `x`.
void ck_normalise_rows(ck_type type, const void *x, void *value, void *slope, long rows, long features, double epsilon);

/// The derivative, which is its own transpose: with n = features and the row ŝ of values in `slope`,
/// y[r,v,·] (+)= i_r·(x − Σx/n − ŝ·(ŝ·x)/n). `y` may be `x`.
void ck_normalise_tangents(ck_type type, const void *slope, const void *x, void *y, long rows, long vectors,
                           long features, int accumulate);
