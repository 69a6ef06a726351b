// Batch normalisation with batch statistics, scale and shift, and a relu fused behind it.
#include "dnn.h"

static ld_desc describe(const ld_batch_norm *c) {
  int64_t extents[] = {c->batch, c->channels, c->height, c->width};
  return ld_desc_image(c->dtype, extents, c->format);
}

static unsigned flags(const ld_batch_norm *c) {
  return dnnl_use_scale | dnnl_use_shift | (c->fuse_relu ? (unsigned)dnnl_fuse_norm_relu : 0);
}

static dnnl_status_t forward(dnnl_primitive_desc_t *desc, ld_desc data, const ld_batch_norm *c,
                             const_dnnl_primitive_attr_t attributes) {
  return dnnl_batch_normalization_forward_primitive_desc_create(desc, ld_engine(),
                                                                dnnl_forward_training, data, data,
                                                                c->epsilon, flags(c), attributes);
}

// The library may list scale and shift combined, numbered as the weights, beside the separate ones.
static ld_primitive *make(const char *what, dnnl_status_t status, dnnl_primitive_desc_t desc) {
  ld_primitive *made = ld_primitive_make(what, status, desc, NULL);
  if (made) made->layouts[LD_WEIGHTS] = made->layouts[LD_DIFF_WEIGHTS] = NULL;
  return made;
}

ld_primitive *ld_batch_norm_forward(const ld_batch_norm *c) {
  dnnl_primitive_desc_t desc;
  ld_desc data = describe(c);
  if (!data) return NULL;
  dnnl_status_t status = forward(&desc, data, c, ld_plain_attributes());
  return make("batch normalisation forward", status, desc);
}

ld_primitive *ld_batch_norm_backward(const ld_batch_norm *c) {
  const char *what = "batch normalisation backward";
  dnnl_primitive_desc_t hint, desc;
  ld_desc data = describe(c);
  if (!data) return NULL;
  dnnl_status_t status = forward(&hint, data, c, NULL);
  if (status != dnnl_success) return ld_refuse(what, status), NULL;
  status = dnnl_batch_normalization_backward_primitive_desc_create(
      &desc, ld_engine(), dnnl_backward, data, data, data, c->epsilon, flags(c), hint,
      ld_plain_attributes());
  dnnl_primitive_desc_destroy(hint);
  ld_primitive *made = make(what, status, desc);
  if (made && !ld_batch_norm_gradient_reads_shift) made->layouts[LD_SHIFT] = NULL;
  return made;
}
