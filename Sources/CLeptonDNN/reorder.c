// Reorders: copies between formats and element types, scaled on the way.
#include "dnn.h"

// The axes along which `count` scales run, as the library's mask; -1 where they do not fit.
static int scale_mask(const ld_layout *layout, int count, int axis) {
  if (count == 1) return 0;
  if (axis < 0 || axis >= layout->rank) return -1;
  int64_t here = layout->extents[axis];
  int64_t next = axis + 1 < layout->rank ? layout->extents[axis + 1] : 0;
  // Weights in groups have [groups, channels] for the channel axis, also with one channel each.
  if (count == here * next && (next > 1 || layout->rank == 5)) return 3 << axis;
  return count == here ? 1 << axis : -1;
}

ld_primitive *ld_reorder(const ld_layout *from, const ld_layout *to, const float *scales,
                         int scale_count, int scale_axis) {
  const char *what = "reorder";
  ld_attributes attributes;
  dnnl_primitive_desc_t desc = NULL;
  if (!ld_attributes_create(&attributes)) return NULL;
  dnnl_status_t status = dnnl_success;
  if (scale_count > 0) {
    int mask = scale_mask(to, scale_count, scale_axis);
    status = mask < 0 ? dnnl_invalid_arguments
                      : ld_attributes_scale(&attributes, DNNL_ARG_SRC, mask, scale_count, scales);
  }
  if (status == dnnl_success)
    status = dnnl_reorder_primitive_desc_create(&desc, from->desc, ld_engine(), to->desc,
                                                ld_engine(), attributes.handle);
  return ld_primitive_make(what, status, desc, &attributes);
}
