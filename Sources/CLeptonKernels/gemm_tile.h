// The innermost loops of a dense product: up to six rows by sixteen columns, all sums in registers (Goto & van de
// Geijn, Anatomy of High-Performance Matrix Multiplication, 2008; Van Zee & van de Geijn, BLIS, 2015).
#pragma once
#include <stdbool.h>

#include "clones.h"
#include "lepton_kernels.h"
#include "vector.h"

enum { LK_TILE_ROWS = 6, LK_TILE_COLUMNS = LK_GEMM_COLUMNS };

typedef float lk_f8_anywhere __attribute__((ext_vector_type(8), aligned(4)));
#define LK_LOAD8(src) (*(const lk_f8_anywhere *)(src))
#define LK_STORE8(dst, v) (*(lk_f8_anywhere *)(dst) = (v))

// A part of the rows of `a` times one panel of packed columns.
typedef struct {
  int64_t depth;
  const float *panel;   // [depth][LK_TILE_COLUMNS]
  const float *ahead;   // what comes next: fetched into the second cache, 16 floats for every fourth of depth
  const float *addend;  // what the sums are added to, or NULL
  int64_t addend_row;   // from row to row of it
  const float *clamp;   // results lie between clamp[0] and clamp[1], or NULL
  float *c;
  int64_t c_row;
} lk_tile_work;

#define LK_TILE_STEP(k)                                                             \
  {                                                                                 \
    lk_f8 left = LK_LOAD8(panel + (k) * LK_TILE_COLUMNS);                           \
    lk_f8 right = LK_LOAD8(panel + (k) * LK_TILE_COLUMNS + 8);                      \
    _Pragma("clang loop unroll(full)") for (int r = 0; r < rows; ++r) {             \
      lk_f8 value = (lk_f8)a[r * row + (k) * step];                                 \
      low[(k) % chains][r] += value * left;                                         \
      high[(k) % chains][r] += value * right;                                       \
    }                                                                               \
  }

// Element (r, k) of `a` is a[r * row + k * step]. So few rows that their sums would wait for each other are added up
// in several chains.
LK_INLINE void lk_gemm_tile(
    const lk_tile_work *w, const float *a, int64_t row, int64_t step, const int rows) {
#pragma clang fp contract(fast)
  const int chains = rows == 1 ? 4 : rows <= 3 ? 2 : 1;
  lk_f8 low[4][LK_TILE_ROWS], high[4][LK_TILE_ROWS];
#pragma clang loop unroll(full)
  for (int chain = 0; chain < chains; ++chain) {
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; ++r) low[chain][r] = high[chain][r] = 0.0f;
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; ++r) __builtin_prefetch(w->c + r * w->c_row, 1);

  const float *panel = w->panel, *ahead = w->ahead;
  int64_t k = 0;
  for (; k + 4 <= w->depth; k += 4) {
    __builtin_prefetch(ahead, 0, 2);
    LK_TILE_STEP(0) LK_TILE_STEP(1) LK_TILE_STEP(2) LK_TILE_STEP(3)
    ahead += LK_TILE_COLUMNS;
    panel += 4 * LK_TILE_COLUMNS;
    a += 4 * step;
  }
  for (; k < w->depth; ++k) {
    LK_TILE_STEP(0)
    panel += LK_TILE_COLUMNS;
    a += step;
  }

#pragma clang loop unroll(full)
  for (int r = 0; r < rows; ++r) {
    if (chains == 4) {
      low[0][r] = (low[0][r] + low[1][r]) + (low[2][r] + low[3][r]);
      high[0][r] = (high[0][r] + high[1][r]) + (high[2][r] + high[3][r]);
    } else if (chains == 2) {
      low[0][r] += low[1][r];
      high[0][r] += high[1][r];
    }
  }
  if (w->addend) {
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; ++r) {
      low[0][r] += LK_LOAD8(w->addend + r * w->addend_row);
      high[0][r] += LK_LOAD8(w->addend + r * w->addend_row + 8);
    }
  }
  if (w->clamp) {
    lk_f8 least = (lk_f8)w->clamp[0], most = (lk_f8)w->clamp[1];
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; ++r) {
      low[0][r] = low[0][r] > least ? low[0][r] : least;
      high[0][r] = high[0][r] > least ? high[0][r] : least;
      low[0][r] = low[0][r] < most ? low[0][r] : most;
      high[0][r] = high[0][r] < most ? high[0][r] : most;
    }
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; ++r) {
    LK_STORE8(w->c + r * w->c_row, low[0][r]);
    LK_STORE8(w->c + r * w->c_row + 8, high[0][r]);
  }
}

#define LK_TILE_CASE(rows, row, step) \
  case rows: lk_gemm_tile(w, a, row, step, rows); break;

// Rows of `a` lie apart, their elements side by side.
LK_INLINE void lk_gemm_tile_of_rows(
    const lk_tile_work *w, const float *a, int64_t row, int64_t rows) {
  switch (rows) {
    LK_TILE_CASE(1, row, 1) LK_TILE_CASE(2, row, 1) LK_TILE_CASE(3, row, 1)
    LK_TILE_CASE(4, row, 1) LK_TILE_CASE(5, row, 1) LK_TILE_CASE(6, row, 1)
    default: break;
  }
}

// `a` is packed: [depth][rows].
LK_INLINE void lk_gemm_tile_of_packed(const lk_tile_work *w, const float *a, int64_t rows) {
  switch (rows) {
    LK_TILE_CASE(1, 1, 1) LK_TILE_CASE(2, 1, 2) LK_TILE_CASE(3, 1, 3)
    LK_TILE_CASE(4, 1, 4) LK_TILE_CASE(5, 1, 5) LK_TILE_CASE(6, 1, 6)
    default: break;
  }
}
