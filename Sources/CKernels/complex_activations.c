#include <math.h>

#include "CKActivations.h"
#include "kernel.h"
#include "polynomials.h"

#include "precision_double.h"
#include "elementary_template.h"
#include "trigonometric_template.h"
#include "complex_activations_template.h"

#include "precision_single.h"
#include "elementary_template.h"
#include "trigonometric_template.h"
#include "complex_activations_template.h"
