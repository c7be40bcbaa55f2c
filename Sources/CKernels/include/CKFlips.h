// A dense layer on spins, and what flips do to it. The kernel w is (sites, columns) of a real type,
// as are offset and the result of `ck_flipped_sums`; a complex kernel is a real one of twice the columns. Sums are kept
// in double.
#pragma once

#include <stdint.h>

#include "CKTypes.h"

/// y[r,j] = offset[j] + Σ_i s[r,i]·w[i,j] for `count` configurations r, added in the order of the sites;
/// `offset` may be NULL. A row's bits depend on its own spins only.
void ck_signed_sums(ck_type type, const void *offset, const void *w, const int8_t *s, double *y, long count, long sites,
                    long columns);

/// y[j] = x[j] − 2 Σ_k s[site[k]]·w[site[k],j] for k < flips: the layer after those spins have been flipped. `s` is
/// the configuration before. Added in the order of k, rounded once.
void ck_flipped_sums(ck_type type, const double *x, const void *w, const int8_t *s, const int32_t *site, long flips,
                     void *y, long columns);

/// The same in place.
void ck_flip_sums(ck_type type, double *x, const void *w, const int8_t *s, const int32_t *site, long flips,
                  long columns);
