// Products of the hidden values of a few examples with recurrent weights in 8 bits: the values are rounded to 16 bits,
// pairs of products add up in 32, exact.
#pragma once
#include <stdint.h>

#include "lepton_kernels.h"
#include "tiles.h"

// From row to row of rounded values.
static inline int64_t lk_rounded_row(int64_t hidden) { return hidden + hidden % 2; }

// steps[row] such that values up to that of the row's start, and up to 1, fit, and sums of `hidden` products too.
void lk_rounding_steps(const float *h0, int64_t hidden, int64_t rows, float *steps);
void lk_round_states(const float *h, int64_t hidden, int64_t rows, const float *steps, int16_t *rounded);

// z[rows, 4, LK_COLUMNS] for the units from `unit` on, which begin a panel.
void lk_byte_forward_product(
    const int16_t *rounded, const float *steps, int64_t rows, int64_t hidden, const int8_t *packed,
    const float *scales, int64_t unit, float *z);
