#include "CKRowProducts.h"
#include "kernel.h"
#include "dispatch.h"

#include "precision_double.h"
#include "row_products_template.h"

#include "precision_single.h"
#include "row_products_template.h"

void ck_row_products(ck_type type, const void *rows, const double *x, double *u, long count, long columns) {
  CK_BY_REAL_TYPE(type, ck_row_products, rows, x, u, count, columns)
}

void ck_add_rows(ck_type type, const void *rows, const double *u, double *y, long count, long columns) {
  CK_BY_REAL_TYPE(type, ck_add_rows, rows, u, y, count, columns)
}
