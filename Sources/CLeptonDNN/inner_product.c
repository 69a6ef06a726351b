// Inner products of plain [batch, features] activations: forward and both gradients.
#include "dnn.h"

typedef struct {
  ld_desc src, weights, bias, dst;
} parts;

static bool describe(parts *d, const ld_inner_product *c) {
  int64_t src[] = {c->batch, c->in_features}, dst[] = {c->batch, c->out_features};
  int64_t weights[] = {c->out_features, c->in_features};
  *d = (parts){
      .src = ld_desc_plain(c->src, 2, src),
      .weights = c->weights_layout ? c->weights_layout->desc : ld_desc_any(c->weights, 2, weights),
      .bias = c->has_bias ? ld_desc_plain(c->bias, 1, &c->out_features) : NULL,
      .dst = ld_desc_plain(c->dst, 2, dst),
  };
  return d->src && d->weights && d->dst && (d->bias || !c->has_bias);
}

static dnnl_status_t forward(dnnl_primitive_desc_t *desc, const parts *d, bool training,
                             const_dnnl_primitive_attr_t attributes) {
  return dnnl_inner_product_forward_primitive_desc_create(
      desc, ld_engine(), training ? dnnl_forward_training : dnnl_forward_inference, d->src,
      d->weights, d->bias, d->dst, attributes);
}

// The forward pass that a gradient belongs to, free in the weights' format.
static bool make_hint(dnnl_primitive_desc_t *hint, const ld_inner_product *c) {
  ld_inner_product f = *c;
  f.has_bias = false;
  if (c->src == LD_BF16 || c->dst == LD_BF16) f.src = f.weights = LD_BF16;
  f.weights_layout = NULL;
  parts d;
  if (!describe(&d, &f)) return false;
  dnnl_status_t status = forward(hint, &d, true, NULL);
  return status == dnnl_success || ld_refuse("inner product: forward hint", status);
}

ld_primitive *ld_inner_product_forward(const ld_inner_product *c) {
  parts d;
  ld_attributes attributes;
  dnnl_primitive_desc_t desc;
  ld_channels channels = {c->out_features, 1 << 1, 1 << 0};
  if (!describe(&d, c) || !ld_attributes_epilogue(&attributes, &c->epilogue, c->src, channels))
    return NULL;
  dnnl_status_t status = forward(&desc, &d, c->training, attributes.handle);
  return ld_primitive_make("inner product forward", status, desc, &attributes);
}

ld_primitive *ld_inner_product_backward_data(const ld_inner_product *c) {
  parts d;
  dnnl_primitive_desc_t hint, desc;
  if (!describe(&d, c) || !make_hint(&hint, c)) return NULL;
  dnnl_status_t status = dnnl_inner_product_backward_data_primitive_desc_create(
      &desc, ld_engine(), d.src, d.weights, d.dst, hint, ld_plain_attributes());
  dnnl_primitive_desc_destroy(hint);
  return ld_primitive_make("inner product backward data", status, desc, NULL);
}

ld_primitive *ld_inner_product_backward_weights(const ld_inner_product *c) {
  parts d;
  dnnl_primitive_desc_t hint, desc;
  if (!describe(&d, c) || !make_hint(&hint, c)) return NULL;
  dnnl_status_t status = dnnl_inner_product_backward_weights_primitive_desc_create(
      &desc, ld_engine(), d.src, d.weights, d.bias, d.dst, hint, ld_plain_attributes());
  dnnl_primitive_desc_destroy(hint);
  return ld_primitive_make("inner product backward weights", status, desc, NULL);
}
