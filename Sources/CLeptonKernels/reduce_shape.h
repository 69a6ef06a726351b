// The iteration of a reduction, brought into order: the dims that are kept, the dims that are
// reduced, and which of them the inner loop runs along.
#pragma once
#include "lepton_kernels.h"

typedef struct {
  int dims;  // outermost first
  int64_t extents[LK_MAX_DIMS], strides[LK_MAX_DIMS];
} lk_axes;

static inline int64_t lk_axes_count(const lk_axes *axes) {
  int64_t count = 1;
  for (int d = 0; d < axes->dims; ++d) count *= axes->extents[d];
  return count;
}

static inline int64_t lk_axes_offset(const lk_axes *axes, int64_t index) {
  int64_t offset = 0;
  for (int d = axes->dims - 1; d > 0; --d) {
    offset += index % axes->extents[d] * axes->strides[d];
    index /= axes->extents[d];
  }
  return axes->dims > 0 ? offset + index * axes->strides[0] : 0;
}

typedef struct {
  lk_axes kept, reduced;  // without the inner dim
  bool inner_is_kept;     // the inner loop runs along results: columns are reduced
  int64_t inner_extent, inner_stride;
} lk_reduce_shape;

// `ordered` asks that the inner dim, if reduced, is the last reduced one, so that row-major order
// over the reduced dims is kept.
lk_reduce_shape lk_reduce_shape_of(const lk_reduce *reduce, bool ordered);
