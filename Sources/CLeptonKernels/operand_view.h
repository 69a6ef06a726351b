// How an elementwise program reads one operand along its flattened iteration space. After
// collapsing, every operand is a sequence of blocks, each one run of elements repeated a number of
// times:
//   dense             one block: a run of everything
//   scalar            one block: a run of one, repeated
//   row vector        one block: the row, repeated for each row
//   column            a block for each row: a run of one, repeated along the row
//   blocked channels  a block for each channel block: 16 channels, repeated for each pixel
#pragma once
#include <stdbool.h>

#include "lepton_kernels.h"

typedef struct {
  const char *memory;
  int32_t dtype, size;
  int64_t run, stride, repeat;  // elements in a run, their distance, runs in a block
  int outer;                    // dims beyond the block, innermost first
  int64_t extents[LK_MAX_DIMS], strides[LK_MAX_DIMS];
  // Cursor: elements into the block, the block's place, and its coordinates in the outer dims.
  int64_t position, offset, coordinates[LK_MAX_DIMS];
  // What the tile holds from before, so that a repeated pattern is written once.
  int64_t held_offset, held_phase, held_count;
} lk_operand_view;

lk_operand_view lk_operand_view_of(const lk_operand *operand, int dims, const int64_t *extents);
void lk_operand_view_seek(lk_operand_view *view, int64_t index);

static inline bool lk_operand_view_is_dense(const lk_operand_view *view) {
  return view->outer == 0 && view->repeat == 1 && (view->stride == 1 || view->run == 1);
}

// The next `count` elements as floats, in the operand's own memory where `in_place` allows and
// they lie there as floats, otherwise in `tile`, which must be the same one in every call after a
// seek.
const float *lk_operand_view_read(
    lk_operand_view *view, float *tile, int64_t count, bool in_place);
