/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Entries of the inverse on the pattern of the Cholesky factor, without the inverse.
 *
 * With A = L L^T, Z = A^-1, and for a supernode with columns J and rows R below them (Takahashi's equations, in blocks):
 *
 *     Y    = L_RJ L_JJ^-1
 *     Z_RJ = -Z_RR Y
 *     Z_JJ = L_JJ^-T L_JJ^-1 - Y^T Z_RJ
 *
 * from the roots to the leaves. Z_RR is a part of what the parent has: R lies within its columns and rows. So a node needs
 * nothing but its parent's block, and only the blocks on the way to it are kept: no memory grows with the factor's entries.
 * Sources: K. Takahashi, J. Fagan, M. Chen, PICA 1973; A. Erisman, W. Tinney, Comm. ACM 18 (1975) 177.
 */
#include "base/error.h"
#include "linalg/cholesky-private.h"
#include "linalg/fronts.h"

#include <stdatomic.h>
#include <string.h>

/* Takes what is wanted from the block of a node. */
typedef struct _Inversion Inversion;
typedef void (*TakeFunc) (Inversion *inversion, const SmoothNode *node, const SmoothInverseFront *front);

struct _Inversion
{
  const SmoothCholesky *cholesky;
  SmoothRun *run;
  gint n_threads, n_workers;

  /* Blocks within an item lie on a stack of its worker, each above its parent's. */
  gint64 *offsets;   /* n_nodes: on the stack */
  gint64 stack_size; /* doubles, for each worker */
  double *stacks;
  gint64 scratch_size;
  double *scratch;         /* for each worker */
  double **fronts;         /* n_nodes: of high nodes, until all their children have had their part; else NULL */
  _Atomic gint32 *waiting; /* n_nodes: how many have not */
  _Atomic gboolean failed; /* no memory */

  TakeFunc take;
  double *diagonal;            /* n: of the inverse, or ... */
  const SmoothSparse *pattern; /* ... its entries on this pattern */
  SmoothSparse *entries;
};

static gint64
front_size (const SmoothNode *node)
{
  gint64 below = SMOOTH_ROUND (node->n_cols);

  return (below + SMOOTH_ROUND (node->n_below)) * (below + node->n_below);
}

static void
place_fronts (Inversion *inversion)
{
  const SmoothSymbolic *symbolic = inversion->cholesky->symbolic;

  for (gint64 s = symbolic->n_nodes - 1; s >= 0; s--)
    {
      const SmoothNode *node = &symbolic->nodes[s], *parent = node->parent >= 0 ? &symbolic->nodes[node->parent] : NULL;
      inversion->scratch_size = MAX (inversion->scratch_size, smooth_i_front_scratch (node));
      if (parent != NULL)
        inversion->waiting[node->parent]++;
      if (parent != NULL && !parent->is_high)
        inversion->offsets[s] = inversion->offsets[node->parent] + front_size (parent);
      if (!node->is_high)
        inversion->stack_size = MAX (inversion->stack_size, inversion->offsets[s] + front_size (node));
    }
}

static gboolean
inversion_init (Inversion *inversion, GError **error)
{
  gint64 n = inversion->cholesky->symbolic->n_nodes;
  const char *what = "the selected inverse";

  inversion->n_threads = smooth_run_get_n_threads (inversion->run);
  inversion->n_workers = smooth_i_forest_count_workers (inversion->cholesky->symbolic, inversion->run);
  inversion->offsets = smooth_i_try_alloc (n, sizeof (gint64), what, error);
  inversion->fronts = inversion->offsets != NULL ? smooth_i_try_alloc (n, sizeof (double *), what, error) : NULL;
  inversion->waiting = inversion->fronts != NULL ? smooth_i_try_alloc (n, sizeof (gint32), what, error) : NULL;
  if (inversion->waiting == NULL)
    return FALSE;
  place_fronts (inversion);
  inversion->stacks = smooth_i_try_alloc_raw (inversion->n_workers * inversion->stack_size, sizeof (double), what, error);
  if (inversion->stacks != NULL)
    inversion->scratch = smooth_i_try_alloc_raw (inversion->n_workers * inversion->scratch_size, sizeof (double), what, error);
  return inversion->scratch != NULL;
}

static void
inversion_clear (Inversion *inversion)
{
  for (gint64 s = 0; inversion->fronts != NULL && s < inversion->cholesky->symbolic->n_nodes; s++)
    smooth_i_free (inversion->fronts[s]);
  smooth_i_free (inversion->fronts);
  smooth_i_free (inversion->offsets);
  smooth_i_free (inversion->waiting);
  smooth_i_free (inversion->stacks);
  smooth_i_free (inversion->scratch);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Inversion, inversion_clear)

/* The block of a node; without values where memory ran out. */
static SmoothInverseFront
get_front (Inversion *inversion, gint32 s, gint worker)
{
  const SmoothNode *node = &inversion->cholesky->symbolic->nodes[s];
  SmoothInverseFront front = { .below = SMOOTH_ROUND (node->n_cols) };

  front.stride = front.below + SMOOTH_ROUND (node->n_below);
  if (node->is_high && inversion->fronts[s] == NULL)
    inversion->fronts[s] = smooth_i_try_alloc_raw (front_size (node), sizeof (double), "the selected inverse", NULL);
  front.values = node->is_high ? inversion->fronts[s] : inversion->stacks + worker * inversion->stack_size + inversion->offsets[s];
  return front;
}

/* Z_RR of a node from the block of its parent. */
static void
gather (const SmoothSymbolic *symbolic, const SmoothNode *node, const SmoothInverseFront *front, const SmoothInverseFront *from)
{
  const SmoothNode *parent = &symbolic->nodes[node->parent];
  const gint32 *relative = symbolic->relative + node->below;
  gint64 shift = from->below - parent->n_cols;
  gint32 n = node->n_below, n_own = 0; /* rows that are columns of the parent */

  while (n_own < n && relative[n_own] < parent->n_cols)
    n_own++;
  for (gint32 c = 0; c < n; c++)
    {
      const double *column = from->values + (relative[c] + (c < n_own ? 0 : shift)) * from->stride;
      double *to = front->values + front->below + (front->below + c) * front->stride;
      for (gint32 r = 0; r < n_own; r++)
        to[r] = column[relative[r]];
      column += shift;
      for (gint32 r = n_own; r < n; r++)
        to[r] = column[relative[r]];
    }
}

static void
invert_node (gint32 s, gint worker, gpointer data)
{
  Inversion *inversion = data;
  const SmoothCholesky *cholesky = inversion->cholesky;
  const SmoothNode *node = &cholesky->symbolic->nodes[s];

  if (atomic_load_explicit (&inversion->failed, memory_order_relaxed) || smooth_run_is_cancelled (inversion->run))
    return;
  SmoothInverseFront front = get_front (inversion, s, worker);
  if (front.values == NULL)
    {
      atomic_store (&inversion->failed, TRUE);
      return;
    }
  if (node->parent >= 0)
    {
      SmoothInverseFront parent = get_front (inversion, node->parent, worker);
      gather (cholesky->symbolic, node, &front, &parent);
      if (atomic_fetch_sub (&inversion->waiting[node->parent], 1) == 1)
        g_clear_pointer (&inversion->fronts[node->parent], smooth_i_free);
    }
  smooth_i_front_invert (&front, cholesky->values + node->values, node, inversion->scratch + worker * inversion->scratch_size,
                         node->is_high ? inversion->n_threads : 1);
  inversion->take (inversion, node, &front);
}

static gboolean
invert (Inversion *inversion, GError **error)
{
  if (!inversion_init (inversion, error))
    return FALSE;
  smooth_i_forest_descend (inversion->cholesky->symbolic, inversion->n_workers, invert_node, inversion);
  if (inversion->failed)
    smooth_error_set (error, SMOOTH_ERROR_MEMORY,
                      "not enough memory for the selected inverse of a matrix of %" PRId64 " rows",
                      inversion->cholesky->symbolic->n);
  return !inversion->failed && smooth_run_check (inversion->run, error);
}

static void
take_diagonal (Inversion *inversion, const SmoothNode *node, const SmoothInverseFront *front)
{
  const gint32 *order = inversion->cholesky->symbolic->order + node->first;

  for (gint32 j = 0; j < node->n_cols; j++)
    inversion->diagonal[order[j]] = front->values[j * (front->stride + 1)];
}

/**
 * smooth_cholesky_dup_inverse_diagonal:
 *
 * Twice the time of the factor; memory for the largest blocks alone.
 *
 * Returns: (transfer full): n: the diagonal of A^-1; to be freed with smooth_i_free()
 */
double *
smooth_cholesky_dup_inverse_diagonal (const SmoothCholesky *cholesky, SmoothRun *run, GError **error)
{
  g_auto (Inversion) inversion = { .cholesky = cholesky, .run = run, .take = take_diagonal };

  g_return_val_if_fail (cholesky->is_factored, NULL);
  inversion.diagonal = smooth_i_try_alloc (cholesky->symbolic->n, sizeof (double), "a diagonal", error);
  if (inversion.diagonal != NULL && !invert (&inversion, error))
    g_clear_pointer (&inversion.diagonal, smooth_i_free);
  return inversion.diagonal;
}

/* The place of @value among @n ascending numbers; -1 where it is not there. */
static gint64
find (const gint32 *numbers, gint64 n, gint32 value)
{
  gint64 low = 0, high = n;

  while (low < high)
    {
      gint64 middle = (low + high) / 2;
      if (numbers[middle] < value)
        low = middle + 1;
      else
        high = middle;
    }
  return low < n && numbers[low] == value ? low : -1;
}

/* The entries of the node's columns in rows that are not eliminated before, and those across the diagonal. */
static void
take_entries (Inversion *inversion, const SmoothNode *node, const SmoothInverseFront *front)
{
  const SmoothSymbolic *symbolic = inversion->cholesky->symbolic;
  const SmoothSparse *pattern = inversion->pattern;
  double *values = inversion->entries->values;

  for (gint32 j = 0; j < node->n_cols; j++)
    {
      gint32 col = symbolic->order[node->first + j];
      for (gint64 e = pattern->starts[col]; e < pattern->starts[col + 1]; e++)
        {
          gint32 row = pattern->rows[e], k = symbolic->position[row] - node->first;
          if (k < j)
            continue;
          gint64 place = k < node->n_cols ? k : find (smooth_i_get_below (symbolic, node), node->n_below, symbolic->position[row]);
          g_return_if_fail (place >= 0);
          values[e] = front->values[place + (k < node->n_cols ? 0 : front->below) + j * front->stride];
          gint64 across = find (pattern->rows + pattern->starts[row], pattern->starts[row + 1] - pattern->starts[row], col);
          if (across >= 0)
            values[pattern->starts[row] + across] = values[e];
        }
    }
}

/**
 * smooth_cholesky_new_selected_inverse:
 * @pattern: the matrix that was analysed, or one with fewer entries; symmetric
 *
 * Returns: (transfer full): A^-1 on the entries of @pattern
 */
SmoothSparse *
smooth_cholesky_new_selected_inverse (const SmoothCholesky *cholesky, const SmoothSparse *pattern, SmoothRun *run, GError **error)
{
  g_auto (Inversion) inversion = { .cholesky = cholesky, .run = run, .take = take_entries, .pattern = pattern };
  gint64 nnz = smooth_sparse_get_nnz (pattern);

  g_return_val_if_fail (cholesky->is_factored && pattern->n_cols == cholesky->symbolic->n, NULL);
  g_autoptr (SmoothSparse) entries = smooth_sparse_new (pattern->n_rows, pattern->n_cols, nnz, error);
  if (entries == NULL)
    return NULL;
  memcpy (entries->starts, pattern->starts, (gsize) (pattern->n_cols + 1) * sizeof (gint64));
  if (nnz > 0)
    memcpy (entries->rows, pattern->rows, (gsize) nnz * sizeof (gint32));
  inversion.entries = entries;
  return invert (&inversion, error) ? g_steal_pointer (&entries) : NULL;
}
