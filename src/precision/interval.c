/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For which rho a prior of the form D - rho W is positive semidefinite.
 *
 * With S the symmetric part of W: D - rho S >= 0 if and only if rho mu <= 1 for every eigenvalue mu of D^-1/2 S D^-1/2. For
 * CAR D is the identity; for ICAR it holds the row sums of W, and mu <= 1 wherever W is symmetric, so that only directed or
 * row-scaled graphs need a look. The ends of the spectrum come from Lanczos' iteration, which sees them from inside, with
 * its error added; the largest row sum of D^-1 S bounds them from outside as well, and more tightly on large lattices.
 */
#include "precision/precision-private.h"

#include "base/parallel.h"
#include "linalg/lanczos.h"

#include <math.h>

#define MAX_STEPS 100
#define TOLERANCE 1e-9

typedef struct
{
  const SmoothSparse *part; /* S */
  double *scale;            /* diag (D^-1/2) */
  gint n_threads;
  const double *x;
  double *y;
} Operator;

static void
apply_block (gint64 block, gint worker, gpointer data)
{
  const Operator *op = data;
  gint64 last = MIN ((block + 1) * SMOOTH_COLUMN_BLOCK, op->part->n_cols);

  (void) worker;
  for (gint64 j = block * SMOOTH_COLUMN_BLOCK; j < last; j++)
    {
      double sum = 0.0;
      for (gint64 e = op->part->starts[j]; e < op->part->starts[j + 1]; e++)
        sum += op->part->values[e] * op->scale[op->part->rows[e]] * op->x[op->part->rows[e]];
      op->y[j] = op->scale[j] * sum;
    }
}

static void
apply (const double *x, double *y, gpointer data)
{
  Operator *op = data;

  op->x = x;
  op->y = y;
  smooth_i_parallel (op->n_threads, (op->part->n_cols + SMOOTH_COLUMN_BLOCK - 1) / SMOOTH_COLUMN_BLOCK, apply_block, op);
}

/* W^T with negative weights taken as 0. */
static SmoothSparse *
copy_positive (const SmoothSparse *weights, GError **error)
{
  gint64 nnz = smooth_sparse_get_nnz (weights);
  SmoothSparse *copy = smooth_sparse_new (weights->n_rows, weights->n_cols, nnz, error);

  if (copy == NULL)
    return NULL;
  for (gint64 j = 0; j < weights->n_cols; j++)
    copy->starts[j + 1] = weights->starts[j + 1];
  for (gint64 e = 0; e < nnz; e++)
    {
      copy->rows[e] = weights->rows[e];
      copy->values[e] = MAX (weights->values[e], 0.0);
    }
  return copy;
}

static double
column_sum (const SmoothSparse *sparse, gint64 j)
{
  double sum = 0.0;

  for (gint64 e = sparse->starts[j]; e < sparse->starts[j + 1]; e++)
    sum += sparse->values[e];
  return sum;
}

static gboolean
measure (Operator *op, double row_sum_bound, SmoothInterval *interval, SmoothRun *run, GError **error)
{
  SmoothSpectrum spectrum;

  if (!smooth_i_lanczos (apply, op, op->part->n_cols, MAX_STEPS, TOLERANCE, &spectrum, run, error))
    return FALSE;

  double lower = MAX (spectrum.min - spectrum.min_error, -row_sum_bound);
  interval->upper = MIN (spectrum.max + spectrum.max_error, row_sum_bound);
  interval->rho_max = interval->upper > 0.0 ? 1.0 / interval->upper : INFINITY;
  interval->rho_min = lower < 0.0 ? 1.0 / lower : -INFINITY;
  return TRUE;
}

static gboolean
compute (const SmoothGraph *graph, gint kind, SmoothInterval *interval, SmoothRun *run, GError **error)
{
  gint64 n = graph->n_spots;
  double bound = 0.0;
  g_autoptr (SmoothSparse) positive = copy_positive (graph->weights, error);
  g_autoptr (SmoothSparse) part = positive != NULL ? smooth_i_symmetric_part (positive, error) : NULL;
  double *scale = part != NULL ? smooth_i_try_alloc (n, sizeof (double), "row sums", error) : NULL;

  if (scale == NULL)
    return FALSE;
  for (gint64 i = 0; i < n; i++)
    {
      double d = kind == SMOOTH_PRIOR_CAR ? 1.0 : column_sum (positive, i); /* column i of W^T is row i of W */
      scale[i] = 1.0 / sqrt (d);
      bound = MAX (bound, column_sum (part, i) / d);
    }
  Operator op = { .part = part, .scale = scale, .n_threads = smooth_run_get_n_threads (run) };
  gboolean done = measure (&op, bound, interval, run, error);
  smooth_i_free (scale);
  return done;
}

/* The intervals of a graph, each once it was needed. */
typedef struct
{
  gint kind;
  SmoothInterval interval;
} Known;

/**
 * smooth_i_find_interval:
 * @kind: SMOOTH_PRIOR_CAR or SMOOTH_PRIOR_ICAR
 * @interval: (out): on the safe side where Lanczos' iteration has not converged
 *
 * The graph remembers the last answer, because rho moves more often than the graph does.
 *
 * At most 100 multiplications by the weights.
 */
gboolean
smooth_i_find_interval (const SmoothGraph *graph, gint kind, SmoothInterval *interval, SmoothRun *run, GError **error)
{
  gpointer *place = (gpointer *) &graph->spectrum;
  const Known *known = g_atomic_pointer_get (place);

  if (known != NULL && known->kind == kind)
    {
      *interval = known->interval;
      return TRUE;
    }
  if (!compute (graph, kind, interval, run, error))
    return FALSE;
  if (known == NULL)
    {
      Known *fresh = g_new (Known, 1);
      *fresh = (Known){ .kind = kind, .interval = *interval };
      if (!g_atomic_pointer_compare_and_exchange (place, NULL, fresh))
        g_free (fresh); /* another thread came first, with the same answer */
    }
  return TRUE;
}
