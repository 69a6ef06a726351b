#include "recurrence.h"

#include "lepton_plan.h"

// ---- packing

int64_t lk_recurrent_weights_count(int64_t gates, int64_t hidden) {
  return lk_padded(hidden, LK_COLUMNS) * gates * hidden;
}

// [group of units, gate, k, unit]
static void pack_forward(const lk_recurrent_weights *w, int64_t panel) {
  int64_t hidden = w->hidden, first = panel * LK_COLUMNS;
  float *dst = w->packed + panel * hidden * LK_COLUMNS * w->gates;
  for (int64_t gate = 0; gate < w->gates; ++gate, dst += hidden * LK_COLUMNS) {
    for (int64_t unit = 0; unit < LK_COLUMNS; ++unit) {
      bool exists = first + unit < hidden;
      const float *src = w->weights + (gate * hidden + first + unit) * hidden;
      for (int64_t k = 0; k < hidden; ++k) dst[k * LK_COLUMNS + unit] = exists ? src[k] : 0.0f;
    }
  }
}

// [group of columns, row, column]
static void pack_backward(const lk_recurrent_weights *w, int64_t panel) {
  int64_t hidden = w->hidden, first = panel * LK_COLUMNS, depth = w->gates * hidden;
  int64_t count = hidden - first < LK_COLUMNS ? hidden - first : LK_COLUMNS;
  float *dst = w->packed + panel * depth * LK_COLUMNS;
  for (int64_t k = 0; k < depth; ++k, dst += LK_COLUMNS) {
    memcpy(dst, w->weights + k * hidden + first, (size_t)count * sizeof(float));
    memset(dst + count, 0, (size_t)(LK_COLUMNS - count) * sizeof(float));
  }
}

static void pack_panels(void *context, int64_t begin, int64_t end) {
  const lk_recurrent_weights *w = context;
  for (int64_t panel = begin; panel < end; ++panel) {
    if (w->backward) {
      pack_backward(w, panel);
    } else {
      pack_forward(w, panel);
    }
  }
}

void lk_recurrent_weights_run(void *arguments) {
  lk_recurrent_weights *w = arguments;
  int64_t panels = lk_padded(w->hidden, LK_COLUMNS) / LK_COLUMNS;
  lk_parallel_ranges(panels, 1, w->gates * w->hidden * w->hidden, pack_panels, w);
}

// ---- products

LK_CLONES
void lk_backward_product(
    const float *a, int64_t depth, int64_t rows, const float *packed, int64_t hidden, float *z,
    int64_t z_stride) {
  for (int64_t k = 0; k < depth; k += LK_DEPTH) {
    int64_t part = depth - k < LK_DEPTH ? depth - k : LK_DEPTH;
    for (int64_t column = 0; column < hidden; column += LK_COLUMNS) {
      const float *panel = packed + column * depth + k * LK_COLUMNS;
      lk_tiles(a + k, depth, rows, panel, part, z + column, z_stride, k > 0);
    }
  }
}

// ---- blocks of rows

static int64_t scratch_of_member(int64_t hidden) {
  return 4 * LK_BLOCK_ROWS * (lk_padded(hidden, LK_COLUMNS) + LK_COLUMNS);
}

int64_t lk_recurrence_scratch(int64_t hidden) {
  return scratch_of_member(hidden) * lk_threads_available();
}

void lk_keep(
    const lk_recurrence *r, float *dst, const float *src, int64_t width, int64_t first,
    int64_t rows, int64_t time) {
  if (!dst) return;
  dst += (time * r->batch + first) * width;
  size_t bytes = (size_t)width * sizeof(float);
  if (!r->lengths) {
    memcpy(dst, src, (size_t)rows * bytes);
    return;
  }
  for (int64_t row = 0; row < rows; ++row) {
    if (lk_counts(r, first + row, time)) {
      memcpy(dst + row * width, src + row * width, bytes);
    } else {
      memset(dst + row * width, 0, bytes);
    }
  }
}

typedef struct {
  const lk_recurrence *over;
  lk_block_body body;
  const void *context;
} blocks;

static void run_blocks(void *context, int64_t begin, int64_t end, int member) {
  const blocks *b = context;
  float *scratch = b->over->scratch + member * scratch_of_member(b->over->hidden);
  int count = (int)((end - begin + LK_BLOCK_ROWS - 1) / LK_BLOCK_ROWS);
  for (int block = 0; block < count; ++block) {
    int64_t first, last;
    lk_member_range(end - begin, 1, block, count, &first, &last);
    b->body(b->context, begin + first, last - first, scratch);
  }
}

void lk_recurrence_blocks(
    const lk_recurrence *r, int64_t gates, lk_block_body body, const void *context) {
  int team = lk_team_size(r->steps * r->batch * gates * r->hidden * r->hidden);
  if (team > lk_threads_available()) team = lk_threads_available();  // what the scratch is made for
  if (team > r->batch) team = r->batch > 0 ? (int)r->batch : 1;
  blocks b = {r, body, context};
  lk_parallel_members(r->batch, 1, team, run_blocks, &b);
}
