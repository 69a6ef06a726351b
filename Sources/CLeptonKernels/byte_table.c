#include "lepton_kernels.h"
#include "parallel.h"

#if defined(__x86_64__)
#include <immintrin.h>

// Sixteen entries at a time: an index that is not among them has its top bit set, for which the shuffle gives zero.
__attribute__((target("avx2"))) static int64_t look_up_wide(
    const lk_byte_table *t, int64_t begin, int64_t end) {
  __m256i parts[16];
  for (int part = 0; part < 16; ++part)
    parts[part] = _mm256_broadcastsi128_si256(
        _mm_loadu_si128((const __m128i *)(t->table + 16 * part)));
  int64_t i = begin;
  for (; i + 32 <= end; i += 32) {
    __m256i index = _mm256_loadu_si256((const __m256i *)(t->src + i));
    __m256i result = _mm256_setzero_si256();
    // Saturation carries indices of other parts past 127.
    const __m256i fifteen = _mm256_set1_epi8(0x70);
    const __m256i sixteen = _mm256_set1_epi8(16);
#pragma clang loop unroll(full)
    for (int part = 0; part < 16; ++part) {
      __m256i within = _mm256_adds_epu8(index, fifteen);
      result = _mm256_or_si256(result, _mm256_shuffle_epi8(parts[part], within));
      index = _mm256_sub_epi8(index, sixteen);
    }
    _mm256_storeu_si256((__m256i *)(t->dst + i), result);
  }
  return i;
}
#endif

static void look_up(void *context, int64_t begin, int64_t end) {
  const lk_byte_table *t = context;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) begin = look_up_wide(t, begin, end);
#endif
  for (int64_t i = begin; i < end; ++i) t->dst[i] = t->table[t->src[i]];
}

void lk_byte_table_run(void *arguments) {
  lk_byte_table *t = arguments;
  lk_parallel_ranges(t->count, 32, t->count, look_up, t);
}
