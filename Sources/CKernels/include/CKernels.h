// Hot loops that need a CPU's vector units: plain C, compiled for several levels of x86-64 and
// chosen at run time (for one level elsewhere).
//
// Conventions of every function here:
// - The suffix names the element type: _d double, _s float, _z complex double, _c complex float.
//   A complex number is an interleaved pair (re, im); complex arrays are passed as pointers to reals.
// - Pointers may be unaligned, and NULL where the count is zero. Arrays do not overlap unless a
//   function says that it works in place (then: equal pointers, not shifted ones).
// - Arrays are dense and row-major, last index fastest. Counts are in elements of the suffix's type,
//   so in complex numbers for _z and _c.
// - `accumulate` nonzero adds to the output, zero overwrites it.
// - NaN propagates. Nothing allocates, nothing fails, nothing is global: all functions are
//   thread-safe.
#pragma once

#include "CKActivations.h"
#include "CKConversions.h"
#include "CKConvolution.h"
#include "CKFlips.h"
#include "CKGram.h"
#include "CKIndexing.h"
#include "CKLogSumExp.h"
#include "CKModeGram.h"
#include "CKModeRotations.h"
#include "CKNormalisation.h"
#include "CKProducts.h"
#include "CKRandom.h"
#include "CKRowMixing.h"
#include "CKRowProducts.h"
#include "CKRowScaling.h"
#include "CKRowsAndColumns.h"
#include "CKSectors.h"
#include "CKSignProducts.h"
#include "CKVectors.h"

/// The vector units the kernels use on this CPU: "avx512", "avx2" or "baseline" on x86-64, by the
/// criterion that also picks the compiled versions; "generic" where there is one version only.
const char *ck_vector_units(void);
