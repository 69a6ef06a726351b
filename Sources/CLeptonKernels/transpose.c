#include "transpose.h"

#include "clones.h"

#define UNROLLED _Pragma("clang loop unroll(full)")

// Blocks of 8 x 8 in vector registers: pairs of lanes, pairs of pairs, then halves change places.
enum { LANES = 8, BLOCK = 2 * LANES, PANEL = 64 };

#define SHUFFLE __builtin_shufflevector
#define LANES_LOW(a, b) SHUFFLE(a, b, 0, 8, 1, 9, 4, 12, 5, 13)
#define LANES_HIGH(a, b) SHUFFLE(a, b, 2, 10, 3, 11, 6, 14, 7, 15)
#define PAIRS_LOW(a, b) SHUFFLE(a, b, 0, 1, 8, 9, 4, 5, 12, 13)
#define PAIRS_HIGH(a, b) SHUFFLE(a, b, 2, 3, 10, 11, 6, 7, 14, 15)
#define HALVES_LOW(a, b) SHUFFLE(a, b, 0, 1, 2, 3, 8, 9, 10, 11)
#define HALVES_HIGH(a, b) SHUFFLE(a, b, 4, 5, 6, 7, 12, 13, 14, 15)

// In panels of PANEL source rows, so that their pages stay at hand, and by whole cache lines on
// both sides.
#define TRANSPOSE(NAME, TYPE)                                                                  \
  typedef TYPE NAME##_vector __attribute__((ext_vector_type(LANES), aligned(sizeof(TYPE))));   \
  LK_INLINE void NAME##_lanes(                                                                 \
      TYPE *restrict dst, const TYPE *restrict src, int64_t dst_stride, int64_t src_stride) {  \
    NAME##_vector a[LANES], b[LANES];                                                          \
    UNROLLED for (int i = 0; i < LANES; ++i) {                                                 \
      a[i] = *(const NAME##_vector *)(src + i * src_stride);                                   \
    }                                                                                          \
    UNROLLED for (int i = 0; i < LANES; i += 2) {                                              \
      b[i] = LANES_LOW(a[i], a[i + 1]);                                                        \
      b[i + 1] = LANES_HIGH(a[i], a[i + 1]);                                                   \
    }                                                                                          \
    UNROLLED for (int i = 0; i < LANES; i += 4) {                                              \
      a[i] = PAIRS_LOW(b[i], b[i + 2]);                                                        \
      a[i + 1] = PAIRS_HIGH(b[i], b[i + 2]);                                                   \
      a[i + 2] = PAIRS_LOW(b[i + 1], b[i + 3]);                                                \
      a[i + 3] = PAIRS_HIGH(b[i + 1], b[i + 3]);                                               \
    }                                                                                          \
    UNROLLED for (int i = 0; i < LANES / 2; ++i) {                                             \
      *(NAME##_vector *)(dst + i * dst_stride) = HALVES_LOW(a[i], a[i + 4]);                   \
      *(NAME##_vector *)(dst + (i + 4) * dst_stride) = HALVES_HIGH(a[i], a[i + 4]);            \
    }                                                                                          \
  }                                                                                            \
  LK_INLINE void NAME##_block(                                                                 \
      TYPE *restrict dst, const TYPE *restrict src, int64_t dst_stride, int64_t src_stride) {  \
    for (int i = 0; i < BLOCK; i += LANES) {                                                   \
      for (int j = 0; j < BLOCK; j += LANES) {                                                 \
        NAME##_lanes(                                                                          \
            dst + i * dst_stride + j, src + j * src_stride + i, dst_stride, src_stride);       \
      }                                                                                        \
    }                                                                                          \
  }                                                                                            \
  LK_CLONES static void NAME(                                                                  \
      TYPE *restrict dst, const TYPE *restrict src, int64_t rows, int64_t columns,             \
      int64_t dst_stride, int64_t src_stride) {                                                \
    int64_t whole_rows = rows / BLOCK * BLOCK;                                                 \
    for (int64_t panel = 0; panel < columns; panel += PANEL) {                                 \
      int64_t end = panel + PANEL < columns ? panel + PANEL : columns;                         \
      int64_t whole = panel + (end - panel) / BLOCK * BLOCK;                                   \
      for (int64_t i = 0; i < whole_rows; i += BLOCK) {                                        \
        for (int64_t j = panel; j < whole; j += BLOCK) {                                       \
          NAME##_block(                                                                        \
              dst + i * dst_stride + j, src + j * src_stride + i, dst_stride, src_stride);     \
        }                                                                                      \
        for (int64_t k = i; k < i + BLOCK; ++k) {                                              \
          for (int64_t j = whole; j < end; ++j) dst[k * dst_stride + j] = src[j * src_stride + k]; \
        }                                                                                      \
      }                                                                                        \
      for (int64_t i = whole_rows; i < rows; ++i) {                                            \
        for (int64_t j = panel; j < end; ++j) dst[i * dst_stride + j] = src[j * src_stride + i]; \
      }                                                                                        \
    }                                                                                          \
  }
TRANSPOSE(transpose_1, uint8_t)
TRANSPOSE(transpose_2, uint16_t)
TRANSPOSE(transpose_4, uint32_t)
TRANSPOSE(transpose_8, uint64_t)

void lk_transpose(
    void *dst, const void *src, int64_t rows, int64_t columns, int64_t dst_stride,
    int64_t src_stride, int64_t element_bytes) {
  switch (element_bytes) {
    case 1: transpose_1(dst, src, rows, columns, dst_stride, src_stride); break;
    case 2: transpose_2(dst, src, rows, columns, dst_stride, src_stride); break;
    case 4: transpose_4(dst, src, rows, columns, dst_stride, src_stride); break;
    default: transpose_8(dst, src, rows, columns, dst_stride, src_stride); break;
  }
}
