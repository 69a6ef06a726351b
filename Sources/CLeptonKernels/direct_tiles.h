// Register tiles of direct convolutions: some neighbouring results by two or three blocks of output channels, whose
// sums stay in registers through all terms.
#pragma once
#include <stdbool.h>
#include <stdint.h>

// Channels of a block; results of a tile of two blocks.
enum { LK_DIRECT_LANES = 8, LK_DIRECT_ROWS = 6 };

// A run of results of one image and one panel of output channels.
typedef struct {
  const float *src;          // the first of `depth` planes of the image, a block of channels each
  int64_t plane, depth;
  const int32_t *offsets;    // [taps][row]: where each result finds the tap in a plane; negative outside the image
  int64_t taps, row;
  bool single;               // one tap, always inside
  const float *weights;      // [depth][taps][8][blocks][8]
  const float *next;         // the weights after these
  float *dst;                // [blocks][result][8]
  const float *residual;     // as dst, or NULL
  int64_t dst_plane;
  const float *bias;         // [blocks][8], or NULL
  bool accumulate;           // dst += sums; else dst = sums + bias + residual
  bool last;                 // and then within the bounds
  float lower, upper;
} lk_direct_run_of_tiles;

void lk_direct_tiles2(const lk_direct_run_of_tiles *run, int64_t results);
void lk_direct_tiles3(const lk_direct_run_of_tiles *run, int64_t results);
