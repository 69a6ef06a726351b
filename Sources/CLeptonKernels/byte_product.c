// Products of activations in 8 bits with packed weights. Neighbours along the depth are added in 16 bits, saturating, and
// their sums in 32. A tile of four rows by sixteen outputs stays in registers over the depth and becomes bytes, or reals,
// from there.
#include "byte_product.h"

#include <string.h>

#include "lepton_kernels.h"
#include "parallel.h"
#include "vector_math.h"

#if defined(__x86_64__)
#include <immintrin.h>

// Rows that pass a panel, and the depth of it, while both stay in the nearer caches; bytes between reading weights and
// asking for them.
enum { TILE_ROWS = 4, ROWS = 128, DEPTH = 1536, AHEAD = 2048 };

#define LK_BYTES __attribute__((target("avx2,fma"), always_inline)) static inline

bool lk_byte_product_available(void) {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

typedef struct {
  __m256i of[TILE_ROWS][2];
} tile_sums;

// A tile and a part of its depth.
typedef struct {
  const uint8_t *src;
  int64_t stride;
  lk_panel panel;
  const int8_t *weights;
  int64_t depth;
  const int32_t *before;  // sums of the depth before, LK_PANEL to a row; NULL: the panel's starts
  int32_t *after;         // where they go; NULL: this was all
  uint8_t *dst;
  int64_t outputs;        // that exist of the panel's
} tile_place;

LK_BYTES void multiply(
    tile_sums *s, const uint8_t *src, int64_t stride, const int8_t *weights, const int rows,
    const int vectors, const bool is_signed) {
  const __m256i ones = _mm256_set1_epi16(1), flip = _mm256_set1_epi8((char)0x80);
  __m256i w[2];
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; ++v) w[v] = _mm256_loadu_si256((const __m256i *)weights + v);
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; ++r) {
    int32_t quad;
    memcpy(&quad, src + r * stride, sizeof quad);
    __m256i x = _mm256_set1_epi32(quad);
    if (is_signed) x = _mm256_xor_si256(x, flip);
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; ++v)
      s->of[r][v] = _mm256_add_epi32(
          s->of[r][v], _mm256_madd_epi16(_mm256_maddubs_epi16(x, w[v]), ones));
  }
}

LK_BYTES void accumulate(
    tile_sums *s, const tile_place *t, const int rows, const int vectors, const bool is_signed) {
  const int8_t *weights = t->weights;
  int64_t k = 0, step = vectors * (int64_t)sizeof(__m256i);
  for (; k + LK_QUAD <= t->depth; k += LK_QUAD, weights += step) {
    _mm_prefetch((const char *)weights + AHEAD, _MM_HINT_T0);
    multiply(s, t->src + k, t->stride, weights, rows, vectors, is_signed);
  }
  if (k == t->depth) return;
  uint8_t rest[TILE_ROWS][LK_QUAD] = {{0}};
  for (int r = 0; r < rows; ++r)
    for (int64_t i = k; i < t->depth; ++i) rest[r][i - k] = t->src[r * t->stride + i];
  multiply(s, rest[0], LK_QUAD, weights, rows, vectors, is_signed);
}

LK_BYTES __m256 scaled(const tile_sums *s, const tile_place *t, int r, int v) {
  return _mm256_fmadd_ps(
      _mm256_cvtepi32_ps(s->of[r][v]), _mm256_loadu_ps(t->panel.scale + 8 * v),
      _mm256_loadu_ps(t->panel.bias + 8 * v));
}

// A row of a tile as bytes, or as reals, from sums in the order of outputs.
__attribute__((target("avx2,fma"))) static void finish_row(
    const lk_byte_product *p, const tile_place *t, float *values, uint8_t *dst) {
  if (p->gelu)
    for (int i = 0; i < LK_PANEL; ++i) values[i] = lk_gelu_erf(values[i]) * p->steps;
  for (int i = 0; i < LK_PANEL; ++i) {
    float value = values[i] > p->lower ? values[i] : p->lower;
    values[i] = value < p->upper ? value : p->upper;
  }
  if (p->dst_dtype == LK_F32) {
    memcpy(dst, values, (size_t)t->outputs * sizeof(float));
    return;
  }
  for (int i = 0; i < t->outputs; ++i)
    dst[i] = (uint8_t)(int32_t)__builtin_elementwise_rint(values[i]);
}

LK_BYTES void finish_reals(
    const lk_byte_product *p, const tile_sums *s, const tile_place *t, const int rows,
    const int vectors) {
  int64_t stride = p->outputs * (p->dst_dtype == LK_F32 ? (int64_t)sizeof(float) : 1);
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; ++r) {
    float values[LK_PANEL] = {0};
    __m256 a = scaled(s, t, r, 0);
    if (vectors == 1) {
      _mm256_storeu_ps(values, a);
    } else {
      __m256 b = scaled(s, t, r, 1);
      _mm256_storeu_ps(values, _mm256_permute2f128_ps(a, b, 0x20));
      _mm256_storeu_ps(values + 8, _mm256_permute2f128_ps(a, b, 0x31));
    }
    finish_row(p, t, values, t->dst + r * stride);
  }
}

// Bounds are those of bytes here, so that they can come last.
LK_BYTES void finish_bytes(
    const lk_byte_product *p, const tile_sums *s, const tile_place *t, const int rows,
    const int vectors) {
  const __m256i lower = _mm256_set1_epi8((char)(int)p->lower);
  const __m256i upper = _mm256_set1_epi8((char)(int)p->upper);
  __m256i words[TILE_ROWS];
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; ++r) {
    __m256i a = _mm256_cvtps_epi32(scaled(s, t, r, 0));
    __m256i b = vectors == 1 ? _mm256_permute2x128_si256(a, a, 0x01)
                             : _mm256_cvtps_epi32(scaled(s, t, r, 1));
    words[r] = _mm256_packs_epi32(a, b);
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r += 2) {
    __m256i a = words[r], b = words[r + 1 < rows ? r + 1 : r], bytes;
    if (p->dst_dtype == LK_S8) {
      bytes = _mm256_packs_epi16(a, b);
      bytes = _mm256_min_epi8(_mm256_max_epi8(bytes, lower), upper);
    } else {
      bytes = _mm256_packus_epi16(a, b);
      bytes = _mm256_min_epu8(_mm256_max_epu8(bytes, lower), upper);
    }
    bytes = _mm256_permute4x64_epi64(bytes, 0xd8);
    __m128i row[2] = {_mm256_castsi256_si128(bytes), _mm256_extracti128_si256(bytes, 1)};
#pragma clang loop unroll(full)
    for (int i = 0; i < 2 && r + i < rows; ++i) {
      uint8_t *dst = t->dst + (r + i) * p->outputs;
      if (vectors == 2 && t->outputs == LK_PANEL) {
        _mm_storeu_si128((__m128i *)dst, row[i]);
      } else if (vectors == 1 && t->outputs == LK_HALF_PANEL) {
        _mm_storel_epi64((__m128i *)dst, row[i]);
      } else {
        uint8_t all[LK_PANEL];
        _mm_storeu_si128((__m128i *)all, row[i]);
        memcpy(dst, all, (size_t)t->outputs);
      }
    }
  }
}

LK_BYTES void tile(
    const lk_byte_product *p, const tile_place *t, const int rows, const int vectors,
    const bool is_signed) {
  tile_sums s;
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; ++r)
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; ++v) {
      const int32_t *from = t->before ? t->before + r * LK_PANEL : t->panel.starts;
      s.of[r][v] = _mm256_loadu_si256((const __m256i *)from + v);
    }
  accumulate(&s, t, rows, vectors, is_signed);
  if (t->after) {
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; ++r)
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; ++v)
        _mm256_storeu_si256((__m256i *)(t->after + r * LK_PANEL) + v, s.of[r][v]);
  } else if (p->dst_dtype == LK_F32 || p->gelu) {
    finish_reals(p, &s, t, rows, vectors);
  } else {
    finish_bytes(p, &s, t, rows, vectors);
  }
}

#define TILE(ROWS, VECTORS, SIGNED)                             \
  __attribute__((target("avx2,fma"))) static void tile_##ROWS##_##VECTORS##_##SIGNED( \
      const lk_byte_product *p, const tile_place *t) {          \
    tile(p, t, ROWS, VECTORS, SIGNED);                          \
  }
#define TILES(ROWS) TILE(ROWS, 1, 0) TILE(ROWS, 1, 1) TILE(ROWS, 2, 0) TILE(ROWS, 2, 1)
TILES(1) TILES(2) TILES(3) TILES(4)
#undef TILES
#undef TILE

typedef void (*tile_body)(const lk_byte_product *p, const tile_place *t);
#define TILES(ROWS)                                 \
  {{tile_##ROWS##_1_0, tile_##ROWS##_1_1}, {tile_##ROWS##_2_0, tile_##ROWS##_2_1}}
static const tile_body tiles[TILE_ROWS][2][2] = {TILES(1), TILES(2), TILES(3), TILES(4)};
#undef TILES

// Rows [first, last), at most ROWS, of one panel. The last tile overlaps its neighbour rather than be lower.
static void block(const lk_byte_product *p, int64_t first, int64_t last, int64_t panel) {
  int width = lk_panel_width(p->outputs, panel);
  int64_t rows = last - first, left = p->outputs - panel * LK_PANEL;
  int height = rows < TILE_ROWS ? (int)rows : TILE_ROWS;
  tile_body body = tiles[height - 1][width == LK_PANEL][p->src_dtype == LK_S8];
  int64_t element = p->dst_dtype == LK_F32 ? (int64_t)sizeof(float) : 1;
  int32_t kept[ROWS * LK_PANEL];
  int64_t part = rows > TILE_ROWS ? DEPTH : p->depth;
  tile_place t = {
      .stride = p->depth,
      .panel = lk_panel_at(p->weights, p->depth, p->outputs, panel),
      .outputs = left < LK_PANEL ? left : LK_PANEL,
  };
  int64_t k = 0;
  do {
    t.depth = p->depth - k < part ? p->depth - k : part;
    t.weights = t.panel.weights + k * width;
    for (int64_t row = 0; row < rows; row += height) {
      int64_t at = first + (row + height <= rows ? row : rows - height);
      t.src = (const uint8_t *)p->src + at * p->depth + k;
      t.dst = (uint8_t *)p->dst + (at * p->outputs + panel * LK_PANEL) * element;
      t.before = k > 0 ? kept + row * LK_PANEL : 0;
      t.after = k + t.depth < p->depth ? kept + row * LK_PANEL : 0;
      body(p, &t);
    }
    k += t.depth;
  } while (k < p->depth);
}

static void blocks(
    const lk_byte_product *p, int64_t first_row, int64_t last_row, int64_t first, int64_t last) {
  for (int64_t row = first_row; row < last_row; row += ROWS)
    for (int64_t panel = first; panel < last; ++panel)
      block(p, row, row + ROWS < last_row ? row + ROWS : last_row, panel);
}

static void by_rows(void *context, int64_t begin, int64_t end) {
  const lk_byte_product *p = context;
  blocks(p, begin, end, 0, lk_panel_count(p->outputs));
}

static void by_panels(void *context, int64_t begin, int64_t end) {
  const lk_byte_product *p = context;
  blocks(p, 0, p->rows, begin, end);
}

void lk_byte_product_run(void *arguments) {
  lk_byte_product *p = arguments;
  int64_t work = p->rows * p->depth * p->outputs / 16;
  if (p->rows / TILE_ROWS > lk_panel_count(p->outputs)) {
    lk_parallel_ranges(p->rows, TILE_ROWS, work, by_rows, p);
  } else {
    lk_parallel_ranges(lk_panel_count(p->outputs), 1, work, by_panels, p);
  }
}
#else
bool lk_byte_product_available(void) { return false; }
void lk_byte_product_run(void *arguments) { (void)arguments; }
#endif
