#include "CKVectors.h"
#include "kernel.h"

#include "precision_double.h"
#include "vectors_template.h"

#include "precision_single.h"
#include "vectors_template.h"
