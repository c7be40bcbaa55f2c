#include "CKConvolution.h"
#include "kernel.h"
#include "dispatch.h"

#include <string.h>

// Every function that returns or takes a vector is inlined: none crosses an interface.
#pragma clang diagnostic ignored "-Wpsabi"
// Loops that are unrolled for the usual extents also exist for any extent.
#pragma clang diagnostic ignored "-Wpass-failed"

typedef double block_d __attribute__((vector_size(64), aligned(sizeof(double))));
typedef float block_s __attribute__((vector_size(64), aligned(sizeof(float))));
typedef double block_few_d __attribute__((vector_size(32), aligned(sizeof(double))));
typedef float block_few_s __attribute__((vector_size(32), aligned(sizeof(float))));

/// Pairs of vectors, `distance` apart, exchange the halves of their parts of twice that length.
#define CK_EXCHANGE(type, count, distance, low, high)                                                                  \
  _Pragma("clang loop unroll(full)") for (long i = 0; i < count; i++) if (!(i & distance)) {                           \
    const type a = x[i], b = x[i + distance];                                                                          \
    x[i] = low;                                                                                                        \
    x[i + distance] = high;                                                                                            \
  }

/// x[i][j] becomes x[j][i].
CK_INLINE void transpose_block_d(block_d *x){
    CK_EXCHANGE(block_d, 8, 1, __builtin_shufflevector(a, b, 0, 8, 2, 10, 4, 12, 6, 14),
                __builtin_shufflevector(a, b, 1, 9, 3, 11, 5, 13, 7, 15))
        CK_EXCHANGE(block_d, 8, 2, __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13),
                    __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15))
            CK_EXCHANGE(block_d, 8, 4, __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11),
                        __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15))}

CK_INLINE void transpose_block_s(block_s *x){
    CK_EXCHANGE(block_s, 16, 1,
                __builtin_shufflevector(a, b, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30),
                __builtin_shufflevector(a, b, 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31))
        CK_EXCHANGE(block_s, 16, 2,
                    __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29),
                    __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31))
            CK_EXCHANGE(block_s, 16, 4,
                        __builtin_shufflevector(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27),
                        __builtin_shufflevector(a, b, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31))
                CK_EXCHANGE(block_s, 16, 8,
                            __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23),
                            __builtin_shufflevector(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30,
                                                    31))}

CK_INLINE void transpose_block_few_d(block_few_d *x){
    CK_EXCHANGE(block_few_d, 4, 1, __builtin_shufflevector(a, b, 0, 4, 2, 6), __builtin_shufflevector(a, b, 1, 5, 3, 7))
        CK_EXCHANGE(block_few_d, 4, 2, __builtin_shufflevector(a, b, 0, 1, 4, 5),
                    __builtin_shufflevector(a, b, 2, 3, 6, 7))}

CK_INLINE void transpose_block_few_s(block_few_s *x) {
  CK_EXCHANGE(block_few_s, 8, 1, __builtin_shufflevector(a, b, 0, 8, 2, 10, 4, 12, 6, 14),
              __builtin_shufflevector(a, b, 1, 9, 3, 11, 5, 13, 7, 15))
  CK_EXCHANGE(block_few_s, 8, 2, __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13),
              __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15))
  CK_EXCHANGE(block_few_s, 8, 4, __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11),
              __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15))
}

// Convolutions of as many samples at once as 64 bytes hold and, for few samples and short registers, of half as many.
#include "precision_double.h"
#define LANE_BYTES 64
#include "waves_template.h"
#include "convolve_template.h"
#include "convolution_template.h"
#include "precision_single.h"
#include "waves_template.h"
#include "convolve_template.h"
#include "convolution_template.h"

#undef LANE_BYTES
#define LANE_BYTES 32
#include "precision_double.h"
#undef REAL
#define REAL(name) name##_few_d
#include "waves_template.h"
#include "convolve_template.h"
#include "precision_single.h"
#undef REAL
#define REAL(name) name##_few_s
#include "waves_template.h"
#include "convolve_template.h"

long ck_convolution_scratch(ck_type type, const ck_waves *waves, long channels) {
  CK_BY_REAL_TYPE(type, ck_convolution_scratch, waves, channels)
}

long ck_interleaved_samples(ck_type type, long count) {
  const long few = 32 / (type == CK_DOUBLE ? sizeof(double) : sizeof(float));
  return count <= few || !ck_has_wide_registers() ? few : 2 * few;
}

void ck_convolve(ck_type type, const ck_waves *waves, const void *table, const void *x, long stride_x, void *modes,
                 const void *w, long stride_w, const void *modes2, const void *w2, long stride_w2, int adjoint,
                 const void *bias, void *y, long stride_y, int accumulate, long in, long out, long count,
                 int interleaved, void *scratch) {
  if (ck_interleaved_samples(type, count) == ck_interleaved_samples(type, 1))
    CK_BY_SUFFIX(type, ck_convolve, _few_d, _few_s, _few_d, _few_s, waves, table, x, stride_x, modes, w, stride_w,
                 modes2, w2, stride_w2, adjoint, bias, y, stride_y, accumulate, in, out, count, interleaved, scratch);
  CK_BY_REAL_TYPE(type, ck_convolve, waves, table, x, stride_x, modes, w, stride_w, modes2, w2, stride_w2, adjoint,
                  bias, y, stride_y, accumulate, in, out, count, interleaved, scratch)
}

void ck_mode_products(ck_type type, const ck_waves *waves, const void *x, long in, const void *y, long out, long count,
                      void *w, long stride_w) {
  CK_BY_REAL_TYPE(type, ck_mode_products, waves, x, in, y, out, count, w, stride_w)
}

void ck_weights_from_kernel(ck_type type, const ck_waves *waves, const void *table, const void *scale,
                            const void *kernel, long stride, long in, long out, void *w, long stride_w, void *scratch) {
  CK_BY_REAL_TYPE(type, ck_weights_from_kernel, waves, table, scale, kernel, stride, in, out, w, stride_w, scratch)
}

void ck_kernel_from_weights(ck_type type, const ck_waves *waves, const void *table, const void *scale, const void *w,
                            long stride_w, long in, long out, void *kernel, long stride, int accumulate,
                            void *scratch) {
  CK_BY_REAL_TYPE(type, ck_kernel_from_weights, waves, table, scale, w, stride_w, in, out, kernel, stride, accumulate,
                  scratch)
}
