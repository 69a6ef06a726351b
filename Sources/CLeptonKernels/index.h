// Indices and labels as they come: s32 or s64.
#pragma once
#include "lepton_kernels.h"

static inline int64_t lk_index(const void *indices, int32_t dtype, int64_t i) {
  return dtype == LK_S64 ? ((const int64_t *)indices)[i] : ((const int32_t *)indices)[i];
}
