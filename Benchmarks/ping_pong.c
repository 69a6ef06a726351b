// How long a cache line takes from one core to another: two pinned threads pass a number to and
// fro. A parallel region costs a few such passes, so it bounds what two threads are worth on small
// work, and it drifts on virtual machines: print it beside every timing.
//
// cc -O2 -pthread ping_pong.c -o ping_pong && ./ping_pong     one way, nanoseconds: median min max
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROUNDS = 31, PASSES = 20000 };

static _Alignas(128) atomic_int ball;
static int cores[2];

static void pin(int core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

static void *partner(void *unused) {
  (void)unused;
  pin(cores[1]);
  for (int pass = 0; pass < ROUNDS * PASSES; pass++) {
    while (atomic_load_explicit(&ball, memory_order_acquire) != 2 * pass + 1) {}
    atomic_store_explicit(&ball, 2 * pass + 2, memory_order_release);
  }
  return NULL;
}

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(void) {
  cpu_set_t allowed;
  sched_getaffinity(0, sizeof allowed, &allowed);
  int found = 0;
  for (int core = 0; core < CPU_SETSIZE && found < 2; core++)
    if (CPU_ISSET(core, &allowed)) cores[found++] = core;
  if (found < 2) {
    fprintf(stderr, "ping_pong: needs two cores, may use %d\n", found);
    return 1;
  }
  pthread_t thread;
  if (pthread_create(&thread, NULL, partner, NULL) != 0) return 1;
  pin(cores[0]);
  double one_way[ROUNDS];
  for (int round = 0; round < ROUNDS; round++) {
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (int pass = round * PASSES; pass < (round + 1) * PASSES; pass++) {
      atomic_store_explicit(&ball, 2 * pass + 1, memory_order_release);
      while (atomic_load_explicit(&ball, memory_order_acquire) != 2 * pass + 2) {}
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    double nanoseconds = (end.tv_sec - start.tv_sec) * 1e9 + (end.tv_nsec - start.tv_nsec);
    one_way[round] = nanoseconds / PASSES / 2;
  }
  pthread_join(thread, NULL);
  qsort(one_way, ROUNDS, sizeof(double), by_size);
  printf("%.1f %.1f %.1f\n", one_way[ROUNDS / 2], one_way[0], one_way[ROUNDS - 1]);
  return 0;
}
