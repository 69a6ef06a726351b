// The one door to oneDNN. Only this target knows the library's version (2.x and 3.x differ in
// descriptors, attributes and weights formats); everything above sees layouts, primitives, calls.
//
// layout    an immutable physical description of a tensor (type, logical extents, format);
//           interned, never freed, so that equality of layouts is equality of pointers.
// primitive a compiled kernel for exact shapes and layouts.
// call      a primitive with its memory arguments bound once; running one takes no look-up,
//           no lock and no allocation.
//
// Functions that make something return NULL where the library has no implementation; then
// ld_last_error() says which call refused and why. Not thread-safe but for ld_run on different
// calls.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { LD_F32 = 0, LD_BF16 = 1, LD_S8 = 2, LD_U8 = 3, LD_S32 = 4 } ld_dtype;

enum { LD_MAX_DIMS = 6 };

typedef struct ld_layout ld_layout;
typedef struct ld_primitive ld_primitive;
typedef struct ld_call ld_call;

const char *ld_version(void);     // "2.6.3", "3.2.0"
const char *ld_last_error(void);  // of the last NULL answer; valid until the next call

// What this processor's kernels are written for. With AVX-512: blocks of 16 channels, Winograd (2.x),
// bf16 (fast only if native). With AVX2: blocks of 8, neither; a block of 16 falls to the reference.
typedef struct {
  int channel_block;        // 16, 8, or 0 where blocked formats gain nothing
  bool winograd, bf16, bf16_native;
  // Without it (AVX2, first AVX-512) products of u8 and s8 add up in pairs in 16 bits and saturate:
  // keep weights within -64...63. With s8 data, convolutions halve the weights (rounded) instead.
  bool int8_native;
} ld_processor;
ld_processor ld_processor_here(void);

// ---- layouts -------------------------------------------------------------------------------
// Row-major ("abcd").
const ld_layout *ld_layout_plain(ld_dtype dtype, int rank, const int64_t *extents);
// 4-D activations: channels-last ("acdb").
const ld_layout *ld_layout_channels_last(ld_dtype dtype, const int64_t extents[4]);
// 4-D activations in blocks of 16 or 8 channels ("aBcd16b", "aBcd8b"); the last block is padded
// with zeros.
const ld_layout *ld_layout_blocked16(ld_dtype dtype, const int64_t extents[4]);
const ld_layout *ld_layout_blocked8(ld_dtype dtype, const int64_t extents[4]);
// Any strides, in elements.
const ld_layout *ld_layout_strided(ld_dtype dtype, int rank, const int64_t *extents,
                                   const int64_t *strides);
// Row-major, with the logical extents of another layout.
const ld_layout *ld_layout_plain_like(const ld_layout *layout, ld_dtype dtype);
size_t ld_layout_bytes(const ld_layout *layout);
ld_dtype ld_layout_dtype(const ld_layout *layout);
// Whether the layout stores elements that are no logical elements (and must stay zero).
bool ld_layout_is_padded(const ld_layout *layout);
// The same physical format with another element type (formats without compensation only).
const ld_layout *ld_layout_with_dtype(const ld_layout *layout, ld_dtype dtype);
// "f32[64, 32, 14, 14] aBcd16b", at most n bytes with the ending zero.
void ld_layout_describe(const ld_layout *layout, char *text, size_t n);

// ---- descriptions of what is computed ---------------------------------------------------------
typedef enum {
  LD_FORMAT_ANY = 0, LD_FORMAT_PLAIN, LD_FORMAT_CHANNELS_LAST, LD_FORMAT_BLOCKED16, LD_FORMAT_BLOCKED8
} ld_format;

// Activation fused behind the sum and the bias.
typedef enum {
  LD_NO_ACTIVATION = 0, LD_RELU, LD_SIGMOID, LD_TANH, LD_GELU_ERF, LD_GELU_TANH, LD_SWISH,
  LD_CLIP, LD_HARD_SWISH, LD_LEAKY_RELU
} ld_activation;

typedef struct {
  ld_activation activation;
  float alpha, beta;         // clip: lower and upper bound; alpha: slope of leaky relu, and
                             // the a of swish, x * sigmoid(a * x)
  bool sum;                  // dst = activation(result + sum_scale * dst as it was)
  float sum_scale;
  ld_dtype sum_dtype;        // LD_S8 or LD_U8: the type of dst as it was, where dst is the other;
                             // anything else: that of dst
  // int8: result = activation((accumulator + bias) * output_scales[channel] ...): the bias is given in
  // accumulator units (f32).
  // count 0 (none), 1 (common) or the number of output channels. Copied.
  const float *output_scales;
  int output_scale_count;
  float dst_scale, dst_zero; // after the activation: dst = round(value * dst_scale + dst_zero); scale 0 means 1
} ld_epilogue;

typedef enum { LD_DIRECT = 0, LD_WINOGRAD = 1 } ld_algorithm;

typedef struct {
  int64_t batch, groups, in_channels, in_height, in_width;      // in_channels of all groups
  int64_t out_channels, out_height, out_width, kernel_height, kernel_width;
  int64_t stride_h, stride_w, dilation_h, dilation_w;            // dilation 1 is dense
  int64_t pad_top, pad_left, pad_bottom, pad_right;
  ld_dtype src, weights, dst;   // of the forward direction; backward: src = diff_src, dst = diff_dst
  bool has_bias;                // forward: adds bias (f32 for int8); weights gradient: also diff_bias
  ld_dtype bias;
  ld_format src_format, dst_format;      // ANY, PLAIN, CHANNELS_LAST, BLOCKED16
  const ld_layout *weights_layout;       // NULL: the primitive chooses
  ld_algorithm algorithm;
  bool training;                // forward_training or forward_inference
  ld_epilogue epilogue;         // forward only
} ld_convolution;

// Logical weights are [out, in/groups, kh, kw], or [groups, out/groups, in/groups, kh, kw] with groups > 1
// (the plain bytes are the same).
ld_primitive *ld_convolution_forward(const ld_convolution *c);
ld_primitive *ld_convolution_backward_data(const ld_convolution *c);
ld_primitive *ld_convolution_backward_weights(const ld_convolution *c);

// y[batch, out] = x[batch, in] * w[out, in]^T (+ bias[out])
typedef struct {
  int64_t batch, in_features, out_features;
  ld_dtype src, weights, dst;
  bool has_bias;
  ld_dtype bias;
  const ld_layout *weights_layout;       // NULL: the primitive chooses; activations are plain
  bool training;
  ld_epilogue epilogue;                  // forward only
} ld_inner_product;

ld_primitive *ld_inner_product_forward(const ld_inner_product *c);
ld_primitive *ld_inner_product_backward_data(const ld_inner_product *c);
ld_primitive *ld_inner_product_backward_weights(const ld_inner_product *c);

// dst = src * weights (+ bias): batched product of rank 2...LD_MAX_DIMS, batch extents equal or 1. Layouts carry
// transposition as strides; weights may be NULL: then `weights_any` extents are used and the primitive chooses.
typedef struct {
  const ld_layout *src, *weights, *dst;
  ld_dtype weights_dtype;                // with weights == NULL
  int weights_rank;
  int64_t weights_extents[LD_MAX_DIMS];
  bool has_bias;                         // bias is f32 [1, ..., n]
  ld_epilogue epilogue;
} ld_matmul;

ld_primitive *ld_matmul_create(const ld_matmul *c);

typedef enum { LD_POOL_MAX = 0, LD_POOL_AVERAGE_INCLUDE_PADDING, LD_POOL_AVERAGE_EXCLUDE_PADDING } ld_pooling_kind;

typedef struct {
  ld_pooling_kind kind;
  int64_t batch, channels, in_height, in_width, out_height, out_width, kernel_height, kernel_width;
  int64_t stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left, pad_bottom, pad_right;
  ld_dtype dtype;
  ld_format format;        // of source and result
  bool training;           // max keeps its winners in LD_WORKSPACE
} ld_pooling;

ld_primitive *ld_pooling_forward(const ld_pooling *c);
ld_primitive *ld_pooling_backward(const ld_pooling *c);

// Batch normalisation with batch statistics, scale and shift [channels] (f32).
typedef struct {
  int64_t batch, channels, height, width;
  ld_dtype dtype;
  ld_format format;
  float epsilon;
  bool fuse_relu;          // forward_training keeps the mask in LD_WORKSPACE
} ld_batch_norm;

ld_primitive *ld_batch_norm_forward(const ld_batch_norm *c);   // results: DST, MEAN, VARIANCE (biased), WORKSPACE
ld_primitive *ld_batch_norm_backward(const ld_batch_norm *c);  // SRC, MEAN, VARIANCE, DIFF_DST, SCALE, SHIFT -> DIFF_SRC, DIFF_SCALE, DIFF_SHIFT

// Copies between layouts and types. scales: count 0, 1 or the extent of scale_axis; dst = src * scale, rounded
// and saturated. For grouped convolution weights, axis 0 with all output channels (groups x channels).
ld_primitive *ld_reorder(const ld_layout *from, const ld_layout *to, const float *scales,
                         int scale_count, int scale_axis);

// ---- primitives ------------------------------------------------------------------------------
// A primitive is planned for the OpenMP team that its maker's thread has at that moment.
//
typedef enum {
  LD_SRC = 0, LD_WEIGHTS, LD_BIAS, LD_DST, LD_DIFF_SRC, LD_DIFF_WEIGHTS, LD_DIFF_BIAS, LD_DIFF_DST,
  LD_WORKSPACE, LD_SCRATCHPAD, LD_MEAN, LD_VARIANCE, LD_SCALE, LD_SHIFT, LD_DIFF_SCALE, LD_DIFF_SHIFT,
  LD_ARGUMENT_COUNT
} ld_argument;

// The layout that the primitive wants for an argument; NULL where it has no such argument.
// Scratchpads are always the caller's (LD_SCRATCHPAD); one buffer may serve many primitives in turn.
const ld_layout *ld_primitive_layout(const ld_primitive *p, ld_argument argument);
const char *ld_primitive_implementation(const ld_primitive *p);  // "brgconv:avx512_core"
bool ld_primitive_is_reference(const ld_primitive *p);           // a slow fall-back of the library
void ld_primitive_release(ld_primitive *p);

// ---- calls -------------------------------------------------------------------------------------
ld_call *ld_call_create(ld_primitive *p);       // holds p
void ld_call_bind(ld_call *call, ld_argument argument, void *memory);
void ld_call_release(ld_call *call);
// Runs synchronously on the calling thread's OpenMP team. The argument is an ld_call *; the type is that of an
// instruction of a plan (lepton_plan.h). A failure is kept and answered by ld_call_failed.
void ld_run(void *call);
bool ld_call_failed(const ld_call *call);

#ifdef __cplusplus
}
#endif
