#include <string.h>

#include "byte_product.h"
#include "lepton_kernels.h"

int64_t lk_byte_product_weights_bytes(const lk_byte_product_weights *w) {
  int64_t last = lk_panel_count(w->outputs) - 1;
  return last * lk_panel_bytes(w->depth, LK_PANEL) +
         lk_panel_bytes(w->depth, lk_panel_width(w->outputs, last));
}

// Largest and smallest sum that a pair of weights makes with activations of 0 to 255 fit 16 bits.
bool lk_byte_pairs_fit(const int8_t *weights, int64_t outputs, int64_t depth) {
  for (int64_t output = 0; output < outputs; ++output, weights += depth) {
    for (int64_t k = 0; k < depth; k += 2) {
      int a = weights[k], b = k + 1 < depth ? weights[k + 1] : 0;
      int most = (a > 0 ? a : 0) + (b > 0 ? b : 0), least = (a < 0 ? a : 0) + (b < 0 ? b : 0);
      if (most > 128 || least < -128) return false;
    }
  }
  return true;
}

// The output that stands at `place` of a panel.
static int output_at(int place, int width) {
  return width == LK_HALF_PANEL ? place : (place & 3) | (place & 4) << 1 | (place & 8) >> 1;
}

void lk_byte_product_weights_run(void *arguments) {
  const lk_byte_product_weights *w = arguments;
  for (int64_t panel = 0; panel < lk_panel_count(w->outputs); ++panel) {
    int width = lk_panel_width(w->outputs, panel);
    uint8_t *to = (uint8_t *)w->packed + panel * lk_panel_bytes(w->depth, LK_PANEL);
    int32_t *starts = (int32_t *)to;
    float *scale = (float *)to + width, *bias = scale + width;
    int8_t *quads = (int8_t *)(bias + width);
    memset(to, 0, (size_t)lk_panel_bytes(w->depth, width));
    for (int place = 0; place < width; ++place) {
      int64_t output = panel * LK_PANEL + output_at(place, width);
      if (output >= w->outputs) continue;
      const int8_t *row = w->weights + output * w->depth;
      int32_t sum = 0;
      for (int64_t k = 0; k < w->depth; ++k) {
        quads[(k / LK_QUAD * width + place) * LK_QUAD + k % LK_QUAD] = row[k];
        sum += row[k];
      }
      starts[place] = w->src_dtype == LK_S8 ? -128 * sum : 0;
      scale[place] = w->scale[output];
      bias[place] = w->bias[output];
    }
  }
}
