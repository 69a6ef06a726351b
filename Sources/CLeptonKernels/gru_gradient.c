#include "recurrence.h"

enum { GATES = 3, KEPT = 4 };

// One step of one example. dh becomes what reaches the state before past the recurrent product.
LK_INLINE void pull_units(
    float *dsums, float *dproducts, const float *gates, const float *h_before, const float *dy,
    float *dh, int64_t hidden, const bool has_dy) {
  LK_INDEPENDENT
  for (int64_t j = 0; j < hidden; ++j) {
    float r = gates[j], z = gates[hidden + j], n = gates[2 * hidden + j];
    float q = gates[3 * hidden + j];
    float outer = has_dy ? dh[j] + dy[j] : dh[j];
    float inner = outer * (1.0f - z) * (1.0f - n * n);
    float dr = inner * q * (r * (1.0f - r));
    float dz = outer * (h_before[j] - n) * (z * (1.0f - z));
    dsums[j] = dr;
    dsums[hidden + j] = dz;
    dsums[2 * hidden + j] = inner;
    dproducts[j] = dr;
    dproducts[hidden + j] = dz;
    dproducts[2 * hidden + j] = inner * r;
    dh[j] = outer * z;
  }
}

LK_CLONES
static void pull_row(
    float *dsums, float *dproducts, const float *gates, const float *h_before, const float *dy,
    float *dh, int64_t hidden) {
  if (dy) {
    pull_units(dsums, dproducts, gates, h_before, dy, dh, hidden, true);
  } else {
    pull_units(dsums, dproducts, gates, h_before, dy, dh, hidden, false);
  }
}

LK_CLONES
static void add(float *restrict dst, const float *restrict src, int64_t count) {
  for (int64_t i = 0; i < count; ++i) dst[i] += src[i];
}

static void run_block(const void *context, int64_t first, int64_t rows, float *scratch) {
  const lk_gru_gradient *l = context;
  const lk_recurrence *r = &l->over;
  int64_t hidden = r->hidden, width = GATES * hidden, stride = lk_padded(hidden, LK_COLUMNS);
  size_t width_bytes = (size_t)width * sizeof(float);
  size_t bytes = (size_t)(rows * hidden) * sizeof(float);
  float *dh = scratch, *z = dh + LK_BLOCK_ROWS * hidden;
  if (l->dh) {
    memcpy(dh, l->dh + first * hidden, bytes);
  } else {
    memset(dh, 0, bytes);
  }
  for (int64_t t = r->steps - 1; t >= 0; --t) {
    int64_t time = lk_time(r, t), row0 = time * r->batch + first;
    float *dsums = l->dsums + row0 * width, *dproducts = l->dproducts + row0 * width;
    for (int64_t row = 0; row < rows; ++row) {
      int64_t place = (row0 + row) * hidden;
      if (!lk_counts(r, first + row, time)) {
        memset(dsums + row * width, 0, width_bytes);
        memset(dproducts + row * width, 0, width_bytes);
        continue;
      }
      pull_row(
          dsums + row * width, dproducts + row * width, l->gates + place * KEPT,
          l->h_before + place, l->dy ? l->dy + place : 0, dh + row * hidden, hidden);
    }
    lk_backward_product(dproducts, width, rows, l->packed, hidden, z, stride);
    for (int64_t row = 0; row < rows; ++row) {
      if (lk_counts(r, first + row, time)) add(dh + row * hidden, z + row * stride, hidden);
    }
  }
  if (l->dh0) memcpy(l->dh0 + first * hidden, dh, bytes);
}

void lk_gru_gradient_run(void *arguments) {
  const lk_gru_gradient *l = arguments;
  lk_recurrence_blocks(&l->over, GATES, run_block, l);
}
