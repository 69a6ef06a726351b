// oneDNN 2.x in the form of 3.x: what 3.x changed, under its names where it has one. Included by dnn.h.
#pragma once
#include <stdlib.h>

enum {
  ld_has_winograd = 1,
  ld_batch_norm_gradient_reads_shift = 1,  // to no use
  ld_scales_argument = 0,                  // none: scales are known when a primitive is made
};

// ---- memory descriptors: open values -----------------------------------------------------------
typedef const dnnl_memory_desc_t *ld_desc;

static inline dnnl_status_t ld_desc_clone(ld_desc *made, ld_desc desc) {
  dnnl_memory_desc_t *copy = malloc(sizeof *copy);
  if (!copy) return dnnl_out_of_memory;
  *copy = *desc;
  *made = copy;
  return dnnl_success;
}

static inline void ld_desc_destroy(ld_desc desc) { free((void *)desc); }

static inline dnnl_status_t ld_desc_create_with_tag(ld_desc *made, int rank,
                                                    const dnnl_dims_t extents,
                                                    dnnl_data_type_t type, dnnl_format_tag_t tag) {
  dnnl_memory_desc_t desc;
  dnnl_status_t status = dnnl_memory_desc_init_by_tag(&desc, rank, extents, type, tag);
  return status == dnnl_success ? ld_desc_clone(made, &desc) : status;
}

static inline dnnl_status_t ld_desc_create_with_strides(ld_desc *made, int rank,
                                                        const dnnl_dims_t extents,
                                                        dnnl_data_type_t type,
                                                        const dnnl_dims_t strides) {
  dnnl_memory_desc_t desc;
  dnnl_status_t status = dnnl_memory_desc_init_by_strides(&desc, rank, extents, type, strides);
  return status == dnnl_success ? ld_desc_clone(made, &desc) : status;
}

static inline ld_format_facts ld_desc_facts(ld_desc desc) {
  const dnnl_blocking_desc_t *blocking = &desc->format_desc.blocking;
  return (ld_format_facts){
      .type = desc->data_type,
      .rank = desc->ndims,
      .extents = desc->dims,
      .padded = desc->padded_dims,
      .is_blocked = desc->format_kind == dnnl_blocked,
      .is_winograd = desc->format_kind == dnnl_format_kind_wino,
      .is_compensated = desc->extra.flags != 0,
      .strides = blocking->strides,
      .blocks = blocking->inner_nblks,
      .block_extents = blocking->inner_blks,
      .block_axes = blocking->inner_idxs,
  };
}

// The same format with another element type; blocked formats without compensation only.
static inline dnnl_status_t ld_desc_create_with_type(ld_desc *made, ld_desc desc,
                                                     dnnl_data_type_t type) {
  dnnl_memory_desc_t changed = *desc;
  changed.data_type = type;
  return ld_desc_clone(made, &changed);
}

// ---- attributes: one set of scales, on the output ----------------------------------------------
static inline dnnl_status_t ld_set_scales(dnnl_primitive_attr_t attributes, int argument, int mask,
                                          int count, const float *values) {
  (void)argument;
  return dnnl_primitive_attr_set_output_scales(attributes, count, mask, values);
}

static inline dnnl_status_t ld_append_sum(dnnl_post_ops_t ops, float scale,
                                          dnnl_data_type_t type) {
  return dnnl_post_ops_append_sum_v2(ops, scale, type);
}

// Hard swish has its slope and offset built in.
static inline dnnl_status_t ld_append_eltwise(dnnl_post_ops_t ops, float scale,
                                              dnnl_alg_kind_t kind, float alpha, float beta) {
  return dnnl_post_ops_append_eltwise(ops, scale, kind, alpha, beta);
}

// ---- primitives: described by an operation first -----------------------------------------------
// A primitive's descriptor from the operation's, where that came about.
static inline dnnl_status_t ld_from_operation(dnnl_primitive_desc_t *made, dnnl_engine_t engine,
                                              dnnl_status_t status, const_dnnl_op_desc_t operation,
                                              const_dnnl_primitive_desc_t hint,
                                              const_dnnl_primitive_attr_t attributes) {
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(made, operation, attributes, engine, hint);
}

static inline dnnl_status_t dnnl_convolution_forward_primitive_desc_create(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, dnnl_prop_kind_t direction,
    dnnl_alg_kind_t algorithm, ld_desc src, ld_desc weights, ld_desc bias, ld_desc dst,
    const dnnl_dims_t strides, const dnnl_dims_t dilations, const dnnl_dims_t before,
    const dnnl_dims_t after, const_dnnl_primitive_attr_t attributes) {
  dnnl_convolution_desc_t operation;
  dnnl_status_t status = dnnl_dilated_convolution_forward_desc_init(
      &operation, direction, algorithm, src, weights, bias, dst, strides, dilations, before, after);
  return ld_from_operation(made, engine, status, &operation, NULL, attributes);
}

static inline dnnl_status_t dnnl_convolution_backward_data_primitive_desc_create(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, dnnl_alg_kind_t algorithm, ld_desc diff_src,
    ld_desc weights, ld_desc diff_dst, const dnnl_dims_t strides, const dnnl_dims_t dilations,
    const dnnl_dims_t before, const dnnl_dims_t after, const_dnnl_primitive_desc_t hint,
    const_dnnl_primitive_attr_t attributes) {
  dnnl_convolution_desc_t operation;
  dnnl_status_t status = dnnl_dilated_convolution_backward_data_desc_init(
      &operation, algorithm, diff_src, weights, diff_dst, strides, dilations, before, after);
  return ld_from_operation(made, engine, status, &operation, hint, attributes);
}

static inline dnnl_status_t dnnl_convolution_backward_weights_primitive_desc_create(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, dnnl_alg_kind_t algorithm, ld_desc src,
    ld_desc diff_weights, ld_desc diff_bias, ld_desc diff_dst, const dnnl_dims_t strides,
    const dnnl_dims_t dilations, const dnnl_dims_t before, const dnnl_dims_t after,
    const_dnnl_primitive_desc_t hint, const_dnnl_primitive_attr_t attributes) {
  dnnl_convolution_desc_t operation;
  dnnl_status_t status = dnnl_dilated_convolution_backward_weights_desc_init(
      &operation, algorithm, src, diff_weights, diff_bias, diff_dst, strides, dilations, before,
      after);
  return ld_from_operation(made, engine, status, &operation, hint, attributes);
}

static inline dnnl_status_t dnnl_inner_product_forward_primitive_desc_create(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, dnnl_prop_kind_t direction, ld_desc src,
    ld_desc weights, ld_desc bias, ld_desc dst, const_dnnl_primitive_attr_t attributes) {
  dnnl_inner_product_desc_t operation;
  dnnl_status_t status =
      dnnl_inner_product_forward_desc_init(&operation, direction, src, weights, bias, dst);
  return ld_from_operation(made, engine, status, &operation, NULL, attributes);
}

static inline dnnl_status_t dnnl_inner_product_backward_data_primitive_desc_create(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, ld_desc diff_src, ld_desc weights,
    ld_desc diff_dst, const_dnnl_primitive_desc_t hint, const_dnnl_primitive_attr_t attributes) {
  dnnl_inner_product_desc_t operation;
  dnnl_status_t status =
      dnnl_inner_product_backward_data_desc_init(&operation, diff_src, weights, diff_dst);
  return ld_from_operation(made, engine, status, &operation, hint, attributes);
}

static inline dnnl_status_t dnnl_inner_product_backward_weights_primitive_desc_create(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, ld_desc src, ld_desc diff_weights,
    ld_desc diff_bias, ld_desc diff_dst, const_dnnl_primitive_desc_t hint,
    const_dnnl_primitive_attr_t attributes) {
  dnnl_inner_product_desc_t operation;
  dnnl_status_t status = dnnl_inner_product_backward_weights_desc_init(
      &operation, src, diff_weights, diff_bias, diff_dst);
  return ld_from_operation(made, engine, status, &operation, hint, attributes);
}

static inline dnnl_status_t dnnl_matmul_primitive_desc_create(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, ld_desc src, ld_desc weights, ld_desc bias,
    ld_desc dst, const_dnnl_primitive_attr_t attributes) {
  dnnl_matmul_desc_t operation;
  dnnl_status_t status = dnnl_matmul_desc_init(&operation, src, weights, bias, dst);
  return ld_from_operation(made, engine, status, &operation, NULL, attributes);
}

static inline dnnl_status_t dnnl_pooling_forward_primitive_desc_create(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, dnnl_prop_kind_t direction,
    dnnl_alg_kind_t algorithm, ld_desc src, ld_desc dst, const dnnl_dims_t strides,
    const dnnl_dims_t kernel, const dnnl_dims_t dilations, const dnnl_dims_t before,
    const dnnl_dims_t after, const_dnnl_primitive_attr_t attributes) {
  dnnl_pooling_v2_desc_t operation;
  dnnl_status_t status =
      dnnl_pooling_v2_forward_desc_init(&operation, direction, algorithm, src, dst, strides, kernel,
                                        dilations, before, after);
  return ld_from_operation(made, engine, status, &operation, NULL, attributes);
}

static inline dnnl_status_t dnnl_pooling_backward_primitive_desc_create(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, dnnl_alg_kind_t algorithm, ld_desc diff_src,
    ld_desc diff_dst, const dnnl_dims_t strides, const dnnl_dims_t kernel,
    const dnnl_dims_t dilations, const dnnl_dims_t before, const dnnl_dims_t after,
    const_dnnl_primitive_desc_t hint, const_dnnl_primitive_attr_t attributes) {
  dnnl_pooling_v2_desc_t operation;
  dnnl_status_t status =
      dnnl_pooling_v2_backward_desc_init(&operation, algorithm, diff_src, diff_dst, strides, kernel,
                                         dilations, before, after);
  return ld_from_operation(made, engine, status, &operation, hint, attributes);
}

// One descriptor serves as source and result.
static inline dnnl_status_t dnnl_batch_normalization_forward_primitive_desc_create(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, dnnl_prop_kind_t direction, ld_desc src,
    ld_desc dst, float epsilon, unsigned flags, const_dnnl_primitive_attr_t attributes) {
  (void)dst;
  dnnl_batch_normalization_desc_t operation;
  dnnl_status_t status =
      dnnl_batch_normalization_forward_desc_init(&operation, direction, src, epsilon, flags);
  return ld_from_operation(made, engine, status, &operation, NULL, attributes);
}

static inline dnnl_status_t dnnl_batch_normalization_backward_primitive_desc_create(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, dnnl_prop_kind_t direction,
    ld_desc diff_src, ld_desc diff_dst, ld_desc src, float epsilon, unsigned flags,
    const_dnnl_primitive_desc_t hint, const_dnnl_primitive_attr_t attributes) {
  (void)diff_src;
  dnnl_batch_normalization_desc_t operation;
  dnnl_status_t status = dnnl_batch_normalization_backward_desc_init(
      &operation, direction, diff_dst, src, epsilon, flags);
  return ld_from_operation(made, engine, status, &operation, hint, attributes);
}
