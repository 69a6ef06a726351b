#include <string.h>

#include "convert.h"
#include "lepton_kernels.h"
#include "micro.h"
#include "parallel.h"
#include "tiles.h"
#include "vector_math.h"

// Floats of a block of scores, and of a tile of a program.
enum { SCORES = 4608, TILE = 1024, ROWS_OF_TILE = 6, LINE = 64, COST = 2 };

static int64_t padded(int64_t count, int64_t multiple) {
  return (count + multiple - 1) / multiple * multiple;
}

// ---- programs

typedef struct {
  lk_slot_micro steps[LK_MAX_ATTENTION_MICRO];
  int count, registers, source;
} program;

// The step that makes the result, if it is the last one, writes it over the operand.
static program prepared(const lk_tile_program *from) {
  program p = {.count = from->count, .registers = 1, .source = from->source};
  for (int m = 0; m < p.count; ++m) {
    const lk_micro *micro = &from->steps[m];
    bool last = m == p.count - 1 && micro->result == p.source;
    if (last) p.source = 0;
    p.steps[m] = (lk_slot_micro){
        micro->op, last ? 0 : micro->result, micro->a, micro->b, micro->c, {0}};
    memcpy(p.steps[m].immediates, micro->immediates, sizeof micro->immediates);
    const uint8_t used[4] = {p.steps[m].result, micro->a, micro->b, micro->c};
    for (int i = 0; i < 4; ++i) p.registers = used[i] >= p.registers ? used[i] + 1 : p.registers;
  }
  return p;
}

// In place over `count` floats, a multiple of LK_TILE_STEP, with as many of each other operand.
static void run_program(
    const program *p, float *values, float *const *others, int other_count, int64_t count) {
  if (p->count == 0) return;
  int own = p->registers - 1 - other_count;
  _Alignas(64) float tiles[(own > 0 ? own : 1) * TILE];
  float *slots[LK_MAX_REGISTERS];
  for (int64_t start = 0; start < count; start += TILE) {
    int64_t part = count - start < TILE ? count - start : TILE;
    slots[0] = values + start;
    for (int i = 0; i < other_count; ++i) slots[1 + i] = others[i] + start;
    for (int i = 0; i < own; ++i) slots[1 + other_count + i] = tiles + i * TILE;
    lk_micro_run(p->steps, p->count, slots, part);
    if (p->source != 0) memcpy(slots[0], slots[p->source], (size_t)part * sizeof(float));
  }
}

// ---- operands

// How the elements of one operand become floats: bytes by a table of all of them.
typedef struct {
  lk_heads heads;
  int64_t columns;
  program program;
  bool is_table, is_plain;  // plain: floats as they lie
  float table[256];
} source;

static void prepare_source(
    source *s, const lk_heads *heads, int64_t columns, const lk_tile_program *from) {
  s->heads = *heads;
  s->columns = columns;
  s->program = prepared(from);
  s->is_table = heads->dtype == LK_U8 || heads->dtype == LK_S8;
  s->is_plain = heads->dtype == LK_F32 && from->count == 0 && heads->column == 1;
  if (!s->is_table) return;
  for (int i = 0; i < 256; ++i) {
    s->table[i] = heads->dtype == LK_U8 ? (float)(uint8_t)i : (float)(int8_t)i;
  }
  run_program(&s->program, s->table, 0, 0, 256);
}

static const char *row_of(const lk_heads *h, int64_t batch, int64_t head, int64_t row) {
  int64_t offset = batch * h->batch + head * h->head + row * h->row;
  return (const char *)h->memory + offset * lk_dtype_size(h->dtype);
}

// The same columns of the next head lie beside these, where rows hold all heads; far from the row
// before, so that the processor does not see them coming.
static inline void expect_next(const char *row, int64_t bytes) {
  for (int64_t i = 0; i < bytes; i += LINE) __builtin_prefetch(row + bytes + i);
}

// Rows [first, first + rows) of one head as floats [rows, columns]; `dst` has room up to the next
// multiple of LK_TILE_STEP.
static void load_rows(
    const source *s, float *dst, int64_t batch, int64_t head, int64_t first, int64_t rows) {
  int64_t bytes = s->columns * lk_dtype_size(s->heads.dtype);
  for (int64_t row = 0; row < rows; ++row) {
    const char *from = row_of(&s->heads, batch, head, first + row);
    float *to = dst + row * s->columns;
    expect_next(from, bytes);
    if (s->is_table) {
      const uint8_t *bytes = (const uint8_t *)from;
      for (int64_t i = 0; i < s->columns; ++i) to[i] = s->table[bytes[i * s->heads.column]];
    } else {
      lk_load(to, from, s->heads.dtype, s->heads.column, s->columns);
    }
  }
  if (s->is_table || s->program.count == 0) return;
  int64_t count = rows * s->columns, whole = padded(count, LK_TILE_STEP);
  memset(dst + count, 0, (size_t)(whole - count) * sizeof(float));
  run_program(&s->program, dst, 0, 0, whole);
}

// ---- products

LK_CLONES
static void multiply(
    const float *a, int64_t stride, int64_t rows, const float *panels, int64_t depth,
    int64_t columns, float *z, int64_t z_stride) {
  for (int64_t column = 0; column < columns; column += LK_COLUMNS) {
    const float *panel = panels + column * depth;
    for (int64_t k = 0; k < depth; k += LK_DEPTH) {
      lk_tiles(
          a + k, stride, rows, panel + k * LK_COLUMNS, depth - k < LK_DEPTH ? depth - k : LK_DEPTH,
          z + column, z_stride, k > 0);
    }
  }
}

// dst[depth, 16] from src[16, depth].
LK_CLONES
static void transpose_panel(float *restrict dst, const float *restrict src, int64_t depth) {
  for (int64_t k = 0; k < depth; ++k) {
#pragma clang loop unroll(full)
    for (int64_t j = 0; j < LK_COLUMNS; ++j) dst[k * LK_COLUMNS + j] = src[j * depth + k];
  }
}

// Rows of `count` floats, a multiple of 16: softmax of each.
LK_CLONES
static void softmax_rows(float *scores, int64_t rows, int64_t count) {
  for (int64_t r = 0; r < rows; ++r) {
    float *row = scores + r * count;
    lk_f16 most = LK_LOAD16(row);
    for (int64_t i = LK_COLUMNS; i < count; i += LK_COLUMNS) {
      most = __builtin_elementwise_max(most, LK_LOAD16(row + i));
    }
    lk_f8 most8 = __builtin_elementwise_max(most.lo, most.hi);
    lk_f4 most4 = __builtin_elementwise_max(most8.lo, most8.hi);
    float low = most4.x > most4.z ? most4.x : most4.z;
    float high = most4.y > most4.w ? most4.y : most4.w;
    float largest = low > high ? low : high;
    LK_INTERLEAVED
    for (int64_t i = 0; i < count; ++i) row[i] = lk_exp(row[i] - largest);
    lk_f16 sums = 0.0f;
    for (int64_t i = 0; i < count; i += LK_COLUMNS) sums += LK_LOAD16(row + i);
    lk_f8 sums8 = sums.lo + sums.hi;
    lk_f4 sums4 = sums8.lo + sums8.hi;
    float scale = 1.0f / ((sums4.x + sums4.z) + (sums4.y + sums4.w));
    for (int64_t i = 0; i < count; i += LK_COLUMNS) {
      LK_STORE16(row + i, LK_LOAD16(row + i) * scale);
    }
  }
}

// ---- heads

typedef struct {
  const lk_attention *arguments;
  source query, key, value;
  program scores, weights, after;
  int64_t keys, width;        // padded to whole panels
  int64_t rows, blocks;       // of a block; in a head
  int64_t bytes_of_member;
} attention;

typedef struct {
  float *keys, *values, *queries, *rows, *scores, *masks[LK_MAX_MASKS], *results;
  float *end;
} memory;

static float *taken(float **free, int64_t count) {
  float *memory = *free;
  *free += padded(count, LK_TILE_STEP);
  return memory;
}

static memory memory_of(const attention *a, float *free) {
  const lk_attention *l = a->arguments;
  int64_t widest = l->depth > l->width ? l->depth : l->width;
  memory m;
  m.keys = taken(&free, a->keys * l->depth);
  m.values = taken(&free, l->keys * a->width);
  m.queries = taken(&free, a->rows * l->depth);
  m.rows = taken(&free, LK_COLUMNS * widest);
  m.scores = taken(&free, a->rows * a->keys);
  for (int i = 0; i < l->mask_count; ++i) m.masks[i] = taken(&free, a->rows * a->keys);
  m.results = taken(&free, a->rows * a->width);
  m.end = free;
  return m;
}

static void shape(attention *a, const lk_attention *l) {
  a->arguments = l;
  a->keys = padded(l->keys, LK_COLUMNS);
  a->width = padded(l->width, LK_COLUMNS);
  int64_t most = SCORES / a->keys / ROWS_OF_TILE * ROWS_OF_TILE;
  if (most < ROWS_OF_TILE) most = ROWS_OF_TILE;
  a->blocks = (l->queries + most - 1) / most;
  a->rows = (l->queries + a->blocks - 1) / a->blocks;
  a->bytes_of_member = (int64_t)((char *)memory_of(a, 0).end - (char *)0);
}

int64_t lk_attention_scratch_bytes(const lk_attention *l) {
  attention a;
  shape(&a, l);
  return a.bytes_of_member * l->threads;
}

static void pack_head(const attention *a, const memory *m, int64_t batch, int64_t head) {
  const lk_attention *l = a->arguments;
  for (int64_t first = 0; first < l->keys; first += LK_COLUMNS) {
    int64_t rows = l->keys - first < LK_COLUMNS ? l->keys - first : LK_COLUMNS;
    load_rows(&a->key, m->rows, batch, head, first, rows);
    memset(m->rows + rows * l->depth, 0, (size_t)((LK_COLUMNS - rows) * l->depth) * sizeof(float));
    transpose_panel(m->keys + first * l->depth, m->rows, l->depth);
    load_rows(&a->value, m->rows, batch, head, first, rows);
    for (int64_t column = 0; column < l->width; column += LK_COLUMNS) {
      int64_t count = l->width - column < LK_COLUMNS ? l->width - column : LK_COLUMNS;
      float *panel = m->values + column * l->keys + first * LK_COLUMNS;
      for (int64_t row = 0; row < rows; ++row) {
        const float *from = m->rows + row * l->width + column;
        float *to = panel + row * LK_COLUMNS;
        if (count == LK_COLUMNS) {
          LK_STORE16(to, LK_LOAD16(from));
        } else {
          memset(to, 0, LK_COLUMNS * sizeof(float));
          memcpy(to, from, (size_t)count * sizeof(float));
        }
      }
    }
  }
}

static void load_masks(
    const attention *a, const memory *m, int64_t batch, int64_t head, int64_t first, int64_t rows) {
  const lk_attention *l = a->arguments;
  for (int i = 0; i < l->mask_count; ++i) {
    const lk_heads *mask = &l->masks[i];
    for (int64_t row = 0; row < rows; ++row) {
      lk_load(
          m->masks[i] + row * a->keys, row_of(mask, batch, head, first + row), mask->dtype,
          mask->column, l->keys);
    }
  }
}

static void store_rows(
    const attention *a, const memory *m, int64_t batch, int64_t head, int64_t first, int64_t rows) {
  const lk_attention *l = a->arguments;
  int size = lk_dtype_size(l->result.dtype);
  const char *from = (const char *)m->results;
  if (l->result.dtype != LK_F32) {
    lk_store(m->scores, l->result.dtype, m->results, rows * a->width);
    from = (const char *)m->scores;
  }
  int64_t bytes = l->width * size;
  for (int64_t row = 0; row < rows; ++row) {
    char *to = (char *)row_of(&l->result, batch, head, first + row);
    memcpy(to, from + row * a->width * size, (size_t)bytes);
    expect_next(to, bytes);
  }
}

static void run_block(
    const attention *a, const memory *m, int64_t batch, int64_t head, int64_t first,
    int64_t rows) {
  const lk_attention *l = a->arguments;
  int64_t scores = padded(rows * a->keys, LK_TILE_STEP);
  int64_t results = padded(rows * a->width, LK_TILE_STEP);
  const float *queries = m->queries;
  int64_t stride = l->depth;
  if (a->query.is_plain) {
    queries = (const float *)row_of(&l->query, batch, head, first);
    stride = l->query.row;
    for (int64_t row = 0; row < rows; ++row) {
      expect_next((const char *)(queries + row * stride), l->depth * (int64_t)sizeof(float));
    }
  } else {
    load_rows(&a->query, m->queries, batch, head, first, rows);
  }
  multiply(queries, stride, rows, m->keys, l->depth, a->keys, m->scores, a->keys);
  load_masks(a, m, batch, head, first, rows);
  run_program(&a->scores, m->scores, m->masks, l->mask_count, scores);
  for (int64_t row = 0; row < rows && a->keys > l->keys; ++row) {
    for (int64_t i = l->keys; i < a->keys; ++i) m->scores[row * a->keys + i] = -__builtin_inff();
  }
  softmax_rows(m->scores, rows, a->keys);
  run_program(&a->weights, m->scores, 0, 0, scores);
  multiply(m->scores, a->keys, rows, m->values, l->keys, a->width, m->results, a->width);
  run_program(&a->after, m->results, 0, 0, results);
  store_rows(a, m, batch, head, first, rows);
}

static void run_blocks(void *context, int64_t begin, int64_t end, int member) {
  const attention *a = context;
  const lk_attention *l = a->arguments;
  float *scratch = l->scratch + member * a->bytes_of_member / (int64_t)sizeof(float);
  memory m = memory_of(a, scratch);
  // What no kernel writes, beyond the rows and columns of tiles, is computed with as well.
  memset(scratch, 0, (size_t)a->bytes_of_member);
  int64_t packed = -1;
  for (int64_t unit = begin; unit < end; ++unit) {
    int64_t place = unit / a->blocks, batch = place / l->heads, head = place % l->heads;
    if (place != packed) pack_head(a, &m, batch, head);
    packed = place;
    int64_t first, last;
    lk_member_range(l->queries, 1, (int)(unit % a->blocks), (int)a->blocks, &first, &last);
    run_block(a, &m, batch, head, first, last - first);
  }
}

void lk_attention_run(void *arguments) {
  const lk_attention *l = arguments;
  attention a;
  shape(&a, l);
  prepare_source(&a.query, &l->query, l->depth, &l->query_program);
  prepare_source(&a.key, &l->key, l->depth, &l->key_program);
  prepare_source(&a.value, &l->value, l->width, &l->value_program);
  a.scores = prepared(&l->scores);
  a.weights = prepared(&l->weights);
  a.after = prepared(&l->after);
  int64_t heads = l->batch * l->heads;
  int team = lk_team_size(heads * l->queries * l->keys * (l->depth + l->width) * COST);
  if (team > l->threads) team = l->threads;  // what the scratch is made for
  // A head is packed once where there are enough of them.
  int64_t grain = heads >= 2 * team ? a.blocks : 1;
  lk_parallel_members(heads * a.blocks, grain, team, run_blocks, &a);
}
