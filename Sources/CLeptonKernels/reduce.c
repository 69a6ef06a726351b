#include "convert.h"
#include "parallel.h"
#include "reduce_leaf.h"
#include "reduce_shape.h"

void lk_reduce_arg_run(const lk_reduce *reduce);

// Partial results depend only on the extents: short inner sums in float, over fixed chunks, are
// added in double.
enum {
  CHUNK = 4096,      // elements of a row reduced at once, and about as many of columns
  LEAST_ROWS = 64,   // rows of columns reduced at once
  COLUMNS = 512,     // columns of a task
  WIDE = 64,         // columns that fill the accumulators: narrow dense rows go together
  SHORT_ROW = 32,    // rows reduced many at a time
  TASKS = 16,        // enough to share out
};

typedef struct {
  const lk_reduce *reduce;
  lk_reduce_shape shape;
  int64_t rows;           // of columns reduced at once
  int64_t blocks;         // of the inner dim: chunks of a row, or column blocks
  int64_t units, segments;  // units of the reduced part of one result, shared out over segments
  int64_t width;          // results that one task makes
  double *partial;        // [tasks, segments, width]
  double divisor;
} reduction;

static const char *address(const reduction *r, int64_t offset) {
  return (const char *)r->reduce->src + offset * lk_dtype_size(r->reduce->src_dtype);
}

static const float *row_at(
    const reduction *r, int64_t offset, int64_t stride, int64_t count, float *buffer) {
  if (r->reduce->src_dtype == LK_F32 && stride == 1) return (const float *)address(r, offset);
  lk_load(buffer, address(r, offset), r->reduce->src_dtype, stride, count);
  return buffer;
}

// One result, over units [begin, end): chunks of the inner dim, for each place in the other
// reduced dims.
static double reduce_chunks(const reduction *r, int64_t result, int64_t begin, int64_t end) {
  float buffer[CHUNK];
  lk_reduction kind = r->reduce->kind;
  int64_t base = lk_axes_offset(&r->shape.kept, result);
  double total = lk_reduce_identity(kind);
  for (int64_t unit = begin; unit < end; ++unit) {
    int64_t row = unit / r->blocks, first = unit % r->blocks * CHUNK;
    int64_t rest = r->shape.inner_extent - first, count = rest < CHUNK ? rest : CHUNK;
    int64_t offset = base + lk_axes_offset(&r->shape.reduced, row) + first * r->shape.inner_stride;
    const float *src = row_at(r, offset, r->shape.inner_stride, count, buffer);
    total = lk_reduce_combine(kind, total, lk_reduce_row(kind, src, count));
  }
  return total;
}

// The columns of `rows` rows of `count` floats, `stride` apart.
static void reduce_floats(
    lk_reduction kind, const float *src, int64_t stride, int64_t rows, int64_t count,
    float *result) {
  int64_t together = stride == count && count <= WIDE / 2 ? WIDE / count : 1;
  if (together == 1 || rows < together) {
    lk_reduce_columns(kind, result, src, stride, rows, count);
    return;
  }
  float wide[WIDE], rest[WIDE];
  int64_t groups = rows / together, left = rows - groups * together;
  lk_reduce_columns(kind, wide, src, together * stride, groups, together * count);
  if (left > 0) {
    lk_reduce_columns(kind, rest, src + groups * together * stride, stride, left, count);
  }
  for (int64_t j = 0; j < count; ++j) {
    double sum = wide[j];
    for (int64_t g = 1; g < together; ++g) sum = lk_reduce_combine(kind, sum, wide[g * count + j]);
    result[j] = (float)(left > 0 ? lk_reduce_combine(kind, sum, rest[j]) : sum);
  }
}

// The same for any element type, converted a buffer at a time.
static void reduce_rows(
    const reduction *r, int64_t offset, int64_t stride, int64_t rows, int64_t count,
    float *result) {
  lk_reduction kind = r->reduce->kind;
  int32_t dtype = r->reduce->src_dtype;
  if (dtype == LK_F32) {
    reduce_floats(kind, (const float *)address(r, offset), stride, rows, count, result);
    return;
  }
  float buffer[CHUNK], part[COLUMNS];
  int64_t together = CHUNK / count;
  for (int64_t first = 0; first < rows; first += together) {
    int64_t left = rows - first < together ? rows - first : together;
    if (stride == count) {
      lk_load(buffer, address(r, offset + first * stride), dtype, 1, left * count);
    } else {
      for (int64_t i = 0; i < left; ++i) {
        lk_load(buffer + i * count, address(r, offset + (first + i) * stride), dtype, 1, count);
      }
    }
    reduce_floats(kind, buffer, count, left, count, first == 0 ? result : part);
    for (int64_t j = 0; j < count && first > 0; ++j) {
      result[j] = (float)lk_reduce_combine(kind, result[j], part[j]);
    }
  }
}

// One block of columns, over units [begin, end): up to r->rows rows along the last reduced dim,
// for each place in the other reduced dims.
static void reduce_column_block(
    const reduction *r, int64_t outer, int64_t first, int64_t count, int64_t begin, int64_t end,
    double *total) {
  lk_reduction kind = r->reduce->kind;
  lk_axes places = r->shape.reduced;
  int last = --places.dims;
  int64_t extent = places.extents[last], stride = places.strides[last];
  int64_t pieces = (extent + r->rows - 1) / r->rows;
  int64_t base = lk_axes_offset(&r->shape.kept, outer) + first;
  for (int64_t j = 0; j < count; ++j) total[j] = lk_reduce_identity(kind);
  float result[COLUMNS];
  for (int64_t unit = begin; unit < end; ++unit) {
    int64_t row = unit % pieces * r->rows;
    int64_t rows = extent - row < r->rows ? extent - row : r->rows;
    int64_t offset = base + lk_axes_offset(&places, unit / pieces) + row * stride;
    reduce_rows(r, offset, stride, rows, count, result);
    lk_reduce_accumulate(kind, total, result, count);
  }
}

static void store(const reduction *r, int64_t first, const double *values, int64_t count) {
  float result[COLUMNS];
  for (int64_t j = 0; j < count; ++j) result[j] = (float)(values[j] / r->divisor);
  int32_t dtype = r->reduce->dst_dtype;
  lk_store((char *)r->reduce->dst + first * lk_dtype_size(dtype), dtype, result, count);
}

static void segment_range(const reduction *r, int64_t segment, int64_t *begin, int64_t *end) {
  lk_member_range(r->units, 1, (int)segment, (int)r->segments, begin, end);
}

static void run_row_tasks(void *context, int64_t begin, int64_t end) {
  const reduction *r = context;
  for (int64_t task = begin; task < end; ++task) {
    int64_t first, last;
    segment_range(r, task % r->segments, &first, &last);
    double total = reduce_chunks(r, task / r->segments, first, last);
    if (r->segments == 1) {
      store(r, task, &total, 1);
    } else {
      r->partial[task] = total;
    }
  }
}

// Results of one short contiguous row each, the rows equally far apart.
static bool has_short_rows(const reduction *r) {
  return r->units == 1 && r->shape.kept.dims == 1 && r->shape.inner_extent <= SHORT_ROW &&
         r->shape.inner_stride == 1 && r->reduce->src_dtype == LK_F32;
}

static void run_short_rows(void *context, int64_t begin, int64_t end) {
  const reduction *r = context;
  float result[COLUMNS];
  int64_t stride = r->shape.kept.strides[0], size = lk_dtype_size(r->reduce->dst_dtype);
  for (int64_t first = begin; first < end; first += COLUMNS) {
    int64_t rows = end - first < COLUMNS ? end - first : COLUMNS;
    const float *src = (const float *)address(r, first * stride);
    lk_reduce_short_rows(r->reduce->kind, result, src, stride, rows, r->shape.inner_extent);
    if (r->divisor != 1) {
      for (int64_t i = 0; i < rows; ++i) result[i] = (float)(result[i] / r->divisor);
    }
    lk_store((char *)r->reduce->dst + first * size, r->reduce->dst_dtype, result, rows);
  }
}

static void column_block(
    const reduction *r, int64_t block, int64_t *outer, int64_t *first, int64_t *count) {
  *outer = block / r->blocks;
  *first = block % r->blocks * COLUMNS;
  int64_t rest = r->shape.inner_extent - *first;
  *count = rest < COLUMNS ? rest : COLUMNS;
}

static void run_column_tasks(void *context, int64_t begin, int64_t end) {
  const reduction *r = context;
  double own[COLUMNS];
  for (int64_t task = begin; task < end; ++task) {
    int64_t outer, first, count, from, to;
    column_block(r, task / r->segments, &outer, &first, &count);
    segment_range(r, task % r->segments, &from, &to);
    double *total = r->segments == 1 ? own : r->partial + task * r->width;
    reduce_column_block(r, outer, first, count, from, to, total);
    if (r->segments == 1) store(r, outer * r->shape.inner_extent + first, total, count);
  }
}

// Adds the segments of each task in order.
static void finish(const reduction *r, int64_t tasks) {
  for (int64_t task = 0; task < tasks; ++task) {
    double *total = r->partial + task * r->segments * r->width;
    int64_t first = task, count = 1;
    if (r->shape.inner_is_kept) {
      int64_t outer;
      column_block(r, task, &outer, &first, &count);
      first += outer * r->shape.inner_extent;
    }
    for (int64_t s = 1; s < r->segments; ++s) {
      const double *other = total + s * r->width;
      for (int64_t j = 0; j < count; ++j) {
        total[j] = lk_reduce_combine(r->reduce->kind, total[j], other[j]);
      }
    }
    store(r, first, total, count);
  }
}

// A reduction over nothing: the identity (a mean of nothing is NaN).
static void fill_with_identity(const reduction *r, int64_t results) {
  double value = lk_reduce_identity(r->reduce->kind);
  for (int64_t i = 0; i < results; ++i) store(r, i, &value, 1);
}

void lk_reduce_run(void *arguments) {
  const lk_reduce *reduce = arguments;
  if (reduce->kind == LK_REDUCE_ARGMAX || reduce->kind == LK_REDUCE_ARGMIN) {
    lk_reduce_arg_run(reduce);
    return;
  }
  reduction r = {.reduce = reduce, .divisor = 1, .width = 1};
  int64_t results = 1, reduced = 1;
  for (int d = 0; d < reduce->dims; ++d) {
    *(reduce->reduced[d] ? &reduced : &results) *= reduce->extents[d];
  }
  if (reduce->kind == LK_REDUCE_MEAN) r.divisor = (double)reduced;
  if (results == 0) return;
  if (reduced == 0) {
    fill_with_identity(&r, results);
    return;
  }
  r.shape = lk_reduce_shape_of(reduce, false);
  int64_t tasks = results;
  if (r.shape.inner_is_kept) {
    const lk_axes *axes = &r.shape.reduced;
    int64_t extent = axes->extents[axes->dims - 1];
    r.blocks = (r.shape.inner_extent + COLUMNS - 1) / COLUMNS;
    r.width = r.shape.inner_extent < COLUMNS ? r.shape.inner_extent : COLUMNS;
    bool dense = axes->strides[axes->dims - 1] == r.shape.inner_extent;
    int64_t rows = CHUNK / r.shape.inner_extent;
    r.rows = dense && rows > LEAST_ROWS ? rows : LEAST_ROWS;
    r.units = reduced / extent * ((extent + r.rows - 1) / r.rows);
    tasks = lk_axes_count(&r.shape.kept) * r.blocks;
  } else {
    r.blocks = (r.shape.inner_extent + CHUNK - 1) / CHUNK;
    r.units = reduced / r.shape.inner_extent * r.blocks;
  }
  int64_t work = results * reduced;
  if (!r.shape.inner_is_kept && has_short_rows(&r)) {
    lk_parallel_ranges(results, 16, work, run_short_rows, &r);
    return;
  }
  r.segments = work < LK_PARALLEL_WORK || tasks >= TASKS ? 1 : TASKS / tasks;
  if (r.segments > r.units) r.segments = r.units;
  lk_range_body body = r.shape.inner_is_kept ? run_column_tasks : run_row_tasks;
  if (r.segments == 1) {
    lk_parallel_ranges(tasks, 1, work, body, &r);
    return;
  }
  double partial[tasks * r.segments * r.width];
  r.partial = partial;
  lk_parallel_ranges(tasks * r.segments, 1, work, body, &r);
  finish(&r, tasks);
}
