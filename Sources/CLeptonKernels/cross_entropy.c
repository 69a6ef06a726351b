#include <math.h>

#include "index.h"
#include "parallel.h"
#include "row.h"

enum { ROW_COST = 10 };  // for each class

// -1 where the label is none of the classes.
static inline int64_t class_of(const void *labels, int32_t dtype, int64_t row, int64_t classes) {
  int64_t label = lk_index(labels, dtype, row);
  return label >= 0 && label < classes ? label : -1;
}

static inline float loss_of(const float *logits, int64_t label, float largest, float sum) {
  return label < 0 ? NAN : logf(sum) + (largest - logits[label]);
}

static void loss_rows(void *context, int64_t begin, int64_t end) {
  const lk_cross_entropy *c = context;
  for (int64_t row = begin; row < end; ++row) {
    const float *logits = c->logits + row * c->classes;
    float largest = lk_row_max(logits, c->classes);
    float sum = lk_row_exp(0, logits, largest, c->classes);
    int64_t label = class_of(c->labels, c->label_dtype, row, c->classes);
    c->loss[row] = loss_of(logits, label, largest, sum);
  }
}

static void loss_short_rows(void *context, int64_t begin, int64_t end) {
  const lk_cross_entropy *c = context;
  float values[LK_PACKED], largest[LK_PACKED], sums[LK_PACKED];
  int64_t together = LK_PACKED / c->classes;
  for (int64_t first = begin; first < end; first += together) {
    int64_t rows = end - first < together ? end - first : together;
    const float *logits = c->logits + first * c->classes;
    lk_short_rows_exp(values, logits, largest, sums, rows, c->classes);
    for (int64_t i = 0; i < rows; ++i) {
      int64_t label = class_of(c->labels, c->label_dtype, first + i, c->classes);
      c->loss[first + i] = loss_of(logits + i * c->classes, label, largest[i], sums[i]);
    }
  }
}

void lk_cross_entropy_run(void *arguments) {
  lk_cross_entropy *c = arguments;
  if (c->classes == 0) return;
  lk_range_body body = c->classes <= LK_SHORT_ROW ? loss_short_rows : loss_rows;
  lk_parallel_ranges(c->rows, 16, c->rows * c->classes * ROW_COST, body, c);
}

// A wrong label gives NaN, as in the loss.
static inline void finish_gradient(float *dst, int64_t label, float g, int64_t classes) {
  if (label >= 0) {
    dst[label] -= g;
  } else {
    for (int64_t i = 0; i < classes; ++i) dst[i] = NAN;
  }
}

static void gradient_rows(void *context, int64_t begin, int64_t end) {
  const lk_cross_entropy_gradient *c = context;
  for (int64_t row = begin; row < end; ++row) {
    const float *logits = c->logits + row * c->classes;
    float *dst = c->dst + row * c->classes, g = c->g[row * c->g_stride];
    float largest = lk_row_max(logits, c->classes);
    float sum = lk_row_exp(dst, logits, largest, c->classes);
    lk_row_affine(dst, dst, g / sum, 0.0f, c->classes);
    finish_gradient(dst, class_of(c->labels, c->label_dtype, row, c->classes), g, c->classes);
  }
}

static void gradient_short_rows(void *context, int64_t begin, int64_t end) {
  const lk_cross_entropy_gradient *c = context;
  float values[LK_PACKED], largest[LK_PACKED], sums[LK_PACKED];
  int64_t together = LK_PACKED / c->classes;
  for (int64_t first = begin; first < end; first += together) {
    int64_t rows = end - first < together ? end - first : together;
    lk_short_rows_exp(
        values, c->logits + first * c->classes, largest, sums, rows, c->classes);
    for (int64_t i = 0; i < rows; ++i) {
      const float *value = values + i * c->classes;
      float *dst = c->dst + (first + i) * c->classes, g = c->g[(first + i) * c->g_stride];
      float scale = g / sums[i];
      for (int64_t j = 0; j < c->classes; ++j) dst[j] = value[j] * scale;
      int64_t label = class_of(c->labels, c->label_dtype, first + i, c->classes);
      finish_gradient(dst, label, g, c->classes);
    }
  }
}

void lk_cross_entropy_gradient_run(void *arguments) {
  lk_cross_entropy_gradient *c = arguments;
  if (c->classes == 0) return;
  lk_range_body body = c->classes <= LK_SHORT_ROW ? gradient_short_rows : gradient_rows;
  lk_parallel_ranges(c->rows, 1, c->rows * c->classes * ROW_COST, body, c);
}
