/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes over a precision matrix Q: its values by position, and what bounds its quadratic form from below.
 *
 * Each row's diagonal minus the sum of its off-diagonals' magnitudes is its slack (Gershgorin): Q - diag (slack) is
 * positive semidefinite whatever the sign of the slacks. So A = I x H + diag (m) x Q is at least the block diagonal
 * of H + slack_i diag (m), which the certificate uses. Where Q is known to be semidefinite although some slack is
 * negative (SAR), 0 serves as well for all of them.
 */
#include "base/error.h"
#include "model/deconvolution-private.h"

#include <math.h>
#include <string.h>

#define SLACK_ROUNDING 1e-12 /* of the diagonal */
#define COLUMNS_AT_ONCE 64   /* that are compared */

gboolean
smooth_i_same_pattern (const SmoothSparse *a, const SmoothSparse *b)
{
  if (a == b)
    return TRUE;
  if (a == NULL || b == NULL || a->n_cols != b->n_cols || smooth_sparse_get_nnz (a) != smooth_sparse_get_nnz (b))
    return FALSE;
  return memcmp (a->starts, b->starts, (gsize) (a->n_cols + 1) * sizeof (gint64)) == 0
         && memcmp (a->rows, b->rows, (gsize) smooth_sparse_get_nnz (a) * sizeof (gint32)) == 0;
}

/* Whether two matrices of one pattern have the same values in columns begin .. end - 1. */
static gboolean
same_values (const SmoothSparse *a, const SmoothSparse *b, gint64 begin, gint64 end)
{
  return memcmp (a->values + a->starts[begin], b->values + b->starts[begin],
                 (gsize) (a->starts[end] - a->starts[begin]) * sizeof (double))
         == 0;
}

/* The first column from j on whose values differ from those of the last Q; last: (nullable): then each column differs. */
static gint64
next_difference (const SmoothSparse *last, const SmoothSparse *q, gint64 j)
{
  for (; last != NULL && j < q->n_cols; j++)
    {
      while (j % COLUMNS_AT_ONCE == 0 && j + COLUMNS_AT_ONCE <= q->n_cols && same_values (last, q, j, j + COLUMNS_AT_ONCE))
        j += COLUMNS_AT_ONCE;
      if (j < q->n_cols && !same_values (last, q, j, j + 1))
        break;
    }
  return MIN (j, q->n_cols);
}

/* Whether a precision is one of these data and finite. last: (nullable): of the same pattern, known to be finite. */
gboolean
smooth_i_matrix_check_precision (const SmoothDeconvolver *solver, const SmoothPrecision *precision, const SmoothSparse *last,
                                 GError **error)
{
  const SmoothSparse *q = precision->symmetric;

  if (precision->n_spots != solver->reduced->n_spots)
    {
      g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_MISMATCH,
                   "the precision is over %" G_GINT64_FORMAT " spots, the expression has %" G_GINT64_FORMAT,
                   precision->n_spots, solver->reduced->n_spots);
      return FALSE;
    }
  for (gint64 j = q != NULL ? next_difference (last, q, 0) : 0; q != NULL && j < q->n_cols;
       j = next_difference (last, q, j + 1))
    for (gint64 e = q->starts[j]; e < q->starts[j + 1]; e++)
      if (!isfinite (q->values[e]))
        {
          g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE,
                       "the precision holds %g between spots %d and %" G_GINT64_FORMAT ", expected a number", q->values[e],
                       q->rows[e] + 1, j + 1);
          return FALSE;
        }
  return TRUE;
}

/* Moves the iterate out of the levels and drops all that depends on the layout. */
static gboolean
drop_layout (SmoothDeconvolver *solver, GError **error)
{
  if (!smooth_i_take_abundances (solver, error))
    return FALSE;
  for (gint kind = 0; kind < SMOOTH_N_LEVELS; kind++)
    smooth_i_level_clear (&solver->levels[kind]);
  g_clear_pointer (&solver->layout, smooth_i_layout_free);
  g_clear_pointer (&solver->pattern, smooth_sparse_unref);
  g_clear_pointer (&solver->chunks, g_free);
  g_clear_pointer (&solver->values, smooth_i_free);
  g_clear_pointer (&solver->diagonal, smooth_i_free);
  g_clear_pointer (&solver->reach, smooth_i_free);
  g_clear_pointer (&solver->slack, smooth_i_free);
  g_clear_pointer (&solver->dirty, smooth_i_free);
  solver->n_dirty = 0;
  solver->is_settled = FALSE;
  return TRUE;
}

/* Drops the layout and makes that of a pattern, with room for the values. */
gboolean
smooth_i_matrix_take_pattern (SmoothDeconvolver *solver, SmoothSparse *pattern, GError **error)
{
  if (!drop_layout (solver, error))
    return FALSE;
  solver->layout = smooth_i_layout_new (solver->reduced->n_spots, pattern, error);
  if (solver->layout == NULL)
    return FALSE;
  gint64 n = solver->layout->n_positions;
  solver->values = smooth_i_try_alloc (solver->layout->starts[n], sizeof (double), "the precision", error);
  if (solver->values != NULL)
    solver->diagonal = smooth_i_try_alloc (n, sizeof (double), "the precision", error);
  if (solver->diagonal != NULL)
    solver->reach = smooth_i_try_alloc (n, sizeof (double), "the precision", error);
  if (solver->reach != NULL)
    solver->slack = smooth_i_try_alloc (n, sizeof (double), "the precision", error);
  if (solver->slack != NULL)
    solver->dirty = smooth_i_try_alloc (solver->layout->n_tiles, sizeof (guint8), "the precision", error);
  if (solver->dirty == NULL)
    return FALSE;
  solver->pattern = smooth_sparse_ref (pattern);
  return TRUE;
}

/* Writes the row of a position; returns whether a value changed. */
static gboolean
take_row (SmoothDeconvolver *solver, const SmoothSparse *q, gint64 position)
{
  gint32 spot = solver->layout->spots[position];
  gint64 to = solver->layout->starts[position];
  double diagonal = 0, reach = 0;
  gboolean changed = FALSE;

  for (gint64 e = q->starts[spot]; e < q->starts[spot + 1]; e++)
    {
      double value = q->values[e];
      if (q->rows[e] == spot)
        {
          diagonal = value;
          continue;
        }
      changed |= solver->values[to] != value;
      solver->values[to++] = value;
      reach += fabs (value);
    }
  changed |= solver->diagonal[position] != diagonal;
  solver->diagonal[position] = diagonal;
  solver->reach[position] = reach + fabs (diagonal);
  solver->slack[position] = diagonal - reach;
  return changed;
}

/* A slack that is below 0 by rounding alone is 0. */
double
smooth_i_round_slack (double slack, double diagonal)
{
  return slack < 0 && slack >= -SLACK_ROUNDING * fabs (diagonal) ? 0 : slack;
}

static void
bound_from_below (SmoothDeconvolver *solver, gboolean is_semidefinite)
{
  gint64 n = solver->layout->n_positions;
  double smallest = 0;

  for (gint64 p = 0; p < n; p++)
    smallest = MIN (smallest, smooth_i_round_slack (solver->slack[p], solver->diagonal[p]));
  solver->has_slacks = smallest == 0;
  solver->shift = is_semidefinite ? 0 : smallest;
  for (gint64 p = 0; p < n; p++)
    if (solver->layout->spots[p] >= 0)
      solver->slack[p] = smallest < 0 && is_semidefinite ? 0 : MAX (solver->slack[p] - solver->shift, 0);
}

/**
 * smooth_i_matrix_set:
 * @precision: (nullable): none: Q is 0
 *
 * Keeps layout and colours if the pattern is that of before. On error the solver is as it was where the precision is
 * refused, and without layout where memory ran out.
 *
 * O(nnz) time, more if the pattern is new, and less if few rows have changed.
 */
gboolean
smooth_i_matrix_set (SmoothDeconvolver *solver, SmoothPrecision *precision, GError **error)
{
  g_autoptr (SmoothSparse) empty = NULL;
  SmoothSparse *q = precision != NULL ? precision->symmetric : NULL;

  if (q == NULL)
    q = empty = smooth_sparse_new (solver->reduced->n_spots, solver->reduced->n_spots, 0, error);
  if (q == NULL)
    return FALSE;
  gboolean had_priors = solver->priors != NULL;
  gboolean is_new = solver->layout == NULL || had_priors || !smooth_i_same_pattern (solver->pattern, q);
  const SmoothSparse *last = is_new || !solver->has_slacks ? NULL : solver->pattern;
  if (precision != NULL && !smooth_i_matrix_check_precision (solver, precision, last, error))
    return FALSE;
  if (had_priors)
    solver->lambda = -1;
  g_clear_pointer (&solver->priors, smooth_i_priors_free);
  if (is_new && !smooth_i_matrix_take_pattern (solver, q, error))
    return FALSE;

  gboolean changed = FALSE;
  for (gint64 j = next_difference (last, q, 0); j < q->n_cols; j = next_difference (last, q, j + 1))
    if (take_row (solver, q, solver->layout->positions[j]))
      {
        changed = TRUE;
        smooth_i_local_mark (solver, solver->layout->positions[j]);
      }
  bound_from_below (solver, precision == NULL || precision->is_semidefinite);
  smooth_sparse_ref (q);
  smooth_sparse_unref (solver->pattern);
  solver->pattern = q;
  if (changed || solver->matrix == 0)
    solver->matrix++;
  return TRUE;
}
