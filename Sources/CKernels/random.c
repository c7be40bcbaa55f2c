#include "CKRandom.h"
#include "kernel.h"

/// `count` blocks at a time, so that every word of the state fills registers.
enum { blocks = 32 };

/// The draws of blocks first to first + width − 1, of which `count` are wanted.
CK_INLINE void philox(uint64_t seed, uint32_t index, uint32_t purpose, uint64_t first, const long width, long count,
                      uint64_t *draws) {
  // 32-bit words in 64-bit lanes: products need both halves.
  uint64_t c0[blocks], c1[blocks], c2[blocks], c3[blocks];
  for (long b = 0; b < width; b++) {
    const uint64_t number = first + (uint64_t)b;
    c0[b] = number & 0xFFFFFFFF;
    c1[b] = number >> 32;
    c2[b] = index;
    c3[b] = purpose;
  }
  uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
  for (int round = 0; round < 10; round++) {
    for (long b = 0; b < width; b++) {
      const uint64_t p0 = c0[b] * 0xD2511F53, p1 = c2[b] * 0xCD9E8D57;
      const uint64_t n0 = (p1 >> 32) ^ c1[b] ^ k0, n2 = (p0 >> 32) ^ c3[b] ^ k1;
      c1[b] = p1 & 0xFFFFFFFF;
      c3[b] = p0 & 0xFFFFFFFF;
      c0[b] = n0;
      c2[b] = n2;
    }
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  for (long b = 0; b < count; b++) {
    draws[2 * b] = c0[b] | c1[b] << 32;
    draws[2 * b + 1] = c2[b] | c3[b] << 32;
  }
}

CK_CLONES void ck_philox_draws(uint64_t seed, uint32_t index, uint32_t purpose, uint64_t first, long count,
                               uint64_t *out) {
  for (long start = 0; start < count; start += blocks) {
    const long rest = count - start < blocks ? count - start : blocks;
    philox(seed, index, purpose, first + (uint64_t)start, blocks, rest, out + 2 * start);
  }
}

ck_philox_pair ck_philox_block(uint64_t seed, uint32_t index, uint32_t purpose, uint64_t block) {
  uint64_t draws[2];
  philox(seed, index, purpose, block, 1, 1, draws);
  return (ck_philox_pair){draws[0], draws[1]};
}

CK_CLONES void ck_uniforms(const uint64_t *in, long stride, double *out, long count) {
  CK_INDEPENDENT
  for (long k = 0; k < count; k++) out[k] = (double)(in[k * stride] >> 11) * 0x1p-53;
}
