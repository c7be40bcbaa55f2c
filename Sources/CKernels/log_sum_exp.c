#include <math.h>

#include "CKLogSumExp.h"
#include "kernel.h"
#include "polynomials.h"

#include "precision_double.h"
#include "elementary_template.h"
#include "trigonometric_template.h"
#include "log_sum_exp_template.h"

#include "precision_single.h"
#include "elementary_template.h"
#include "trigonometric_template.h"
#include "log_sum_exp_template.h"
