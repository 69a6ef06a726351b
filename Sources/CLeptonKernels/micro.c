#include "micro.h"

#include <math.h>

#include "vector_math.h"

// One case: x, y, z are the elements of the operands, k the immediate.
#define EACH(OP, ELEMENT)                      \
  case OP:                                     \
    LK_INDEPENDENT                             \
    for (int64_t i = 0; i < count; ++i) {      \
      const float x = a[i], y = b[i], z = c[i]; \
      (void)x, (void)y, (void)z;               \
      r[i] = ELEMENT;                          \
    }                                          \
    break;

// The fast reduction runs out of digits; infinities and NaN count as large.
LK_CLONES
static int has_large_angle(const float *angles, int64_t count) {
  int found = 0;
  for (int64_t i = 0; i < count; ++i) found |= !(lk_absolute(angles[i]) < LK_TRIGONOMETRIC_LIMIT);
  return found;
}

#define TRIGONOMETRIC(OP, FAST, EXACT)                                    \
  case OP:                                                                \
    if (has_large_angle(a, count)) {                                      \
      for (int64_t i = 0; i < count; ++i) r[i] = EXACT(a[i]);             \
    } else {                                                              \
      LK_INDEPENDENT                                                      \
      for (int64_t i = 0; i < count; ++i) r[i] = FAST(a[i]);              \
    }                                                                     \
    break;

#define TRUTH(CONDITION) ((CONDITION) ? 1.0f : 0.0f)

LK_CLONES
void lk_micro_run(const lk_slot_micro *program, int length, float *const *slots, int64_t count) {
  if (count % LK_TILE_STEP != 0) __builtin_unreachable();
  for (const lk_slot_micro *micro = program; micro != program + length; ++micro) {
    float *r = slots[micro->result];
    const float *a = slots[micro->a], *b = slots[micro->b], *c = slots[micro->c];
    const float k = micro->immediate;
    switch ((lk_micro_op)micro->op) {
      EACH(LK_ADD, x + y)
      EACH(LK_SUB, x - y)
      EACH(LK_MUL, x * y)
      EACH(LK_DIV, x / y)
      EACH(LK_MAXIMUM, x > y || x != x ? x : y)
      EACH(LK_MINIMUM, x < y || x != x ? x : y)
      EACH(LK_POW, lk_pow(x, y))
      case LK_MOD:
        for (int64_t i = 0; i < count; ++i) r[i] = fmodf(a[i], b[i]);
        break;
      EACH(LK_NEG, -x)
      EACH(LK_ABS, lk_absolute(x))
      EACH(LK_SIGN, x > 0.0f ? 1.0f : x < 0.0f ? -1.0f : x)
      EACH(LK_RECIPROCAL, 1.0f / x)
      EACH(LK_SQRT, __builtin_elementwise_sqrt(x))
      EACH(LK_RSQRT, 1.0f / __builtin_elementwise_sqrt(x))
      EACH(LK_EXP, lk_exp(x))
      EACH(LK_LOG, lk_log(x))
      EACH(LK_LOG1P, lk_log1p(x))
      EACH(LK_ERF, lk_erf(x))
      TRIGONOMETRIC(LK_SIN, lk_sin, sinf)
      TRIGONOMETRIC(LK_COS, lk_cos, cosf)
      EACH(LK_TANH, lk_tanh(x))
      EACH(LK_SIGMOID, lk_sigmoid(x))
      EACH(LK_SOFTPLUS, lk_softplus(x))
      EACH(LK_FLOOR, __builtin_elementwise_floor(x))
      EACH(LK_CEIL, __builtin_elementwise_ceil(x))
      EACH(LK_ROUND, __builtin_elementwise_roundeven(x))
      EACH(LK_RELU, 0.0f > x ? 0.0f : x)
      EACH(LK_GELU_ERF, lk_gelu_erf(x))
      EACH(LK_GELU_TANH, lk_gelu_tanh(x))
      EACH(LK_SILU, x * lk_sigmoid(x))
      EACH(LK_EQUAL, TRUTH(x == y))
      EACH(LK_NOT_EQUAL, TRUTH(x != y))
      EACH(LK_LESS, TRUTH(x < y))
      EACH(LK_LESS_EQUAL, TRUTH(x <= y))
      EACH(LK_GREATER, TRUTH(x > y))
      EACH(LK_GREATER_EQUAL, TRUTH(x >= y))
      EACH(LK_AND, TRUTH((x != 0.0f) & (y != 0.0f)))
      EACH(LK_OR, TRUTH((x != 0.0f) | (y != 0.0f)))
      EACH(LK_NOT, TRUTH(x == 0.0f))
      EACH(LK_SELECT, x != 0.0f ? y : z)
      EACH(LK_MULTIPLY_ADD, x * y + z)
      EACH(LK_CONSTANT, k)
      EACH(LK_ADD_IMMEDIATE, x + k)
      EACH(LK_MUL_IMMEDIATE, x * k)
      EACH(LK_MAX_IMMEDIATE, k > x ? k : x)
      EACH(LK_MIN_IMMEDIATE, k < x ? k : x)
      EACH(LK_TRUNCATE, __builtin_elementwise_trunc(x))
      EACH(LK_RELU_GRADIENT, x > 0.0f ? y : 0.0f)
      EACH(LK_ROUND_BF16, lk_from_bf16(lk_to_bf16(x)))
    }
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
    case LK_MOD: return 30;
    case LK_POW: return 20;
    case LK_EXP: case LK_LOG: case LK_LOG1P: case LK_ERF: case LK_SIN: case LK_COS:
    case LK_TANH: case LK_SIGMOID: case LK_SOFTPLUS: case LK_GELU_ERF: case LK_GELU_TANH:
    case LK_SILU: return 8;
    case LK_DIV: case LK_RECIPROCAL: case LK_SQRT: case LK_RSQRT: return 3;
    default: return 1;
  }
}
