#include "byte_recurrence.h"
#include "lepton_plan.h"
#include "recurrence.h"
#include "team_barrier.h"
#include "vector_math.h"

enum { GATES = 4, WIDTH = GATES * LK_COLUMNS };

// One step of one block.
typedef struct {
  const lk_lstm *l;
  int64_t first, rows, time;
  int64_t begin, end;  // units, of which the first is a multiple of LK_COLUMNS
  const float *h;      // before the step, [rows, hidden]
  float *next, *c, *z;
  // Behind z where weights have 8 bits: for each row the step of its rounding, and the values that are rounded.
  float *steps;
  int16_t *rounded;
} step;

// Room for `most` rows.
static void place_sums(step *s, float *z, int64_t most) {
  s->z = z;
  s->steps = z + WIDTH * most;
  s->rounded = (int16_t *)(s->steps + most);
}

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
  if (l->bytes) lk_round_states(s->h, hidden, s->rows, s->steps, s->rounded);
  for (int64_t unit = s->begin; unit < s->end; unit += LK_COLUMNS) {
    if (l->bytes) {
      lk_byte_forward_product(
          s->rounded, s->steps, s->rows, hidden, l->bytes, l->scales, unit, s->z);
    } else {
      const float *panel = l->packed + unit * hidden * GATES;
      lk_forward_product(s->h, hidden, s->rows, panel, s->z, GATES);
    }
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
  step s = {.l = l, .first = first, .rows = rows, .end = hidden, .c = c};
  place_sums(&s, c + LK_BLOCK_ROWS * hidden, rows);
  if (l->bytes) lk_rounding_steps(l->h0 + first * hidden, hidden, rows, s.steps);
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

// ---- fewer examples than threads: each member of the team keeps its part of the weights in its own
// cache, and takes its units through all steps.

typedef struct {
  const lk_lstm *l;
  float *h[2], *c, *z;
  lk_team_barrier barrier;
} shared;

enum { WORTH_BARRIER = 49152 };  // multiplications in a step

static int64_t sums_of_member(const lk_lstm *l) {
  return (WIDTH + 1 + lk_padded(l->over.hidden, LK_COLUMNS)) * l->over.batch;
}

static void run_member(void *context) {
  shared *team = context;
  const lk_lstm *l = team->l;
  const lk_recurrence *r = &l->over;
  int member = omp_get_thread_num(), members = omp_get_num_threads();
  step s = {.l = l, .rows = r->batch, .c = team->c};
  place_sums(&s, team->z + member * sums_of_member(l), r->batch);
  if (l->bytes) lk_rounding_steps(l->h0, r->hidden, r->batch, s.steps);
  lk_member_range(r->hidden, LK_COLUMNS, member, members, &s.begin, &s.end);
  for (int64_t t = 0; t < r->steps; ++t) {
    s.time = lk_time(r, t);
    s.h = team->h[t % 2];
    s.next = team->h[(t + 1) % 2];
    run_step(&s);
    for (int64_t row = 0; l->y && row < r->batch; ++row) {
      float *to = l->y + (s.time * r->batch + row) * r->hidden;
      const float *from = s.next + row * r->hidden;
      memcpy(to + s.begin, from + s.begin, (size_t)(s.end - s.begin) * sizeof(float));
    }
    lk_team_barrier_wait(&team->barrier, member, members);
  }
}

static bool is_shared(const lk_lstm *l, int members) {
  const lk_recurrence *r = &l->over;
  bool keeps = l->gates || l->h_before || l->c_before || r->lengths;
  return r->batch < members && r->batch <= LK_BLOCK_ROWS && members <= LK_MOST_MEMBERS && !keeps &&
         GATES * r->batch * r->hidden * r->hidden >= WORTH_BARRIER;
}

static void run_shared(const lk_lstm *l, int members) {
  const lk_recurrence *r = &l->over;
  int64_t state = r->batch * r->hidden;
  size_t bytes = (size_t)state * sizeof(float);
  float *h = r->scratch, *next = h + lk_padded(state, LK_COLUMNS);
  float *c = next + lk_padded(state, LK_COLUMNS);
  shared team = {.l = l, .h = {h, next}, .c = c, .z = c + lk_padded(state, LK_COLUMNS)};
  memcpy(h, l->h0, bytes);
  memcpy(c, l->c0, bytes);
  GOMP_parallel(run_member, &team, (unsigned)members, 0);
  if (l->h) memcpy(l->h, team.h[r->steps % 2], bytes);
  if (l->c) memcpy(l->c, c, bytes);
}

void lk_lstm_run(void *arguments) {
  const lk_lstm *l = arguments;
  const lk_recurrence *r = &l->over;
  int members = lk_team_size(r->steps * r->batch * GATES * r->hidden * r->hidden);
  if (members > lk_threads_available()) members = lk_threads_available();
  if (is_shared(l, members)) {
    run_shared(l, members);
  } else {
    lk_recurrence_blocks(r, GATES, run_block, l);
  }
}
