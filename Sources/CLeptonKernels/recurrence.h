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
#include "tiles.h"

// Rows of a block. Columns of a panel are units of one gate in the forward product.
enum { LK_BLOCK_ROWS = 24 };

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
