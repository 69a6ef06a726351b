#include "stream.h"

#include <unistd.h>

#include "vector.h"

int64_t lk_last_cache_bytes(void) {
  static int64_t bytes;
  int64_t known = __atomic_load_n(&bytes, __ATOMIC_RELAXED);
  if (known > 0) return known;
  known = sysconf(_SC_LEVEL3_CACHE_SIZE);
  if (known <= 0) known = sysconf(_SC_LEVEL2_CACHE_SIZE);
  if (known <= 0) known = 32 << 20;
  __atomic_store_n(&bytes, known, __ATOMIC_RELAXED);
  return known;
}

LK_CLONES
void lk_stream(float *dst, const float *src, int64_t count) {
  for (int64_t i = 0; i < count; i += 16) {
    lk_f16 value = LK_LOAD16(src + i);
    __builtin_nontemporal_store(value, (lk_f16 *)(dst + i));
  }
}

void lk_stream_end(void) {
#if defined(__x86_64__)
  __builtin_ia32_sfence();
#endif
}
