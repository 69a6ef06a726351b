// oneDNN 3.x where the shim needs more than a call of it. Included by dnn.h.
#pragma once

enum {
  ld_has_winograd = 0,
  ld_batch_norm_gradient_reads_shift = 0,
  ld_scales_argument = DNNL_ARG_ATTR_SCALES,  // scales are arguments of a run
};

// ---- memory descriptors: handles that are asked ------------------------------------------------
typedef const_dnnl_memory_desc_t ld_desc;

static inline dnnl_status_t ld_desc_clone(ld_desc *made, ld_desc desc) {
  return dnnl_memory_desc_clone((dnnl_memory_desc_t *)made, desc);
}

static inline void ld_desc_destroy(ld_desc desc) {
  dnnl_memory_desc_destroy((dnnl_memory_desc_t)desc);
}

static inline dnnl_status_t ld_desc_create_with_tag(ld_desc *made, int rank,
                                                    const dnnl_dims_t extents,
                                                    dnnl_data_type_t type, dnnl_format_tag_t tag) {
  return dnnl_memory_desc_create_with_tag((dnnl_memory_desc_t *)made, rank, extents, type, tag);
}

static inline dnnl_status_t ld_desc_create_with_strides(ld_desc *made, int rank,
                                                        const dnnl_dims_t extents,
                                                        dnnl_data_type_t type,
                                                        const dnnl_dims_t strides) {
  return dnnl_memory_desc_create_with_strides((dnnl_memory_desc_t *)made, rank, extents, type,
                                              strides);
}

// Compensation is not told: it is what lies behind the last element.
static inline bool ld_desc_is_compensated(ld_desc desc, const ld_format_facts *f) {
  int64_t block[DNNL_MAX_NDIMS], elements = 1, last = 0;
  for (int i = 0; i < f->rank; i++) block[i] = 1;
  for (int i = 0; i < f->blocks; i++) {
    block[f->block_axes[i]] *= f->block_extents[i];
    elements *= f->block_extents[i];
  }
  for (int i = 0; i < f->rank; i++) last += (f->padded[i] / block[i] - 1) * f->strides[i];
  return dnnl_memory_desc_get_size(desc) > (size_t)(last + elements) * dnnl_data_type_size(f->type);
}

static inline ld_format_facts ld_desc_facts(ld_desc desc) {
  ld_format_facts facts = {0};
  dnnl_format_kind_t kind = dnnl_format_kind_undef;
  dnnl_memory_desc_query(desc, dnnl_query_data_type, &facts.type);
  dnnl_memory_desc_query(desc, dnnl_query_ndims_s32, &facts.rank);
  dnnl_memory_desc_query(desc, dnnl_query_format_kind, &kind);
  if (facts.rank == 0) return facts;
  dnnl_memory_desc_query(desc, dnnl_query_dims, &facts.extents);
  dnnl_memory_desc_query(desc, dnnl_query_padded_dims, &facts.padded);
  if (kind != dnnl_blocked) return facts;
  facts.is_blocked = true;
  dnnl_memory_desc_query(desc, dnnl_query_strides, &facts.strides);
  dnnl_memory_desc_query(desc, dnnl_query_inner_nblks_s32, &facts.blocks);
  dnnl_memory_desc_query(desc, dnnl_query_inner_blks, &facts.block_extents);
  dnnl_memory_desc_query(desc, dnnl_query_inner_idxs, &facts.block_axes);
  facts.is_compensated = ld_desc_is_compensated(desc, &facts);
  return facts;
}

// The same format with another element type; blocked formats without compensation only. With inner blocks a
// descriptor comes from a tag alone, so the tag is looked for.
static inline dnnl_status_t ld_desc_create_with_type(ld_desc *made, ld_desc desc,
                                                     dnnl_data_type_t type) {
  ld_format_facts f = ld_desc_facts(desc);
  if (f.blocks == 0) return ld_desc_create_with_strides(made, f.rank, f.extents, type, f.strides);
  for (int tag = dnnl_format_tag_any + 1; tag < dnnl_format_tag_last; tag++) {
    ld_desc tried;
    if (ld_desc_create_with_tag(&tried, f.rank, f.extents, f.type, (dnnl_format_tag_t)tag) !=
        dnnl_success)
      continue;
    bool found = dnnl_memory_desc_equal(tried, desc);
    ld_desc_destroy(tried);
    if (found)
      return ld_desc_create_with_tag(made, f.rank, f.extents, type, (dnnl_format_tag_t)tag);
  }
  return dnnl_unimplemented;
}

// ---- attributes: scales on each argument -------------------------------------------------------
static inline dnnl_status_t ld_set_scales(dnnl_primitive_attr_t attributes, int argument, int mask,
                                          int count, const float *values) {
  (void)count, (void)values;
  return dnnl_primitive_attr_set_scales_mask(attributes, argument, mask);
}

static inline dnnl_status_t ld_append_sum(dnnl_post_ops_t ops, float scale,
                                          dnnl_data_type_t type) {
  return dnnl_post_ops_append_sum(ops, scale, 0, type);
}

// `scale` takes a step of its own; hard swish is told its slope and offset.
static inline dnnl_status_t ld_append_eltwise(dnnl_post_ops_t ops, float scale,
                                              dnnl_alg_kind_t kind, float alpha, float beta) {
  if (kind == dnnl_eltwise_hardswish) alpha = 1.f / 6, beta = 0.5f;
  dnnl_status_t status = dnnl_post_ops_append_eltwise(ops, kind, alpha, beta);
  if (status != dnnl_success || scale == 1) return status;
  return dnnl_post_ops_append_eltwise(ops, dnnl_eltwise_linear, scale, 0);
}
