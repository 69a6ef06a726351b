#include "clones.h"
#include "lepton_bytes.h"
#include "parallel.h"

enum { WIDE = 32 };
typedef uint8_t unsigned_bytes __attribute__((ext_vector_type(WIDE), aligned(1)));
typedef int8_t signed_bytes __attribute__((ext_vector_type(WIDE), aligned(1)));

// The largest of rows x columns taps for every channel; taps lie `row` and `column` bytes apart.
#define WINDOW(NAME, BYTE, VECTOR)                                                           \
  LK_CLONES                                                                                  \
  static void NAME(                                                                          \
      BYTE *dst, const BYTE *src, int64_t rows, int64_t columns, int64_t row, int64_t column, \
      int64_t channels) {                                                                    \
    int64_t channel = 0;                                                                     \
    for (; channel + WIDE <= channels; channel += WIDE) {                                    \
      VECTOR most = *(const VECTOR *)(src + channel);                                        \
      for (int64_t y = 0; y < rows; ++y)                                                     \
        for (int64_t x = 0; x < columns; ++x) {                                              \
          VECTOR tap = *(const VECTOR *)(src + channel + y * row + x * column);              \
          most = tap > most ? tap : most;                                                    \
        }                                                                                    \
      *(VECTOR *)(dst + channel) = most;                                                     \
    }                                                                                        \
    for (; channel < channels; ++channel) {                                                  \
      BYTE most = src[channel];                                                              \
      for (int64_t y = 0; y < rows; ++y)                                                     \
        for (int64_t x = 0; x < columns; ++x) {                                              \
          BYTE tap = src[channel + y * row + x * column];                                    \
          most = tap > most ? tap : most;                                                    \
        }                                                                                    \
      dst[channel] = most;                                                                   \
    }                                                                                        \
  }
WINDOW(unsigned_window, uint8_t, unsigned_bytes)
WINDOW(signed_window, int8_t, signed_bytes)

typedef struct {
  int64_t first, count;
} span;

// The taps of a window that fall on the image.
static span clip(int64_t at, int64_t stride, int64_t pad, int64_t kernel, int64_t extent) {
  int64_t first = at * stride - pad, last = first + kernel;
  if (first < 0) first = 0;
  if (last > extent) last = extent;
  return (span){first, last - first};
}

static void pool_rows(void *context, int64_t begin, int64_t end) {
  const lk_byte_pool *p = context;
  int64_t column = p->channels, row = p->in_width * column, image = p->in_height * row;
  for (int64_t at = begin; at < end; ++at) {
    span y = clip(at % p->out_height, p->stride_h, p->pad_top, p->kernel_height, p->in_height);
    const uint8_t *from = (const uint8_t *)p->src + at / p->out_height * image + y.first * row;
    uint8_t *to = (uint8_t *)p->dst + at * p->out_width * column;
    for (int64_t i = 0; i < p->out_width; ++i, to += column) {
      span x = clip(i, p->stride_w, p->pad_left, p->kernel_width, p->in_width);
      const uint8_t *taps = from + x.first * column;
      if (p->dtype == LK_U8) {
        unsigned_window(to, taps, y.count, x.count, row, column, column);
      } else {
        signed_window((int8_t *)to, (const int8_t *)taps, y.count, x.count, row, column, column);
      }
    }
  }
}

void lk_byte_pool_run(void *arguments) {
  lk_byte_pool *p = arguments;
  int64_t rows = p->batch * p->out_height;
  int64_t taps = p->kernel_height * p->kernel_width;
  lk_parallel_ranges(rows, 1, rows * p->out_width * p->channels * taps / 8, pool_rows, p);
}
