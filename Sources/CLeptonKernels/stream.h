// Writing past the caches, for results that are larger than they are: the line need not be read
// first.
#pragma once
#include <stdbool.h>
#include <stdint.h>

int64_t lk_last_cache_bytes(void);

// dst is aligned to 64 bytes, count a multiple of 16.
void lk_stream(float *dst, const float *src, int64_t count);

// To be called by each thread when it has streamed, before others read.
void lk_stream_end(void);
