// Products of bytes are added in pairs in 16 bits, where they fit, or numbers of 16 bits are multiplied and added in 32. A tile of four rows by sixteen outputs
// stays in registers over the depth and becomes bytes, or reals, from there.
#include "byte_strip.h"

#include <string.h>

#include "clones.h"
#include "vector_math.h"

#if defined(__x86_64__)
#include <immintrin.h>

// The depth at which a panel stays in the first cache, and bytes between reading weights and asking for them.
enum { TILE_ROWS = 4, DEPTH = 1536, AHEAD = 2048 };

#define LK_BYTES __attribute__((target("avx2,fma"), always_inline)) static inline

bool lk_byte_product_available(void) {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

typedef struct {
  __m256i of[TILE_ROWS][2];
} tile_sums;

// Tiles of a strip and a panel, over a part of the depth.
typedef struct {
  const lk_byte_strip *strip;
  int64_t first, last;       // rows
  int64_t segments, depth;   // of this part
  const uint8_t *src;        // where this part begins
  const int8_t *weights;
  lk_panel panel;
  int32_t *kept;             // sums of the depth so far, LK_PANEL to a row
  bool is_first;
  uint8_t *dst;
  int64_t outputs, stride;   // that exist of the panel's; of all
  __m256i zero, lower, upper;
} task;

typedef enum { OF_UNSIGNED, OF_SIGNED, WIDENED } source;

LK_BYTES void multiply(
    tile_sums *s, const uint8_t *const *src, int64_t k, const int8_t *weights, const int rows,
    const int vectors, const source kind) {
  const __m256i ones = _mm256_set1_epi16(1), flip = _mm256_set1_epi8((char)0x80);
  __m256i w[2];
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; ++v) w[v] = _mm256_loadu_si256((const __m256i *)weights + v);
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; ++r) {
    int32_t quad;
    memcpy(&quad, src[r] + k, sizeof quad);
    __m256i x = _mm256_set1_epi32(quad);
    if (kind == OF_SIGNED) x = _mm256_xor_si256(x, flip);
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; ++v) {
      __m256i products = kind == WIDENED ? _mm256_madd_epi16(x, w[v])
                                         : _mm256_madd_epi16(_mm256_maddubs_epi16(x, w[v]), ones);
      s->of[r][v] = _mm256_add_epi32(s->of[r][v], products);
    }
  }
}

// What is left of a segment, filled up with zeros.
__attribute__((noinline)) static void last_quads(
    const uint8_t *const *src, int64_t k, int64_t depth, int rows,
    uint8_t quads[TILE_ROWS][LK_QUAD]) {
  memset(quads, 0, TILE_ROWS * LK_QUAD);
  for (int r = 0; r < rows; ++r)
    for (int64_t i = k; i < depth; ++i) quads[r][i - k] = src[r][i];
}

LK_BYTES void accumulate(
    tile_sums *s, const task *t, const int64_t *offsets, const int rows, const int vectors,
    const source kind) {
  const int8_t *weights = t->weights;
  const int64_t depth = t->depth, segment_step = t->strip->segment_step;
  const int64_t step = vectors * (int64_t)sizeof(__m256i);
  const uint8_t *src[TILE_ROWS];
  for (int r = 0; r < rows; ++r) src[r] = t->src + offsets[r];
  for (int64_t segment = t->segments;;) {
    int64_t k = 0;
    for (; k + LK_QUAD <= depth; k += LK_QUAD, weights += step) {
      if (rows < TILE_ROWS) _mm_prefetch((const char *)weights + AHEAD, _MM_HINT_T0);
      multiply(s, src, k, weights, rows, vectors, kind);
    }
    if (k < depth) {
      uint8_t quads[TILE_ROWS][LK_QUAD];
      const uint8_t *rest[TILE_ROWS] = {quads[0], quads[1], quads[2], quads[3]};
      last_quads(src, k, depth, rows, quads);
      multiply(s, rest, 0, weights, rows, vectors, kind);
      weights += step;
    }
    if (--segment == 0) return;
    for (int r = 0; r < rows; ++r) src[r] += segment_step;
  }
}

LK_BYTES __m256 scaled(__m256i sums, const task *t, int vector) {
  return _mm256_fmadd_ps(
      _mm256_cvtepi32_ps(sums), _mm256_loadu_ps(t->panel.scale + 8 * vector),
      _mm256_loadu_ps(t->panel.rest + 8 * vector));
}

// Copies the outputs that exist of a tile.
__attribute__((noinline)) static void copy_narrow(
    uint8_t *dst, int64_t stride, const uint8_t *tile, int64_t rows, int64_t outputs) {
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t i = 0; i < outputs; ++i) dst[r * stride + i] = tile[r * LK_PANEL + i];
}

// Values fit 32 bits; zero points are added in 16, saturating.
LK_BYTES void finish(
    const task *t, const tile_sums *s, uint8_t *dst, const int rows, const int vectors,
    const bool to_signed) {
  enum { PAIRS = TILE_ROWS / 2 };
  __m256i words[TILE_ROWS], bytes[PAIRS];
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; ++r) {
    __m256i a = _mm256_cvtps_epi32(scaled(s->of[r][0], t, 0));
    __m256i b = vectors == 1 ? _mm256_permute2x128_si256(a, a, 0x01)
                             : _mm256_cvtps_epi32(scaled(s->of[r][1], t, 1));
    words[r] = _mm256_adds_epi16(_mm256_packs_epi32(a, b), t->zero);
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r += 2) {
    __m256i a = words[r], b = words[r + 1 < rows ? r + 1 : r];
    bytes[r / 2] = to_signed ? _mm256_min_epi8(
                                   _mm256_max_epi8(_mm256_packs_epi16(a, b), t->lower), t->upper)
                             : _mm256_min_epu8(
                                   _mm256_max_epu8(_mm256_packus_epi16(a, b), t->lower), t->upper);
  }
  uint8_t tile[TILE_ROWS * LK_PANEL];
  const bool is_narrow = t->outputs < LK_PANEL;
  uint8_t *to = is_narrow ? tile : dst;
  const int64_t step = is_narrow ? LK_PANEL : t->stride;
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r += 2) {
    __m256i both = _mm256_permute4x64_epi64(bytes[r / 2], 0xd8);
    _mm_storeu_si128((__m128i *)(to + r * step), _mm256_castsi256_si128(both));
    if (r + 1 < rows)
      _mm_storeu_si128((__m128i *)(to + (r + 1) * step), _mm256_extracti128_si256(both, 1));
  }
  if (is_narrow) copy_narrow(dst, t->stride, tile, rows, t->outputs);
}

typedef enum { KEEP, UNSIGNED, SIGNED } tile_result;

// Tile by tile: to bytes, or to the sums kept.
LK_BYTES void tiles(
    const task *t, const int rows, const int vectors, const source kind,
    const tile_result result) {
  const int64_t last = t->last, stride = t->stride;
  for (int64_t row = t->first; row < last; row += rows) {
    int32_t *kept = t->kept + row * LK_PANEL;
    const int32_t *from = t->is_first ? t->panel.starts : kept;
    int64_t next = t->is_first ? 0 : LK_PANEL;
    tile_sums s;
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; ++r)
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; ++v)
        s.of[r][v] = _mm256_loadu_si256((const __m256i *)(from + r * next) + v);
    accumulate(&s, t, t->strip->offsets + row, rows, vectors, kind);
    if (result != KEEP) {
      finish(t, &s, t->dst + row * stride, rows, vectors, result == SIGNED);
      continue;
    }
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; ++r)
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; ++v)
        _mm256_storeu_si256((__m256i *)(kept + r * LK_PANEL) + v, s.of[r][v]);
  }
}

// Reals, or what passes through them, from sums kept.
__attribute__((target("avx2,fma"))) static void finish_reals(
    const lk_byte_result *result, const task *t) {
  for (int64_t row = 0; row < t->strip->rows; ++row) {
    const __m256i *sums = (const __m256i *)(t->kept + row * LK_PANEL);
    float values[LK_PANEL];
    __m256 a = scaled(_mm256_loadu_si256(sums), t, 0);
    if (t->panel.width == LK_HALF_PANEL) {
      _mm256_storeu_ps(values, a);
      _mm256_storeu_ps(values + 8, a);
    } else {
      __m256 b = scaled(_mm256_loadu_si256(sums + 1), t, 1);
      _mm256_storeu_ps(values, _mm256_permute2f128_ps(a, b, 0x20));
      _mm256_storeu_ps(values + 8, _mm256_permute2f128_ps(a, b, 0x31));
    }
    if (result->gelu)
      for (int i = 0; i < LK_PANEL; ++i) values[i] = lk_gelu_erf(values[i]) * result->steps;
    const bool is_real = result->dtype == LK_F32;
    for (int i = 0; !is_real && i < LK_PANEL; ++i)
      values[i] = __builtin_elementwise_rint(values[i]) + (float)result->zero;
    for (int i = 0; i < LK_PANEL; ++i) {
      float value = values[i] > result->lower ? values[i] : result->lower;
      values[i] = value < result->upper ? value : result->upper;
    }
    if (is_real) {
      float *dst = (float *)(void *)t->dst + row * t->stride;
      memcpy(dst, values, (size_t)t->outputs * sizeof(float));
      continue;
    }
    uint8_t bytes[LK_PANEL];
    for (int i = 0; i < LK_PANEL; ++i) bytes[i] = (uint8_t)(int32_t)values[i];
    memcpy(t->dst + row * t->stride, bytes, (size_t)t->outputs);
  }
}

// Bodies by rows of a tile, vectors, source, and result.
typedef void (*tiles_body)(const task *t);
#define BODY(ROWS, VECTORS, SOURCE, RESULT)                                                 \
  __attribute__((target("avx2,fma"))) static void                                           \
      tiles_##ROWS##_##VECTORS##_##SOURCE##_##RESULT(const task *t) { \
    tiles(t, ROWS, VECTORS, SOURCE, RESULT);                                    \
  }
#define RESULTS(ROWS, VECTORS, SOURCE) \
  BODY(ROWS, VECTORS, SOURCE, KEEP)    \
  BODY(ROWS, VECTORS, SOURCE, UNSIGNED) BODY(ROWS, VECTORS, SOURCE, SIGNED)
#define SOURCES(ROWS, VECTORS)                                     \
  RESULTS(ROWS, VECTORS, OF_UNSIGNED) RESULTS(ROWS, VECTORS, OF_SIGNED) \
  RESULTS(ROWS, VECTORS, WIDENED)
#define BODIES(ROWS) SOURCES(ROWS, 1) SOURCES(ROWS, 2)
BODIES(1) BODIES(2) BODIES(3) BODIES(4)
#undef BODIES
#undef SOURCES
#undef RESULTS
#define RESULTS(ROWS, VECTORS, SOURCE)                                                   \
  {tiles_##ROWS##_##VECTORS##_##SOURCE##_KEEP, tiles_##ROWS##_##VECTORS##_##SOURCE##_UNSIGNED, \
   tiles_##ROWS##_##VECTORS##_##SOURCE##_SIGNED}
#define SOURCES(ROWS, VECTORS)                                             \
  {RESULTS(ROWS, VECTORS, OF_UNSIGNED), RESULTS(ROWS, VECTORS, OF_SIGNED), \
   RESULTS(ROWS, VECTORS, WIDENED)}
#define BODIES(ROWS) {SOURCES(ROWS, 1), SOURCES(ROWS, 2)}
static const tiles_body bodies[TILE_ROWS][2][3][3] = {BODIES(1), BODIES(2), BODIES(3), BODIES(4)};
#undef BODIES
#undef SOURCES
#undef RESULTS
#undef BODY

static lk_panel panel_at(const lk_byte_strip *s, const void *weights, int64_t outputs, int64_t panel) {
  const int8_t *at =
      (const int8_t *)weights + panel * lk_panel_bytes(s->segments, s->depth, LK_PANEL);
  int width = lk_panel_width(outputs, panel);
  return (lk_panel){
      width, (const int32_t *)at, (const float *)at + width, (const float *)at + 2 * width,
      at + 3 * 4 * width};
}

// All rows over a part of the depth: tiles of four rows, and a lower last one.
static void run_part(task *t, tile_result result) {
  int64_t rows = t->strip->rows, rest = rows % TILE_ROWS;
  bool is_full = t->panel.width == LK_PANEL;
  source kind = t->strip->result->is_wide              ? WIDENED
                : t->strip->result->src_dtype == LK_S8 ? OF_SIGNED
                                                       : OF_UNSIGNED;
  t->first = 0;
  t->last = rows - rest;
  if (t->last > 0) bodies[TILE_ROWS - 1][is_full][kind][result](t);
  t->first = rows - rest;
  t->last = rows;
  if (rest > 0) bodies[rest - 1][is_full][kind][result](t);
}

__attribute__((target("avx2"))) void lk_byte_strip_run(
    const lk_byte_strip *s, const void *weights, int64_t outputs, int64_t panel, void *dst) {
  const lk_byte_result *result = s->result;
  int32_t kept[LK_STRIP_ROWS * LK_PANEL];
  tile_result last = result->dtype == LK_F32 || result->gelu ? KEEP
                     : result->dtype == LK_S8                ? SIGNED
                                                             : UNSIGNED;
  int64_t element = result->dtype == LK_F32 ? (int64_t)sizeof(float) : 1;
  int64_t left = outputs - panel * LK_PANEL;
  task t = {
      .strip = s,
      .src = s->src,
      .panel = panel_at(s, weights, outputs, panel),
      .kept = kept,
      .is_first = true,
      .dst = (uint8_t *)dst + panel * LK_PANEL * element,
      .outputs = left < LK_PANEL ? left : LK_PANEL,
      .stride = outputs,
  };
  t.weights = t.panel.weights + s->first_segment * lk_segment_bytes(s->depth) * t.panel.width;
  if (last != KEEP) {
    t.zero = _mm256_set1_epi16((short)result->zero);
    t.lower = _mm256_set1_epi8((char)(int)result->lower);
    t.upper = _mm256_set1_epi8((char)(int)result->upper);
  }
  // Few rows read a panel once, however deep.
  int64_t part = s->rows > TILE_ROWS ? DEPTH : INT64_MAX;
  int64_t segments = part / s->depth < 1 ? 1 : part / s->depth;
  for (int64_t segment = s->first_segment; segment < s->last_segment; segment += t.segments) {
    t.segments = s->last_segment - segment < segments ? s->last_segment - segment : segments;
    for (int64_t k = 0; k < s->depth; k += t.depth) {
      t.depth = s->depth - k < part ? s->depth - k : part;
      t.src = s->src + segment * s->segment_step + k;
      bool is_last = segment + t.segments == s->last_segment && k + t.depth == s->depth;
      run_part(&t, is_last ? last : KEEP);
      t.weights += t.segments * lk_segment_bytes(t.depth) * t.panel.width;
      t.is_first = false;
    }
  }
  if (last == KEEP) finish_reals(result, &t);
}
#else
bool lk_byte_product_available(void) { return false; }
void lk_byte_strip_run(
    const lk_byte_strip *s, const void *weights, int64_t outputs, int64_t panel, void *dst) {
  (void)s, (void)weights, (void)outputs, (void)panel, (void)dst;
}
#endif

LK_CLONES
void lk_widen_bytes(const void *src, int32_t dtype, int64_t count, void *dst) {
  const uint8_t *from = src;
  int16_t *to = dst;
  if (dtype == LK_S8) {
    for (int64_t i = 0; i < count; ++i) to[i] = (int8_t)from[i];
  } else {
    for (int64_t i = 0; i < count; ++i) to[i] = from[i];
  }
}
