#include "CKRowsAndColumns.h"
#include "kernel.h"

#include "precision_double.h"
#include "rows_and_columns_template.h"

#include "precision_single.h"
#include "rows_and_columns_template.h"
