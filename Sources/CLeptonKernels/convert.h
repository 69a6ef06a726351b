// Between element types and float: what every kernel computes in.
#pragma once
#include <stdint.h>
#include <string.h>

#include "clones.h"
#include "lepton_kernels.h"

LK_INLINE uint32_t lk_bits(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

LK_INLINE float lk_float(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

LK_INLINE float lk_from_bf16(uint16_t value) { return lk_float((uint32_t)value << 16); }

// Round to nearest, ties to even; a NaN stays one.
LK_INLINE uint16_t lk_to_bf16(float value) {
  uint32_t bits = lk_bits(value);
  uint32_t rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
  return (uint16_t)(value != value ? (bits >> 16) | 0x40u : rounded);
}

static inline int lk_dtype_size(int32_t dtype) {
  switch (dtype) {
    case LK_F32:
    case LK_S32: return 4;
    case LK_BF16: return 2;
    case LK_S64:
    case LK_F64: return 8;
    default: return 1;
  }
}

// dst[i] = src[i * stride], for i in 0..<count.
void lk_load(float *dst, const void *src, int32_t dtype, int64_t stride, int64_t count);

// dst[i] = src[i]; to integers it rounds to nearest even and saturates, a NaN becomes 0; to bool,
// what is not zero is true.
void lk_store(void *dst, int32_t dtype, const float *src, int64_t count);
