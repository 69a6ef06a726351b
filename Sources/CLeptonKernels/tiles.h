// Products of a few rows with a panel of sixteen columns: what recurrent layers and attention are
// made of.
#pragma once
#include "clones.h"
#include "vector.h"

// Columns of a panel; depth at which a panel fits into half of the first cache.
enum { LK_COLUMNS = 16, LK_DEPTH = 256 };

// z[rows, LK_COLUMNS] (+)= a[rows, depth] * panel[depth, LK_COLUMNS], all sums in registers.
LK_INLINE void lk_tile(
    const float *a, int64_t stride, const float *panel, int64_t depth, float *z, int64_t z_stride,
    bool add, const int rows) {
#pragma clang fp contract(fast)
  lk_f16 sums[6];
#pragma unroll
  for (int r = 0; r < rows; ++r) sums[r] = add ? LK_LOAD16(z + r * z_stride) : (lk_f16)0.0f;
  for (int64_t k = 0; k < depth; ++k) {
    lk_f16 b = LK_LOAD16(panel + k * LK_COLUMNS);
#pragma unroll
    for (int r = 0; r < rows; ++r) sums[r] += (lk_f16)a[r * stride + k] * b;
  }
#pragma unroll
  for (int r = 0; r < rows; ++r) LK_STORE16(z + r * z_stride, sums[r]);
}

// The same for one row, whose sums would wait for each other: in four parts.
LK_INLINE void lk_tile_row(
    const float *a, const float *panel, int64_t depth, float *z, bool add) {
#pragma clang fp contract(fast)
  lk_f16 sums[4] = {add ? LK_LOAD16(z) : (lk_f16)0.0f, 0.0f, 0.0f, 0.0f};
  int64_t k = 0;
  for (; k + 4 <= depth; k += 4) {
#pragma unroll
    for (int p = 0; p < 4; ++p) sums[p] += (lk_f16)a[k + p] * LK_LOAD16(panel + (k + p) * LK_COLUMNS);
  }
  for (; k < depth; ++k) sums[0] += (lk_f16)a[k] * LK_LOAD16(panel + k * LK_COLUMNS);
  LK_STORE16(z, (sums[0] + sums[1]) + (sums[2] + sums[3]));
}

// The same for any number of rows.
LK_INLINE void lk_tiles(
    const float *a, int64_t stride, int64_t rows, const float *panel, int64_t depth, float *z,
    int64_t z_stride, bool add) {
  int64_t row = 0;
  for (; row + 6 <= rows; row += 6) {
    lk_tile(a + row * stride, stride, panel, depth, z + row * z_stride, z_stride, add, 6);
  }
  a += row * stride;
  z += row * z_stride;
  switch (rows - row) {
    case 5: lk_tile(a, stride, panel, depth, z, z_stride, add, 5); break;
    case 4: lk_tile(a, stride, panel, depth, z, z_stride, add, 4); break;
    case 3: lk_tile(a, stride, panel, depth, z, z_stride, add, 3); break;
    case 2: lk_tile(a, stride, panel, depth, z, z_stride, add, 2); break;
    case 1: lk_tile_row(a, panel, depth, z, add); break;
    default: break;
  }
}
