// Operands of dense products in the order in which the innermost loops read them.
#pragma once
#include "gemm_tile.h"

static inline int64_t lk_gemm_padded(int64_t count, int64_t multiple) {
  return (count + multiple - 1) / multiple * multiple;
}

// b [depth, columns] as [panel][depth][LK_TILE_COLUMNS], filled up with zeros.
void lk_pack_columns(
    const float *b, int64_t row, int64_t column, int64_t depth, int64_t columns, float *packed);

// Rows that are packed at a time, at most.
enum { LK_PACKED_ROWS = 96, LK_BLOCK_TILES = LK_PACKED_ROWS / LK_TILE_ROWS };

// Rows are split into tiles of nearly equal heights, so that none is too low to keep the multipliers busy.
static inline int64_t lk_tile_count(int64_t rows) {
  return (rows + LK_TILE_ROWS - 1) / LK_TILE_ROWS;
}

// Where tile `tile` of packed rows lies: a little apart, since whole vectors are written.
static inline int64_t lk_packed_tile(int64_t first_row, int64_t tile, int64_t depth) {
  return first_row * depth + tile * 8;
}

// a [rows, depth] as [tile][depth][rows of the tile]; adds the sums of its rows to `sums`, if any.
void lk_pack_rows(
    const float *a, int64_t row, int64_t column, int64_t rows, int64_t depth, float *packed,
    float *sums);
