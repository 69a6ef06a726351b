// Sums and exponentials over one row of floats, in one fixed order.
#pragma once
#include <stdint.h>

// The largest element that is not NaN; -inf if there is none.
float lk_row_max(const float *src, int64_t count);
float lk_row_dot(const float *a, const float *b, int64_t count);
// Sum of (src - center)^2.
float lk_row_square_distance(const float *src, float center, int64_t count);

// Sum of exp(src - shift); the terms are kept in dst if it is not NULL (it may be src).
float lk_row_exp(float *dst, const float *src, float shift, int64_t count);

// dst = src * scale + shift; dst may be src.
void lk_row_affine(float *dst, const float *src, float scale, float shift, int64_t count);

// Short rows side by side, so that exponentials fill their vectors: up to LK_PACKED floats in all.
enum { LK_SHORT_ROW = 32, LK_PACKED = 512 };
// largest[i] = max of row i of src, values = exp(src - largest), sums[i] = sum of row i of values.
void lk_short_rows_exp(
    float values[LK_PACKED], const float *src, float *largest, float *sums, int64_t rows,
    int64_t count);
