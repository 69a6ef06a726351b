#include <string.h>

#include "clones.h"
#include "lepton_kernels.h"
#include "parallel.h"

// Philox4x32-10: Salmon, Moraes, Dror, Shaw: Parallel Random Numbers: As Easy as 1, 2, 3 (2011).

enum { BLOCKS = 16, LANES = 4, ROUNDS = 10, COST = 24 };

// Groups of BLOCKS consecutive blocks of four numbers, from the block `first`. Words sit in the
// low halves of 64 bits, where products need them; the high halves are rubbish.
LK_CLONES
static void philox_groups(
    float *restrict dst, int64_t groups, uint64_t first, uint32_t stream, uint32_t key0,
    uint32_t key1) {
  uint64_t c0[BLOCKS], c1[BLOCKS], c2[BLOCKS], c3[BLOCKS];
  uint64_t keys0[ROUNDS], keys1[ROUNDS];
  for (int round = 0; round < ROUNDS; ++round) {
    keys0[round] = key0 + (uint32_t)round * 0x9E3779B9u;
    keys1[round] = key1 + (uint32_t)round * 0xBB67AE85u;
  }
  for (int64_t group = 0; group < groups; ++group, first += BLOCKS, dst += BLOCKS * LANES) {
#pragma clang loop vectorize(enable) interleave_count(2)
    for (int i = 0; i < BLOCKS; ++i) {
      uint64_t a = first + (uint64_t)i, b = a >> 32, c = stream, d = 0;
#pragma clang loop unroll(full)
      for (int round = 0; round < ROUNDS; ++round) {
        uint64_t product0 = (a & 0xffffffffu) * 0xD2511F53u;
        uint64_t product1 = (c & 0xffffffffu) * 0xCD9E8D57u;
        a = (product1 >> 32) ^ b ^ keys0[round];
        b = product1;
        c = (product0 >> 32) ^ d ^ keys1[round];
        d = product0;
      }
      c0[i] = a, c1[i] = b, c2[i] = c, c3[i] = d;
    }
    for (int i = 0; i < BLOCKS; ++i) {
      dst[LANES * i] = (float)((uint32_t)c0[i] >> 8) * 0x1p-24f;
      dst[LANES * i + 1] = (float)((uint32_t)c1[i] >> 8) * 0x1p-24f;
      dst[LANES * i + 2] = (float)((uint32_t)c2[i] >> 8) * 0x1p-24f;
      dst[LANES * i + 3] = (float)((uint32_t)c3[i] >> 8) * 0x1p-24f;
    }
  }
}

// `begin` is a multiple of BLOCKS * LANES.
static void uniform_range(void *context, int64_t begin, int64_t end) {
  const lk_random_uniform *r = context;
  uint32_t key0 = (uint32_t)r->key[0], key1 = (uint32_t)r->key[1];
  int64_t groups = (end - begin) / (BLOCKS * LANES), whole = begin + groups * BLOCKS * LANES;
  philox_groups(r->dst + begin, groups, (uint64_t)begin / LANES, r->stream, key0, key1);
  if (whole == end) return;
  float last[BLOCKS * LANES];
  philox_groups(last, 1, (uint64_t)whole / LANES, r->stream, key0, key1);
  memcpy(r->dst + whole, last, (size_t)(end - whole) * sizeof(float));
}

void lk_random_uniform_run(void *arguments) {
  lk_random_uniform *r = arguments;
  lk_parallel_ranges(r->count, BLOCKS * LANES, r->count * COST, uniform_range, r);
}
