#include "convert.h"
#include "parallel.h"
#include "reduce_leaf.h"
#include "reduce_shape.h"

// The index of the first largest or smallest element; the first NaN wins over everything.

enum { CHUNK = 1024, COLUMNS = 256 };

typedef struct {
  const lk_reduce *reduce;
  lk_reduce_shape shape;
  int64_t rows, blocks;
  lk_reduction kind;  // LK_REDUCE_MAX or LK_REDUCE_MIN
} search;

static void store_index(const search *s, int64_t result, int64_t index) {
  if (s->reduce->dst_dtype == LK_S64) {
    ((int64_t *)s->reduce->dst)[result] = index;
  } else {
    ((int32_t *)s->reduce->dst)[result] = (int32_t)index;
  }
}

static void load(const search *s, float *dst, int64_t offset, int64_t stride, int64_t count) {
  int32_t dtype = s->reduce->src_dtype;
  lk_load(dst, (const char *)s->reduce->src + offset * lk_dtype_size(dtype), dtype, stride, count);
}

static bool is_better(lk_reduction kind, float x, float best) {
  if (best != best) return false;
  return x != x || (kind == LK_REDUCE_MAX ? x > best : x < best);
}

static int64_t first_equal(const float *values, float wanted) {
  int64_t i = 0;
  while (!(values[i] == wanted || (wanted != wanted && values[i] != values[i]))) ++i;
  return i;
}

static void search_rows(void *context, int64_t begin, int64_t end) {
  const search *s = context;
  float chunk[CHUNK];
  for (int64_t result = begin; result < end; ++result) {
    int64_t base = lk_axes_offset(&s->shape.kept, result), winner = 0;
    float best = lk_reduce_identity(s->kind);
    for (int64_t row = 0; row < s->rows; ++row) {
      int64_t start = base + lk_axes_offset(&s->shape.reduced, row);
      for (int64_t first = 0; first < s->shape.inner_extent; first += CHUNK) {
        int64_t rest = s->shape.inner_extent - first, count = rest < CHUNK ? rest : CHUNK;
        load(s, chunk, start + first * s->shape.inner_stride, s->shape.inner_stride, count);
        float candidate = lk_reduce_row(s->kind, chunk, count);
        if (!is_better(s->kind, candidate, best)) continue;
        best = candidate;
        winner = row * s->shape.inner_extent + first + first_equal(chunk, candidate);
      }
    }
    store_index(s, result, winner);
  }
}

LK_CLONES
static void challenge(
    float *restrict best, int32_t *restrict winner, const float *restrict row, int32_t index,
    float sign, int64_t count) {
  for (int64_t j = 0; j < count; ++j) {
    float x = row[j], old = best[j];
    int better = (old == old) & ((x != x) | (sign * x > sign * old));
    best[j] = better ? x : old;
    winner[j] = better ? index : winner[j];
  }
}

static void search_columns(void *context, int64_t begin, int64_t end) {
  const search *s = context;
  float best[COLUMNS], row[COLUMNS];
  int32_t winner[COLUMNS];
  for (int64_t task = begin; task < end; ++task) {
    int64_t outer = task / s->blocks, first = task % s->blocks * COLUMNS;
    int64_t rest = s->shape.inner_extent - first, count = rest < COLUMNS ? rest : COLUMNS;
    int64_t base = lk_axes_offset(&s->shape.kept, outer) + first;
    for (int64_t j = 0; j < count; ++j) {
      best[j] = lk_reduce_identity(s->kind);
      winner[j] = 0;
    }
    for (int64_t i = 0; i < s->rows; ++i) {
      load(s, row, base + lk_axes_offset(&s->shape.reduced, i), 1, count);
      challenge(best, winner, row, (int32_t)i, s->kind == LK_REDUCE_MAX ? 1.0f : -1.0f, count);
    }
    for (int64_t j = 0; j < count; ++j) {
      store_index(s, outer * s->shape.inner_extent + first + j, winner[j]);
    }
  }
}

void lk_reduce_arg_run(const lk_reduce *reduce) {
  search s = {
      .reduce = reduce,
      .kind = reduce->kind == LK_REDUCE_ARGMAX ? LK_REDUCE_MAX : LK_REDUCE_MIN,
  };
  int64_t results = 1, reduced = 1;
  for (int d = 0; d < reduce->dims; ++d) {
    *(reduce->reduced[d] ? &reduced : &results) *= reduce->extents[d];
  }
  if (results == 0) return;
  if (reduced == 0) {
    for (int64_t i = 0; i < results; ++i) store_index(&s, i, 0);
    return;
  }
  s.shape = lk_reduce_shape_of(reduce, true);
  s.rows = lk_axes_count(&s.shape.reduced);
  if (s.shape.inner_is_kept) {
    s.blocks = (s.shape.inner_extent + COLUMNS - 1) / COLUMNS;
    lk_parallel_ranges(
        lk_axes_count(&s.shape.kept) * s.blocks, 1, results * reduced, search_columns, &s);
  } else {
    lk_parallel_ranges(results, 1, results * reduced, search_rows, &s);
  }
}
