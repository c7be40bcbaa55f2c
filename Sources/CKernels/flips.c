#include <stddef.h>

#include "CKFlips.h"
#include "kernel.h"

#include "precision_double.h"
#include "flips_template.h"

#include "precision_single.h"
#include "flips_template.h"
