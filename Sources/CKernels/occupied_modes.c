#include <string.h>

#include "CKOccupiedModes.h"
#include "kernel.h"
#include "dispatch.h"

/// Where row i of a packed upper triangle begins, counted from column 0.
CK_INLINE long ck_packed_row(long i, long modes) { return i * (2 * modes - i - 1) / 2 - i - 1; }

#include "precision_double.h"
#include "occupied_modes_template.h"

#include "precision_single.h"
#include "occupied_modes_template.h"

void ck_occupied_modes(ck_type type, const void *s, const int32_t *codes, const int32_t *rows, long modes, long n,
                       int32_t *index, long samples, long features) {
  CK_BY_REAL_TYPE(type, ck_occupied_modes, s, codes, rows, modes, n, index, samples, features)
}

void ck_site_order_phases(ck_type type, const void *s, void *phase, long samples, long sites) {
  CK_BY_REAL_TYPE(type, ck_site_order_phases, s, phase, samples, sites)
}

void ck_image_order_phases(ck_type type, const void *s, const int32_t *sites, const int32_t *flips, void *phase,
                           uint64_t *work, long samples, long images, long sites_per_image, long planes) {
  CK_BY_REAL_TYPE(type, ck_image_order_phases, s, sites, flips, phase, work, samples, images, sites_per_image, planes)
}

void ck_select_rows(ck_type type, const void *x, long x_stride, const int32_t *index, void *y, long samples, long n,
                    long length) {
  CK_BY_REAL_TYPE(type, ck_select_rows, x, x_stride, index, y, samples, n, length)
}

void ck_add_to_rows(ck_type type, const void *y, const int32_t *index, void *x, long x_stride, long samples, long n,
                    long length) {
  CK_BY_REAL_TYPE(type, ck_add_to_rows, y, index, x, x_stride, samples, n, length)
}

void ck_select_entries(ck_type type, const void *x, long x_stride, const int32_t *rows, const int32_t *columns, void *y,
                       long samples, long n, long m, long vectors, long features) {
  CK_BY_TYPE(type, ck_select_entries, x, x_stride, rows, columns, y, samples, n, m, vectors, features)
}

void ck_add_to_entries(ck_type type, const void *y, const int32_t *rows, const int32_t *columns, void *x, long x_stride,
                       long samples, long n, long m, long vectors, long features) {
  CK_BY_TYPE(type, ck_add_to_entries, y, rows, columns, x, x_stride, samples, n, m, vectors, features)
}

void ck_select_tied_entries(ck_type type, const void *x, const int32_t *table, long elements, const int32_t *rows,
                            const int32_t *columns, void *y, long samples, long n, long m, long vectors,
                            long features) {
  CK_BY_TYPE(type, ck_select_tied_entries, x, table, elements, rows, columns, y, samples, n, m, vectors, features)
}

void ck_add_to_tied_entries(ck_type type, const void *y, const int32_t *table, long elements, const int32_t *rows,
                            const int32_t *columns, void *x, long samples, long n, long m, long vectors,
                            long features) {
  CK_BY_TYPE(type, ck_add_to_tied_entries, y, table, elements, rows, columns, x, samples, n, m, vectors, features)
}

void ck_select_pairs(ck_type type, const void *x, long x_stride, const int32_t *table, long elements,
                     const int32_t *index, void *y, long samples, long n, long vectors, long modes) {
  CK_BY_TYPE(type, ck_select_pairs, x, x_stride, table, elements, index, y, samples, n, vectors, modes)
}

void ck_add_to_pairs(ck_type type, const void *y, const int32_t *index, void *x, long x_stride, const int32_t *table,
                     long elements, long samples, long n, long vectors, long modes) {
  CK_BY_TYPE(type, ck_add_to_pairs, y, index, x, x_stride, table, elements, samples, n, vectors, modes)
}

void ck_combine_rows(ck_type type, const CKRowCombination *shape, const int32_t *index, const void *h, const void *x,
                     void *y, int accumulate) {
  CK_BY_TYPE(type, ck_combine_rows, shape, index, h, x, y, accumulate)
}

void ck_add_to_coefficients(ck_type type, const CKRowCombination *shape, const int32_t *index, const void *x,
                            const void *y, void *h) {
  CK_BY_TYPE(type, ck_add_to_coefficients, shape, index, x, y, h)
}

void ck_add_to_combined(ck_type type, const CKRowCombination *shape, const int32_t *index, const void *h, const void *y,
                        void *x) {
  CK_BY_TYPE(type, ck_add_to_combined, shape, index, h, y, x)
}
