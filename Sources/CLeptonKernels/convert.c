#include "convert.h"

// Contiguous source. `element` converts src[i].
#define LOAD_LOOP(NAME, TYPE, ELEMENT)                                              \
  LK_CLONES static void NAME(float *restrict dst, const TYPE *restrict src, int64_t count) { \
    for (int64_t i = 0; i < count; ++i) dst[i] = ELEMENT;                           \
  }
LOAD_LOOP(load_bf16, uint16_t, lk_from_bf16(src[i]))
LOAD_LOOP(load_s8, int8_t, (float)src[i])
LOAD_LOOP(load_u8, uint8_t, (float)src[i])
LOAD_LOOP(load_s32, int32_t, (float)src[i])
LOAD_LOOP(load_s64, int64_t, (float)src[i])
LOAD_LOOP(load_bool, uint8_t, src[i] != 0 ? 1.0f : 0.0f)
LOAD_LOOP(load_f64, double, (float)src[i])

#define LOAD_STRIDED(TYPE, ELEMENT)                                   \
  {                                                                   \
    const TYPE *from = src;                                           \
    for (int64_t i = 0; i < count; ++i, from += stride) dst[i] = ELEMENT; \
  }                                                                   \
  break

static void load_strided(
    float *restrict dst, const void *restrict src, int32_t dtype, int64_t stride, int64_t count) {
  switch (dtype) {
    case LK_F32: LOAD_STRIDED(float, *from);
    case LK_BF16: LOAD_STRIDED(uint16_t, lk_from_bf16(*from));
    case LK_S8: LOAD_STRIDED(int8_t, (float)*from);
    case LK_U8: LOAD_STRIDED(uint8_t, (float)*from);
    case LK_S32: LOAD_STRIDED(int32_t, (float)*from);
    case LK_S64: LOAD_STRIDED(int64_t, (float)*from);
    case LK_BOOL: LOAD_STRIDED(uint8_t, *from != 0 ? 1.0f : 0.0f);
    case LK_F64: LOAD_STRIDED(double, (float)*from);
    default: break;
  }
}

void lk_load(float *dst, const void *src, int32_t dtype, int64_t stride, int64_t count) {
  if (stride != 1 || count < 8) {
    load_strided(dst, src, dtype, stride, count);
    return;
  }
  switch (dtype) {
    case LK_F32: memcpy(dst, src, (size_t)count * sizeof(float)); break;
    case LK_BF16: load_bf16(dst, src, count); break;
    case LK_S8: load_s8(dst, src, count); break;
    case LK_U8: load_u8(dst, src, count); break;
    case LK_S32: load_s32(dst, src, count); break;
    case LK_S64: load_s64(dst, src, count); break;
    case LK_BOOL: load_bool(dst, src, count); break;
    case LK_F64: load_f64(dst, src, count); break;
    default: break;
  }
}

// LOW and HIGH: the first floats at or beyond the limits of TYPE.
#define TO_INTEGER(TYPE, LOW, HIGH, MINIMUM, MAXIMUM)         \
  (x >= HIGH   ? (MAXIMUM)                                    \
   : x <= LOW  ? (MINIMUM)                                    \
   : x != x    ? (TYPE)0                                      \
               : (TYPE)__builtin_elementwise_roundeven(x))

#define STORE_LOOP(NAME, TYPE, ELEMENT)                                              \
  LK_CLONES static void NAME(TYPE *restrict dst, const float *restrict src, int64_t count) { \
    for (int64_t i = 0; i < count; ++i) {                                            \
      float x = src[i];                                                              \
      dst[i] = ELEMENT;                                                              \
    }                                                                                \
  }
STORE_LOOP(store_bf16, uint16_t, lk_to_bf16(x))
STORE_LOOP(store_s8, int8_t, (int8_t)TO_INTEGER(int32_t, -128.0f, 127.0f, -128, 127))
STORE_LOOP(store_u8, uint8_t, (uint8_t)TO_INTEGER(int32_t, 0.0f, 255.0f, 0, 255))
STORE_LOOP(store_s32, int32_t, TO_INTEGER(int32_t, -0x1p31f, 0x1p31f, INT32_MIN, INT32_MAX))
STORE_LOOP(store_s64, int64_t, TO_INTEGER(int64_t, -0x1p63f, 0x1p63f, INT64_MIN, INT64_MAX))
STORE_LOOP(store_bool, uint8_t, x != 0.0f)
STORE_LOOP(store_f64, double, (double)x)

void lk_store(void *dst, int32_t dtype, const float *src, int64_t count) {
  switch (dtype) {
    case LK_F32:
      if (dst != src) memcpy(dst, src, (size_t)count * sizeof(float));
      break;
    case LK_BF16: store_bf16(dst, src, count); break;
    case LK_S8: store_s8(dst, src, count); break;
    case LK_U8: store_u8(dst, src, count); break;
    case LK_S32: store_s32(dst, src, count); break;
    case LK_S64: store_s64(dst, src, count); break;
    case LK_BOOL: store_bool(dst, src, count); break;
    case LK_F64: store_f64(dst, src, count); break;
    default: break;
  }
}
