/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes over a precision matrix Q: its values by position, and what bounds its quadratic form from below.
 *
 * Each row's diagonal minus the sum of its off-diagonals' magnitudes is its slack (Gershgorin): Q - diag (slack) is
 * positive semidefinite whatever the sign of the slacks. So A = I x H + diag (m) x Q is at least the block diagonal
 * of H + slack_i diag (m), which the certificate uses. Where Q is known to be semidefinite although some slack is
 * negative (SAR), 0 serves as well for all of them.
 */
#include "base/error.h"
#include "base/parallel.h"
#include "model/grid-private.h"

#include <math.h>
#include <string.h>

#define SLACK_ROUNDING 1e-12 /* of the diagonal */
#define COLUMNS_AT_ONCE 64   /* that are compared */
#define FEW 8                /* one row in so many is few */
#define SAMPLES 64           /* columns that tell whether they are few */
#define ROWS_AT_ONCE 8192    /* that a thread takes over: whole tiles */

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

/* Goes over the columns of Q whose values may differ from those that the solver has. */
typedef struct
{
  const SmoothSparse *last; /* (nullable): of the same pattern; none: all columns */
  const SmoothSparse *q;
  gboolean is_edit; /* q was made of last, and says where they differ */
  gint64 at;
} Differences;

static Differences
differences_between (const SmoothSparse *last, const SmoothSparse *q)
{
  return (Differences) { .last = last,
                         .q = q,
                         .is_edit = last != NULL && smooth_i_edit_is_from (&q->edit, last->edit.version),
                         .at = last == q ? q->n_cols : 0 };
}

/* The next column, or -1 at the end. */
static gint64
next_column (Differences *differences)
{
  const SmoothSparse *q = differences->q;

  if (differences->is_edit)
    return differences->at < q->edit.n ? q->edit.places[differences->at++] : -1;
  gint64 j = next_difference (differences->last, q, differences->at);
  differences->at = j + 1;
  return j < q->n_cols ? j : -1;
}

/* Of an array: its blocks that hold a value that is not finite. */
typedef struct
{
  const double *values;
  gint64 n;
  guint8 *has_bad; /* n_blocks */
} Finiteness;

static void
check_block (gint64 block, gint worker, gpointer data)
{
  const Finiteness *job = data;
  gint64 end = MIN ((block + 1) * ROWS_AT_ONCE, job->n);
  double sum = 0;

  (void) worker;
  for (gint64 e = block * ROWS_AT_ONCE; e < end; e++)
    sum += 0 * job->values[e];
  job->has_bad[block] = sum != 0; /* NAN is */
}

/* Whether all are finite. */
static gboolean
are_finite (const double *values, gint64 n, gint n_threads)
{
  gint64 n_blocks = (n + ROWS_AT_ONCE - 1) / ROWS_AT_ONCE;
  g_autofree guint8 *has_bad = g_new0 (guint8, MAX (n_blocks, 1));
  Finiteness job = { values, n, has_bad };

  smooth_i_parallel (n_threads, n_blocks, check_block, &job);
  return n_blocks == 0 || memchr (has_bad, TRUE, (gsize) n_blocks) == NULL;
}

/* Whether a precision is one of these data and finite. last: (nullable): of the same pattern, known to be finite. */
gboolean
smooth_i_matrix_check_precision (const SmoothDeconvolver *solver, const SmoothPrecision *precision, const SmoothSparse *last,
                                 GError **error)
{
  const SmoothSparse *q = precision->symmetric;

  if (precision->n_spots != solver->reduced->n_spots)
    {
      smooth_error_set (error, SMOOTH_ERROR_MISMATCH, "the precision is over %" PRId64 " spots, the expression has %" PRId64,
                        precision->n_spots, solver->reduced->n_spots);
      return FALSE;
    }
  if (q == NULL)
    return TRUE;
  Differences differences = differences_between (last, q);
  if (!differences.is_edit && (last == q || are_finite (q->values, smooth_sparse_get_nnz (q), solver->n_threads)))
    return TRUE;
  for (gint64 j = next_column (&differences); j >= 0; j = next_column (&differences))
    for (gint64 e = q->starts[j]; e < q->starts[j + 1]; e++)
      if (!isfinite (q->values[e]))
        {
          smooth_error_set (error, SMOOTH_ERROR_VALUE,
                            "the precision holds %g between spots %d and %" PRId64 ", expected a number", q->values[e],
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
    {
      smooth_i_level_clear (&solver->levels[kind]);
      g_clear_pointer (&solver->grids[kind], smooth_i_grid_free);
    }
  g_clear_pointer (&solver->layout, smooth_i_layout_free);
  g_clear_pointer (&solver->pattern, smooth_sparse_unref);
  g_clear_pointer (&solver->chunks, g_free);
  g_clear_pointer (&solver->values, smooth_i_free);
  g_clear_pointer (&solver->diagonal, smooth_i_free);
  g_clear_pointer (&solver->reach, smooth_i_free);
  g_clear_pointer (&solver->slack, smooth_i_free);
  g_clear_pointer (&solver->dirty, smooth_i_free);
  g_clear_pointer (&solver->visited, smooth_i_free);
  g_clear_pointer (&solver->unread, smooth_i_free);
  g_clear_pointer (&solver->picked, smooth_i_free);
  g_clear_pointer (&solver->moved, smooth_i_free);
  g_clear_pointer (&solver->shares, smooth_i_free);
  g_clear_pointer (&solver->changes, smooth_i_free);
  g_clear_pointer (&solver->changed, smooth_i_free);
  solver->n_dirty = 0;
  solver->is_settled = FALSE;
  solver->has_shares = FALSE;
  solver->has_gradient = FALSE;
  solver->knows_moves = FALSE;
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
    solver->dirty = smooth_i_try_alloc (solver->layout->n_tiles, sizeof (guint16), "the precision", error);
  if (solver->dirty != NULL)
    solver->visited = smooth_i_try_alloc (solver->layout->n_tiles, sizeof (guint16), "the precision", error);
  if (solver->visited != NULL)
    solver->unread = smooth_i_try_alloc (solver->layout->n_tiles, sizeof (guint16), "the precision", error);
  if (solver->unread == NULL)
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

/* What a thread finds in a block of positions. */
typedef struct
{
  double smallest; /* slack, rounded */
  gint64 n_changed, n_dirty;
} RowsBlock;

typedef struct
{
  SmoothDeconvolver *solver;
  const SmoothSparse *q;
  RowsBlock *blocks;
} Rows;

/* Blocks are whole tiles, so that each has its own marks. */
static void
take_block (gint64 block, gint worker, gpointer data)
{
  const Rows *rows = data;
  SmoothDeconvolver *solver = rows->solver;
  const SmoothLayout *layout = solver->layout;
  RowsBlock found = { 0 };

  (void) worker;
  for (gint64 p = block * ROWS_AT_ONCE; p < MIN ((block + 1) * ROWS_AT_ONCE, layout->n_positions); p++)
    if (layout->spots[p] >= 0)
      {
        guint16 *dirty = &solver->dirty[p / SMOOTH_TILE];
        guint16 bit = (guint16) (take_row (solver, rows->q, p) << p % SMOOTH_TILE);
        found.n_changed += bit != 0;
        found.n_dirty += (bit & ~*dirty) != 0;
        *dirty |= bit;
        found.smallest = MIN (found.smallest, smooth_i_round_slack (solver->slack[p], solver->diagonal[p]));
      }
  rows->blocks[block] = found;
}

typedef struct
{
  SmoothDeconvolver *solver;
  gboolean is_zero; /* all of them are */
} Slacks;

static void
shift_block (gint64 block, gint worker, gpointer data)
{
  const Slacks *slacks = data;
  SmoothDeconvolver *solver = slacks->solver;

  (void) worker;
  for (gint64 p = block * ROWS_AT_ONCE; p < MIN ((block + 1) * ROWS_AT_ONCE, solver->layout->n_positions); p++)
    if (solver->layout->spots[p] >= 0)
      solver->slack[p] = slacks->is_zero ? 0 : MAX (solver->slack[p] - solver->shift, 0);
}

/* All rows, and the bound from below; returns whether a value changed. */
static gboolean
take_all (SmoothDeconvolver *solver, const SmoothSparse *q, gboolean is_semidefinite)
{
  gint64 n_blocks = (solver->layout->n_positions + ROWS_AT_ONCE - 1) / ROWS_AT_ONCE, n_changed = 0;
  g_autofree RowsBlock *blocks = g_new0 (RowsBlock, MAX (n_blocks, 1));
  Rows rows = { solver, q, blocks };
  double smallest = 0;

  smooth_i_parallel (solver->n_threads, n_blocks, take_block, &rows);
  for (gint64 block = 0; block < n_blocks; block++)
    {
      smallest = MIN (smallest, blocks[block].smallest);
      n_changed += blocks[block].n_changed;
      solver->n_dirty += blocks[block].n_dirty;
    }
  solver->slacks = smallest == 0 ? SMOOTH_SLACKS_OWN : is_semidefinite ? SMOOTH_SLACKS_ZERO : SMOOTH_SLACKS_SHIFTED;
  solver->shift = is_semidefinite ? 0 : smallest;
  Slacks slacks = { solver, smallest < 0 && is_semidefinite };
  smooth_i_parallel (solver->n_threads, n_blocks, shift_block, &slacks);
  return n_changed > 0;
}

/* Whether all but few columns may be those of before, as far as some of them tell. */
static gboolean
may_be_edit (const Differences *differences)
{
  const SmoothSparse *last = differences->last, *q = differences->q;
  gint n = 0;

  for (gint64 i = 0; i < SAMPLES && !differences->is_edit && last != q && q->n_cols > 0; i++)
    {
      gint64 j = i * q->n_cols / SAMPLES;
      n += !same_values (last, q, j, j + 1);
    }
  return n * 2 <= SAMPLES;
}

/* Takes over the rows that differ from those of the last Q, and what each changes: the levels' arrays, the certificate, what
 * local steps start from. Returns FALSE where the rows are too many to be worth that, or one is the first whose slack is
 * below 0: then all is to be done for all rows. */
static gboolean
take_edit (SmoothDeconvolver *solver, const SmoothSparse *q, gboolean *changed)
{
  Differences differences = differences_between (solver->pattern, q);
  gint64 n = 0;

  if (!may_be_edit (&differences))
    return FALSE;
  for (gint64 j = next_column (&differences); j >= 0; j = next_column (&differences))
    {
      gint64 p = solver->layout->positions[j];
      if (++n * FEW > q->n_cols)
        return FALSE;
      if (!take_row (solver, q, p))
        continue;
      *changed = TRUE;
      smooth_i_local_mark (solver, p);
      double slack = smooth_i_round_slack (solver->slack[p], solver->diagonal[p]);
      if (slack < 0 && solver->slacks == SMOOTH_SLACKS_OWN)
        return FALSE;
      solver->slack[p] = solver->slacks == SMOOTH_SLACKS_OWN ? slack : 0;
      smooth_i_certificate_mark (solver, p, FALSE);
      smooth_i_level_take_row (solver, p);
    }
  return TRUE;
}

/* The values of Q, of the layout's pattern. */
static void
take_values (SmoothDeconvolver *solver, const SmoothSparse *q, gboolean is_new, gboolean is_semidefinite)
{
  gboolean changed = FALSE;

  if (!is_new && (solver->slacks == SMOOTH_SLACKS_OWN || (is_semidefinite && solver->slacks == SMOOTH_SLACKS_ZERO)) && take_edit (solver, q, &changed))
    return;
  changed |= take_all (solver, q, is_semidefinite);
  solver->has_shares = FALSE; /* slacks are others */
  if (changed || solver->matrix == 0)
    solver->matrix++;
}

/**
 * smooth_i_matrix_set:
 * @precision: (nullable): none: Q is 0
 *
 * Keeps layout and colours if the pattern is that of before. On error the solver is as it was where the precision is
 * refused, and without layout where memory ran out.
 *
 * O(nnz) time, more if the pattern is new; less if few rows have changed, and if Q was made of the last one as its edit the
 * time is that of the rows that differ.
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
  gboolean is_new = solver->layout == NULL || had_priors || !smooth_i_sparse_same_pattern (solver->pattern, q);
  if (precision != NULL && !smooth_i_matrix_check_precision (solver, precision, is_new ? NULL : solver->pattern, error))
    return FALSE;
  if (had_priors)
    solver->lambda = -1;
  g_clear_pointer (&solver->priors, smooth_i_priors_free);
  if (is_new && !smooth_i_matrix_take_pattern (solver, q, error))
    return FALSE;
  take_values (solver, q, is_new, precision == NULL || precision->is_semidefinite);
  smooth_sparse_ref (q);
  smooth_sparse_unref (solver->pattern);
  solver->pattern = q;
  return TRUE;
}
