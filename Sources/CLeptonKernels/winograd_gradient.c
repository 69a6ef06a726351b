// The gradient of the weights: products of transformed inputs and gradients, summed over the tiles at each place.
#include <string.h>

#include "parallel.h"
#include "winograd_plan.h"

// Two ways to go. Where the transformed weights are small, every thread takes tiles, a few at a time, and adds to sums of
// its own, which are added up at the end. Else the team transforms many tiles, then every thread takes some of the weights
// through all of them.
typedef struct {
  const lk_winograd_gradient *w;
  const lk_winograd_kernels *k;
  bool by_tiles;
  int team;
  int64_t tiles, parts, part_tiles;
  int64_t high, wide;        // inputs and outputs of one slab of weights
  int64_t slabs;
  // Floats from the start of scratch: sums of the bias of each thread, inputs and gradients of the team or of each thread,
  // sums of the weights.
  int64_t inputs, gradients, sums, total;
  int64_t own_inputs, own_gradients, sums_floats;
  int64_t part, first, last;
} backward;

// Weights up to this many bytes, transformed, are kept by every thread.
enum { LIGHT_SUMS = 3 << 20 };

// Terms of a sum that are added before the next part of it.
enum { NEAR_TILES = 192 };

static backward plan(const lk_winograd_gradient *w) {
  const lk_winograd_shape *s = &w->shape;
  backward b = {.w = w, .k = lk_winograd_kernels_of(s), .tiles = lk_winograd_tiles(s)};
  b.team = s->threads;
  int64_t weights_bytes = LK_PLACES * sizeof(float) * s->in_channels * s->out_channels;
  int64_t tile_bytes = LK_PLACES * sizeof(float) * (s->in_channels + s->out_channels);
  b.by_tiles = weights_bytes <= LIGHT_SUMS;
  b.high = s->in_channels;
  b.wide = s->out_channels;
  b.slabs = 1;
  if (b.by_tiles) {
    int64_t fitting = LK_NEAR_BYTES / tile_bytes;
    if (fitting < 16) fitting = 16;
    b.parts = lk_ceiling(lk_ceiling(b.tiles, fitting), b.team) * b.team;
  } else {
    b.parts = lk_ceiling(b.tiles, LK_FAR_BYTES / tile_bytes);
    if (b.high > 64) b.high = 64;
    if (b.wide > 64) b.wide = 64;
    b.slabs = lk_ceiling(s->in_channels, b.high) * lk_ceiling(s->out_channels, b.wide);
  }
  b.part_tiles = lk_ceiling(b.tiles, b.parts);
  b.own_inputs = lk_places_floats(b.part_tiles, s->in_channels);
  b.own_gradients = lk_places_floats(b.part_tiles, s->out_channels);
  b.sums_floats = lk_places_floats(b.high, b.wide);
  int64_t owners = b.by_tiles ? b.team : 1;
  b.inputs = b.team * lk_odd_lines(s->out_channels);
  b.gradients = b.inputs + owners * b.own_inputs;
  b.sums = b.gradients + owners * b.own_gradients;
  b.total = b.sums + b.sums_floats * (b.parts > 1 && !b.by_tiles ? b.slabs : b.team);
  return b;
}

int64_t lk_winograd_gradient_scratch_bytes(const lk_winograd_gradient *arguments) {
  return plan(arguments).total * sizeof(float);
}

static float *bias_sums(const backward *b, int member) {
  return b->w->bias ? b->w->scratch + member * lk_odd_lines(b->w->shape.out_channels) : 0;
}

static lk_places inputs_of(const backward *b, int64_t owner) {
  float *memory = b->w->scratch + b->inputs + owner * b->own_inputs;
  return lk_places_at(memory, b->part_tiles, b->w->shape.in_channels);
}

static lk_places gradients_of(const backward *b, int64_t owner) {
  float *memory = b->w->scratch + b->gradients + owner * b->own_gradients;
  return lk_places_at(memory, b->part_tiles, b->w->shape.out_channels);
}

static lk_places sums_of(const backward *b, int64_t owner) {
  return lk_places_at(b->w->scratch + b->sums + owner * b->sums_floats, b->high, b->wide);
}

// sums (+)= inputs^T * gradients, at each place.
static void multiply(
    const backward *b, lk_places inputs, lk_places gradients, lk_places sums, int64_t tiles,
    int64_t high, int64_t wide, bool accumulate) {
  for (int64_t place = 0; place < LK_PLACES; ++place) {
    const float *x = inputs.memory + place * inputs.place;
    const float *g = gradients.memory + place * gradients.place;
    float *c = sums.memory + place * sums.place;
    int64_t tile = 0;
    do {
      int64_t terms = tiles - tile < NEAR_TILES ? tiles - tile : NEAR_TILES;
      for (int64_t column = 0; column < wide; column += b->k->panel)
        b->k->multiply_transposed(
            x + tile * inputs.row, inputs.row, g + tile * gradients.row + column, gradients.row,
            c + column, sums.row, high, terms, accumulate || tile > 0, 0);
      tile += NEAR_TILES;
    } while (tile < tiles);
  }
}

static void run_tiles(void *context, int64_t begin, int64_t end, int member) {
  const backward *b = context;
  const lk_winograd_shape *s = &b->w->shape;
  lk_tiled x = lk_winograd_source(s, b->w->src), g = lk_winograd_result(s, b->w->gradient);
  lk_places inputs = inputs_of(b, member), gradients = gradients_of(b, member);
  lk_places sums = sums_of(b, member);
  for (int64_t part = begin; part < end; ++part) {
    int64_t first = lk_part(b->tiles, part, b->parts), last = lk_part(b->tiles, part + 1, b->parts);
    b->k->load_inputs(&x, first, last, inputs);
    b->k->load_gradients(&g, first, last, gradients, bias_sums(b, member));
    multiply(
        b, inputs, gradients, sums, last - first, s->in_channels, s->out_channels, part > begin);
  }
}

// Adds the sums of all threads to those of the first, some inputs of them, and makes weights of them.
static void join_sums(void *context, int64_t begin, int64_t end, int member) {
  (void)member;
  const backward *b = context;
  const lk_winograd_shape *s = &b->w->shape;
  lk_places sums = sums_of(b, 0);
  for (int other = 1; other < b->team; ++other) {
    for (int64_t place = 0; place < LK_PLACES; ++place) {
      float *dst = sums.memory + place * sums.place + begin * sums.row;
      const float *src = dst + other * b->sums_floats;
      for (int64_t i = 0; i < (end - begin) * sums.row; ++i) dst[i] += src[i];
    }
  }
  lk_taps taps = {b->w->weights, s->out_channels, s->in_channels, false};
  sums.memory += begin * sums.row;
  b->k->store_weights(sums, 0, s->out_channels, begin, end - begin, &taps);
}

static void load_tiles(void *context, int64_t begin, int64_t end, int member) {
  const backward *b = context;
  const lk_winograd_shape *s = &b->w->shape;
  lk_tiled x = lk_winograd_source(s, b->w->src), g = lk_winograd_result(s, b->w->gradient);
  lk_places inputs = inputs_of(b, 0), gradients = gradients_of(b, 0);
  inputs.memory += begin * inputs.row;
  gradients.memory += begin * gradients.row;
  b->k->load_inputs(&x, b->first + begin, b->first + end, inputs);
  b->k->load_gradients(&g, b->first + begin, b->first + end, gradients, bias_sums(b, member));
}

static void run_slabs(void *context, int64_t begin, int64_t end, int member) {
  const backward *b = context;
  const lk_winograd_shape *s = &b->w->shape;
  lk_taps taps = {b->w->weights, s->out_channels, s->in_channels, false};
  int64_t columns = lk_ceiling(s->out_channels, b->wide);
  for (int64_t slab = begin; slab < end; ++slab) {
    int64_t input = slab / columns * b->high, output = slab % columns * b->wide;
    int64_t high = s->in_channels - input < b->high ? s->in_channels - input : b->high;
    int64_t wide = s->out_channels - output < b->wide ? s->out_channels - output : b->wide;
    lk_places inputs = inputs_of(b, 0), gradients = gradients_of(b, 0);
    inputs.memory += input;
    gradients.memory += output;
    lk_places sums = sums_of(b, b->parts > 1 ? slab : member);
    multiply(b, inputs, gradients, sums, b->last - b->first, high, wide, b->part > 0);
    if (b->part == b->parts - 1)
      b->k->store_weights(sums, output, wide, input, high, &taps);
  }
}

void lk_winograd_gradient_run(void *arguments) {
  backward b = plan(arguments);
  const lk_winograd_shape *s = &b.w->shape;
  if (b.w->bias)
    memset(b.w->scratch, 0, b.team * lk_odd_lines(s->out_channels) * sizeof(float));
  if (b.by_tiles) {
    lk_parallel_members(b.parts, 1, b.team, run_tiles, &b);
    lk_parallel_members(s->in_channels, s->block, b.team, join_sums, &b);
  } else {
    for (b.part = 0; b.part < b.parts; ++b.part) {
      b.first = lk_part(b.tiles, b.part, b.parts);
      b.last = lk_part(b.tiles, b.part + 1, b.parts);
      lk_parallel_members(b.last - b.first, 1, b.team, load_tiles, &b);
      lk_parallel_members(b.slabs, 1, b.team, run_slabs, &b);
    }
  }
  if (!b.w->bias) return;
  for (int64_t channel = 0; channel < s->out_channels; ++channel) {
    float sum = 0;
    for (int member = 0; member < b.team; ++member) sum += bias_sums(&b, member)[channel];
    b.w->bias[channel] = sum;
  }
}
