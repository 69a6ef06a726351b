// What the steps of recurrent layers share: products of a few rows with packed weights, and the
// split of the batch. A member of the team takes its examples through all steps by itself, in blocks
// of rows that stay in its first cache, so that no step waits for another thread.
#pragma once
#include <stdbool.h>
#include <string.h>

#include "clones.h"
#include "index.h"
#include "lepton_kernels.h"
#include "parallel.h"
#include "vector.h"

// Rows of a block; columns of a panel of weights, which are units of one gate in the forward product;
// depth at which a panel fits into half of the first cache.
enum { LK_BLOCK_ROWS = 24, LK_COLUMNS = 16, LK_DEPTH = 256 };

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

// z[rows, gates, LK_COLUMNS] = h[rows, hidden] times the panels of all gates for one group of units.
LK_INLINE void lk_forward_product(
    const float *h, int64_t hidden, int64_t rows, const float *panel, float *z, int64_t gates) {
  for (int64_t gate = 0; gate < gates; ++gate) {
    for (int64_t k = 0; k < hidden; k += LK_DEPTH) {
      lk_tiles(
          h + k, hidden, rows, panel + (gate * hidden + k) * LK_COLUMNS,
          hidden - k < LK_DEPTH ? hidden - k : LK_DEPTH, z + gate * LK_COLUMNS,
          gates * LK_COLUMNS, k > 0);
    }
  }
}

// z[rows, hidden] = a[rows, depth] * packed weights; rows of z are `z_stride` apart, a multiple of
// LK_COLUMNS.
void lk_backward_product(
    const float *a, int64_t depth, int64_t rows, const float *packed, int64_t hidden, float *z,
    int64_t z_stride);

static inline int64_t lk_padded(int64_t count, int64_t multiple) {
  return (count + multiple - 1) / multiple * multiple;
}

// Whether the step at `time` counts for example n.
static inline bool lk_counts(const lk_recurrence *r, int64_t n, int64_t time) {
  return !r->lengths || time < lk_index(r->lengths, r->length_dtype, n);
}

// The time of the step that comes after `step` others.
static inline int64_t lk_time(const lk_recurrence *r, int64_t step) {
  return r->reversed ? r->steps - 1 - step : step;
}

// Keeps src [rows, width] of a block in dst [steps, batch, width], which may be NULL: zeros for
// examples that rest.
void lk_keep(
    const lk_recurrence *r, float *dst, const float *src, int64_t width, int64_t first,
    int64_t rows, int64_t time);

// Takes examples [first, first + rows) through all steps, with scratch of its own: for each of
// LK_BLOCK_ROWS rows four times the units, padded to a multiple of LK_COLUMNS, and four panels.
typedef void (*lk_block_body)(const void *context, int64_t first, int64_t rows, float *scratch);
void lk_recurrence_blocks(
    const lk_recurrence *r, int64_t gates, lk_block_body body, const void *context);
