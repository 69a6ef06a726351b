// Convolutions of channels-last activations in 8 bits with packed weights. A row of the kernel, taps and channels together, is
// one run of bytes in the padded image: a segment of the depth.
#include <string.h>

#include "byte_strip.h"
#include "parallel.h"

static bool is_padded(const lk_byte_convolution *c) {
  return c->pad_top > 0 || c->pad_left > 0 ||
         (c->out_height - 1) * c->stride_h + c->kernel_height > c->in_height + c->pad_top ||
         (c->out_width - 1) * c->stride_w + c->kernel_width > c->in_width + c->pad_left;
}

// Whether kernels find the image in a copy: padded, or widened.
static bool is_copied(const lk_byte_convolution *c) { return is_padded(c) || c->result.is_wide; }

static int64_t pixel_bytes(const lk_byte_convolution *c) {
  return c->channels * lk_depth_bytes(c->result.is_wide);
}

// Pixels of a row, and rows, of the image that kernels find.
static int64_t padded_width(const lk_byte_convolution *c) {
  return is_copied(c) ? (c->out_width - 1) * c->stride_w + c->kernel_width : c->in_width;
}
static int64_t padded_bytes(const lk_byte_convolution *c) {
  int64_t rows = (c->out_height - 1) * c->stride_h + c->kernel_height;
  return (rows * padded_width(c) * pixel_bytes(c) + 63) / 64 * 64;
}

int64_t lk_byte_convolution_scratch(const lk_byte_convolution *c, int threads) {
  return is_copied(c) ? padded_bytes(c) * threads : 0;
}

// Copies rows [first, last) of the padded image.
static void pad_rows(
    const lk_byte_convolution *c, const uint8_t *image, uint8_t *padded, int64_t first,
    int64_t last) {
  int64_t width = padded_width(c), left = c->pad_left < width ? c->pad_left : width;
  int64_t inside = c->in_width < width - left ? c->in_width : width - left;
  int64_t pixel = pixel_bytes(c);
  for (int64_t row = first; row < last; ++row) {
    uint8_t *to = padded + row * width * pixel;
    int64_t y = row - c->pad_top;
    if (y < 0 || y >= c->in_height) {
      memset(to, 0, (size_t)(width * pixel));
      continue;
    }
    memset(to, 0, (size_t)(left * pixel));
    to += left * pixel;
    const uint8_t *from = image + y * c->in_width * c->channels;
    if (c->result.is_wide) {
      lk_widen_bytes(from, c->result.src_dtype, inside * c->channels, to);
    } else {
      memcpy(to, from, (size_t)(inside * pixel));
    }
    memset(to + inside * pixel, 0, (size_t)((width - left - inside) * pixel));
  }
}

// Pixels from `first` on that see the same rows of the kernel, at most `most` of the `count` there are.
static void make_strip(
    const lk_byte_convolution *c, const uint8_t *src, int64_t first, int64_t count, int64_t most,
    lk_byte_strip *s) {
  int64_t row_bytes = padded_width(c) * pixel_bytes(c);
  s->segments = c->kernel_height;
  s->depth = c->kernel_width * pixel_bytes(c);
  s->segment_step = row_bytes;
  s->src = src;
  s->result = &c->result;
  for (s->rows = 0; s->rows < most && first + s->rows < count; ++s->rows) {
    int64_t y = (first + s->rows) / c->out_width, x = (first + s->rows) % c->out_width;
    int64_t above = c->pad_top - y * c->stride_h, below = above + c->in_height;
    // Rows of the kernel outside of the image meet zeros. One stays, so that there is a sum. Signed bytes are read as unsigned
    // ones, 128 more, which the first terms of the sums take back for all rows.
    bool is_shifted = c->result.src_dtype == LK_S8 && !c->result.is_wide;
    int64_t from = above > 0 && !is_shifted ? above : 0;
    int64_t to = below < c->kernel_height && !is_shifted ? below : c->kernel_height;
    if (from >= to) from = 0, to = 1;
    if (s->rows > 0 && (from != s->first_segment || to != s->last_segment)) return;
    s->first_segment = from;
    s->last_segment = to;
    s->offsets[s->rows] = y * c->stride_h * row_bytes + x * c->stride_w * pixel_bytes(c);
  }
}

// Strips that pass a panel one after the other.
enum { BAND = 4 };

// Output rows [begin, end) of all images, panels [first, last).
static void block(
    const lk_byte_convolution *c, int64_t begin, int64_t end, int64_t first, int64_t last,
    int member) {
  int64_t element = c->result.dtype == LK_F32 ? (int64_t)sizeof(float) : 1;
  lk_byte_strip strips[BAND];
  for (int64_t row = begin; row < end;) {
    int64_t image = row / c->out_height, top = row % c->out_height;
    int64_t bottom = top + (end - row) < c->out_height ? top + (end - row) : c->out_height;
    const uint8_t *src =
        (const uint8_t *)c->src + image * c->in_height * c->in_width * c->channels;
    if (is_copied(c)) {
      uint8_t *padded = c->scratch + member * padded_bytes(c);
      pad_rows(c, src, padded, top * c->stride_h, (bottom - 1) * c->stride_h + c->kernel_height);
      src = padded;
    }
    int64_t pixels = bottom * c->out_width;
    for (int64_t pixel = top * c->out_width; pixel < pixels;) {
      char *dst = (char *)c->dst +
                  (image * c->out_height * c->out_width + pixel) * c->outputs * element;
      int64_t count = 0, room = LK_STRIP_ROWS;
      for (; count < BAND && room > 0 && pixel < pixels; ++count) {
        make_strip(c, src, pixel, pixels, room, &strips[count]);
        pixel += strips[count].rows;
        room -= strips[count].rows;
      }
      for (int64_t panel = first; panel < last; ++panel) {
        char *to = dst;
        for (int64_t i = 0; i < count; ++i) {
          lk_byte_strip_run(&strips[i], c->weights, c->outputs, panel, to);
          to += strips[i].rows * c->outputs * element;
        }
      }
    }
    row += bottom - top;
  }
}

static void by_rows(void *context, int64_t begin, int64_t end, int member) {
  const lk_byte_convolution *c = context;
  block(c, begin, end, 0, lk_panel_count(c->outputs), member);
}

static void by_panels(void *context, int64_t begin, int64_t end, int member) {
  const lk_byte_convolution *c = context;
  block(c, 0, c->batch * c->out_height, begin, end, member);
}

void lk_byte_convolution_run(void *arguments) {
  lk_byte_convolution *c = arguments;
  int64_t rows = c->batch * c->out_height, panels = lk_panel_count(c->outputs);
  int64_t taps = c->kernel_height * c->kernel_width * c->channels;
  int team = lk_team_size(rows * c->out_width * c->outputs * taps / 16);
  if (rows >= panels) {
    lk_parallel_members(rows, 1, team, by_rows, c);
  } else {
    lk_parallel_members(panels, 1, team, by_panels, c);
  }
}
