// Products of activations in 8 bits with packed weights.
#include "byte_strip.h"
#include "parallel.h"

static int64_t row_bytes(const lk_byte_product *p) {
  return p->depth * lk_depth_bytes(p->result.is_wide);
}

static int64_t member_bytes(const lk_byte_product *p) {
  int64_t rows = p->rows < LK_STRIP_ROWS ? p->rows : LK_STRIP_ROWS;
  return p->result.is_wide ? (rows * row_bytes(p) + 63) / 64 * 64 : 0;
}
int64_t lk_byte_product_scratch(const lk_byte_product *p, int threads) {
  return member_bytes(p) * threads;
}

static void block(
    const lk_byte_product *p, int64_t first_row, int64_t last_row, int64_t first, int64_t last,
    int member) {
  int64_t element = p->result.dtype == LK_F32 ? (int64_t)sizeof(float) : 1;
  lk_byte_strip s = {
      .segments = 1, .last_segment = 1, .depth = row_bytes(p), .result = &p->result};
  for (int64_t r = 0; r < LK_STRIP_ROWS; ++r) s.offsets[r] = r * s.depth;
  for (int64_t row = first_row; row < last_row; row += s.rows) {
    s.rows = last_row - row < LK_STRIP_ROWS ? last_row - row : LK_STRIP_ROWS;
    s.src = (const uint8_t *)p->src + row * p->depth;
    if (p->result.is_wide) {
      uint8_t *widened = p->scratch + member * member_bytes(p);
      lk_widen_bytes(s.src, p->result.src_dtype, s.rows * p->depth, widened);
      s.src = widened;
    }
    for (int64_t panel = first; panel < last; ++panel)
      lk_byte_strip_run(
          &s, p->weights, p->outputs, panel, (char *)p->dst + row * p->outputs * element);
  }
}

static void by_rows(void *context, int64_t begin, int64_t end, int member) {
  const lk_byte_product *p = context;
  block(p, begin, end, 0, lk_panel_count(p->outputs), member);
}

static void by_panels(void *context, int64_t begin, int64_t end, int member) {
  const lk_byte_product *p = context;
  block(p, 0, p->rows, begin, end, member);
}

void lk_byte_product_run(void *arguments) {
  lk_byte_product *p = arguments;
  int64_t panels = lk_panel_count(p->outputs);
  int team = lk_team_size(p->rows * p->depth * p->outputs / 16);
  if (p->rows / 4 > panels) {
    lk_parallel_members(p->rows, 4, team, by_rows, p);
  } else {
    lk_parallel_members(panels, 1, team, by_panels, p);
  }
}
