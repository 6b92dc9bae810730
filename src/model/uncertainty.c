/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Standard deviations of abundances and proportions.
 *
 * Model: centred spots are Xt b + noise, of one variance s^2 for all genes and spots, and the prior has the precision
 * (G lambda / (K s^2)) c_k Q, so that the posterior is exp (-F (B) G / s^2) with F = sum b'Hb/2 - r'b + the prior's part: its
 * mode is the solution. On the active set (b > 0) it is Gaussian with covariance (s^2/G) A^-1, A = H x I + (lambda/K) C x Q.
 * s^2 is the sum of squared residuals over (G - 1 where there is a bias) n - trace (A^-1 H), the number of values less
 * the effective number of parameters.
 *
 * An entry at the bound (b = 0) has the slope g >= 0 of F and the curvature a there: its deviation is the root mean square
 * of the density exp (-(g b + a b^2/2) G/s^2) over b >= 0, the other entries held.
 *
 * A proportion p_k = b_k / t, t the spot's sum: to first order dp_k = (db_k - p_k sum_l db_l) / t over the active set.
 *
 * What this does not know: errors of the signature, genes of unlike noise, and the bias of smoothing.
 */
#include "base/error.h"
#include "base/parallel.h"
#include "model/uncertainty-private.h"
#include "precision/loss.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

static const char *const methods[] = { "auto", "coupled", "blocks", NULL };

static const SmoothParam params[] = {
  { "uncertainty-method", N_ ("Method"), SMOOTH_PARAM_CHOICE, G_STRUCT_OFFSET (SmoothUncertaintySettings, method), SMOOTH_UNCERTAINTY_AUTO,
    0, 2, "", methods,
    N_ ("Whether types and spots are taken together (coupled: exact within the model) or one type at a time (blocks: an approximation "
        "for large sections)"), SMOOTH_PARAM_EXPERT },
  { "most-entries", N_ ("Most entries"), SMOOTH_PARAM_DOUBLE, G_STRUCT_OFFSET (SmoothUncertaintySettings, most_entries), 5e7, 0, 1e11, "",
    NULL, N_ ("A larger factor than this, which takes 16 bytes an entry, is not made: auto then takes one type at a time"),
    SMOOTH_PARAM_LOG | SMOOTH_PARAM_EXPERT },
};

const SmoothParamTable smooth_uncertainty_params = {
  "uncertainty", N_ ("Uncertainty"), sizeof (SmoothUncertaintySettings), params, G_N_ELEMENTS (params),
};

static void
posterior_free (SmoothPosterior *posterior)
{
  if (posterior == NULL)
    return;
  smooth_reduced_unref (posterior->reduced);
  smooth_precision_unref (posterior->precision);
  smooth_matrix_unref (posterior->abundances);
  g_free (posterior->m);
  g_free (posterior);
}

void
smooth_uncertainty_free (SmoothUncertainty *uncertainty)
{
  if (uncertainty == NULL)
    return;
  smooth_matrix_unref (uncertainty->abundances);
  smooth_matrix_unref (uncertainty->proportions);
  smooth_report_unref (uncertainty->report);
  posterior_free (uncertainty->posterior);
  g_free (uncertainty);
}

/* The types of a spot that are above 0. Returns: how many */
gint
smooth_i_posterior_active (const SmoothPosterior *posterior, gint64 spot, gint *active)
{
  const double *b = smooth_matrix_column (posterior->abundances, spot);
  gint n = 0;

  for (gint k = 0; k < posterior->reduced->n_types; k++)
    if (b[k] > 0.0)
      active[n++] = k;
  return n;
}

static gboolean
check_inputs (const SmoothReduced *reduced, const SmoothPrecision *precision, const double *confidences, double lambda,
              const SmoothMatrix *abundances, GError **error)
{
  if (abundances->n_rows != reduced->n_types || abundances->n_cols != reduced->n_spots
      || (precision != NULL && precision->n_spots != reduced->n_spots))
    {
      smooth_error_set (error, SMOOTH_ERROR_MISMATCH,
                        "uncertainty: the data have %d types x %" PRId64 " spots, the abundances %" PRId64 " x %" PRId64
                        ", the prior %" PRId64 " spots",
                        reduced->n_types, reduced->n_spots, abundances->n_rows, abundances->n_cols,
                        precision != NULL ? precision->n_spots : reduced->n_spots);
      return FALSE;
    }
  for (gint64 e = 0; e < abundances->n_rows * abundances->n_cols; e++)
    if (!(abundances->values[e] >= 0.0 && abundances->values[e] <= SMOOTH_MAX_VALUE))
      {
        smooth_error_set (error, SMOOTH_ERROR_VALUE,
                          "uncertainty: expected abundances of at least 0, found %g for type %" PRId64 " in spot %" PRId64,
                          abundances->values[e], e % abundances->n_rows + 1, e / abundances->n_rows + 1);
        return FALSE;
      }
  if (!(lambda >= 0.0) || !isfinite (lambda))
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE, "uncertainty: expected lambda of at least 0, found %g", lambda);
      return FALSE;
    }
  return smooth_i_check_confidences (confidences, reduced->n_types, error);
}

/* Variances for noise 1, and the effective number of parameters by block of spots. */
typedef struct
{
  const SmoothPosterior *posterior;
  SmoothUncertainty *uncertainty;
  double *freedom; /* n_spots */
} Collection;

static void
take_spot (gint64 spot, const gint *active, gint n_active, const double *covariance, gpointer data)
{
  const Collection *collection = data;
  const SmoothReduced *reduced = collection->posterior->reduced;
  const double *b = smooth_matrix_column (collection->posterior->abundances, spot);
  double *abundances = smooth_matrix_column (collection->uncertainty->abundances, spot);
  double *proportions = smooth_matrix_column (collection->uncertainty->proportions, spot);
  double total = 0.0, whole = 0.0;

  for (gint i = 0; i < n_active; i++)
    total += b[active[i]];
  for (gint i = 0; covariance != NULL && i < n_active * n_active; i++)
    whole += covariance[i];
  for (gint i = 0; i < n_active; i++)
    {
      gint k = active[i];
      double share = b[k] / total, row = 0.0;
      for (gint j = 0; covariance != NULL && j < n_active; j++)
        {
          row += covariance[i + j * n_active];
          collection->freedom[spot] += covariance[i + j * n_active] * reduced->h[k * reduced->n_types + active[j]];
        }
      abundances[k] = covariance != NULL ? covariance[i + i * n_active] : NAN;
      proportions[k] = covariance != NULL ? MAX (abundances[k] - 2.0 * share * row + share * share * whole, 0.0) / (total * total) : NAN;
    }
}

/* 1/(G n) ||X B + 1 b - Y||^2 times G n, and the slopes of F (n_types x n_spots). */
static double
get_residual (const SmoothPosterior *posterior, SmoothMatrix *slopes)
{
  const SmoothReduced *reduced = posterior->reduced;
  gint n = reduced->n_types;
  double sum = reduced->total;

  for (gint64 s = 0; s < reduced->n_spots; s++)
    {
      const double *b = smooth_matrix_column (posterior->abundances, s), *r = reduced->r + s * n;
      double *slope = smooth_matrix_column (slopes, s);
      for (gint k = 0; k < n; k++)
        {
          double product = 0.0;
          for (gint l = 0; l < n; l++)
            product += reduced->h[k * n + l] * b[l];
          sum += b[k] * (product - 2.0 * r[k]);
          slope[k] = posterior->m[k] * slope[k] + product - r[k];
        }
    }
  return MAX (sum, 0.0) * (double) reduced->n_genes;
}

/* The mean square of b >= 0 under exp (-(slope b + curvature b^2/2) / tau). */
static double
one_sided_square (double slope, double curvature, double tau)
{
  double a = MAX (slope, 0.0) / sqrt (curvature * tau), a2 = a * a;

  if (a > 20.0)
    return tau / curvature * (2.0 - (10.0 - 74.0 / a2) / a2) / a2;
  double hazard = sqrt (2.0 / G_PI) * exp (-0.5 * a2) / erfc (a * G_SQRT2 / 2.0);
  return tau / curvature * MAX (1.0 + a2 - a * hazard, 0.0);
}

/* Variances for noise 1 become deviations; entries at the bound get theirs. */
static void
finish (SmoothUncertainty *uncertainty, const SmoothPosterior *posterior, const SmoothMatrix *slopes)
{
  const SmoothReduced *reduced = posterior->reduced;
  double tau = posterior->noise / (double) reduced->n_genes;

  for (gint64 s = 0; s < reduced->n_spots; s++)
    {
      const double *b = smooth_matrix_column (posterior->abundances, s), *slope = smooth_matrix_column (slopes, s);
      double *abundances = smooth_matrix_column (uncertainty->abundances, s);
      double *proportions = smooth_matrix_column (uncertainty->proportions, s);
      double total = 0.0;
      for (gint k = 0; k < reduced->n_types; k++)
        total += b[k];
      uncertainty->n_empty += total == 0.0;
      for (gint k = 0; k < reduced->n_types; k++)
        {
          double curvature = reduced->h[k * reduced->n_types + k] + posterior->m[k] * smooth_i_posterior_diagonal (posterior, s);
          gboolean is_known = reduced->h[k * reduced->n_types + k] > 0.0;
          if (b[k] > 0.0)
            {
              abundances[k] = sqrt (tau * abundances[k]);
              proportions[k] = sqrt (tau * proportions[k]);
              continue;
            }
          abundances[k] = is_known ? sqrt (one_sided_square (slope[k], curvature, tau)) : NAN;
          proportions[k] = total > 0.0 ? abundances[k] / total : NAN;
        }
    }
}

static gboolean
collect (Collection *collection, const SmoothUncertaintySettings *settings, SmoothRun *run, GError **error)
{
  SmoothUncertainty *uncertainty = collection->uncertainty;
  gboolean fits = settings->method != SMOOTH_UNCERTAINTY_BLOCKS, is_definite = TRUE;
  double most = settings->method == SMOOTH_UNCERTAINTY_COUPLED ? INFINITY : settings->most_entries;

  if (fits && !smooth_i_posterior_coupled (collection->posterior, most, &fits, &is_definite, take_spot, collection, run, error))
    return FALSE;
  uncertainty->is_exact = fits;
  if (!fits)
    {
      if (!smooth_i_posterior_blocks (collection->posterior, &is_definite, take_spot, collection, run, error))
        return FALSE;
      smooth_report_add (uncertainty->report, SMOOTH_REPORT_NOTE,
                         "standard deviations are approximate: one type at a time, the others by what their own spot says of them");
    }
  if (!is_definite)
    smooth_report_add (uncertainty->report, SMOOTH_REPORT_WARNING,
                       "some types cannot be told apart where no prior helps: their standard deviations are left out");
  return TRUE;
}

static SmoothPosterior *
posterior_new (SmoothReduced *reduced, SmoothPrecision *precision, const double *confidences, double lambda, SmoothMatrix *abundances)
{
  SmoothPosterior *posterior = g_new0 (SmoothPosterior, 1);

  posterior->reduced = smooth_reduced_ref (reduced);
  posterior->precision = precision != NULL && lambda > 0.0 ? smooth_precision_ref (precision) : NULL;
  posterior->abundances = smooth_matrix_ref (abundances);
  posterior->m = g_new0 (double, reduced->n_types);
  for (gint k = 0; k < reduced->n_types && posterior->precision != NULL; k++)
    posterior->m[k] = lambda * (confidences != NULL ? confidences[k] : 1.0) / reduced->n_types;
  return posterior;
}

static gboolean
estimate (SmoothUncertainty *uncertainty, SmoothPosterior *posterior, const SmoothUncertaintySettings *settings, SmoothRun *run,
          GError **error)
{
  const SmoothReduced *reduced = posterior->reduced;
  g_autoptr (SmoothMatrix) slopes = smooth_matrix_new (reduced->n_types, reduced->n_spots, error);
  g_autofree double *freedom = slopes != NULL ? smooth_i_try_new (double, reduced->n_spots, "standard deviations", error) : NULL;
  Collection collection = { posterior, uncertainty, freedom };

  if (freedom == NULL)
    return FALSE;
  uncertainty->abundances = smooth_matrix_new (reduced->n_types, reduced->n_spots, error);
  uncertainty->proportions = uncertainty->abundances != NULL ? smooth_matrix_new (reduced->n_types, reduced->n_spots, error) : NULL;
  if (uncertainty->proportions == NULL || !collect (&collection, settings, run, error))
    return FALSE;
  if (posterior->precision != NULL && !smooth_precision_apply (posterior->precision, posterior->abundances, slopes, run, error))
    return FALSE;
  double residual = get_residual (posterior, slopes);
  for (gint64 s = 0; s < reduced->n_spots; s++)
    uncertainty->freedom += freedom[s];
  double n_values = ((double) reduced->n_genes - (reduced->bias ? 1.0 : 0.0)) * (double) reduced->n_spots - uncertainty->freedom;
  if (n_values < 1.0)
    smooth_report_add (uncertainty->report, SMOOTH_REPORT_WARNING,
                       "there are no more values than parameters, so the noise cannot be told: standard deviations are left out");
  posterior->noise = n_values >= 1.0 ? residual / n_values : NAN;
  uncertainty->noise = sqrt (posterior->noise);
  finish (uncertainty, posterior, slopes);
  if (uncertainty->n_empty > 0)
    smooth_report_add (uncertainty->report, SMOOTH_REPORT_NOTE,
                       "%" PRId64 " spots have no abundance of any type: their proportions have no standard deviation",
                       uncertainty->n_empty);
  return TRUE;
}

/**
 * smooth_uncertainty_new:
 * @precision: (nullable): the prior of the solution
 * @confidences: (nullable): n_types; %NULL for 1
 * @lambda: as it stands in the objective (a strength times its unit)
 * @abundances: n_types x n_spots, >= 0: the solution for these inputs; zeros are the bound
 * @settings: (nullable): the defaults
 *
 * Coupled: one factor over the active entries, its selected inverse. Blocks: K factors of n x n at most. The bits do not
 * depend on the number of threads.
 *
 * Returns: (transfer full): the deviations; what could not be told is NAN and in the report. Errors: sizes that do not
 *   match, negative abundances, lack of memory, cancellation
 */
SmoothUncertainty *
smooth_uncertainty_new (SmoothReduced *reduced, SmoothPrecision *precision, const double *confidences, double lambda,
                        SmoothMatrix *abundances, const SmoothUncertaintySettings *settings, SmoothRun *run, GError **error)
{
  SmoothUncertaintySettings defaults;

  smooth_params_init (&smooth_uncertainty_params, &defaults);
  settings = settings != NULL ? settings : &defaults;
  if (!smooth_params_check (&smooth_uncertainty_params, settings, error)
      || !check_inputs (reduced, precision, confidences, lambda, abundances, error) || !smooth_run_check (run, error))
    return NULL;

  g_autoptr (SmoothUncertainty) uncertainty = g_new0 (SmoothUncertainty, 1);
  uncertainty->n_spots = reduced->n_spots;
  uncertainty->n_types = reduced->n_types;
  uncertainty->report = smooth_report_new ();
  uncertainty->posterior = posterior_new (reduced, precision, confidences, lambda, abundances);
  return estimate (uncertainty, uncertainty->posterior, settings, run, error) ? g_steal_pointer (&uncertainty) : NULL;
}
