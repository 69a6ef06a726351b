// Packed weights of products in 8 bits: panels of sixteen outputs, the last of eight where that is enough. A panel is a
// header (for each output the first term of its sum, its scale and its bias) and, for every four of the depth, four
// weights of each output. In a panel of sixteen the outputs follow in the order in which packing of 32-bit
// lanes to bytes puts them back in their own.
#pragma once
#include <stdint.h>

enum { LK_PANEL = 16, LK_HALF_PANEL = 8, LK_QUAD = 4 };

typedef struct {
  const int32_t *starts;
  const float *scale, *bias;
  const int8_t *weights;
} lk_panel;

static inline int64_t lk_panel_count(int64_t outputs) {
  return (outputs + LK_PANEL - 1) / LK_PANEL;
}

// Outputs that a panel has room for.
static inline int lk_panel_width(int64_t outputs, int64_t panel) {
  return outputs - panel * LK_PANEL <= LK_HALF_PANEL ? LK_HALF_PANEL : LK_PANEL;
}

static inline int64_t lk_panel_bytes(int64_t depth, int width) {
  return width * (3 * 4 + (depth + LK_QUAD - 1) / LK_QUAD * LK_QUAD);
}

static inline lk_panel lk_panel_at(
    const void *packed, int64_t depth, int64_t outputs, int64_t panel) {
  const int8_t *at = (const int8_t *)packed + panel * lk_panel_bytes(depth, LK_PANEL);
  int width = lk_panel_width(outputs, panel);
  return (lk_panel){
      (const int32_t *)at, (const float *)at + width, (const float *)at + 2 * width,
      at + 3 * 4 * width};
}
