#include "recurrence.h"
#include "vector_math.h"

enum { GATES = 4 };

// One step of one example. dh holds the gradient of its state and takes none; dc goes on to the
// step before.
LK_INLINE void pull_units(
    float *dsums, const float *gates, const float *c_before, const float *dy, const float *dh,
    float *dc, int64_t hidden, const bool has_dy) {
  LK_INDEPENDENT
  for (int64_t j = 0; j < hidden; ++j) {
    float i = gates[j], f = gates[hidden + j], g = gates[2 * hidden + j];
    float o = gates[3 * hidden + j], before = c_before[j];
    float squashed = lk_tanh(f * before + i * g);
    float outer = has_dy ? dh[j] + dy[j] : dh[j];
    float inner = dc[j] + outer * o * (1.0f - squashed * squashed);
    dsums[j] = inner * g * (i * (1.0f - i));
    dsums[hidden + j] = inner * before * (f * (1.0f - f));
    dsums[2 * hidden + j] = inner * i * (1.0f - g * g);
    dsums[3 * hidden + j] = outer * squashed * (o * (1.0f - o));
    dc[j] = inner * f;
  }
}

LK_CLONES
static void pull_row(
    float *dsums, const float *gates, const float *c_before, const float *dy, const float *dh,
    float *dc, int64_t hidden) {
  if (dy) {
    pull_units(dsums, gates, c_before, dy, dh, dc, hidden, true);
  } else {
    pull_units(dsums, gates, c_before, dy, dh, dc, hidden, false);
  }
}

static void load(float *dst, const float *src, size_t bytes) {
  if (src) {
    memcpy(dst, src, bytes);
  } else {
    memset(dst, 0, bytes);
  }
}

static void run_block(const void *context, int64_t first, int64_t rows, float *scratch) {
  const lk_lstm_gradient *l = context;
  const lk_recurrence *r = &l->over;
  int64_t hidden = r->hidden, width = GATES * hidden, stride = lk_padded(hidden, LK_COLUMNS);
  size_t row_bytes = (size_t)hidden * sizeof(float), bytes = (size_t)rows * row_bytes;
  float *dh = scratch, *dc = dh + LK_BLOCK_ROWS * hidden, *z = dc + LK_BLOCK_ROWS * hidden;
  load(dh, l->dh ? l->dh + first * hidden : 0, bytes);
  load(dc, l->dc ? l->dc + first * hidden : 0, bytes);
  for (int64_t t = r->steps - 1; t >= 0; --t) {
    int64_t time = lk_time(r, t), row0 = time * r->batch + first;
    float *dsums = l->dsums + row0 * width;
    for (int64_t row = 0; row < rows; ++row) {
      int64_t place = (row0 + row) * hidden;
      if (!lk_counts(r, first + row, time)) {
        memset(dsums + row * width, 0, (size_t)width * sizeof(float));
        continue;
      }
      pull_row(
          dsums + row * width, l->gates + (row0 + row) * width, l->c_before + place,
          l->dy ? l->dy + place : 0, dh + row * hidden, dc + row * hidden, hidden);
    }
    lk_backward_product(dsums, width, rows, l->packed, hidden, z, stride);
    for (int64_t row = 0; row < rows; ++row) {
      if (!lk_counts(r, first + row, time)) continue;
      memcpy(dh + row * hidden, z + row * stride, row_bytes);
    }
  }
  if (l->dh0) memcpy(l->dh0 + first * hidden, dh, bytes);
  if (l->dc0) memcpy(l->dc0 + first * hidden, dc, bytes);
}

void lk_lstm_gradient_run(void *arguments) {
  const lk_lstm_gradient *l = arguments;
  lk_recurrence_blocks(&l->over, GATES, run_block, l);
}
