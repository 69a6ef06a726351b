#include <string.h>

#include "clones.h"
#include "lepton_kernels.h"
#include "parallel.h"

#define FILL(NAME, TYPE)                                                        \
  LK_CLONES static void NAME(TYPE *dst, int64_t count, TYPE value) {            \
    for (int64_t i = 0; i < count; ++i) dst[i] = value;                         \
  }
FILL(fill_2, uint16_t)
FILL(fill_4, uint32_t)
FILL(fill_8, uint64_t)

static void fill_range(void *context, int64_t begin, int64_t end) {
  const lk_fill *f = context;
  switch (f->element_bytes) {
    case 1:
      memset((uint8_t *)f->dst + begin, (int)(f->pattern & 0xff), (size_t)(end - begin));
      break;
    case 2: fill_2((uint16_t *)f->dst + begin, end - begin, (uint16_t)f->pattern); break;
    case 4: fill_4((uint32_t *)f->dst + begin, end - begin, (uint32_t)f->pattern); break;
    default: fill_8((uint64_t *)f->dst + begin, end - begin, f->pattern); break;
  }
}

void lk_fill_run(void *arguments) {
  lk_fill *f = arguments;
  lk_parallel_ranges(f->count, 1024, f->count / 2, fill_range, f);
}
