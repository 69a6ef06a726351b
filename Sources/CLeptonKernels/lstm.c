#include "recurrence.h"
#include "vector_math.h"

enum { GATES = 4, WIDTH = GATES * LK_COLUMNS };

// One step of one block.
typedef struct {
  const lk_lstm *l;
  int64_t first, rows, time;
  const float *h;  // before the step, [rows, hidden]
  float *next, *c, *z;
} step;

// Up to sixteen units of one example; z holds the recurrent sums, gate by gate.
LK_INLINE void update_units(
    const float *z, const float *sums, int64_t hidden, float *h, float *c, float *gates,
    const bool keeps, int64_t count) {
  LK_PAIRED
  for (int64_t j = 0; j < count; ++j) {
    float i = lk_sigmoid(z[j] + sums[j]);
    float f = lk_sigmoid(z[LK_COLUMNS + j] + sums[hidden + j]);
    float g = lk_tanh(z[2 * LK_COLUMNS + j] + sums[2 * hidden + j]);
    float o = lk_sigmoid(z[3 * LK_COLUMNS + j] + sums[3 * hidden + j]);
    float cell = f * c[j] + i * g;
    c[j] = cell;
    h[j] = o * lk_tanh(cell);
    if (keeps) {
      gates[j] = i;
      gates[hidden + j] = f;
      gates[2 * hidden + j] = g;
      gates[3 * hidden + j] = o;
    }
  }
}

LK_INLINE void update_panel(const step *s, int64_t unit, const bool keeps, const bool whole) {
  const lk_lstm *l = s->l;
  int64_t hidden = l->over.hidden, count = whole ? LK_COLUMNS : hidden - unit;
  for (int64_t row = 0; row < s->rows; ++row) {
    int64_t n = s->first + row, at = row * hidden + unit;
    if (!lk_counts(&l->over, n, s->time)) continue;
    int64_t place = (s->time * l->over.batch + n) * GATES * hidden + unit;
    update_units(
        s->z + row * WIDTH, l->sums + place, hidden, s->next + at, s->c + at,
        keeps ? l->gates + place : 0, keeps, count);
  }
}

LK_CLONES
static void run_step(const step *s) {
  const lk_lstm *l = s->l;
  int64_t hidden = l->over.hidden;
  for (int64_t unit = 0; unit < hidden; unit += LK_COLUMNS) {
    const float *panel = l->packed + unit * hidden * GATES;
    lk_forward_product(s->h, hidden, s->rows, panel, s->z, GATES);
    if (unit + LK_COLUMNS > hidden) {
      update_panel(s, unit, l->gates != 0, false);
    } else if (l->gates) {
      update_panel(s, unit, true, true);
    } else {
      update_panel(s, unit, false, true);
    }
  }
}

// Gates of examples that rest are zeros, as those of the others are kept.
static void clear_resting(const step *s) {
  const lk_lstm *l = s->l;
  int64_t width = GATES * l->over.hidden;
  for (int64_t n = s->first; n < s->first + s->rows; ++n) {
    if (lk_counts(&l->over, n, s->time)) continue;
    memset(l->gates + (s->time * l->over.batch + n) * width, 0, (size_t)width * sizeof(float));
  }
}

static void run_block(const void *context, int64_t first, int64_t rows, float *scratch) {
  const lk_lstm *l = context;
  const lk_recurrence *r = &l->over;
  int64_t hidden = r->hidden;
  size_t bytes = (size_t)(rows * hidden) * sizeof(float);
  float *h = scratch, *next = h + LK_BLOCK_ROWS * hidden, *c = next + LK_BLOCK_ROWS * hidden;
  step s = {.l = l, .first = first, .rows = rows, .c = c, .z = c + LK_BLOCK_ROWS * hidden};
  memcpy(h, l->h0 + first * hidden, bytes);
  memcpy(c, l->c0 + first * hidden, bytes);
  for (int64_t t = 0; t < r->steps; ++t) {
    s.time = lk_time(r, t);
    s.h = h;
    s.next = next;
    lk_keep(r, l->h_before, h, hidden, first, rows, s.time);
    lk_keep(r, l->c_before, c, hidden, first, rows, s.time);
    if (r->lengths) memcpy(next, h, bytes);
    run_step(&s);
    if (r->lengths && l->gates) clear_resting(&s);
    lk_keep(r, l->y, next, hidden, first, rows, s.time);
    float *before = h;
    h = next;
    next = before;
  }
  if (l->h) memcpy(l->h + first * hidden, h, bytes);
  if (l->c) memcpy(l->c + first * hidden, c, bytes);
}

void lk_lstm_run(void *arguments) {
  const lk_lstm *l = arguments;
  lk_recurrence_blocks(&l->over, GATES, run_block, l);
}
