#include <string.h>

#include "clones.h"
#include "lepton_kernels.h"
#include "parallel.h"
#include "transpose.h"

// One dim of the iteration space, strides in elements.
typedef struct {
  int64_t extent, src, dst;
} axis;

// A copy brought into order: the two innermost dims and what is outside them.
typedef struct {
  int outer;  // innermost first
  axis outside[LK_MAX_DIMS], rows, columns;
  int64_t bytes;
  const char *src;
  char *dst;
} ordered_copy;

static int64_t magnitude(int64_t value) { return value < 0 ? -value : value; }

// Drops dims of one, orders the rest by where they write, merges what is contiguous on both
// sides. Innermost first.
static int order_axes(const lk_copy *copy, axis *axes) {
  int n = 0;
  for (int d = 0; d < copy->dims; ++d) {
    if (copy->extents[d] == 1) continue;
    axis a = {copy->extents[d], copy->src_strides[d], copy->dst_strides[d]};
    int at = n++;
    for (; at > 0 && magnitude(axes[at - 1].dst) > magnitude(a.dst); --at) axes[at] = axes[at - 1];
    axes[at] = a;
  }
  int merged = 0;
  for (int i = 0; i < n; ++i) {
    axis *last = merged > 0 ? &axes[merged - 1] : 0;
    if (last && axes[i].src == last->src * last->extent &&
        axes[i].dst == last->dst * last->extent) {
      last->extent *= axes[i].extent;
    } else {
      axes[merged++] = axes[i];
    }
  }
  return merged;
}

#define COPY_ROW(TYPE)                                                     \
  {                                                                        \
    TYPE *to = (TYPE *)dst;                                                \
    const TYPE *from = (const TYPE *)src;                                  \
    if (to_stride == 1 && from_stride == 1) {                              \
      LK_INDEPENDENT for (int64_t i = 0; i < count; ++i) to[i] = from[i];  \
    } else if (to_stride == 1 && from_stride == 0) {                       \
      const TYPE value = *from;                                            \
      LK_INDEPENDENT for (int64_t i = 0; i < count; ++i) to[i] = value;    \
    } else if (to_stride == 1) {                                           \
      for (int64_t i = 0; i < count; ++i) to[i] = from[i * from_stride];   \
    } else {                                                               \
      for (int64_t i = 0; i < count; ++i) to[i * to_stride] = from[i * from_stride]; \
    }                                                                      \
  }                                                                        \
  break

LK_CLONES
static void copy_row(
    char *dst, const char *src, int64_t to_stride, int64_t from_stride, int64_t count,
    int64_t bytes) {
  switch (bytes) {
    case 1: COPY_ROW(uint8_t);
    case 2: COPY_ROW(uint16_t);
    case 4: COPY_ROW(uint32_t);
    default: COPY_ROW(uint64_t);
  }
}

static void copy_plane(
    const ordered_copy *c, char *dst, const char *src, int64_t begin, int64_t end) {
  int64_t bytes = c->bytes;
  dst += begin * c->rows.dst * bytes;
  src += begin * c->rows.src * bytes;
  int64_t rows = end - begin, columns = c->columns.extent;
  if (c->columns.dst == 1 && c->rows.src == 1 && c->columns.src != 1 && rows > 3) {
    lk_transpose(dst, src, rows, columns, c->rows.dst, c->columns.src, bytes);
    return;
  }
  bool dense = c->columns.dst == 1 && c->columns.src == 1 && columns * bytes >= 256;
  for (int64_t i = 0; i < rows; ++i) {
    if (dense) {
      memcpy(dst, src, (size_t)(columns * bytes));
    } else {
      copy_row(dst, src, c->columns.dst, c->columns.src, columns, bytes);
    }
    dst += c->rows.dst * bytes;
    src += c->rows.src * bytes;
  }
}

// Rows of all planes, numbered through.
static void copy_rows(void *context, int64_t begin, int64_t end) {
  const ordered_copy *c = context;
  while (begin < end) {
    int64_t rest = begin / c->rows.extent, row = begin % c->rows.extent;
    int64_t last = row + (end - begin) < c->rows.extent ? row + (end - begin) : c->rows.extent;
    begin += last - row;
    const char *src = c->src;
    char *dst = c->dst;
    for (int d = 0; d < c->outer; ++d) {
      int64_t at = rest % c->outside[d].extent;
      rest /= c->outside[d].extent;
      src += at * c->outside[d].src * c->bytes;
      dst += at * c->outside[d].dst * c->bytes;
    }
    copy_plane(c, dst, src, row, last);
  }
}

void lk_copy_run(void *arguments) {
  const lk_copy *copy = arguments;
  int64_t count = 1;
  for (int d = 0; d < copy->dims; ++d) count *= copy->extents[d];
  if (count == 0) return;
  axis axes[LK_MAX_DIMS];
  int n = order_axes(copy, axes);
  ordered_copy c = {
      .rows = {1, 0, 0},
      .columns = {1, 1, 1},
      .bytes = copy->element_bytes,
      .src = (const char *)copy->src + copy->src_offset * copy->element_bytes,
      .dst = (char *)copy->dst + copy->dst_offset * copy->element_bytes,
  };
  if (n > 0) c.columns = axes[0];
  if (n == 1 && c.columns.extent >= LK_PARALLEL_WORK) {
    // One long row: cut into rows that can be shared out, and a rest.
    int64_t length = 4096, rows = c.columns.extent / length, rest = c.columns.extent % length;
    if (rest > 0) {
      copy_row(
          c.dst + rows * length * c.columns.dst * c.bytes,
          c.src + rows * length * c.columns.src * c.bytes, c.columns.dst, c.columns.src, rest,
          c.bytes);
    }
    c.rows = (axis){rows, c.columns.src * length, c.columns.dst * length};
    c.columns.extent = length;
  } else if (n > 1) {
    // The rows of a transposition are the dim that the source runs along.
    int rows = 1;
    for (int d = 2; d < n && c.columns.src != 1; ++d) {
      if (axes[rows].src != 1 && axes[d].src == 1) rows = d;
    }
    c.rows = axes[rows];
    for (int d = 1; d < n; ++d) {
      if (d != rows) c.outside[c.outer++] = axes[d];
    }
  }
  int64_t rows = c.rows.extent;
  for (int d = 0; d < c.outer; ++d) rows *= c.outside[d].extent;
  lk_parallel_ranges(rows, 1, count * c.bytes / 2, copy_rows, &c);
}
