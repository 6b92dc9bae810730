/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Imputation by a spatial prior (method of Su et al., Genome Biology 24 (2023) 291).
 *
 * n spots, of which n_o are observed, F features; x_o, x_m the parts of x at observed and missing spots, Q symmetric.
 *
 *     fixed:   minimise  lambda / (F n) sum x^T Q x   with x_o = y_o      =>  Q_mm x_m = -Q_mo y_o
 *     denoise: minimise  1/(n_o F) |x_o - y_o|^2 + lambda/(F n) sum x^T Q x
 *                                                     =>  (I_o + lambda n_o / n Q) x = I_o y
 *
 * Where values are drawn towards their mean m, a number for each feature, x^T Q x is (x - m)^T Q (x - m): the right-hand sides gain
 * m (Q 1)_m and m lambda n_o / n Q 1. Otherwise priors with rho < 1 draw to 0, the more the larger lambda (1 - rho) is.
 *
 * One factor serves every feature. A non-negative solution is found from the unconstrained one where that is negative
 * somewhere; where the matrix has no positive off-diagonal entry (ICAR, CAR) and the values are not negative it never is.
 */
#include "model/imputation-private.h"

#include "base/error.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#define FIELD(name) G_STRUCT_OFFSET (SmoothImputationSettings, name)

static const SmoothParam params[] = {
  { "keep-observed", N_ ("Keep measured values"), SMOOTH_PARAM_BOOL, FIELD (fixed), 1, 0, 1, "", NULL,
    N_ ("Keep measured values as they are; otherwise they are denoised together with the missing ones"), 0 },
  { "non-negative", N_ ("Non-negative"), SMOOTH_PARAM_BOOL, FIELD (nonnegative), 1, 0, 1, "", NULL,
    N_ ("Allow no value below zero, as for counts"), 0 },
  { "draw-to-mean", N_ ("Draw to the mean"), SMOOTH_PARAM_BOOL, FIELD (centre), 0, 0, 1, "", NULL,
    N_ ("Where little is known, draw values towards the mean of the measured ones; otherwise towards zero"), 0 },
  { "imputation-lambda", N_ ("Smoothing λ"), SMOOTH_PARAM_DOUBLE, FIELD (lambda), 1, 1e-6, 1e6, "", NULL,
    N_ ("A larger value smooths measured values more; it has no effect where they are kept"), SMOOTH_PARAM_LOG, 1e-3, 1e3 },
  { "imputation-tolerance", N_ ("Tolerance"), SMOOTH_PARAM_DOUBLE, FIELD (tolerance), 1e-10, 1e-14, 1e-2, "", NULL,
    N_ ("A larger value stops earlier, farther from the optimum of a non-negative problem"),
    SMOOTH_PARAM_LOG | SMOOTH_PARAM_EXPERT },
  { "imputation-iterations", N_ ("Iterations"), SMOOTH_PARAM_INT, FIELD (max_iterations), 2000, 1, 1000000, "", NULL,
    N_ ("A larger value lets a badly conditioned non-negative problem go on for longer"), SMOOTH_PARAM_EXPERT },
};

const SmoothParamTable smooth_imputation_params = {
  "imputation", N_ ("Imputation"), sizeof (SmoothImputationSettings), params, G_N_ELEMENTS (params),
};

void
smooth_imputer_free (SmoothImputer *imputer)
{
  if (imputer == NULL)
    return;
  smooth_precision_unref (imputer->precision);
  smooth_sparse_unref (imputer->a);
  smooth_sparse_unref (imputer->coupling);
  smooth_sparse_unref (imputer->spread);
  smooth_cholesky_free (imputer->cholesky);
  g_free (imputer->observation);
  g_free (imputer->unknown);
  g_free (imputer->pull);
  g_free (imputer->variances);
  g_free (imputer);
}

/* Finds which spots are observed and numbers the unknowns. */
static gboolean
number_spots (SmoothImputer *imputer, const gint32 *observed, GError **error)
{
  imputer->observation = smooth_i_try_new (gint32, imputer->n, "the numbers of spots", error);
  if (imputer->observation != NULL)
    imputer->unknown = smooth_i_try_new (gint32, imputer->n, "the numbers of spots", error);
  if (imputer->unknown == NULL)
    return FALSE;
  for (gint64 i = 0; i < imputer->n; i++)
    imputer->observation[i] = -1;
  for (gint64 k = 0; k < imputer->n_observed; k++)
    {
      if (observed[k] < 0 || observed[k] >= imputer->n || imputer->observation[observed[k]] >= 0)
        {
          smooth_error_set (error, SMOOTH_ERROR_VALUE,
                            "observed spot %" PRId64 ": expected a number below %" PRId64 " that occurs once, found %d", k,
                            imputer->n, observed[k]);
          return FALSE;
        }
      imputer->observation[observed[k]] = (gint32) k;
    }
  for (gint64 i = 0; i < imputer->n; i++)
    imputer->unknown[i] = imputer->settings.fixed && imputer->observation[i] >= 0 ? -1 : (gint32) imputer->n_unknown++;
  return TRUE;
}

/* A: Q_mm where observed values are kept, I_o + weight Q else. */
static gboolean
make_matrix (SmoothImputer *imputer, GError **error)
{
  const SmoothSparse *q = imputer->precision->symmetric;
  gboolean fixed = imputer->settings.fixed;
  gint64 next = 0;

  imputer->a = smooth_sparse_new (imputer->n_unknown, imputer->n_unknown, smooth_sparse_get_nnz (q), error);
  if (imputer->a == NULL)
    return FALSE;
  for (gint64 j = 0; j < imputer->n; j++)
    {
      if (imputer->unknown[j] < 0)
        continue;
      for (gint64 e = q->starts[j]; e < q->starts[j + 1]; e++)
        {
          gint32 i = q->rows[e];
          if (imputer->unknown[i] < 0)
            continue;
          imputer->a->rows[next] = imputer->unknown[i];
          imputer->a->values[next] =
              fixed ? q->values[e] : imputer->weight * q->values[e] + (i == j && imputer->observation[j] >= 0);
          next++;
        }
      imputer->a->starts[imputer->unknown[j] + 1] = next;
    }
  return TRUE;
}

/* What measured values give to the right-hand side: -Q_mo where they are kept, else a 1 each. n_unknown x n_observed */
static gboolean
make_coupling (SmoothImputer *imputer, const gint32 *observed, GError **error)
{
  const SmoothSparse *q = imputer->precision->symmetric;
  gint64 next = 0, nnz = imputer->settings.fixed ? smooth_sparse_get_nnz (q) : imputer->n_observed;

  imputer->coupling = smooth_sparse_new (imputer->n_unknown, imputer->n_observed, nnz, error);
  if (imputer->coupling == NULL)
    return FALSE;
  for (gint64 k = 0; k < imputer->n_observed; k++)
    {
      gint32 j = observed[k];
      for (gint64 e = q->starts[j]; e < q->starts[j + 1] && imputer->settings.fixed; e++)
        if (imputer->unknown[q->rows[e]] >= 0)
          {
            imputer->coupling->rows[next] = imputer->unknown[q->rows[e]];
            imputer->coupling->values[next++] = -q->values[e];
          }
      if (!imputer->settings.fixed)
        {
          imputer->coupling->rows[next] = imputer->unknown[j];
          imputer->coupling->values[next++] = 1.0;
        }
      imputer->coupling->starts[k + 1] = next;
    }
  return TRUE;
}

/* The sums of the rows of Q that belong to unknowns, in the weight that they have in A. */
static gboolean
make_pull (SmoothImputer *imputer, GError **error)
{
  const SmoothSparse *q = imputer->precision->symmetric;

  imputer->pull = smooth_i_try_new (double, imputer->n_unknown, "row sums", error);
  for (gint64 i = 0; imputer->pull != NULL && i < imputer->n; i++)
    for (gint64 e = q->starts[i]; e < q->starts[i + 1] && imputer->unknown[i] >= 0; e++)
      imputer->pull[imputer->unknown[i]] += q->values[e] * (imputer->settings.fixed ? 1.0 : imputer->weight);
  return imputer->pull != NULL;
}

static gboolean
factor (SmoothImputer *imputer, SmoothRun *run, GError **error)
{
  gboolean is_definite = FALSE;

  if (imputer->n_unknown == 0)
    return TRUE;
  g_autofree gint32 *spots = smooth_i_try_new (gint32, imputer->n_unknown, "the numbers of spots", error);
  for (gint64 i = 0; spots != NULL && i < imputer->n; i++)
    if (imputer->unknown[i] >= 0)
      spots[imputer->unknown[i]] = (gint32) i;
  imputer->cholesky = spots != NULL ? smooth_cholesky_new_for (imputer->precision->symbolic, imputer->a, spots, run, error) : NULL;
  if (imputer->cholesky == NULL || !smooth_cholesky_factor (imputer->cholesky, imputer->a, &is_definite, run, error))
    return FALSE;
  if (is_definite && smooth_cholesky_get_rcond (imputer->cholesky) >= 1e-15)
    return TRUE;
  smooth_error_set (error, SMOOTH_ERROR_NUMERIC,
                    "the prior leaves the missing values open: its precision is singular or indefinite there; a smaller rho "
                    "makes it definite");
  return FALSE;
}

/* Of a prior that is a matrix. */
static gboolean
make_system (SmoothImputer *imputer, const gint32 *observed, SmoothRun *run, GError **error)
{
  return make_matrix (imputer, error) && make_coupling (imputer, observed, error) && make_pull (imputer, error)
         && factor (imputer, run, error);
}

/* Marks the spots that are connected to @spot by entries of Q other than zero; counts observed ones among them. */
static gint64
flood (const SmoothImputer *imputer, gint64 spot, gboolean *seen, gint32 *stack, gint64 *n_spots)
{
  const SmoothSparse *q = imputer->precision->symmetric;
  gint64 n_observed = 0, depth = 0;

  *n_spots = 0;
  seen[spot] = TRUE;
  stack[depth++] = (gint32) spot;
  while (depth > 0)
    {
      gint32 j = stack[--depth];
      ++*n_spots;
      n_observed += imputer->observation[j] >= 0;
      for (gint64 e = q->starts[j]; e < q->starts[j + 1]; e++)
        if (q->values[e] != 0.0 && !seen[q->rows[e]])
          {
            seen[q->rows[e]] = TRUE;
            stack[depth++] = q->rows[e];
          }
    }
  return n_observed;
}

/* A component of the graph without any measured spot says nothing about its values: the prior draws them to 0. */
static gboolean
report_unidentifiable (const SmoothImputer *imputer, SmoothReport *report, GError **error)
{
  g_autofree gboolean *seen = smooth_i_try_new (gboolean, imputer->n, "the components of a prior", error);
  g_autofree gint32 *stack = seen != NULL ? smooth_i_try_new (gint32, imputer->n, "the components of a prior", error) : NULL;
  gint64 n_spots, lost = 0;

  if (stack == NULL)
    return FALSE;
  for (gint64 i = 0; i < imputer->n && imputer->spread == NULL; i++)
    if (!seen[i] && flood (imputer, i, seen, stack, &n_spots) == 0)
      lost += n_spots;
  lost += imputer->spread != NULL ? smooth_i_imputer_count_unreached (imputer) : 0;
  smooth_report_count (report, "unidentifiable", lost);
  if (lost > 0)
    smooth_report_add (
        report, SMOOTH_REPORT_WARNING,
        imputer->spread != NULL ? N_("%" PRId64 " spots are connected to no measured spot within the reach of this prior: nothing is "
                                     "known about their values, they are %s")
                                : N_("%" PRId64 " spots are connected to no measured spot: nothing is known about their values, "
                                     "they are %s"),
        lost, imputer->settings.centre ? _("the mean") : "0");
  return TRUE;
}

/**
 * smooth_imputer_new:
 * @precision: of all n spots
 * @observed: n_observed different spots, in the order of the rows of the values to come
 * @settings: (nullable): %NULL for the defaults
 * @report: (nullable): told of spots about which nothing is known
 *
 * One sparse factor of the unknowns, those that are missing (kept values) or all (denoised ones).
 */
SmoothImputer *
smooth_imputer_new (SmoothPrecision *precision, const gint32 *observed, gint64 n_observed,
                    const SmoothImputationSettings *settings, SmoothReport *report, SmoothRun *run, GError **error)
{
  g_autoptr (SmoothImputer) imputer = g_new0 (SmoothImputer, 1);

  smooth_params_init (&smooth_imputation_params, &imputer->settings);
  if (settings != NULL)
    imputer->settings = *settings;
  imputer->precision = smooth_precision_ref (precision);
  imputer->n = precision->n_spots;
  imputer->n_observed = n_observed;
  imputer->weight = imputer->settings.lambda * (double) n_observed / (double) MAX (imputer->n, 1);
  if (!smooth_params_check (&smooth_imputation_params, &imputer->settings, error)
      || !number_spots (imputer, observed, error) || !smooth_run_check (run, error)
      || !(smooth_precision_is_explicit (precision) ? make_system (imputer, observed, run, error)
                                                    : smooth_i_imputer_init_covariance (imputer, observed, run, error))
      || (report != NULL && !report_unidentifiable (imputer, report, error)))
    return NULL;
  return g_steal_pointer (&imputer);
}

/**
 * smooth_impute:
 * @precision: of all n spots
 * @observed: n_o different spots, in the order of the rows of @values
 * @values: n_o x F, finite
 * @settings: (nullable): %NULL for the defaults
 * @info: (out): as of smooth_imputer_solve()
 * @report: (nullable): told of spots about which nothing is known
 *
 * All in one, for values that are wanted once.
 *
 * Returns: (transfer full): n x F, in the order of the spots
 */
SmoothMatrix *
smooth_impute (SmoothPrecision *precision, const gint32 *observed, const SmoothMatrix *values,
               const SmoothImputationSettings *settings, SmoothInfo *info, SmoothReport *report, SmoothRun *run,
               GError **error)
{
  gint64 start = g_get_monotonic_time ();

  *info = (SmoothInfo){ .relative_gap = NAN };
  g_autoptr (SmoothImputer) imputer = smooth_imputer_new (precision, observed, values->n_rows, settings, report, run, error);
  SmoothMatrix *all = imputer != NULL ? smooth_imputer_solve (imputer, values, info, run, error) : NULL;
  if (all != NULL)
    info->seconds = (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
  return all;
}
