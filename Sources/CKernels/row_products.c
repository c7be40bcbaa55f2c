#include "CKRowProducts.h"
#include "kernel.h"

#include "precision_double.h"
#include "row_products_template.h"

#include "precision_single.h"
#include "row_products_template.h"
