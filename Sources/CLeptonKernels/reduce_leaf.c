#include "reduce_leaf.h"

#include "vector.h"

float lk_reduce_identity(lk_reduction kind) {
  switch (kind) {
    case LK_REDUCE_MAX: return -__builtin_inff();
    case LK_REDUCE_MIN: return __builtin_inff();
    case LK_REDUCE_PRODUCT: return 1.0f;
    default: return 0.0f;
  }
}

// Each takes the value so far and one more element, as vectors and as floats.
#define SUM_STEP(a, x) ((a) + (x))
#define SQUARE_STEP(a, x) ((a) + (x) * (x))
#define PRODUCT_STEP(a, x) ((a) * (x))
#define MAX_STEP(a, x) ((((x) > (a)) | ((x) != (x))) ? (x) : (a))
#define MIN_STEP(a, x) ((((x) < (a)) | ((x) != (x))) ? (x) : (a))

// Four vectors of lanes over the row, then over the lanes in order, then the rest of the row.
#define ROW(NAME, IDENTITY, STEP, COMBINE)                           \
  LK_CLONES static float NAME(const float *src, int64_t count) {     \
    float result = IDENTITY;                                         \
    int64_t i = 0;                                                   \
    if (count >= 16) {                                               \
      lk_f16 a = IDENTITY, b = a, c = a, d = a;                      \
      for (; i + 64 <= count; i += 64) {                             \
        lk_f16 x0 = LK_LOAD16(src + i), x1 = LK_LOAD16(src + i + 16); \
        lk_f16 x2 = LK_LOAD16(src + i + 32), x3 = LK_LOAD16(src + i + 48); \
        a = STEP(a, x0);                                             \
        b = STEP(b, x1);                                             \
        c = STEP(c, x2);                                             \
        d = STEP(d, x3);                                             \
      }                                                              \
      for (; i + 16 <= count; i += 16) {                             \
        lk_f16 x = LK_LOAD16(src + i);                               \
        a = STEP(a, x);                                              \
      }                                                              \
      a = COMBINE(a, b);                                             \
      c = COMBINE(c, d);                                             \
      a = COMBINE(a, c);                                             \
      lk_f8 e = COMBINE(a.lo, a.hi);                                 \
      lk_f4 f = COMBINE(e.lo, e.hi);                                 \
      float g = COMBINE(f.x, f.z), h = COMBINE(f.y, f.w);            \
      result = COMBINE(g, h);                                        \
    }                                                                \
    for (; i < count; ++i) {                                         \
      float x = src[i];                                              \
      result = STEP(result, x);                                      \
    }                                                                \
    return result;                                                   \
  }
ROW(row_sum, 0.0f, SUM_STEP, SUM_STEP)
ROW(row_square, 0.0f, SQUARE_STEP, SUM_STEP)
ROW(row_product, 1.0f, PRODUCT_STEP, PRODUCT_STEP)
ROW(row_max, -__builtin_inff(), MAX_STEP, MAX_STEP)
ROW(row_min, __builtin_inff(), MIN_STEP, MIN_STEP)

float lk_reduce_row(lk_reduction kind, const float *src, int64_t count) {
  switch (kind) {
    case LK_REDUCE_MAX: return row_max(src, count);
    case LK_REDUCE_MIN: return row_min(src, count);
    case LK_REDUCE_PRODUCT: return row_product(src, count);
    case LK_REDUCE_SUM_OF_SQUARES: return row_square(src, count);
    default: return row_sum(src, count);
  }
}

// Up to NARROW columns stay in registers over all rows. Wider rows are read along, four at a time.
enum { NARROW = 128 };

#define COLUMNS(NAME, IDENTITY, STEP)                                          \
  LK_CLONES static void NAME(                                                  \
      float *restrict dst, const float *restrict src, int64_t stride,          \
      int64_t rows, int64_t columns) {                                         \
    int64_t j = 0;                                                             \
    if (columns > NARROW) {                                                    \
      for (; j < columns; ++j) dst[j] = IDENTITY;                              \
      int64_t i = 0;                                                           \
      for (; i + 4 <= rows; i += 4) {                                          \
        const float *r0 = src + i * stride, *r1 = r0 + stride;                 \
        const float *r2 = r1 + stride, *r3 = r2 + stride;                      \
        for (j = 0; j < columns; ++j) {                                        \
          float a = dst[j];                                                    \
          a = STEP(a, r0[j]);                                                  \
          a = STEP(a, r1[j]);                                                  \
          a = STEP(a, r2[j]);                                                  \
          dst[j] = STEP(a, r3[j]);                                             \
        }                                                                      \
      }                                                                        \
      for (; i < rows; ++i) {                                                  \
        const float *row = src + i * stride;                                   \
        for (j = 0; j < columns; ++j) dst[j] = STEP(dst[j], row[j]);           \
      }                                                                        \
      return;                                                                  \
    }                                                                          \
    for (; j + 64 <= columns; j += 64) {                                       \
      const float *row = src + j;                                              \
      lk_f16 a = IDENTITY, b = a, c = a, d = a;                                \
      for (int64_t i = 0; i < rows; ++i, row += stride) {                      \
        lk_f16 x0 = LK_LOAD16(row), x1 = LK_LOAD16(row + 16);                  \
        lk_f16 x2 = LK_LOAD16(row + 32), x3 = LK_LOAD16(row + 48);             \
        a = STEP(a, x0);                                                       \
        b = STEP(b, x1);                                                       \
        c = STEP(c, x2);                                                       \
        d = STEP(d, x3);                                                       \
      }                                                                        \
      LK_STORE16(dst + j, a);                                                  \
      LK_STORE16(dst + j + 16, b);                                             \
      LK_STORE16(dst + j + 32, c);                                             \
      LK_STORE16(dst + j + 48, d);                                             \
    }                                                                          \
    for (; j + 16 <= columns; j += 16) {                                       \
      const float *row = src + j;                                              \
      lk_f16 a = IDENTITY;                                                     \
      for (int64_t i = 0; i < rows; ++i, row += stride) {                      \
        lk_f16 x = LK_LOAD16(row);                                             \
        a = STEP(a, x);                                                        \
      }                                                                        \
      LK_STORE16(dst + j, a);                                                  \
    }                                                                          \
    for (; j < columns; ++j) {                                                 \
      const float *row = src + j;                                              \
      float a = IDENTITY;                                                      \
      for (int64_t i = 0; i < rows; ++i, row += stride) {                      \
        float x = *row;                                                        \
        a = STEP(a, x);                                                        \
      }                                                                        \
      dst[j] = a;                                                              \
    }                                                                          \
  }
COLUMNS(columns_sum, 0.0f, SUM_STEP)
COLUMNS(columns_square, 0.0f, SQUARE_STEP)
COLUMNS(columns_product, 1.0f, PRODUCT_STEP)
COLUMNS(columns_max, -__builtin_inff(), MAX_STEP)
COLUMNS(columns_min, __builtin_inff(), MIN_STEP)

void lk_reduce_columns(
    lk_reduction kind, float *restrict dst, const float *restrict src, int64_t stride,
    int64_t rows, int64_t columns) {
  switch (kind) {
    case LK_REDUCE_MAX: columns_max(dst, src, stride, rows, columns); break;
    case LK_REDUCE_MIN: columns_min(dst, src, stride, rows, columns); break;
    case LK_REDUCE_PRODUCT: columns_product(dst, src, stride, rows, columns); break;
    case LK_REDUCE_SUM_OF_SQUARES: columns_square(dst, src, stride, rows, columns); break;
    default: columns_sum(dst, src, stride, rows, columns); break;
  }
}

#define SHORT_ROWS(NAME, IDENTITY, STEP)                                       \
  LK_CLONES static void NAME(                                                  \
      float *restrict dst, const float *restrict src, int64_t stride,          \
      int64_t rows, int64_t count) {                                           \
    for (int64_t i = 0; i < rows; ++i, src += stride) {                        \
      float a = IDENTITY;                                                      \
      _Pragma("clang loop vectorize(disable)")                                 \
      for (int64_t j = 0; j < count; ++j) a = STEP(a, src[j]);                 \
      dst[i] = a;                                                              \
    }                                                                          \
  }
SHORT_ROWS(short_rows_sum, 0.0f, SUM_STEP)
SHORT_ROWS(short_rows_square, 0.0f, SQUARE_STEP)
SHORT_ROWS(short_rows_product, 1.0f, PRODUCT_STEP)
SHORT_ROWS(short_rows_max, -__builtin_inff(), MAX_STEP)
SHORT_ROWS(short_rows_min, __builtin_inff(), MIN_STEP)

void lk_reduce_short_rows(
    lk_reduction kind, float *restrict dst, const float *restrict src, int64_t stride,
    int64_t rows, int64_t count) {
  switch (kind) {
    case LK_REDUCE_MAX: short_rows_max(dst, src, stride, rows, count); break;
    case LK_REDUCE_MIN: short_rows_min(dst, src, stride, rows, count); break;
    case LK_REDUCE_PRODUCT: short_rows_product(dst, src, stride, rows, count); break;
    case LK_REDUCE_SUM_OF_SQUARES: short_rows_square(dst, src, stride, rows, count); break;
    default: short_rows_sum(dst, src, stride, rows, count); break;
  }
}

#define ACCUMULATE(NAME, STEP)                                                     \
  LK_CLONES static void NAME(                                                  \
      double *restrict total, const float *restrict result, int64_t count) {   \
    for (int64_t j = 0; j < count; ++j) {                                      \
      double x = result[j];                                                    \
      total[j] = STEP(total[j], x);                                            \
    }                                                                          \
  }
ACCUMULATE(accumulate_sum, SUM_STEP)
ACCUMULATE(accumulate_product, PRODUCT_STEP)
ACCUMULATE(accumulate_max, MAX_STEP)
ACCUMULATE(accumulate_min, MIN_STEP)

void lk_reduce_accumulate(
    lk_reduction kind, double *restrict total, const float *restrict result, int64_t count) {
  switch (kind) {
    case LK_REDUCE_MAX: accumulate_max(total, result, count); break;
    case LK_REDUCE_MIN: accumulate_min(total, result, count); break;
    case LK_REDUCE_PRODUCT: accumulate_product(total, result, count); break;
    default: accumulate_sum(total, result, count); break;
  }
}
