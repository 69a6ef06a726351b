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
static int64_t element_count(const ld_format_facts *facts) {
  int64_t count = 1;
  for (int i = 0; i < facts->rank; i++) count *= facts->extents[i];
  return count;
}

static unsigned bucket_of(const ld_format_facts *facts) {
  uint64_t hash = (uint64_t)facts->type * 31 + (uint64_t)facts->rank;
  for (int i = 0; i < facts->rank; i++)
    hash = hash * 1099511628211u + (uint64_t)facts->extents[i];
  return (unsigned)((hash ^ hash >> 17) % buckets);
}

// The descriptor for a product of matrices. On axes of extent 1 any stride is right, and the library calls descriptors
// equal that differ only there; but its products read a leading dimension from them and refuse some, so they get the
// strides of row-major elements.
static dnnl_status_t create_matrix(ld_desc *made, ld_desc desc, const ld_format_facts *facts) {
  if (!facts->is_blocked || facts->blocks || facts->is_compensated)
    return ld_desc_clone(made, desc);
  dnnl_dims_t strides;
  int64_t inner = 1;
  for (int i = facts->rank - 1; i >= 0; i--) {
    strides[i] = facts->extents[i] == 1 ? inner : facts->strides[i];
    inner = strides[i] * facts->extents[i];
  }
  return ld_desc_create_with_strides(made, facts->rank, facts->extents, facts->type, strides);
}

const ld_layout *ld_layout_intern(ld_desc desc) {
  ld_format_facts facts = ld_desc_facts(desc);
  if (facts.rank == 0) return NULL;
  unsigned bucket = bucket_of(&facts);
  for (ld_layout *l = table[bucket]; l; l = l->next)
    if (dnnl_memory_desc_equal(l->desc, desc)) return l;
  ld_dtype dtype;
  if (!dtype_of(facts.type, &dtype)) {
    ld_refuse_because("layout", "an element type that this library has no name for");
    return NULL;
  }
  ld_desc kept = NULL, matrix = NULL;
  ld_layout *made = malloc(sizeof *made);
  dnnl_status_t status = made ? ld_desc_clone(&kept, desc) : dnnl_out_of_memory;
  if (status == dnnl_success) status = create_matrix(&matrix, kept, &facts);
  if (status != dnnl_success) {
    if (kept) ld_desc_destroy(kept);
    free(made);
    ld_refuse("layout", status);
    return NULL;
  }
  size_t bytes = dnnl_memory_desc_get_size(kept);
  size_t logical = (size_t)element_count(&facts) * dnnl_data_type_size(facts.type);
  *made = (ld_layout){
      kept,  matrix, facts.rank,      ld_desc_facts(kept).extents, dtype,
      bytes, bytes > logical, table[bucket]};
  return table[bucket] = made;
}

// Interns a descriptor that `call` made with `status`, and takes it.
static const ld_layout *adopt(const char *call, dnnl_status_t status, ld_desc desc) {
  if (status != dnnl_success) return ld_refuse(call, status), NULL;
  const ld_layout *layout = ld_layout_intern(desc);
  ld_desc_destroy(desc);
  return layout;
}

// ---- descriptors by tag ------------------------------------------------------------------------
// Kept as they were asked for: formats that are equal as layouts, because an axis has one element, lead a primitive to
// different implementations.
typedef struct tagged_desc {
  ld_desc desc;
  ld_dtype dtype;
  dnnl_format_tag_t tag;
  struct tagged_desc *next;
} tagged_desc;
static tagged_desc *tagged_descs[buckets];

static bool is_asked_for(const tagged_desc *t, ld_dtype dtype, int rank, const int64_t *extents,
                         dnnl_format_tag_t tag) {
  ld_format_facts facts = ld_desc_facts(t->desc);
  return t->dtype == dtype && t->tag == tag && facts.rank == rank &&
         memcmp(facts.extents, extents, (size_t)rank * sizeof *extents) == 0;
}

static ld_desc tagged(ld_dtype dtype, int rank, const int64_t *extents, dnnl_format_tag_t tag) {
  if (rank < 0 || rank > LD_MAX_DIMS) {
    ld_refuse_because("layout", "rank is not in 0...6");
    return NULL;
  }
  dnnl_dims_t dims = {1};  // a scalar is one element
  if (rank) memcpy(dims, extents, (size_t)rank * sizeof *extents);
  if (!rank) rank = 1;
  ld_format_facts asked = {.type = ld_data_type(dtype), .rank = rank, .extents = dims};
  unsigned bucket = bucket_of(&asked);
  for (tagged_desc *t = tagged_descs[bucket]; t; t = t->next)
    if (is_asked_for(t, dtype, rank, dims, tag)) return t->desc;
  tagged_desc *made = malloc(sizeof *made);
  dnnl_status_t status = made ? ld_desc_create_with_tag(&made->desc, rank, dims, asked.type, tag)
                              : dnnl_out_of_memory;
  if (status != dnnl_success) {
    free(made);
    ld_refuse("layout by tag", status);
    return NULL;
  }
  made->dtype = dtype, made->tag = tag, made->next = tagged_descs[bucket];
  tagged_descs[bucket] = made;
  return made->desc;
}

ld_desc ld_desc_any(ld_dtype dtype, int rank, const int64_t *extents) {
  return tagged(dtype, rank, extents, dnnl_format_tag_any);
}

ld_desc ld_desc_plain(ld_dtype dtype, int rank, const int64_t *extents) {
  static const dnnl_format_tag_t row_major[LD_MAX_DIMS + 1] = {
      dnnl_a, dnnl_a, dnnl_ab, dnnl_abc, dnnl_abcd, dnnl_abcde, dnnl_abcdef};
  bool known = rank >= 0 && rank <= LD_MAX_DIMS;
  return tagged(dtype, rank, extents, row_major[known ? rank : 0]);
}

ld_desc ld_desc_image(ld_dtype dtype, const int64_t extents[4], ld_format format) {
  static const dnnl_format_tag_t tags[] = {
      [LD_FORMAT_ANY] = dnnl_format_tag_any,
      [LD_FORMAT_PLAIN] = dnnl_abcd,
      [LD_FORMAT_CHANNELS_LAST] = dnnl_acdb,
      [LD_FORMAT_BLOCKED16] = dnnl_aBcd16b,
      [LD_FORMAT_BLOCKED8] = dnnl_aBcd8b,
  };
  if ((unsigned)format <= LD_FORMAT_BLOCKED8) return tagged(dtype, 4, extents, tags[format]);
  ld_refuse_because("layout", "unknown format");
  return NULL;
}

// ---- layouts -------------------------------------------------------------------------------
static const ld_layout *layout_of(ld_desc desc) { return desc ? ld_layout_intern(desc) : NULL; }

const ld_layout *ld_layout_plain(ld_dtype dtype, int rank, const int64_t *extents) {
  return layout_of(ld_desc_plain(dtype, rank, extents));
}

const ld_layout *ld_layout_channels_last(ld_dtype dtype, const int64_t extents[4]) {
  return layout_of(ld_desc_image(dtype, extents, LD_FORMAT_CHANNELS_LAST));
}

const ld_layout *ld_layout_blocked16(ld_dtype dtype, const int64_t extents[4]) {
  return layout_of(ld_desc_image(dtype, extents, LD_FORMAT_BLOCKED16));
}

const ld_layout *ld_layout_blocked8(ld_dtype dtype, const int64_t extents[4]) {
  return layout_of(ld_desc_image(dtype, extents, LD_FORMAT_BLOCKED8));
}

const ld_layout *ld_layout_strided(ld_dtype dtype, int rank, const int64_t *extents,
                                   const int64_t *strides) {
  if (rank == 0) return ld_layout_plain(dtype, 0, extents);
  ld_desc desc = NULL;
  dnnl_status_t status =
      rank > LD_MAX_DIMS
          ? dnnl_invalid_arguments
          : ld_desc_create_with_strides(&desc, rank, extents, ld_data_type(dtype), strides);
  return adopt("layout by strides", status, desc);
}

const ld_layout *ld_layout_plain_like(const ld_layout *layout, ld_dtype dtype) {
  return ld_layout_plain(dtype, layout->rank, layout->extents);
}

const ld_layout *ld_layout_with_dtype(const ld_layout *layout, ld_dtype dtype) {
  if (layout->dtype == dtype) return layout;
  ld_format_facts facts = ld_desc_facts(layout->desc);
  if (!facts.is_blocked || facts.is_compensated) {
    ld_refuse_because("layout", "this format exists for one element type only");
    return NULL;
  }
  ld_desc desc = NULL;
  dnnl_status_t status = ld_desc_create_with_type(&desc, layout->desc, ld_data_type(dtype));
  return adopt("layout with another element type", status, desc);
}

// ---- what can be asked -----------------------------------------------------------------------
size_t ld_layout_bytes(const ld_layout *layout) { return layout->bytes; }
ld_dtype ld_layout_dtype(const ld_layout *layout) { return layout->dtype; }
bool ld_layout_is_padded(const ld_layout *layout) { return layout->padded; }

// ---- in words --------------------------------------------------------------------------------
// The library's tag: axes from the outermost in, capital where blocked, then the inner blocks.
static int write_tag(const ld_format_facts *f, char *text, size_t n) {
  int64_t block[DNNL_MAX_NDIMS], outer[DNNL_MAX_NDIMS];
  int order[DNNL_MAX_NDIMS];
  for (int i = 0; i < f->rank; i++) block[i] = 1;
  for (int i = 0; i < f->blocks; i++) block[f->block_axes[i]] *= f->block_extents[i];
  for (int i = 0; i < f->rank; i++) {
    outer[i] = f->padded[i] / block[i];
    int at = i;
    for (; at > 0; at--) {
      int before = order[at - 1];
      int64_t theirs = f->strides[before], ours = f->strides[i];
      if (theirs > ours || (theirs == ours && outer[before] >= outer[i])) break;
      order[at] = before;
    }
    order[at] = i;
  }
  int used = 0;
  for (int i = 0; i < f->rank; i++) {
    char letter = (char)((block[order[i]] > 1 ? 'A' : 'a') + order[i]);
    used += snprintf(text + used, n - (size_t)used, "%c", letter);
  }
  for (int i = 0; i < f->blocks; i++)
    used += snprintf(text + used, n - (size_t)used, "%d%c", (int)f->block_extents[i],
                     (char)('a' + f->block_axes[i]));
  int64_t dense = 1;
  for (int i = 0; i < f->blocks; i++) dense *= f->block_extents[i];
  bool gaps = false;
  for (int i = f->rank - 1; i >= 0; i--) {
    if (outer[order[i]] != 1 && f->strides[order[i]] != dense) gaps = true;
    dense *= outer[order[i]];
  }
  if (!gaps) return used;
  for (int i = 0; i < f->rank; i++)
    used += snprintf(text + used, n - (size_t)used, "%s%lld", i ? ", " : " strides [",
                     (long long)f->strides[i]);
  return used + snprintf(text + used, n - (size_t)used, "]");
}

void ld_layout_describe(const ld_layout *layout, char *text, size_t n) {
  ld_format_facts facts = ld_desc_facts(layout->desc);
  char whole[512];
  int used = snprintf(whole, sizeof whole, "%s[", names[layout->dtype]);
  for (int i = 0; i < facts.rank; i++)
    used += snprintf(whole + used, sizeof whole - (size_t)used, "%s%lld", i ? ", " : "",
                     (long long)facts.extents[i]);
  used += snprintf(whole + used, sizeof whole - (size_t)used, "] ");
  if (facts.is_blocked)
    used += write_tag(&facts, whole + used, sizeof whole - (size_t)used);
  else
    used += snprintf(whole + used, sizeof whole - (size_t)used, "%s",
                     facts.is_winograd ? "winograd" : "packed");
  if (facts.is_compensated)
    snprintf(whole + used, sizeof whole - (size_t)used, " with compensation");
  snprintf(text, n, "%s", whole);
}
