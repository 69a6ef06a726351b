#include "parallel.h"
#include "winograd_plan.h"

const lk_winograd_kernels *lk_winograd_kernels_of(const lk_winograd_shape *s) {
  return s->block == 16 ? &lk_winograd_kernels16 : &lk_winograd_kernels8;
}

static lk_tiled tiled(
    const lk_winograd_shape *s, const float *memory, int64_t channels, int64_t height,
    int64_t width) {
  return (lk_tiled){
      .memory = (float *)memory,
      .blocks = channels / s->block,
      .height = height,
      .width = width,
      .tiles_high = lk_ceiling(s->out_height, 4),
      .tiles_wide = lk_ceiling(s->out_width, 4),
  };
}

lk_tiled lk_winograd_source(const lk_winograd_shape *s, const float *memory) {
  lk_tiled x = tiled(s, memory, s->in_channels, s->in_height, s->in_width);
  x.top = s->pad_top;
  x.left = s->pad_left;
  return x;
}

lk_tiled lk_winograd_result(const lk_winograd_shape *s, const float *memory) {
  return tiled(s, memory, s->out_channels, s->out_height, s->out_width);
}

int64_t lk_winograd_tiles(const lk_winograd_shape *s) {
  return s->batch * lk_ceiling(s->out_height, 4) * lk_ceiling(s->out_width, 4);
}

// ---- weights ---------------------------------------------------------------------------------------------------

static int64_t panel_floats(int64_t inputs, int64_t panel) {
  return LK_PLACES * lk_panel_place(inputs, panel);
}

int64_t lk_winograd_weights_bytes(const lk_winograd_weights *w) {
  int64_t panel = 2 * w->block;
  return w->out_channels / panel * panel_floats(w->in_channels, panel) * sizeof(float);
}

static void load_panels(void *context, int64_t begin, int64_t end) {
  const lk_winograd_weights *w = context;
  const lk_winograd_kernels *k = w->block == 16 ? &lk_winograd_kernels16 : &lk_winograd_kernels8;
  lk_taps taps = {(float *)w->weights, w->out_channels, w->in_channels, w->transposed};
  for (int64_t panel = begin; panel < end; ++panel)
    k->load_weights(&taps, panel, w->dst + panel * panel_floats(w->in_channels, k->panel));
}

void lk_winograd_weights_run(void *arguments) {
  const lk_winograd_weights *w = arguments;
  lk_parallel_ranges(
      w->out_channels / (2 * w->block), 1, LK_PLACES * w->out_channels * w->in_channels,
      load_panels, arguments);
}

// ---- the forward pass --------------------------------------------------------------------------------------------

// Two ways to go. Where there are many tiles for each weight, every thread takes tiles, a few at a time, through all
// channels. Else the team transforms many tiles, then every thread takes some results' channels through all of them, and
// needs the transformed weights of only those.
typedef struct {
  const lk_winograd *w;
  const lk_winograd_kernels *k;
  bool by_tiles;
  int team;
  int64_t tiles, parts;           // parts of the tiles
  int64_t part_tiles;             // at most
  int64_t slab, slabs;            // panels of results that a thread takes at a time, and how many times
  bool keeps_weights;             // all of them transformed, for all threads
  // Floats from the start of scratch: weights of all threads, inputs of all threads, then of each its inputs or weights
  // and its results.
  int64_t inputs, own, total;
  int64_t own_inputs, own_weights, own_results;
  int64_t first, last;            // tiles of the present part
  const float *prepared;
} forward;

// Weights up to this many bytes, transformed, are read again for every few tiles.
enum { LIGHT_WEIGHTS = 3 << 20 };

static forward plan(const lk_winograd *w) {
  const lk_winograd_shape *s = &w->shape;
  forward f = {.w = w, .k = lk_winograd_kernels_of(s), .tiles = lk_winograd_tiles(s)};
  int64_t panel = panel_floats(s->in_channels, f.k->panel);
  int64_t weights = s->out_channels / f.k->panel * panel;
  f.team = s->threads;
  f.by_tiles = weights * (int64_t)sizeof(float) <= LIGHT_WEIGHTS;
  f.slabs = 1;
  f.slab = s->out_channels / f.k->panel;
  int64_t tile_bytes = LK_PLACES * sizeof(float);
  if (f.by_tiles) {
    int64_t fitting = LK_NEAR_BYTES / (tile_bytes * (s->in_channels + s->out_channels));
    if (fitting < 2 * f.k->rows) fitting = 2 * f.k->rows;
    f.parts = lk_ceiling(lk_ceiling(f.tiles, fitting), f.team) * f.team;
  } else {
    int64_t fitting = LK_FAR_BYTES / (tile_bytes * s->in_channels);
    f.parts = lk_ceiling(f.tiles, fitting);
    f.slabs = lk_ceiling(f.slab, 2);
    f.slab = 2;
  }
  f.part_tiles = lk_ceiling(f.tiles, f.parts);
  f.keeps_weights = !w->prepared && (f.by_tiles || f.parts > 1);

  int64_t inputs = lk_places_floats(f.part_tiles, s->in_channels);
  f.own_inputs = f.by_tiles ? inputs : 0;
  f.own_weights = w->prepared || f.keeps_weights
      ? 0 : f.slab * panel;
  f.own_results = lk_places_floats(f.part_tiles, f.slab * f.k->panel);
  f.inputs = f.keeps_weights ? weights : 0;
  f.own = f.inputs + (f.by_tiles ? 0 : inputs);
  f.total = f.own + (f.own_inputs + f.own_weights + f.own_results) * f.team;
  f.prepared = f.keeps_weights ? w->scratch : w->prepared;
  return f;
}

int64_t lk_winograd_scratch_bytes(const lk_winograd *arguments) {
  return plan(arguments).total * sizeof(float);
}

// Products at all places of some tiles with one panel after another, and the results that follow.
static void finish(
    const forward *f, lk_places inputs, lk_places results, const float *weights, int64_t first,
    int64_t last, int64_t panel, int64_t panels) {
  const lk_winograd *w = f->w;
  int64_t channels = w->shape.in_channels, width = f->k->panel, tiles = last - first;
  int64_t stride = lk_panel_place(channels, width);
  for (int64_t place = 0; place < LK_PLACES; ++place) {
    for (int64_t p = 0; p < panels; ++p) {
      const float *b = weights + (p * LK_PLACES + place) * stride;
      const float *next =
          weights + (p + 1 < panels ? (p + 1) * LK_PLACES + place : place + 1) * stride;
      for (int64_t depth = 0; depth < channels; depth += LK_NEAR_DEPTH) {
        int64_t terms = channels - depth < LK_NEAR_DEPTH ? channels - depth : LK_NEAR_DEPTH;
        f->k->multiply(
            inputs.memory + place * inputs.place + depth, inputs.row, b + depth * width, width,
            results.memory + place * results.place + p * width, results.row, tiles, terms,
            depth > 0, depth + terms < channels ? b + (depth + terms) * width : next);
      }
    }
  }
  lk_tiled y = lk_winograd_result(&w->shape, w->dst);
  lk_tile_epilogue epilogue = {.bias = w->bias, .residual = w->residual, .relu = w->relu};
  f->k->store_results(results, first, last, panel * 2, panels * 2, &y, &epilogue);
}

static void run_tiles(void *context, int64_t begin, int64_t end, int member) {
  const forward *f = context;
  const lk_winograd_shape *s = &f->w->shape;
  float *own = f->w->scratch + f->own + (f->own_inputs + f->own_results) * member;
  lk_places inputs = lk_places_at(own, f->part_tiles, s->in_channels);
  lk_places results = lk_places_at(own + f->own_inputs, f->part_tiles, s->out_channels);
  lk_tiled x = lk_winograd_source(s, f->w->src);
  for (int64_t part = begin; part < end; ++part) {
    int64_t first = lk_part(f->tiles, part, f->parts), last = lk_part(f->tiles, part + 1, f->parts);
    if (first == last) continue;
    f->k->load_inputs(&x, first, last, inputs);
    finish(f, inputs, results, f->prepared, first, last, 0, f->slab);
  }
}

static void load_tiles(void *context, int64_t begin, int64_t end, int member) {
  (void)member;
  const forward *f = context;
  lk_tiled x = lk_winograd_source(&f->w->shape, f->w->src);
  lk_places inputs =
      lk_places_at(f->w->scratch + f->inputs, f->part_tiles, f->w->shape.in_channels);
  inputs.memory += begin * inputs.row;
  f->k->load_inputs(&x, f->first + begin, f->first + end, inputs);
}

static void run_slabs(void *context, int64_t begin, int64_t end, int member) {
  const forward *f = context;
  const lk_winograd_shape *s = &f->w->shape;
  int64_t all = s->out_channels / f->k->panel;
  int64_t panel_size = panel_floats(s->in_channels, f->k->panel);
  float *own = f->w->scratch + f->own + (f->own_weights + f->own_results) * member;
  lk_taps taps = {(float *)f->w->weights, s->out_channels, s->in_channels, f->w->transposed};
  lk_places inputs = lk_places_at(f->w->scratch + f->inputs, f->part_tiles, s->in_channels);
  lk_places results =
      lk_places_at(own + f->own_weights, f->part_tiles, f->slab * f->k->panel);
  for (int64_t slab = begin; slab < end; ++slab) {
    int64_t panel = slab * f->slab;
    int64_t panels = all - panel < f->slab ? all - panel : f->slab;
    const float *weights = f->prepared + panel * panel_size;
    if (!f->prepared) {
      for (int64_t p = 0; p < panels; ++p)
        f->k->load_weights(&taps, panel + p, own + p * panel_size);
      weights = own;
    }
    finish(f, inputs, results, weights, f->first, f->last, panel, panels);
  }
}

void lk_winograd_run(void *arguments) {
  const lk_winograd *w = arguments;
  const lk_winograd_shape *s = &w->shape;
  forward f = plan(w);
  if (f.keeps_weights) {
    lk_winograd_weights weights = {
        s->out_channels, s->in_channels, s->block, w->transposed, w->weights, w->scratch};
    lk_winograd_weights_run(&weights);
  }
  if (f.by_tiles) {
    lk_parallel_members(f.parts, 1, f.team, run_tiles, &f);
    return;
  }
  for (int64_t part = 0; part < f.parts; ++part) {
    f.first = lk_part(f.tiles, part, f.parts);
    f.last = lk_part(f.tiles, part + 1, f.parts);
    lk_parallel_members(f.last - f.first, 1, f.team, load_tiles, &f);
    lk_parallel_members(f.slabs, 1, f.team, run_slabs, &f);
  }
}
