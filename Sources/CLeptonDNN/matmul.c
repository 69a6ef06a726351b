// Matrix products, batched, with transposition in the strides of their layouts.
#include "dnn.h"

ld_primitive *ld_matmul_create(const ld_matmul *c) {
  const char *what = "matmul";
  dnnl_memory_desc_t weights, bias;
  int rank = c->dst->desc.ndims;
  int64_t columns = c->dst->desc.dims[rank - 1];
  int64_t bias_extents[LD_MAX_DIMS] = {1, 1, 1, 1, 1, 1};
  bias_extents[rank - 1] = columns;
  if (c->weights)
    weights = c->weights->desc;
  else if (!ld_desc_any(&weights, c->weights_dtype, c->weights_rank, c->weights_extents))
    return NULL;
  if (c->has_bias && !ld_desc_plain(&bias, LD_F32, rank, bias_extents)) return NULL;
  dnnl_matmul_desc_t operation;
  dnnl_status_t status = dnnl_matmul_desc_init(&operation, &c->src->desc, &weights,
                                               c->has_bias ? &bias : NULL, &c->dst->desc);
  if (status != dnnl_success) return ld_refuse(what, status), NULL;
  dnnl_primitive_attr_t attributes;
  if (!ld_attributes(&attributes, &c->epilogue, c->src->dtype, columns, rank - 1)) return NULL;
  return ld_primitive_make(what, &operation, attributes, NULL);
}
