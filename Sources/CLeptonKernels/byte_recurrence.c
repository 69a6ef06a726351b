#include "byte_recurrence.h"

#include <math.h>
#include <string.h>

#include "parallel.h"

enum { GATES = 4, WIDTH = GATES * LK_COLUMNS };

// ---- packing

static int64_t panel_bytes(int64_t hidden) { return lk_rounded_row(hidden) * WIDTH; }

int64_t lk_recurrent_bytes_count(int64_t hidden) {
  return (hidden + LK_COLUMNS - 1) / LK_COLUMNS * panel_bytes(hidden);
}

// [group of units, pair of k, gate, unit, one of the pair]
static void pack_panels(void *context, int64_t begin, int64_t end) {
  const lk_recurrent_bytes *w = context;
  int64_t hidden = w->hidden;
  for (int64_t panel = begin; panel < end; ++panel) {
    int8_t *dst = w->packed + panel * panel_bytes(hidden);
    memset(dst, 0, (size_t)panel_bytes(hidden));
    for (int64_t row = 0; row < WIDTH; ++row) {
      int64_t unit = panel * LK_COLUMNS + row % LK_COLUMNS;
      if (unit >= hidden) continue;
      const int8_t *src = w->weights + (row / LK_COLUMNS * hidden + unit) * hidden;
      for (int64_t k = 0; k < hidden; ++k) dst[(k / 2 * WIDTH + row) * 2 + k % 2] = src[k];
    }
  }
}

void lk_recurrent_bytes_run(void *arguments) {
  lk_recurrent_bytes *w = arguments;
  int64_t panels = (w->hidden + LK_COLUMNS - 1) / LK_COLUMNS;
  lk_parallel_ranges(panels, 1, GATES * w->hidden * w->hidden, pack_panels, w);
}

// ---- rounding

void lk_rounding_steps(const float *h0, int64_t hidden, int64_t rows, float *steps) {
  int64_t most = ((1 << 24) - 1) / hidden;  // times 128 for each of `hidden` stays below 2^31
  float limit = (float)(most > INT16_MAX ? INT16_MAX : most < 1 ? 1 : most);
  for (int64_t row = 0; row < rows; ++row) {
    float largest = 1.0f;
    for (int64_t j = 0; j < hidden; ++j) largest = fmaxf(largest, fabsf(h0[row * hidden + j]));
    steps[row] = largest / limit;
  }
}

LK_CLONES
void lk_round_states(
    const float *h, int64_t hidden, int64_t rows, const float *steps, int16_t *rounded) {
  for (int64_t row = 0; row < rows; ++row) {
    float inverse = 1.0f / steps[row];
    LK_INDEPENDENT
    for (int64_t j = 0; j < hidden; ++j) rounded[j] = (int16_t)(int32_t)rintf(h[j] * inverse);
    if (hidden % 2) rounded[hidden] = 0;
    h += hidden;
    rounded += lk_rounded_row(hidden);
  }
}

// ---- products

typedef struct {
  const int16_t *h;
  int64_t row, pairs;  // from row to row; of k
  const int8_t *panel;
  const float *steps, *scales;  // of rows and columns
  float *z;
} task;

static void multiply_plainly(const task *t, int64_t rows) {
  for (int64_t row = 0; row < rows; ++row) {
    int32_t sums[WIDTH] = {0};
    for (int64_t k = 0; k < t->pairs; ++k) {
      const int8_t *w = t->panel + k * 2 * WIDTH;
      int32_t first = t->h[row * t->row + 2 * k], second = t->h[row * t->row + 2 * k + 1];
      for (int64_t c = 0; c < WIDTH; ++c) sums[c] += first * w[2 * c] + second * w[2 * c + 1];
    }
    for (int64_t c = 0; c < WIDTH; ++c)
      t->z[row * WIDTH + c] = (float)sums[c] * (t->scales[c] * t->steps[row]);
  }
}

#if defined(__x86_64__)
#include <immintrin.h>

enum { TILE_ROWS = 6, MOST_VECTORS = WIDTH / 8 };

// `rows` from `first` on by `vectors` of eight columns from `column` on, all sums in registers.
__attribute__((target("avx2,fma"), always_inline)) static inline void tile(
    const task *t, int64_t first, int64_t column, const int rows, const int vectors) {
  const int16_t *h = t->h + first * t->row;
  const int8_t *panel = t->panel + 2 * column;
  __m256i sums[TILE_ROWS][MOST_VECTORS], w[MOST_VECTORS];
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; ++r) {
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; ++v) sums[r][v] = _mm256_setzero_si256();
  }
  for (int64_t k = 0; k < t->pairs; ++k, panel += 2 * WIDTH) {
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; ++v)
      w[v] = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)panel + v));
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; ++r) {
      int32_t pair;
      memcpy(&pair, h + r * t->row + 2 * k, sizeof pair);
      __m256i x = _mm256_set1_epi32(pair);
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; ++v)
        sums[r][v] = _mm256_add_epi32(sums[r][v], _mm256_madd_epi16(w[v], x));
    }
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; ++r) {
    __m256 step = _mm256_set1_ps(t->steps[first + r]);
    float *z = t->z + (first + r) * WIDTH + column;
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; ++v) {
      __m256 scale = _mm256_mul_ps(_mm256_loadu_ps(t->scales + column + 8 * v), step);
      _mm256_storeu_ps(z + 8 * v, _mm256_mul_ps(_mm256_cvtepi32_ps(sums[r][v]), scale));
    }
  }
}

// One row has all gates at once; of more, the sums of one gate fill the registers.
__attribute__((target("avx2,fma"))) static void multiply(const task *t, int64_t rows) {
  if (rows == 1) {
    tile(t, 0, 0, 1, MOST_VECTORS);
    return;
  }
  for (int64_t column = 0; column < WIDTH; column += LK_COLUMNS) {
    int64_t row = 0;
    for (; row + 6 <= rows; row += 6) tile(t, row, column, 6, 2);
    for (; row + 3 <= rows; row += 3) tile(t, row, column, 3, 2);
    for (; row < rows; ++row) tile(t, row, column, 1, 2);
  }
}

static bool has_vectors(void) {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
#else
static void multiply(const task *t, int64_t rows) { multiply_plainly(t, rows); }
static bool has_vectors(void) { return false; }
#endif

void lk_byte_forward_product(
    const int16_t *rounded, const float *steps, int64_t rows, int64_t hidden, const int8_t *packed,
    const float *scales, int64_t unit, float *z) {
  float columns[WIDTH] = {0};
  int64_t count = hidden - unit < LK_COLUMNS ? hidden - unit : LK_COLUMNS;
  for (int64_t gate = 0; gate < GATES; ++gate)
    memcpy(
        columns + gate * LK_COLUMNS, scales + gate * hidden + unit, (size_t)count * sizeof(float));
  task t = {
      .h = rounded,
      .row = lk_rounded_row(hidden),
      .pairs = lk_rounded_row(hidden) / 2,
      .panel = packed + unit / LK_COLUMNS * panel_bytes(hidden),
      .steps = steps,
      .scales = columns,
      .z = z,
  };
  if (has_vectors()) {
    multiply(&t, rows);
  } else {
    multiply_plainly(&t, rows);
  }
}
