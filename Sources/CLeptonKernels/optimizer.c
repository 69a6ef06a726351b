#include <math.h>

#include "clones.h"
#include "parallel.h"
#include "row_gradient.h"
#include "vector_math.h"

enum { GRAIN = 1024, SGD_COST = 4, ADAM_COST = 12 };

// Moments of parameters that get no gradient fade to subnormal numbers and stay there; arithmetic
// on those takes twice the time, and they mean nothing.
LK_INLINE float without_subnormal(float x) { return lk_absolute(x) < 0x1p-126f ? 0.0f : x; }

static float value_or_one(const float *pointer) { return pointer ? *pointer : 1.0f; }

LK_CLONES
static void sgd_plain(const lk_sgd *s, int64_t begin, int64_t end, float rate, float scale) {
#pragma clang fp contract(fast)
  const float *param = s->param, *grad = s->grad;
  float *new_param = s->new_param;
  const float decay = s->weight_decay;
  LK_INDEPENDENT
  for (int64_t i = begin; i < end; ++i) {
    float g = grad[i] * scale + decay * param[i];
    new_param[i] = param[i] - rate * g;
  }
}

LK_CLONES
static void sgd_momentum(const lk_sgd *s, int64_t begin, int64_t end, float rate, float scale) {
#pragma clang fp contract(fast)
  const float *param = s->param, *grad = s->grad, *velocity = s->velocity;
  float *new_param = s->new_param, *new_velocity = s->new_velocity;
  const float decay = s->weight_decay, momentum = s->momentum;
  // Nesterov's step looks one momentum ahead.
  const float ahead = s->nesterov ? momentum : 1.0f, direct = s->nesterov ? 1.0f : 0.0f;
  LK_INDEPENDENT
  for (int64_t i = begin; i < end; ++i) {
    float p = param[i];
    float g = grad[i] * scale + decay * p;
    float v = without_subnormal(momentum * velocity[i] + g);
    new_velocity[i] = v;
    new_param[i] = p - rate * (ahead * v + direct * g);
  }
}

static void sgd_range(void *context, int64_t begin, int64_t end) {
  const lk_sgd *s = context;
  float rate = *s->learning_rate, scale = value_or_one(s->grad_scale);
  if (s->velocity) {
    sgd_momentum(s, begin, end, rate, scale);
  } else {
    sgd_plain(s, begin, end, rate, scale);
  }
}

static void sgd_piece(const void *update, const float *grad, int64_t begin, int64_t count) {
  lk_sgd s = *(const lk_sgd *)update;
  s.grad = grad;
  s.param += begin, s.new_param += begin;
  if (s.velocity) s.velocity += begin, s.new_velocity += begin;
  sgd_range(&s, 0, count);
}

void lk_sgd_run(void *arguments) {
  lk_sgd *s = arguments;
  if (!s->grad) {
    lk_update_by_rows(&s->rows, SGD_COST, sgd_piece, s);
    return;
  }
  lk_parallel_ranges(s->count, GRAIN, s->count * SGD_COST, sgd_range, s);
}

typedef struct {
  float scale, coupled, kept, step, root;
} adam_scalars;

LK_CLONES
static void adam_loop(const lk_adam *a, int64_t begin, int64_t end, adam_scalars scalars) {
#pragma clang fp contract(fast)
  const float *param = a->param, *grad = a->grad, *m = a->m, *v = a->v;
  float *new_param = a->new_param, *new_m = a->new_m, *new_v = a->new_v;
  const float beta1 = a->beta1, beta2 = a->beta2, epsilon = a->epsilon;
  const float rest1 = 1.0f - beta1, rest2 = 1.0f - beta2;
  const float scale = scalars.scale, coupled = scalars.coupled, kept = scalars.kept;
  const float step = scalars.step, root = scalars.root;
  LK_INTERLEAVED
  for (int64_t i = begin; i < end; ++i) {
    float p = param[i];
    float g = grad[i] * scale + coupled * p;
    float first = without_subnormal(beta1 * m[i] + rest1 * g);
    float second = without_subnormal(beta2 * v[i] + rest2 * (g * g));
    new_m[i] = first;
    new_v[i] = second;
    float denominator = __builtin_elementwise_sqrt(second) * root + epsilon;
    new_param[i] = p * kept - step * first / denominator;
  }
}

static void adam_range(void *context, int64_t begin, int64_t end) {
  const lk_adam *a = context;
  float rate = *a->learning_rate;
  adam_scalars scalars = {
      .scale = value_or_one(a->grad_scale),
      .coupled = a->decoupled ? 0.0f : a->weight_decay,
      .kept = a->decoupled ? 1.0f - rate * a->weight_decay : 1.0f,
      .step = rate / *a->correction1,
      .root = 1.0f / sqrtf(*a->correction2),
  };
  adam_loop(a, begin, end, scalars);
}

static void adam_piece(const void *update, const float *grad, int64_t begin, int64_t count) {
  lk_adam a = *(const lk_adam *)update;
  a.grad = grad;
  a.param += begin, a.m += begin, a.v += begin;
  a.new_param += begin, a.new_m += begin, a.new_v += begin;
  adam_range(&a, 0, count);
}

void lk_adam_run(void *arguments) {
  lk_adam *a = arguments;
  if (!a->grad) {
    lk_update_by_rows(&a->rows, ADAM_COST, adam_piece, a);
    return;
  }
  lk_parallel_ranges(a->count, GRAIN, a->count * ADAM_COST, adam_range, a);
}
