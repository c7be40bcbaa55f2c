// Selects double precision for the template that is included next.
#include "no_precision.h"

#define R double
#define REAL(name) name##_d
#define COMPLEX(name) name##_z
#define REAL_COMPLEX(name) name##_dz
#define COMPLEX_REAL(name) name##_zd

// The same numbers as bit patterns: 1 sign bit, 11 exponent bits, 52 mantissa bits.
#define SIGNED int64_t
#define UNSIGNED uint64_t
#define MANTISSA_BITS 52
#define EXPONENT_BIAS 1023
#define SQRT_HALF_BITS 0x3FE6A09E667F3BCD

// Adding and subtracting 1.5·2^52 rounds to the nearest integer, whose low bits the sum then holds.
#define ROUNDING 0x1.8p52

// Beyond these arguments exp is 0 or infinite (complex: in its larger part), whatever the argument.
#define EXPONENT_LIMIT 750.0
#define OVERFLOW_LIMIT 710.0
#define COMPLEX_EXPONENT_LIMIT 1400.0
// Below this exponent the result may be subnormal and is scaled in two steps.
#define SMALL_EXPONENT -1000.0
#define SMALL_EXPONENT_SHIFT 128.0
#define SMALL_EXPONENT_FACTOR 0x1p-128

// ln 2 and ln 2/√2, the leading part short enough for exact products with exponents.
#define LN2_HIGH 0.6931471805598903
#define LN2_LOW 5.497923018708371e-14
#define LN2_OVER_SQRT2_HIGH 0.490129071734259
#define LN2_OVER_SQRT2_LOW 1.4581664447916156e-14

// Complex gelu: larger parts are as good as these, and their cubes do not overflow.
#define GELU_LIMIT 1e100

#define FABS __builtin_fabs
#define COPYSIGN __builtin_copysign
