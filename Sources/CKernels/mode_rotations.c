#include "CKModeRotations.h"
#include "kernel.h"

// Columns whose sums stay in registers, and rows of x that share what is loaded for them.
enum { rotation_strip = 16, rotation_rows = 4 };

#include "precision_double.h"
#include "mode_rotations_template.h"

#include "precision_single.h"
#include "mode_rotations_template.h"
