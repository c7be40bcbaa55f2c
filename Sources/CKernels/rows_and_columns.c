#include "CKRowsAndColumns.h"
#include "kernel.h"
#include "dispatch.h"

#include "precision_double.h"
#include "rows_and_columns_template.h"

#include "precision_single.h"
#include "rows_and_columns_template.h"

void ck_add_row(ck_type type, const void *row, void *y, long rows, long columns, int accumulate) {
  CK_BY_REAL_TYPE(type, ck_add_row, row, y, rows, columns, accumulate)
}

void ck_column_sums(ck_type type, const void *x, void *sums, long rows, long columns, int accumulate) {
  CK_BY_REAL_TYPE(type, ck_column_sums, x, sums, rows, columns, accumulate)
}

void ck_row_sums(ck_type type, const void *x, void *sums, long rows, long columns, double factor, int accumulate) {
  CK_BY_TYPE(type, ck_row_sums, x, sums, rows, columns, factor, accumulate);
}

void ck_broadcast_rows(ck_type type, const void *v, void *y, long rows, long columns, double factor, int accumulate) {
  CK_BY_TYPE(type, ck_broadcast_rows, v, y, rows, columns, factor, accumulate);
}
