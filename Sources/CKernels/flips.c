#include <stddef.h>

#include "CKFlips.h"
#include "kernel.h"
#include "dispatch.h"

#include "precision_double.h"
#include "flips_template.h"

#include "precision_single.h"
#include "flips_template.h"

void ck_signed_sums(ck_type type, const void *offset, const void *w, const int8_t *s, double *y, long count, long sites,
                    long columns) {
  CK_BY_REAL_TYPE(type, ck_signed_sums, offset, w, s, y, count, sites, columns)
}

void ck_flipped_sums(ck_type type, const double *x, const void *w, const int8_t *s, const int32_t *site, long flips,
                     void *y, long columns) {
  CK_BY_REAL_TYPE(type, ck_flipped_sums, x, w, s, site, flips, y, columns)
}

void ck_flip_sums(ck_type type, double *x, const void *w, const int8_t *s, const int32_t *site, long flips,
                  long columns) {
  CK_BY_REAL_TYPE(type, ck_flip_sums, x, w, s, site, flips, columns)
}
