// A barrier for the members of one parallel region that is passed thousands of times a millisecond.
#pragma once
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>

enum { LK_MOST_MEMBERS = 64, LK_SPINS = 4096 };

// How many barriers each member has come to; all zeros at first.
typedef struct {
  struct {
    _Alignas(64) atomic_uint_least64_t count;
  } reached[LK_MOST_MEMBERS];
} lk_team_barrier;

static inline void lk_relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

// What each member wrote before is seen by all of them after. A member whose core is taken from it
// lets the others give theirs away.
static inline void lk_team_barrier_wait(lk_team_barrier *barrier, int member, int members) {
  uint64_t here = 1 + atomic_load_explicit(&barrier->reached[member].count, memory_order_relaxed);
  atomic_store_explicit(&barrier->reached[member].count, here, memory_order_release);
  for (int other = 0; other < members; ++other) {
    int spins = 0;
    while (atomic_load_explicit(&barrier->reached[other].count, memory_order_acquire) < here) {
      if (++spins < LK_SPINS) {
        lk_relax();
      } else {
        sched_yield();
      }
    }
  }
}
