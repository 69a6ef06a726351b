// The cores that the process may use, as it was started: read once, before any thread is pinned.
#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <sched.h>

typedef struct {
  cpu_set_t mask;
  int count;
  int cores[CPU_SETSIZE];
} lk_affinity;

const lk_affinity *lk_process_affinity(void);
void lk_pin_to_core(int core);  // the calling thread
