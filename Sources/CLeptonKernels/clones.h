// Leaf loops are compiled for three machines and chosen when the program is loaded.
#pragma once

#if defined(__x86_64__)
#define LK_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define LK_CLONES
#endif
#define LK_INLINE static inline __attribute__((always_inline))

// Iterations are independent, though source and destination may be the same memory, index by index.
#define LK_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
// The same for long chains of arithmetic: several at once hide their latency.
#define LK_INTERLEAVED _Pragma("clang loop vectorize(assume_safety) interleave_count(4)")
// The same for loops of sixteen: two vectors of eight at once, and no unrolling before that.
#define LK_PAIRED \
  _Pragma("clang loop vectorize(assume_safety) interleave_count(2) unroll(disable)")
