#include "CKernels.h"

const char *ck_vector_units(void) {
#if defined(__x86_64__) && defined(__ELF__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("x86-64-v4")) return "avx512";
  if (__builtin_cpu_supports("x86-64-v3")) return "avx2";
  return "baseline";
#else
  return "generic";
#endif
}
