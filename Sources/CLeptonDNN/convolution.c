// Convolutions: the forward pass and the gradients of data and of weights.
#include "dnn.h"

typedef struct {
  ld_desc src, weights, bias, dst;
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
      .src = ld_desc_image(c->src, src, c->src_format),
      .weights = c->weights_layout
                     ? c->weights_layout->desc
                     : ld_desc_any(c->weights, groups > 1 ? 5 : 4, grouped + (groups == 1)),
      .bias = c->has_bias ? ld_desc_plain(c->bias, 1, &c->out_channels) : NULL,
      .dst = ld_desc_image(c->dst, dst, c->dst_format),
      .strides = {c->stride_h, c->stride_w},
      .dilations = {c->dilation_h - 1, c->dilation_w - 1},
      .padding_before = {c->pad_top, c->pad_left},
      .padding_after = {c->pad_bottom, c->pad_right},
      .algorithm = c->algorithm == LD_WINOGRAD ? dnnl_convolution_winograd
                                               : dnnl_convolution_direct,
  };
  return d->src && d->weights && d->dst && (d->bias || !c->has_bias);
}

static dnnl_status_t forward(dnnl_primitive_desc_t *desc, const parts *d, bool training,
                             const_dnnl_primitive_attr_t attributes) {
  return dnnl_convolution_forward_primitive_desc_create(
      desc, ld_engine(), training ? dnnl_forward_training : dnnl_forward_inference, d->algorithm,
      d->src, d->weights, d->bias, d->dst, d->strides, d->dilations, d->padding_before,
      d->padding_after, attributes);
}

// The forward pass that a gradient belongs to, free in all formats.
static bool make_hint(dnnl_primitive_desc_t *hint, const ld_convolution *c) {
  ld_convolution f = *c;
  f.has_bias = false;
  f.weights = c->src == LD_BF16 ? LD_BF16 : c->weights;  // gradients may be wider
  if (c->dst == LD_BF16) f.src = f.weights = LD_BF16;
  f.src_format = f.dst_format = LD_FORMAT_ANY;
  f.weights_layout = NULL;
  parts d;
  if (!describe(&d, &f)) return false;
  dnnl_status_t status = forward(hint, &d, true, NULL);
  return status == dnnl_success || ld_refuse("convolution: forward hint", status);
}

ld_primitive *ld_convolution_forward(const ld_convolution *c) {
  parts d;
  ld_attributes attributes;
  dnnl_primitive_desc_t desc;
  ld_channels channels = {c->out_channels, 1 << 1, c->groups > 1 ? 3 : 1};
  if (!describe(&d, c) || !ld_attributes_epilogue(&attributes, &c->epilogue, c->src, channels))
    return NULL;
  dnnl_status_t status = forward(&desc, &d, c->training, attributes.handle);
  return ld_primitive_make("convolution forward", status, desc, &attributes);
}

ld_primitive *ld_convolution_backward_data(const ld_convolution *c) {
  parts d;
  dnnl_primitive_desc_t hint, desc;
  if (!describe(&d, c) || !make_hint(&hint, c)) return NULL;
  dnnl_status_t status = dnnl_convolution_backward_data_primitive_desc_create(
      &desc, ld_engine(), d.algorithm, d.src, d.weights, d.dst, d.strides, d.dilations,
      d.padding_before, d.padding_after, hint, ld_plain_attributes());
  dnnl_primitive_desc_destroy(hint);
  return ld_primitive_make("convolution backward data", status, desc, NULL);
}

ld_primitive *ld_convolution_backward_weights(const ld_convolution *c) {
  parts d;
  dnnl_primitive_desc_t hint, desc;
  if (!describe(&d, c) || !make_hint(&hint, c)) return NULL;
  dnnl_status_t status = dnnl_convolution_backward_weights_primitive_desc_create(
      &desc, ld_engine(), d.algorithm, d.src, d.weights, d.bias, d.dst, d.strides, d.dilations,
      d.padding_before, d.padding_after, hint, ld_plain_attributes());
  dnnl_primitive_desc_destroy(hint);
  return ld_primitive_make("convolution backward weights", status, desc, NULL);
}
