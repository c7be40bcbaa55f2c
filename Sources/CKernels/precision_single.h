// Selects single precision for the template that is included next. precision_double.h explains the
// constants.
#include "no_precision.h"

#define R float
#define REAL(name) name##_s
#define COMPLEX(name) name##_c
#define REAL_COMPLEX(name) name##_sc
#define COMPLEX_REAL(name) name##_cs

#define SIGNED int32_t
#define UNSIGNED uint32_t
#define MANTISSA_BITS 23
#define EXPONENT_BIAS 127
#define SQRT_HALF_BITS 0x3F3504F3
#define ROUNDING 0x1.8p23f

#define EXPONENT_LIMIT 110.0f
#define OVERFLOW_LIMIT 89.0f
#define COMPLEX_EXPONENT_LIMIT 170.0f
#define SMALL_EXPONENT -100.0f
#define SMALL_EXPONENT_SHIFT 64.0f
#define SMALL_EXPONENT_FACTOR 0x1p-64f

#define LN2_HIGH 0.693145751953125f
#define LN2_LOW 1.428606765330187e-06f
#define LN2_OVER_SQRT2_HIGH 0.4901275634765625f
#define LN2_OVER_SQRT2_LOW 1.5082576965141925e-06f

#define GELU_LIMIT 1e12f

#define FABS __builtin_fabsf
#define COPYSIGN __builtin_copysignf
