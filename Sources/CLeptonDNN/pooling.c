// Pooling windows: maximum and both averages, forward and gradient.
#include "dnn.h"

typedef struct {
  dnnl_memory_desc_t src, dst;
  dnnl_dims_t strides, kernel, dilations, padding_before, padding_after;
  dnnl_alg_kind_t algorithm;
} parts;

static bool describe(parts *d, const ld_pooling *c) {
  static const dnnl_alg_kind_t algorithms[] = {
      [LD_POOL_MAX] = dnnl_pooling_max,
      [LD_POOL_AVERAGE_INCLUDE_PADDING] = dnnl_pooling_avg_include_padding,
      [LD_POOL_AVERAGE_EXCLUDE_PADDING] = dnnl_pooling_avg_exclude_padding,
  };
  int64_t src[] = {c->batch, c->channels, c->in_height, c->in_width};
  int64_t dst[] = {c->batch, c->channels, c->out_height, c->out_width};
  *d = (parts){
      .strides = {c->stride_h, c->stride_w},
      .kernel = {c->kernel_height, c->kernel_width},
      .dilations = {c->dilation_h - 1, c->dilation_w - 1},
      .padding_before = {c->pad_top, c->pad_left},
      .padding_after = {c->pad_bottom, c->pad_right},
      .algorithm = algorithms[c->kind],
  };
  return ld_desc_image(&d->src, c->dtype, src, c->format) &&
         ld_desc_image(&d->dst, c->dtype, dst, c->format);
}

static dnnl_status_t forward(dnnl_pooling_v2_desc_t *operation, const parts *d, bool training) {
  return dnnl_pooling_v2_forward_desc_init(
      operation, training ? dnnl_forward_training : dnnl_forward_inference, d->algorithm, &d->src,
      &d->dst, d->strides, d->kernel, d->dilations, d->padding_before, d->padding_after);
}

ld_primitive *ld_pooling_forward(const ld_pooling *c) {
  const char *what = "pooling forward";
  parts d;
  dnnl_pooling_v2_desc_t operation;
  dnnl_primitive_attr_t attributes;
  if (!describe(&d, c)) return NULL;
  dnnl_status_t status = forward(&operation, &d, c->training);
  if (status != dnnl_success) return ld_refuse(what, status), NULL;
  if (!ld_attributes(&attributes, NULL, c->dtype, 0, 0)) return NULL;
  return ld_primitive_make(what, &operation, attributes, NULL);
}

ld_primitive *ld_pooling_backward(const ld_pooling *c) {
  const char *what = "pooling backward";
  parts d;
  dnnl_pooling_v2_desc_t ahead, operation;
  dnnl_primitive_desc_t hint;
  dnnl_primitive_attr_t attributes;
  if (!describe(&d, c)) return NULL;
  dnnl_status_t status = forward(&ahead, &d, true);
  if (status == dnnl_success)
    status = dnnl_pooling_v2_backward_desc_init(&operation, d.algorithm, &d.src, &d.dst, d.strides,
                                                d.kernel, d.dilations, d.padding_before,
                                                d.padding_after);
  if (status == dnnl_success)
    status = dnnl_primitive_desc_create(&hint, &ahead, NULL, ld_engine(), NULL);
  if (status != dnnl_success) return ld_refuse(what, status), NULL;
  if (ld_attributes(&attributes, NULL, c->dtype, 0, 0))
    return ld_primitive_make(what, &operation, attributes, hint);
  dnnl_primitive_desc_destroy(hint);
  return NULL;
}
