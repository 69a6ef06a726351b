#include <string.h>

#include "parallel.h"
#include "lepton_kernels.h"

// The position of the block that a tuple names, in blocks of its batch; -1 where an index is outside.
static inline int64_t block_of(const lk_index_tuples *t, int64_t tuple) {
  int64_t position = 0;
  for (int axis = 0; axis < t->length; ++axis) {
    int64_t index = t->indices[tuple * t->length + axis];
    if (index < 0) index += t->extents[axis];
    if (index < 0 || index >= t->extents[axis]) return -1;
    position = position * t->extents[axis] + index;
  }
  return tuple / t->tuples_per_batch * t->blocks_per_batch + position;
}

#define GATHER_BLOCKS(TYPE)                                                               \
  for (int64_t i = begin; i < end; ++i) {                                                 \
    int64_t block = block_of(t, i);                                                       \
    errors += block < 0;                                                                  \
    ((TYPE *)g->dst)[i] = block < 0 ? 0 : ((const TYPE *)g->src)[block];                  \
  }                                                                                       \
  break

static void gather_blocks(void *context, int64_t begin, int64_t end) {
  const lk_gather_nd *g = context;
  const lk_index_tuples *t = &g->tuples;
  size_t bytes = (size_t)t->block_bytes;
  int64_t errors = 0;
  switch (bytes) {
    case 1: GATHER_BLOCKS(uint8_t);
    case 2: GATHER_BLOCKS(uint16_t);
    case 4: GATHER_BLOCKS(uint32_t);
    case 8: GATHER_BLOCKS(uint64_t);
    default:
      for (int64_t i = begin; i < end; ++i) {
        int64_t block = block_of(t, i);
        char *to = (char *)g->dst + i * bytes;
        if (block < 0) {
          ++errors;
          memset(to, 0, bytes);
        } else {
          memcpy(to, (const char *)g->src + block * bytes, bytes);
        }
      }
  }
  if (errors > 0) __atomic_fetch_add(g->errors, errors, __ATOMIC_RELAXED);
}

void lk_gather_nd_run(void *arguments) {
  lk_gather_nd *g = arguments;
  const lk_index_tuples *t = &g->tuples;
  if (t->count == 0 || t->block_bytes == 0) return;
  int64_t grain = (64 + t->block_bytes - 1) / t->block_bytes;
  lk_parallel_ranges(t->count, grain, t->count * (t->block_bytes / 4 + 8), gather_blocks, g);
}

// One tuple after the other: several may name the same block.
void lk_scatter_nd_run(void *arguments) {
  lk_scatter_nd *s = arguments;
  const lk_index_tuples *t = &s->tuples;
  size_t bytes = (size_t)t->block_bytes;
  int64_t numbers = t->block_bytes / (int64_t)sizeof(float);
  memcpy(s->dst, s->src, (size_t)s->bytes);
  if (bytes == 0) return;
  for (int64_t i = 0; i < t->count; ++i) {
    int64_t block = block_of(t, i);
    if (block < 0) {
      ++*s->errors;
    } else if (!s->adds) {
      memcpy((char *)s->dst + block * bytes, (const char *)s->updates + i * bytes, bytes);
    } else {
      float *to = (float *)s->dst + block * numbers;
      const float *from = (const float *)s->updates + i * numbers;
      for (int64_t j = 0; j < numbers; ++j) to[j] += from[j];
    }
  }
}
