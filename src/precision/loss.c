/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The quadratic spatial loss L(B) = sum_k c_k b_k^T Q b_k, over K n where normalised, and its gradient. */
#include "precision/precision.h"

#include <string.h>

/* y = column i of B S, S symmetric: K doubles. */
static void
apply_column (const SmoothSparse *s, const SmoothMatrix *values, gint64 i, double *y)
{
  gint64 n_rows = values->n_rows;

  memset (y, 0, (gsize) n_rows * sizeof (double));
  for (gint64 e = s->starts[i]; e < s->starts[i + 1]; e++)
    {
      const double *b = smooth_matrix_column (values, s->rows[e]);
      for (gint64 k = 0; k < n_rows; k++)
        y[k] += s->values[e] * b[k];
    }
}

/**
 * smooth_spatial_loss:
 * @values: B, K x n_spots
 * @confidences: (nullable): c, K doubles; NULL: all 1
 * @normalised: divide by K n_spots, the gradient too
 * @gradient: (nullable): K x n_spots, overwritten with c_k b_k (Q + Q^T), the derivative of L
 *
 * Method: section 3 of the design; Su et al., Genome Biology 24 (2023) 291. O(K nnz (Q)) time, K doubles.
 *
 * Returns: L(B)
 */
double
smooth_spatial_loss (const SmoothPrecision *precision, const SmoothMatrix *values, const double *confidences,
                     gboolean normalised, SmoothMatrix *gradient)
{
  gint64 n_rows = values->n_rows, n = values->n_cols;
  double scale = normalised && n_rows * n > 0 ? 1.0 / ((double) n_rows * (double) n) : 1.0;
  double loss = 0.0;

  g_return_val_if_fail (n == precision->n_spots, 0.0);
  g_return_val_if_fail (gradient == NULL || (gradient->n_rows == n_rows && gradient->n_cols == n), 0.0);

  g_autofree double *y = g_new (double, MAX (n_rows, 1));
  for (gint64 i = 0; i < n; i++)
    {
      const double *b = smooth_matrix_column (values, i);
      double part = 0.0;
      apply_column (precision->symmetric, values, i, y);
      for (gint64 k = 0; k < n_rows; k++)
        {
          double slope = (confidences != NULL ? confidences[k] : 1.0) * y[k];
          part += slope * b[k];
          if (gradient != NULL)
            smooth_matrix_column (gradient, i)[k] = 2.0 * scale * slope;
        }
      loss += part;
    }
  return scale * loss;
}
