#include "CKSignProducts.h"
#include "kernel.h"
#include "dispatch.h"

#include <string.h>

// Groups of four rows of b whose tables are used at once: 28 tables of 16 times 64 bytes stay in the level-1 cache
// beside what is read and written.
#define GROUPS 28
// Rows of y whose signs are kept at once.
#define ROWS 512
// Rows of y that are added up together.
#define STEP 8

// Every function that returns a vector is inlined: none crosses an interface.
#pragma clang diagnostic ignored "-Wpsabi"

#include "precision_double.h"
#include "sign_products_template.h"

#include "precision_single.h"
#include "sign_products_template.h"

void ck_sign_product(ck_type type, const void *x, long leading_x, int transposed, long m, long n, long k, const void *b,
                     long leading_b, void *y, long leading_y, int accumulate) {
  CK_BY_REAL_TYPE(type, ck_sign_product, x, leading_x, transposed, m, n, k, b, leading_b, y, leading_y, accumulate)
}
