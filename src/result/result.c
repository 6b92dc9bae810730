/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Proportions from abundances: p_ks = max (b_ks, 0) / (sum over k of max (b_ks, 0) + 1e-8). */
#include "result/result.h"

#include "base/error.h"

/* Keeps 0 / 0 away from spots without any abundance: their proportions are all 0. */
#define TOTAL_FLOOR 1e-8

static void
normalise_spot (const double *abundances, gint64 n_types, double *proportions)
{
  double total = TOTAL_FLOOR;

  for (gint64 k = 0; k < n_types; k++)
    total += MAX (abundances[k], 0.0);
  for (gint64 k = 0; k < n_types; k++)
    proportions[k] = MAX (abundances[k], 0.0) / total;
}

/**
 * smooth_result_new:
 * @abundances: n_types x n_spots; referenced
 * @type_names: n_types names; copied
 * @info: what the solver claims
 *
 * O(n_types n_spots).
 *
 * Returns: (transfer full): the result, or %NULL where memory is short
 */
SmoothResult *
smooth_result_new (SmoothMatrix *abundances, const char *const *type_names, const SmoothInfo *info, GError **error)
{
  g_return_val_if_fail (g_strv_length ((char **) type_names) == abundances->n_rows, NULL);

  g_autoptr (SmoothMatrix) proportions = smooth_matrix_new (abundances->n_rows, abundances->n_cols, error);
  if (proportions == NULL)
    return NULL;
  for (gint64 s = 0; s < abundances->n_cols; s++)
    normalise_spot (smooth_matrix_column (abundances, s), abundances->n_rows, smooth_matrix_column (proportions, s));

  SmoothResult *result = g_new0 (SmoothResult, 1);
  g_atomic_ref_count_init (&result->ref_count);
  result->n_types = abundances->n_rows;
  result->n_spots = abundances->n_cols;
  result->type_names = g_strdupv ((char **) type_names);
  result->abundances = smooth_matrix_ref (abundances);
  result->proportions = g_steal_pointer (&proportions);
  result->info = *info;
  return result;
}

SmoothResult *
smooth_result_ref (SmoothResult *result)
{
  g_atomic_ref_count_inc (&result->ref_count);
  return result;
}

void
smooth_result_unref (SmoothResult *result)
{
  if (result == NULL || !g_atomic_ref_count_dec (&result->ref_count))
    return;
  g_strfreev (result->type_names);
  smooth_matrix_unref (result->abundances);
  smooth_matrix_unref (result->proportions);
  g_free (result);
}

/**
 * smooth_result_dup_dominant:
 *
 * Returns: (transfer full): n_spots: the type of the largest proportion, the first one of equals, -1 where all are 0
 */
gint32 *
smooth_result_dup_dominant (const SmoothResult *result)
{
  gint32 *dominant = g_new (gint32, MAX (result->n_spots, 1));

  for (gint64 s = 0; s < result->n_spots; s++)
    {
      const double *p = smooth_matrix_column (result->proportions, s);
      double most = 0.0;
      dominant[s] = -1;
      for (gint64 k = 0; k < result->n_types; k++)
        if (p[k] > most)
          {
            most = p[k];
            dominant[s] = (gint32) k;
          }
    }
  return dominant;
}
