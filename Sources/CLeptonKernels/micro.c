#include "micro.h"

#include <math.h>

#include "vector_math.h"

// One function for each operation: x, y, z are the elements of the operands, k, k1, k2, k3 the
// immediates.
#define TILE(NAME, ELEMENT)                                                                  \
  LK_CLONES static void NAME(                                                                \
      float *r, const float *a, const float *b, const float *c, const float *immediates,     \
      int64_t count) {                                                                       \
    if (count % LK_TILE_STEP != 0) __builtin_unreachable();                                  \
    const float k = immediates[0], k1 = immediates[1], k2 = immediates[2],                   \
                k3 = immediates[3];                                                          \
    (void)b, (void)c, (void)k, (void)k1, (void)k2, (void)k3;                                 \
    LK_INTERLEAVED                                                                           \
    for (int64_t i = 0; i < count; ++i) {                                                    \
      const float x = a[i], y = b[i], z = c[i];                                              \
      (void)x, (void)y, (void)z;                                                             \
      r[i] = ELEMENT;                                                                        \
    }                                                                                        \
  }
#define TRUTH(CONDITION) ((CONDITION) ? 1.0f : 0.0f)
#define AT_LEAST(LOW, x) ((LOW) > (x) ? (LOW) : (x))
#define CLIP(x, LOW, HIGH) ((HIGH) < AT_LEAST(LOW, x) ? (HIGH) : AT_LEAST(LOW, x))

TILE(tile_add, x + y)
TILE(tile_sub, x - y)
TILE(tile_mul, x * y)
TILE(tile_div, x / y)
TILE(tile_maximum, x > y || x != x ? x : y)
TILE(tile_minimum, x < y || x != x ? x : y)
TILE(tile_pow, lk_pow(x, y))
TILE(tile_neg, -x)
TILE(tile_abs, lk_absolute(x))
TILE(tile_sign, x > 0.0f ? 1.0f : x < 0.0f ? -1.0f : x)
TILE(tile_reciprocal, 1.0f / x)
TILE(tile_sqrt, __builtin_elementwise_sqrt(x))
TILE(tile_sin_fast, lk_sin(x))
TILE(tile_cos_fast, lk_cos(x))
TILE(tile_rsqrt, 1.0f / __builtin_elementwise_sqrt(x))
TILE(tile_exp, lk_exp(x))
TILE(tile_log, lk_log(x))
TILE(tile_log1p, lk_log1p(x))
TILE(tile_erf, lk_erf(x))
TILE(tile_tanh, lk_tanh(x))
TILE(tile_sigmoid, lk_sigmoid(x))
TILE(tile_softplus, lk_softplus(x))
TILE(tile_floor, __builtin_elementwise_floor(x))
TILE(tile_ceil, __builtin_elementwise_ceil(x))
TILE(tile_round, __builtin_elementwise_roundeven(x))
TILE(tile_relu, 0.0f > x ? 0.0f : x)
TILE(tile_gelu_erf, lk_gelu_erf(x))
TILE(tile_gelu_tanh, lk_gelu_tanh(x))
TILE(tile_silu, x * lk_sigmoid(x))
TILE(tile_equal, TRUTH(x == y))
TILE(tile_not_equal, TRUTH(x != y))
TILE(tile_less, TRUTH(x < y))
TILE(tile_less_equal, TRUTH(x <= y))
TILE(tile_greater, TRUTH(x > y))
TILE(tile_greater_equal, TRUTH(x >= y))
TILE(tile_and, TRUTH((x != 0.0f) & (y != 0.0f)))
TILE(tile_or, TRUTH((x != 0.0f) | (y != 0.0f)))
TILE(tile_not, TRUTH(x == 0.0f))
TILE(tile_select, x != 0.0f ? y : z)
TILE(tile_multiply_add, x * y + z)
TILE(tile_constant, k)
TILE(tile_add_immediate, x + k)
TILE(tile_mul_immediate, x * k)
TILE(tile_div_immediate, x / k)
TILE(tile_max_immediate, k > x ? k : x)
TILE(tile_min_immediate, k < x ? k : x)
TILE(tile_truncate, __builtin_elementwise_trunc(x))
TILE(tile_relu_gradient, x > 0.0f ? y : 0.0f)
TILE(tile_shift_scale, (x + k) * k1)
TILE(tile_quantize, CLIP(__builtin_elementwise_roundeven(x / k) + k1, k2, k3))
TILE(tile_round_bf16, lk_from_bf16(lk_to_bf16(x)))

// The fast reduction of angles runs out of digits; infinities and NaN count as large.
LK_CLONES
static int has_large_angle(const float *angles, int64_t count) {
  int found = 0;
  for (int64_t i = 0; i < count; ++i) found |= !(lk_absolute(angles[i]) < LK_TRIGONOMETRIC_LIMIT);
  return found;
}

#define TRIGONOMETRIC(NAME, FAST, EXACT)                                                     \
  static void NAME(                                                                          \
      float *r, const float *a, const float *b, const float *c, const float *k, int64_t count) { \
    if (has_large_angle(a, count)) {                                                         \
      for (int64_t i = 0; i < count; ++i) r[i] = EXACT(a[i]);                                \
    } else {                                                                                 \
      FAST(r, a, b, c, k, count);                                                            \
    }                                                                                        \
  }
TRIGONOMETRIC(tile_sin, tile_sin_fast, sinf)
TRIGONOMETRIC(tile_cos, tile_cos_fast, cosf)

static void tile_mod(
    float *r, const float *a, const float *b, const float *c, const float *k, int64_t count) {
  (void)c, (void)k;
  for (int64_t i = 0; i < count; ++i) r[i] = fmodf(a[i], b[i]);
}

// Functions too rare to be worth a vector form.
#define SCALAR(NAME, FUNCTION)                                                                  \
  static void NAME(                                                                             \
      float *r, const float *a, const float *b, const float *c, const float *k, int64_t count) { \
    (void)b, (void)c, (void)k;                                                                  \
    for (int64_t i = 0; i < count; ++i) r[i] = FUNCTION(a[i]);                                  \
  }
SCALAR(tile_tan, tanf)
SCALAR(tile_asin, asinf)
SCALAR(tile_acos, acosf)
SCALAR(tile_atan, atanf)
SCALAR(tile_sinh, sinhf)
SCALAR(tile_cosh, coshf)
SCALAR(tile_asinh, asinhf)
SCALAR(tile_acosh, acoshf)
SCALAR(tile_atanh, atanhf)

void lk_micro_run(const lk_slot_micro *program, int length, float *const *slots, int64_t count) {
  for (const lk_slot_micro *micro = program; micro != program + length; ++micro) {
    float *r = slots[micro->result];
    const float *a = slots[micro->a], *b = slots[micro->b], *c = slots[micro->c];
#define CASE(OP, FUNCTION) \
  case OP: FUNCTION(r, a, b, c, micro->immediates, count); break;
    switch ((lk_micro_op)micro->op) {
      CASE(LK_ADD, tile_add)
      CASE(LK_SUB, tile_sub)
      CASE(LK_MUL, tile_mul)
      CASE(LK_DIV, tile_div)
      CASE(LK_MAXIMUM, tile_maximum)
      CASE(LK_MINIMUM, tile_minimum)
      CASE(LK_POW, tile_pow)
      CASE(LK_MOD, tile_mod)
      CASE(LK_NEG, tile_neg)
      CASE(LK_ABS, tile_abs)
      CASE(LK_SIGN, tile_sign)
      CASE(LK_RECIPROCAL, tile_reciprocal)
      CASE(LK_SQRT, tile_sqrt)
      CASE(LK_RSQRT, tile_rsqrt)
      CASE(LK_EXP, tile_exp)
      CASE(LK_LOG, tile_log)
      CASE(LK_LOG1P, tile_log1p)
      CASE(LK_ERF, tile_erf)
      CASE(LK_SIN, tile_sin)
      CASE(LK_COS, tile_cos)
      CASE(LK_TANH, tile_tanh)
      CASE(LK_SIGMOID, tile_sigmoid)
      CASE(LK_SOFTPLUS, tile_softplus)
      CASE(LK_FLOOR, tile_floor)
      CASE(LK_CEIL, tile_ceil)
      CASE(LK_ROUND, tile_round)
      CASE(LK_RELU, tile_relu)
      CASE(LK_GELU_ERF, tile_gelu_erf)
      CASE(LK_GELU_TANH, tile_gelu_tanh)
      CASE(LK_SILU, tile_silu)
      CASE(LK_EQUAL, tile_equal)
      CASE(LK_NOT_EQUAL, tile_not_equal)
      CASE(LK_LESS, tile_less)
      CASE(LK_LESS_EQUAL, tile_less_equal)
      CASE(LK_GREATER, tile_greater)
      CASE(LK_GREATER_EQUAL, tile_greater_equal)
      CASE(LK_AND, tile_and)
      CASE(LK_OR, tile_or)
      CASE(LK_NOT, tile_not)
      CASE(LK_SELECT, tile_select)
      CASE(LK_MULTIPLY_ADD, tile_multiply_add)
      CASE(LK_CONSTANT, tile_constant)
      CASE(LK_ADD_IMMEDIATE, tile_add_immediate)
      CASE(LK_MUL_IMMEDIATE, tile_mul_immediate)
      CASE(LK_DIV_IMMEDIATE, tile_div_immediate)
      CASE(LK_MAX_IMMEDIATE, tile_max_immediate)
      CASE(LK_MIN_IMMEDIATE, tile_min_immediate)
      CASE(LK_TRUNCATE, tile_truncate)
      CASE(LK_RELU_GRADIENT, tile_relu_gradient)
      CASE(LK_SHIFT_SCALE, tile_shift_scale)
      CASE(LK_QUANTIZE, tile_quantize)
      CASE(LK_ROUND_BF16, tile_round_bf16)
      CASE(LK_TAN, tile_tan)
      CASE(LK_ASIN, tile_asin)
      CASE(LK_ACOS, tile_acos)
      CASE(LK_ATAN, tile_atan)
      CASE(LK_SINH, tile_sinh)
      CASE(LK_COSH, tile_cosh)
      CASE(LK_ASINH, tile_asinh)
      CASE(LK_ACOSH, tile_acosh)
      CASE(LK_ATANH, tile_atanh)
    }
#undef CASE
  }
}

int lk_micro_arity(uint8_t op) {
  switch ((lk_micro_op)op) {
    case LK_CONSTANT: return 0;
    case LK_ADD: case LK_SUB: case LK_MUL: case LK_DIV: case LK_MAXIMUM: case LK_MINIMUM:
    case LK_POW: case LK_MOD: case LK_EQUAL: case LK_NOT_EQUAL: case LK_LESS: case LK_LESS_EQUAL:
    case LK_GREATER: case LK_GREATER_EQUAL: case LK_AND: case LK_OR: case LK_RELU_GRADIENT:
      return 2;
    case LK_SELECT: case LK_MULTIPLY_ADD: return 3;
    default: return 1;
  }
}

int lk_micro_cost(uint8_t op) {
  switch ((lk_micro_op)op) {
    case LK_MOD: case LK_TAN: case LK_ASIN: case LK_ACOS: case LK_ATAN: case LK_SINH: case LK_COSH:
    case LK_ASINH: case LK_ACOSH: case LK_ATANH: return 30;
    case LK_POW: return 20;
    case LK_EXP: case LK_LOG: case LK_LOG1P: case LK_ERF: case LK_SIN: case LK_COS:
    case LK_TANH: case LK_SIGMOID: case LK_SOFTPLUS: case LK_GELU_ERF: case LK_GELU_TANH:
    case LK_SILU: return 8;
    case LK_DIV: case LK_DIV_IMMEDIATE: case LK_QUANTIZE: case LK_RECIPROCAL: case LK_SQRT:
    case LK_RSQRT: return 3;
    default: return 1;
  }
}
