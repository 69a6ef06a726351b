#include <string.h>

#include "lepton_kernels.h"
#include "parallel.h"

static void look_up_floats(float *restrict dst, const uint8_t *src, const float *table, int64_t count) {
  for (int64_t i = 0; i < count; ++i) dst[i] = table[src[i]];
}

static void look_up_plain(uint8_t *dst, const uint8_t *src, const uint8_t *table, int64_t count) {
  for (int64_t i = 0; i < count; ++i) dst[i] = table[src[i]];
}

#if defined(__x86_64__)
#include <immintrin.h>

// The table is sixteen of sixteen bytes. Each is looked up by the low half of a byte, and the bits of
// the high half choose among them, two by two.
__attribute__((target("avx2"), always_inline)) static inline __m256i look_up(
    const __m256i *table, __m256i bytes) {
  __m256i low = _mm256_and_si256(bytes, _mm256_set1_epi8(15));
  // The sign bit of each byte chooses: bits 4 to 7 are shifted there.
  __m256i bit4 = _mm256_slli_epi16(bytes, 3), bit5 = _mm256_slli_epi16(bytes, 2);
  __m256i bit6 = _mm256_slli_epi16(bytes, 1), found[2];
#pragma unroll
  for (int half = 0; half < 2; ++half) {
    __m256i quarter[2];
#pragma unroll
    for (int q = 0; q < 2; ++q) {
      const __m256i *from = table + 8 * half + 4 * q;
      __m256i a = _mm256_blendv_epi8(
          _mm256_shuffle_epi8(from[0], low), _mm256_shuffle_epi8(from[1], low), bit4);
      __m256i b = _mm256_blendv_epi8(
          _mm256_shuffle_epi8(from[2], low), _mm256_shuffle_epi8(from[3], low), bit4);
      quarter[q] = _mm256_blendv_epi8(a, b, bit5);
    }
    found[half] = _mm256_blendv_epi8(quarter[0], quarter[1], bit6);
  }
  return _mm256_blendv_epi8(found[0], found[1], bytes);
}

__attribute__((target("avx2"))) static void look_up_vectors(
    uint8_t *dst, const uint8_t *src, const uint8_t *table, int64_t count) {
  __m256i tables[16];
  for (int i = 0; i < 16; ++i) {
    tables[i] = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(table + 16 * i)));
  }
  int64_t i = 0;
  for (; i + 32 <= count; i += 32) {
    __m256i bytes = _mm256_loadu_si256((const __m256i *)(src + i));
    _mm256_storeu_si256((__m256i *)(dst + i), look_up(tables, bytes));
  }
  look_up_plain(dst + i, src + i, table, count - i);
}

static void look_up_bytes(uint8_t *dst, const uint8_t *src, const uint8_t *table, int64_t count) {
  if (__builtin_cpu_supports("avx2")) {
    look_up_vectors(dst, src, table, count);
  } else {
    look_up_plain(dst, src, table, count);
  }
}
#else
static void look_up_bytes(uint8_t *dst, const uint8_t *src, const uint8_t *table, int64_t count) {
  look_up_plain(dst, src, table, count);
}
#endif

static void run_range(void *context, int64_t begin, int64_t end) {
  const lk_byte_table *t = context;
  const uint8_t *src = (const uint8_t *)t->src + begin;
  if (t->element_bytes == 1) {
    look_up_bytes((uint8_t *)t->dst + begin, src, t->table, end - begin);
  } else {
    look_up_floats((float *)t->dst + begin, src, t->table, end - begin);
  }
}

void lk_byte_table_run(void *arguments) {
  const lk_byte_table *t = arguments;
  lk_parallel_ranges(t->count, 64, t->count, run_range, arguments);
}
