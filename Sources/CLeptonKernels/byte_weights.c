#include <string.h>

#include "byte_strip.h"
#include "clones.h"

// Of a row of the kernel, in bytes.
static int64_t segment_depth(const lk_byte_weights *w) {
  return w->width * w->channels * lk_depth_bytes(w->is_wide);
}

int64_t lk_byte_weights_bytes(const lk_byte_weights *w) {
  int64_t depth = segment_depth(w), last = lk_panel_count(w->outputs) - 1;
  return last * lk_panel_bytes(w->height, depth, LK_PANEL) +
         lk_panel_bytes(w->height, depth, lk_panel_width(w->outputs, last));
}

// The output that stands at `place` of a panel.
static int output_at(int place, int width) {
  return width == LK_HALF_PANEL ? place : (place & 3) | (place & 4) << 1 | (place & 8) >> 1;
}

// The k-th weight of a row of an output's kernel, taps and channels together.
static int8_t weight_at(const lk_byte_weights *w, int64_t output, int64_t y, int64_t k) {
  int64_t plane = w->height * w->width, channel = k % w->channels;
  return w->weights[(output * w->channels + channel) * plane + y * w->width + k / w->channels];
}

// One output's weights as segments into every width-th four bytes. Returns their sum.
LK_INLINE int32_t pack_as(
    const lk_byte_weights *w, int64_t output, int8_t *to, int width, const bool is_wide) {
  int64_t plane = w->height * w->width, step = lk_segment_bytes(segment_depth(w)) * width;
  const int64_t bytes = lk_depth_bytes(is_wide);
  int32_t sum = 0;
  for (int64_t y = 0; y < w->height; ++y, to += step) {
    int64_t at = 0;
    for (int64_t x = 0; x < w->width; ++x) {
      const int8_t *from = w->weights + output * w->channels * plane + y * w->width + x;
      for (int64_t channel = 0; channel < w->channels; ++channel, at += bytes) {
        int16_t value = from[channel * plane];
        memcpy(to + at / LK_QUAD * width * LK_QUAD + at % LK_QUAD, &value, (size_t)bytes);
        sum += value;
      }
    }
  }
  return sum;
}

static int32_t pack(const lk_byte_weights *w, int64_t output, int8_t *to, int width) {
  return w->is_wide ? pack_as(w, output, to, width, true) : pack_as(w, output, to, width, false);
}

void lk_byte_weights_run(void *arguments) {
  const lk_byte_weights *w = arguments;
  int64_t depth = segment_depth(w);
  const float *scales = (const float *)(w->scales + w->outputs);
  for (int64_t panel = 0; panel < lk_panel_count(w->outputs); ++panel) {
    int width = lk_panel_width(w->outputs, panel);
    uint8_t *to = (uint8_t *)w->packed + panel * lk_panel_bytes(w->height, depth, LK_PANEL);
    int32_t *starts = (int32_t *)(void *)to;
    float *scale = (float *)(void *)to + width, *rest = scale + width;
    memset(to, 0, (size_t)lk_panel_bytes(w->height, depth, width));
    for (int place = 0; place < width; ++place) {
      int64_t output = panel * LK_PANEL + output_at(place, width);
      if (output >= w->outputs) continue;
      int32_t sum = pack(w, output, (int8_t *)(rest + width) + place * LK_QUAD, width);
      starts[place] = w->scales[output] - (w->src_dtype == LK_S8 && !w->is_wide ? 128 * sum : 0);
      scale[place] = scales[output];
      rest[place] = scales[w->outputs + output];
    }
  }
}

// Whether pairs one[i] and other[i] do.
LK_CLONES
static bool pairs_fit(const int8_t *one, const int8_t *other, int64_t count) {
  enum { MOST = INT16_MAX / UINT8_MAX };
  int misfits = 0;
  for (int64_t i = 0; i < count; ++i) {
    int a = one[i], b = other[i];
    int above = (a > 0 ? a : 0) + (b > 0 ? b : 0), below = (a < 0 ? a : 0) + (b < 0 ? b : 0);
    misfits |= above > MOST || below < -MOST;
  }
  return misfits == 0;
}

bool lk_byte_pairs_fit(const lk_byte_weights *w) {
  int64_t plane = w->height * w->width, depth = w->width * w->channels;
  // Neighbours are two channels of one tap.
  if (w->channels % 2 == 0) {
    for (int64_t pair = 0; pair < w->outputs * w->channels / 2; ++pair) {
      const int8_t *one = w->weights + pair * 2 * plane;
      if (!pairs_fit(one, one + plane, plane)) return false;
    }
    return true;
  }
  for (int64_t row = 0; row < w->outputs * w->height; ++row)
    for (int64_t k = 0; k < depth; k += 2) {
      int64_t output = row / w->height, y = row % w->height;
      int8_t one = weight_at(w, output, y, k);
      int8_t other = k + 1 < depth ? weight_at(w, output, y, k + 1) : 0;
      if (!pairs_fit(&one, &other, 1)) return false;
    }
  return true;
}
