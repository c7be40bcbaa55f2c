// Random numbers of the counter-based generator Philox4x32-10: a keyed bijection on 128-bit counters whose output
// passes the usual batteries of tests for every key and every sequence of counters.
//
// J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
#pragma once

#include <stdint.h>

/// For block b < count the two 64-bit draws out[2b] (words 0 and 1) and out[2b + 1]
/// (words 2 and 3) of the counter (first + b, index, purpose), least significant word first, under `seed`.
void ck_philox_draws(uint64_t seed, uint32_t index, uint32_t purpose, uint64_t first, long count, uint64_t *out);

typedef struct {
  uint64_t first, second;
} ck_philox_pair;

/// The two draws of one block, sooner than by the function above.
ck_philox_pair ck_philox_block(uint64_t seed, uint32_t index, uint32_t purpose, uint64_t block);

/// out[k] = the draw in[k·stride] as a multiple of 2^−53 in [0, 1).
void ck_uniforms(const uint64_t *in, long stride, double *out, long count);
