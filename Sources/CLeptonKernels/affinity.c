#include "affinity.h"

#include <pthread.h>

int omp_get_proc_bind(void);
int omp_get_num_places(void);
int omp_get_place_num_procs(int place);
void omp_get_place_proc_ids(int place, int *cores);

static lk_affinity process;
static pthread_once_t once = PTHREAD_ONCE_INIT;

// OMP_PROC_BIND has bound the first thread to its place already: the cores are those of all places.
static void read_places(void) {
  for (int place = 0; place < omp_get_num_places(); ++place) {
    int cores[CPU_SETSIZE], count = omp_get_place_num_procs(place);
    if (count > CPU_SETSIZE) continue;
    omp_get_place_proc_ids(place, cores);
    for (int i = 0; i < count; ++i) CPU_SET(cores[i], &process.mask);
  }
}

static void read_affinity(void) {
  CPU_ZERO(&process.mask);
  if (omp_get_proc_bind()) read_places();
  if (CPU_COUNT(&process.mask) == 0) sched_getaffinity(0, sizeof process.mask, &process.mask);
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(core, &process.mask)) process.cores[process.count++] = core;
  }
  if (process.count == 0) process.count = 1;  // unknown: one core, and nothing is pinned
}

// At load, on the thread that starts the process: a later thread could have been pinned by
// someone else.
__attribute__((constructor)) static void remember_affinity(void) {
  pthread_once(&once, read_affinity);
}

const lk_affinity *lk_process_affinity(void) {
  pthread_once(&once, read_affinity);
  return &process;
}

void lk_pin_to_core(int core) {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  CPU_SET(core, &mask);
  sched_setaffinity(0, sizeof mask, &mask);
}
