/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The analysis of a pattern: an order of elimination, and the supernodes of L and their tree, found by CHOLMOD.
 *
 * Rows with places in space are ordered by these (linalg/dissect.h), others by minimum degree. CHOLMOD merges small supernodes,
 * with zeros stored between them (C. Ashcraft, R. Grimes, ACM Trans. Math. Softw. 15 (1989) 291); its measure proved best here.
 */
#include "linalg/symbolic-private.h"

#include "base/error.h"
#include "linalg/dissect.h"

#include <string.h>
#include <suitesparse/cholmod.h>

/* CHOLMOD's objects while an analysis is made. */
typedef struct
{
  cholmod_common common;
  cholmod_sparse *upper;
  cholmod_factor *factor;
} Cholmod;

static void
cholmod_begin (Cholmod *cholmod)
{
  *cholmod = (Cholmod){ 0 };
  cholmod_l_start (&cholmod->common);
  cholmod->common.print = 0;
  cholmod->common.error_handler = NULL;
  cholmod->common.try_catch = TRUE;
  cholmod->common.supernodal = CHOLMOD_SUPERNODAL;
  cholmod->common.nmethods = 1;
  cholmod->common.postorder = TRUE;
}

static void
cholmod_end (Cholmod *cholmod)
{
  if (cholmod->factor != NULL)
    cholmod_l_free_factor (&cholmod->factor, &cholmod->common);
  if (cholmod->upper != NULL)
    cholmod_l_free_sparse (&cholmod->upper, &cholmod->common);
  cholmod_l_finish (&cholmod->common);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Cholmod, cholmod_end)

static gboolean
fail (const Cholmod *cholmod, const SmoothSparse *pattern, GError **error)
{
  if (cholmod->common.status == CHOLMOD_OUT_OF_MEMORY)
    smooth_error_set (error, SMOOTH_ERROR_MEMORY,
                      "not enough memory to analyse a sparse matrix of %" PRId64 " rows and %" PRId64 " entries",
                      pattern->n_cols, smooth_sparse_get_nnz (pattern));
  else
    smooth_error_set (error, SMOOTH_ERROR_NUMERIC, "cannot analyse a sparse matrix of %" PRId64 " rows (CHOLMOD status %d)",
                      pattern->n_cols, cholmod->common.status);
  return FALSE;
}

/* The upper triangle of the pattern in CHOLMOD's terms. */
static gboolean
copy_upper (Cholmod *cholmod, const SmoothSparse *pattern, GError **error)
{
  gint64 n = pattern->n_cols, nnz = (smooth_sparse_get_nnz (pattern) + n) / 2, next = 0;

  cholmod->upper = cholmod_l_allocate_sparse ((gsize) n, (gsize) n, (gsize) nnz, TRUE, TRUE, 1, CHOLMOD_PATTERN, &cholmod->common);
  if (cholmod->upper == NULL)
    return fail (cholmod, pattern, error);
  SuiteSparse_long *starts = cholmod->upper->p, *rows = cholmod->upper->i;
  for (gint64 j = 0; j < n; j++)
    {
      starts[j] = next;
      for (gint64 e = pattern->starts[j]; e < pattern->starts[j + 1] && pattern->rows[e] <= j; e++)
        rows[next++] = pattern->rows[e];
    }
  starts[n] = next;
  return TRUE;
}

static gboolean
analyse (Cholmod *cholmod, const SmoothSparse *pattern, const double *coords, gint n_dims, SmoothRun *run, GError **error)
{
  g_autofree SuiteSparse_long *order = NULL;

  if (coords != NULL)
    {
      gint32 *dissected = smooth_i_dissect (pattern, coords, n_dims, run, error);
      order = dissected != NULL ? smooth_i_try_new (SuiteSparse_long, pattern->n_cols, "an order of elimination", error) : NULL;
      for (gint64 i = 0; order != NULL && i < pattern->n_cols; i++)
        order[i] = dissected[i];
      smooth_i_free (dissected);
      if (order == NULL)
        return FALSE;
    }
  if (!copy_upper (cholmod, pattern, error) || !smooth_run_check (run, error))
    return FALSE;
  cholmod->common.method[0].ordering = coords != NULL ? CHOLMOD_GIVEN : CHOLMOD_AMD;
  cholmod->factor = cholmod_l_analyze_p (cholmod->upper, order, NULL, 0, &cholmod->common);
  return cholmod->factor != NULL || fail (cholmod, pattern, error);
}

static gpointer
copy (gconstpointer from, gint64 n, gsize size, GError **error)
{
  gpointer to = smooth_i_try_alloc (n, size, "an analysis", error);

  if (to != NULL && n > 0)
    memcpy (to, from, (gsize) n * size);
  return to;
}

static gboolean
allocate (SmoothSymbolic *symbolic, const SmoothSparse *pattern, const cholmod_factor *factor, GError **error)
{
  gint64 n = pattern->n_cols, nnz = smooth_sparse_get_nnz (pattern);

  symbolic->n = n;
  symbolic->n_nodes = (gint64) factor->nsuper;
  symbolic->n_below = (gint64) factor->ssize - n;
  return (symbolic->starts = copy (pattern->starts, n + 1, sizeof (gint64), error)) != NULL
         && (symbolic->rows = copy (pattern->rows, nnz, sizeof (gint32), error)) != NULL
         && (symbolic->places = smooth_i_try_alloc (nnz, sizeof (gint32), "an analysis", error)) != NULL
         && (symbolic->order = smooth_i_try_alloc (n, sizeof (gint32), "an analysis", error)) != NULL
         && (symbolic->position = smooth_i_try_alloc (n, sizeof (gint32), "an analysis", error)) != NULL
         && (symbolic->nodes = smooth_i_try_alloc (symbolic->n_nodes, sizeof (SmoothNode), "an analysis", error)) != NULL
         && (symbolic->below = smooth_i_try_alloc (symbolic->n_below, sizeof (gint32), "an analysis", error)) != NULL
         && (symbolic->relative = smooth_i_try_alloc (symbolic->n_below, sizeof (gint32), "an analysis", error)) != NULL;
}

/* The rows of a node come in CHOLMOD's lists with its own columns first. */
static void
take_nodes (SmoothSymbolic *symbolic, const cholmod_factor *factor)
{
  const SuiteSparse_long *super = factor->super, *begins = factor->pi, *rows = factor->s, *perm = factor->Perm;
  gint64 next = 0;

  for (gint64 k = 0; k < symbolic->n; k++)
    {
      symbolic->order[k] = (gint32) perm[k];
      symbolic->position[perm[k]] = (gint32) k;
    }
  for (gint64 s = 0; s < symbolic->n_nodes; s++)
    {
      SmoothNode *node = &symbolic->nodes[s];
      node->first = (gint32) super[s];
      node->n_cols = (gint32) (super[s + 1] - super[s]);
      node->n_below = (gint32) (begins[s + 1] - begins[s]) - node->n_cols;
      node->stride = SMOOTH_ROUND (node->n_cols + node->n_below);
      node->values = symbolic->n_values;
      symbolic->n_values += (gint64) node->stride * node->n_cols;
      node->below = next;
      for (SuiteSparse_long t = begins[s] + node->n_cols; t < begins[s + 1]; t++)
        symbolic->below[next++] = (gint32) rows[t];
    }
}

/* The parent of each node, and which of its rows are a child's. */
static gboolean
relate_nodes (SmoothSymbolic *symbolic, GError **error)
{
  gint32 *owner = smooth_i_try_alloc (symbolic->n, sizeof (gint32), "an analysis", error);

  if (owner == NULL)
    return FALSE;
  for (gint32 s = 0; s < symbolic->n_nodes; s++)
    {
      SmoothNode *node = &symbolic->nodes[s];
      node->first_below = s;
      for (gint32 j = 0; j < node->n_cols; j++)
        owner[node->first + j] = s;
    }
  for (gint32 s = 0; s < symbolic->n_nodes; s++)
    {
      SmoothNode *node = &symbolic->nodes[s];
      const gint32 *below = smooth_i_get_below (symbolic, node);
      gint32 *relative = symbolic->relative + node->below, i = 0;
      node->parent = node->n_below > 0 ? owner[below[0]] : -1;
      if (node->parent < 0)
        continue;
      SmoothNode *parent = &symbolic->nodes[node->parent];
      const gint32 *rows = smooth_i_get_below (symbolic, parent);
      parent->first_below = MIN (parent->first_below, node->first_below);
      for (gint32 t = 0; t < node->n_below; t++)
        {
          if (below[t] < parent->first + parent->n_cols)
            {
              relative[t] = below[t] - parent->first;
              continue;
            }
          while (rows[i] != below[t])
            i++;
          relative[t] = parent->n_cols + i;
        }
    }
  smooth_i_free (owner);
  return TRUE;
}

/* Where each entry of the pattern goes: those of the rows below are looked up by @where, n. */
static void
place_entries (SmoothSymbolic *symbolic, gint32 *where)
{
  for (gint64 s = 0; s < symbolic->n_nodes; s++)
    {
      const SmoothNode *node = &symbolic->nodes[s];
      const gint32 *below = smooth_i_get_below (symbolic, node);
      for (gint32 j = 0; j < node->n_cols; j++)
        where[node->first + j] = j;
      for (gint32 t = 0; t < node->n_below; t++)
        where[below[t]] = node->n_cols + t;
      for (gint32 j = node->first; j < node->first + node->n_cols; j++)
        {
          gint32 col = symbolic->order[j];
          for (gint64 e = symbolic->starts[col]; e < symbolic->starts[col + 1]; e++)
            {
              gint32 row = symbolic->position[symbolic->rows[e]];
              symbolic->places[e] = row >= j ? where[row] : -1;
            }
        }
    }
}

/**
 * smooth_symbolic_new:
 * @pattern: n x n, symmetric, with both triangles and the whole diagonal stored; its values are not looked at
 * @coords: (nullable): n x @n_dims, row-major, finite: where the rows lie in space
 * @run: (nullable): cancels it, between its steps: the longest is CHOLMOD's, about a third of the whole
 *
 * About the time of a numeric factor, and 8 bytes for each entry of @pattern and each row of a supernode.
 *
 * Returns: (transfer full): the analysis
 */
SmoothSymbolic *
smooth_symbolic_new (const SmoothSparse *pattern, const double *coords, gint n_dims, SmoothRun *run, GError **error)
{
  g_autoptr (SmoothSymbolic) symbolic = g_new0 (SmoothSymbolic, 1);
  g_auto (Cholmod) cholmod;

  cholmod_begin (&cholmod);
  g_atomic_ref_count_init (&symbolic->ref_count);
  g_return_val_if_fail (pattern->n_rows == pattern->n_cols, NULL);
  if (!analyse (&cholmod, pattern, coords, n_dims, run, error) || !smooth_run_check (run, error)
      || !allocate (symbolic, pattern, cholmod.factor, error))
    return NULL;
  take_nodes (symbolic, cholmod.factor);
  gint32 *where = relate_nodes (symbolic, error) ? smooth_i_try_alloc (symbolic->n, sizeof (gint32), "an analysis", error) : NULL;
  if (where == NULL)
    return NULL;
  place_entries (symbolic, where);
  smooth_i_free (where);
  return smooth_i_forest_init (symbolic, error) ? g_steal_pointer (&symbolic) : NULL;
}

SmoothSymbolic *
smooth_symbolic_ref (SmoothSymbolic *symbolic)
{
  g_atomic_ref_count_inc (&symbolic->ref_count);
  return symbolic;
}

void
smooth_symbolic_unref (SmoothSymbolic *symbolic)
{
  if (symbolic == NULL || !g_atomic_ref_count_dec (&symbolic->ref_count))
    return;
  smooth_i_free (symbolic->starts);
  smooth_i_free (symbolic->rows);
  smooth_i_free (symbolic->places);
  smooth_i_free (symbolic->order);
  smooth_i_free (symbolic->position);
  smooth_i_free (symbolic->nodes);
  smooth_i_free (symbolic->below);
  smooth_i_free (symbolic->relative);
  g_free (symbolic->items_up);
  g_free (symbolic->items_down);
  g_free (symbolic);
}

/* The number of entries of L, with the explicit zeros of its supernodes. */
gint64
smooth_symbolic_get_nnz (const SmoothSymbolic *symbolic)
{
  return symbolic->n_values;
}

/* Whether @matrix has the pattern that was analysed. */
gboolean
smooth_i_symbolic_fits (const SmoothSymbolic *symbolic, const SmoothSparse *matrix)
{
  gint64 n = matrix->n_cols, nnz = smooth_sparse_get_nnz (matrix);

  return n == symbolic->n && matrix->n_rows == n && nnz == symbolic->starts[n]
         && memcmp (matrix->starts, symbolic->starts, (gsize) (n + 1) * sizeof (gint64)) == 0
         && (nnz == 0 || memcmp (matrix->rows, symbolic->rows, (gsize) nnz * sizeof (gint32)) == 0);
}
