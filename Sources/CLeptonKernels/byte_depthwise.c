// Depthwise convolutions in 8 bits, channels last, 32 channels at a time. Each row of the source is
// gathered once, two columns to a unit, so that a lane of 32 bits holds two neighbouring taps of one
// channel in 16 bits each: one instruction multiplies and adds both for eight channels, exactly for any
// weights (products of bytes would saturate where they are added in pairs).
#include <string.h>

#include "lepton_bytes.h"
#include "parallel.h"

enum { BLOCK = 32, LANES = 8, GROUPS = BLOCK / LANES, UNIT = 4 * BLOCK };

static int64_t blocks(const lk_byte_depthwise *d) { return (d->channels + BLOCK - 1) / BLOCK; }

// The first channel of a block. The last block overlaps its neighbour rather than be narrower.
static int64_t block_start(const lk_byte_depthwise *d, int64_t block) {
  int64_t at = block * BLOCK, last = d->channels - BLOCK;
  return at <= last || last < 0 ? at : last;
}

// Results begin at even columns and, with an odd stride, at odd ones.
static int64_t phases(const lk_byte_depthwise *d) { return d->stride_w % 2 ? 2 : 1; }

// Lanes of a row of the kernel.
static int64_t lanes(const lk_byte_depthwise *d) { return (d->kernel_width + phases(d)) / 2; }

// Units of a gathered row.
static int64_t row_units(const lk_byte_depthwise *d) {
  return (d->out_width - 1) * d->stride_w / 2 + lanes(d);
}

static int64_t member_bytes(const lk_byte_depthwise *d) {
  return d->kernel_height * row_units(d) * UNIT;
}
int64_t lk_byte_depthwise_scratch(const lk_byte_depthwise *d, int threads) {
  return member_bytes(d) * threads;
}

// ---- weights -------------------------------------------------------------------------------------
// For each block, each group of eight channels and each phase: for each row and each lane, the two taps of
// eight channels. Then, for each channel of the block, the first term of its sums, its scale and what is added behind it.

static int64_t phase_bytes(const lk_byte_depthwise *d) {
  return d->kernel_height * lanes(d) * 4 * LANES;
}
static int64_t weight_bytes(const lk_byte_depthwise *d) {
  return GROUPS * phases(d) * phase_bytes(d);
}
static int64_t block_bytes(const lk_byte_depthwise *d) {
  return weight_bytes(d) + 3 * BLOCK * (int64_t)sizeof(float);
}
int64_t lk_byte_depthwise_packed_bytes(const lk_byte_depthwise *d) {
  return blocks(d) * block_bytes(d);
}

// Where the gathering leaves a channel: unpacking works within halves of a vector.
static int64_t channel_at(int64_t group, int64_t lane) { return group * 4 + lane % 4 + lane / 4 * 16; }

static int tap(
    const lk_byte_depthwise *d, const int8_t *weights, int64_t channel, int64_t row, int64_t column) {
  if (column < 0 || column >= d->kernel_width || channel >= d->channels) return 0;
  return weights[(channel * d->kernel_height + row) * d->kernel_width + column];
}

void lk_byte_depthwise_pack(
    const lk_byte_depthwise *d, const int8_t *weights, const int32_t *scales, void *packed) {
  const float *factors = (const float *)(scales + d->channels);
  for (int64_t block = 0; block < blocks(d); ++block) {
    int64_t first = block_start(d, block);
    int16_t *to = (int16_t *)((char *)packed + block * block_bytes(d));
    int32_t *starts = (int32_t *)(void *)((char *)to + weight_bytes(d));
    float *scale = (float *)starts + BLOCK, *rest = scale + BLOCK;
    for (int64_t group = 0; group < GROUPS; ++group)
      for (int64_t phase = 0; phase < phases(d); ++phase)
        for (int64_t row = 0; row < d->kernel_height; ++row)
          for (int64_t lane = 0; lane < lanes(d); ++lane)
            for (int64_t at = 0; at < 2 * LANES; ++at)
              *to++ = (int16_t)tap(
                  d, weights, first + channel_at(group, at / 2), row, lane * 2 + at % 2 - phase);
    for (int64_t i = 0; i < BLOCK; ++i) {
      int64_t channel = first + channel_at(i / LANES, i % LANES);
      bool exists = channel < d->channels;
      starts[i] = exists ? scales[channel] : 0;
      scale[i] = exists ? factors[channel] : 0;
      rest[i] = exists ? factors[d->channels + channel] : 0;
      // Sources are read as unsigned bytes.
      if (!exists || d->src_dtype != LK_S8) continue;
      for (int64_t at = 0; at < d->kernel_height * d->kernel_width; ++at)
        starts[i] -= 128 * weights[channel * d->kernel_height * d->kernel_width + at];
    }
  }
}

#if defined(__x86_64__)
#include <immintrin.h>
#define LEAF __attribute__((target("avx2,fma"), always_inline)) static inline

bool lk_byte_depthwise_available(void) {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

// Up to 32 bytes; signed ones become unsigned, 128 more.
LEAF __m256i load(const uint8_t *from, const int64_t count, const bool is_signed) {
  uint8_t bytes[BLOCK] = {0};
  if (count < BLOCK) memcpy(bytes, from, (size_t)count);
  __m256i all = _mm256_loadu_si256((const __m256i *)(count < BLOCK ? bytes : from));
  return is_signed ? _mm256_xor_si256(all, _mm256_set1_epi8((char)0x80)) : all;
}

// Interleaves two columns, and makes them words.
LEAF void store_unit(uint8_t *to, __m256i a, __m256i b) {
  const __m256i zero = _mm256_setzero_si256();
  __m256i low = _mm256_unpacklo_epi8(a, b), high = _mm256_unpackhi_epi8(a, b);
  __m256i *unit = (__m256i *)to;
  unit[0] = _mm256_unpacklo_epi8(low, zero);
  unit[1] = _mm256_unpackhi_epi8(low, zero);
  unit[2] = _mm256_unpacklo_epi8(high, zero);
  unit[3] = _mm256_unpackhi_epi8(high, zero);
}

// A column of a row, padded.
LEAF __m256i column_at(
    const lk_byte_depthwise *d, const uint8_t *row, int64_t column, const int64_t count,
    const bool is_signed) {
  int64_t x = column - d->pad_left;
  if (row && x >= 0 && x < d->in_width) return load(row + x * d->channels, count, is_signed);
  return is_signed ? _mm256_set1_epi8((char)0x80) : _mm256_setzero_si256();
}

// Gathers a row of a block of channels; NULL is a row of padding.
LEAF void gather_row(
    const lk_byte_depthwise *d, const uint8_t *row, uint8_t *to, const int64_t count,
    const bool is_signed) {
  int64_t all = row_units(d), unit = 0, step = d->channels;
  // Units [inside, outside) lie wholly in the image.
  int64_t inside = row ? (d->pad_left + 1) / 2 : all;
  int64_t outside = (d->in_width + d->pad_left) / 2;
  for (; unit < all; ++unit, to += UNIT) {
    if (unit >= inside && unit < outside) {
      const uint8_t *from = row + (2 * unit - d->pad_left) * step;
      store_unit(to, load(from, count, is_signed), load(from + step, count, is_signed));
    } else {
      store_unit(
          to, column_at(d, row, 2 * unit, count, is_signed),
          column_at(d, row, 2 * unit + 1, count, is_signed));
    }
  }
}

__attribute__((target("avx2,fma"))) static void gather(
    const lk_byte_depthwise *d, const uint8_t *row, uint8_t *to, int64_t count) {
  bool is_signed = d->src_dtype == LK_S8;
  if (count < BLOCK) {
    gather_row(d, row, to, count, is_signed);
  } else if (is_signed) {
    gather_row(d, row, to, BLOCK, true);
  } else {
    gather_row(d, row, to, BLOCK, false);
  }
}

// What is known when a tile is compiled.
typedef struct {
  int64_t height, lanes, stride;   // of the kernel
  int pixels;                      // neighbouring results
} shape;

enum { MAX_PIXELS = 4 };

// A group of eight channels of a tile of results, rounded.
LEAF void group_sums(
    const uint8_t *const *rows, int64_t x, const int8_t *weights, const float *scales, int group,
    const shape s, __m256i results[MAX_PIXELS]) {
  int64_t phase_step = s.height * s.lanes * 4 * LANES;
  int64_t phase_count = s.stride % 2 ? 2 : 1;
  const int8_t *w = weights + group * phase_count * phase_step;
  int64_t start = x * s.stride;
  const __m256i start_sums = _mm256_loadu_si256((const __m256i *)(scales + group * LANES));
  __m256i sums[MAX_PIXELS];
#pragma clang loop unroll(full)
  for (int p = 0; p < s.pixels; ++p) sums[p] = start_sums;
  for (int64_t row = 0; row < s.height; ++row) {
    const uint8_t *from = rows[row] + start / 2 * UNIT + group * 4 * LANES;
    for (int64_t lane = 0; lane < s.lanes; ++lane, w += 4 * LANES) {
#pragma clang loop unroll(full)
      for (int p = 0; p < s.pixels; ++p) {
        // Tiles of several pixels begin at an even column.
        int64_t column = p * s.stride + (s.pixels == 1 ? start % 2 : 0);
        int64_t unit = column / 2 + lane;
        __m256i taps = _mm256_load_si256((const __m256i *)(from + unit * UNIT));
        __m256i weight =
            _mm256_loadu_si256((const __m256i *)(w + (column % 2 ? phase_step : 0)));
        sums[p] = _mm256_add_epi32(sums[p], _mm256_madd_epi16(taps, weight));
      }
    }
  }
  __m256 scale = _mm256_loadu_ps(scales + BLOCK + group * LANES);
  __m256 rest = _mm256_loadu_ps(scales + 2 * BLOCK + group * LANES);
#pragma clang loop unroll(full)
  for (int p = 0; p < s.pixels; ++p)
    results[p] = _mm256_cvtps_epi32(_mm256_fmadd_ps(_mm256_cvtepi32_ps(sums[p]), scale, rest));
}

// One block of channels of a tile of results.
LEAF void tile(
    const lk_byte_depthwise *d, const uint8_t *const *rows, int64_t x, const int8_t *weights,
    uint8_t *dst, int64_t count, const shape s) {
  int64_t phase_count = s.stride % 2 ? 2 : 1;
  const float *scales =
      (const float *)(weights + GROUPS * phase_count * s.height * s.lanes * 4 * LANES);
  __m256i words[2][MAX_PIXELS];
#pragma clang loop unroll(full)
  for (int half = 0; half < 2; ++half) {
    __m256i even[MAX_PIXELS], odd[MAX_PIXELS];
    group_sums(rows, x, weights, scales, 2 * half, s, even);
    group_sums(rows, x, weights, scales, 2 * half + 1, s, odd);
#pragma clang loop unroll(full)
    for (int p = 0; p < s.pixels; ++p) words[half][p] = _mm256_packs_epi32(even[p], odd[p]);
  }
  // Unsigned results are clamped as signed bytes, 128 less.
  char flip = d->dst_dtype == LK_U8 ? (char)0x80 : 0;
  const __m256i zero = _mm256_set1_epi16((short)(d->zero + flip));
  const __m256i lower = _mm256_set1_epi8((char)d->lower ^ flip);
  const __m256i upper = _mm256_set1_epi8((char)d->upper ^ flip);
#pragma clang loop unroll(full)
  for (int p = 0; p < s.pixels; ++p) {
    __m256i bytes = _mm256_packs_epi16(
        _mm256_adds_epi16(words[0][p], zero), _mm256_adds_epi16(words[1][p], zero));
    bytes = _mm256_min_epi8(_mm256_max_epi8(bytes, lower), upper);
    bytes = _mm256_xor_si256(bytes, _mm256_set1_epi8(flip));
    uint8_t *to = dst + (x + p) * d->channels;
    if (count >= BLOCK) {
      _mm256_storeu_si256((__m256i *)to, bytes);
    } else {
      memcpy(to, &bytes, (size_t)count);
    }
  }
}

// A row of results of one block of channels.
#define RESULT_ROW(NAME, COUNT, ...)                                                               \
  __attribute__((target("avx2,fma"))) static void NAME(                                            \
      const lk_byte_depthwise *d, const uint8_t *const *rows, const int8_t *weights, uint8_t *dst, \
      int64_t count) {                                                                             \
    (void)count;                                                                                   \
    int64_t x = 0;                                                                                 \
    for (; x + 4 <= d->out_width; x += 4)                                                          \
      tile(d, rows, x, weights, dst, COUNT, (shape){__VA_ARGS__, 4});                              \
    for (; x + 2 <= d->out_width; x += 2)                                                          \
      tile(d, rows, x, weights, dst, COUNT, (shape){__VA_ARGS__, 2});                              \
    for (; x < d->out_width; ++x)                                                                  \
      tile(d, rows, x, weights, dst, COUNT, (shape){__VA_ARGS__, 1});                              \
  }
RESULT_ROW(three, BLOCK, 3, 2, 1)
RESULT_ROW(three_halving, BLOCK, 3, 2, 2)
RESULT_ROW(five, BLOCK, 5, 3, 1)
RESULT_ROW(five_halving, BLOCK, 5, 3, 2)
RESULT_ROW(any, count, d->kernel_height, lanes(d), d->stride_w)

typedef void (*result_row)(
    const lk_byte_depthwise *d, const uint8_t *const *rows, const int8_t *weights, uint8_t *dst,
    int64_t count);

static result_row choose_row(const lk_byte_depthwise *d) {
  if (d->channels < BLOCK || d->kernel_height != d->kernel_width || d->stride_w > 2) return any;
  bool halves = d->stride_w == 2;
  if (d->kernel_width == 3) return halves ? three_halving : three;
  if (d->kernel_width == 5) return halves ? five_halving : five;
  return any;
}

enum { MAX_HEIGHT = LK_BYTE_DEPTHWISE_HEIGHT, LARGE_PIECE = 1 << 18, FEW_PIECES = 8 };

// Rows of results of one piece of work: few enough that all blocks find their source in the cache.
static int64_t piece_rows(const lk_byte_depthwise *d) {
  int64_t rows = LARGE_PIECE / (d->stride_h * d->in_width * d->channels + 1);
  int64_t pieces = d->batch * blocks(d), cuts = (FEW_PIECES + pieces - 1) / pieces;
  int64_t most = (d->out_height + cuts - 1) / cuts;
  if (rows > most) rows = most;
  return rows < 4 ? 4 : rows;
}

// A range of pieces: some rows of results of one block of channels of one image.
static void pieces(void *context, int64_t begin, int64_t end, int member) {
  const lk_byte_depthwise *d = context;
  uint8_t *ring = d->scratch + member * member_bytes(d);
  int64_t rows = piece_rows(d), cuts = (d->out_height + rows - 1) / rows, per_cut = blocks(d);
  int64_t row_bytes = row_units(d) * UNIT, height = d->kernel_height;
  result_row run = choose_row(d);
  for (int64_t piece = begin; piece < end; ++piece) {
    int64_t block = piece % per_cut, first = piece / per_cut % cuts * rows;
    int64_t image = piece / per_cut / cuts, channel = block_start(d, block);
    int64_t last = first + rows < d->out_height ? first + rows : d->out_height;
    int64_t count = d->channels - channel < BLOCK ? d->channels - channel : BLOCK;
    const uint8_t *src =
        (const uint8_t *)d->src + image * d->in_height * d->in_width * d->channels + channel;
    uint8_t *dst =
        (uint8_t *)d->dst + image * d->out_height * d->out_width * d->channels + channel;
    const int8_t *weights = (const int8_t *)d->weights + block * block_bytes(d);
    int64_t next = 0;
    for (int64_t y = first; y < last; ++y) {
      int64_t top = y * d->stride_h;
      const uint8_t *taps[MAX_HEIGHT];
      if (next < top) next = top;
      for (; next < top + height; ++next) {
        int64_t at = next - d->pad_top;
        const uint8_t *row =
            at >= 0 && at < d->in_height ? src + at * d->in_width * d->channels : NULL;
        gather(d, row, ring + next % height * row_bytes, count);
      }
      for (int64_t i = 0; i < height; ++i) taps[i] = ring + (top + i) % height * row_bytes;
      run(d, taps, weights, dst + y * d->out_width * d->channels, count);
    }
  }
}

void lk_byte_depthwise_run(void *arguments) {
  lk_byte_depthwise *d = arguments;
  int64_t rows = piece_rows(d), cuts = (d->out_height + rows - 1) / rows;
  int64_t work = d->batch * d->out_height * d->out_width * d->channels;
  lk_parallel_members(
      d->batch * cuts * blocks(d), 1,
      lk_team_size(work * d->kernel_height * d->kernel_width / 8), pieces, d);
}
#else
bool lk_byte_depthwise_available(void) { return false; }
void lk_byte_depthwise_run(void *arguments) { (void)arguments; }
#endif
