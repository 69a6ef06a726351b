#include "row.h"

#include "reduce_leaf.h"
#include "vector.h"
#include "vector_math.h"

#define GREATER(a, x) ((x) > (a) ? (x) : (a))
#define ADD(a, x) ((a) + (x))

// Folds four vectors to one number.
#define FOLD(STEP, a, b, c, d, result)                \
  {                                                   \
    lk_f16 ab = STEP(a, b), cd = STEP(c, d);          \
    lk_f16 all = STEP(ab, cd);                        \
    lk_f8 e = STEP(all.lo, all.hi);                   \
    lk_f4 f = STEP(e.lo, e.hi);                       \
    float g = STEP(f.x, f.z), h = STEP(f.y, f.w);     \
    result = STEP(g, h);                              \
  }

// TERM gives a vector at an index, ONE a float.
#define ROW_FOLD(IDENTITY, STEP, TERM, ONE)                                      \
  float result = IDENTITY;                                                       \
  int64_t i = 0;                                                                 \
  if (count >= 16) {                                                             \
    lk_f16 a0 = IDENTITY, a1 = a0, a2 = a0, a3 = a0;                             \
    for (; i + 64 <= count; i += 64) {                                           \
      lk_f16 t0 = TERM(i), t1 = TERM(i + 16), t2 = TERM(i + 32), t3 = TERM(i + 48); \
      a0 = STEP(a0, t0);                                                         \
      a1 = STEP(a1, t1);                                                         \
      a2 = STEP(a2, t2);                                                         \
      a3 = STEP(a3, t3);                                                         \
    }                                                                            \
    for (; i + 16 <= count; i += 16) {                                           \
      lk_f16 t = TERM(i);                                                        \
      a0 = STEP(a0, t);                                                          \
    }                                                                            \
    FOLD(STEP, a0, a1, a2, a3, result)                                           \
  }                                                                              \
  for (; i < count; ++i) {                                                       \
    float t = ONE(i);                                                            \
    result = STEP(result, t);                                                    \
  }                                                                              \
  return result;

LK_CLONES
float lk_row_max(const float *src, int64_t count) {
#define TERM(i) LK_LOAD16(src + (i))
#define ONE(i) src[i]
  ROW_FOLD(-__builtin_inff(), GREATER, TERM, ONE)
#undef TERM
#undef ONE
}

LK_CLONES
float lk_row_dot(const float *a, const float *b, int64_t count) {
#define TERM(i) (LK_LOAD16(a + (i)) * LK_LOAD16(b + (i)))
#define ONE(i) (a[i] * b[i])
  ROW_FOLD(0.0f, ADD, TERM, ONE)
#undef TERM
#undef ONE
}

LK_CLONES
float lk_row_square_distance(const float *src, float center, int64_t count) {
#define TERM(i) ((LK_LOAD16(src + (i)) - center) * (LK_LOAD16(src + (i)) - center))
#define ONE(i) ((src[i] - center) * (src[i] - center))
  ROW_FOLD(0.0f, ADD, TERM, ONE)
#undef TERM
#undef ONE
}

enum { CHUNK = 512 };

LK_CLONES
static void exp_chunk(float *values, float shift, int64_t count) {
  if (count % 64 != 0) __builtin_unreachable();
  LK_INTERLEAVED
  for (int64_t i = 0; i < count; ++i) values[i] = lk_exp(values[i] - shift);
}

// In chunks filled up to whole vectors with -inf, whose exponential adds nothing.
float lk_row_exp(float *dst, const float *src, float shift, int64_t count) {
  _Alignas(64) float chunk[CHUNK];
  double sum = 0;
  for (int64_t first = 0; first < count; first += CHUNK) {
    int64_t part = count - first < CHUNK ? count - first : CHUNK;
    int64_t padded = (part + 63) / 64 * 64;
    memcpy(chunk, src + first, (size_t)part * sizeof(float));
    for (int64_t i = part; i < padded; ++i) chunk[i] = -__builtin_inff();
    exp_chunk(chunk, shift, padded);
    sum += lk_reduce_row(LK_REDUCE_SUM, chunk, part);
    if (dst) memcpy(dst + first, chunk, (size_t)part * sizeof(float));
  }
  return (float)sum;
}

LK_CLONES
void lk_row_affine(float *dst, const float *src, float scale, float shift, int64_t count) {
  LK_INDEPENDENT
  for (int64_t i = 0; i < count; ++i) dst[i] = src[i] * scale + shift;
}

#define ONE_BY_ONE _Pragma("clang loop vectorize(disable) unroll(disable)")

LK_CLONES
void lk_short_rows_exp(
    float values[LK_PACKED], const float *src, float *largest, float *sums, int64_t rows,
    int64_t count) {
  for (int64_t row = 0; row < rows; ++row) {
    const float *from = src + row * count;
    float *to = values + row * count, most = -__builtin_inff();
    ONE_BY_ONE
    for (int64_t i = 0; i < count; ++i) most = from[i] > most ? from[i] : most;
    ONE_BY_ONE
    for (int64_t i = 0; i < count; ++i) to[i] = from[i] - most;
    largest[row] = most;
  }
  int64_t padded = (rows * count + 63) / 64 * 64;
  for (int64_t i = rows * count; i < padded; ++i) values[i] = 0;
  LK_INTERLEAVED
  for (int64_t i = 0; i < padded; ++i) values[i] = lk_exp(values[i]);
  for (int64_t row = 0; row < rows; ++row) {
    const float *term = values + row * count;
    float sum = 0;
    ONE_BY_ONE
    for (int64_t i = 0; i < count; ++i) sum += term[i];
    sums[row] = sum;
  }
}
