/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The quadratic spatial loss L(B) = sum_k c_k b_k^T Q b_k, over K n where normalised, and its gradient. */
#include "precision/loss.h"

#include "base/error.h"

#include <glib/gi18n-lib.h>

/**
 * smooth_i_check_confidences:
 * @confidences: (nullable): n
 *
 * Returns: FALSE with @error where one is negative or no number
 */
gboolean
smooth_i_check_confidences (const double *confidences, gint64 n, GError **error)
{
  for (gint64 k = 0; confidences != NULL && k < n; k++)
    if (!(confidences[k] >= 0.0 && confidences[k] <= SMOOTH_MAX_VALUE))
      {
        smooth_error_set (error, SMOOTH_ERROR_VALUE,
                          "confidence of group %" PRId64 ": expected a number of 0 to %g, found %g", k + 1, SMOOTH_MAX_VALUE,
                          confidences[k]);
        return FALSE;
      }
  return TRUE;
}

/**
 * smooth_spatial_loss:
 * @values: B, K x n_spots
 * @confidences: (nullable): c, K doubles; NULL: all 1
 * @normalised: divide by K n_spots, the gradient too
 * @loss: (out) (nullable): L(B)
 * @gradient: (nullable): K x n_spots, overwritten with c_k b_k (Q + Q^T), the derivative of L
 * @run: (nullable): the number of threads
 * @error: a value or confidence that is no number, a negative confidence, lack of memory; the outputs are then untouched
 *
 * Method: section 3 of the design; Su et al., Genome Biology 24 (2023) 291. The time of smooth_precision_apply(), and K n_spots
 * doubles where there is no @gradient.
 */
gboolean
smooth_spatial_loss (const SmoothPrecision *precision, const SmoothMatrix *values, const double *confidences,
                     gboolean normalised, double *loss, SmoothMatrix *gradient, SmoothRun *run, GError **error)
{
  gint64 n_rows = values->n_rows, n = values->n_cols;
  double scale = normalised && n_rows * n > 0 ? 1.0 / ((double) n_rows * (double) n) : 1.0, sum = 0.0;

  g_return_val_if_fail (n == precision->n_spots, FALSE);
  g_return_val_if_fail (gradient == NULL || (gradient->n_rows == n_rows && gradient->n_cols == n), FALSE);

  if (!smooth_i_matrix_check (values, N_("group"), N_("spot"), error) || !smooth_i_check_confidences (confidences, n_rows, error))
    return FALSE;
  g_autoptr (SmoothMatrix) product = gradient != NULL ? smooth_matrix_ref (gradient) : smooth_matrix_new (n_rows, n, error);
  if (product == NULL || !smooth_precision_apply (precision, values, product, run, error))
    return FALSE;
  for (gint64 i = 0; i < n; i++)
    {
      const double *b = smooth_matrix_column (values, i);
      double *y = smooth_matrix_column (product, i), part = 0.0;
      for (gint64 k = 0; k < n_rows; k++)
        {
          y[k] *= confidences != NULL ? confidences[k] : 1.0;
          part += y[k] * b[k];
          y[k] *= 2.0 * scale;
        }
      sum += part;
    }
  if (loss != NULL)
    *loss = scale * sum;
  return TRUE;
}

/**
 * smooth_spatial_loss_by_group:
 * @precisions: K, one for each row of @values
 *
 * As smooth_spatial_loss(), with a prior of its own for each group.
 */
gboolean
smooth_spatial_loss_by_group (SmoothPrecision *const *precisions, const SmoothMatrix *values, const double *confidences,
                              gboolean normalised, double *loss, SmoothMatrix *gradient, SmoothRun *run, GError **error)
{
  gint64 n_rows = values->n_rows, n = values->n_cols;
  double sum = 0.0, share = normalised ? 1.0 / (double) n_rows : 1.0;

  if (!smooth_i_matrix_check (values, N_("group"), N_("spot"), error) || !smooth_i_check_confidences (confidences, n_rows, error))
    return FALSE;
  g_autoptr (SmoothMatrix) row = smooth_matrix_new (1, n, error);
  g_autoptr (SmoothMatrix) slope = row != NULL ? smooth_matrix_new (1, n, error) : NULL;
  if (slope == NULL)
    return FALSE;
  for (gint64 k = 0; k < n_rows; k++)
    {
      double part;
      for (gint64 i = 0; i < n; i++)
        row->values[i] = values->values[k + i * n_rows];
      if (!smooth_spatial_loss (precisions[k], row, confidences != NULL ? confidences + k : NULL, normalised, &part, slope, run, error))
        return FALSE;
      sum += share * part;
      for (gint64 i = 0; gradient != NULL && i < n; i++)
        gradient->values[k + i * n_rows] = share * slope->values[i];
    }
  if (loss != NULL)
    *loss = sum;
  return TRUE;
}
