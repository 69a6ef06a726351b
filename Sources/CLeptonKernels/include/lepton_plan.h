// A plan is an array of instructions, each a function and its context bound beforehand; running a plan is one
// loop without look-ups, locks, allocations or Swift. The same functions run one call of any kernel.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  void (*run)(void *context);
  void *context;
} lk_instruction;

void lk_plan_run(const lk_instruction *instructions, size_t count);
// Adds each instruction's nanoseconds to its slot.
void lk_plan_run_timed(const lk_instruction *instructions, size_t count, uint64_t *nanoseconds);

// ---- threads -----------------------------------------------------------------------------------
// The OpenMP team (libgomp, shared with oneDNN) of the calling thread: sets its size, and the first time for
// each size pins every member to a core of its own among those that the process may use (sched_getaffinity),
// from inside a parallel region. Cheap when nothing changes.
void lk_threads_use(int count);
int lk_threads_available(void);   // cores that the process may run on, at least 1

// Gives the calling thread back the affinity with which the process started. Threads inherit the affinity of the
// thread that creates them: call this first on a thread made after lk_threads_use pinned its creator.
void lk_thread_unpin(void);

// Round trip of a cache line between the first two cores, in nanoseconds (0 with one core): below about 100 they share
// an L3 cache. Takes about 20 ms.
double lk_core_ping_pong(void);

// What the calling thread's team can reach, for fractions of it: f32 multiply-adds (two operations each) in operations a
// second, and bytes read and written a second by a copy that leaves the caches. About 50 ms each.
double lk_ceiling_flops(void);
double lk_ceiling_bandwidth(void);

#ifdef __cplusplus
}
#endif
