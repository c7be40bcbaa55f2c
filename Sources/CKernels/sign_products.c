#include "CKSignProducts.h"
#include "kernel.h"

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
