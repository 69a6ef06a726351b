#include <math.h>

#include "parallel.h"
#include "reduce_leaf.h"
#include "row.h"
#include "vector_math.h"

enum { EXP_COST = 10, COLUMNS = 64 };

static void softmax_short_rows(void *context, int64_t begin, int64_t end) {
  const lk_softmax *s = context;
  float values[LK_PACKED], largest[LK_PACKED], sums[LK_PACKED];
  int64_t together = LK_PACKED / s->count;
  for (int64_t first = begin; first < end; first += together) {
    int64_t rows = end - first < together ? end - first : together;
    const float *src = s->src + first * s->count;
    float *dst = s->dst + first * s->count;
    lk_short_rows_exp(values, src, largest, sums, rows, s->count);
    for (int64_t row = 0; row < rows; ++row) {
      float shift = s->log ? largest[row] + logf(sums[row]) : 0, scale = 1.0f / sums[row];
      for (int64_t i = row * s->count; i < (row + 1) * s->count; ++i) {
        dst[i] = s->log ? src[i] - shift : values[i] * scale;
      }
    }
  }
}

static void softmax_rows(void *context, int64_t begin, int64_t end) {
  const lk_softmax *s = context;
  for (int64_t row = begin; row < end; ++row) {
    const float *src = s->src + row * s->count;
    float *dst = s->dst + row * s->count;
    float largest = lk_row_max(src, s->count);
    float sum = lk_row_exp(s->log ? 0 : dst, src, largest, s->count);
    if (s->log) {
      lk_row_affine(dst, src, 1.0f, -(largest + logf(sum)), s->count);
    } else {
      lk_row_affine(dst, dst, 1.0f / sum, 0.0f, s->count);
    }
  }
}

// Up to COLUMNS neighbouring columns side by side.
LK_CLONES
static void softmax_columns(
    float *dst, const float *src, int64_t count, int64_t stride, int64_t columns, bool log) {
  float largest[COLUMNS], sum[COLUMNS];
  for (int64_t j = 0; j < columns; ++j) {
    largest[j] = -__builtin_inff();
    sum[j] = 0;
  }
  for (int64_t i = 0; i < count; ++i) {
    const float *row = src + i * stride;
    for (int64_t j = 0; j < columns; ++j) largest[j] = row[j] > largest[j] ? row[j] : largest[j];
  }
  for (int64_t i = 0; i < count; ++i) {
    const float *row = src + i * stride;
    for (int64_t j = 0; j < columns; ++j) sum[j] += lk_exp(row[j] - largest[j]);
  }
  for (int64_t j = 0; j < columns; ++j) sum[j] = log ? largest[j] + lk_log(sum[j]) : 1.0f / sum[j];
  for (int64_t i = 0; i < count; ++i) {
    const float *row = src + i * stride;
    float *to = dst + i * stride;
    if (log) {
      LK_INDEPENDENT
      for (int64_t j = 0; j < columns; ++j) to[j] = row[j] - sum[j];
    } else {
      LK_INDEPENDENT
      for (int64_t j = 0; j < columns; ++j) to[j] = lk_exp(row[j] - largest[j]) * sum[j];
    }
  }
}

LK_CLONES
static void gradient_columns(
    float *dst, const float *y, const float *g, int64_t count, int64_t stride, int64_t columns,
    bool log) {
  float sum[COLUMNS] = {0};
  for (int64_t i = 0; i < count; ++i) {
    const float *value = y + i * stride, *gradient = g + i * stride;
    for (int64_t j = 0; j < columns; ++j) sum[j] += log ? gradient[j] : gradient[j] * value[j];
  }
  for (int64_t i = 0; i < count; ++i) {
    const float *value = y + i * stride, *gradient = g + i * stride;
    float *to = dst + i * stride;
    if (log) {
      LK_INDEPENDENT
      for (int64_t j = 0; j < columns; ++j) to[j] = gradient[j] - lk_exp(value[j]) * sum[j];
    } else {
      LK_INDEPENDENT
      for (int64_t j = 0; j < columns; ++j) to[j] = (gradient[j] - sum[j]) * value[j];
    }
  }
}

static int64_t column_blocks(int64_t inner) { return (inner + COLUMNS - 1) / COLUMNS; }

// Where a block of columns starts, and how many columns it has.
static int64_t column_start(int64_t block, int64_t count, int64_t inner, int64_t *columns) {
  int64_t blocks = column_blocks(inner), first = block % blocks * COLUMNS;
  *columns = inner - first < COLUMNS ? inner - first : COLUMNS;
  return block / blocks * count * inner + first;
}

static void softmax_blocks(void *context, int64_t begin, int64_t end) {
  const lk_softmax *s = context;
  for (int64_t block = begin; block < end; ++block) {
    int64_t columns, start = column_start(block, s->count, s->inner, &columns);
    softmax_columns(s->dst + start, s->src + start, s->count, s->inner, columns, s->log);
  }
}

void lk_softmax_run(void *arguments) {
  lk_softmax *s = arguments;
  if (s->count == 0 || s->inner == 0) return;
  int64_t work = s->outer * s->count * s->inner * EXP_COST;
  if (s->inner == 1) {
    lk_parallel_ranges(
        s->outer, 1, work, s->count <= LK_SHORT_ROW ? softmax_short_rows : softmax_rows, s);
  } else {
    lk_parallel_ranges(s->outer * column_blocks(s->inner), 1, work, softmax_blocks, s);
  }
}

LK_CLONES
static void softmax_gradient_row(
    float *dst, const float *y, const float *g, float sum, int64_t count) {
  LK_INDEPENDENT
  for (int64_t i = 0; i < count; ++i) dst[i] = (g[i] - sum) * y[i];
}

LK_CLONES
static void log_softmax_gradient_row(
    float *dst, const float *y, const float *g, float sum, int64_t count) {
  LK_INDEPENDENT
  for (int64_t i = 0; i < count; ++i) dst[i] = g[i] - lk_exp(y[i]) * sum;
}

static void gradient_rows(void *context, int64_t begin, int64_t end) {
  const lk_softmax_gradient *s = context;
  for (int64_t row = begin; row < end; ++row) {
    const float *y = s->y + row * s->count, *g = s->g + row * s->count;
    float *dst = s->dst + row * s->count;
    if (s->log) {
      log_softmax_gradient_row(dst, y, g, lk_reduce_row(LK_REDUCE_SUM, g, s->count), s->count);
    } else {
      softmax_gradient_row(dst, y, g, lk_row_dot(g, y, s->count), s->count);
    }
  }
}

static void gradient_blocks(void *context, int64_t begin, int64_t end) {
  const lk_softmax_gradient *s = context;
  for (int64_t block = begin; block < end; ++block) {
    int64_t columns, start = column_start(block, s->count, s->inner, &columns);
    gradient_columns(
        s->dst + start, s->y + start, s->g + start, s->count, s->inner, columns, s->log);
  }
}

void lk_softmax_gradient_run(void *arguments) {
  lk_softmax_gradient *s = arguments;
  if (s->count == 0 || s->inner == 0) return;
  int64_t work = s->outer * s->count * s->inner * (s->log ? EXP_COST : 4);
  if (s->inner == 1) {
    lk_parallel_ranges(s->outer, 1, work, gradient_rows, s);
  } else {
    lk_parallel_ranges(s->outer * column_blocks(s->inner), 1, work, gradient_blocks, s);
  }
}
