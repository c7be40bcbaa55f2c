// Sums over, and broadcasts along, the rows and columns of a matrix (rows, columns). Where there is
// no complex version, a complex matrix is a real one of twice the columns. Sums accumulate in double
// inside a call, for single precision too.
#pragma once

#include "CKTypes.h"

/// y[r,c] (+)= row[c].
void ck_add_row(ck_type type, const void *row, void *y, long rows, long columns, int accumulate);

/// sums[c] (+)= Σ_r x[r,c], the transpose of the former.
void ck_column_sums(ck_type type, const void *x, void *sums, long rows, long columns, int accumulate);

/// sums[r] (+)= factor·Σ_c x[r,c].
void ck_row_sums(ck_type type, const void *x, void *sums, long rows, long columns, double factor, int accumulate);

/// y[r,c] (+)= factor·v[r], the transpose of the former.
void ck_broadcast_rows(ck_type type, const void *v, void *y, long rows, long columns, double factor, int accumulate);
