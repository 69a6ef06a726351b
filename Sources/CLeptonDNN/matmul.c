// Matrix products, batched, with transposition in the strides of their layouts.
#include "dnn.h"

ld_primitive *ld_matmul_create(const ld_matmul *c) {
  int rank = c->dst->rank;
  int64_t columns = c->dst->extents[rank - 1];
  int64_t bias_extents[LD_MAX_DIMS] = {1, 1, 1, 1, 1, 1};
  bias_extents[rank - 1] = columns;
  ld_desc weights = c->weights ? c->weights->matrix
                               : ld_desc_any(c->weights_dtype, c->weights_rank, c->weights_extents);
  ld_desc bias = c->has_bias ? ld_desc_plain(LD_F32, rank, bias_extents) : NULL;
  ld_attributes attributes;
  dnnl_primitive_desc_t desc;
  ld_channels channels = {columns, 1 << (rank - 1), 1 << (rank - 1)};
  if (!weights || (c->has_bias && !bias) ||
      !ld_attributes_epilogue(&attributes, &c->epilogue, c->src->dtype, channels))
    return NULL;
  dnnl_status_t status = dnnl_matmul_primitive_desc_create(
      &desc, ld_engine(), c->src->matrix, weights, bias, c->dst->matrix, attributes.handle);
  return ld_primitive_make("matmul", status, desc, &attributes);
}
