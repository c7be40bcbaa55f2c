// A change of rank one of a small matrix: what an accepted move of a determinant takes.
#pragma once

#include "CKTypes.h"

/// c[i,j] += (a_re + i a_im)·x[i]·y[j], c row-major `rows` × `columns`; real types have no a_im.
void ck_add_outer_product(ck_type type, double a_re, double a_im, const void *x, const void *y, void *c, long rows,
                          long columns);
