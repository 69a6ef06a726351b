// Sixteen floats at a time, for sums with one fixed order whatever the machine.
#pragma once
#include "convert.h"

typedef float lk_f4 __attribute__((ext_vector_type(4)));
typedef float lk_f8 __attribute__((ext_vector_type(8)));
typedef float lk_f16 __attribute__((ext_vector_type(16)));
typedef float lk_f16_anywhere __attribute__((ext_vector_type(16), aligned(4)));

// Macros, since vectors cannot be passed between functions of different machines.
#define LK_LOAD16(src) (*(const lk_f16_anywhere *)(src))
#define LK_STORE16(dst, v) (*(lk_f16_anywhere *)(dst) = (v))
