// Lepton's own kernels: what oneDNN lacks or loses at. Each is `void lk_NAME(void *arguments)` over a struct of the
// same name, so that it is an instruction of a plan (lepton_plan.h). Loops are plain C under target_clones
// (x86-64-v4, v3, baseline) and are split over the OpenMP team by calling libgomp directly; the split depends only on
// the sizes and the team, and each result is accumulated in one fixed order: equal inputs give equal bits.
// Small work runs on the calling thread alone. All extents and strides are in elements.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  LK_F32 = 0, LK_BF16 = 1, LK_S8 = 2, LK_U8 = 3, LK_S32 = 4, LK_S64 = 5, LK_BOOL = 6, LK_F64 = 7
} lk_dtype;

enum { LK_MAX_DIMS = 6, LK_MAX_OPERANDS = 16, LK_MAX_RESULTS = 8, LK_MAX_MICRO = 96, LK_MAX_REGISTERS = 32 };

// ---- elementwise programs ------------------------------------------------------------------------
// A fused chain of elementwise operations in one pass over memory. Operands are loaded tile by tile into
// float registers (a register is one tile, small enough that all live ones stay in L1), micro-operations run over
// whole tiles, results are stored (round to nearest even, saturating, for integer types).
typedef enum {
  LK_ADD = 0, LK_SUB, LK_MUL, LK_DIV, LK_MAXIMUM, LK_MINIMUM, LK_POW, LK_MOD /* C fmod */,
  LK_NEG, LK_ABS, LK_SIGN, LK_RECIPROCAL, LK_SQRT, LK_RSQRT, LK_EXP, LK_LOG, LK_LOG1P, LK_ERF,
  LK_SIN, LK_COS, LK_TANH, LK_SIGMOID, LK_SOFTPLUS, LK_FLOOR, LK_CEIL, LK_ROUND /* ties to even */,
  LK_RELU, LK_GELU_ERF, LK_GELU_TANH, LK_SILU,
  LK_EQUAL, LK_NOT_EQUAL, LK_LESS, LK_LESS_EQUAL, LK_GREATER, LK_GREATER_EQUAL,  // 1.0 or 0.0
  LK_AND, LK_OR, LK_NOT,
  LK_SELECT,          // a != 0 ? b : c
  LK_MULTIPLY_ADD,    // a * b + c
  LK_CONSTANT,        // immediates[0]
  LK_ADD_IMMEDIATE, LK_MUL_IMMEDIATE, LK_DIV_IMMEDIATE, LK_MAX_IMMEDIATE, LK_MIN_IMMEDIATE,  // a op immediate
  LK_SHIFT_SCALE,     // (a + immediates[0]) * immediates[1]: the reals that integers stand for
  LK_QUANTIZE,        // round(a / immediates[0]) + immediates[1], within immediates[2] and immediates[3]
  LK_TRUNCATE,        // toward zero: the cast to an integer type
  LK_RELU_GRADIENT,   // a > 0 ? b : 0
  LK_ROUND_BF16,      // the nearest bf16, kept as float
  LK_TAN, LK_ASIN, LK_ACOS, LK_ATAN, LK_SINH, LK_COSH, LK_ASINH, LK_ACOSH, LK_ATANH  // C's, one by one
} lk_micro_op;

typedef struct {
  uint8_t op, result, a, b, c;   // register numbers; operand i is loaded into register i
  float immediates[4];
} lk_micro;

typedef struct {
  void *memory;
  int32_t dtype;
  int64_t strides[LK_MAX_DIMS];  // 0 where broadcast; operands only, results are dense row-major
} lk_operand;

typedef struct {
  void *memory;                  // may be an operand's memory, in place
  int32_t dtype;
  uint8_t source;                // the register that is stored
} lk_result;

typedef struct {
  int32_t dims;                  // iteration space, row-major, already collapsed as far as the operands allow
  int64_t extents[LK_MAX_DIMS];
  int32_t operand_count, result_count, micro_count;
  lk_operand operands[LK_MAX_OPERANDS];
  lk_result results[LK_MAX_RESULTS];
  lk_micro micro[LK_MAX_MICRO];
} lk_elementwise;
void lk_elementwise_run(void *arguments);

// dst[i] = table[src[i]] for bytes src; elements of 1 byte, or 4. With 1 byte dst may be src.
typedef struct { int64_t count; int32_t element_bytes; const void *src, *table; void *dst; } lk_byte_table;
void lk_byte_table_run(void *arguments);

// ---- data movement ---------------------------------------------------------------------------------
// dst[i] = src[i] over one iteration space with strides on both sides (0 broadcasts): transpose, slice, broadcast,
// the parts of a concatenation, the interior of a pad. Offsets are in elements.
typedef struct {
  int32_t dims, element_bytes;
  int64_t extents[LK_MAX_DIMS], src_strides[LK_MAX_DIMS], dst_strides[LK_MAX_DIMS];  // negative allowed
  int64_t src_offset, dst_offset;
  const void *src;
  void *dst;
} lk_copy;
void lk_copy_run(void *arguments);

typedef struct { void *dst; int64_t count; int32_t element_bytes; uint64_t pattern; } lk_fill;
void lk_fill_run(void *arguments);

// dst[outer, i, inner] = src[outer, indices[i], inner]; negative indices count from the end; out of range is clamped and
// counted in *errors (may be NULL).
typedef struct {
  int64_t outer, axis, inner, count;
  int32_t element_bytes, index_dtype;   // LK_S32 or LK_S64
  const void *src, *indices;
  void *dst;
  int64_t *errors;
} lk_gather;
void lk_gather_run(void *arguments);

// Tuples of s64 indices name blocks of a tensor, [batch, extents..., block]; negative indices count from the end.
enum { LK_MAX_TUPLE = 8 };
typedef struct {
  const int64_t *indices;               // [count, length]
  int64_t count, tuples_per_batch, blocks_per_batch, block_bytes;
  int32_t length;
  int64_t extents[LK_MAX_TUPLE];
} lk_index_tuples;

// dst[i] = the block that tuple i names; zeros where it names none, counted in *errors.
typedef struct {
  lk_index_tuples tuples;
  const void *src;
  void *dst;
  int64_t *errors;
} lk_gather_nd;
void lk_gather_nd_run(void *arguments);

// dst = src, with block i of updates at, or (f32) added to, the block that tuple i names; in order. What names none is
// counted in *errors.
typedef struct {
  lk_index_tuples tuples;
  const void *src, *updates;
  void *dst;
  int64_t bytes;
  int32_t adds;
  int64_t *errors;
} lk_scatter_nd;
void lk_scatter_nd_run(void *arguments);

// dst[axis, inner] = sum of src[i, inner] over i with indices[i] == axis row; zeroes dst first; f32; deterministic.
typedef struct {
  int64_t axis, inner, count;
  int32_t index_dtype;
  const float *src;
  const void *indices;
  float *dst;
} lk_scatter_add;
void lk_scatter_add_run(void *arguments);

// ---- reductions ---------------------------------------------------------------------------------------
typedef enum { LK_REDUCE_SUM = 0, LK_REDUCE_MEAN, LK_REDUCE_MAX, LK_REDUCE_MIN, LK_REDUCE_PRODUCT, LK_REDUCE_SUM_OF_SQUARES,
               LK_REDUCE_ARGMAX, LK_REDUCE_ARGMIN /* first winner; result s64 or s32 */ } lk_reduction;
typedef struct {
  lk_reduction kind;
  int32_t dims;                        // of the source, collapsed
  int64_t extents[LK_MAX_DIMS], strides[LK_MAX_DIMS];
  bool reduced[LK_MAX_DIMS];           // result: dense row-major over the other dims
  int32_t src_dtype, dst_dtype;        // f32/bf16/s32/bool source; f32 (or bf16; s64/s32 for arg) result. NaN propagates through max and min
  const void *src;
  void *dst;
} lk_reduce;
void lk_reduce_run(void *arguments);

// ---- attention -----------------------------------------------------------------------------------------
// A program over one operand (register 0), which other operands of tiles (registers 1 and up) may join.
enum { LK_MAX_ATTENTION_MICRO = 48 };
typedef struct {
  int32_t count;
  uint8_t source;                      // the register that is the result
  lk_micro steps[LK_MAX_ATTENTION_MICRO];
} lk_tile_program;

// [batch, heads, rows, width] with strides in elements.
typedef struct { const void *memory; int32_t dtype; int64_t batch, head, row, column; } lk_heads;

// result = after(weights(softmax(scores(query key^T, masks...))) value), each head by itself, where query, key and value are
// made from their elements by programs of their own. No matrix of scores leaves the first cache.
enum { LK_MAX_MASKS = 4 };
typedef struct {
  int64_t batch, heads, queries, keys, depth, width;   // all at least 1
  int32_t mask_count, threads;         // threads: the team that scratch is for
  lk_heads query, key, value, masks[LK_MAX_MASKS], result;   // the columns of the result are neighbours
  lk_tile_program query_program, key_program, value_program, scores, weights, after;
  float *scratch;
} lk_attention;
int64_t lk_attention_scratch_bytes(const lk_attention *arguments);
void lk_attention_run(void *arguments);

// ---- rows ------------------------------------------------------------------------------------------------
// y[outer, :, inner] = softmax or log-softmax along the middle.
typedef struct { int64_t outer, count, inner; bool log; const float *src; float *dst; } lk_softmax;
void lk_softmax_run(void *arguments);
// gradient: softmax: (g - sum(g*y)) * y; log-softmax: g - exp(y) * sum(g)
typedef struct { int64_t outer, count, inner; bool log; const float *y, *g; float *dst; } lk_softmax_gradient;
void lk_softmax_gradient_run(void *arguments);

// loss[i] = log(sum exp(logits[i])) - logits[i, label[i]]; a label outside [0, classes) gives NaN.
typedef struct { int64_t rows, classes; int32_t label_dtype; const float *logits; const void *labels; float *loss; } lk_cross_entropy;
void lk_cross_entropy_run(void *arguments);
// dst[i, :] = (softmax(logits[i]) - onehot(label[i])) * g[i]; g_stride 0 takes one g for all rows.
typedef struct { int64_t rows, classes; int32_t label_dtype; int64_t g_stride; const float *logits; const void *labels; const float *g; float *dst; } lk_cross_entropy_gradient;
void lk_cross_entropy_gradient_run(void *arguments);

// Layer normalisation of rows: y = (x - mean) / sqrt(var + epsilon) * scale + shift; mean and rstd [rows] are kept if not NULL.
typedef struct { int64_t rows, count; float epsilon; const float *x, *scale, *shift; float *y, *mean, *rstd; } lk_layer_norm;
void lk_layer_norm_run(void *arguments);
// Recomputes the statistics. dscale and dshift [count] are sums over rows in a fixed order.
typedef struct { int64_t rows, count; float epsilon; const float *x, *scale, *g; float *dx, *dscale, *dshift; float *scratch /* 2*count*threads floats, threads = lk_threads_available() */; } lk_layer_norm_gradient;
void lk_layer_norm_gradient_run(void *arguments);

// Batch normalisation in training of images [batch, channels, pixels] in blocks of eight channels (padded with zeros):
// y = (x - mean) / sqrt(variance + epsilon) * scale + shift (+ residual), then relu where asked for.
typedef struct { int64_t batch, channels, pixels; float epsilon; } lk_batch_shape;
int64_t lk_batch_norm_scratch(const lk_batch_shape *shape);  // floats
typedef struct { lk_batch_shape shape; bool relu; const float *x, *scale, *shift, *residual /* or NULL */; float *y, *mean, *variance, *scratch; } lk_batch_norm;
void lk_batch_norm_run(void *arguments);
// The gradient from that of y, where relu is asked for of y behind the relu (without a residual).
typedef struct { lk_batch_shape shape; bool relu; const float *x, *scale, *shift, *mean, *variance, *g; float *dx, *dscale, *dshift, *scratch; } lk_batch_norm_gradient;
void lk_batch_norm_gradient_run(void *arguments);

// ---- convolution --------------------------------------------------------------------------------------------
// Depthwise convolution of f32 in blocks of eight channels, dilation 1: dst = clamp(sum + bias). Weights: [channels / 8,
// kernel_height, kernel_width, 8].
typedef struct {
  int64_t batch, channels, in_height, in_width, out_height, out_width;   // channels is a multiple of 8
  int64_t kernel_height, kernel_width, stride_h, stride_w, pad_top, pad_left;
  float lower, upper;
  const float *src, *weights, *bias;   // bias may be NULL
  const float *zeros;                  // a row of the source, in_width * 8
  float *dst;
} lk_depthwise;
bool lk_depthwise_available(void);     // where the processor has AVX2
bool lk_depthwise_is_quick(const lk_depthwise *arguments);   // whether there are tiles for the shape; no others run
void lk_depthwise_run(void *arguments);

// 3x3 convolutions with stride 1 by Winograd's F(4x4, 3x3). Images are f32 in blocks of `block` (8 or 16) channels; both
// channel counts are multiples of 2 * block. Weights and their gradients are plain OIHW.
typedef struct {
  int64_t batch, in_channels, in_height, in_width, out_channels, out_height, out_width, pad_top, pad_left;
  int32_t block, threads;              // threads: the team that scratch is for
} lk_winograd_shape;

typedef struct {
  lk_winograd_shape shape;
  bool transposed;                     // the gradient of a convolution's input: weights are [in, out], turned by 180 degrees
  bool relu;                           // dst = relu(result + bias + residual); it may be the residual's memory
  const float *src, *weights;
  const float *bias, *residual;        // may be NULL
  const float *prepared;               // what lk_winograd_weights_run made of the weights, or NULL
  float *dst, *scratch;
} lk_winograd;
int64_t lk_winograd_scratch_bytes(const lk_winograd *arguments);
void lk_winograd_run(void *arguments);

typedef struct { int64_t out_channels, in_channels; int32_t block; bool transposed; const float *weights; float *dst; } lk_winograd_weights;
int64_t lk_winograd_weights_bytes(const lk_winograd_weights *arguments);
void lk_winograd_weights_run(void *arguments);

typedef struct {
  lk_winograd_shape shape;             // of the forward direction
  const float *src, *gradient;
  float *weights, *bias, *scratch;     // results; bias may be NULL
} lk_winograd_gradient;
int64_t lk_winograd_gradient_scratch_bytes(const lk_winograd_gradient *arguments);
void lk_winograd_gradient_run(void *arguments);

// Convolutions by direct sums, for vectors of 8 floats: images are f32 in blocks of 8 channels, at least two of results, which are a
// multiple of 8. dst = min(max(result + bias + residual, lower), upper); it may be the residual's memory.
typedef struct {
  int64_t batch, in_channels, in_height, in_width, out_channels, out_height, out_width;
  int64_t kernel_height, kernel_width, stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left;
  int32_t threads;                     // the team that scratch is for
  float lower, upper;
  const float *src, *weights;          // weights: as lk_direct_weights_run leaves them
  const float *bias, *residual;        // may be NULL
  float *dst;
  void *scratch;
} lk_direct_convolution;
int64_t lk_direct_convolution_scratch_bytes(const lk_direct_convolution *arguments);
void lk_direct_convolution_run(void *arguments);

// Plain [out, in, taps] in the order in which the kernels read them.
typedef struct { int64_t out_channels, in_channels, taps; const float *weights; float *dst; } lk_direct_weights;
int64_t lk_direct_weights_bytes(const lk_direct_weights *arguments);
void lk_direct_weights_run(void *arguments);

// ---- recurrence ------------------------------------------------------------------------------------------
// Time-major: [steps, batch, ...]. Examples are independent: the batch is split over the team, and no step waits for another thread.
// Where an LSTM has fewer examples than threads, these share its units, and meet after every step.

// Recurrent weights [gates * hidden, hidden] in the order in which the steps read them: forward for h R^T, backward for g R.
typedef struct { int64_t gates, hidden; bool backward; const float *weights; float *packed; } lk_recurrent_weights;
void lk_recurrent_weights_run(void *arguments);
int64_t lk_recurrent_weights_count(int64_t gates, int64_t hidden);  // floats of `packed`
// The same in 8 bits, of an LSTM, forward.
typedef struct { int64_t hidden; const int8_t *weights; int8_t *packed; } lk_recurrent_bytes;
void lk_recurrent_bytes_run(void *arguments);
int64_t lk_recurrent_bytes_count(int64_t hidden);

// What all of them take. From an example's length on (lengths [batch], may be NULL) its state rests and its values are 0.
typedef struct {
  int64_t steps, batch, hidden;
  bool reversed;
  int32_t length_dtype;                        // LK_S32 or LK_S64
  const void *lengths;
  float *scratch;                              // lk_recurrence_scratch(hidden) floats
} lk_recurrence;
int64_t lk_recurrence_scratch(int64_t hidden);

// gates (i, f, g, o) = sums + h R^T; c = f c + i g; h = o tanh(c). Results may be NULL: y [steps, batch, hidden], the last h and c,
// and for the gradient the gates (may be the sums' memory) and the states before each step.
typedef struct {
  lk_recurrence over;
  const float *sums, *packed, *h0, *c0;
  const int8_t *bytes;                         // in place of `packed`: recurrent weights in 8 bits, and
  const float *scales;                         // a step for each output, [4 * hidden]
  float *y, *h, *c, *gates, *h_before, *c_before;
} lk_lstm;
void lk_lstm_run(void *arguments);
// The gradients dy, dh, dc of the results may be NULL. dsums may be the gates' memory; dh0 and dc0 may be NULL.
typedef struct {
  lk_recurrence over;
  const float *packed, *gates, *c_before, *dy, *dh, *dc;
  float *dsums, *dh0, *dc0;
} lk_lstm_gradient;
void lk_lstm_gradient_run(void *arguments);

// q = h R^T + bias; gates (r, z) = sums + q; n = tanh(sum + r q); h = (1 - z) n + z h. Kept for the gradient: r, z, n and the q of n,
// and the state before each step.
typedef struct {
  lk_recurrence over;
  const float *sums, *packed, *bias, *h0;
  float *y, *h, *gates, *h_before;
} lk_gru;
void lk_gru_run(void *arguments);
typedef struct {
  lk_recurrence over;
  const float *packed, *gates, *h_before, *dy, *dh;
  float *dsums, *dproducts, *dh0;              // dproducts: the gradient of q
} lk_gru_gradient;
void lk_gru_gradient_run(void *arguments);

// ---- dense products ----------------------------------------------------------------------------------------
typedef struct { const float *memory; int64_t row, column; } lk_matrix;  // strides from row to row, column to column

typedef enum {
  LK_ACTIVATION_NONE = 0, LK_ACTIVATION_CLAMP /* to [low, high]; a NaN becomes low */, LK_ACTIVATION_SIGMOID, LK_ACTIVATION_TANH,
  LK_ACTIVATION_GELU_ERF, LK_ACTIVATION_GELU_TANH, LK_ACTIVATION_SILU
} lk_activation;

// dst[rows, columns] = activation(a[rows, depth] * b[depth, columns] + bias[columns]).
typedef struct {
  int64_t rows, depth, columns;
  lk_matrix a, b;
  const float *packed;                 // b as lk_gemm_pack_run has packed it; NULL: packed in each run
  const float *bias;                   // may be NULL
  lk_activation activation;
  float low, high;
  int32_t threads;                     // the team that scratch is for
  float *dst, *row_sums, *scratch;     // row_sums [rows]: sums over the depth of a; may be NULL
} lk_gemm;
int64_t lk_gemm_scratch_bytes(const lk_gemm *arguments);
void lk_gemm_run(void *arguments);

// packed: b as [columns / 16][depth][16], filled up with zeros, lk_gemm_pack_count floats.
enum { LK_GEMM_COLUMNS = 16 };
typedef struct { int64_t depth, columns; lk_matrix b; float *packed; } lk_gemm_pack;
int64_t lk_gemm_pack_count(const lk_gemm_pack *arguments);
void lk_gemm_pack_run(void *arguments);

// ---- random ------------------------------------------------------------------------------------------------
// Philox4x32-10 (Salmon et al. 2011): element i is lane i%4 of the block with counter (i/4 low, i/4 high, stream, 0) and key
// (key[0], key[1]); uniform in [0, 1) = (bits >> 8) * 2^-24. key holds two s64 numbers of which the low 32 bits count.
typedef struct { int64_t count; uint32_t stream; const int64_t *key; float *dst; } lk_random_uniform;
void lk_random_uniform_run(void *arguments);

// ---- optimizer updates: one pass over memory each -------------------------------------------------------------
// Scalars are pointers to f32 values, so that a schedule may change them each step. grad_scale (may be NULL) multiplies the gradient (clipping). The
// updates may run in place (new == old). Elements: any layout, all arrays alike.

// A gradient of [axis, inner], row-major, that is the sum of src[i, inner] over i with indices[i] == its row, zero in rows without an index:
// lk_scatter_add, formed piece by piece beside the update. An update reads it where its grad is NULL; axis x inner is its count.
typedef struct {
  int64_t axis, inner, count;
  int32_t index_dtype;
  const float *src;
  const void *indices;
  int64_t *scratch;                            // lk_row_gradient_scratch_bytes
} lk_row_gradient;
int64_t lk_row_gradient_scratch_bytes(const lk_row_gradient *arguments);

typedef struct {
  int64_t count;
  const float *param, *grad, *velocity;        // velocity NULL: plain SGD
  float *new_param, *new_velocity;
  const float *learning_rate, *grad_scale;
  float momentum, weight_decay;                // coupled decay: grad += decay * param
  bool nesterov;
  lk_row_gradient rows;
} lk_sgd;
void lk_sgd_run(void *arguments);

// Adam (Kingma & Ba 2015), AdamW (Loshchilov & Hutter 2019) with decoupled decay. correction1 = 1 - beta1^t, correction2 = 1 - beta2^t.
// p -= lr * (m / correction1) / (sqrt(v / correction2) + epsilon), PyTorch's form.
typedef struct {
  int64_t count;
  const float *param, *grad, *m, *v;
  float *new_param, *new_m, *new_v;
  const float *learning_rate, *grad_scale, *correction1, *correction2;
  float beta1, beta2, epsilon, weight_decay;
  bool decoupled;
  lk_row_gradient rows;
} lk_adam;
void lk_adam_run(void *arguments);

#ifdef __cplusplus
}
#endif
