#include <stdbool.h>
#include <string.h>

#include "convert.h"
#include "micro.h"
#include "operand_view.h"
#include "parallel.h"
#include "stream.h"

// Slots of the table that micro-operations address: operands as loaded, registers as computed,
// results that are written where they belong.
enum {
  OPERAND_SLOT = 0,
  REGISTER_SLOT = OPERAND_SLOT + LK_MAX_OPERANDS,
  RESULT_SLOT = REGISTER_SLOT + LK_MAX_REGISTERS,
  SLOTS = RESULT_SLOT + LK_MAX_RESULTS,
  LARGEST_TILE = 1024,
};

typedef struct {
  const lk_elementwise *arguments;
  lk_operand_view views[LK_MAX_OPERANDS];
  bool in_place[LK_MAX_OPERANDS];
  lk_slot_micro micro[LK_MAX_MICRO];
  uint8_t result_slot[LK_MAX_RESULTS];  // where each result is found in the end
  bool streams[LK_MAX_RESULTS];         // goes past the caches
  uint8_t tile_of[SLOTS];               // the tile behind each slot
  int tiles;
  int64_t count, tile;
} program;

static void use_tile(program *p, int slot, bool *used) {
  if (used[slot]) return;
  used[slot] = true;
  p->tile_of[slot] = (uint8_t)p->tiles++;
}

// Registers become slots. The last value of a register that is a float result goes straight to
// the destination, if no operand that is still needed lives there.
static void assign_slots(program *p) {
  const lk_elementwise *e = p->arguments;
  uint8_t current[LK_MAX_REGISTERS];
  int last_write[LK_MAX_REGISTERS], last_read[LK_MAX_OPERANDS];
  bool used[SLOTS] = {false};
  for (int r = 0; r < LK_MAX_REGISTERS; ++r) {
    bool operand = r < e->operand_count;
    current[r] = (uint8_t)(operand ? OPERAND_SLOT + r : REGISTER_SLOT + r);
    last_write[r] = -1;
    if (operand) {
      last_read[r] = -1;
      use_tile(p, OPERAND_SLOT + r, used);
    }
  }
  for (int m = 0; m < e->micro_count; ++m) last_write[e->micro[m].result] = m;

  int direct_result[LK_MAX_REGISTERS];
  for (int r = 0; r < LK_MAX_REGISTERS; ++r) direct_result[r] = -1;
  for (int j = 0; j < e->result_count; ++j) {
    int source = e->results[j].source;
    if (e->results[j].dtype == LK_F32 && last_write[source] >= 0 && direct_result[source] < 0) {
      direct_result[source] = j;
    }
  }

  for (int m = 0; m < e->micro_count; ++m) {
    const lk_micro *from = &e->micro[m];
    lk_slot_micro *to = &p->micro[m];
    int direct = last_write[from->result] == m ? direct_result[from->result] : -1;
    uint8_t slot = (uint8_t)(direct >= 0 ? RESULT_SLOT + direct : REGISTER_SLOT + from->result);
    use_tile(p, slot, used);
    const uint8_t registers[3] = {from->a, from->b, from->c};
    uint8_t read[3] = {slot, slot, slot};
    for (int i = 0; i < lk_micro_arity(from->op); ++i) {
      read[i] = current[registers[i]];
      use_tile(p, read[i], used);
      if (read[i] < REGISTER_SLOT) last_read[read[i]] = m;
    }
    *to = (lk_slot_micro){from->op, slot, read[0], read[1], read[2], {0}};
    memcpy(to->immediates, from->immediates, sizeof to->immediates);
    current[from->result] = slot;
  }
  for (int j = 0; j < e->result_count; ++j) {
    p->result_slot[j] = current[e->results[j].source];
    use_tile(p, p->result_slot[j], used);
  }

  // An operand is read where it lies unless a result overwrites it before its last use.
  for (int i = 0; i < e->operand_count; ++i) {
    p->in_place[i] = true;
    for (int j = 0; j < e->result_count; ++j) {
      if (e->results[j].memory != e->operands[i].memory) continue;
      int source = e->results[j].source;
      bool is_direct = last_write[source] >= 0 && direct_result[source] == j;
      if (is_direct && last_read[i] > last_write[source]) p->in_place[i] = false;
      for (int other = 0; other < e->result_count; ++other) {
        bool itself = other == j && e->results[j].dtype == LK_F32;
        if (!itself && p->result_slot[other] == OPERAND_SLOT + i) p->in_place[i] = false;
      }
    }
  }
}

static int64_t greatest_common_divisor(int64_t a, int64_t b) {
  while (b != 0) {
    int64_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

// Small enough that the tiles in use stay in the first-level cache, and a multiple of short
// repeated runs, so that their tile is written once.
static int64_t tile_size(const program *p) {
  int64_t size = LARGEST_TILE;
  if (p->tiles > 6) size /= 2;
  if (p->tiles > 12) size /= 2;
  int64_t step = LK_TILE_STEP;
  for (int i = 0; i < p->arguments->operand_count; ++i) {
    const lk_operand_view *view = &p->views[i];
    if (view->repeat == 1 || view->run == 1) continue;
    int64_t multiple = step / greatest_common_divisor(step, view->run) * view->run;
    if (multiple <= size) step = multiple;
  }
  return size / step * step;
}

// When the whole program does not fit the caches, float results that overwrite no operand are
// streamed.
static void choose_streams(program *p) {
  const lk_elementwise *e = p->arguments;
  int64_t bytes = 0;
  for (int i = 0; i < e->operand_count; ++i) {
    if (lk_operand_view_is_dense(&p->views[i])) bytes += p->count * p->views[i].size;
  }
  for (int j = 0; j < e->result_count; ++j) bytes += p->count * lk_dtype_size(e->results[j].dtype);
  bool large = bytes > lk_last_cache_bytes();
  for (int j = 0; j < e->result_count; ++j) {
    bool aligned = (uintptr_t)e->results[j].memory % 64 == 0;
    p->streams[j] = large && aligned && e->results[j].dtype == LK_F32;
    for (int i = 0; i < e->operand_count; ++i) {
      if (e->operands[i].memory == e->results[j].memory) p->streams[j] = false;
    }
  }
}

static void run_tile(
    const program *p, lk_operand_view *views, float **tiles, int64_t start, int64_t count) {
  const lk_elementwise *e = p->arguments;
  int64_t padded = (count + LK_TILE_STEP - 1) / LK_TILE_STEP * LK_TILE_STEP;
  bool whole = padded == count;  // a ragged tile is computed in tiles only, beyond its end too
  float *slots[SLOTS];
  memcpy(slots + REGISTER_SLOT, tiles + REGISTER_SLOT, sizeof(float *) * LK_MAX_REGISTERS);
  for (int i = 0; i < e->operand_count; ++i) {
    const float *read =
        lk_operand_view_read(&views[i], tiles[i], count, whole && p->in_place[i]);
    slots[OPERAND_SLOT + i] = (float *)read;
    if (!whole) {
      memset(tiles[i] + count, 0, (size_t)(padded - count) * sizeof(float));
      views[i].held_count = 0;
    }
  }
  for (int j = 0; j < e->result_count; ++j) {
    slots[RESULT_SLOT + j] =
        whole && !p->streams[j] ? (float *)e->results[j].memory + start : tiles[RESULT_SLOT + j];
  }
  lk_micro_run(p->micro, e->micro_count, slots, padded);
  for (int j = 0; j < e->result_count; ++j) {
    int32_t dtype = e->results[j].dtype;
    char *memory = (char *)e->results[j].memory + start * lk_dtype_size(dtype);
    const float *source = slots[p->result_slot[j]];
    if (whole && p->streams[j]) {
      lk_stream((float *)memory, source, count);
    } else if (source != (const float *)memory) {
      lk_store(memory, dtype, source, count);
    }
  }
}

static void run_range(void *context, int64_t begin, int64_t end) {
  const program *p = context;
  const lk_elementwise *e = p->arguments;
  lk_operand_view views[LK_MAX_OPERANDS];
  for (int i = 0; i < e->operand_count; ++i) {
    views[i] = p->views[i];
    lk_operand_view_seek(&views[i], begin);
  }
  int64_t padded = (end - begin + LK_TILE_STEP - 1) / LK_TILE_STEP * LK_TILE_STEP;
  int64_t longest = p->tile < padded ? p->tile : padded;
  _Alignas(64) float storage[p->tiles * longest];
  float *tiles[SLOTS];
  for (int slot = 0; slot < SLOTS; ++slot) tiles[slot] = storage + p->tile_of[slot] * longest;
  for (int64_t start = begin; start < end; start += p->tile) {
    run_tile(p, views, tiles, start, end - start < p->tile ? end - start : p->tile);
  }
  for (int j = 0; j < e->result_count; ++j) {
    if (!p->streams[j]) continue;
    lk_stream_end();
    break;
  }
}

void lk_elementwise_run(void *arguments) {
  const lk_elementwise *e = arguments;
  program p;
  p.arguments = e;
  p.count = 1;
  p.tiles = 0;
  memset(p.tile_of, 0, sizeof p.tile_of);
  for (int d = 0; d < e->dims; ++d) p.count *= e->extents[d];
  if (p.count == 0) return;
  int64_t cost = e->operand_count + e->result_count;
  for (int i = 0; i < e->operand_count; ++i) {
    p.views[i] = lk_operand_view_of(&e->operands[i], e->dims, e->extents);
  }
  for (int m = 0; m < e->micro_count; ++m) cost += lk_micro_cost(e->micro[m].op);
  assign_slots(&p);
  choose_streams(&p);
  p.tile = tile_size(&p);
  lk_parallel_ranges(p.count, p.tile, p.count * cost, run_range, &p);
}
