#include "affinity.h"

#include <pthread.h>

static lk_affinity process;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void read_affinity(void) {
  CPU_ZERO(&process.mask);
  if (sched_getaffinity(0, sizeof process.mask, &process.mask) == 0) {
    for (int core = 0; core < CPU_SETSIZE; ++core) {
      if (CPU_ISSET(core, &process.mask)) process.cores[process.count++] = core;
    }
  }
  if (process.count == 0) process.count = 1;  // unknown: one core, and nothing is pinned
}

// At load, on the thread that starts the process: a later thread could have been pinned by someone else.
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
