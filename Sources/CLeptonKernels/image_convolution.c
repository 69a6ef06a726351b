// Convolutions of images in 8 bits: one to four channels, where blocks of channels would be mostly
// padding. A row of the kernel, taps and channels together, is one run of numbers in the source; it is
// multiplied two at a time, widened to 16 bits, with the weights of sixteen outputs: as quick as four bytes at a time,
// whose sums are widened afterwards, and exact. A tile of six pixels by sixteen outputs stays in registers.
#include <string.h>

#include "lepton_bytes.h"
#include "parallel.h"

#if defined(__x86_64__)
#include <immintrin.h>

enum { PIXELS = 6, OUTPUTS = LK_IMAGE_OUTPUTS, SLACK = 2 };

bool lk_image_convolution_available(void) { return __builtin_cpu_supports("avx2"); }

// Numbers of a padded row, and rows, of one image.
static int64_t row_length(const lk_image_convolution *c) {
  return ((c->out_width - 1) * c->stride_w + c->kernel_width) * c->channels;
}
static int64_t row_count(const lk_image_convolution *c) {
  return (c->out_height - 1) * c->stride_h + c->kernel_height;
}
static int64_t image_length(const lk_image_convolution *c) {
  return (row_length(c) * row_count(c) + SLACK + 31) / 32 * 32;
}

int64_t lk_image_convolution_scratch(const lk_image_convolution *c, int threads) {
  return image_length(c) * threads * (int64_t)sizeof(int16_t);
}

// Copies the rows [first, last) of the padded image, channels last.
__attribute__((target("avx2"))) static void pad_rows(
    const lk_image_convolution *c, const uint8_t *image, int16_t *padded, int64_t first,
    int64_t last) {
  int64_t length = row_length(c), channels = c->channels, width = length / channels;
  int64_t plane = c->in_height * c->in_width;
  int64_t left = c->pad_left < width ? c->pad_left : width;
  int64_t inside = c->in_width < width - left ? c->in_width : width - left;
  for (int64_t row = first; row < last; ++row) {
    int16_t *to = padded + row * length;
    int64_t y = row - c->pad_top;
    memset(to, 0, (size_t)length * sizeof *to);
    if (y < 0 || y >= c->in_height) continue;
    const uint8_t *from = image + y * c->in_width * (c->channels_last ? channels : 1);
    to += left * channels;
    if (c->channels_last || channels == 1) {
      for (int64_t x = 0; x < inside * channels; ++x) to[x] = from[x];
      continue;
    }
    for (int64_t channel = 0; channel < channels; ++channel)
      for (int64_t x = 0; x < inside; ++x) to[x * channels + channel] = from[channel * plane + x];
  }
}

typedef struct {
  __m256i start[2], zero;
  __m256 scale[2], rest[2], lower, upper;
  bool is_signed;
} epilogue;

__attribute__((target("avx2,fma"), always_inline)) static inline __m256i finish(
    __m256i sum, const epilogue *e, int half) {
  __m256 value = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sum), e->scale[half], e->rest[half]);
  // The bounds lie within those of the result's type; where the value is NaN, the bound is taken.
  value = _mm256_min_ps(_mm256_max_ps(value, e->lower), e->upper);
  return _mm256_cvtps_epi32(value);
}

__attribute__((target("avx2,fma"), always_inline)) static inline void tile(
    const lk_image_convolution *c, const int16_t *src, const int16_t *weights, uint8_t *dst,
    const epilogue *e, const int pixels) {
  int64_t length = row_length(c), step = c->stride_w * c->channels;
  int64_t pairs = (c->kernel_width * c->channels + 1) / 2;
  __m256i sums[PIXELS][2];
#pragma clang loop unroll(full)
  for (int p = 0; p < pixels; ++p) sums[p][0] = e->start[0], sums[p][1] = e->start[1];
  for (int64_t row = 0; row < c->kernel_height; ++row) {
    const int16_t *from = src + row * length;
    for (int64_t pair = 0; pair < pairs; ++pair, from += 2, weights += 2 * OUTPUTS) {
      __m256i low = _mm256_loadu_si256((const __m256i *)weights);
      __m256i high = _mm256_loadu_si256((const __m256i *)(weights + 16));
#pragma clang loop unroll(full)
      for (int p = 0; p < pixels; ++p) {
        int32_t two;
        memcpy(&two, from + p * step, 4);
        __m256i x = _mm256_set1_epi32(two);
        sums[p][0] = _mm256_add_epi32(sums[p][0], _mm256_madd_epi16(x, low));
        sums[p][1] = _mm256_add_epi32(sums[p][1], _mm256_madd_epi16(x, high));
      }
    }
  }
#pragma clang loop unroll(full)
  for (int p = 0; p < pixels; ++p) {
    __m256i words = _mm256_packs_epi32(finish(sums[p][0], e, 0), finish(sums[p][1], e, 1));
    words = _mm256_permute4x64_epi64(_mm256_add_epi16(words, e->zero), 0xd8);
    __m128i a = _mm256_castsi256_si128(words), b = _mm256_extracti128_si256(words, 1);
    __m128i packed = e->is_signed ? _mm_packs_epi16(a, b) : _mm_packus_epi16(a, b);
    _mm_storeu_si128((__m128i *)(dst + p * c->out_channels), packed);
  }
}

// One row of results. The last tile overlaps its neighbour rather than be narrower.
__attribute__((target("avx2,fma"))) static void out_row(
    const lk_image_convolution *c, const int16_t *src, uint8_t *dst) {
  int64_t pairs = (c->kernel_width * c->channels + 1) / 2, step = c->stride_w * c->channels;
  for (int64_t output = 0; output < c->out_channels; output += OUTPUTS) {
    const int16_t *weights = c->weights + output * c->kernel_height * pairs * 2;
    const __m256i *start = (const __m256i *)(c->scales + output);
    const float *scale = (const float *)(c->scales + c->out_channels + output);
    const float *rest = scale + c->out_channels;
    epilogue e = {
        .start = {_mm256_loadu_si256(start), _mm256_loadu_si256(start + 1)},
        .zero = _mm256_set1_epi16((short)c->zero),
        .scale = {_mm256_loadu_ps(scale), _mm256_loadu_ps(scale + 8)},
        .rest = {_mm256_loadu_ps(rest), _mm256_loadu_ps(rest + 8)},
        .lower = _mm256_set1_ps(c->lower),
        .upper = _mm256_set1_ps(c->upper),
        .is_signed = c->dst_dtype == LK_S8,
    };
    if (c->out_width < PIXELS) {
      for (int64_t x = 0; x < c->out_width; ++x)
        tile(c, src + x * step, weights, dst + x * c->out_channels + output, &e, 1);
      continue;
    }
    for (int64_t x = 0; x < c->out_width; x += PIXELS) {
      int64_t at = x + PIXELS <= c->out_width ? x : c->out_width - PIXELS;
      tile(c, src + at * step, weights, dst + at * c->out_channels + output, &e, PIXELS);
    }
  }
}

// A range of the rows of all results, image by image.
static void rows(void *context, int64_t begin, int64_t end, int member) {
  const lk_image_convolution *c = context;
  int16_t *padded = c->scratch + member * image_length(c);
  int64_t out_bytes = c->out_width * c->out_channels;
  for (int64_t row = begin; row < end;) {
    int64_t image = row / c->out_height, first = row % c->out_height;
    int64_t last = first + (end - row) < c->out_height ? first + (end - row) : c->out_height;
    const uint8_t *src = c->src + image * c->channels * c->in_height * c->in_width;
    pad_rows(c, src, padded, first * c->stride_h, (last - 1) * c->stride_h + c->kernel_height);
    for (int64_t y = first; y < last; ++y)
      out_row(
          c, padded + y * c->stride_h * row_length(c),
          c->dst + (image * c->out_height + y) * out_bytes);
    row += last - first;
  }
}

void lk_image_convolution_run(void *arguments) {
  lk_image_convolution *c = arguments;
  int64_t count = c->batch * c->out_height;
  int64_t work = count * c->out_width * c->out_channels * c->kernel_height * c->kernel_width;
  lk_parallel_members(count, 1, lk_team_size(work * c->channels / 8), rows, c);
}
#else
bool lk_image_convolution_available(void) { return false; }
int64_t lk_image_convolution_scratch(const lk_image_convolution *c, int threads) {
  return c && threads ? 0 : 0;
}
void lk_image_convolution_run(void *arguments) { (void)arguments; }
#endif
