#include "row_gradient.h"

#include <string.h>

#include "clones.h"
#include "index.h"
#include "parallel.h"

// The table is passed over in blocks: as many rows as fit a piece, or one longer row.
enum { PIECE = 1024 };
static const float zeros[PIECE];

typedef struct {
  const lk_row_gradient *gradient;
  lk_piece_update apply;
  const void *update;
} row_update;

static inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

static int64_t block_rows(const lk_row_gradient *g) {
  return g->inner > 0 && g->inner < PIECE ? PIECE / g->inner : 1;
}

static int64_t block_count(const lk_row_gradient *g) {
  return (g->axis + block_rows(g) - 1) / block_rows(g);
}

// A list for each block: its first index, and for each index the next.
int64_t lk_row_gradient_scratch_bytes(const lk_row_gradient *g) {
  return (block_count(g) + g->count) * (int64_t)sizeof(int64_t);
}

static inline int64_t row_of(const lk_row_gradient *g, int64_t i) {
  int64_t index = lk_index(g->indices, g->index_dtype, i);
  return index < 0 ? index + g->axis : index;
}

LK_CLONES
static void add_row(float *restrict dst, const float *restrict src, int64_t count) {
  for (int64_t i = 0; i < count; ++i) dst[i] += src[i];
}

// Lists are made from the back, so that they run in the order of the indices.
static void list_indices(
    const lk_row_gradient *g, int64_t begin, int64_t end, int64_t *heads, int64_t *next) {
  int64_t height = block_rows(g);
  for (int64_t block = begin; block < end; ++block) heads[block] = -1;
  for (int64_t i = g->count - 1; i >= 0; --i) {
    int64_t row = row_of(g, i);
    if (row < begin * height || row >= smaller(end * height, g->axis)) continue;
    next[i] = heads[row / height];
    heads[row / height] = i;
  }
}

static void update_blocks(void *context, int64_t begin, int64_t end) {
  const row_update *u = context;
  const lk_row_gradient *g = u->gradient;
  int64_t height = block_rows(g), *heads = g->scratch, *next = heads + block_count(g);
  list_indices(g, begin, end, heads, next);
  float sums[PIECE];
  for (int64_t block = begin; block < end; ++block) {
    int64_t top = block * height, rows = smaller(height, g->axis - top);
    for (int64_t column = 0; column < g->inner; column += PIECE) {
      int64_t width = smaller(PIECE, g->inner - column);
      const float *grad = zeros;
      if (heads[block] >= 0) {
        memset(sums, 0, (size_t)(rows * width) * sizeof(float));
        for (int64_t i = heads[block]; i >= 0; i = next[i]) {
          add_row(sums + (row_of(g, i) - top) * width, g->src + i * g->inner + column, width);
        }
        grad = sums;
      }
      u->apply(u->update, grad, top * g->inner + column, rows * width);
    }
  }
}

// Every member lists the indices of its own blocks: sums are formed in the order of the indices,
// whatever the team.
void lk_update_by_rows(
    const lk_row_gradient *gradient, int64_t cost, lk_piece_update apply, const void *update) {
  row_update u = {gradient, apply, update};
  int64_t work = (gradient->axis * cost + gradient->count) * gradient->inner;
  lk_parallel_ranges(block_count(gradient), 1, work, update_blocks, &u);
}
