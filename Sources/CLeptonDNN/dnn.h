// What the files of this target share, and the only place that includes the library's header.
//
// Written against the C API of oneDNN 2.x. The places that 3.x changes are marked "2.x:".
#pragma once
#include "lepton_dnn.h"
#include <oneapi/dnnl/dnnl.h>

#if DNNL_VERSION_MAJOR != 2
#error "CLeptonDNN is written for oneDNN 2.x (Debian: libdnnl-dev)"
#endif

// 2.x: a memory descriptor is a value with open fields; 3.x makes it a handle.
struct ld_layout {
  dnnl_memory_desc_t desc;
  ld_dtype dtype;
  size_t bytes;
  bool padded;
  struct ld_layout *next;  // in the same bucket of the table
};

struct ld_primitive {
  dnnl_primitive_desc_t desc;
  dnnl_primitive_t primitive;
  const ld_layout *layouts[LD_ARGUMENT_COUNT];
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
const ld_layout *ld_layout_intern(const dnnl_memory_desc_t *desc);  // NULL for an empty descriptor
// Descriptors to ask a primitive with, format LD_FORMAT_ANY included. False with the error set.
bool ld_desc_any(dnnl_memory_desc_t *desc, ld_dtype dtype, int rank, const int64_t *extents);
bool ld_desc_plain(dnnl_memory_desc_t *desc, ld_dtype dtype, int rank, const int64_t *extents);
bool ld_desc_image(dnnl_memory_desc_t *desc, ld_dtype dtype, const int64_t extents[4],
                   ld_format format);

// ---- attributes and primitives -----------------------------------------------------------------
// The epilogue as attributes, with the caller's scratchpad; a NULL epilogue is an empty one.
// `channels` is the extent of the dst axis `channel_axis`, along which output scales run.
bool ld_attributes(dnnl_primitive_attr_t *attributes, const ld_epilogue *epilogue, ld_dtype src,
                   int64_t channels, int channel_axis);
// Makes the primitive of an operation. Destroys the attributes and the hint, also on failure.
ld_primitive *ld_primitive_make(const char *what, const_dnnl_op_desc_t operation,
                                dnnl_primitive_attr_t attributes, dnnl_primitive_desc_t hint);
// The same from a descriptor, which it takes.
ld_primitive *ld_primitive_adopt(const char *what, dnnl_primitive_desc_t desc);
int ld_argument_index(ld_argument argument);  // DNNL_ARG_...
