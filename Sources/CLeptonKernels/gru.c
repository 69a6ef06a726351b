#include "recurrence.h"
#include "vector_math.h"

enum { GATES = 3, KEPT = 4, WIDTH = GATES * LK_COLUMNS };

// One step of one block.
typedef struct {
  const lk_gru *l;
  int64_t first, rows, time;
  const float *h;  // before the step, [rows, hidden]
  float *next, *z;
} step;

// Up to sixteen units of one example; products holds the recurrent sums, gate by gate.
LK_INLINE void update_units(
    const float *products, const float *bias, const float *sums, int64_t hidden, const float *h,
    float *next, float *kept, const bool keeps, int64_t count) {
  LK_PAIRED
  for (int64_t j = 0; j < count; ++j) {
    float r = lk_sigmoid(sums[j] + (products[j] + bias[j]));
    float z = lk_sigmoid(sums[hidden + j] + (products[LK_COLUMNS + j] + bias[hidden + j]));
    float q = products[2 * LK_COLUMNS + j] + bias[2 * hidden + j];
    float n = lk_tanh(sums[2 * hidden + j] + r * q);
    next[j] = n + z * (h[j] - n);
    if (keeps) {
      kept[j] = r;
      kept[hidden + j] = z;
      kept[2 * hidden + j] = n;
      kept[3 * hidden + j] = q;
    }
  }
}

LK_INLINE void update_panel(const step *s, int64_t unit, const bool keeps, const bool whole) {
  const lk_gru *l = s->l;
  int64_t hidden = l->over.hidden, count = whole ? LK_COLUMNS : hidden - unit;
  for (int64_t row = 0; row < s->rows; ++row) {
    int64_t n = s->first + row, at = row * hidden + unit;
    if (!lk_counts(&l->over, n, s->time)) continue;
    int64_t place = s->time * l->over.batch + n;
    update_units(
        s->z + row * WIDTH, l->bias + unit, l->sums + place * GATES * hidden + unit, hidden,
        s->h + at, s->next + at, keeps ? l->gates + place * KEPT * hidden + unit : 0, keeps, count);
  }
}

LK_CLONES
static void run_step(const step *s) {
  const lk_gru *l = s->l;
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

// What examples that rest keep is zeros.
static void clear_resting(const step *s) {
  const lk_gru *l = s->l;
  int64_t width = KEPT * l->over.hidden;
  for (int64_t n = s->first; n < s->first + s->rows; ++n) {
    if (lk_counts(&l->over, n, s->time)) continue;
    memset(l->gates + (s->time * l->over.batch + n) * width, 0, (size_t)width * sizeof(float));
  }
}

static void run_block(const void *context, int64_t first, int64_t rows, float *scratch) {
  const lk_gru *l = context;
  const lk_recurrence *r = &l->over;
  int64_t hidden = r->hidden;
  size_t bytes = (size_t)(rows * hidden) * sizeof(float);
  float *h = scratch, *next = h + LK_BLOCK_ROWS * hidden;
  step s = {.l = l, .first = first, .rows = rows, .z = next + LK_BLOCK_ROWS * hidden};
  memcpy(h, l->h0 + first * hidden, bytes);
  for (int64_t t = 0; t < r->steps; ++t) {
    s.time = lk_time(r, t);
    s.h = h;
    s.next = next;
    lk_keep(r, l->h_before, h, hidden, first, rows, s.time);
    if (r->lengths) memcpy(next, h, bytes);
    run_step(&s);
    if (r->lengths && l->gates) clear_resting(&s);
    lk_keep(r, l->y, next, hidden, first, rows, s.time);
    float *before = h;
    h = next;
    next = before;
  }
  if (l->h) memcpy(l->h + first * hidden, h, bytes);
}

void lk_gru_run(void *arguments) {
  const lk_gru *l = arguments;
  lk_recurrence_blocks(&l->over, GATES, run_block, l);
}
