#include "CKRowMixing.h"
#include "kernel.h"

// Features are worked on in strips that stay in registers, rows in blocks whose coefficients, written out
// for every feature of the strip, stay in the first-level cache.
enum { mixing_strip = 16, mixing_block = 32 };

#include "precision_double.h"
#include "row_mixing_template.h"

#include "precision_single.h"
#include "row_mixing_template.h"
