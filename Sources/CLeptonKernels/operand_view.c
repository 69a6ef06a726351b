#include "operand_view.h"

#include "convert.h"

lk_operand_view lk_operand_view_of(const lk_operand *operand, int dims, const int64_t *extents) {
  lk_operand_view view = {
      .memory = operand->memory,
      .dtype = operand->dtype,
      .size = lk_dtype_size(operand->dtype),
      .run = 1,
      .repeat = 1,
      .held_count = 0,
  };
  // Its own collapsed dims, innermost first.
  int64_t e[LK_MAX_DIMS], s[LK_MAX_DIMS];
  int n = 0;
  for (int d = dims - 1; d >= 0; --d) {
    if (extents[d] == 1) continue;
    if (n > 0 && operand->strides[d] == s[n - 1] * e[n - 1]) {
      e[n - 1] *= extents[d];
    } else {
      e[n] = extents[d];
      s[n++] = operand->strides[d];
    }
  }
  int next = 0;
  if (n > 0 && s[0] != 0) {
    view.run = e[0];
    view.stride = s[0];
    next = 1;
  }
  if (next < n && s[next] == 0) view.repeat = e[next++];
  for (; next < n; ++next, ++view.outer) {
    view.extents[view.outer] = e[next];
    view.strides[view.outer] = s[next];
  }
  return view;
}

void lk_operand_view_seek(lk_operand_view *view, int64_t index) {
  int64_t block = view->run * view->repeat, rest = index / block;
  view->position = index % block;
  view->offset = 0;
  for (int d = 0; d < view->outer; ++d) {
    view->coordinates[d] = rest % view->extents[d];
    view->offset += view->coordinates[d] * view->strides[d];
    rest /= view->extents[d];
  }
  view->held_count = 0;
}

static inline void next_block(lk_operand_view *view) {
  view->position = 0;
  for (int d = 0; d < view->outer; ++d) {
    view->offset += view->strides[d];
    if (++view->coordinates[d] < view->extents[d]) return;
    view->offset -= view->strides[d] * view->extents[d];
    view->coordinates[d] = 0;
  }
}

static inline void advance(lk_operand_view *view, int64_t count) {
  view->position += count;
  if (view->position == view->run * view->repeat) next_block(view);
}

// `count` elements of one block from `phase` elements into a run.
static inline void fill(
    const lk_operand_view *view, float *tile, int64_t phase, int64_t count) {
  const char *start = view->memory + view->offset * view->size;
  if (view->run == 1) {
    float value;
    if (view->dtype == LK_F32) {
      memcpy(&value, start, sizeof value);
    } else {
      lk_load(&value, start, view->dtype, 1, 1);
    }
    for (int64_t i = 0; i < count; ++i) tile[i] = value;
    return;
  }
  int64_t first = view->run - phase < count ? view->run - phase : count;
  lk_load(tile, start + phase * view->stride * view->size, view->dtype, view->stride, first);
  if (first == count) return;
  int64_t second = phase < count - first ? phase : count - first;
  lk_load(tile + first, start, view->dtype, view->stride, second);
  // One whole run is there: double it.
  for (int64_t have = first + second; have < count; have += have) {
    int64_t more = have < count - have ? have : count - have;
    memcpy(tile + have, tile, (size_t)more * sizeof(float));
  }
}

// Short blocks of one repeated float each.
static void read_columns(lk_operand_view *view, float *tile, int64_t count) {
  const float *memory = (const float *)view->memory;
  float *end = tile + count;
  while (tile < end) {
    const float value = memory[view->offset];
    int64_t rest = view->repeat - view->position, part = rest < end - tile ? rest : end - tile;
#pragma clang loop vectorize_width(4) interleave_count(1)
    for (int64_t i = 0; i < part; ++i) tile[i] = value;
    tile += part;
    advance(view, part);
  }
}

const float *lk_operand_view_read(
    lk_operand_view *view, float *tile, int64_t count, bool in_place) {
  int64_t block = view->run * view->repeat;
  int64_t phase = view->repeat == 1 ? view->position
                  : view->run == 1  ? 0
                                    : view->position % view->run;
  if (in_place && view->stride == 1 && view->dtype == LK_F32 && phase + count <= view->run) {
    const float *memory = (const float *)view->memory + view->offset + phase;
    advance(view, count);
    return memory;
  }
  if (view->position + count <= block) {
    bool held = view->held_count >= count && view->held_offset == view->offset &&
                view->held_phase == phase;
    if (!held) {
      fill(view, tile, phase, count);
      view->held_offset = view->offset;
      view->held_phase = phase;
      view->held_count = count;
    }
    advance(view, count);
    return tile;
  }
  view->held_count = 0;
  if (view->run == 1 && view->dtype == LK_F32) {
    read_columns(view, tile, count);
    return tile;
  }
  for (int64_t done = 0; done < count;) {
    int64_t rest = block - view->position;
    int64_t part = rest < count - done ? rest : count - done;
    fill(view, tile + done, view->run == 1 ? 0 : view->position % view->run, part);
    advance(view, part);
    done += part;
  }
  return tile;
}
