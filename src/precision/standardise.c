/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Priors under which every spot has variance 1: Q <- S Q S, S = diag (sqrt (diag (Q^-1))).
 *
 * diag (Q^-1) comes from the selected inverse of a sparse Cholesky factor (Takahashi's equations), never from a dense inverse.
 * Where Q is not symmetric it comes from one solve a spot with LU factors, as the reference has it: it may be positive there even if
 * the symmetric part, of which the report warns, is indefinite. A singular Q has no inverse: then S = diag (Q)^-1/2.
 * For SMA, Q^-1 = A A^T: its diagonal holds the squared norms of the rows of A, and dividing each row by its norm is all.
 *
 * Source: Su et al., Genome Biology 24 (2023) 291; Takahashi, Fagan and Chin (1973) for the selected inverse.
 */
#include "precision/precision-private.h"

#include "base/error.h"
#include "base/parallel.h"
#include "linalg/cholesky.h"

#include <math.h>

#define SINGULAR 1e-14 /* a reciprocal condition below this is rounding */
#define SOLVE_BLOCK 32
#define MAX_THREADS 8

/* ---- The diagonal of the inverse ---- */

/* FALSE with @error; TRUE with *is_definite FALSE where there is no positive definite inverse. */
static gboolean
invert_symmetric (const SmoothPrecision *precision, double *diagonal, gboolean *is_definite, SmoothRun *run, GError **error)
{
  const SmoothSparse *q = precision->symmetric;
  g_autoptr (SmoothCholesky) cholesky = smooth_cholesky_new_for (precision->symbolic, q, NULL, run, error);

  if (cholesky == NULL || !smooth_cholesky_factor (cholesky, q, is_definite, run, error))
    return FALSE;
  *is_definite = *is_definite && smooth_cholesky_get_rcond (cholesky) > SINGULAR;
  if (!*is_definite)
    return TRUE;
  double *found = smooth_cholesky_dup_inverse_diagonal (cholesky, run, error);
  if (found == NULL)
    return FALSE;
  for (gint64 i = 0; i < q->n_cols; i++)
    diagonal[i] = found[i];
  smooth_i_free (found);
  return TRUE;
}

typedef struct
{
  const SmoothLu *factor;
  gint64 n;
  double *diagonal;
  SmoothLuWork *work[MAX_THREADS];
  double *vectors[MAX_THREADS]; /* 2 n, of zeros */
  SmoothRun *run;
} Columns;

static void
solve_block (gint64 block, gint worker, gpointer data)
{
  const Columns *columns = data;
  double *unit = columns->vectors[worker], *x = unit + columns->n;
  gint64 last = MIN ((block + 1) * SOLVE_BLOCK, columns->n);

  for (gint64 i = block * SOLVE_BLOCK; i < last && !smooth_run_is_cancelled (columns->run); i++)
    {
      unit[i] = 1.0;
      smooth_lu_solve (columns->factor, FALSE, unit, x, columns->work[worker]);
      unit[i] = 0.0;
      columns->diagonal[i] = x[i];
    }
}

static gboolean
invert_unsymmetric (const SmoothSparse *q, double *diagonal, gboolean *is_definite, SmoothRun *run, GError **error)
{
  g_autoptr (GError) refusal = NULL;
  g_autoptr (SmoothLu) factor = smooth_lu_new (q, &refusal);
  Columns columns = { .factor = factor, .n = q->n_cols, .diagonal = diagonal, .run = run };
  gint n_workers = CLAMP (smooth_run_get_n_threads (run), 1, MAX_THREADS);
  gboolean done = TRUE;

  *is_definite = factor != NULL && smooth_lu_get_rcond (factor) > SINGULAR;
  if (refusal != NULL && !g_error_matches (refusal, SMOOTH_ERROR, SMOOTH_ERROR_NUMERIC))
    {
      g_propagate_error (error, g_steal_pointer (&refusal));
      return FALSE;
    }
  if (!*is_definite)
    return TRUE;
  for (gint i = 0; i < n_workers && done; i++)
    {
      columns.work[i] = smooth_lu_work_new (factor, error);
      columns.vectors[i] = columns.work[i] != NULL ? smooth_i_try_alloc (MAX (2 * columns.n, 1), sizeof (double), "a workspace", error) : NULL;
      done = columns.vectors[i] != NULL;
    }
  if (done)
    smooth_i_parallel (n_workers, (columns.n + SOLVE_BLOCK - 1) / SOLVE_BLOCK, solve_block, &columns);
  for (gint i = 0; i < n_workers; i++)
    {
      smooth_lu_work_free (columns.work[i]);
      smooth_i_free (columns.vectors[i]);
    }
  if (!done || !smooth_run_check (run, error))
    return FALSE;
  for (gint64 i = 0; i < columns.n; i++)
    *is_definite = *is_definite && diagonal[i] > 0.0;
  return TRUE;
}

/* ---- Scaling ---- */

/* S A S, s: n. */
static SmoothSparse *
scale_both (const SmoothSparse *a, const double *s, GError **error)
{
  gint64 nnz = smooth_sparse_get_nnz (a);
  SmoothSparse *scaled = smooth_sparse_new (a->n_rows, a->n_cols, nnz, error);

  if (scaled == NULL)
    return NULL;
  for (gint64 j = 0; j < a->n_cols; j++)
    {
      scaled->starts[j + 1] = a->starts[j + 1];
      for (gint64 e = a->starts[j]; e < a->starts[j + 1]; e++)
        {
          scaled->rows[e] = a->rows[e];
          scaled->values[e] = (s[a->rows[e]] * s[j]) * a->values[e];
        }
    }
  return scaled;
}

static gboolean
refuse (const SmoothPrecision *precision, GError **error)
{
  smooth_error_set (
      error, SMOOTH_ERROR_NUMERIC,
      "the prior cannot be standardised: it is not positive definite, so spots have no prior variance; expected rho between "
      "%.4g and %.4g",
      precision->rho_min, precision->rho_max);
  return FALSE;
}

/**
 * smooth_i_standardise:
 * @precision: with q, symmetric, diagonal and the interval of rho; changed in place, as it was on error
 *
 * One sparse Cholesky factor and its selected inverse; where Q is not symmetric n solves with LU factors.
 */
gboolean
smooth_i_standardise (SmoothPrecision *precision, SmoothRun *run, GError **error)
{
  gint64 n = precision->n_spots;
  gboolean is_definite = FALSE, is_symmetric = precision->q == precision->symmetric;
  g_autofree double *s = smooth_i_try_new (double, n, "prior variances", error);

  if (s == NULL)
    return FALSE;
  if (!precision->is_semidefinite && is_symmetric)
    return refuse (precision, error);
  if (is_symmetric ? !invert_symmetric (precision, s, &is_definite, run, error)
                   : !invert_unsymmetric (precision->q, s, &is_definite, run, error))
    return FALSE;
  if (!is_definite && !precision->is_semidefinite)
    return refuse (precision, error);
  for (gint64 i = 0; i < n; i++)
    s[i] = is_definite ? sqrt (s[i]) : precision->diagonal[i] > 0.0 ? 1.0 / sqrt (precision->diagonal[i]) : 1.0;
  if (!is_definite)
    smooth_report_add (precision->report, SMOOTH_REPORT_WARNING,
                       "the prior is singular, so that spots have no prior variance: its diagonal was scaled to 1 instead");

  for (gint64 i = 0; i < n; i++)
    if (!(s[i] > 0.0 && isfinite (s[i])))
      {
        smooth_error_set (error, SMOOTH_ERROR_NUMERIC,
                          "the prior cannot be standardised: the weights of spot %" PRId64
                          " are too weak to compute with (%g); choose a "
                          "larger bandwidth",
                          i + 1, precision->diagonal[i]);
        return FALSE;
      }

  g_autoptr (SmoothSparse) q = scale_both (precision->q, s, error);
  g_autoptr (SmoothSparse) symmetric = q == NULL ? NULL : is_symmetric ? smooth_sparse_ref (q) : scale_both (precision->symmetric, s, error);
  if (symmetric == NULL)
    return FALSE;
  smooth_sparse_unref (precision->q);
  smooth_sparse_unref (precision->symmetric);
  precision->q = g_steal_pointer (&q);
  precision->symmetric = g_steal_pointer (&symmetric);
  for (gint64 i = 0; i < n; i++)
    precision->diagonal[i] *= s[i] * s[i];
  return TRUE;
}

/* SMA: divides each row of A, given by its transpose, by its norm. In place. */
void
smooth_i_standardise_factor (SmoothSparse *transposed)
{
  for (gint64 i = 0; i < transposed->n_cols; i++)
    {
      double square = 0.0;
      for (gint64 e = transposed->starts[i]; e < transposed->starts[i + 1]; e++)
        square += transposed->values[e] * transposed->values[e];
      for (gint64 e = transposed->starts[i]; e < transposed->starts[i + 1]; e++)
        transposed->values[e] /= square > 0.0 ? sqrt (square) : 1.0;
    }
}
