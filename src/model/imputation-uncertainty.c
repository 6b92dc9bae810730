/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How certain imputed values are: posterior standard deviations, one number a position times one a feature.
 *
 * Kept values: x ~ N (0, s^2 Q^-1) has, given x_o = y_o, the mean that smooth_imputer_solve() returns and the covariance s^2 Q_mm^-1.
 * The most likely variance is that of the data under the prior,
 *
 *     s^2 = y_o^T (Q_oo - Q_om Q_mm^-1 Q_mo) y_o / n_o = x^T Q x / n_o.
 *
 * Denoised values: y_o = x_o + noise of variance s^2, x ~ N (0, s^2 (w Q)^-1), w = lambda n_o / n, has the covariance s^2 A^-1 with
 * A = I_o + w Q, the inverse of the posterior precision. s^2 is the sum of squared residuals over n_o less the effective number of
 * parameters, which is the sum of diag (A^-1) over measured spots.
 *
 * Where values are drawn towards their mean, x and y are what they differ from it, the mean taken as known.
 *
 * So the standard deviation of feature f at position i is s_f sqrt ((A^-1)_ii), A = Q_mm where values are kept. For new measurements
 * of a denoised value add s_f^2 to its square. Bounds at 0 are not taken into account: the deviation is that of the unbounded value.
 */
#include "model/imputation-private.h"

#include "base/error.h"

#include <math.h>

static gboolean
find_variances (SmoothImputer *imputer, GError **error)
{
  if (imputer->variances == NULL && imputer->spread != NULL)
    imputer->variances = smooth_i_imputer_dup_covariance_variances (imputer, error);
  else if (imputer->variances == NULL)
    imputer->variances =
        imputer->cholesky != NULL ? smooth_cholesky_dup_inverse_diagonal (imputer->cholesky, NULL, error) : g_new0 (double, 1);
  return imputer->variances != NULL;
}

/**
 * smooth_imputer_dup_deviations:
 *
 * By selected inversion of the factor: twice its time. Kept until the imputer goes.
 *
 * Returns: (transfer full): n: the standard deviations for scale 1; 0 where values are kept
 */
double *
smooth_imputer_dup_deviations (SmoothImputer *imputer, GError **error)
{
  if (!find_variances (imputer, error))
    return NULL;
  double *deviations = smooth_i_try_new (double, imputer->n, "standard deviations", error);
  for (gint64 i = 0; deviations != NULL && i < imputer->n; i++)
    if (imputer->unknown[i] >= 0)
      deviations[i] = sqrt (MAX (imputer->variances[imputer->unknown[i]], 0.0));
  return deviations;
}

/* The number of measured values less the parameters that they went into. */
static double
get_freedom (const SmoothImputer *imputer)
{
  double freedom = (double) imputer->n_observed;

  for (gint64 i = 0; i < imputer->n && !imputer->settings.fixed; i++)
    if (imputer->observation[i] >= 0)
      freedom -= imputer->variances[imputer->unknown[i]];
  return freedom;
}

/* s^2 of one feature; x and product: 1 x n, workspace. FALSE: no memory */
static gboolean
get_variance (const SmoothImputer *imputer, const double *y, const double *imputed, SmoothMatrix *x, SmoothMatrix *product,
              double freedom, double *variance, GError **error)
{
  double sum = 0.0, level = smooth_i_imputer_get_level (imputer, y);

  for (gint64 i = 0; i < imputer->n; i++)
    {
      x->values[i] = imputed[i] - level;
      if (!imputer->settings.fixed && imputer->observation[i] >= 0)
        sum += (y[imputer->observation[i]] - imputed[i]) * (y[imputer->observation[i]] - imputed[i]);
    }
  if (imputer->settings.fixed && !smooth_precision_apply (imputer->precision, x, product, NULL, error))
    return FALSE;
  for (gint64 i = 0; i < imputer->n && imputer->settings.fixed; i++)
    sum += x->values[i] * product->values[i];
  *variance = MAX (sum, 0.0) / freedom;
  return TRUE;
}

/**
 * smooth_imputer_dup_scales:
 * @values: n_observed x F
 * @imputed: n x F: what smooth_imputer_solve() made of them
 *
 * Returns: (transfer full): F: what the deviations of each feature are to be multiplied by; NAN where there are no more values than
 *   parameters
 */
double *
smooth_imputer_dup_scales (SmoothImputer *imputer, const SmoothMatrix *values, const SmoothMatrix *imputed, GError **error)
{
  if (values->n_rows != imputer->n_observed || imputed->n_rows != imputer->n || imputed->n_cols != values->n_cols)
    {
      smooth_error_set (error, SMOOTH_ERROR_MISMATCH,
                        "imputation: expected values of %" PRId64 " measured spots and imputed ones of %" PRId64
                        " positions, found %" PRId64 " x %" PRId64 " and %" PRId64 " x %" PRId64,
                        imputer->n_observed, imputer->n, values->n_rows, values->n_cols, imputed->n_rows, imputed->n_cols);
      return NULL;
    }
  if (!imputer->settings.fixed && !find_variances (imputer, error))
    return NULL;
  g_autoptr (SmoothMatrix) x = smooth_matrix_new (1, imputer->n, error);
  g_autoptr (SmoothMatrix) product = x != NULL ? smooth_matrix_new (1, imputer->n, error) : NULL;
  g_autofree double *scales = product != NULL ? smooth_i_try_new (double, values->n_cols, "standard deviations", error) : NULL;
  double freedom = get_freedom (imputer), variance = NAN;
  for (gint64 f = 0; scales != NULL && f < values->n_cols; f++)
    {
      if (freedom > 0.0
          && !get_variance (imputer, smooth_matrix_column (values, f), smooth_matrix_column (imputed, f), x, product, freedom, &variance, error))
        return NULL;
      scales[f] = sqrt (variance);
    }
  return g_steal_pointer (&scales);
}
