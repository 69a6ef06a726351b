// Batch normalisation over blocks of eight channels, [batch, blocks, pixels, 8], with the relu behind it.
//
// A block is read twice: for its sums, and again, still in a cache, for its results. The images of
// a block are summed in slices that depend on the shape alone, so that sums have one order whatever
// the team.
#include <math.h>
#include <string.h>

#include "clones.h"
#include "lepton_kernels.h"
#include "lepton_plan.h"
#include "parallel.h"
#include "stream.h"
#include "vector.h"

enum { BLOCK = 8, SLICES = 16, CHUNK = 512, COST = 8 };

typedef lk_f8 f8_anywhere __attribute__((aligned(4)));
typedef int32_t i8 __attribute__((ext_vector_type(8)));

#define LOAD8(src) (*(const f8_anywhere *)(src))
#define STORE8(dst, v) (*(f8_anywhere *)(dst) = (v))
// Written once, so that the gradient's mask agrees with the result to the last bit.
#define NORMALISED(x, mean, slope, shift) (((x) - (mean)) * (slope) + (shift))

// The channels of one block; those that only pad it are zero.
typedef struct {
  float mean[BLOCK], rstd[BLOCK], scale[BLOCK], shift[BLOCK];
} channels;

static int64_t slices(const lk_batch_shape *s) { return s->batch < SLICES ? s->batch : SLICES; }

int64_t lk_batch_norm_scratch(const lk_batch_shape *s) {
  return (s->channels + BLOCK - 1) / BLOCK * slices(s) * 2 * BLOCK;
}

static float *partial(float *scratch, const lk_batch_shape *s, int64_t block, int64_t slice) {
  return scratch + (block * slices(s) + slice) * 2 * BLOCK;
}

static int64_t image_offset(const lk_batch_shape *s, int64_t block, int64_t image) {
  int64_t blocks = (s->channels + BLOCK - 1) / BLOCK;
  return (image * blocks + block) * s->pixels * BLOCK;
}

static int64_t width(const lk_batch_shape *s, int64_t block) {
  int64_t left = s->channels - block * BLOCK;
  return left < BLOCK ? left : BLOCK;
}

static channels gather(
    const lk_batch_shape *s, int64_t block, const float *mean, const float *variance,
    const float *scale, const float *shift) {
  channels c;
  memset(&c, 0, sizeof c);
  for (int64_t i = 0; i < width(s, block); ++i) {
    int64_t channel = block * BLOCK + i;
    c.mean[i] = mean[channel];
    c.rstd[i] = 1.0f / sqrtf(variance[channel] + s->epsilon);
    c.scale[i] = scale[channel];
    c.shift[i] = shift[channel];
  }
  return c;
}

// Mean and sum of squared distances from it: chunk by chunk around the mean so far, joined as Chan,
// Golub and LeVeque do ("Updating formulae and a pairwise algorithm for computing sample
// variances", 1979).
LK_CLONES
static void moments(
    float *result, const float *base, int64_t stride, int64_t images, int64_t pixels) {
  lk_f8 mean = LOAD8(base), squares = 0.0f;
  float seen = 0;
  for (int64_t image = 0; image < images; ++image) {
    for (int64_t first = 0; first < pixels; first += CHUNK) {
      const float *x = base + image * stride + first * BLOCK;
      int64_t count = pixels - first < CHUNK ? pixels - first : CHUNK, i = 0;
      lk_f8 a[4] = {0.0f, 0.0f, 0.0f, 0.0f}, b[4] = {0.0f, 0.0f, 0.0f, 0.0f};
#define ADD(lane)                                              \
  do {                                                         \
    lk_f8 distance = LOAD8(x + (i + (lane)) * BLOCK) - mean;   \
    a[lane] += distance;                                       \
    b[lane] += distance * distance;                            \
  } while (0)
      for (; i + 4 <= count; i += 4) {
        ADD(0);
        ADD(1);
        ADD(2);
        ADD(3);
      }
      for (; i < count; ++i) ADD(0);
#undef ADD
      float all = seen + (float)count;
      lk_f8 sum = (a[0] + a[1]) + (a[2] + a[3]), distance = sum / (float)count;
      squares += ((b[0] + b[1]) + (b[2] + b[3])) - sum * distance;
      squares += distance * distance * (seen * (float)count / all);
      mean += distance * ((float)count / all);
      seen = all;
    }
  }
  STORE8(result, mean);
  STORE8(result + BLOCK, squares);
}

LK_INLINE void normalise_image(
    float *y, const float *x, const float *residual, const channels *c, int64_t pixels,
    bool relu, bool streams) {
  const lk_f8 mean = LOAD8(c->mean), shift = LOAD8(c->shift);
  const lk_f8 slope = LOAD8(c->scale) * LOAD8(c->rstd), zero = 0.0f;
#pragma clang loop unroll_count(4)
  for (int64_t i = 0; i < pixels * BLOCK; i += BLOCK) {
    lk_f8 v = NORMALISED(LOAD8(x + i), mean, slope, shift);
    if (residual) v += LOAD8(residual + i);
    if (relu) v = v > zero ? v : (v != v ? v : zero);
    if (streams) __builtin_nontemporal_store(v, (lk_f8 *)(y + i));
    else STORE8(y + i, v);
  }
}

LK_CLONES
static void normalise(
    const lk_batch_norm *n, const channels *c, int64_t block, int64_t begin, int64_t end,
    bool streams) {
  for (int64_t image = begin; image < end; ++image) {
    int64_t at = image_offset(&n->shape, block, image), pixels = n->shape.pixels;
    float *y = n->y + at;
    const float *x = n->x + at, *r = n->residual ? n->residual + at : NULL;
    if (streams) {
      if (!n->relu) normalise_image(y, x, r, c, pixels, false, true);
      else if (r) normalise_image(y, x, r, c, pixels, true, true);
      else normalise_image(y, x, NULL, c, pixels, true, true);
    } else {
      if (!n->relu) normalise_image(y, x, r, c, pixels, false, false);
      else if (r) normalise_image(y, x, r, c, pixels, true, false);
      else normalise_image(y, x, NULL, c, pixels, true, false);
    }
  }
}

// Sums of g, masked, and of g times normalised x.
LK_INLINE void sum_images(
    float *result, const float *x, const float *g, int64_t stride, int64_t images, int64_t pixels,
    const channels *c, bool relu) {
  const lk_f8 mean = LOAD8(c->mean), rstd = LOAD8(c->rstd), shift = LOAD8(c->shift);
  const lk_f8 slope = LOAD8(c->scale) * rstd, zero = 0.0f;
  lk_f8 total[4] = {0.0f, 0.0f, 0.0f, 0.0f}, moment[4] = {0.0f, 0.0f, 0.0f, 0.0f};
#define ADD(lane)                                                                    \
  do {                                                                               \
    lk_f8 from = LOAD8(x + i + (lane) * 8), v = LOAD8(g + i + (lane) * 8);           \
    if (relu) v = NORMALISED(from, mean, slope, shift) > zero ? v : zero;            \
    total[lane] += v;                                                                \
    moment[lane] += v * (from - mean);                                               \
  } while (0)
  for (int64_t image = 0; image < images; ++image, x += stride, g += stride) {
    int64_t i = 0, count = pixels * BLOCK;
    for (; i + 4 * BLOCK <= count; i += 4 * BLOCK) {
      ADD(0);
      ADD(1);
      ADD(2);
      ADD(3);
    }
    for (; i < count; i += BLOCK) ADD(0);
  }
#undef ADD
  STORE8(result, (total[0] + total[1]) + (total[2] + total[3]));
  STORE8(result + BLOCK, ((moment[0] + moment[1]) + (moment[2] + moment[3])) * rstd);
}

LK_CLONES
static void sums(
    float *result, const lk_batch_norm_gradient *n, const channels *c, int64_t block,
    int64_t begin, int64_t end) {
  int64_t at = image_offset(&n->shape, block, begin), pixels = n->shape.pixels;
  int64_t stride = image_offset(&n->shape, 0, 1);
  if (n->relu) sum_images(result, n->x + at, n->g + at, stride, end - begin, pixels, c, true);
  else sum_images(result, n->x + at, n->g + at, stride, end - begin, pixels, c, false);
}

// dx = slope * (g - mean(g) - normalised * mean(g * normalised))
LK_INLINE void gradient_image(
    float *dx, const float *x, const float *g, const channels *c, const float *means,
    int64_t pixels, bool relu, bool streams) {
  const lk_f8 mean = LOAD8(c->mean), rstd = LOAD8(c->rstd), shift = LOAD8(c->shift);
  const lk_f8 slope = LOAD8(c->scale) * rstd, zero = 0.0f;
  const lk_f8 direct = -slope * LOAD8(means), share = -slope * rstd * LOAD8(means + BLOCK);
#pragma clang loop unroll_count(4)
  for (int64_t i = 0; i < pixels * BLOCK; i += BLOCK) {
    lk_f8 from = LOAD8(x + i), v = LOAD8(g + i);
    if (relu) v = NORMALISED(from, mean, slope, shift) > zero ? v : zero;
    v = v * slope + ((from - mean) * share + direct);
    if (streams) __builtin_nontemporal_store(v, (lk_f8 *)(dx + i));
    else STORE8(dx + i, v);
  }
}

LK_CLONES
static void gradients(
    const lk_batch_norm_gradient *n, const channels *c, const float *means, int64_t block,
    int64_t begin, int64_t end, bool streams) {
  for (int64_t image = begin; image < end; ++image) {
    int64_t at = image_offset(&n->shape, block, image), pixels = n->shape.pixels;
    float *dx = n->dx + at;
    const float *x = n->x + at, *g = n->g + at;
    if (streams) {
      if (n->relu) gradient_image(dx, x, g, c, means, pixels, true, true);
      else gradient_image(dx, x, g, c, means, pixels, false, true);
    } else {
      if (n->relu) gradient_image(dx, x, g, c, means, pixels, true, false);
      else gradient_image(dx, x, g, c, means, pixels, false, false);
    }
  }
}

static void slice_range(const lk_batch_shape *s, int64_t slice, int64_t *begin, int64_t *end) {
  *begin = s->batch * slice / slices(s);
  *end = s->batch * (slice + 1) / slices(s);
}

static void slice_moments(const lk_batch_norm *n, int64_t block, int64_t slice) {
  int64_t begin, end;
  slice_range(&n->shape, slice, &begin, &end);
  moments(
      partial(n->scratch, &n->shape, block, slice),
      n->x + image_offset(&n->shape, block, begin), image_offset(&n->shape, 0, 1), end - begin,
      n->shape.pixels);
}

static void join_moments(const lk_batch_norm *n, int64_t block) {
  const lk_batch_shape *s = &n->shape;
  for (int64_t i = 0; i < width(s, block); ++i) {
    float mean = 0, squares = 0, seen = 0;
    for (int64_t slice = 0; slice < slices(s); ++slice) {
      int64_t begin, end;
      slice_range(s, slice, &begin, &end);
      const float *part = partial(n->scratch, s, block, slice);
      float count = (float)((end - begin) * s->pixels), all = seen + count;
      float distance = part[i] - mean;
      squares += part[BLOCK + i] + distance * distance * (seen * count / all);
      mean += distance * (count / all);
      seen = all;
    }
    n->mean[block * BLOCK + i] = mean;
    n->variance[block * BLOCK + i] = squares < 0 ? 0 : squares / seen;
  }
}

static void slice_results(
    const lk_batch_norm *n, int64_t block, int64_t first, int64_t last, bool streams) {
  int64_t begin, end, ignored;
  slice_range(&n->shape, first, &begin, &ignored);
  slice_range(&n->shape, last - 1, &ignored, &end);
  channels c = gather(&n->shape, block, n->mean, n->variance, n->scale, n->shift);
  normalise(n, &c, block, begin, end, streams);
}

static void slice_sums(const lk_batch_norm_gradient *n, int64_t block, int64_t slice) {
  int64_t begin, end;
  slice_range(&n->shape, slice, &begin, &end);
  channels c = gather(&n->shape, block, n->mean, n->variance, n->scale, n->shift);
  sums(partial(n->scratch, &n->shape, block, slice), n, &c, block, begin, end);
}

static void join_sums(const lk_batch_norm_gradient *n, int64_t block) {
  for (int64_t i = 0; i < width(&n->shape, block); ++i) {
    float total = 0, moment = 0;
    for (int64_t slice = 0; slice < slices(&n->shape); ++slice) {
      const float *part = partial(n->scratch, &n->shape, block, slice);
      total += part[i];
      moment += part[BLOCK + i];
    }
    n->dshift[block * BLOCK + i] = total;
    n->dscale[block * BLOCK + i] = moment;
  }
}

static void slice_gradients(
    const lk_batch_norm_gradient *n, int64_t block, int64_t first, int64_t last, bool streams) {
  int64_t begin, end, ignored;
  float means[2 * BLOCK] = {0}, count = (float)(n->shape.batch * n->shape.pixels);
  slice_range(&n->shape, first, &begin, &ignored);
  slice_range(&n->shape, last - 1, &ignored, &end);
  channels c = gather(&n->shape, block, n->mean, n->variance, n->scale, n->shift);
  for (int64_t i = 0; i < width(&n->shape, block); ++i) {
    means[i] = n->dshift[block * BLOCK + i] / count;
    means[BLOCK + i] = n->dscale[block * BLOCK + i] / count;
  }
  gradients(n, &c, means, block, begin, end, streams);
}

// The two directions have the same course; `backward` tells which arguments they are.
typedef struct {
  const lk_batch_norm *forward;
  const lk_batch_norm_gradient *backward;
  int64_t slices;
  bool streams;
} course;

static void sum(const course *c, int64_t block, int64_t slice) {
  c->forward ? slice_moments(c->forward, block, slice) : slice_sums(c->backward, block, slice);
}

static void join(const course *c, int64_t block) {
  c->forward ? join_moments(c->forward, block) : join_sums(c->backward, block);
}

static void finish(const course *c, int64_t block, int64_t first, int64_t last) {
  c->forward ? slice_results(c->forward, block, first, last, c->streams)
             : slice_gradients(c->backward, block, first, last, c->streams);
}

static void whole_blocks(void *context, int64_t begin, int64_t end) {
  const course *c = context;
  for (int64_t block = begin; block < end; ++block) {
    for (int64_t slice = 0; slice < c->slices; ++slice) sum(c, block, slice);
    join(c, block);
    finish(c, block, 0, c->slices);
  }
  if (c->streams) lk_stream_end();
}

static void sum_slices(void *context, int64_t begin, int64_t end) {
  const course *c = context;
  for (int64_t i = begin; i < end; ++i) sum(c, i / c->slices, i % c->slices);
}

static void finish_slices(void *context, int64_t begin, int64_t end) {
  const course *c = context;
  for (int64_t i = begin; i < end; ++i) {
    finish(c, i / c->slices, i % c->slices, i % c->slices + 1);
  }
  if (c->streams) lk_stream_end();
}

// Each thread takes whole blocks, which then are still in its caches; where they do not divide
// well, slices of them.
static void run(course *c, const lk_batch_shape *s, const float *result, const float *source) {
  int64_t blocks = (s->channels + BLOCK - 1) / BLOCK;
  int64_t floats = image_offset(s, 0, s->batch);
  if (floats == 0) return;
  c->slices = slices(s);
  c->streams = result != source && (uintptr_t)result % 32 == 0 &&
               floats * (int64_t)sizeof(float) > lk_last_cache_bytes() / 2;
  int team = lk_team_size(floats * COST);
  if (team <= 1 || blocks % team == 0 || blocks >= 4 * team) {
    lk_parallel_ranges(blocks, 1, floats * COST, whole_blocks, c);
    return;
  }
  lk_parallel_ranges(blocks * c->slices, 1, floats * COST, sum_slices, c);
  for (int64_t block = 0; block < blocks; ++block) join(c, block);
  lk_parallel_ranges(blocks * c->slices, 1, floats * COST, finish_slices, c);
}

void lk_batch_norm_run(void *arguments) {
  const lk_batch_norm *n = arguments;
  course c = {.forward = n};
  run(&c, &n->shape, n->y, n->residual);
}

void lk_batch_norm_gradient_run(void *arguments) {
  const lk_batch_norm_gradient *n = arguments;
  course c = {.backward = n};
  run(&c, &n->shape, n->dx, n->g);
}
