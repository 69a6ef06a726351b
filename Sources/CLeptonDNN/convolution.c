// Convolutions: the forward pass and the gradients of data and of weights.
#include "dnn.h"

typedef struct {
  dnnl_memory_desc_t src, weights, bias, dst;
  dnnl_dims_t strides, dilations, padding_before, padding_after;
  dnnl_alg_kind_t algorithm;
} parts;

static bool describe(parts *d, const ld_convolution *c) {
  int64_t src[] = {c->batch, c->in_channels, c->in_height, c->in_width};
  int64_t dst[] = {c->batch, c->out_channels, c->out_height, c->out_width};
  int64_t groups = c->groups > 1 ? c->groups : 1;
  int64_t grouped[] = {groups, c->out_channels / groups, c->in_channels / groups,
                       c->kernel_height, c->kernel_width};
  *d = (parts){
      .strides = {c->stride_h, c->stride_w},
      .dilations = {c->dilation_h - 1, c->dilation_w - 1},
      .padding_before = {c->pad_top, c->pad_left},
      .padding_after = {c->pad_bottom, c->pad_right},
      .algorithm = c->algorithm == LD_WINOGRAD ? dnnl_convolution_winograd
                                               : dnnl_convolution_direct,
  };
  if (c->weights_layout) d->weights = c->weights_layout->desc;
  return ld_desc_image(&d->src, c->src, src, c->src_format) &&
         ld_desc_image(&d->dst, c->dst, dst, c->dst_format) &&
         (c->weights_layout ||
          ld_desc_any(&d->weights, c->weights, groups > 1 ? 5 : 4, grouped + (groups == 1))) &&
         (!c->has_bias || ld_desc_plain(&d->bias, c->bias, 1, &c->out_channels));
}

static dnnl_status_t forward(dnnl_convolution_desc_t *operation, const parts *d,
                             const ld_convolution *c) {
  return dnnl_dilated_convolution_forward_desc_init(
      operation, c->training ? dnnl_forward_training : dnnl_forward_inference, d->algorithm,
      &d->src, &d->weights, c->has_bias ? &d->bias : NULL, &d->dst, d->strides, d->dilations,
      d->padding_before, d->padding_after);
}

// The forward pass that a gradient belongs to, free in all formats.
static bool make_hint(dnnl_primitive_desc_t *hint, const ld_convolution *c) {
  ld_convolution f = *c;
  f.training = true;
  f.has_bias = false;
  f.weights = c->src == LD_BF16 ? LD_BF16 : c->weights;  // gradients may be wider
  if (c->dst == LD_BF16) f.src = f.weights = LD_BF16;
  f.src_format = f.dst_format = LD_FORMAT_ANY;
  f.weights_layout = NULL;
  parts d;
  dnnl_convolution_desc_t operation;
  if (!describe(&d, &f)) return false;
  dnnl_status_t status = forward(&operation, &d, &f);
  if (status == dnnl_success)
    status = dnnl_primitive_desc_create(hint, &operation, NULL, ld_engine(), NULL);
  return status == dnnl_success || ld_refuse("convolution: forward hint", status);
}

ld_primitive *ld_convolution_forward(const ld_convolution *c) {
  const char *what = "convolution forward";
  parts d;
  dnnl_convolution_desc_t operation;
  dnnl_primitive_attr_t attributes;
  if (!describe(&d, c)) return NULL;
  dnnl_status_t status = forward(&operation, &d, c);
  if (status != dnnl_success) return ld_refuse(what, status), NULL;
  if (!ld_attributes(&attributes, &c->epilogue, c->src, c->out_channels, 1)) return NULL;
  return ld_primitive_make(what, &operation, attributes, NULL);
}

static ld_primitive *backward(const char *what, const dnnl_convolution_desc_t *operation,
                              dnnl_status_t status, const ld_convolution *c) {
  dnnl_primitive_desc_t hint;
  dnnl_primitive_attr_t attributes;
  if (status != dnnl_success) return ld_refuse(what, status), NULL;
  if (!ld_attributes(&attributes, NULL, c->src, 0, 0)) return NULL;
  if (make_hint(&hint, c)) return ld_primitive_make(what, operation, attributes, hint);
  dnnl_primitive_attr_destroy(attributes);
  return NULL;
}

ld_primitive *ld_convolution_backward_data(const ld_convolution *c) {
  parts d;
  dnnl_convolution_desc_t operation;
  if (!describe(&d, c)) return NULL;
  dnnl_status_t status = dnnl_dilated_convolution_backward_data_desc_init(
      &operation, d.algorithm, &d.src, &d.weights, &d.dst, d.strides, d.dilations,
      d.padding_before, d.padding_after);
  return backward("convolution backward data", &operation, status, c);
}

ld_primitive *ld_convolution_backward_weights(const ld_convolution *c) {
  parts d;
  dnnl_convolution_desc_t operation;
  if (!describe(&d, c)) return NULL;
  dnnl_status_t status = dnnl_dilated_convolution_backward_weights_desc_init(
      &operation, d.algorithm, &d.src, &d.weights, c->has_bias ? &d.bias : NULL, &d.dst,
      d.strides, d.dilations, d.padding_before, d.padding_after);
  return backward("convolution backward weights", &operation, status, c);
}
