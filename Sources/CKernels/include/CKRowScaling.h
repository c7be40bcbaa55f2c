// Pointwise linear operations on blocks of tangents: x and y are (rows, vectors, features), the slope
// is (rows, features) and shared by the vectors of a row. y == x is allowed where `accumulate` is 0.
#pragma once

#include "CKTypes.h"

/// y[r,v,f] (+)= slope[r,f]·x[r,v,f], all of one type; of complex numbers `conjugate` takes the slope's conjugate.
void ck_scale_rows(ck_type type, const void *slope, const void *x, void *y, long rows, long vectors, long features,
                   int conjugate, int accumulate);
