// Layouts: the table of interned descriptors, and what can be asked of one.
#include "dnn.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { buckets = 256 };
static ld_layout *table[buckets];

static const dnnl_data_type_t data_types[] = {
    [LD_F32] = dnnl_f32, [LD_BF16] = dnnl_bf16, [LD_S8] = dnnl_s8,
    [LD_U8] = dnnl_u8,   [LD_S32] = dnnl_s32,
};
static const char *const names[] = {"f32", "bf16", "s8", "u8", "s32"};

dnnl_data_type_t ld_data_type(ld_dtype dtype) {
  return (unsigned)dtype <= LD_S32 ? data_types[dtype] : dnnl_data_type_undef;
}

static bool dtype_of(dnnl_data_type_t type, ld_dtype *dtype) {
  for (int i = 0; i <= LD_S32; i++) {
    if (data_types[i] != type) continue;
    *dtype = (ld_dtype)i;
    return true;
  }
  return false;
}

// ---- the table -------------------------------------------------------------------------------
static int64_t element_count(const dnnl_memory_desc_t *desc) {
  int64_t count = 1;
  for (int i = 0; i < desc->ndims; i++) count *= desc->dims[i];
  return count;
}

static unsigned bucket_of(const dnnl_memory_desc_t *desc) {
  uint64_t hash = (uint64_t)desc->data_type * 31 + (uint64_t)desc->ndims;
  for (int i = 0; i < desc->ndims; i++) hash = hash * 1099511628211u + (uint64_t)desc->dims[i];
  return (unsigned)((hash ^ hash >> 17) % buckets);
}

const ld_layout *ld_layout_intern(const dnnl_memory_desc_t *desc) {
  if (!desc || desc->ndims == 0) return NULL;
  unsigned bucket = bucket_of(desc);
  for (ld_layout *l = table[bucket]; l; l = l->next)
    if (dnnl_memory_desc_equal(&l->desc, desc)) return l;
  ld_dtype dtype;
  if (!dtype_of(desc->data_type, &dtype)) {
    ld_refuse_because("layout", "an element type that this library has no name for");
    return NULL;
  }
  ld_layout *made = malloc(sizeof *made);
  if (!made) {
    ld_refuse("layout", dnnl_out_of_memory);
    return NULL;
  }
  size_t bytes = dnnl_memory_desc_get_size(desc);
  size_t logical = (size_t)element_count(desc) * dnnl_data_type_size(desc->data_type);
  *made = (ld_layout){*desc, dtype, bytes, bytes > logical, table[bucket]};
  return table[bucket] = made;
}

// ---- descriptors -----------------------------------------------------------------------------
static bool desc_tagged(dnnl_memory_desc_t *desc, ld_dtype dtype, int rank,
                        const int64_t *extents, dnnl_format_tag_t tag) {
  if (rank < 0 || rank > LD_MAX_DIMS)
    return ld_refuse_because("layout", "rank is not in 0...6");
  dnnl_dims_t dims = {1};  // a scalar is one element
  if (rank) memcpy(dims, extents, (size_t)rank * sizeof *extents);
  dnnl_status_t status =
      dnnl_memory_desc_init_by_tag(desc, rank ? rank : 1, dims, ld_data_type(dtype), tag);
  return status == dnnl_success || ld_refuse("dnnl_memory_desc_init_by_tag", status);
}

bool ld_desc_any(dnnl_memory_desc_t *desc, ld_dtype dtype, int rank, const int64_t *extents) {
  return desc_tagged(desc, dtype, rank, extents, dnnl_format_tag_any);
}

bool ld_desc_plain(dnnl_memory_desc_t *desc, ld_dtype dtype, int rank, const int64_t *extents) {
  static const dnnl_format_tag_t row_major[LD_MAX_DIMS + 1] = {
      dnnl_a, dnnl_a, dnnl_ab, dnnl_abc, dnnl_abcd, dnnl_abcde, dnnl_abcdef};
  bool known = rank >= 0 && rank <= LD_MAX_DIMS;
  return desc_tagged(desc, dtype, rank, extents, row_major[known ? rank : 0]);
}

bool ld_desc_image(dnnl_memory_desc_t *desc, ld_dtype dtype, const int64_t extents[4],
                   ld_format format) {
  static const dnnl_format_tag_t tags[] = {
      [LD_FORMAT_ANY] = dnnl_format_tag_any,
      [LD_FORMAT_PLAIN] = dnnl_abcd,
      [LD_FORMAT_CHANNELS_LAST] = dnnl_acdb,
      [LD_FORMAT_BLOCKED16] = dnnl_aBcd16b,
      [LD_FORMAT_BLOCKED8] = dnnl_aBcd8b,
  };
  if ((unsigned)format > LD_FORMAT_BLOCKED8)
    return ld_refuse_because("layout", "unknown format");
  return desc_tagged(desc, dtype, 4, extents, tags[format]);
}

// ---- layouts -------------------------------------------------------------------------------
const ld_layout *ld_layout_plain(ld_dtype dtype, int rank, const int64_t *extents) {
  dnnl_memory_desc_t desc;
  return ld_desc_plain(&desc, dtype, rank, extents) ? ld_layout_intern(&desc) : NULL;
}

static const ld_layout *image(ld_dtype dtype, const int64_t extents[4], ld_format format) {
  dnnl_memory_desc_t desc;
  return ld_desc_image(&desc, dtype, extents, format) ? ld_layout_intern(&desc) : NULL;
}

const ld_layout *ld_layout_channels_last(ld_dtype dtype, const int64_t extents[4]) {
  return image(dtype, extents, LD_FORMAT_CHANNELS_LAST);
}

const ld_layout *ld_layout_blocked16(ld_dtype dtype, const int64_t extents[4]) {
  return image(dtype, extents, LD_FORMAT_BLOCKED16);
}

const ld_layout *ld_layout_blocked8(ld_dtype dtype, const int64_t extents[4]) {
  return image(dtype, extents, LD_FORMAT_BLOCKED8);
}

const ld_layout *ld_layout_strided(ld_dtype dtype, int rank, const int64_t *extents,
                                   const int64_t *strides) {
  if (rank == 0) return ld_layout_plain(dtype, 0, extents);
  dnnl_memory_desc_t desc;
  dnnl_status_t status = rank > LD_MAX_DIMS
                             ? dnnl_invalid_arguments
                             : dnnl_memory_desc_init_by_strides(&desc, rank, extents,
                                                                ld_data_type(dtype), strides);
  if (status == dnnl_success) return ld_layout_intern(&desc);
  ld_refuse("dnnl_memory_desc_init_by_strides", status);
  return NULL;
}

const ld_layout *ld_layout_with_dtype(const ld_layout *layout, ld_dtype dtype) {
  if (layout->dtype == dtype) return layout;
  if (layout->desc.format_kind != dnnl_blocked || layout->desc.extra.flags) {
    ld_refuse_because("layout", "this format exists for one element type only");
    return NULL;
  }
  dnnl_memory_desc_t desc = layout->desc;
  desc.data_type = ld_data_type(dtype);  // 2.x: an open field
  return ld_layout_intern(&desc);
}

size_t ld_layout_bytes(const ld_layout *layout) { return layout->bytes; }
ld_dtype ld_layout_dtype(const ld_layout *layout) { return layout->dtype; }
bool ld_layout_is_padded(const ld_layout *layout) { return layout->padded; }

// ---- in words --------------------------------------------------------------------------------
// The library's tag: axes from the outermost in, capital where blocked, then the inner blocks.
static int write_tag(const dnnl_memory_desc_t *desc, char *text, size_t n) {
  const dnnl_blocking_desc_t *blocking = &desc->format_desc.blocking;
  int64_t block[DNNL_MAX_NDIMS], outer[DNNL_MAX_NDIMS];
  int order[DNNL_MAX_NDIMS];
  for (int i = 0; i < desc->ndims; i++) block[i] = 1;
  for (int i = 0; i < blocking->inner_nblks; i++)
    block[blocking->inner_idxs[i]] *= blocking->inner_blks[i];
  for (int i = 0; i < desc->ndims; i++) {
    outer[i] = desc->padded_dims[i] / block[i];
    int at = i;
    for (; at > 0; at--) {
      int before = order[at - 1];
      int64_t theirs = blocking->strides[before], ours = blocking->strides[i];
      if (theirs > ours || (theirs == ours && outer[before] >= outer[i])) break;
      order[at] = before;
    }
    order[at] = i;
  }
  int used = 0;
  for (int i = 0; i < desc->ndims; i++) {
    char letter = (char)((block[order[i]] > 1 ? 'A' : 'a') + order[i]);
    used += snprintf(text + used, n - (size_t)used, "%c", letter);
  }
  for (int i = 0; i < blocking->inner_nblks; i++)
    used += snprintf(text + used, n - (size_t)used, "%d%c", (int)blocking->inner_blks[i],
                     (char)('a' + blocking->inner_idxs[i]));
  int64_t dense = 1;
  for (int i = 0; i < blocking->inner_nblks; i++) dense *= blocking->inner_blks[i];
  bool gaps = false;
  for (int i = desc->ndims - 1; i >= 0; i--) {
    if (outer[order[i]] != 1 && blocking->strides[order[i]] != dense) gaps = true;
    dense *= outer[order[i]];
  }
  if (!gaps) return used;
  for (int i = 0; i < desc->ndims; i++)
    used += snprintf(text + used, n - (size_t)used, "%s%lld", i ? ", " : " strides [",
                     (long long)blocking->strides[i]);
  return used + snprintf(text + used, n - (size_t)used, "]");
}

void ld_layout_describe(const ld_layout *layout, char *text, size_t n) {
  const dnnl_memory_desc_t *desc = &layout->desc;
  char whole[512];
  int used = snprintf(whole, sizeof whole, "%s[", names[layout->dtype]);
  for (int i = 0; i < desc->ndims; i++)
    used += snprintf(whole + used, sizeof whole - (size_t)used, "%s%lld", i ? ", " : "",
                     (long long)desc->dims[i]);
  used += snprintf(whole + used, sizeof whole - (size_t)used, "] ");
  if (desc->format_kind == dnnl_blocked)
    used += write_tag(desc, whole + used, sizeof whole - (size_t)used);
  else
    used += snprintf(whole + used, sizeof whole - (size_t)used, "%s",
                     desc->format_kind == dnnl_format_kind_wino ? "winograd" : "packed");
  if (desc->extra.flags) snprintf(whole + used, sizeof whole - (size_t)used, " with compensation");
  snprintf(text, n, "%s", whole);
}

const ld_layout *ld_layout_plain_like(const ld_layout *layout, ld_dtype dtype) {
  return ld_layout_plain(dtype, layout->desc.ndims, layout->desc.dims);
}
