// Element types.
#pragma once

/// What the numbers of an array are. A complex number is an interleaved pair (re, im).
typedef enum { CK_DOUBLE, CK_SINGLE, CK_COMPLEX_DOUBLE, CK_COMPLEX_SINGLE } ck_type;
