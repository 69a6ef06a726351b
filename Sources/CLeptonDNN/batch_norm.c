// Batch normalisation with batch statistics, scale and shift, and a relu fused behind it.
#include "dnn.h"

static bool describe(dnnl_memory_desc_t *data, const ld_batch_norm *c) {
  int64_t extents[] = {c->batch, c->channels, c->height, c->width};
  return ld_desc_image(data, c->dtype, extents, c->format);
}

static unsigned flags(const ld_batch_norm *c) {
  return dnnl_use_scale | dnnl_use_shift | (c->fuse_relu ? (unsigned)dnnl_fuse_norm_relu : 0);
}

// 2.x: data is one descriptor for src and dst; 3.x takes two.
static dnnl_status_t forward(dnnl_batch_normalization_desc_t *operation,
                             const dnnl_memory_desc_t *data, const ld_batch_norm *c) {
  return dnnl_batch_normalization_forward_desc_init(operation, dnnl_forward_training, data,
                                                    c->epsilon, flags(c));
}

// 2.x: lists the older combined scale-and-shift, numbered as the weights, beside the separate ones.
static ld_primitive *make(const char *what, const dnnl_batch_normalization_desc_t *operation,
                          dnnl_primitive_attr_t attributes, dnnl_primitive_desc_t hint) {
  ld_primitive *made = ld_primitive_make(what, operation, attributes, hint);
  if (made) made->layouts[LD_WEIGHTS] = made->layouts[LD_DIFF_WEIGHTS] = NULL;
  return made;
}

ld_primitive *ld_batch_norm_forward(const ld_batch_norm *c) {
  const char *what = "batch normalisation forward";
  dnnl_memory_desc_t data;
  dnnl_batch_normalization_desc_t operation;
  dnnl_primitive_attr_t attributes;
  if (!describe(&data, c)) return NULL;
  dnnl_status_t status = forward(&operation, &data, c);
  if (status != dnnl_success) return ld_refuse(what, status), NULL;
  if (!ld_attributes(&attributes, NULL, c->dtype, 0, 0)) return NULL;
  return make(what, &operation, attributes, NULL);
}

ld_primitive *ld_batch_norm_backward(const ld_batch_norm *c) {
  const char *what = "batch normalisation backward";
  dnnl_memory_desc_t data;
  dnnl_batch_normalization_desc_t ahead, operation;
  dnnl_primitive_desc_t hint;
  dnnl_primitive_attr_t attributes;
  if (!describe(&data, c)) return NULL;
  dnnl_status_t status = forward(&ahead, &data, c);
  if (status == dnnl_success)
    status = dnnl_batch_normalization_backward_desc_init(&operation, dnnl_backward, &data, &data,
                                                         c->epsilon, flags(c));
  if (status == dnnl_success)
    status = dnnl_primitive_desc_create(&hint, &ahead, NULL, ld_engine(), NULL);
  if (status != dnnl_success) return ld_refuse(what, status), NULL;
  if (!ld_attributes(&attributes, NULL, c->dtype, 0, 0)) {
    dnnl_primitive_desc_destroy(hint);
    return NULL;
  }
  return make(what, &operation, attributes, hint);
}
