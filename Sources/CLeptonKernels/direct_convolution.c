#include "direct_tiles.h"
#include "lepton_kernels.h"
#include "parallel.h"

enum {
  LANES = LK_DIRECT_LANES,
  // Terms of a sum that are added before the next part of it, so that a panel of weights stays in the first cache.
  NEAR_DEPTH = 256,
  // Results that a part of all panels is computed for, so that their inputs stay in the second cache: whole tiles.
  NEAR_RESULTS = 192,
};

static int64_t ceiling(int64_t a, int64_t b) { return (a + b - 1) / b; }

// ---- weights

// Panels have two blocks of output channels, the last one three where they do not come out even.
static int64_t panels_of(int64_t channels) { return ceiling(channels, LANES) / 2; }

static int64_t panel_blocks(int64_t channels, int64_t panel) {
  int64_t blocks = ceiling(channels, LANES);
  return panel == blocks / 2 - 1 ? blocks - panel * 2 : 2;
}

int64_t lk_direct_weights_bytes(const lk_direct_weights *w) {
  int64_t blocks = ceiling(w->out_channels, LANES) * ceiling(w->in_channels, LANES);
  return blocks * LANES * LANES * w->taps * (int64_t)sizeof(float);
}

static void load_panels(void *context, int64_t begin, int64_t end) {
  const lk_direct_weights *w = context;
  int64_t depth = ceiling(w->in_channels, LANES) * w->taps * LANES;
  for (int64_t panel = begin; panel < end; ++panel) {
    int64_t first = panel * 2 * LANES;
    int64_t width = panel_blocks(w->out_channels, panel) * LANES;
    float *dst = w->dst + first * depth;
    for (int64_t term = 0; term < depth; ++term) {
      int64_t input = term / (w->taps * LANES) * LANES + term % LANES;
      int64_t tap = term / LANES % w->taps;
      for (int64_t output = first; output < first + width; ++output) {
        bool exists = input < w->in_channels && output < w->out_channels;
        *dst++ = exists ? w->weights[(output * w->in_channels + input) * w->taps + tap] : 0;
      }
    }
  }
}

void lk_direct_weights_run(void *arguments) {
  const lk_direct_weights *w = arguments;
  lk_parallel_ranges(
      panels_of(w->out_channels), 1, w->out_channels * w->in_channels * w->taps, load_panels,
      arguments);
}

// ---- results

// Members of the team take ranges of results, of panels, or both.
typedef struct {
  const lk_direct_convolution *c;
  int64_t in_blocks, out_blocks, panels, taps, depth;
  int64_t area, results;   // of an image, of all
  bool single;
  int64_t part, parts;     // planes of the source whose terms are added at a time
  int team;
  int64_t by_results, by_panels;
} plan;

// Whether each result's only tap lies in the image.
static bool is_single(const lk_direct_convolution *c) {
  return c->kernel_height * c->kernel_width == 1 && c->pad_top == 0 && c->pad_left == 0 &&
         (c->out_height - 1) * c->stride_h < c->in_height &&
         (c->out_width - 1) * c->stride_w < c->in_width;
}

// Divides the team so that no member has more to multiply than need be, and then so that it reads little.
static void divide(plan *p) {
  double least = 0;
  for (int64_t parts = 1; parts <= p->team; ++parts) {
    if (p->team % parts != 0) continue;
    double tiles = (double)ceiling(ceiling(p->results, parts), LK_DIRECT_ROWS);
    double panels = (double)ceiling(p->panels, p->team / parts);
    // In cycles: a tile's two products for each term and row, two at a time; floats from far, one at a time.
    double cost = tiles * LK_DIRECT_ROWS * panels * (double)p->depth +
                  (panels * 2 * LANES + tiles * LK_DIRECT_ROWS / (double)p->taps) * (double)p->depth;
    if (parts == 1 || cost < least) {
      least = cost;
      p->by_results = parts;
      p->by_panels = p->team / parts;
    }
  }
}

static plan make_plan(const lk_direct_convolution *c) {
  plan p = {
      .c = c,
      .in_blocks = ceiling(c->in_channels, LANES),
      .out_blocks = ceiling(c->out_channels, LANES),
      .panels = panels_of(c->out_channels),
      .taps = c->kernel_height * c->kernel_width,
      .area = c->out_height * c->out_width,
      .results = c->batch * c->out_height * c->out_width,
      .single = is_single(c),
  };
  p.depth = p.in_blocks * LANES * p.taps;
  p.parts = ceiling(p.depth, NEAR_DEPTH);
  if (p.parts > p.in_blocks) p.parts = p.in_blocks;
  p.part = ceiling(p.in_blocks, p.parts);
  p.team = p.results * p.depth * c->out_channels / LANES < LK_PARALLEL_WORK ? 1 : c->threads;
  divide(&p);
  return p;
}

int64_t lk_direct_convolution_scratch_bytes(const lk_direct_convolution *c) {
  plan p = make_plan(c);
  return p.team * NEAR_RESULTS * p.taps * (int64_t)sizeof(int32_t);
}

// Where the taps of results [first, first + count) lie in a plane of the image.
static void find_taps(const plan *p, int64_t first, int64_t count, int32_t *offsets) {
  const lk_direct_convolution *c = p->c;
  if (p->single && c->stride_h == 1 && c->stride_w == 1 && c->out_width == c->in_width) {
    for (int64_t i = 0; i < count; ++i) offsets[i] = (int32_t)((first + i) * LANES);
    return;
  }
  int64_t row = first / c->out_width, column = first % c->out_width;
  for (int64_t i = 0; i < count; ++i) {
    int32_t *to = offsets + i;
    for (int64_t ky = 0; ky < c->kernel_height; ++ky) {
      int64_t y = row * c->stride_h + ky * c->dilation_h - c->pad_top;
      for (int64_t kx = 0; kx < c->kernel_width; ++kx, to += NEAR_RESULTS) {
        int64_t x = column * c->stride_w + kx * c->dilation_w - c->pad_left;
        bool inside = y >= 0 && y < c->in_height && x >= 0 && x < c->in_width;
        *to = inside ? (int32_t)((y * c->in_width + x) * LANES) : -1;
      }
    }
    if (++column == c->out_width) {
      column = 0;
      ++row;
    }
  }
}

static void run_results(
    const plan *p, int64_t image, int64_t first, int64_t count, int64_t panel, int64_t panel_end,
    int32_t *offsets) {
  const lk_direct_convolution *c = p->c;
  find_taps(p, first, count, offsets);
  int64_t first_panel = panel;
  lk_direct_run_of_tiles run = {
      .plane = c->in_height * c->in_width * LANES,
      .offsets = offsets,
      .taps = p->taps,
      .row = NEAR_RESULTS,
      .single = p->single,
      .dst_plane = p->area * LANES,
      .lower = c->lower,
      .upper = c->upper,
  };
  for (int64_t plane = 0; plane < p->in_blocks; plane += p->part) {
    int64_t rest = p->in_blocks - plane;
    run.depth = rest < p->part ? rest : p->part;
    run.src = c->src + (image * p->in_blocks + plane) * run.plane;
    run.accumulate = plane > 0;
    run.last = run.depth == rest;
    for (panel = first_panel; panel < panel_end; ++panel) {
      int64_t blocks = panel_blocks(c->out_channels, panel), channel = panel * 2 * LANES;
      int64_t at = ((image * p->out_blocks + panel * 2) * p->area + first) * LANES;
      run.weights = c->weights + channel * p->depth + plane * LANES * p->taps * blocks * LANES;
      run.next = panel + 1 < panel_end
          ? run.weights + 2 * LANES * p->depth
          : c->weights + first_panel * 2 * LANES * p->depth +
              (plane + run.depth) * LANES * p->taps * 2 * LANES;
      run.dst = c->dst + at;
      run.residual = c->residual ? c->residual + at : 0;
      run.bias = c->bias ? c->bias + channel : 0;
      if (blocks == 3) {
        lk_direct_tiles3(&run, count);
      } else {
        lk_direct_tiles2(&run, count);
      }
    }
  }
}

static void run_member(void *context, int64_t begin, int64_t end, int thread) {
  (void)thread;
  const plan *p = context;
  for (int64_t member = begin; member < end; ++member) {
    int32_t *offsets = (int32_t *)p->c->scratch + member * NEAR_RESULTS * p->taps;
    int64_t row = member / p->by_panels, column = member % p->by_panels;
    int64_t next = p->results * row / p->by_results, last = p->results * (row + 1) / p->by_results;
    int64_t panel = p->panels * column / p->by_panels;
    int64_t panel_end = p->panels * (column + 1) / p->by_panels;
    while (next < last && panel < panel_end) {
      int64_t image = next / p->area, first = next % p->area;
      int64_t count = p->area - first < last - next ? p->area - first : last - next;
      int64_t tiles = ceiling(count, LK_DIRECT_ROWS), runs = ceiling(count, NEAR_RESULTS);
      for (int64_t run = 0; run < runs; ++run) {
        int64_t from = tiles * run / runs * LK_DIRECT_ROWS;
        int64_t to = tiles * (run + 1) / runs * LK_DIRECT_ROWS;
        if (to > count) to = count;
        run_results(p, image, first + from, to - from, panel, panel_end, offsets);
      }
      next += count;
    }
  }
}

void lk_direct_convolution_run(void *arguments) {
  plan p = make_plan(arguments);
  lk_parallel_members(p.team, 1, p.team, run_member, &p);
}
