// Depthwise convolutions of f32 in blocks of eight channels: row by row, a tile of neighbouring results in
// registers. Rows beside the image are rows of zeros; columns beside it are left out of the tiles at the
// edges when those are compiled.
#include "lepton_kernels.h"
#include "parallel.h"
#include "stream.h"

#if defined(__x86_64__)
#include <immintrin.h>
#define LEAF __attribute__((target("avx2,fma"), always_inline)) static inline

enum { BLOCK = 8, MAX_PIXELS = 8, MAX_HEIGHT = 5 };

bool lk_depthwise_available(void) {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

// What is known when a tile is compiled.
typedef struct {
  int64_t height, width, stride;   // of the kernel
  int64_t left, right;             // columns of the first and the last result that lie beside the image
  int pixels;                      // neighbouring results
} shape;

typedef struct {
  const float *weights, *bias;   // of a block of channels
  const float *next;             // the source behind the last row of taps
  __m256 lower, upper;
  bool streams;
} plane;

LEAF void store(float *to, __m256 value, const plane *p) {
  // A NaN stays what it is.
  value = _mm256_min_ps(p->upper, _mm256_max_ps(p->lower, value));
  if (p->streams) {
    _mm256_stream_ps(to, value);
  } else {
    _mm256_storeu_ps(to, value);
  }
}

// `from`: the column of the source, beside the image maybe, at which the first result's taps begin.
LEAF void tile(
    const plane *p, const float *const *rows, int64_t from, float *dst, const shape s,
    const bool is_first, const bool is_last) {
  __m256 sums[MAX_PIXELS];
#pragma clang loop unroll(full)
  for (int i = 0; i < s.pixels; ++i) sums[i] = _mm256_loadu_ps(p->bias);
#pragma clang loop unroll(disable)
  for (int64_t y = 0; y < s.height; ++y) {
    const float *row = rows[y] + from * BLOCK;
#pragma clang loop unroll(full)
    for (int64_t x = 0; x < s.width; ++x) {
      __m256 weight = _mm256_loadu_ps(p->weights + (y * s.width + x) * BLOCK);
#pragma clang loop unroll(full)
      for (int i = 0; i < s.pixels; ++i) {
        if (is_first && i * s.stride + x < s.left) continue;
        if (is_last && (s.pixels - 1 - i) * s.stride + s.width - 1 - x < s.right) continue;
        sums[i] =
            _mm256_fmadd_ps(_mm256_loadu_ps(row + (i * s.stride + x) * BLOCK), weight, sums[i]);
      }
    }
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < s.pixels; ++i) store(dst + i * BLOCK, sums[i], p);
}

// Asks for a tile's share of the rows of the source that the next row of results needs.
LEAF void prefetch(const plane *p, int64_t x, const shape s) {
  const char *from = (const char *)(p->next + x * s.stride * s.stride * BLOCK);
  for (int64_t byte = 0; byte < s.pixels * s.stride * s.stride * BLOCK * 4; byte += 64)
    _mm_prefetch(from + byte, _MM_HINT_T0);
}

// A row of results, a whole number of tiles.
LEAF void tiles(
    const lk_depthwise *d, const plane *p, const float *const *rows, float *dst, const shape s) {
  int64_t last = d->out_width - s.pixels;
  if (last == 0) {
    tile(p, rows, -s.left, dst, s, true, true);
    return;
  }
  prefetch(p, 0, s);
  tile(p, rows, -s.left, dst, s, true, false);
  for (int64_t x = s.pixels; x < last; x += s.pixels) {
    prefetch(p, x, s);
    tile(p, rows, x * s.stride - s.left, dst + x * BLOCK, s, false, false);
  }
  prefetch(p, last, s);
  tile(p, rows, last * s.stride - s.left, dst + last * BLOCK, s, false, true);
}

typedef void (*result_row)(
    const lk_depthwise *d, const plane *p, const float *const *rows, float *dst);

#define RESULT_ROW(NAME, PIXELS, ...)                                                  \
  __attribute__((target("avx2,fma"))) static void NAME##_by_##PIXELS(                  \
      const lk_depthwise *d, const plane *p, const float *const *rows, float *dst) {   \
    tiles(d, p, rows, dst, (shape){__VA_ARGS__, PIXELS});                              \
  }
#define RESULT_ROWS(NAME, ...)      \
  RESULT_ROW(NAME, 8, __VA_ARGS__)  \
  RESULT_ROW(NAME, 7, __VA_ARGS__)  \
  RESULT_ROW(NAME, 4, __VA_ARGS__)  \
  static const result_row NAME[] = {NAME##_by_7, NAME##_by_8, NAME##_by_4};
RESULT_ROWS(three, 3, 3, 1, 1, 1)
RESULT_ROWS(three_halving, 3, 3, 2, 1, 0)
RESULT_ROWS(five, 5, 5, 1, 2, 2)
RESULT_ROWS(five_halving, 5, 5, 2, 2, 1)

// NULL where there are no tiles for the shape.
static result_row choose(const lk_depthwise *d) {
  const int64_t widths[] = {7, 8, 4};
  int64_t size = d->kernel_width, stride = d->stride_w, pad = size / 2;
  int64_t right = (d->out_width - 1) * stride + size - d->pad_left - d->in_width;
  bool is_known = d->kernel_height == size && (size == 3 || size == 5) && (stride == 1 || stride == 2);
  if (!is_known || d->pad_left != pad || right != pad - (stride - 1)) return 0;
  const result_row *rows = size == 3 ? stride == 1 ? three : three_halving
                                     : stride == 1 ? five : five_halving;
  for (int i = 0; i < 3; ++i)
    if (d->out_width % widths[i] == 0) return rows[i];
  return 0;
}

bool lk_depthwise_is_quick(const lk_depthwise *d) { return choose(d) != 0; }

static bool outgrows_cache(const lk_depthwise *d) {
  int64_t floats = d->batch * d->channels * d->out_height * d->out_width;
  return floats * (int64_t)sizeof(float) > lk_last_cache_bytes() / 2;
}

// A range of the rows of results of all planes.
__attribute__((target("avx2,fma"))) static void rows(void *context, int64_t begin, int64_t end) {
  const lk_depthwise *d = context;
  int64_t blocks = d->channels / BLOCK, row_floats = d->in_width * BLOCK;
  int64_t taps = d->kernel_height * d->kernel_width * BLOCK;
  result_row run = choose(d);
  plane p = {
      .lower = _mm256_set1_ps(d->lower),
      .upper = _mm256_set1_ps(d->upper),
      .streams = outgrows_cache(d),
  };
  const float zeros[BLOCK] = {0};
  for (int64_t row = begin; row < end; ++row) {
    int64_t at = row / d->out_height, block = at % blocks;
    int64_t top = row % d->out_height * d->stride_h - d->pad_top;
    const float *src = d->src + at * d->in_height * row_floats, *taken[MAX_HEIGHT];
    p.weights = d->weights + block * taps;
    p.bias = d->bias ? d->bias + block * BLOCK : zeros;
    p.next = src + (top + d->kernel_height) * row_floats;
    for (int64_t i = 0; i < d->kernel_height; ++i) {
      bool exists = top + i >= 0 && top + i < d->in_height;
      taken[i] = exists ? src + (top + i) * row_floats : d->zeros;
    }
    run(d, &p, taken, d->dst + row * d->out_width * BLOCK);
  }
  if (p.streams) lk_stream_end();
}

void lk_depthwise_run(void *arguments) {
  lk_depthwise *d = arguments;
  int64_t count = d->batch * (d->channels / BLOCK) * d->out_height;
  int64_t work = d->batch * d->channels * d->out_height * d->out_width;
  lk_parallel_ranges(
      count, 1, work * d->kernel_height * d->kernel_width / 8, rows, d);
}
#else
bool lk_depthwise_available(void) { return false; }
bool lk_depthwise_is_quick(const lk_depthwise *d) { return d && false; }
void lk_depthwise_run(void *arguments) { (void)arguments; }
#endif
