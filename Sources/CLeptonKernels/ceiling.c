#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clones.h"
#include "lepton_plan.h"
#include "parallel.h"
#include "vector.h"

enum { CHAINS = 7, TURNS = 200000, ROUNDS = 8, MOVED = 64 << 20 };

static double seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

// As many independent chains as hide the latency of a multiply-add and still fit the registers.
LK_CLONES
static float multiply_adds(int64_t turns) {
  lk_f16 factor = 0.999f, term = 0.001f, sums[CHAINS];
  for (int i = 0; i < CHAINS; ++i) sums[i] = (float)i;
  for (int64_t turn = 0; turn < turns; ++turn)
#pragma clang loop unroll(full)
    for (int i = 0; i < CHAINS; ++i) sums[i] = sums[i] * factor + term;
  lk_f16 sum = 0.0f;
  for (int i = 0; i < CHAINS; ++i) sum += sums[i];
  return sum.s0 + sum.sf;
}

static volatile float kept;

static void multiply(void *context, int64_t begin, int64_t end) {
  (void)context;
  for (int64_t i = begin; i < end; ++i) kept = multiply_adds(TURNS);
}

typedef struct {
  char *from, *to;
} move;

static void copy(void *context, int64_t begin, int64_t end) {
  move *m = context;
  memcpy(m->to + begin, m->from + begin, (size_t)(end - begin));
}

// The best of several rounds, in units a second.
static double best(lk_range_body body, void *context, int64_t count, int64_t grain, double units) {
  double least = 1e9;
  for (int round = 0; round <= ROUNDS; ++round) {
    double before = seconds_now();
    lk_parallel_ranges(count, grain, LK_PARALLEL_WORK, body, context);
    double took = seconds_now() - before;
    if (round > 0 && took < least) least = took;
  }
  return units / least;
}

double lk_ceiling_flops(void) {
  int team = lk_team_size(LK_PARALLEL_WORK);
  return best(multiply, 0, team, 1, (double)team * TURNS * CHAINS * 16 * 2);
}

double lk_ceiling_bandwidth(void) {
  move m = {malloc(MOVED), malloc(MOVED)};
  double rate = 0;
  if (m.from && m.to) {
    memset(m.from, 1, MOVED);
    memset(m.to, 1, MOVED);
    rate = best(copy, &m, MOVED, 4096, 2.0 * MOVED);
  }
  free(m.from);
  free(m.to);
  return rate;
}
