#include "lepton_plan.h"

#include <time.h>

void lk_plan_run(const lk_instruction *instructions, size_t count) {
  for (size_t i = 0; i < count; ++i) instructions[i].run(instructions[i].context);
}

static uint64_t nanoseconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void lk_plan_run_timed(
    const lk_instruction *instructions, size_t count, uint64_t *nanoseconds) {
  uint64_t before = nanoseconds_now();
  for (size_t i = 0; i < count; ++i) {
    instructions[i].run(instructions[i].context);
    uint64_t after = nanoseconds_now();
    nanoseconds[i] += after - before;
    before = after;
  }
}
