/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Correlation between spots and their j-th nearest spots, as quantiles over spots.
 *
 *     prior     r_ij = c_ij / sqrt (c_ii c_jj),  C = Q^-1 (SMA: C = A A^T)
 *     features  r_ij = f_i . f_j / (|f_i| |f_j|)
 *
 * c_ii comes from the selected inverse of a sparse Cholesky factor, c_ij from one solve a measured spot, a few columns at a time:
 * no dense matrix of spots by spots. The fit minimises sum_j (median_j - alpha exp (-beta j))^2; for each beta the best alpha is
 * known, so that one number is searched. Source: Su et al., Genome Biology 24 (2023) 291.
 */
#include "precision/decay.h"

#include "base/error.h"
#include "base/rng.h"
#include "linalg/cholesky.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define N_COLUMNS 32 /* solved at once */
#define SINGULAR 1e-14

static const double levels[SMOOTH_DECAY_N_QUANTILES] = { 0.10, 0.25, 0.50, 0.75, 0.90 };

/* ---- The j-th nearest ---- */

typedef struct
{
  double d2;
  gint32 spot;
} Near;

static int
compare_near (gconstpointer a, gconstpointer b)
{
  const Near *x = a, *y = b;

  if (x->d2 != y->d2)
    return x->d2 < y->d2 ? -1 : 1;
  return x->spot - y->spot;
}

/* nearest (out): n x max_order: place of the j-th nearest spot of each, ties to the smaller number. */
static gint32 *
find_nearest (const double *coords, gint64 n, gint n_dims, gint max_order, SmoothRun *run, GError **error)
{
  SmoothGraphSettings settings;

  smooth_params_init (&smooth_graph_params, &settings);
  settings.k = max_order;
  settings.ties = SMOOTH_TIES_STRICT;
  settings.mutual = FALSE;
  g_autoptr (SmoothGraph) graph = smooth_graph_new (coords, n, n_dims, 1.0, &settings, run, error);
  if (graph == NULL)
    return NULL;

  gint32 *nearest = smooth_i_try_new (gint32, n * max_order, "nearest spots", error);
  g_autofree Near *row = g_new (Near, max_order + 1);
  for (gint64 i = 0; nearest != NULL && i < n; i++)
    {
      gint count = 0;
      for (gint64 e = graph->weights->starts[i]; e < graph->weights->starts[i + 1]; e++)
        {
          gint32 j = graph->weights->rows[e];
          double d2 = 0.0;
          if (j == i || count == max_order)
            continue;
          for (gint d = 0; d < n_dims; d++)
            d2 += (coords[j * n_dims + d] - coords[i * n_dims + d]) * (coords[j * n_dims + d] - coords[i * n_dims + d]);
          row[count++] = (Near){ d2, j };
        }
      qsort (row, (gsize) count, sizeof (Near), compare_near);
      for (gint j = 0; j < count; j++)
        nearest[i * max_order + j] = row[j].spot;
    }
  return nearest;
}

/* ---- Quantiles and the fit ---- */

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

/* Linear between neighbours in rank; values is sorted in place. */
static void
take_quantiles (double *values, gint64 n, double *quantiles)
{
  qsort (values, (gsize) n, sizeof (double), compare_doubles);
  for (gint q = 0; q < SMOOTH_DECAY_N_QUANTILES; q++)
    {
      double place = levels[q] * (double) (n - 1);
      gint64 low = (gint64) place, high = MIN (low + 1, n - 1);
      quantiles[q] = values[low] + (place - (double) low) * (values[high] - values[low]);
    }
}

/* Sum of squares at the best alpha for beta. */
static double
misfit (const SmoothDecay *decay, double beta, double *alpha)
{
  double ee = 0.0, ey = 0.0, sum = 0.0;

  for (gint j = 0; j < decay->n_orders; j++)
    {
      double e = exp (-beta * j), y = decay->quantiles[j * SMOOTH_DECAY_N_QUANTILES + 2];
      ee += e * e;
      ey += e * y;
    }
  *alpha = ey / ee;
  for (gint j = 0; j < decay->n_orders; j++)
    {
      double d = decay->quantiles[j * SMOOTH_DECAY_N_QUANTILES + 2] - *alpha * exp (-beta * j);
      sum += d * d;
    }
  return sum;
}

/* The best of a coarse grid, then a golden section around it. */
static void
fit (SmoothDecay *decay)
{
  const double ratio = (sqrt (5.0) - 1.0) / 2.0;
  double best = INFINITY, middle = 0.0, step = 0.02, alpha;

  for (gint g = -10; g <= 250; g++)
    if (misfit (decay, g * step, &alpha) < best)
      {
        best = misfit (decay, g * step, &alpha);
        middle = g * step;
      }
  double low = middle - step, high = middle + step;
  for (gint i = 0; i < 80; i++)
    {
      double a = high - ratio * (high - low), b = low + ratio * (high - low);
      if (misfit (decay, a, &alpha) < misfit (decay, b, &alpha))
        high = b;
      else
        low = a;
    }
  decay->beta = 0.5 * (low + high);
  misfit (decay, decay->beta, &decay->alpha);
}

static SmoothDecay *
decay_new (const double *correlations, gint64 n, gint n_orders, GError **error)
{
  g_autofree double *column = smooth_i_try_new (double, n, "correlations", error);
  SmoothDecay *decay = column != NULL ? g_new0 (SmoothDecay, 1) : NULL;

  if (decay == NULL)
    return NULL;
  decay->n_orders = n_orders;
  decay->n_measured = n;
  decay->quantiles = g_new (double, n_orders * SMOOTH_DECAY_N_QUANTILES);
  decay->report = smooth_report_new ();
  for (gint j = 0; j < n_orders; j++)
    {
      for (gint64 i = 0; i < n; i++)
        column[i] = correlations[i * n_orders + j];
      take_quantiles (column, n, decay->quantiles + j * SMOOTH_DECAY_N_QUANTILES);
    }
  fit (decay);
  return decay;
}

void
smooth_decay_free (SmoothDecay *decay)
{
  if (decay == NULL)
    return;
  smooth_report_unref (decay->report);
  g_free (decay->quantiles);
  g_free (decay);
}

/* ---- Covariances of a prior ---- */

/* All that is needed of C = Q^-1. */
typedef struct
{
  const SmoothPrecision *precision;
  SmoothCholesky *cholesky; /* NULL: the prior has C */
  double *diagonal;         /* n: of C */
} Covariance;

static void
covariance_clear (Covariance *covariance)
{
  smooth_cholesky_free (covariance->cholesky);
  smooth_i_free (covariance->diagonal);
}

static gboolean
factor (Covariance *covariance, SmoothRun *run, GError **error)
{
  const SmoothPrecision *precision = covariance->precision;
  gboolean is_definite = FALSE;

  covariance->cholesky = smooth_cholesky_new_for (precision->symbolic, precision->symmetric, NULL, run, error);
  if (covariance->cholesky == NULL || !smooth_cholesky_factor (covariance->cholesky, precision->symmetric, &is_definite, run, error))
    return FALSE;
  if (!is_definite || smooth_cholesky_get_rcond (covariance->cholesky) < SINGULAR)
    {
      smooth_error_set (
          error, SMOOTH_ERROR_NUMERIC,
          "the prior is singular or indefinite: there are no correlations between spots; choose a smaller rho");
      return FALSE;
    }
  covariance->diagonal = smooth_cholesky_dup_inverse_diagonal (covariance->cholesky, run, error);
  return covariance->diagonal != NULL;
}

static double
dot_columns (const SmoothSparse *a, gint64 i, gint64 j)
{
  gint64 e = a->starts[i], f = a->starts[j];
  double sum = 0.0;

  while (e < a->starts[i + 1] && f < a->starts[j + 1])
    {
      if (a->rows[e] == a->rows[f])
        sum += a->values[e++] * a->values[f++];
      else if (a->rows[e] < a->rows[f])
        e++;
      else
        f++;
    }
  return sum;
}

static double
get_entry (const SmoothSparse *a, gint64 i, gint64 j)
{
  for (gint64 e = a->starts[j]; e < a->starts[j + 1]; e++)
    if (a->rows[e] == i)
      return a->values[e];
  return 0.0;
}

static gboolean
covariance_init (Covariance *covariance, const SmoothPrecision *precision, SmoothRun *run, GError **error)
{
  gint64 n = precision->n_spots;

  *covariance = (Covariance){ .precision = precision };
  if (smooth_precision_is_explicit (precision))
    return factor (covariance, run, error);
  covariance->diagonal = smooth_i_try_alloc (MAX (n, 1), sizeof (double), "variances", error);
  for (gint64 i = 0; covariance->diagonal != NULL && i < n; i++)
    covariance->diagonal[i] = get_entry (precision->covariance, i, i);
  return covariance->diagonal != NULL;
}

/* correlations (out): n_spots x n_orders of the given spots. */
static gboolean
measure (const Covariance *covariance, const gint32 *spots, gint64 n_spots, const gint32 *nearest, gint max_order, double *correlations,
         SmoothRun *run, GError **error)
{
  gint64 n = covariance->precision->n_spots;

  for (gint64 begin = 0; begin < n_spots; begin += N_COLUMNS)
    {
      gint64 end = MIN (begin + N_COLUMNS, n_spots);
      g_autoptr (SmoothMatrix) columns = NULL;
      if (!smooth_run_check (run, error))
        return FALSE;
      if (covariance->cholesky != NULL)
        {
          columns = smooth_matrix_new (n, end - begin, error);
          if (columns == NULL)
            return FALSE;
          for (gint64 s = begin; s < end; s++)
            columns->values[spots[s] + (s - begin) * n] = 1.0;
          if (!smooth_cholesky_solve (covariance->cholesky, columns, run, error))
            return FALSE;
        }
      for (gint64 s = begin; s < end; s++)
        for (gint j = 0; j <= max_order; j++)
          {
            gint32 i = spots[s], other = j == 0 ? i : nearest[i * (gint64) max_order + j - 1];
            double c = columns != NULL ? columns->values[other + (s - begin) * n] : get_entry (covariance->precision->covariance, other, i);
            correlations[s * (max_order + 1) + j] = j == 0 ? 1.0 : c / sqrt (covariance->diagonal[i] * covariance->diagonal[other]);
          }
      smooth_run_report (run, (double) end / (double) n_spots, "Correlations of the prior");
    }
  return TRUE;
}

/* Which spots to measure: all, or a random sample. */
static gint32 *
choose_spots (gint64 n, gint64 n_wanted, gint seed, GError **error)
{
  gint32 *spots = smooth_i_try_new (gint32, n, "spots", error);
  SmoothRng rng;

  if (spots == NULL)
    return NULL;
  for (gint64 i = 0; i < n; i++)
    spots[i] = (gint32) i;
  smooth_i_rng_init (&rng, (guint64) seed, 0);
  for (gint64 i = 0; n_wanted < n && i < n_wanted; i++)
    {
      gint64 j = i + smooth_i_rng_index (&rng, n - i);
      gint32 other = spots[j];
      spots[j] = spots[i];
      spots[i] = other;
    }
  return spots;
}

static gboolean
check_orders (gint64 n, gint max_order, GError **error)
{
  if (max_order >= 1 && max_order <= SMOOTH_GRAPH_MAX_K && max_order < n)
    return TRUE;
  smooth_error_set (error, SMOOTH_ERROR_VALUE,
                    "orders of neighbours: expected 1 to %" PRId64 " of %" PRId64 " spots, found %d",
                    MIN (n - 1, (gint64) SMOOTH_GRAPH_MAX_K), n, max_order);
  return FALSE;
}

/**
 * smooth_decay_new_of_prior:
 * @coords: n_spots x n_dims, row-major: what neighbours are nearest by
 * @max_order: 1 .. 100
 * @max_spots: measure so many spots at most, chosen by @seed; 0: all
 *
 * Where Q is not symmetric its symmetric part counts. One Cholesky factor, its selected inverse and one solve a measured spot:
 * O(measured nnz (L)); 32 n doubles. Where the prior has its covariance (SMA): the entries of that.
 *
 * Returns: (transfer full): the decay; an error where the prior is singular
 */
SmoothDecay *
smooth_decay_new_of_prior (const SmoothPrecision *precision, const double *coords, gint n_dims, gint max_order, gint64 max_spots,
                           gint seed, SmoothRun *run, GError **error)
{
  gint64 n = precision->n_spots, n_measured = max_spots > 0 ? MIN (max_spots, n) : n;
  Covariance covariance = { 0 };
  SmoothDecay *decay = NULL;

  if (!check_orders (n, max_order, error))
    return NULL;
  g_autofree gint32 *nearest = find_nearest (coords, n, n_dims, max_order, run, error);
  g_autofree gint32 *spots = nearest != NULL ? choose_spots (n, n_measured, seed, error) : NULL;
  g_autofree double *correlations
      = spots != NULL ? smooth_i_try_new (double, n_measured * (max_order + 1), "correlations", error) : NULL;
  if (correlations != NULL && covariance_init (&covariance, precision, run, error)
      && measure (&covariance, spots, n_measured, nearest, max_order, correlations, run, error))
    decay = decay_new (correlations, n_measured, max_order + 1, error);
  if (decay != NULL)
    {
      decay->has_variances = TRUE;
      take_quantiles (covariance.diagonal, n, decay->variances);
      if (n_measured < n)
        smooth_report_add (decay->report, SMOOTH_REPORT_NOTE,
                           "correlations were measured at %" PRId64 " of %" PRId64 " spots, chosen at random", n_measured,
                           n);
    }
  covariance_clear (&covariance);
  return decay;
}

static double
dot_features (const SmoothFeatures *f, gint64 i, gint64 j)
{
  double sum = 0.0;

  if (f->sparse != NULL)
    return dot_columns (f->sparse, i, j);
  for (gint64 g = 0; g < f->n_features; g++)
    sum += smooth_matrix_column (f->dense, i)[g] * smooth_matrix_column (f->dense, j)[g];
  return sum;
}

/**
 * smooth_decay_new_of_features:
 * @coords: n_spots x n_dims, row-major
 *
 * Cosines are not clamped; that of a zero vector is 0. O(n max_order p).
 *
 * Returns: (transfer full): the decay
 */
SmoothDecay *
smooth_decay_new_of_features (const SmoothFeatures *features, const double *coords, gint n_dims, gint max_order, SmoothRun *run,
                              GError **error)
{
  gint64 n = features->n_spots;

  if (!check_orders (n, max_order, error))
    return NULL;
  g_autofree gint32 *nearest = find_nearest (coords, n, n_dims, max_order, run, error);
  g_autofree double *norms = nearest != NULL ? smooth_i_try_new (double, n, "correlations", error) : NULL;
  g_autofree double *correlations = norms != NULL ? smooth_i_try_new (double, n * (max_order + 1), "correlations", error) : NULL;
  if (correlations == NULL)
    return NULL;
  for (gint64 i = 0; i < n; i++)
    norms[i] = sqrt (dot_features (features, i, i));
  for (gint64 i = 0; i < n; i++)
    for (gint j = 0; j <= max_order; j++)
      {
        gint64 other = j == 0 ? i : nearest[i * max_order + j - 1];
        double product = norms[i] * norms[other];
        correlations[i * (max_order + 1) + j] = product > 0.0 ? dot_features (features, i, other) / product : 0.0;
      }
  return smooth_run_check (run, error) ? decay_new (correlations, n, max_order + 1, error) : NULL;
}

/**
 * smooth_decay_get_mismatch:
 * @first: order, inclusive; 1 leaves a spot with itself out
 * @last: order, inclusive; those that one of both lacks are left out
 *
 * Returns: the mean squared difference of the medians
 */
double
smooth_decay_get_mismatch (const SmoothDecay *a, const SmoothDecay *b, gint first, gint last)
{
  double sum = 0.0;
  gint n = 0;

  for (gint j = first; j <= last && j < a->n_orders && j < b->n_orders; j++, n++)
    {
      double d = a->quantiles[j * SMOOTH_DECAY_N_QUANTILES + 2] - b->quantiles[j * SMOOTH_DECAY_N_QUANTILES + 2];
      sum += d * d;
    }
  return n > 0 ? sum / n : 0.0;
}
