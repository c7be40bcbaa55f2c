// Hot loops that need a CPU's vector units: plain C, compiled for several levels of x86-64 and
// chosen at run time (for one level elsewhere).
//
// Conventions of every function here:
// - A tag names the element type of the arrays that are passed as void pointers. What exists in double precision only
// has
//   no tag and a suffix: _d for real, _z for complex numbers. A complex number is an interleaved pair (re, im).
//   A tag that a function is not defined for ends the program.
// - Pointers may be unaligned, and NULL where the count is zero. Arrays do not overlap unless a
//   function says that it works in place (then: equal pointers, not shifted ones).
// - Arrays are dense and row-major, last index fastest. Counts are in elements of the type, so in
//   complex numbers for complex ones.
// - `accumulate` nonzero adds to the output, zero overwrites it.
// - NaN propagates. Nothing allocates, nothing fails, nothing is global: all functions are
//   thread-safe.
#pragma once

#include "CKActivations.h"
#include "CKConversions.h"
#include "CKConvolution.h"
#include "CKDeterminants.h"
#include "CKFlips.h"
#include "CKGram.h"
#include "CKIndexing.h"
#include "CKLogSumExp.h"
#include "CKModeGram.h"
#include "CKModeRotations.h"
#include "CKNormalisation.h"
#include "CKOccupiedModes.h"
#include "CKOuterProduct.h"
#include "CKPairTerms.h"
#include "CKProducts.h"
#include "CKRandom.h"
#include "CKRowMixing.h"
#include "CKRowProducts.h"
#include "CKRowScaling.h"
#include "CKRowsTimesMatrix.h"
#include "CKRowsAndColumns.h"
#include "CKSectors.h"
#include "CKSignProducts.h"
#include "CKTypes.h"
#include "CKVectors.h"

/// The vector units the kernels use on this CPU: "avx512", "avx2" or "baseline" on x86-64, by the
/// criterion that also picks the compiled versions; "generic" where there is one version only.
const char *ck_vector_units(void);
