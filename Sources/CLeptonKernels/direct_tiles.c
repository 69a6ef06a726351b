#include "direct_tiles.h"

#include "clones.h"

enum { LANES = LK_DIRECT_LANES };

typedef float vec __attribute__((ext_vector_type(LANES), aligned(4)));

static const float zeros[LANES];

// Nothing is loaded before it is its turn, which would cost a sum its register.
#define IN_ORDER __asm__ volatile("" ::: "memory")
#define UNROLLED _Pragma("clang loop unroll(full)")
#define EACH_ROW UNROLLED for (int j = 0; j < rows; ++j)
#define EACH_BLOCK UNROLLED for (int b = 0; b < blocks; ++b)
#define AT(memory) ((vec *)((memory) + b * run->dst_plane))[j]

// `rows`, `blocks` and `single` are known when it is inlined: at most 12 sums, the weights and one input are at most 15 vectors.
LK_INLINE void tile(
    const int rows, const int blocks, const bool single, const lk_direct_run_of_tiles *run,
    int64_t first, const float *next, int64_t lines) {
  vec sums[LK_DIRECT_ROWS][3];
  EACH_ROW EACH_BLOCK sums[j][b] = 0;
  const float *x = run->src, *w = run->weights, *at[LK_DIRECT_ROWS];
  const int32_t *offsets = run->offsets + first;
  float *dst = run->dst + first * LANES;
  float *residual = run->residual ? (float *)run->residual + first * LANES : 0;
  EACH_BLOCK UNROLLED for (int j = 0; j < rows; j += 2) {
    __builtin_prefetch(&AT(dst), 1);
    if (residual) __builtin_prefetch(&AT(residual), 0);
  }

  const int64_t plane = run->plane;
  if (single) EACH_ROW at[j] = x + offsets[j];
  for (int64_t d = run->depth; d > 0; --d, x += plane) {
    const int32_t *o = offsets;
    for (int64_t tap = single ? 1 : run->taps; tap > 0; --tap, o += run->row) {
      if (!single) EACH_ROW at[j] = o[j] < 0 ? zeros : x + o[j];
      for (int64_t line = single ? 1 : lines; line > 0; --line, next += 16)
        __builtin_prefetch(next, 0, 2);
      UNROLLED for (int k = 0; k < LANES; ++k, w += blocks * LANES) {
        vec weights[3];
        EACH_BLOCK weights[b] = ((const vec *)w)[b];
        EACH_ROW {
          IN_ORDER;
          vec value = at[j][k];
          EACH_BLOCK sums[j][b] += value * weights[b];
        }
      }
      if (single) EACH_ROW {
        at[j] += plane;
        if (j % 2 == 0) __builtin_prefetch(at[j] + rows * LANES);
      }
    }
  }

  if (run->accumulate) {
    EACH_BLOCK EACH_ROW sums[j][b] += AT(dst);
  } else {
    if (run->bias) EACH_BLOCK {
      vec bias = ((const vec *)run->bias)[b];
      EACH_ROW sums[j][b] += bias;
    }
    if (residual) EACH_BLOCK EACH_ROW sums[j][b] += AT(residual);
  }
  if (run->last) {
    vec lower = run->lower, upper = run->upper;
    EACH_BLOCK EACH_ROW {
      vec value = sums[j][b] < lower ? lower : sums[j][b];
      sums[j][b] = value > upper ? upper : value;
    }
  }
  EACH_BLOCK EACH_ROW AT(dst) = sums[j][b];
}

// Whole tiles, and two of nearly equal heights at the end, so that none is too low to hide the latency of the sums. Together they
// ask for the lines of the next panel, so many with each tap of each plane.
#define TILES(ROWS, BLOCKS, SINGLE)                                                              \
  const int64_t tiles = (results + ROWS - 1) / ROWS;                                             \
  const int64_t lines = !SINGLE && tiles < BLOCKS * 4 ? (BLOCKS * 4 + tiles - 1) / tiles : 1;    \
  const int64_t way = run->depth * run->taps * lines * 16;                                       \
  const float *next = run->next;                                                                 \
  int64_t first = 0;                                                                             \
  for (; results - first >= 2 * ROWS || results - first == ROWS; first += ROWS, next += way)     \
    tile(ROWS, BLOCKS, SINGLE, run, first, next, lines);                                         \
  for (int64_t rows; first < results; first += rows, next += way) {                              \
    rows = results - first > ROWS ? (results - first + 1) / 2 : results - first;                 \
    switch (rows) { ROWS_##ROWS(BLOCKS, SINGLE) }                                                \
  }
#define ROW(rows, blocks, single) \
  case rows: tile(rows, blocks, single, run, first, next, lines); break;
#define ROWS_3(b, s) ROW(1, b, s) ROW(2, b, s) ROW(3, b, s)
#define ROWS_6(b, s) ROWS_3(b, s) ROW(4, b, s) ROW(5, b, s) ROW(6, b, s)

LK_CLONES void lk_direct_tiles2(const lk_direct_run_of_tiles *run, int64_t results) {
  if (run->single) {
    TILES(6, 2, true)
  } else {
    TILES(6, 2, false)
  }
}

LK_CLONES void lk_direct_tiles3(const lk_direct_run_of_tiles *run, int64_t results) {
  if (run->single) {
    TILES(3, 3, true)
  } else {
    TILES(3, 3, false)
  }
}
