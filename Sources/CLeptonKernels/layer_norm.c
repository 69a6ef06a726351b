#include <math.h>
#include <string.h>

#include "clones.h"
#include "lepton_kernels.h"
#include "lepton_plan.h"
#include "parallel.h"
#include "reduce_leaf.h"
#include "row.h"
#include "vector.h"

enum { COST = 8, GRADIENT_COST = 16, COLUMNS = 1024 };

static void statistics(const float *x, int64_t count, float epsilon, float *mean, float *rstd) {
  *mean = lk_reduce_row(LK_REDUCE_SUM, x, count) / (float)count;
  float variance = lk_row_square_distance(x, *mean, count) / (float)count;
  *rstd = 1.0f / sqrtf(variance + epsilon);
}

LK_CLONES
static void scale_row(
    float *y, const float *x, const float *scale, const float *shift, float mean, float rstd,
    int64_t count) {
  LK_INDEPENDENT
  for (int64_t i = 0; i < count; ++i) y[i] = (x[i] - mean) * rstd * scale[i] + shift[i];
}

static void norm_rows(void *context, int64_t begin, int64_t end) {
  const lk_layer_norm *n = context;
  for (int64_t row = begin; row < end; ++row) {
    const float *x = n->x + row * n->count;
    float *y = n->y + row * n->count, mean, rstd;
    statistics(x, n->count, n->epsilon, &mean, &rstd);
    if (n->mean) n->mean[row] = mean;
    if (n->rstd) n->rstd[row] = rstd;
    scale_row(y, x, n->scale, n->shift, mean, rstd, n->count);
  }
}

void lk_layer_norm_run(void *arguments) {
  lk_layer_norm *n = arguments;
  lk_parallel_ranges(n->rows, 1, n->rows * n->count * COST, norm_rows, n);
}

typedef struct {
  lk_layer_norm_gradient *arguments;
  int parts;
} gradient;

// Adds one row to the sums over rows, and finds the two sums over the row that dx needs:
// those of g * scale and of g * scale * normalised x.
LK_CLONES
static void accumulate_row(
    float *restrict dscale, float *restrict dshift, const float *restrict x,
    const float *restrict g, const float *restrict scale, float mean, float rstd, int64_t count,
    float sums[2]) {
  lk_f16 plain = 0.0f, weighted = 0.0f;
  int64_t i = 0;
  for (; i + 16 <= count; i += 16) {
    lk_f16 normalised = (LK_LOAD16(x + i) - mean) * rstd;
    lk_f16 gradient = LK_LOAD16(g + i), scaled = gradient * LK_LOAD16(scale + i);
    LK_STORE16(dscale + i, LK_LOAD16(dscale + i) + gradient * normalised);
    LK_STORE16(dshift + i, LK_LOAD16(dshift + i) + gradient);
    plain += scaled;
    weighted += scaled * normalised;
  }
  lk_f8 plain8 = plain.lo + plain.hi, weighted8 = weighted.lo + weighted.hi;
  lk_f4 plain4 = plain8.lo + plain8.hi, weighted4 = weighted8.lo + weighted8.hi;
  float total = (plain4.x + plain4.z) + (plain4.y + plain4.w);
  float moment = (weighted4.x + weighted4.z) + (weighted4.y + weighted4.w);
  for (; i < count; ++i) {
    float normalised = (x[i] - mean) * rstd, scaled = g[i] * scale[i];
    dscale[i] += g[i] * normalised;
    dshift[i] += g[i];
    total += scaled;
    moment += scaled * normalised;
  }
  sums[0] = total;
  sums[1] = moment;
}

LK_CLONES
static void gradient_row(
    float *dx, const float *x, const float *g, const float *scale, float mean, float rstd,
    float total, float moment, int64_t count) {
  LK_INDEPENDENT
  for (int64_t i = 0; i < count; ++i) {
    float normalised = (x[i] - mean) * rstd;
    dx[i] = rstd * (g[i] * scale[i] - total - normalised * moment);
  }
}

static void gradient_rows(void *context, int64_t begin, int64_t end, int member) {
  const lk_layer_norm_gradient *n = ((const gradient *)context)->arguments;
  int64_t count = n->count;
  float *dscale = n->scratch + 2 * count * member, *dshift = dscale + count;
  memset(dscale, 0, (size_t)(2 * count) * sizeof(float));
  for (int64_t row = begin; row < end; ++row) {
    const float *x = n->x + row * count, *g = n->g + row * count;
    float mean, rstd, sums[2];
    statistics(x, count, n->epsilon, &mean, &rstd);
    accumulate_row(dscale, dshift, x, g, n->scale, mean, rstd, count, sums);
    gradient_row(
        n->dx + row * count, x, g, n->scale, mean, rstd, sums[0] / (float)count,
        sums[1] / (float)count, count);
  }
}

void lk_layer_norm_gradient_run(void *arguments) {
  lk_layer_norm_gradient *n = arguments;
  int team = lk_team_size(n->rows * n->count * GRADIENT_COST);
  if (team > lk_threads_available()) team = lk_threads_available();  // what the scratch is made for
  if (team > n->rows) team = (int)n->rows;
  if (team == 0) {
    memset(n->dscale, 0, (size_t)n->count * sizeof(float));
    memset(n->dshift, 0, (size_t)n->count * sizeof(float));
    return;
  }
  gradient context = {n, team};
  lk_parallel_members(n->rows, 1, team, gradient_rows, &context);
  lk_reduce_columns(LK_REDUCE_SUM, n->dscale, n->scratch, 2 * n->count, team, n->count);
  lk_reduce_columns(LK_REDUCE_SUM, n->dshift, n->scratch + n->count, 2 * n->count, team, n->count);
}
