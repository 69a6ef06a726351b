#include <string.h>

#include "byte_strip.h"

int64_t lk_byte_weights_bytes(const lk_byte_weights *w) {
  int64_t depth = w->width * w->channels, last = lk_panel_count(w->outputs) - 1;
  return last * lk_panel_bytes(w->height, depth, LK_PANEL) +
         lk_panel_bytes(w->height, depth, lk_panel_width(w->outputs, last));
}

// The output that stands at `place` of a panel.
static int output_at(int place, int width) {
  return width == LK_HALF_PANEL ? place : (place & 3) | (place & 4) << 1 | (place & 8) >> 1;
}

// One output's weights as segments into every width-th four bytes. Returns their sum.
static int32_t pack(const lk_byte_weights *w, int64_t output, int8_t *to, int width) {
  int64_t depth = w->width * w->channels, plane = w->height * w->width;
  const int8_t *from = w->weights + output * w->channels * plane;
  int32_t sum = 0;
  for (int64_t y = 0; y < w->height; ++y, to += lk_segment_bytes(depth) * width)
    for (int64_t k = 0; k < depth; ++k) {
      int8_t value = from[k % w->channels * plane + y * w->width + k / w->channels];
      to[k / LK_QUAD * width * LK_QUAD + k % LK_QUAD] = value;
      sum += value;
    }
  return sum;
}

void lk_byte_weights_run(void *arguments) {
  const lk_byte_weights *w = arguments;
  int64_t depth = w->width * w->channels;
  for (int64_t panel = 0; panel < lk_panel_count(w->outputs); ++panel) {
    int width = lk_panel_width(w->outputs, panel);
    uint8_t *to = (uint8_t *)w->packed + panel * lk_panel_bytes(w->height, depth, LK_PANEL);
    int32_t *starts = (int32_t *)(void *)to;
    float *scale = (float *)(void *)to + width, *bias = scale + width;
    memset(to, 0, (size_t)lk_panel_bytes(w->height, depth, width));
    for (int place = 0; place < width; ++place) {
      int64_t output = panel * LK_PANEL + output_at(place, width);
      if (output >= w->outputs) continue;
      int32_t sum = pack(w, output, (int8_t *)(bias + width) + place * LK_QUAD, width);
      starts[place] = w->src_dtype == LK_S8 ? -128 * sum : 0;
      scale[place] = w->scale[output];
      bias[place] = w->bias[output];
    }
  }
}

bool lk_byte_pairs_fit(const int8_t *weights, int64_t count) {
  for (int64_t i = 0; i < count; ++i)
    if (weights[i] < -64 || weights[i] > 64) return false;
  return true;
}
