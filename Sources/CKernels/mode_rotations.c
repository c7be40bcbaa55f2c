#include "CKModeRotations.h"
#include "kernel.h"
#include "dispatch.h"

// Columns whose sums stay in registers, and rows of x that share what is loaded for them.
enum { rotation_strip = 16, rotation_rows = 4 };

#include "precision_double.h"
#include "mode_rotations_template.h"

#include "precision_single.h"
#include "mode_rotations_template.h"

void ck_rotate_weights(ck_type type, const ck_waves *waves, const ck_mode_rotations *rotations, long in, long out,
                       const void *unrotated, long stride_unrotated, void *w, long stride_w) {
  CK_BY_REAL_TYPE(type, ck_rotate_weights, waves, rotations, in, out, unrotated, stride_unrotated, w, stride_w)
}

void ck_add_rotated_weights(ck_type type, const ck_waves *waves, const ck_mode_rotations *rotations, long in, long out,
                            const void *w, long stride_w, void *unrotated, long stride_unrotated) {
  CK_BY_REAL_TYPE(type, ck_add_rotated_weights, waves, rotations, in, out, w, stride_w, unrotated, stride_unrotated)
}

long ck_rotated_products_scratch(ck_type type, const ck_mode_rotations *rotations, long in, long out) {
  CK_BY_REAL_TYPE(type, ck_rotated_products_scratch, rotations, in, out)
}

void ck_add_rotated_products(ck_type type, const ck_waves *waves, const ck_mode_rotations *rotations, const void *x,
                             long in, const void *y, long out, void *unrotated, long stride, void *scratch) {
  CK_BY_REAL_TYPE(type, ck_add_rotated_products, waves, rotations, x, in, y, out, unrotated, stride, scratch)
}
