// Products of a few rows with a panel of sixteen columns: what recurrent layers and attention are
// made of.
#pragma once
#include "clones.h"
#include "gemm_pack.h"

// Columns of a panel; depth at which a panel fits into half of the first cache.
enum { LK_COLUMNS = LK_TILE_COLUMNS, LK_DEPTH = 256 };

// z[rows, LK_COLUMNS] (+)= a[rows, depth] * panel[depth, LK_COLUMNS]; the panel that is read next lies behind this one.
LK_INLINE void lk_tiles(
    const float *a, int64_t stride, int64_t rows, const float *panel, int64_t depth, float *z,
    int64_t z_stride, bool add) {
  int64_t tiles = lk_tile_count(rows);
  lk_tile_work w = {
      .depth = depth, .panel = panel, .ahead = panel + depth * LK_COLUMNS, .addend_row = z_stride,
      .c_row = z_stride};
  for (int64_t tile = 0, first = 0; tile < tiles; ++tile) {
    int64_t next = rows * (tile + 1) / tiles;
    w.c = z + first * z_stride;
    w.addend = add ? w.c : 0;
    lk_gemm_tile_of_rows(&w, a + first * stride, stride, next - first);
    w.ahead += depth / 4 * LK_COLUMNS;
    first = next;
  }
}
