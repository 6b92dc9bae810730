/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sparse Cholesky factors, multifrontal: I. Duff, J. Reid, ACM Trans. Math. Softw. 9 (1983) 302.
 *
 * A node collects its columns of A and what its children have left to subtract, eliminates its columns, and leaves to its
 * parent what these subtract from later ones: a dense lower triangle, the update. Children are added in a fixed order.
 */
#include "linalg/cholesky.h"

#include "base/error.h"
#include "base/parallel.h"
#include "linalg/blas.h"
#include "linalg/cholesky-private.h"
#include "linalg/fronts.h"
#include "linalg/lanes.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

/**
 * smooth_cholesky_new:
 * @symbolic: referenced
 *
 * Returns: (transfer full): without numbers yet
 */
SmoothCholesky *
smooth_cholesky_new (SmoothSymbolic *symbolic)
{
  SmoothCholesky *cholesky = g_new0 (SmoothCholesky, 1);

  smooth_i_blas_init ();
  cholesky->symbolic = smooth_symbolic_ref (symbolic);
  return cholesky;
}

/**
 * smooth_cholesky_new_for:
 *
 * With the analysis that smooth_symbolic_cache_get() has.
 */
SmoothCholesky *
smooth_cholesky_new_for (SmoothSymbolicCache *cache, const SmoothSparse *pattern, const gint32 *spots, SmoothRun *run, GError **error)
{
  g_autoptr (SmoothSymbolic) symbolic = smooth_symbolic_cache_get (cache, pattern, spots, run, error);

  return symbolic != NULL ? smooth_cholesky_new (symbolic) : NULL;
}

void
smooth_cholesky_free (SmoothCholesky *cholesky)
{
  if (cholesky == NULL)
    return;
  smooth_symbolic_unref (cholesky->symbolic);
  smooth_i_free (cholesky->values);
  g_free (cholesky);
}

/* ---- Elimination ---- */

typedef enum
{
  STATE_GOOD,
  STATE_INDEFINITE,
  STATE_NO_MEMORY,
} State;

/* Updates within an item lie on two stacks of its worker, for even and for odd depths: a node's own is made while those of its
 * children are on top of the other. Their places are known before. */
typedef struct
{
  const SmoothSymbolic *symbolic;
  const SmoothSparse *matrix;
  double *values;
  SmoothRun *run;
  gint n_threads, n_workers;
  gint64 *offsets;      /* n_nodes: of its update on its stack */
  gint64 stack_size[2]; /* doubles, for each worker */
  double *stacks[2];
  double **updates; /* n_nodes: of nodes whose parent is high; else NULL */
  _Atomic int state;
} Elimination;

static gint64
update_size (const SmoothNode *node)
{
  return (gint64) SMOOTH_ROUND (node->n_below) * node->n_below;
}

/* Whether the node's update outlives its item. */
static gboolean
is_handed_over (const SmoothSymbolic *symbolic, const SmoothNode *node)
{
  return node->parent >= 0 && symbolic->nodes[node->parent].is_high;
}

static void
place_updates (Elimination *e)
{
  gint64 top[2] = { 0, 0 };

  for (gint32 s = 0; s < e->symbolic->n_nodes; s++)
    {
      const SmoothNode *node = &e->symbolic->nodes[s];
      gint parity = node->depth & 1;
      for (gint32 c = smooth_i_next_child (e->symbolic, s, -1); c >= 0 && !node->is_high; c = smooth_i_next_child (e->symbolic, s, c))
        top[!parity] = e->offsets[c];
      e->offsets[s] = top[parity];
      if (!node->is_high && node->parent >= 0 && !is_handed_over (e->symbolic, node))
        top[parity] += update_size (node);
      e->stack_size[parity] = MAX (e->stack_size[parity], top[parity]);
    }
}

static gboolean
elimination_init (Elimination *e, GError **error)
{
  gint64 n = e->symbolic->n_nodes;

  e->offsets = smooth_i_try_alloc (n, sizeof (gint64), "a factor", error);
  e->updates = e->offsets != NULL ? smooth_i_try_alloc (n, sizeof (double *), "a factor", error) : NULL;
  if (e->updates == NULL)
    return FALSE;
  place_updates (e);
  for (gint i = 0; i < 2; i++)
    {
      e->stacks[i] = smooth_i_try_alloc_raw (e->stack_size[i] * e->n_workers, sizeof (double), "a factor", error);
      if (e->stacks[i] == NULL)
        return FALSE;
    }
  return TRUE;
}

static void
elimination_clear (Elimination *e)
{
  for (gint64 s = 0; e->updates != NULL && s < e->symbolic->n_nodes; s++)
    smooth_i_free (e->updates[s]);
  smooth_i_free (e->updates);
  smooth_i_free (e->offsets);
  smooth_i_free (e->stacks[0]);
  smooth_i_free (e->stacks[1]);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Elimination, elimination_clear)

/* The place of a node's update; NULL where it has none, or no memory. */
static double *
get_update (Elimination *e, gint32 s, gint worker)
{
  const SmoothNode *node = &e->symbolic->nodes[s];
  gint parity = node->depth & 1;

  if (node->n_below == 0)
    return NULL;
  if (!is_handed_over (e->symbolic, node))
    return e->stacks[parity] + worker * e->stack_size[parity] + e->offsets[s];
  if (e->updates[s] == NULL)
    e->updates[s] = smooth_i_try_alloc_raw (update_size (node), sizeof (double), "a factor", NULL);
  return e->updates[s];
}

static void
take_columns (const Elimination *e, const SmoothNode *node, double *panel)
{
  const SmoothSparse *matrix = e->matrix;

  memset (panel, 0, (gsize) node->stride * (gsize) node->n_cols * sizeof *panel);
  for (gint32 j = 0; j < node->n_cols; j++, panel += node->stride)
    {
      gint32 col = e->symbolic->order[node->first + j];
      for (gint64 t = matrix->starts[col]; t < matrix->starts[col + 1]; t++)
        if (e->symbolic->places[t] >= 0)
          panel[e->symbolic->places[t]] = matrix->values[t];
    }
}

/* Adds the update of a child to the panel and to the update of its parent. */
static void
add_child (const SmoothSymbolic *symbolic, const SmoothNode *child, const double *from, const SmoothNode *node, double *panel, double *update)
{
  const gint32 *relative = symbolic->relative + child->below;
  gint64 stride = SMOOTH_ROUND (child->n_below), update_stride = SMOOTH_ROUND (node->n_below);

  for (gint32 q = 0; q < child->n_below; q++, from += stride)
    {
      gint64 col = relative[q];
      double *to = col < node->n_cols ? panel + col * node->stride : update + (col - node->n_cols) * update_stride - node->n_cols;
      for (gint32 r = q; r < child->n_below; r++)
        to[relative[r]] += from[r];
    }
}

static void
eliminate_node (gint32 s, gint worker, gpointer data)
{
  Elimination *e = data;
  const SmoothSymbolic *symbolic = e->symbolic;
  const SmoothNode *node = &symbolic->nodes[s];
  double *panel = e->values + node->values, *update;

  if (atomic_load_explicit (&e->state, memory_order_relaxed) != STATE_GOOD || smooth_run_is_cancelled (e->run))
    return;
  update = get_update (e, s, worker);
  if (update == NULL && node->n_below > 0)
    {
      atomic_store (&e->state, STATE_NO_MEMORY);
      return;
    }
  take_columns (e, node, panel);
  if (update != NULL)
    memset (update, 0, (gsize) update_size (node) * sizeof *update);
  for (gint32 c = smooth_i_next_child (symbolic, s, -1); c >= 0; c = smooth_i_next_child (symbolic, s, c))
    {
      add_child (symbolic, &symbolic->nodes[c], get_update (e, c, worker), node, panel, update);
      g_clear_pointer (&e->updates[c], smooth_i_free);
    }
  if (!smooth_i_front_factor (panel, node, node->is_high ? e->n_threads : 1))
    atomic_store (&e->state, STATE_INDEFINITE);
  else if (update != NULL)
    smooth_i_front_update (update, panel, node, node->is_high ? e->n_threads : 1);
}

/**
 * smooth_cholesky_factor:
 * @matrix: of the pattern that was analysed
 * @is_definite: (out): FALSE where a pivot was not positive; there is then no factor
 *
 * That a matrix is not positive definite is an outcome, not an error.
 */
gboolean
smooth_cholesky_factor (SmoothCholesky *cholesky, const SmoothSparse *matrix, gboolean *is_definite, SmoothRun *run, GError **error)
{
  const SmoothSymbolic *symbolic = cholesky->symbolic;
  gint n_workers = smooth_i_forest_count_workers (symbolic, run);
  g_auto (Elimination) e = { .symbolic = symbolic, .matrix = matrix, .run = run, .n_threads = smooth_run_get_n_threads (run),
                             .n_workers = n_workers, .state = STATE_GOOD };

  g_return_val_if_fail (matrix->n_cols == symbolic->n && smooth_sparse_get_nnz (matrix) == symbolic->starts[symbolic->n], FALSE);
  cholesky->is_factored = FALSE;
  if (cholesky->values == NULL)
    cholesky->values = smooth_i_try_alloc_raw (symbolic->n_values + SMOOTH_STRIDE, sizeof (double), "a factor", error);
  if (cholesky->values == NULL || !elimination_init (&e, error))
    return FALSE;
  e.values = cholesky->values;
  smooth_i_forest_climb (symbolic, n_workers, eliminate_node, &e);
  if (!smooth_run_check (run, error))
    return FALSE;
  if (e.state == STATE_NO_MEMORY)
    {
      smooth_error_set (error, SMOOTH_ERROR_MEMORY, "not enough memory to factor a sparse matrix of %" PRId64 " rows",
                        symbolic->n);
      return FALSE;
    }
  cholesky->is_factored = *is_definite = e.state == STATE_GOOD;
  return TRUE;
}

/* ---- What a factor tells ---- */

/**
 * smooth_cholesky_get_rcond:
 *
 * Returns: the square of smallest over largest pivot: a cheap upper bound on the reciprocal condition number
 */
double
smooth_cholesky_get_rcond (const SmoothCholesky *cholesky)
{
  const SmoothSymbolic *symbolic = cholesky->symbolic;
  double smallest = INFINITY, largest = 0.0;

  g_return_val_if_fail (cholesky->is_factored, 0.0);
  for (gint64 s = 0; s < symbolic->n_nodes; s++)
    {
      const SmoothNode *node = &symbolic->nodes[s];
      for (gint64 j = 0; j < node->n_cols; j++)
        {
          double pivot = cholesky->values[node->values + j * (node->stride + 1)];
          smallest = MIN (smallest, pivot);
          largest = MAX (largest, pivot);
        }
    }
  return symbolic->n == 0 ? 1.0 : smallest * smallest / (largest * largest);
}

double
smooth_cholesky_get_log_determinant (const SmoothCholesky *cholesky)
{
  const SmoothSymbolic *symbolic = cholesky->symbolic;
  double sum = 0.0;

  g_return_val_if_fail (cholesky->is_factored, NAN);
  for (gint64 s = 0; s < symbolic->n_nodes; s++)
    {
      const SmoothNode *node = &symbolic->nodes[s];
      for (gint64 j = 0; j < node->n_cols; j++)
        sum += 2.0 * log (cholesky->values[node->values + j * (node->stride + 1)]);
    }
  return sum;
}

/* ---- Solves ---- */

typedef struct
{
  const SmoothCholesky *cholesky;
  SmoothMatrix *x;
  SmoothLanes *memory; /* 2 n for each worker */
  SmoothRun *run;
} Solve;

static void
solve_block (gint64 block, gint worker, gpointer data)
{
  const Solve *solve = data;
  gint64 n = solve->x->n_rows, first = block * SMOOTH_LANES, n_cols = MIN (SMOOTH_LANES, solve->x->n_cols - first);
  SmoothLanes *lanes = solve->memory + 2 * n * worker;

  if (smooth_run_is_cancelled (solve->run))
    return;
  for (gint64 l = 0; l < SMOOTH_LANES; l++)
    for (gint64 i = 0; i < n; i++)
      lanes[i][l] = l < n_cols ? smooth_matrix_column (solve->x, first + l)[i] : 0.0;
  smooth_i_lanes_solve (solve->cholesky, lanes, lanes + n);
  for (gint64 l = 0; l < n_cols; l++)
    for (gint64 i = 0; i < n; i++)
      smooth_matrix_column (solve->x, first + l)[i] = lanes[i][l];
}

/**
 * smooth_cholesky_solve:
 * @x: n x any: the right-hand sides on entry, the solutions on return; where the run is cancelled some of both
 *
 * O(nnz(L)) for eight columns; 16 n doubles of workspace a thread.
 */
gboolean
smooth_cholesky_solve (const SmoothCholesky *cholesky, SmoothMatrix *x, SmoothRun *run, GError **error)
{
  gint64 n_blocks = (x->n_cols + SMOOTH_LANES - 1) / SMOOTH_LANES;
  gint n_threads = (gint) CLAMP (n_blocks, 1, smooth_run_get_n_threads (run));
  Solve solve = { cholesky, x, NULL, run };

  g_return_val_if_fail (cholesky->is_factored && x->n_rows == cholesky->symbolic->n, FALSE);
  solve.memory = smooth_i_try_alloc_raw (2 * x->n_rows * n_threads, sizeof (SmoothLanes), "solving", error);
  if (solve.memory == NULL)
    return FALSE;
  smooth_i_parallel (n_threads, n_blocks, solve_block, &solve);
  smooth_i_free (solve.memory);
  return smooth_run_check (run, error);
}
