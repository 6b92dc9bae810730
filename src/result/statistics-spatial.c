/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How much less spots tell that are like their neighbours: the variance of a difference of means under the prior.
 *
 * A variable is taken to have the covariance s^2 (h R + (1 - h) I): a share h that varies over the section as the prior says,
 * R = D^-1/2 Q^-1 D^-1/2 with D = diag (Q^-1), and noise of each spot. Let r be the residuals from the means of the two
 * groups, W the adjacency of neighbours within a group, M the centring of a group. Then
 *
 *     E r'Wr = s^2 [h tr (MWM R) + (1 - h) tr (MWM)]      E r'r = s^2 [h tr (MR) + (1 - h) tr (M)]
 *
 * and the quotient of both that is observed gives h, limited to 0 .. 1. With c = 1/n_a on group a, -1/n_b on b, the variance
 * of the difference of means is larger than for independent spots by
 *
 *     v = [h c'Rc + (1 - h) c'c] / (c'c [h E_R + (1 - h)]),    E_R = tr (M_ab R) / (n - 1): the pooled variance, by which
 *                                                              the test has divided
 *
 * All traces come from two solves with Q, and the entries of Q^-1 at neighbours from its selected inverse. The idea of an
 * effective sample size: Clifford, Richardson and Hemon, Biometrics 45 (1989) 123; Dutilleul, Biometrics 49 (1993) 305.
 */
#include "result/statistics-private.h"

#include "base/error.h"
#include "linalg/cholesky.h"

#include <math.h>
#include <string.h>

#define SINGULAR 1e-13

static gint
side_of (guint8 group)
{
  return group == SMOOTH_GROUP_A ? 0 : 1;
}

/* Neighbours are what the prior joins. */
static void
list_neighbours (SmoothSpotLikeness *likeness, const SmoothSparse *q, const guint8 *groups)
{
  gint64 n = q->n_cols;

  likeness->starts = g_new0 (gint64, n + 1);
  likeness->neighbours = g_new (gint32, MAX (smooth_sparse_get_nnz (q), 1));
  for (gint64 i = 0; i < n; i++)
    {
      gint64 next = likeness->starts[i];
      for (gint64 e = q->starts[i]; e < q->starts[i + 1] && groups[i] != SMOOTH_GROUP_NONE; e++)
        if (q->rows[e] != i && q->values[e] != 0.0 && groups[q->rows[e]] == groups[i])
          likeness->neighbours[next++] = q->rows[e];
      likeness->starts[i + 1] = next;
      if (groups[i] != SMOOTH_GROUP_NONE)
        likeness->degrees[side_of (groups[i])] += (double) (next - likeness->starts[i]);
    }
}

/* @x becomes Q^-1 x, column by column: by a solve, or by the covariance where that is the sparse one. */
static gboolean
multiply (SmoothCholesky *cholesky, const SmoothSparse *covariance, SmoothMatrix *x, SmoothRun *run, GError **error)
{
  if (cholesky != NULL)
    return smooth_cholesky_solve (cholesky, x, run, error);
  g_autofree double *column = g_new (double, MAX (x->n_rows, 1));
  for (gint64 j = 0; j < x->n_cols; j++)
    {
      memcpy (column, smooth_matrix_column (x, j), (gsize) x->n_rows * sizeof *column);
      smooth_sparse_multiply (covariance, column, smooth_matrix_column (x, j));
    }
  return TRUE;
}

/* R 1_a and R 1_b as columns. @cholesky: (nullable): of Q; without it @inverse is all of Q^-1 */
static SmoothMatrix *
sum_correlations (SmoothCholesky *cholesky, const SmoothSparse *inverse, const double *variances, const guint8 *groups, SmoothRun *run,
                  GError **error)
{
  gint64 n = inverse->n_cols;
  g_autoptr (SmoothMatrix) sums = smooth_matrix_new (n, 2, error);

  if (sums == NULL)
    return NULL;
  for (gint64 i = 0; i < n; i++)
    if (groups[i] != SMOOTH_GROUP_NONE)
      smooth_matrix_column (sums, side_of (groups[i]))[i] = 1.0 / sqrt (variances[i]);
  if (!multiply (cholesky, inverse, sums, run, error))
    return NULL;
  for (gint side = 0; side < 2; side++)
    for (gint64 i = 0; i < n; i++)
      smooth_matrix_column (sums, side)[i] /= sqrt (variances[i]);
  return g_steal_pointer (&sums);
}

/* tr (W R): both directions of every edge. */
static double
sum_edges (const SmoothSpotLikeness *likeness, const SmoothSparse *inverse, const double *variances)
{
  double sum = 0.0;

  for (gint64 i = 0; i < likeness->n_spots; i++)
    for (gint64 e = likeness->starts[i], f = inverse->starts[i]; e < likeness->starts[i + 1]; e++)
      {
        gint32 j = likeness->neighbours[e];
        while (f < inverse->starts[i + 1] && inverse->rows[f] < j)
          f++;
        if (f < inverse->starts[i + 1] && inverse->rows[f] == j)
          sum += inverse->values[f] / sqrt (variances[i] * variances[j]);
      }
  return sum;
}

static void
take_traces (SmoothSpotLikeness *likeness, const SmoothMatrix *sums, const guint8 *groups, double edges)
{
  double n_of[2] = { 0.0, 0.0 }, within[2] = { 0.0, 0.0 }, across = 0.0, degree_sums[2] = { 0.0, 0.0 };

  for (gint64 i = 0; i < likeness->n_spots; i++)
    {
      if (groups[i] == SMOOTH_GROUP_NONE)
        continue;
      gint side = side_of (groups[i]);
      double own = smooth_matrix_column (sums, side)[i];
      n_of[side] += 1.0;
      within[side] += own;
      degree_sums[side] += (double) (likeness->starts[i + 1] - likeness->starts[i]) * own;
      across += side == 1 ? smooth_matrix_column (sums, 0)[i] : 0.0;
    }
  double n = n_of[0] + n_of[1];
  likeness->edges_r = edges;
  for (gint side = 0; side < 2; side++)
    {
      likeness->edges_r += likeness->degrees[side] * within[side] / (n_of[side] * n_of[side]) - 2.0 * degree_sums[side] / n_of[side];
      likeness->edges_i -= likeness->degrees[side] / n_of[side];
      likeness->squares_r += n_of[side] - within[side] / n_of[side];
      likeness->squares_i += n_of[side] - 1.0;
    }
  likeness->contrast_r = within[0] / (n_of[0] * n_of[0]) + within[1] / (n_of[1] * n_of[1]) - 2.0 * across / (n_of[0] * n_of[1]);
  likeness->contrast_i = 1.0 / n_of[0] + 1.0 / n_of[1];
  likeness->pooled_r = (n - (within[0] + within[1] + 2.0 * across) / n) / (n - 1.0);
}

/* Returns: (transfer full) (nullable): a factor of Q; NULL without @error where Q is singular */
static SmoothCholesky *
factor_new (const SmoothPrecision *precision, SmoothRun *run, GError **error)
{
  gboolean is_definite = FALSE;
  g_autoptr (SmoothCholesky) cholesky = smooth_cholesky_new_for (precision->symbolic, precision->symmetric, NULL, run, error);

  if (cholesky == NULL || !smooth_cholesky_factor (cholesky, precision->symmetric, &is_definite, run, error))
    return NULL;
  return is_definite && smooth_cholesky_get_rcond (cholesky) >= SINGULAR ? g_steal_pointer (&cholesky) : NULL;
}

/* FALSE with no error: the prior has no correlations. */
static gboolean
fill (SmoothSpotLikeness *likeness, const SmoothPrecision *precision, const guint8 *groups, SmoothRun *run, GError **error)
{
  gboolean is_sparse = precision->covariance != NULL; /* the covariance is, and Q is not */
  g_autoptr (SmoothCholesky) cholesky = !is_sparse ? factor_new (precision, run, error) : NULL;
  g_autoptr (SmoothSparse) inverse = NULL;

  if (is_sparse)
    inverse = smooth_sparse_ref (precision->covariance);
  else if (cholesky != NULL)
    inverse = smooth_cholesky_new_selected_inverse (cholesky, precision->symmetric, run, error);
  if (inverse == NULL)
    return FALSE;
  g_autofree double *variances = g_new0 (double, MAX (precision->n_spots, 1));
  for (gint64 i = 0; i < precision->n_spots; i++)
    for (gint64 e = inverse->starts[i]; e < inverse->starts[i + 1]; e++)
      if (inverse->rows[e] == i)
        variances[i] = inverse->values[e];
  g_autoptr (SmoothMatrix) sums = sum_correlations (cholesky, inverse, variances, groups, run, error);
  if (sums == NULL)
    return FALSE;
  list_neighbours (likeness, is_sparse ? inverse : precision->symmetric, groups);
  take_traces (likeness, sums, groups, sum_edges (likeness, inverse, variances));
  return isfinite (likeness->contrast_r) && likeness->contrast_r > 0.0;
}

/**
 * smooth_i_spot_likeness_new:
 * @groups: n_spots of the prior: SmoothGroup; both have at least two spots
 * @report: told where the prior has no correlations
 *
 * One Cholesky factor, its selected inverse and two solves; for SMA products with its covariance alone.
 *
 * Returns: (transfer full) (nullable): NULL without @error where the prior has no correlations
 */
SmoothSpotLikeness *
smooth_i_spot_likeness_new (const SmoothPrecision *precision, const guint8 *groups, SmoothReport *report, SmoothRun *run, GError **error)
{
  g_autoptr (SmoothSpotLikeness) likeness = g_new0 (SmoothSpotLikeness, 1);
  GError *failure = NULL;

  likeness->n_spots = precision->n_spots;
  if (fill (likeness, precision, groups, run, &failure))
    return g_steal_pointer (&likeness);
  if (failure != NULL)
    g_propagate_error (error, failure);
  else
    smooth_report_add (report, SMOOTH_REPORT_WARNING,
                       "p-values for spots that are like their neighbours are not told: the prior is singular; choose a smaller rho");
  return NULL;
}

void
smooth_i_spot_likeness_free (SmoothSpotLikeness *likeness)
{
  if (likeness == NULL)
    return;
  g_free (likeness->starts);
  g_free (likeness->neighbours);
  g_free (likeness);
}

/**
 * smooth_i_spot_likeness_inflate:
 * @edges: r'Wr of a variable, both directions of every edge
 * @squares: r'r
 *
 * Returns: v, at least 1
 */
double
smooth_i_spot_likeness_inflate (const SmoothSpotLikeness *likeness, double edges, double squares)
{
  double quotient = edges / squares, h;

  if (!(squares > 0.0))
    return 1.0;
  double above = quotient * likeness->squares_i - likeness->edges_i;
  double below = likeness->edges_r - likeness->edges_i - quotient * (likeness->squares_r - likeness->squares_i);
  if (above <= 0.0)
    return 1.0;
  h = below > 0.0 ? MIN (above / below, 1.0) : 1.0;
  double contrast = h * likeness->contrast_r + (1.0 - h) * likeness->contrast_i;
  double pooled = h * likeness->pooled_r + 1.0 - h;
  return MAX (contrast / (likeness->contrast_i * pooled), 1.0);
}
