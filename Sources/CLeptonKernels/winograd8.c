// For vectors of 8 floats and 16 registers of them: AVX2.
#define LANES 8
#define ROWS 6
#define KERNELS lk_winograd_kernels8
#include "winograd_kernels.h"
