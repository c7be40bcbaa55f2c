#include "CKSectors.h"

#include "precision_double.h"
#include "sectors_template.h"

#include "precision_single.h"
#include "sectors_template.h"
