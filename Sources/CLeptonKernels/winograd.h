// Winograd's minimal filtering F(4x4, 3x3) (Lavin & Gray 2015): tiles of 6x6 inputs and 3x3 weights are transformed,
// multiplied channel by channel at 36 places, and transformed back to 4x4 results: a quarter of the products.
//
// Transformed data lie as [place][row][channel], where a row is a tile, or an input channel of the weights; transformed
// weights as [panel of outputs][place][input channel][output of the panel].
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum { LK_PLACES = 36 };

// A blocked image batch, and the 4x4 tiles that its results are cut into. Tile (0, 0) begins `top` rows above and `left`
// columns left of the image; tiles are numbered row by row, image after image.
typedef struct {
  float *memory;
  int64_t blocks, height, width;
  int64_t tiles_high, tiles_wide, top, left;
} lk_tiled;

// Rows of channels at each of the 36 places.
typedef struct {
  float *memory;
  int64_t row, place;  // strides
} lk_places;

// OIHW weights, read or written as [outputs][inputs]; `transposed` swaps the roles and turns the 3x3 by 180 degrees.
typedef struct {
  float *memory;
  int64_t outputs, inputs;
  bool transposed;
} lk_taps;

typedef struct {
  const float *bias, *residual;  // or NULL; the residual lies as the results do, and may be their memory
  bool relu;
} lk_tile_epilogue;

// Strides are odd multiples of a cache line, so that what is read together does not fall into the same sets.
static inline int64_t lk_odd_lines(int64_t floats) { return ((floats + 15) / 16 | 1) * 16; }

// From one place to the next in a panel of transformed weights.
static inline int64_t lk_panel_place(int64_t inputs, int64_t panel) {
  return lk_odd_lines(inputs * panel);
}

// The kernels for one number of channels in a block, which is that of floats in a vector.
typedef struct {
  int lanes, panel;  // a panel is two vectors
  int rows;          // of a register tile

  // Places of tiles [first, last), of 6x6 inputs each.
  void (*load_inputs)(const lk_tiled *x, int64_t first, int64_t last, lk_places to);
  // The same for 4x4 gradients of results; `sums` [channels], if any, gathers what is read.
  void (*load_gradients)(const lk_tiled *g, int64_t first, int64_t last, lk_places to, float *sums);
  // Results of the tiles, for blocks [block, block + blocks) of the image.
  void (*store_results)(
      lk_places from, int64_t first, int64_t last, int64_t block, int64_t blocks, const lk_tiled *y,
      const lk_tile_epilogue *epilogue);
  // One panel of weights: [place][input][output of the panel].
  void (*load_weights)(const lk_taps *w, int64_t panel, float *to);
  // Gradients of the weights of outputs [output, output + outputs), inputs [input, input + inputs).
  void (*store_weights)(
      lk_places from, int64_t output, int64_t outputs, int64_t input, int64_t inputs,
      const lk_taps *w);
  // c[rows, panel] (+)= a[rows, depth] * b[depth, panel]; `following` is where the next panel of as much depth lies.
  void (*multiply)(
      const float *a, int64_t a_row, const float *b, int64_t b_row, float *c, int64_t c_row,
      int64_t rows, int64_t depth, bool accumulate, const float *following);
  // The same with a as [depth, rows]; nothing is known to follow.
  void (*multiply_transposed)(
      const float *a, int64_t a_row, const float *b, int64_t b_row, float *c, int64_t c_row,
      int64_t rows, int64_t depth, bool accumulate, const float *following);
} lk_winograd_kernels;

extern const lk_winograd_kernels lk_winograd_kernels8, lk_winograd_kernels16;
