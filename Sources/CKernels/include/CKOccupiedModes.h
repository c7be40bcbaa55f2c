// Matrices picked out by the occupied modes of configurations, and the transposes.
//
// A configuration s is `features` real numbers. Mode m is read by codes[m] = f where it is occupied by s_f > 0, and by
// ~f (bitwise) where it is occupied by s_f < 0. `index` holds n rows for each sample, or −1 throughout a sample that
// gets zeros. x of a sample begins `x_stride` elements after that of the sample before; 0 where all samples read the
// same x. Blocks of tangents are (row, vector, feature).
#pragma once

#include <stdint.h>

#include "CKTypes.h"

/// index[s,a] = rows[m] of the a-th occupied mode m of sample s, in the order of m; −1 throughout a sample that has
/// not exactly n occupied modes. `type` is real.
void ck_occupied_modes(ck_type type, const void *s, const int32_t *codes, const int32_t *rows, long modes, long n,
                       int32_t *index, long samples, long features);

/// phase[s] = 0, or π where the number of pairs i < j with s_i < 0 < s_j is odd. `type` is real.
void ck_site_order_phases(ck_type type, const void *s, void *phase, long samples, long sites);

/// phase[s,t] = 0, or π where fermions on the sites i of image t, which is occupied where s is at sites[t,i], change
/// their order an odd number of times when each moves to sites[t,i]. A configuration has one or two `planes` of
/// occupations of `sites_per_image` sites, whose modes come one plane after the other; where flips[t] is set, fermions
/// change to the other plane, too. `type` is real; `work` has a bit for each site, in whole words.
void ck_image_order_phases(ck_type type, const void *s, const int32_t *sites, const int32_t *flips, void *phase,
                           uint64_t *work, long samples, long images, long sites_per_image, long planes);

/// y[s,a,:] = x[s, index[s,a], :] for rows of `length` elements. `type` is real.
void ck_select_rows(ck_type type, const void *x, long x_stride, const int32_t *index, void *y, long samples, long n,
                    long length);

/// x[s, index[s,a], :] += y[s,a,:], the transpose.
void ck_add_to_rows(ck_type type, const void *y, const int32_t *index, void *x, long x_stride, long samples, long n,
                    long length);

/// y[s,a,v,b] = x[s, rows[s,a], v, columns[s,b]] for n rows and m columns of matrices with so many features.
void ck_select_entries(ck_type type, const void *x, long x_stride, const int32_t *rows, const int32_t *columns, void *y,
                       long samples, long n, long m, long vectors, long features);

/// x[s, rows[s,a], v, columns[s,b]] += y[s,a,v,b], the transpose.
void ck_add_to_entries(ck_type type, const void *y, const int32_t *rows, const int32_t *columns, void *x, long x_stride,
                       long samples, long n, long m, long vectors, long features);

/// y[s,a,v,b] = x[v, table[rows[s,a] · features + columns[s,b]]] for n rows and m columns of a matrix whose entries are
/// elements of x, which has so many and is the same for all samples; 0 where the table has −1.
void ck_select_tied_entries(ck_type type, const void *x, const int32_t *table, long elements, const int32_t *rows,
                            const int32_t *columns, void *y, long samples, long n, long m, long vectors, long features);

/// x[v, table[rows[s,a] · features + columns[s,b]]] += y[s,a,v,b], the transpose.
void ck_add_to_tied_entries(ck_type type, const void *y, const int32_t *table, long elements, const int32_t *rows,
                            const int32_t *columns, void *x, long samples, long n, long m, long vectors, long features);

/// The antisymmetric y[s,a,v,b] = F[i,j] with i = index[s,a] and j = index[s,b], where
/// F[i,j] = x[s, v, e] for i < j < M = `modes` with e = i(2M−i−1)/2 + j−i−1, or table[e] where there is a table, whose
/// −1 stand for 0. x has so many elements.
void ck_select_pairs(ck_type type, const void *x, long x_stride, const int32_t *table, long elements,
                     const int32_t *index, void *y, long samples, long n, long vectors, long modes);

/// x[s,v,k] += y[s,a,v,b] − y[s,b,v,a] for the element k that F[i,j] with i < j is, the transpose.
void ck_add_to_pairs(ck_type type, const void *y, const int32_t *index, void *x, long x_stride, const int32_t *table,
                     long elements, long samples, long n, long vectors, long modes);

/// How rows that are combined by coefficients of each sample lie: coefficient f of place p and vector v of sample s is
/// h[s, p, v, f], element b of row m and vector v is x[m, v, f, b], the result is y[s, a, v, b]. Arrays with one vector
/// have `h_vectors` or `x_vectors` 1, all others `vectors`.
typedef struct {
  long samples, rows, places, terms, length;
  long vectors, h_vectors, x_vectors;
  /// By row of x the place of its coefficients.
  const int32_t *place;
} CKRowCombination;

/// y[s,a,v,b] (+)= Σ_f h[s, place[m], v, f] x[m, v, f, b] with the row m = index[s,a]; zeros where it is −1.
void ck_combine_rows(ck_type type, const CKRowCombination *shape, const int32_t *index, const void *h, const void *x,
                     void *y, int accumulate);

/// h[s, place[m], v, f] += Σ_b conj(x[m, f, b]) y[s,a,v,b], the transpose in the coefficients.
void ck_add_to_coefficients(ck_type type, const CKRowCombination *shape, const int32_t *index, const void *x,
                            const void *y, void *h);

/// x[m, v, f, b] += conj(h[s, place[m], f]) y[s,a,v,b], the transpose in the rows.
void ck_add_to_combined(ck_type type, const CKRowCombination *shape, const int32_t *index, const void *h, const void *y,
                        void *x);
