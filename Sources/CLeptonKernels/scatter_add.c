#include <string.h>

#include "clones.h"
#include "index.h"
#include "parallel.h"

LK_CLONES
static void add_row(float *restrict dst, const float *restrict src, int64_t count) {
  for (int64_t i = 0; i < count; ++i) dst[i] += src[i];
}

static inline int64_t row_of(const lk_scatter_add *s, int64_t i) {
  int64_t index = lk_index(s->indices, s->index_dtype, i);
  return index < 0 ? index + s->axis : index;
}

// Every member walks all indices and keeps to its own part of the destination: sums are formed in
// the order of the indices, whatever the team. An index outside the axis belongs to nobody.
static void scatter_columns(void *context, int64_t begin, int64_t end) {
  const lk_scatter_add *s = context;
  for (int64_t row = 0; row < s->axis; ++row) {
    memset(s->dst + row * s->inner + begin, 0, (size_t)(end - begin) * sizeof(float));
  }
  for (int64_t i = 0; i < s->count; ++i) {
    int64_t row = row_of(s, i);
    if (row < 0 || row >= s->axis) continue;
    add_row(s->dst + row * s->inner + begin, s->src + i * s->inner + begin, end - begin);
  }
}

static void scatter_rows(void *context, int64_t begin, int64_t end) {
  const lk_scatter_add *s = context;
  memset(s->dst + begin * s->inner, 0, (size_t)((end - begin) * s->inner) * sizeof(float));
  for (int64_t i = 0; i < s->count; ++i) {
    int64_t row = row_of(s, i);
    if (row < begin || row >= end) continue;
    if (s->inner == 1) {
      s->dst[row] += s->src[i];
    } else {
      add_row(s->dst + row * s->inner, s->src + i * s->inner, s->inner);
    }
  }
}

void lk_scatter_add_run(void *arguments) {
  lk_scatter_add *s = arguments;
  if (s->axis == 0 || s->inner == 0) return;
  int64_t work = (s->axis + s->count) * s->inner;
  if (s->inner >= 64 * lk_team_size(work)) {
    lk_parallel_ranges(s->inner, 16, work, scatter_columns, s);
  } else {
    int64_t grain = (16 + s->inner - 1) / s->inner;
    lk_parallel_ranges(s->axis, grain, work, scatter_rows, s);
  }
}
