// The kernels of winograd.h for blocks of LANES channels and register tiles of ROWS x 2 vectors, under the name KERNELS.
#include "clones.h"
#include "winograd.h"

typedef float vec __attribute__((ext_vector_type(LANES), aligned(4)));

enum { PANEL = 2 * LANES };

// The points of interpolation are 0, +-A, +-B and infinity. These two halve the error of the textbook's 1 and 2.
#define A 0.625f
#define B 1.5f
#define A2 (A * A)
#define B2 (B * B)
#define SCALE_0 (1 / (A2 * B2))
#define SCALE_A (1 / (2 * A2 * (A2 - B2)))
#define SCALE_B (1 / (2 * B2 * (B2 - A2)))

// One dimension of each transform, between arrays of vectors with strides.

LK_INLINE void inputs_6_6(const vec *d, int64_t n, vec *v, int64_t m) {
  vec d0 = d[0], d1 = d[n], d2 = d[2 * n], d3 = d[3 * n], d4 = d[4 * n], d5 = d[5 * n];
  v[0] = d4 - (A2 + B2) * d2 + A2 * B2 * d0;
  vec even = d4 - B2 * d2, odd = d3 - B2 * d1;
  v[m] = even + A * odd;
  v[2 * m] = even - A * odd;
  even = d4 - A2 * d2, odd = d3 - A2 * d1;
  v[3 * m] = even + B * odd;
  v[4 * m] = even - B * odd;
  v[5 * m] = d5 - (A2 + B2) * d3 + A2 * B2 * d1;
}

LK_INLINE void results_6_4(const vec *s, int64_t n, vec *y, int64_t m) {
  vec sum_a = s[n] + s[2 * n], difference_a = s[n] - s[2 * n];
  vec sum_b = s[3 * n] + s[4 * n], difference_b = s[3 * n] - s[4 * n];
  y[0] = s[0] + sum_a + sum_b;
  y[m] = A * difference_a + B * difference_b;
  y[2 * m] = A2 * sum_a + B2 * sum_b;
  y[3 * m] = s[5 * n] + A2 * A * difference_a + B2 * B * difference_b;
}

LK_INLINE void gradients_4_6(const vec *y, int64_t n, vec *v, int64_t m) {
  vec y0 = y[0], y1 = y[n], y2 = y[2 * n], y3 = y[3 * n];
  v[0] = y0;
  vec even = y0 + A2 * y2, odd = y1 + A2 * y3;
  v[m] = even + A * odd;
  v[2 * m] = even - A * odd;
  even = y0 + B2 * y2, odd = y1 + B2 * y3;
  v[3 * m] = even + B * odd;
  v[4 * m] = even - B * odd;
  v[5 * m] = y3;
}

LK_INLINE void weights_3_6(const vec *w, int64_t n, vec *v, int64_t m) {
  vec w0 = w[0], w1 = w[n], w2 = w[2 * n];
  v[0] = SCALE_0 * w0;
  vec even = SCALE_A * w0 + SCALE_A * A2 * w2, odd = SCALE_A * A * w1;
  v[m] = even + odd;
  v[2 * m] = even - odd;
  even = SCALE_B * w0 + SCALE_B * B2 * w2, odd = SCALE_B * B * w1;
  v[3 * m] = even + odd;
  v[4 * m] = even - odd;
  v[5 * m] = w2;
}

LK_INLINE void weights_6_3(const vec *s, int64_t n, vec *w, int64_t m) {
  vec sum_a = SCALE_A * (s[n] + s[2 * n]), difference_a = SCALE_A * (s[n] - s[2 * n]);
  vec sum_b = SCALE_B * (s[3 * n] + s[4 * n]), difference_b = SCALE_B * (s[3 * n] - s[4 * n]);
  w[0] = SCALE_0 * s[0] + sum_a + sum_b;
  w[m] = A * difference_a + B * difference_b;
  w[2 * m] = s[5 * n] + A2 * sum_a + B2 * sum_b;
}

// Both dimensions, columns and then rows; each side has a stride of rows and one of columns.
#define BOTH(NAME, STEP, FROM, TO)                                                               \
  LK_INLINE void NAME(                                                                           \
      const vec *src, int64_t src_row, int64_t src_column, vec *dst, int64_t dst_row,            \
      int64_t dst_column) {                                                                      \
    vec half[TO * FROM];                                                                         \
    _Pragma("clang loop unroll(full)") for (int i = 0; i < FROM; ++i)                            \
        STEP(src + i * src_column, src_row, half + i, FROM);                                     \
    _Pragma("clang loop unroll(full)") for (int i = 0; i < TO; ++i)                              \
        STEP(half + i * FROM, 1, dst + i * dst_row, dst_column);                                 \
  }
BOTH(transform_inputs, inputs_6_6, 6, 6)
BOTH(transform_results, results_6_4, 6, 4)
BOTH(transform_gradients, gradients_4_6, 4, 6)
BOTH(transform_weights, weights_3_6, 3, 6)
BOTH(transform_sums, weights_6_3, 6, 3)

// The first row and column of a tile in its image, and how many of its rows and columns are inside.
typedef struct {
  int64_t image, row, column;
} tile_place;

LK_INLINE tile_place place_of(const lk_tiled *x, int64_t tile) {
  int64_t y = tile / x->tiles_wide;
  return (tile_place){
      .image = y / x->tiles_high,
      .row = y % x->tiles_high * 4 - x->top,
      .column = tile % x->tiles_wide * 4 - x->left,
  };
}

// How far the next tile begins behind this one, in the same block.
LK_INLINE int64_t way_to_next(const lk_tiled *x, int64_t tile, tile_place p) {
  tile_place next = place_of(x, tile + 1);
  int64_t rows = (next.image - p.image) * x->blocks * x->height + next.row - p.row;
  return rows * x->width + next.column - p.column;
}

LK_INLINE int64_t at_most(int64_t a, int64_t b) { return a < b ? a : b; }
LK_INLINE int64_t at_least(int64_t a, int64_t b) { return a > b ? a : b; }

// The part of a tile that is inside the image, the rest zero.
LK_INLINE void copy_edge(
    vec *to, int size, const vec *image, const lk_tiled *x, tile_place p) {
  int64_t top = at_least(0, -p.row), bottom = at_most(size, x->height - p.row);
  int64_t left = at_least(0, -p.column), right = at_most(size, x->width - p.column);
  for (int64_t i = 0; i < size; ++i, to += size) {
    const vec *row = image + (p.row + i) * x->width + p.column;
    bool inside = top <= i && i < bottom;
    // Unrolled, since a call of memcpy would take longer than the copy.
    _Pragma("clang loop unroll(full)") for (int j = 0; j < size; ++j)
        to[j] = inside && left <= j && j < right ? row[j] : 0;
  }
}

LK_INLINE bool is_inside(const lk_tiled *x, tile_place p, int size) {
  return p.row >= 0 && p.column >= 0 && p.row + size <= x->height && p.column + size <= x->width;
}

// Asks for the lines of the next tile while one is computed.
#define PREFETCH(first, row, rows, writes)                                      \
  _Pragma("clang loop unroll(full)") for (int i = 0; i < (rows); ++i) {         \
    __builtin_prefetch((first) + i * (row), writes);                            \
    __builtin_prefetch((const char *)((first) + i * (row)) + 64, writes);       \
  }

LK_CLONES static void load_inputs(
    const lk_tiled *x, int64_t first, int64_t last, lk_places to) {
  for (int64_t tile = first; tile < last; ++tile) {
    tile_place p = place_of(x, tile);
    int64_t way = way_to_next(x, tile, p);
    bool inside = is_inside(x, p, 6);
    const vec *image = (const vec *)x->memory + p.image * x->blocks * x->height * x->width;
    vec *dst = (vec *)(to.memory + (tile - first) * to.row);
    int64_t place = to.place / LANES;
    for (int64_t block = 0; block < x->blocks; ++block, ++dst, image += x->height * x->width) {
      vec edge[36];
      const vec *src = image + p.row * x->width + p.column;
      int64_t row = x->width;
      PREFETCH(src + way + 2, row, 6, 0)
      if (!inside) {
        copy_edge(edge, 6, image, x, p);
        src = edge;
        row = 6;
      }
      transform_inputs(src, row, 1, dst, 6 * place, place);
    }
  }
}

LK_CLONES static void load_gradients(
    const lk_tiled *g, int64_t first, int64_t last, lk_places to, float *sums) {
  for (int64_t tile = first; tile < last; ++tile) {
    tile_place p = place_of(g, tile);
    int64_t way = way_to_next(g, tile, p);
    bool inside = is_inside(g, p, 4);
    const vec *image = (const vec *)g->memory + p.image * g->blocks * g->height * g->width;
    vec *dst = (vec *)(to.memory + (tile - first) * to.row);
    int64_t place = to.place / LANES;
    for (int64_t block = 0; block < g->blocks; ++block, ++dst, image += g->height * g->width) {
      vec edge[16];
      const vec *src = image + p.row * g->width + p.column;
      int64_t row = g->width;
      PREFETCH(src + way, row, 4, 0)
      if (!inside) {
        copy_edge(edge, 4, image, g, p);
        src = edge;
        row = 4;
      }
      if (sums) {
        vec sum = 0;
        for (int i = 0; i < 4; ++i) {
          const vec *s = src + i * row;
          sum += (s[0] + s[1]) + (s[2] + s[3]);
        }
        ((vec *)sums)[block] += sum;
      }
      transform_gradients(src, row, 1, dst, 6 * place, place);
    }
  }
}

LK_CLONES static void store_results(
    lk_places from, int64_t first, int64_t last, int64_t block, int64_t blocks, const lk_tiled *y,
    const lk_tile_epilogue *epilogue) {
  int64_t area = y->height * y->width, place = from.place / LANES;
  const vec *bias = (const vec *)epilogue->bias;
  vec least = epilogue->relu ? 0.0f : -__builtin_inff();
  for (int64_t tile = first; tile < last; ++tile) {
    tile_place p = place_of(y, tile);
    int64_t way = way_to_next(y, tile, p);
    bool inside = is_inside(y, p, 4);
    vec *image = (vec *)y->memory + (p.image * y->blocks + block) * area;
    const vec *residual = (const vec *)epilogue->residual;
    if (residual) residual += (p.image * y->blocks + block) * area + p.row * y->width + p.column;
    const vec *src = (const vec *)(from.memory + (tile - first) * from.row);
    for (int64_t b = 0; b < blocks; ++b, ++src, image += area) {
      vec result[16];
      transform_results(src, 6 * place, place, result, 4, 1);
      vec *dst = image + p.row * y->width + p.column;
      PREFETCH(dst + way, y->width, 4, 1)
      if (residual) {
        PREFETCH(residual + way, y->width, 4, 0)
      }
      vec shift = bias ? bias[block + b] : 0;
      if (inside) {
        _Pragma("clang loop unroll(full)") for (int i = 0; i < 16; ++i) {
          int64_t at = i / 4 * y->width + i % 4;
          vec value = result[i] + shift;
          if (residual) value += residual[at];
          dst[at] = value < least ? least : value;
        }
      } else {
        int64_t height = at_most(4, y->height - p.row), width = at_most(4, y->width - p.column);
        for (int64_t i = 0; i < height; ++i) {
          for (int64_t j = 0; j < width; ++j) {
            int64_t at = i * y->width + j;
            vec value = result[i * 4 + j] + shift;
            if (residual) value += residual[at];
            dst[at] = value < least ? least : value;
          }
        }
      }
      if (residual) residual += area;
    }
  }
}

// Weights change sides between rows of taps and vectors of outputs, in squares of 8.
enum { SQUARE = 8 };

LK_INLINE void turn_square(const float *src, int64_t src_row, float *dst, int64_t dst_row) {
  typedef float row __attribute__((ext_vector_type(8), aligned(4)));
  row r[8], s[8];
#define SRC(i) (*(const row *)(src + (i) * src_row))
#define DST(i) (*(row *)(dst + (i) * dst_row))
  for (int i = 0; i < 8; i += 2) {
    r[i] = __builtin_shufflevector(SRC(i), SRC(i + 1), 0, 8, 1, 9, 4, 12, 5, 13);
    r[i + 1] = __builtin_shufflevector(SRC(i), SRC(i + 1), 2, 10, 3, 11, 6, 14, 7, 15);
  }
  for (int i = 0; i < 8; i += 4) {
    for (int j = 0; j < 2; ++j) {
      s[i + 2 * j] = __builtin_shufflevector(r[i + j], r[i + j + 2], 0, 1, 8, 9, 4, 5, 12, 13);
      s[i + 2 * j + 1] =
          __builtin_shufflevector(r[i + j], r[i + j + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    }
  }
  for (int i = 0; i < 4; ++i) {
    DST(i) = __builtin_shufflevector(s[i], s[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    DST(i + 4) = __builtin_shufflevector(s[i], s[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
#undef SRC
#undef DST
}

// The taps of LANES outputs and SQUARE inputs, as [input][tap].
LK_INLINE void load_taps(const lk_taps *w, int64_t output, int64_t input, vec *taps) {
  float *to = (float *)taps;
  for (int lane = 0; lane < LANES; lane += SQUARE, to += SQUARE) {
    if (w->transposed) {
      for (int i = 0; i < SQUARE; ++i) {
        const float *src = w->memory + ((input + i) * w->outputs + output + lane) * 9;
        float *last = to + (i * 9 + 8) * LANES;
        turn_square(src, 9, last, -LANES);
        for (int j = 0; j < SQUARE; ++j) last[j - 8 * LANES] = src[j * 9 + 8];
      }
    } else {
      const float *src = w->memory + ((output + lane) * w->inputs + input) * 9;
      for (int i = 0; i < 9; ++i)
        turn_square(src + i * SQUARE, w->inputs * 9, to + i * SQUARE * LANES, LANES);
    }
  }
}

LK_CLONES static void load_weights(const lk_taps *w, int64_t panel, float *to) {
  int64_t place = lk_panel_place(w->inputs, PANEL) / LANES;
  for (int64_t input = 0; input < w->inputs; input += SQUARE) {
    for (int half = 0; half < 2; ++half) {
      vec taps[SQUARE * 9];
      load_taps(w, panel * PANEL + half * LANES, input, taps);
      for (int i = 0; i < SQUARE; ++i) {
        vec *dst = (vec *)to + (input + i) * 2 + half;
        transform_weights(taps + i * 9, 3, 1, dst, 6 * place, place);
      }
    }
  }
}

LK_CLONES static void store_weights(
    lk_places from, int64_t output, int64_t outputs, int64_t input, int64_t inputs,
    const lk_taps *w) {
  int64_t place = from.place / LANES;
  for (int64_t block = 0; block < outputs; block += LANES) {
    for (int64_t first = 0; first < inputs; first += SQUARE) {
      vec taps[SQUARE * 9];
      for (int i = 0; i < SQUARE; ++i) {
        const vec *src = (const vec *)(from.memory + (first + i) * from.row + block);
        transform_sums(src, 6 * place, place, taps + i * 9, 3, 1);
      }
      const float *src = (const float *)taps;
      float *dst = w->memory + ((output + block) * w->inputs + input + first) * 9;
      for (int lane = 0; lane < LANES; lane += SQUARE)
        for (int i = 0; i < 9; ++i)
          turn_square(
              src + i * SQUARE * LANES + lane, LANES, dst + lane * w->inputs * 9 + i * SQUARE,
              w->inputs * 9);
    }
  }
}

// A register tile: `rows` is known when it is inlined, and whether there is a `next`: what will be read after this, asked for
// some bytes with each term.
LK_INLINE void multiply_tile(
    int rows, const float *a, int64_t a_row, int64_t a_step, const float *b, int64_t b_row,
    float *c, int64_t c_row, int64_t depth, bool accumulate, const char *next, int64_t ahead) {
  vec low[ROWS], high[ROWS];
  _Pragma("clang loop unroll(full)") for (int i = 0; i < rows; ++i) {
    const vec *old = (const vec *)(c + i * c_row);
    low[i] = accumulate ? old[0] : 0;
    high[i] = accumulate ? old[1] : 0;
  }
  for (int64_t k = 0; k < depth; ++k, a += a_step, b += b_row) {
    if (next) __builtin_prefetch(next + k * ahead, 0, 2);
    vec b_low = ((const vec *)b)[0], b_high = ((const vec *)b)[1];
    _Pragma("clang loop unroll(full)") for (int i = 0; i < rows; ++i) {
      vec value = a[i * a_row];
      low[i] += value * b_low;
      high[i] += value * b_high;
    }
  }
  _Pragma("clang loop unroll(full)") for (int i = 0; i < rows; ++i) {
    vec *dst = (vec *)(c + i * c_row);
    dst[0] = low[i];
    dst[1] = high[i];
  }
}

#define TILE(rows) \
  case rows:       \
    multiply_tile(                                                                   \
        rows, at, row, step, b, b_row, to, c_row, depth, accumulate, ahead_of_tile, ahead); \
    break;
#if ROWS == 6
#define TILES TILE(1) TILE(2) TILE(3) TILE(4) TILE(5) TILE(6)
#else
#define TILES                                                                 \
  TILE(1) TILE(2) TILE(3) TILE(4) TILE(5) TILE(6) TILE(7) TILE(8) TILE(9)     \
  TILE(10) TILE(11) TILE(12) TILE(13) TILE(14)
#endif

// Tiles of nearly equal heights, so that none is too low to hide the latency of the sums. They share the lines of the next
// panel, which would else come from memory only when they are needed: from many caches' worth of weights in a small batch.
#define MULTIPLY(NAME, ROW, STEP, NEXT)                                                             \
  LK_CLONES static void NAME(                                                                   \
      const float *a, int64_t a_row, const float *b, int64_t b_row, float *c, int64_t c_row,    \
      int64_t rows, int64_t depth, bool accumulate, const float *following) {                   \
    const int64_t row = ROW, step = STEP, tiles = (rows + ROWS - 1) / ROWS;                     \
    const int64_t ahead = PANEL * (int64_t)sizeof(float) / (tiles > 0 ? tiles : 1);             \
    for (int64_t i = 0; i < tiles; ++i) {                                                       \
      int64_t first = rows * i / tiles, next = rows * (i + 1) / tiles;                          \
      const float *at = a + first * row;                                                        \
      float *to = c + first * c_row;                                                            \
      const char *ahead_of_tile = NEXT;                                                         \
      switch (next - first) { TILES }                                                           \
    }                                                                                           \
  }
MULTIPLY(multiply, a_row, 1, (const char *)following + i * depth * ahead)
MULTIPLY(multiply_transposed, 1, a_row, 0)

const lk_winograd_kernels KERNELS = {
    .lanes = LANES,
    .panel = PANEL,
    .rows = ROWS,
    .load_inputs = load_inputs,
    .load_gradients = load_gradients,
    .store_results = store_results,
    .load_weights = load_weights,
    .store_weights = store_weights,
    .multiply = multiply,
    .multiply_transposed = multiply_transposed,
};
