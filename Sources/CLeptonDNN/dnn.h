// What the files of this target share, and the only place that includes the library's header.
//
// Written against the C API of oneDNN 3.x. onednn2.h gives 2.x the same form; what differs between the two is in
// onednn2.h and onednn3.h and nowhere else.
#pragma once
#include "lepton_dnn.h"
#include <oneapi/dnnl/dnnl.h>

// What a memory descriptor says; the pointers are its own.
typedef struct {
  dnnl_data_type_t type;
  int rank;
  const int64_t *extents, *padded;
  // Where `is_blocked`: an element lies by the strides of its outer indices, then inside nested blocks.
  bool is_blocked, is_winograd, is_compensated;
  const int64_t *strides;
  int blocks;
  const int64_t *block_extents, *block_axes;
} ld_format_facts;

#if DNNL_VERSION_MAJOR == 2
#include "onednn2.h"
#elif DNNL_VERSION_MAJOR == 3
#include "onednn3.h"
#else
#error "CLeptonDNN is written for oneDNN 2.x and 3.x (Debian, Ubuntu: libdnnl-dev; Homebrew: onednn)"
#endif

struct ld_layout {
  ld_desc desc;
  ld_desc matrix;  // the same, as an operand of a product
  int rank;
  const int64_t *extents;
  ld_dtype dtype;
  size_t bytes;
  bool padded;
  struct ld_layout *next;  // in the same bucket of the table
};

// Factors that the library asks for at each run; values is NULL where it does not.
typedef struct {
  int argument;  // DNNL_ARG_ATTR_SCALES | what is multiplied
  int count;     // 1, or one for each channel
  float *values;
} ld_factors;

typedef struct {
  dnnl_primitive_attr_t handle;
  ld_factors factors;
} ld_attributes;

struct ld_primitive {
  dnnl_primitive_desc_t desc;
  dnnl_primitive_t primitive;
  const ld_layout *layouts[LD_ARGUMENT_COUNT];
  ld_factors factors;
  const char *implementation;
  int holders;  // its maker and its calls
};

// ---- failures ------------------------------------------------------------------------------
// Each answers false (NULL) so that a maker can return it.
bool ld_refuse(const char *what, dnnl_status_t status);
bool ld_refuse_because(const char *what, const char *reason);

// ---- the one engine and stream ---------------------------------------------------------------
dnnl_engine_t ld_engine(void);  // NULL, with the error set, where the library cannot make one
dnnl_stream_t ld_stream(void);

// ---- layouts -------------------------------------------------------------------------------
dnnl_data_type_t ld_data_type(ld_dtype dtype);
const ld_layout *ld_layout_intern(ld_desc desc);  // of a copy; NULL for an empty descriptor
// Descriptors to ask a primitive with, format LD_FORMAT_ANY included; never freed. NULL with the error set.
ld_desc ld_desc_any(ld_dtype dtype, int rank, const int64_t *extents);
ld_desc ld_desc_plain(ld_dtype dtype, int rank, const int64_t *extents);
ld_desc ld_desc_image(ld_dtype dtype, const int64_t extents[4], ld_format format);

// ---- attributes and primitives -----------------------------------------------------------------
// Where scales for each channel run, as the library's masks of axes.
typedef struct {
  int64_t count;
  int dst_axes, weights_axes;
} ld_channels;

// The caller's scratchpad and nothing else; shared.
const_dnnl_primitive_attr_t ld_plain_attributes(void);
// The same to add to.
bool ld_attributes_create(ld_attributes *attributes);
bool ld_attributes_epilogue(ld_attributes *attributes, const ld_epilogue *epilogue, ld_dtype src,
                            ld_channels channels);
// Scales `argument` by copies of the values.
dnnl_status_t ld_attributes_scale(ld_attributes *attributes, int argument, int mask, int count,
                                  const float *values);
void ld_attributes_release(ld_attributes *attributes);
// Makes the primitive of a descriptor that came about with `status`. Takes the descriptor and the attributes (NULL: the
// plain ones), also on failure.
ld_primitive *ld_primitive_make(const char *what, dnnl_status_t status, dnnl_primitive_desc_t desc,
                                ld_attributes *attributes);
int ld_argument_index(ld_argument argument);  // DNNL_ARG_...
