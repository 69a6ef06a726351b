// Dense products: constant or freshly packed columns, rows as they lie or packed block by block.
#include <string.h>

#include "gemm_pack.h"
#include "parallel.h"
#include "vector_math.h"

// Rows and depth of a block of `a`, which stays in the second cache while the panels pass by; a panel of that depth
// stays in the first. Columns that are packed at a time.
enum { BLOCK_ROWS = LK_PACKED_ROWS, BLOCK_DEPTH = 512, SLAB = 768 };

// ---- sizes

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

static bool packs_rows(const lk_gemm *g) { return g->a.column != 1 || g->row_sums; }

static int64_t panel_count(int64_t columns) {
  return (columns + LK_TILE_COLUMNS - 1) / LK_TILE_COLUMNS;
}

// Depth is cut into parts of nearly equal size, where a panel serves more than one tile.
static int64_t block_depth(const lk_gemm *g) {
  if (g->rows <= LK_TILE_ROWS) return g->depth;
  int64_t parts = (g->depth + BLOCK_DEPTH - 1) / BLOCK_DEPTH;
  return lk_gemm_padded((g->depth + parts - 1) / parts, 8);
}

// Floats that each member of the team packs at a time.
static int64_t packed_rows(const lk_gemm *g) {
  int64_t rows = least(g->rows, BLOCK_ROWS);
  return packs_rows(g) ? lk_packed_tile(rows, lk_tile_count(rows), block_depth(g)) : 0;
}

static int64_t packed_columns(const lk_gemm *g) {
  return g->packed ? 0 : block_depth(g) * least(lk_gemm_padded(g->columns, LK_TILE_COLUMNS), SLAB);
}

int64_t lk_gemm_scratch_bytes(const lk_gemm *g) {
  return g->threads * (packed_rows(g) + packed_columns(g)) * (int64_t)sizeof(float);
}

int64_t lk_gemm_pack_count(const lk_gemm_pack *p) {
  return p->depth * lk_gemm_padded(p->columns, LK_TILE_COLUMNS);
}

// ---- epilogue

#define ACTIVATE(KIND, EXPRESSION)                  \
  case KIND:                                        \
    LK_INDEPENDENT                                  \
    for (int64_t i = 0; i < LK_TILE_COLUMNS; ++i) { \
      float x = c[i];                               \
      c[i] = EXPRESSION;                            \
    }                                               \
    break;

// What is no clamp, over a finished tile that still lies in the first cache.
LK_INLINE void activate(lk_activation kind, float *c, int64_t c_row, int64_t rows) {
  for (int64_t r = 0; r < rows; ++r, c += c_row) {
    switch (kind) {
      ACTIVATE(LK_ACTIVATION_SIGMOID, lk_sigmoid(x))
      ACTIVATE(LK_ACTIVATION_TANH, lk_tanh(x))
      ACTIVATE(LK_ACTIVATION_GELU_ERF, lk_gelu_erf(x))
      ACTIVATE(LK_ACTIVATION_GELU_TANH, lk_gelu_tanh(x))
      ACTIVATE(LK_ACTIVATION_SILU, x * lk_sigmoid(x))
      default: break;
    }
  }
}

// ---- blocks

// The part of a product that one thread makes, with memory of its own to pack into.
typedef struct {
  const lk_gemm *g;
  float *rows_scratch, *columns_scratch;
  int64_t first_row, last_row, first_column, last_column;
} part;

// A block of rows, columns and depth, ready to be multiplied.
typedef struct {
  const float *a, *panels;
  int64_t panel_stride, row, rows, column, columns, k, depth;
} block;

LK_CLONES
static void multiply_block(const lk_gemm *g, const block *b) {
  const bool is_first = b->k == 0, is_last = b->k + b->depth == g->depth;
  const bool clamps = is_last && g->activation == LK_ACTIVATION_CLAMP;
  const bool activates = is_last && g->activation > LK_ACTIVATION_CLAMP;
  const bool packs = packs_rows(g);
  const float clamp[2] = {g->low, g->high};
  const int64_t tiles = lk_tile_count(b->rows);
  float edge[LK_TILE_ROWS * LK_TILE_COLUMNS], edge_bias[LK_TILE_COLUMNS];

  const float *panel = b->panels;
  for (int64_t j = 0; j < b->columns; j += LK_TILE_COLUMNS, panel += b->panel_stride) {
    int64_t column = b->column + j;
    bool is_whole = j + LK_TILE_COLUMNS <= b->columns;
    size_t edge_bytes = (size_t)(b->columns - j) * sizeof(float);
    const float *bias = g->bias ? g->bias + column : 0;
    if (bias && !is_whole) bias = memcpy(edge_bias, bias, edge_bytes);

    const float *ahead = panel + b->panel_stride;
    lk_tile_work w = {
        .depth = b->depth, .panel = panel, .ahead = ahead, .clamp = clamps ? clamp : 0};
    for (int64_t tile = 0, first = 0; tile < tiles; ++tile) {
      int64_t next = b->rows * (tile + 1) / tiles, rows = next - first;
      float *c = g->dst + (b->row + first) * g->columns + column;
      w.c = is_whole ? c : edge;
      w.c_row = is_whole ? g->columns : LK_TILE_COLUMNS;
      if (!is_first && !is_whole) {
        for (int64_t r = 0; r < rows; ++r) {
          memcpy(edge + r * LK_TILE_COLUMNS, c + r * g->columns, edge_bytes);
        }
      }
      w.addend = is_first ? bias : w.c;
      w.addend_row = is_first ? 0 : w.c_row;
      if (packs) {
        lk_gemm_tile_of_packed(&w, b->a + lk_packed_tile(first, tile, b->depth), rows);
      } else {
        lk_gemm_tile_of_rows(&w, b->a + first * g->a.row, g->a.row, rows);
      }
      if (activates) activate(g->activation, w.c, w.c_row, rows);
      if (!is_whole) {
        for (int64_t r = 0; r < rows; ++r) {
          memcpy(c + r * g->columns, edge + r * LK_TILE_COLUMNS, edge_bytes);
        }
      }
      // The first tiles have fetched the whole next panel.
      w.ahead += b->depth / 4 * LK_TILE_COLUMNS;
      if (w.ahead >= ahead + b->depth * LK_TILE_COLUMNS) w.ahead = panel;
      first = next;
    }
  }
}

// All rows of the part, block by block, times columns that are packed.
static void multiply_rows(const part *p, block b) {
  const lk_gemm *g = p->g;
  int64_t count = p->last_row - p->first_row, blocks = (count + BLOCK_ROWS - 1) / BLOCK_ROWS;
  bool sums = g->row_sums && p->first_column == 0 && b.column == 0;
  for (int64_t i = 0; i < blocks; ++i) {
    b.row = p->first_row + count * i / blocks;
    b.rows = p->first_row + count * (i + 1) / blocks - b.row;
    b.a = g->a.memory + b.row * g->a.row + b.k * g->a.column;
    if (packs_rows(g)) {
      float *row_sums = sums ? g->row_sums + b.row : 0;
      if (row_sums && b.k == 0) memset(row_sums, 0, (size_t)b.rows * sizeof(float));
      lk_pack_rows(b.a, g->a.row, g->a.column, b.rows, b.depth, p->rows_scratch, row_sums);
      b.a = p->rows_scratch;
    }
    multiply_block(g, &b);
  }
}

static void multiply(const part *p) {
  const lk_gemm *g = p->g;
  const int64_t depth = block_depth(g), slab = g->packed ? g->columns : SLAB;
  for (int64_t column = p->first_column; column < p->last_column; column += slab) {
    int64_t columns = least(p->last_column - column, slab);
    for (int64_t k = 0; k < g->depth; k += depth) {
      block b = {.column = column, .columns = columns, .k = k, .depth = least(g->depth - k, depth)};
      if (g->packed) {
        b.panel_stride = g->depth * LK_TILE_COLUMNS;
        b.panels = g->packed + column * g->depth + k * LK_TILE_COLUMNS;
      } else {
        b.panel_stride = b.depth * LK_TILE_COLUMNS;
        b.panels = p->columns_scratch;
        lk_pack_columns(
            g->b.memory + k * g->b.row + column * g->b.column, g->b.row, g->b.column, b.depth, columns,
            p->columns_scratch);
      }
      multiply_rows(p, b);
    }
  }
}

// ---- threads

static part part_of(const lk_gemm *g, int member) {
  float *scratch = g->scratch + member * (packed_rows(g) + packed_columns(g));
  return (part){
      .g = g, .columns_scratch = scratch, .rows_scratch = scratch + packed_columns(g),
      .last_row = g->rows, .last_column = g->columns};
}

static void multiply_row_range(void *context, int64_t begin, int64_t end, int member) {
  part p = part_of(context, member);
  p.first_row = begin;
  p.last_row = end;
  multiply(&p);
}

static void multiply_column_range(void *context, int64_t begin, int64_t end, int member) {
  part p = part_of(context, member);
  p.first_column = begin;
  p.last_column = end;
  multiply(&p);
}

static int64_t largest_share(int64_t count, int64_t team) { return (count + team - 1) / team; }

void lk_gemm_run(void *arguments) {
  lk_gemm *g = arguments;
  int team = lk_team_size(g->rows * g->depth * g->columns / 8);
  if (team > g->threads) team = g->threads;
  // Whichever leaves the less to the member with the most. Members pack what they do not share.
  int64_t panels = panel_count(g->columns);
  if (g->rows * largest_share(panels, team) <= largest_share(g->rows, team) * panels) {
    lk_parallel_members(g->columns, LK_TILE_COLUMNS, team, multiply_column_range, g);
  } else {
    lk_parallel_members(g->rows, 1, team, multiply_row_range, g);
  }
}

static void pack_range(void *context, int64_t begin, int64_t end) {
  const lk_gemm_pack *p = context;
  lk_pack_columns(
      p->b.memory + begin * p->b.column, p->b.row, p->b.column, p->depth, end - begin,
      p->packed + begin * p->depth);
}

void lk_gemm_pack_run(void *arguments) {
  lk_gemm_pack *p = arguments;
  lk_parallel_ranges(p->columns, LK_TILE_COLUMNS, p->depth * p->columns, pack_range, p);
}
