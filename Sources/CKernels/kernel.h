// What every kernel file shares: how functions are compiled for several CPUs.
#pragma once

#include <stdint.h>

// One function, several instruction sets, chosen when the program is loaded. "avx2" as a feature name
// would give a version without fused multiply-add: architecture levels are meant.
// Under an address sanitizer one version is enough: what it reads and writes is the same.
#if defined(__x86_64__) && defined(__ELF__) && !__has_feature(address_sanitizer)
#define CK_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CK_CLONES
#endif

// Shared code has to be compiled inside each version.
#define CK_INLINE static inline __attribute__((always_inline))

// The iterations of the loop that follows do not depend on each other, also where a kernel works in
// place: without this the run-time overlap check would send equal pointers to the scalar loop.
#define CK_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")

/// Whether vectors of 64 bytes fit a register of this CPU.
CK_INLINE int ck_has_wide_registers(void) {
#if defined(__x86_64__) && defined(__ELF__)
  __builtin_cpu_init();
  return __builtin_cpu_supports("x86-64-v4") != 0;
#else
  return 0;
#endif
}

// Every file that includes this may fuse multiplications with additions (but not reassociate).
#pragma clang fp contract(fast)
