#include "CKIndexing.h"
#include "kernel.h"

#include "precision_double.h"
#include "indexing_template.h"

#include "precision_single.h"
#include "indexing_template.h"
