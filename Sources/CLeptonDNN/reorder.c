// Reorders: copies between formats and element types, scaled on the way.
#include "dnn.h"

// The axes along which `count` scales run, as the library's mask; -1 where they do not fit.
static int scale_mask(const dnnl_memory_desc_t *desc, int count, int axis) {
  if (count == 1) return 0;
  if (axis < 0 || axis >= desc->ndims) return -1;
  int64_t here = desc->dims[axis], next = axis + 1 < desc->ndims ? desc->dims[axis + 1] : 0;
  // Weights in groups have [groups, channels] for the channel axis, also with one channel each.
  if (count == here * next && (next > 1 || desc->ndims == 5)) return 3 << axis;
  return count == here ? 1 << axis : -1;
}

ld_primitive *ld_reorder(const ld_layout *from, const ld_layout *to, const float *scales,
                         int scale_count, int scale_axis) {
  const char *what = "reorder";
  dnnl_primitive_attr_t attributes;
  if (!ld_attributes(&attributes, NULL, from->dtype, 0, 0)) return NULL;
  dnnl_status_t status = dnnl_success;
  if (scale_count > 0) {
    int mask = scale_mask(&to->desc, scale_count, scale_axis);
    status = dnnl_invalid_arguments;
    if (mask >= 0)
      status = dnnl_primitive_attr_set_output_scales(attributes, scale_count, mask, scales);
  }
  dnnl_primitive_desc_t desc;
  if (status == dnnl_success)
    status = dnnl_reorder_primitive_desc_create(&desc, &from->desc, ld_engine(), &to->desc,
                                                ld_engine(), attributes);
  dnnl_primitive_attr_destroy(attributes);
  if (status == dnnl_success) return ld_primitive_adopt(what, desc);
  ld_refuse(what, status);
  return NULL;
}
