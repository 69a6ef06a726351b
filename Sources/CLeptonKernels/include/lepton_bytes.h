// Kernels of 8 bits: what oneDNN is slow at without 8-bit dot products.
#pragma once
#include "lepton_kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

// Sums of products become (sum + offset) * scale + rest: what is a whole number is added as one, so that little is rounded before the
// result. `scales` [3][outputs] are offsets (i32), scales and rests (f32).

// Convolution of an image u8 [batch, channels, in_height, in_width] (or channels last), padding is the integer 0, dilation 1, into
// dst[n, y, x, o] = round(min(max(scaled sum, lower), upper)) + zero, u8 or s8, channels last. out_channels is a multiple of
// LK_IMAGE_OUTPUTS. weights: [out_channels / 16][kernel_height][pairs][16][2], where a pair is two neighbours of the kernel row's
// kernel_width * channels taps, channels innermost, filled up with zeros.
enum { LK_IMAGE_OUTPUTS = 16 };
typedef struct {
  int64_t batch, channels, in_height, in_width, out_channels, out_height, out_width;
  int64_t kernel_height, kernel_width, stride_h, stride_w, pad_top, pad_left;
  bool channels_last;
  int32_t dst_dtype;                   // LK_U8 or LK_S8
  int32_t zero;
  float lower, upper;                  // plus zero, within the bounds of dst_dtype
  const uint8_t *src;
  const int16_t *weights;
  const int32_t *scales;
  uint8_t *dst;
  int16_t *scratch;
} lk_image_convolution;
bool lk_image_convolution_available(void);   // where the processor has AVX2
int64_t lk_image_convolution_scratch(const lk_image_convolution *c, int threads);   // bytes
void lk_image_convolution_run(void *arguments);

// What becomes of a scaled sum of products in 8 bits: if `gelu`, it is multiplied with its normal distribution function, and `steps`; where
// dtype is u8 or s8, it is rounded, and `zero` added; then kept within [lower, upper]. Bounds are whole numbers of that type then, and
// values before them fit 32 bits. Sums are exact: sources are widened to 16 bits where `is_wide`, and elsewhere the products of
// neighbours along the depth must fit 16 bits together (lk_byte_pairs_fit).
typedef struct {
  int32_t src_dtype, dtype;            // LK_U8 or LK_S8; LK_U8, LK_S8 or LK_F32
  bool is_wide, gelu;
  int32_t zero;
  float steps, lower, upper;
} lk_byte_result;
bool lk_byte_product_available(void);  // where the processor has AVX2

// Weights [outputs, channels, height, width] with their `scales` as the kernels take them; [outputs, channels]
// for products.
typedef struct {
  int64_t outputs, channels, height, width;
  int32_t src_dtype;
  bool is_wide;
  const int8_t *weights;
  const int32_t *scales;
  void *packed;
} lk_byte_weights;
int64_t lk_byte_weights_bytes(const lk_byte_weights *w);
void lk_byte_weights_run(void *arguments);
// Whether no sum of two neighbours of the packed depth leaves 16 bits, whatever u8 they are multiplied with: so it is with weights of
// 7 bits. Only sizes and weights are read.
bool lk_byte_pairs_fit(const lk_byte_weights *w);

// dst[rows, outputs] = src[rows, depth] * weights.
typedef struct {
  int64_t rows, depth, outputs;
  lk_byte_result result;
  const void *src, *weights;
  void *dst;
  uint8_t *scratch;
} lk_byte_product;
int64_t lk_byte_product_scratch(const lk_byte_product *p, int threads);   // bytes
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

// Depthwise convolution in 8 bits, channels last, padding is the integer 0, dilation 1: dst = clamp(round(scaled sum) + zero);
// exact sums. `pack` arranges weights [channels, kernel_height, kernel_width] and `scales`.
enum { LK_BYTE_DEPTHWISE_HEIGHT = 16 };   // of kernels, at most
typedef struct {
  int64_t batch, channels, in_height, in_width, out_height, out_width;
  int64_t kernel_height, kernel_width, stride_h, stride_w, pad_top, pad_left;
  int32_t src_dtype, dst_dtype;        // LK_U8 or LK_S8
  int32_t zero, lower, upper;          // the bounds are within those of dst_dtype
  const void *src, *weights;           // weights: as packed
  void *dst;
  uint8_t *scratch;
} lk_byte_depthwise;
bool lk_byte_depthwise_available(void);   // where the processor has AVX2
int64_t lk_byte_depthwise_packed_bytes(const lk_byte_depthwise *d);
void lk_byte_depthwise_pack(
    const lk_byte_depthwise *d, const int8_t *weights, const int32_t *scales, void *packed);
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
