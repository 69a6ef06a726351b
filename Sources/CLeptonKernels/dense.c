// Dense layers with few rows, whose packed weights are read about once: where a general product would
// pack them for every run.
#include "recurrence.h"

// Rows that stay in the second cache while all panels pass by.
enum { ROWS = 96 };

static void finish(const lk_dense *d, float *at, int64_t rows, const float *bias) {
  lk_f16 shift = bias ? LK_LOAD16(bias) : (lk_f16)0.0f;
  for (int64_t row = 0; row < rows; ++row) {
    lk_f16 value = LK_LOAD16(at + row * d->outputs) + shift;
    LK_STORE16(at + row * d->outputs, d->relu ? (value > 0 ? value : 0) : value);
  }
}

LK_CLONES
static void rows_by_panels(
    const lk_dense *d, int64_t first_row, int64_t last_row, int64_t first, int64_t last) {
  for (int64_t row = first_row; row < last_row; row += ROWS) {
    int64_t rows = last_row - row < ROWS ? last_row - row : ROWS;
    for (int64_t panel = first; panel < last; ++panel) {
      float *at = d->dst + row * d->outputs + panel * LK_COLUMNS;
      const float *weights = d->weights + panel * d->depth * LK_COLUMNS;
      for (int64_t k = 0; k < d->depth; k += LK_DEPTH) {
        int64_t depth = d->depth - k < LK_DEPTH ? d->depth - k : LK_DEPTH;
        lk_tiles(
            d->src + row * d->depth + k, d->depth, rows, weights + k * LK_COLUMNS, depth, at,
            d->outputs, k > 0);
      }
      finish(d, at, rows, d->bias ? d->bias + panel * LK_COLUMNS : 0);
    }
  }
}

static void panels(void *context, int64_t begin, int64_t end) {
  const lk_dense *d = context;
  rows_by_panels(d, 0, d->rows, begin, end);
}

void lk_dense_run(void *arguments) {
  lk_dense *d = arguments;
  lk_parallel_ranges(
      d->outputs / LK_COLUMNS, 1, d->rows * d->depth * d->outputs / 8, panels, d);
}
