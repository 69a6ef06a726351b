// Kernels of 8 bits: what oneDNN is slow at without 8-bit dot products.
#pragma once
#include "lepton_kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

// Convolution of an image u8 [batch, channels, in_height, in_width] (or channels last), zero point 0, dilation 1, into
// dst[n, y, x, o] = round(min(max(sum * scale[o] + bias[o], lower), upper)), u8 or s8, channels last. out_channels is a multiple of
// LK_IMAGE_OUTPUTS. weights: [out_channels / 16][kernel_height][pairs][16][2], where a pair is two neighbours of the kernel row's
// kernel_width * channels taps, channels innermost, filled up with zeros.
enum { LK_IMAGE_OUTPUTS = 16 };
typedef struct {
  int64_t batch, channels, in_height, in_width, out_channels, out_height, out_width;
  int64_t kernel_height, kernel_width, stride_h, stride_w, pad_top, pad_left;
  bool channels_last;
  int32_t dst_dtype;                   // LK_U8 or LK_S8
  float lower, upper;                  // within the bounds of dst_dtype
  const uint8_t *src;
  const int16_t *weights;
  const float *scale, *bias;
  uint8_t *dst;
  int16_t *scratch;
} lk_image_convolution;
bool lk_image_convolution_available(void);   // where the processor has AVX2
int64_t lk_image_convolution_scratch(const lk_image_convolution *c, int threads);   // bytes
void lk_image_convolution_run(void *arguments);

// What becomes of a sum of products in 8 bits: times its output's scale, plus its bias; then, if `gelu`, x times the normal distribution
// function, times `steps`; kept within [lower, upper]; and rounded where dtype is u8 or s8: bounds are whole numbers of that type then,
// and values before them fit 32 bits. In a sum the products of neighbours 2i and 2i + 1 along the depth are added with saturation to 16 bits.
// The source is u8, or s8 with weights whose pairs fit 16 bits.
typedef struct {
  int32_t src_dtype, dtype;            // LK_U8 or LK_S8; LK_U8, LK_S8 or LK_F32
  bool gelu;
  float steps, lower, upper;
} lk_byte_result;
bool lk_byte_product_available(void);  // where the processor has AVX2

// Weights [outputs, channels, height, width] with their scales and bias [outputs] as the kernels take them; [outputs, channels]
// for products.
typedef struct {
  int64_t outputs, channels, height, width;
  int32_t src_dtype;
  const int8_t *weights;
  const float *scale, *bias;
  void *packed;
} lk_byte_weights;
int64_t lk_byte_weights_bytes(const lk_byte_weights *w);
void lk_byte_weights_run(void *arguments);
// Whether no sum of neighbours leaves 16 bits, whatever u8 they are multiplied with: weights of 7 bits.
bool lk_byte_pairs_fit(const int8_t *weights, int64_t count);

// dst[rows, outputs] = src[rows, depth] * weights.
typedef struct {
  int64_t rows, depth, outputs;
  lk_byte_result result;
  const void *src, *weights;
  void *dst;
} lk_byte_product;
void lk_byte_product_run(void *arguments);

// A convolution of src [batch, in_height, in_width, channels] into dst [batch, out_height, out_width, outputs]; padding is the integer 0,
// dilation 1.
typedef struct {
  int64_t batch, channels, in_height, in_width, outputs, out_height, out_width;
  int64_t kernel_height, kernel_width, stride_h, stride_w, pad_top, pad_left;
  lk_byte_result result;
  const void *src, *weights;
  void *dst;
  uint8_t *scratch;
} lk_byte_convolution;
int64_t lk_byte_convolution_scratch(const lk_byte_convolution *c, int threads);   // bytes
void lk_byte_convolution_run(void *arguments);

// Depthwise convolution in 8 bits, channels last, dilation 1: dst = clamp(round(scale * sum + bias));
// exact sums. `pack` arranges weights [channels, kernel_height, kernel_width], and a scale and a bias for each channel.
enum { LK_BYTE_DEPTHWISE_HEIGHT = 16 };   // of kernels, at most
typedef struct {
  int64_t batch, channels, in_height, in_width, out_height, out_width;
  int64_t kernel_height, kernel_width, stride_h, stride_w, pad_top, pad_left;
  int32_t src_dtype, dst_dtype;        // LK_U8 or LK_S8
  int32_t padding, lower, upper;       // as stored; the bounds are within those of dst_dtype
  const void *src, *weights;           // weights: as packed
  void *dst;
  uint8_t *scratch;
} lk_byte_depthwise;
bool lk_byte_depthwise_available(void);   // where the processor has AVX2
int64_t lk_byte_depthwise_packed_bytes(const lk_byte_depthwise *d);
void lk_byte_depthwise_pack(
    const lk_byte_depthwise *d, const int8_t *weights, const float *scale, const float *bias, void *packed);
int64_t lk_byte_depthwise_scratch(const lk_byte_depthwise *d, int threads);   // bytes
void lk_byte_depthwise_run(void *arguments);

// Largest of each window of u8 or s8 [batch, in_height, in_width, channels], dilation 1; each window holds some of the image.
typedef struct {
  int64_t batch, channels, in_height, in_width, out_height, out_width;
  int64_t kernel_height, kernel_width, stride_h, stride_w, pad_top, pad_left;
  int32_t dtype;
  const void *src;
  void *dst;
} lk_byte_pool;
void lk_byte_pool_run(void *arguments);

#ifdef __cplusplus
}
#endif
