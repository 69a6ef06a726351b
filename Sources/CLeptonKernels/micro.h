// Micro-operations over tiles: the inner loops of an elementwise program.
#pragma once
#include <stdint.h>

// Tiles are processed in steps of this many floats.
enum { LK_TILE_STEP = 64 };

// A micro-operation whose operands are slots of a table of pointers.
typedef struct {
  uint8_t op, result, a, b, c;
  float immediates[4];
} lk_slot_micro;

// `count` is a multiple of LK_TILE_STEP. A result may share memory with an operand, index by index.
void lk_micro_run(const lk_slot_micro *program, int length, float *const *slots, int64_t count);

// How many of a, b and c it reads.
int lk_micro_arity(uint8_t op);

// Roughly how many simple operations one costs.
int lk_micro_cost(uint8_t op);
