// How the passes of a Winograd convolution divide their work: by sizes and team alone.
#pragma once
#include "lepton_kernels.h"
#include "winograd.h"

enum {
  // Bytes of transformed data that a thread works on at a time, so that they stay in its second-level cache.
  LK_NEAR_BYTES = 512 << 10,
  // Bytes of transformed data that the team works on at a time, so that they stay in the last cache.
  LK_FAR_BYTES = 24 << 20,
  // Terms of a sum that are added before the next part of it, so that a panel stays in the first cache.
  LK_NEAR_DEPTH = 256,
};

const lk_winograd_kernels *lk_winograd_kernels_of(const lk_winograd_shape *s);
lk_tiled lk_winograd_source(const lk_winograd_shape *s, const float *memory);
lk_tiled lk_winograd_result(const lk_winograd_shape *s, const float *memory);
int64_t lk_winograd_tiles(const lk_winograd_shape *s);

static inline int64_t lk_row_floats(int64_t channels) {
  return channels <= 64 ? channels : lk_odd_lines(channels);
}

static inline int64_t lk_places_floats(int64_t rows, int64_t channels) {
  return LK_PLACES * lk_odd_lines(rows * lk_row_floats(channels));
}

static inline lk_places lk_places_at(float *memory, int64_t rows, int64_t channels) {
  int64_t row = lk_row_floats(channels);
  return (lk_places){.memory = memory, .row = row, .place = lk_odd_lines(rows * row)};
}

// Parts of [0, count) that differ by at most one in length.
static inline int64_t lk_part(int64_t count, int64_t part, int64_t parts) {
  return count * part / parts;
}

static inline int64_t lk_ceiling(int64_t a, int64_t b) { return (a + b - 1) / b; }
