// Pooling windows: maximum and both averages, forward and gradient.
#include "dnn.h"

typedef struct {
  ld_desc src, dst;
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
      .src = ld_desc_image(c->dtype, src, c->format),
      .dst = ld_desc_image(c->dtype, dst, c->format),
      .strides = {c->stride_h, c->stride_w},
      .kernel = {c->kernel_height, c->kernel_width},
      .dilations = {c->dilation_h - 1, c->dilation_w - 1},
      .padding_before = {c->pad_top, c->pad_left},
      .padding_after = {c->pad_bottom, c->pad_right},
      .algorithm = algorithms[c->kind],
  };
  return d->src && d->dst;
}

static dnnl_status_t forward(dnnl_primitive_desc_t *desc, const parts *d, bool training,
                             const_dnnl_primitive_attr_t attributes) {
  return dnnl_pooling_forward_primitive_desc_create(
      desc, ld_engine(), training ? dnnl_forward_training : dnnl_forward_inference, d->algorithm,
      d->src, d->dst, d->strides, d->kernel, d->dilations, d->padding_before, d->padding_after,
      attributes);
}

ld_primitive *ld_pooling_forward(const ld_pooling *c) {
  parts d;
  dnnl_primitive_desc_t desc;
  if (!describe(&d, c)) return NULL;
  dnnl_status_t status = forward(&desc, &d, c->training, ld_plain_attributes());
  return ld_primitive_make("pooling forward", status, desc, NULL);
}

ld_primitive *ld_pooling_backward(const ld_pooling *c) {
  const char *what = "pooling backward";
  parts d;
  dnnl_primitive_desc_t hint, desc;
  if (!describe(&d, c)) return NULL;
  dnnl_status_t status = forward(&hint, &d, true, NULL);
  if (status != dnnl_success) return ld_refuse(what, status), NULL;
  status = dnnl_pooling_backward_primitive_desc_create(
      &desc, ld_engine(), d.algorithm, d.src, d.dst, d.strides, d.kernel, d.dilations,
      d.padding_before, d.padding_after, hint, ld_plain_attributes());
  dnnl_primitive_desc_destroy(hint);
  return ld_primitive_make(what, status, desc, NULL);
}
