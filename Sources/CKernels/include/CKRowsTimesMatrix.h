// A matrix product whose rows do not know of each other.
#pragma once

#include "CKTypes.h"

/// y (m × n) = or += x (m × k) · w (k × n), all of one type, with the first elements of rows `leading` elements apart.
///
/// The bits of a row of y depend on that row of x, on w and on n only: not on m, nor on the row's place. Each element
/// is a sum over k in ascending order. Made for few rows: w is read once, as it is.
void ck_rows_times_matrix(ck_type type, const void *x, long leading_x, long m, long k, const void *w, long leading_w,
                          long n, void *y, long leading_y, int accumulate);
