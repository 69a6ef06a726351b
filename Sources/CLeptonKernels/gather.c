#include <stdatomic.h>
#include <string.h>

#include "clones.h"
#include "index.h"
#include "parallel.h"

// The row that an index means: from the end if negative, clamped into the axis.
static inline int64_t row_of(const lk_gather *g, int64_t i, int64_t *errors) {
  int64_t index = lk_index(g->indices, g->index_dtype, i);
  if (index < 0) index += g->axis;
  if (index >= 0 && index < g->axis) return index;
  ++*errors;
  return index < 0 ? 0 : g->axis - 1;
}

#define GATHER_ELEMENTS(TYPE)                                                    \
  for (int64_t i = first; i < last; ++i) {                                       \
    ((TYPE *)g->dst)[outer * g->count + i] =                                     \
        ((const TYPE *)g->src)[outer * g->axis + row_of(g, i, &errors)];         \
  }                                                                              \
  break

static void gather_range(void *context, int64_t begin, int64_t end) {
  const lk_gather *g = context;
  int64_t errors = 0, bytes = g->inner * g->element_bytes;
  while (begin < end) {
    int64_t outer = begin / g->count, first = begin % g->count;
    int64_t last = first + (end - begin) < g->count ? first + (end - begin) : g->count;
    begin += last - first;
    switch (g->inner == 1 ? g->element_bytes : 0) {
      case 1: GATHER_ELEMENTS(uint8_t);
      case 2: GATHER_ELEMENTS(uint16_t);
      case 4: GATHER_ELEMENTS(uint32_t);
      case 8: GATHER_ELEMENTS(uint64_t);
      default:
        for (int64_t i = first; i < last; ++i) {
          int64_t row = outer * g->axis + row_of(g, i, &errors);
          const char *from = (const char *)g->src + row * bytes;
          memcpy((char *)g->dst + (outer * g->count + i) * bytes, from, (size_t)bytes);
        }
    }
  }
  if (errors > 0 && g->errors) {
    __atomic_fetch_add(g->errors, errors, __ATOMIC_RELAXED);
  }
}

void lk_gather_run(void *arguments) {
  lk_gather *g = arguments;
  int64_t rows = g->outer * g->count;
  if (rows == 0 || g->inner == 0) return;
  if (g->axis == 0) {  // nothing to take from: every index is wrong
    memset(g->dst, 0, (size_t)(rows * g->inner * g->element_bytes));
    if (g->errors) *g->errors += rows;
    return;
  }
  int64_t grain = (64 + g->inner * g->element_bytes - 1) / (g->inner * g->element_bytes);
  lk_parallel_ranges(rows, grain, rows * (g->inner + 4), gather_range, g);
}
