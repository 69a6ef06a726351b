// dst[i, j] = src[j, i]: contiguous along j in dst and along i in src, strides in elements.
#pragma once
#include <stdint.h>

void lk_transpose(
    void *dst, const void *src, int64_t rows, int64_t columns, int64_t dst_stride,
    int64_t src_stride, int64_t element_bytes);
