// For vectors of 16 floats and 32 registers of them: AVX-512.
#define LANES 16
#define ROWS 14
#define KERNELS lk_winograd_kernels16
#include "winograd_kernels.h"
