// Random numbers of a counter-based generator, many blocks at a time.
#pragma once

#include <stdint.h>

/// Draws of Philox4x32-10: for block b < count the two 64-bit draws out[2b] (words 0 and 1) and out[2b + 1]
/// (words 2 and 3) of the counter (first + b, index, purpose), least significant word first, under `seed`.
void ck_philox_draws(uint64_t seed, uint32_t index, uint32_t purpose, uint64_t first, long count, uint64_t *out);

/// out[k] = the draw in[k·stride] as a multiple of 2^−53 in [0, 1).
void ck_uniforms(const uint64_t *in, long stride, double *out, long count);
