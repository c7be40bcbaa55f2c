#include "CKOuterProduct.h"
#include "kernel.h"
#include "dispatch.h"

#include "precision_double.h"
#include "outer_product_template.h"

#include "precision_single.h"
#include "outer_product_template.h"

void ck_add_outer_product(ck_type type, double a_re, double a_im, const void *x, const void *y, void *c, long rows,
                          long columns) {
  if (ck_is_complex(type)) CK_BY_COMPLEX_TYPE(type, ck_add_outer_product, a_re, a_im, x, y, c, rows, columns)
  CK_BY_REAL_TYPE(type, ck_add_outer_product, a_re, x, y, c, rows, columns)
}
