#include "affinity.h"

#include <stdatomic.h>

#include "lepton_plan.h"
#include "parallel.h"

int omp_get_proc_bind(void);  // 0: OpenMP leaves affinity alone

static _Thread_local int used_count;       // what this thread asked for last
static _Thread_local int first_core = -1;  // where its team starts
static atomic_int next_core;

int lk_threads_available(void) {
  return lk_process_affinity()->count;
}

void lk_thread_unpin(void) {
  const lk_affinity *process = lk_process_affinity();
  if (CPU_COUNT(&process->mask) == 0) return;
  sched_setaffinity(0, sizeof process->mask, &process->mask);
}

static void pin_member(void *context) {
  const lk_affinity *process = lk_process_affinity();
  int first = *(const int *)context;
  lk_pin_to_core(process->cores[(first + omp_get_thread_num()) % process->count]);
}

static void unpin_member(void *context) {
  (void)context;
  lk_thread_unpin();
}

void lk_threads_use(int count) {
  if (count < 1) count = 1;
  if (count == used_count) return;
  omp_set_num_threads(count);
  int before = used_count;
  used_count = count;
  if (omp_get_proc_bind()) return;  // the user has placed the threads through OMP_PROC_BIND
  const lk_affinity *process = lk_process_affinity();
  if (count == 1) {
    if (before > 1) lk_thread_unpin();  // one thread alone is best placed by the system
  } else if (count > process->count) {
    GOMP_parallel(unpin_member, 0, 0, 0);
  } else {
    // Teams of several threads of the process start on cores of their own as long as there
    // are enough.
    if (first_core < 0) first_core = atomic_fetch_add(&next_core, count) % process->count;
    GOMP_parallel(pin_member, &first_core, 0, 0);
  }
}
