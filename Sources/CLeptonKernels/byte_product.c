// Products of activations in 8 bits with packed weights.
#include "byte_strip.h"
#include "parallel.h"

static void block(
    const lk_byte_product *p, int64_t first_row, int64_t last_row, int64_t first, int64_t last) {
  int64_t element = p->result.dtype == LK_F32 ? (int64_t)sizeof(float) : 1;
  lk_byte_strip s = {.segments = 1, .last_segment = 1, .depth = p->depth, .result = &p->result};
  for (int64_t r = 0; r < LK_STRIP_ROWS; ++r) s.offsets[r] = r * p->depth;
  for (int64_t row = first_row; row < last_row; row += s.rows) {
    s.rows = last_row - row < LK_STRIP_ROWS ? last_row - row : LK_STRIP_ROWS;
    s.src = (const uint8_t *)p->src + row * p->depth;
    for (int64_t panel = first; panel < last; ++panel)
      lk_byte_strip_run(
          &s, p->weights, p->outputs, panel, (char *)p->dst + row * p->outputs * element);
  }
}

static void by_rows(void *context, int64_t begin, int64_t end) {
  const lk_byte_product *p = context;
  block(p, begin, end, 0, lk_panel_count(p->outputs));
}

static void by_panels(void *context, int64_t begin, int64_t end) {
  const lk_byte_product *p = context;
  block(p, 0, p->rows, begin, end);
}

void lk_byte_product_run(void *arguments) {
  lk_byte_product *p = arguments;
  int64_t work = p->rows * p->depth * p->outputs / 16, panels = lk_panel_count(p->outputs);
  if (p->rows / 4 > panels) {
    lk_parallel_ranges(p->rows, 4, work, by_rows, p);
  } else {
    lk_parallel_ranges(panels, 1, work, by_panels, p);
  }
}
