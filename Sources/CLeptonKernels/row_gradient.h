// Optimizer updates by a gradient that is zero in most rows of a table, without that gradient in memory.
#pragma once
#include "lepton_kernels.h"

// Updates `count` elements from element `begin` on by `grad`, which holds their gradients.
typedef void (*lk_piece_update)(
    const void *update, const float *grad, int64_t begin, int64_t count);

// Calls apply on pieces that cover the table; cost: simple operations on one element.
void lk_update_by_rows(
    const lk_row_gradient *gradient, int64_t cost, lk_piece_update apply, const void *update);
