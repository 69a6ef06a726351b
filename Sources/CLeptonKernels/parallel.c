#include "parallel.h"

typedef struct {
  int64_t count, grain;
  lk_range_body ranges;
  lk_member_body members;
  void *context;
  int team;
} split;

// libgomp may give fewer members than asked for: each then takes the parts of the missing ones
// too, so that the split, and with it every bit of the result, does not depend on it.
static void run_member(void *context) {
  const split *s = context;
  int step = omp_get_num_threads();
  for (int member = omp_get_thread_num(); member < s->team; member += step) {
    int64_t begin, end;
    lk_member_range(s->count, s->grain, member, s->team, &begin, &end);
    if (begin >= end) continue;
    if (s->ranges) {
      s->ranges(s->context, begin, end);
    } else {
      s->members(s->context, begin, end, member);
    }
  }
}

int lk_team_size(int64_t work) {
  if (work < LK_PARALLEL_WORK || omp_in_parallel()) return 1;
  return omp_get_max_threads();
}

void lk_parallel_ranges(
    int64_t count, int64_t grain, int64_t work, lk_range_body body, void *context) {
  if (count <= 0) return;
  int team = lk_team_size(work);
  if (team == 1 || count <= grain) {
    body(context, 0, count);
    return;
  }
  split s = {.count = count, .grain = grain, .ranges = body, .context = context, .team = team};
  GOMP_parallel(run_member, &s, 0, 0);
}

void lk_parallel_members(
    int64_t count, int64_t grain, int team, lk_member_body body, void *context) {
  if (count <= 0) return;
  if (team == 1) {
    body(context, 0, count, 0);
    return;
  }
  split s = {.count = count, .grain = grain, .members = body, .context = context, .team = team};
  GOMP_parallel(run_member, &s, 0, 0);
}
