#include <math.h>

#include "index.h"
#include "parallel.h"
#include "row.h"

enum { ROW_COST = 10 };  // for each class

static void loss_rows(void *context, int64_t begin, int64_t end) {
  const lk_cross_entropy *c = context;
  for (int64_t row = begin; row < end; ++row) {
    const float *logits = c->logits + row * c->classes;
    int64_t label = lk_index(c->labels, c->label_dtype, row);
    if (label < 0 || label >= c->classes) {
      c->loss[row] = NAN;
      continue;
    }
    float largest = lk_row_max(logits, c->classes);
    float sum = lk_row_exp(0, logits, largest, c->classes);
    c->loss[row] = logf(sum) + (largest - logits[label]);
  }
}

void lk_cross_entropy_run(void *arguments) {
  lk_cross_entropy *c = arguments;
  lk_parallel_ranges(c->rows, 16, c->rows * c->classes * ROW_COST, loss_rows, c);
}

static void gradient_rows(void *context, int64_t begin, int64_t end) {
  const lk_cross_entropy_gradient *c = context;
  for (int64_t row = begin; row < end; ++row) {
    const float *logits = c->logits + row * c->classes;
    float *dst = c->dst + row * c->classes, g = c->g[row * c->g_stride];
    int64_t label = lk_index(c->labels, c->label_dtype, row);
    if (label < 0 || label >= c->classes) {  // as the loss
      for (int64_t i = 0; i < c->classes; ++i) dst[i] = NAN;
      continue;
    }
    float largest = lk_row_max(logits, c->classes);
    float sum = lk_row_exp(dst, logits, largest, c->classes);
    lk_row_affine(dst, dst, g / sum, 0.0f, c->classes);
    dst[label] -= g;
  }
}

void lk_cross_entropy_gradient_run(void *arguments) {
  lk_cross_entropy_gradient *c = arguments;
  lk_parallel_ranges(c->rows, 1, c->rows * c->classes * ROW_COST, gradient_rows, c);
}
