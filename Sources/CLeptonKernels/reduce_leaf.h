// The inner loops of reductions. MEAN is a sum here; the driver divides.
#pragma once
#include "lepton_kernels.h"

float lk_reduce_identity(lk_reduction kind);

// Of `count` contiguous floats.
float lk_reduce_row(lk_reduction kind, const float *src, int64_t count);

// dst[j] = the reduction of src[i * stride + j] over i in 0..<rows, which is at least 1.
void lk_reduce_columns(
    lk_reduction kind, float *restrict dst, const float *restrict src, int64_t stride,
    int64_t rows, int64_t columns);

// total[j] = total[j] combined with result[j].
void lk_reduce_accumulate(
    lk_reduction kind, double *restrict total, const float *restrict result, int64_t count);

// a combined with b, both already reductions.
static inline double lk_reduce_combine(lk_reduction kind, double a, double b) {
  switch (kind) {
    case LK_REDUCE_MAX: return b > a || b != b ? b : a;
    case LK_REDUCE_MIN: return b < a || b != b ? b : a;
    case LK_REDUCE_PRODUCT: return a * b;
    default: return a + b;
  }
}

// dst[i] = the reduction of the short row src[i * stride ..< i * stride + count].
void lk_reduce_short_rows(
    lk_reduction kind, float *restrict dst, const float *restrict src, int64_t stride,
    int64_t rows, int64_t count);
