#include "CKRowScaling.h"
#include "kernel.h"

#include "precision_double.h"
#include "row_scaling_template.h"

#include "precision_single.h"
#include "row_scaling_template.h"
