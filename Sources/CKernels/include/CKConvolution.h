// Convolutions of periodic arrays, in a basis of waves.
#pragma once

#include <stdint.h>

#include "CKTypes.h"

/// How the elements of a periodic array become modes: along each dimension a product with cosines and sines, then
/// sums and differences that make complex numbers of products of cosines and sines, then an order.
///
/// The transform A of all elements is orthogonal up to a factor for each mode, so that its transpose takes modes back;
/// nothing else is ever needed. A cyclic convolution multiplies modes: complex numbers (two slots, re and im) by
/// complex numbers, and real ones by real ones.
typedef struct {
  long dimensions;
  long extents[3];
  /// Numbers of a site: 1 for real arrays, 2 for complex ones (re, im).
  long planes;
  /// Sites times planes: elements, and slots.
  long elements;
  /// Four elements each, (c, c′, s, s′): c + ic′ and s + is′ become z = (c + ic′) + i(s + is′), in the place of c, and
  /// (c + ic′) − i(s + is′), in the place of s.
  const int32_t *butterflies;
  long butterfly_count;
  /// The slot of each element: complex mode m has slots 2m and 2m + 1, real modes follow.
  const int32_t *slots;
  /// The element of each slot.
  const int32_t *places;
  long complex_modes;
} ck_waves;

/// Reals of working memory that the functions below need for arrays of `channels` channels in all, in and out.
long ck_convolution_scratch(ck_type type, const ck_waves *waves, long channels);

// Everywhere: `table` holds, for each dimension of extent n, n numbers cos(2πj/n) and n numbers −sin(2πj/n). Modes of a
// sample are (slot, channel). Weights are (slot, in, out), the slots `stride_w` apart. A sample's elements are
// (channel, element). `scratch` is what `ck_convolution_scratch` says for all channels, in and out (0 for kernels).

enum { CK_INTERLEAVED_X = 1, CK_INTERLEAVED_Y = 2 };

/// Samples that lie side by side where arrays of `count` samples are interleaved: as many as 32 bytes hold if that is
/// enough or a register holds no more, otherwise as many as 64 bytes hold.
long ck_interleaved_samples(ck_type type, long count);

/// y = Aᵀ(w · A x + w2 · modes2) + bias for each of `count` samples `stride` reals apart.
///
/// @param x nullable: the first term is left out
/// @param modes nullable: where A x goes, for each sample
/// @param modes2, w2 nullable: the second term is left out
/// @param adjoint nonzero: the weights are (slot, out, in), and each is the adjoint of what it is otherwise
/// @param bias nullable: (channel, element), the same for all samples
/// @param y nullable: only `modes` is wanted
/// @param interleaved what lies element by element with the samples side by side: sample s, element e of
///   `block` = `ck_interleaved_samples` samples at s / block · block · stride + e · block + s % block. Samples that
///   fill the last block are written too, and read as x. Not with `accumulate`, and only where strides are what the
///   arrays need
void ck_convolve(ck_type type, const ck_waves *waves, const void *table, const void *x, long stride_x, void *modes,
                 const void *w, long stride_w, const void *modes2, const void *w2, long stride_w2, int adjoint,
                 const void *bias, void *y, long stride_y, int accumulate, long in, long out, long count,
                 int interleaved, void *scratch);

/// w += Σ x† ⊗ y over `count` samples, mode by mode; x and y hold the modes of `in` and `out` channels. 64 bytes after
/// the last mode of y must be readable.
void ck_mode_products(ck_type type, const ck_waves *waves, const void *x, long in, const void *y, long out, long count,
                      void *w, long stride_w);

/// w = scale · A k: weights from a kernel of rows (out, in), `stride` reals apart, with elements; `scale` is by slot.
void ck_weights_from_kernel(ck_type type, const ck_waves *waves, const void *table, const void *scale,
                            const void *kernel, long stride, long in, long out, void *w, long stride_w, void *scratch);

/// k = or += Aᵀ(scale · w), the transpose of that.
void ck_kernel_from_weights(ck_type type, const ck_waves *waves, const void *table, const void *scale, const void *w,
                            long stride_w, long in, long out, void *kernel, long stride, int accumulate, void *scratch);
