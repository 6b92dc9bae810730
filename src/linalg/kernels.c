/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inner loops for dense blocks of a factor and for solves with eight right-hand sides.
 *
 * Compiled once for each instruction set, with SMOOTH_KERNELS_ISA its name. Vector types are as wide as the registers: wider
 * ones make the compiler spill. All loops over rows go in whole vectors; see the header for what that asks of callers.
 */
#include "linalg/kernels-private.h"

#include <string.h>

#if defined(__AVX512F__)
#define VECTOR_BYTES 64
#define N_WIDE 3    /* vectors of rows times */
#define N_COLUMNS 8 /* columns whose sums fit into registers */
#elif defined(__AVX2__)
#define VECTOR_BYTES 32
#define N_WIDE 3
#define N_COLUMNS 4
#else
#define VECTOR_BYTES 16
#define N_WIDE 2
#define N_COLUMNS 4
#endif

#define WIDTH ((gint64) (VECTOR_BYTES / sizeof (double)))
#define PIECES ((gint) (sizeof (SmoothLanes) / VECTOR_BYTES)) /* vectors of one row of eight */
#define ROWS (8 / PIECES) /* rows whose sums registers hold and that share what is loaded */

#define PASTE(a, b, c) a##b##c
#define EXPAND(a, b, c) PASTE (a, b, c)
#define TABLE EXPAND (smooth_i_linalg_kernels_, SMOOTH_KERNELS_ISA, )

typedef double Vec __attribute__ ((vector_size (VECTOR_BYTES), may_alias));

/* Rows of L start anywhere. */
typedef double LooseVec __attribute__ ((vector_size (VECTOR_BYTES), may_alias, aligned (8)));

#define INLINE __attribute__ ((always_inline)) static inline

/* ---- Dense blocks ---- */

/* A tile of n_vectors vectors of rows and n columns, both known when this is compiled. */
INLINE void
multiply_tile (double *c, gint64 c_stride, const double *a, gint64 a_stride, const double *b, gint64 b_stride, gint64 k, double alpha,
               double beta, gint n_vectors, gint n)
{
  Vec sums[N_COLUMNS * N_WIDE] = { 0 };

  for (gint64 t = 0; t < k; t++)
    {
      Vec v[N_WIDE];
#pragma GCC unroll 4
      for (gint r = 0; r < n_vectors; r++)
        v[r] = *(const LooseVec *) (a + t * a_stride + r * WIDTH);
#pragma GCC unroll 8
      for (gint j = 0; j < n; j++)
#pragma GCC unroll 4
        for (gint r = 0; r < n_vectors; r++)
          sums[j * N_WIDE + r] += v[r] * b[t * b_stride + j];
    }
#pragma GCC unroll 8
  for (gint j = 0; j < n; j++)
#pragma GCC unroll 4
    for (gint r = 0; r < n_vectors; r++)
      {
        LooseVec *to = (LooseVec *) (c + j * c_stride + r * WIDTH);
        Vec sum = sums[j * N_WIDE + r] * alpha;
        if (beta != 0.0)
          sum += *to * beta;
        *to = sum;
      }
}

INLINE void
multiply_columns (double *c, gint64 c_stride, gint64 m, const double *a, gint64 a_stride, const double *b, gint64 b_stride, gint64 k,
                  double alpha, double beta, gint n)
{
  gint64 i = 0;

  for (; i + N_WIDE * WIDTH <= m; i += N_WIDE * WIDTH)
    multiply_tile (c + i, c_stride, a + i, a_stride, b, b_stride, k, alpha, beta, N_WIDE, n);
  for (; i + 2 * WIDTH <= m; i += 2 * WIDTH)
    multiply_tile (c + i, c_stride, a + i, a_stride, b, b_stride, k, alpha, beta, 2, n);
  for (; i < m; i += WIDTH)
    multiply_tile (c + i, c_stride, a + i, a_stride, b, b_stride, k, alpha, beta, 1, n);
}

static void
multiply (double *c, gint64 c_stride, gint64 m, gint64 n, const double *a, gint64 a_stride, const double *b, gint64 b_stride, gint64 k,
          double alpha, double beta)
{
  gint64 j = 0;

  for (; j + N_COLUMNS <= n; j += N_COLUMNS)
    multiply_columns (c + j * c_stride, c_stride, m, a, a_stride, b + j, b_stride, k, alpha, beta, N_COLUMNS);
  for (; j + 4 <= n; j += 4)
    multiply_columns (c + j * c_stride, c_stride, m, a, a_stride, b + j, b_stride, k, alpha, beta, 4);
  for (; j + 2 <= n; j += 2)
    multiply_columns (c + j * c_stride, c_stride, m, a, a_stride, b + j, b_stride, k, alpha, beta, 2);
  for (; j < n; j++)
    multiply_columns (c + j * c_stride, c_stride, m, a, a_stride, b + j, b_stride, k, alpha, beta, 1);
}

/* n columns, known when this is compiled. */
INLINE void
divide_columns (double *x, gint64 x_stride, gint64 m, const double *l, gint64 l_stride, gint n)
{
  double inverse[SMOOTH_BLOCK];

  for (gint j = 0; j < n; j++)
    inverse[j] = 1.0 / l[j + j * l_stride];
  for (gint64 i = 0; i < m; i += WIDTH)
    {
      Vec v[SMOOTH_BLOCK];
#pragma GCC unroll 8
      for (gint j = 0; j < n; j++)
        {
          v[j] = *(const LooseVec *) (x + i + j * x_stride);
#pragma GCC unroll 8
          for (gint t = 0; t < j; t++)
            v[j] -= v[t] * l[j + t * l_stride];
          v[j] *= inverse[j];
        }
#pragma GCC unroll 8
      for (gint j = 0; j < n; j++)
        *(LooseVec *) (x + i + j * x_stride) = v[j];
    }
}

static void
divide (double *x, gint64 x_stride, gint64 m, gint64 n, const double *l, gint64 l_stride)
{
  switch (n)
    {
    case 1: divide_columns (x, x_stride, m, l, l_stride, 1); break;
    case 2: divide_columns (x, x_stride, m, l, l_stride, 2); break;
    case 3: divide_columns (x, x_stride, m, l, l_stride, 3); break;
    case 4: divide_columns (x, x_stride, m, l, l_stride, 4); break;
    case 5: divide_columns (x, x_stride, m, l, l_stride, 5); break;
    case 6: divide_columns (x, x_stride, m, l, l_stride, 6); break;
    case 7: divide_columns (x, x_stride, m, l, l_stride, 7); break;
    default: divide_columns (x, x_stride, m, l, l_stride, 8);
    }
}

/* ---- Eight lanes ---- */

/* sums[r] += sum_j values[r * to_row + j * to_term] x[terms[j]], r < n_rows; x[j] where there is no list of terms */
INLINE void
sum_rows (const double *values, gint64 to_row, gint64 to_term, const SmoothLanes *x, const gint32 *terms, gint64 n_terms, gint n_rows,
          Vec *sums)
{
  for (gint64 j = 0; j < n_terms; j++)
    {
      const Vec *v = (const void *) x[terms != NULL ? terms[j] : j];
#pragma GCC unroll 8
      for (gint r = 0; r < n_rows; r++)
#pragma GCC unroll 8
        for (gint p = 0; p < PIECES; p++)
          sums[r * PIECES + p] += v[p] * values[r * to_row + j * to_term];
    }
}

/* to -= sums */
INLINE void
subtract (SmoothLanes *to, const Vec *sums)
{
  Vec *v = (void *) *to;

#pragma GCC unroll 8
  for (gint p = 0; p < PIECES; p++)
    v[p] -= sums[p];
}

static void
solve_forward (const SmoothSymbolic *symbolic, const double *l, SmoothLanes *w)
{
  for (gint64 s = 0; s < symbolic->n_nodes; s++)
    {
      const SmoothNode *node = &symbolic->nodes[s];
      const gint32 *rows = smooth_i_get_below (symbolic, node);
      const double *panel = l + node->values, *below = panel + node->n_cols;
      SmoothLanes *own = w + node->first;
      gint64 i = 0;

      for (gint64 j = 0; j < node->n_cols; j++)
        {
          const double *column = panel + j * node->stride;
          Vec *x = (void *) own[j];
          double inverse = 1.0 / column[j];
#pragma GCC unroll 8
          for (gint p = 0; p < PIECES; p++)
            {
              Vec scaled = x[p] * inverse;
              x[p] = scaled;
              for (gint64 k = j + 1; k < node->n_cols; k++)
                x[(k - j) * PIECES + p] -= scaled * column[k];
            }
        }
      for (; i + ROWS <= node->n_below; i += ROWS)
        {
          Vec sums[8] = { 0 };
          sum_rows (below + i, 1, node->stride, own, NULL, node->n_cols, ROWS, sums);
#pragma GCC unroll 8
          for (gint r = 0; r < ROWS; r++)
            subtract (w + rows[i + r], sums + r * PIECES);
        }
      for (; i < node->n_below; i++)
        {
          Vec sums[PIECES] = { 0 };
          sum_rows (below + i, 1, node->stride, own, NULL, node->n_cols, 1, sums);
          subtract (w + rows[i], sums);
        }
    }
}

static void
solve_backward (const SmoothSymbolic *symbolic, const double *l, SmoothLanes *w)
{
  for (gint64 s = symbolic->n_nodes - 1; s >= 0; s--)
    {
      const SmoothNode *node = &symbolic->nodes[s];
      const gint32 *rows = smooth_i_get_below (symbolic, node);
      const double *panel = l + node->values, *below = panel + node->n_cols;
      SmoothLanes *own = w + node->first;
      gint64 j = 0;

      for (; j + ROWS <= node->n_cols; j += ROWS)
        {
          Vec sums[8] = { 0 };
          sum_rows (below + j * node->stride, node->stride, 1, w, rows, node->n_below, ROWS, sums);
#pragma GCC unroll 8
          for (gint r = 0; r < ROWS; r++)
            subtract (own + j + r, sums + r * PIECES);
        }
      for (; j < node->n_cols; j++)
        {
          Vec sums[PIECES] = { 0 };
          sum_rows (below + j * node->stride, node->stride, 1, w, rows, node->n_below, 1, sums);
          subtract (own + j, sums);
        }
      for (j = node->n_cols - 1; j >= 0; j--)
        {
          Vec *x = (void *) own[j];
          double inverse = 1.0 / panel[j * node->stride + j];
#pragma GCC unroll 8
          for (gint p = 0; p < PIECES; p++)
            {
              Vec scaled = x[p] * inverse;
              x[p] = scaled;
              for (gint64 k = 0; k < j; k++)
                x[(k - j) * PIECES + p] -= scaled * panel[k * node->stride + j];
            }
        }
    }
}

static void
measure (const SmoothSparse *q, const SmoothLanes *x, double *forms)
{
  Vec sums[PIECES] = { 0 };

  for (gint64 i = 0; i < q->n_cols; i++)
    {
      const Vec *own = (const void *) x[i];
      Vec products[PIECES] = { 0 };
      for (gint64 e = q->starts[i]; e < q->starts[i + 1]; e++)
        {
          const Vec *v = (const void *) x[q->rows[e]];
#pragma GCC unroll 8
          for (gint p = 0; p < PIECES; p++)
            products[p] += v[p] * q->values[e];
        }
#pragma GCC unroll 8
      for (gint p = 0; p < PIECES; p++)
        sums[p] += products[p] * own[p];
    }
  memcpy (forms, sums, sizeof sums);
}

extern const SmoothLinalgKernels TABLE;
const SmoothLinalgKernels TABLE = { multiply, divide, solve_forward, solve_backward, measure };
