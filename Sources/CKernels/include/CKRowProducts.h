// Products of stored rows, `count` of them with `columns` reals each, with double vectors. The type is that
// of the rows, real; sums are double.
#pragma once

#include "CKTypes.h"

/// u[r] = Σ_j rows[r,j]·x[j].
void ck_row_products(ck_type type, const void *rows, const double *x, double *u, long count, long columns);

/// y[j] += Σ_r u[r]·rows[r,j], the transpose.
void ck_add_rows(ck_type type, const void *rows, const double *u, double *y, long count, long columns);
