// Rows of activations in 8 bits times one panel of packed weights. What a product and a convolution share: they differ in where
// the rows lie.
//
// A panel holds the weights of sixteen outputs, the last one of eight where that is enough: a header (for each output the first
// term of its sum, its scale and what is added behind it) and, for every four of the depth, four weights of each output. In a panel of
// sixteen the outputs follow in the order in which packing of 32-bit lanes to bytes puts them back in their own. The depth
// is one or more segments, the rows of a convolution's kernel, each a run of bytes filled up to a multiple of four. Where sources
// are widened, weights are too: a number of the depth is two bytes.
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "lepton_bytes.h"

enum { LK_PANEL = 16, LK_HALF_PANEL = 8, LK_QUAD = 4 };

// Rows that pass a panel while it stays in the first cache.
enum { LK_STRIP_ROWS = 128 };

typedef struct {
  int width;
  const int32_t *starts;
  const float *scale, *rest;
  const int8_t *weights;
} lk_panel;

static inline int64_t lk_panel_count(int64_t outputs) {
  return (outputs + LK_PANEL - 1) / LK_PANEL;
}

// Bytes of a number of the depth.
static inline int64_t lk_depth_bytes(bool is_wide) { return is_wide ? 2 : 1; }

// Outputs that a panel has room for.
static inline int lk_panel_width(int64_t outputs, int64_t panel) {
  return outputs - panel * LK_PANEL <= LK_HALF_PANEL ? LK_HALF_PANEL : LK_PANEL;
}

static inline int64_t lk_segment_bytes(int64_t depth) {
  return (depth + LK_QUAD - 1) / LK_QUAD * LK_QUAD;
}

static inline int64_t lk_panel_bytes(int64_t segments, int64_t depth, int width) {
  return width * (3 * 4 + segments * lk_segment_bytes(depth));
}

typedef struct {
  int64_t segments, depth, segment_step;  // the depth of a segment, and from one of a row to the next, in bytes
  int64_t first_segment, last_segment;    // those to add, at least one
  int64_t rows;                           // at most LK_STRIP_ROWS
  const uint8_t *src;                     // widened where the result is_wide
  int64_t offsets[LK_STRIP_ROWS];         // of rows in src, in bytes
  const lk_byte_result *result;
} lk_byte_strip;

// Bytes of either sign as numbers of 16 bits.
void lk_widen_bytes(const void *src, int32_t dtype, int64_t count, void *dst);

// Writes rows of the panel's outputs to dst, which holds all outputs of the strip's first row.
void lk_byte_strip_run(
    const lk_byte_strip *strip, const void *weights, int64_t outputs, int64_t panel, void *dst);
