#include "gemm_pack.h"

#include <string.h>

#include "transpose.h"

// Rows of memory that are fetched ahead of those being packed: processors foresee no strides of whole pages.
enum { AHEAD = 8 };

// ---- columns

// Depth that is packed at a time, so that the rows of b it reads stay in the first cache for the next panels.
enum { SLICE = 64 };

LK_CLONES
static void copy_slice(
    const float *b, int64_t row, int64_t column, int64_t depth, int64_t width, float *to) {
  if (width == LK_TILE_COLUMNS && column == 1) {
    for (int64_t k = 0; k < depth; ++k) {
      __builtin_prefetch(b + (k + AHEAD) * row);
      LK_STORE16(to + k * LK_TILE_COLUMNS, LK_LOAD16(b + k * row));
    }
    return;
  }
  for (int64_t k = 0; k < depth; ++k, to += LK_TILE_COLUMNS) {
    for (int64_t j = 0; j < width; ++j) to[j] = b[k * row + j * column];
  }
}

void lk_pack_columns(
    const float *b, int64_t row, int64_t column, int64_t depth, int64_t columns, float *packed) {
  for (int64_t k = 0; k < depth; k += SLICE) {
    int64_t part = depth - k < SLICE ? depth - k : SLICE;
    for (int64_t j = 0; j < columns; j += LK_TILE_COLUMNS) {
      int64_t width = columns - j < LK_TILE_COLUMNS ? columns - j : LK_TILE_COLUMNS;
      const float *from = b + k * row + j * column;
      float *to = packed + j * depth + k * LK_TILE_COLUMNS;
      if (width < LK_TILE_COLUMNS) memset(to, 0, (size_t)(part * LK_TILE_COLUMNS) * sizeof(float));
      if (row == 1 && column != 1) {
        lk_transpose(to, from, part, width, LK_TILE_COLUMNS, column, sizeof(float));
      } else {
        copy_slice(from, row, column, part, width, to);
      }
    }
  }
}

// ---- rows

// Elements side by side: whole vectors, of which the next depth overwrites what is too much.
LK_CLONES
static void pack_side_by_side(
    const float *a, int64_t column, int64_t rows, int64_t depth, float *packed) {
  int64_t tiles = lk_tile_count(rows), firsts[LK_BLOCK_TILES + 1];
  float *to[LK_BLOCK_TILES];
  for (int64_t tile = 0; tile <= tiles; ++tile) firsts[tile] = rows * tile / tiles;
  for (int64_t tile = 0; tile < tiles; ++tile) {
    to[tile] = packed + lk_packed_tile(firsts[tile], tile, depth);
  }
  for (int64_t k = 0; k < depth; ++k, a += column) {
    for (int64_t r = 0; r < rows; r += 16) __builtin_prefetch(a + AHEAD * column + r);
    for (int64_t tile = 0; tile + 1 < tiles; ++tile) {
      LK_STORE8(to[tile], LK_LOAD8(a + firsts[tile]));
      to[tile] += firsts[tile + 1] - firsts[tile];
    }
    float *last = to[tiles - 1];
    for (int64_t r = firsts[tiles - 1]; r < rows; ++r) *last++ = a[r];
    to[tiles - 1] = last;
  }
}

static void pack_anyhow(
    const float *a, int64_t row, int64_t column, int64_t rows, int64_t depth, float *packed) {
  int64_t tiles = lk_tile_count(rows);
  for (int64_t tile = 0, first = 0; tile < tiles; ++tile) {
    int64_t next = rows * (tile + 1) / tiles;
    float *to = packed + lk_packed_tile(first, tile, depth);
    for (int64_t k = 0; k < depth; ++k) {
      for (int64_t r = first; r < next; ++r) *to++ = a[r * row + k * column];
    }
    first = next;
  }
}

// The sums of packed rows, two chains for each tile.
LK_CLONES
static void add_packed(const float *packed, int64_t rows, int64_t depth, float *sums) {
  int64_t tiles = lk_tile_count(rows);
  for (int64_t tile = 0, first = 0; tile < tiles; ++tile) {
    int64_t next = rows * (tile + 1) / tiles, height = next - first, k = 0;
    const float *from = packed + lk_packed_tile(first, tile, depth);
    lk_f8 even = 0.0f, odd = 0.0f;
    for (; k + 2 <= depth; k += 2, from += 2 * height) {
      even += LK_LOAD8(from);
      odd += LK_LOAD8(from + height);
    }
    if (k < depth) even += LK_LOAD8(from);
    even += odd;
    for (int64_t r = 0; r < height; ++r) sums[first + r] += even[r];
    first = next;
  }
}

void lk_pack_rows(
    const float *a, int64_t row, int64_t column, int64_t rows, int64_t depth, float *packed,
    float *sums) {
  if (row == 1) {
    pack_side_by_side(a, column, rows, depth, packed);
  } else {
    pack_anyhow(a, row, column, rows, depth, packed);
  }
  if (sums) add_packed(packed, rows, depth, sums);
}
