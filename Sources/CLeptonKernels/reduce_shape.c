#include "reduce_shape.h"

static void take_inner(lk_reduce_shape *shape, lk_axes *from, int at, bool kept) {
  shape->inner_is_kept = kept;
  shape->inner_extent = from->extents[at];
  shape->inner_stride = from->strides[at];
  --from->dims;
  for (int d = at; d < from->dims; ++d) {
    from->extents[d] = from->extents[d + 1];
    from->strides[d] = from->strides[d + 1];
  }
}

lk_reduce_shape lk_reduce_shape_of(const lk_reduce *reduce, bool ordered) {
  lk_reduce_shape shape = {.inner_is_kept = false, .inner_extent = 1, .inner_stride = 1};
  lk_axes *previous = 0;
  for (int d = 0; d < reduce->dims; ++d) {
    if (reduce->extents[d] == 1) continue;
    lk_axes *axes = reduce->reduced[d] ? &shape.reduced : &shape.kept;
    int last = axes->dims - 1;
    if (axes == previous && axes->strides[last] == reduce->strides[d] * reduce->extents[d]) {
      axes->extents[last] *= reduce->extents[d];
      axes->strides[last] = reduce->strides[d];
    } else {
      axes->extents[axes->dims] = reduce->extents[d];
      axes->strides[axes->dims++] = reduce->strides[d];
    }
    previous = axes;
  }
  int last_reduced = shape.reduced.dims - 1, last_kept = shape.kept.dims - 1;
  int contiguous = -1;
  for (int d = ordered && last_reduced > 0 ? last_reduced : 0; d <= last_reduced; ++d) {
    if (shape.reduced.strides[d] == 1) contiguous = d;
  }
  if (contiguous >= 0) {
    take_inner(&shape, &shape.reduced, contiguous, false);
  } else if (last_kept >= 0 && shape.kept.strides[last_kept] == 1 && last_reduced >= 0) {
    take_inner(&shape, &shape.kept, last_kept, true);
  } else if (last_reduced >= 0) {
    take_inner(&shape, &shape.reduced, last_reduced, false);
  }
  return shape;
}
