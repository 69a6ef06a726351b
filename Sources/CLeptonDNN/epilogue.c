// Epilogues as attributes: output scales, then the sum, then the activation, then the dst scale and zero point.
#include "dnn.h"
#include <stdlib.h>
#include <string.h>

static bool is_integer(ld_dtype dtype) { return dtype == LD_S8 || dtype == LD_U8; }

// Whether activation(x) * s == activation(x * s) for s > 0, so that a scale can move in front.
static bool is_homogeneous(ld_activation activation) {
  return activation == LD_NO_ACTIVATION || activation == LD_RELU || activation == LD_LEAKY_RELU;
}

static dnnl_status_t append_activation(dnnl_post_ops_t ops, const ld_epilogue *e, float scale) {
  float alpha = 0, beta = 0;
  dnnl_alg_kind_t kind;
  switch (e->activation) {
    case LD_NO_ACTIVATION:
      if (scale == 1 && e->dst_zero == 0) return dnnl_success;
      return ld_append_eltwise(ops, 1, dnnl_eltwise_linear, scale, e->dst_zero);
    case LD_RELU: kind = dnnl_eltwise_relu; break;
    case LD_LEAKY_RELU: kind = dnnl_eltwise_relu, alpha = e->alpha; break;
    case LD_SIGMOID: kind = dnnl_eltwise_logistic; break;
    case LD_TANH: kind = dnnl_eltwise_tanh; break;
    case LD_GELU_ERF: kind = dnnl_eltwise_gelu_erf; break;
    case LD_GELU_TANH: kind = dnnl_eltwise_gelu_tanh; break;
    case LD_SWISH: kind = dnnl_eltwise_swish, alpha = e->alpha; break;
    case LD_CLIP: kind = dnnl_eltwise_clip, alpha = e->alpha, beta = e->beta; break;
    case LD_HARD_SWISH: kind = dnnl_eltwise_hardswish; break;
    default: return dnnl_invalid_arguments;
  }
  dnnl_status_t status = ld_append_eltwise(ops, scale, kind, alpha, beta);
  if (status != dnnl_success || e->dst_zero == 0) return status;
  return ld_append_eltwise(ops, 1, dnnl_eltwise_linear, 1, e->dst_zero);
}

static dnnl_status_t append_sum(dnnl_post_ops_t ops, const ld_epilogue *e, float scale) {
  if (!e->sum) return dnnl_success;
  dnnl_data_type_t type = is_integer(e->sum_dtype) ? ld_data_type(e->sum_dtype)
                                                   : dnnl_data_type_undef;  // that of dst
  return ld_append_sum(ops, e->sum_scale * scale, type);
}

// The output's scales, as the weights' where the library scales arguments.
static dnnl_status_t set_scales(ld_attributes *attributes, const ld_epilogue *e, float scale,
                                ld_channels channels) {
  int count = e->output_scale_count;
  if (count == 0 && scale == 1) return dnnl_success;
  if (count > 1 && count != channels.count) return dnnl_invalid_arguments;
  float *scales = malloc((size_t)(count ? count : 1) * sizeof *scales);
  if (!scales) return dnnl_out_of_memory;
  scales[0] = scale;
  for (int i = 0; i < count; i++) scales[i] = e->output_scales[i] * scale;
  int axes = ld_scales_argument ? channels.weights_axes : channels.dst_axes;
  dnnl_status_t status = ld_attributes_scale(attributes, DNNL_ARG_WEIGHTS, count > 1 ? axes : 0,
                                             count ? count : 1, scales);
  free(scales);
  return status;
}

static dnnl_status_t set_epilogue(ld_attributes *attributes, const ld_epilogue *e, ld_dtype src,
                                  ld_channels channels) {
  float after = e->dst_scale == 0 ? 1 : e->dst_scale, before = 1;
  if (is_integer(src) && after > 0 && is_homogeneous(e->activation)) before = after, after = 1;
  dnnl_status_t status = set_scales(attributes, e, before, channels);
  if (status != dnnl_success) return status;
  dnnl_post_ops_t ops;
  status = dnnl_post_ops_create(&ops);
  if (status != dnnl_success) return status;
  status = append_sum(ops, e, before);
  if (status == dnnl_success) status = append_activation(ops, e, after);
  if (status == dnnl_success && dnnl_post_ops_len(ops) > 0)
    status = dnnl_primitive_attr_set_post_ops(attributes->handle, ops);
  dnnl_post_ops_destroy(ops);
  return status;
}

// ---- attributes ------------------------------------------------------------------------------
bool ld_attributes_create(ld_attributes *attributes) {
  *attributes = (ld_attributes){0};
  dnnl_status_t status = dnnl_primitive_attr_create(&attributes->handle);
  if (status == dnnl_success)
    status = dnnl_primitive_attr_set_scratchpad_mode(attributes->handle, dnnl_scratchpad_mode_user);
  if (status == dnnl_success) return true;
  ld_attributes_release(attributes);
  return ld_refuse("attributes", status);
}

bool ld_attributes_epilogue(ld_attributes *attributes, const ld_epilogue *epilogue, ld_dtype src,
                            ld_channels channels) {
  if (!ld_attributes_create(attributes)) return false;
  dnnl_status_t status = set_epilogue(attributes, epilogue, src, channels);
  if (status == dnnl_success) return true;
  ld_attributes_release(attributes);
  return ld_refuse("epilogue", status);
}

dnnl_status_t ld_attributes_scale(ld_attributes *attributes, int argument, int mask, int count,
                                  const float *values) {
  dnnl_status_t status = ld_set_scales(attributes->handle, argument, mask, count, values);
  if (status != dnnl_success || !ld_scales_argument) return status;
  size_t bytes = (size_t)count * sizeof *values;
  float *kept = malloc(bytes);
  if (!kept) return dnnl_out_of_memory;
  memcpy(kept, values, bytes);
  attributes->factors = (ld_factors){ld_scales_argument | argument, count, kept};
  return dnnl_success;
}

void ld_attributes_release(ld_attributes *attributes) {
  if (attributes->handle) dnnl_primitive_attr_destroy(attributes->handle);
  free(attributes->factors.values);
}
