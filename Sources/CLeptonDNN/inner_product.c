// Inner products of plain [batch, features] activations: forward and both gradients.
#include "dnn.h"

typedef struct {
  dnnl_memory_desc_t src, weights, bias, dst;
} parts;

static bool describe(parts *d, const ld_inner_product *c) {
  int64_t src[] = {c->batch, c->in_features}, dst[] = {c->batch, c->out_features};
  int64_t weights[] = {c->out_features, c->in_features};
  if (c->weights_layout) d->weights = c->weights_layout->desc;
  return ld_desc_plain(&d->src, c->src, 2, src) && ld_desc_plain(&d->dst, c->dst, 2, dst) &&
         (c->weights_layout || ld_desc_any(&d->weights, c->weights, 2, weights)) &&
         (!c->has_bias || ld_desc_plain(&d->bias, c->bias, 1, &c->out_features));
}

static dnnl_status_t forward(dnnl_inner_product_desc_t *operation, const parts *d,
                             const ld_inner_product *c) {
  return dnnl_inner_product_forward_desc_init(
      operation, c->training ? dnnl_forward_training : dnnl_forward_inference, &d->src,
      &d->weights, c->has_bias ? &d->bias : NULL, &d->dst);
}

// The forward pass that a gradient belongs to, free in the weights' format.
static bool make_hint(dnnl_primitive_desc_t *hint, const ld_inner_product *c) {
  ld_inner_product f = *c;
  f.training = true;
  f.has_bias = false;
  if (c->src == LD_BF16 || c->dst == LD_BF16) f.src = f.weights = LD_BF16;
  f.weights_layout = NULL;
  parts d;
  dnnl_inner_product_desc_t operation;
  if (!describe(&d, &f)) return false;
  dnnl_status_t status = forward(&operation, &d, &f);
  if (status == dnnl_success)
    status = dnnl_primitive_desc_create(hint, &operation, NULL, ld_engine(), NULL);
  return status == dnnl_success || ld_refuse("inner product: forward hint", status);
}

ld_primitive *ld_inner_product_forward(const ld_inner_product *c) {
  const char *what = "inner product forward";
  parts d;
  dnnl_inner_product_desc_t operation;
  dnnl_primitive_attr_t attributes;
  if (!describe(&d, c)) return NULL;
  dnnl_status_t status = forward(&operation, &d, c);
  if (status != dnnl_success) return ld_refuse(what, status), NULL;
  if (!ld_attributes(&attributes, &c->epilogue, c->src, c->out_features, 1)) return NULL;
  return ld_primitive_make(what, &operation, attributes, NULL);
}

static ld_primitive *backward(const char *what, const dnnl_inner_product_desc_t *operation,
                              dnnl_status_t status, const ld_inner_product *c) {
  dnnl_primitive_desc_t hint;
  dnnl_primitive_attr_t attributes;
  if (status != dnnl_success) return ld_refuse(what, status), NULL;
  if (!ld_attributes(&attributes, NULL, c->src, 0, 0)) return NULL;
  if (make_hint(&hint, c)) return ld_primitive_make(what, operation, attributes, hint);
  dnnl_primitive_attr_destroy(attributes);
  return NULL;
}

ld_primitive *ld_inner_product_backward_data(const ld_inner_product *c) {
  parts d;
  dnnl_inner_product_desc_t operation;
  if (!describe(&d, c)) return NULL;
  dnnl_status_t status =
      dnnl_inner_product_backward_data_desc_init(&operation, &d.src, &d.weights, &d.dst);
  return backward("inner product backward data", &operation, status, c);
}

ld_primitive *ld_inner_product_backward_weights(const ld_inner_product *c) {
  parts d;
  dnnl_inner_product_desc_t operation;
  if (!describe(&d, c)) return NULL;
  dnnl_status_t status = dnnl_inner_product_backward_weights_desc_init(
      &operation, &d.src, &d.weights, c->has_bias ? &d.bias : NULL, &d.dst);
  return backward("inner product backward weights", &operation, status, c);
}
