// Loops split over the OpenMP team of the calling thread, by calling libgomp directly: the pool
// is the one that oneDNN uses, and no compiler flag is needed.
#pragma once
#include <stdint.h>

void GOMP_parallel(void (*body)(void *), void *context, unsigned threads, unsigned flags);
int omp_get_thread_num(void);
int omp_get_num_threads(void);
int omp_get_max_threads(void);
int omp_in_parallel(void);
void omp_set_num_threads(int count);

// Below this many simple operations on elements, forking costs more than it saves.
enum { LK_PARALLEL_WORK = 32768 };

typedef void (*lk_range_body)(void *context, int64_t begin, int64_t end);

// Calls body on contiguous ranges that cover [0, count), one for each member of the team, each a
// multiple of grain but the last. `work` estimates the whole in simple operations on elements;
// small work runs on the caller.
void lk_parallel_ranges(
    int64_t count, int64_t grain, int64_t work, lk_range_body body, void *context);

// The same for a body that keeps something for each member. The team has at most
// lk_team_size(work) members, the very number that decides how the range is split.
typedef void (*lk_member_body)(void *context, int64_t begin, int64_t end, int member);
int lk_team_size(int64_t work);
void lk_parallel_members(
    int64_t count, int64_t grain, int team, lk_member_body body, void *context);

// The part of [0, count) that belongs to one member of a team.
static inline void lk_member_range(
    int64_t count, int64_t grain, int member, int team, int64_t *begin, int64_t *end) {
  int64_t pieces = (count + grain - 1) / grain;
  int64_t share = pieces / team, extra = pieces % team;
  int64_t first = share * member + (member < extra ? member : extra);
  int64_t last = first + share + (member < extra ? 1 : 0);
  *begin = first * grain;
  *end = last * grain < count ? last * grain : count;
}
