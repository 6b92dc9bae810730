/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Imputation under a prior whose covariance K = Q^-1 is the sparse one (SMA). With C = K_oo where values are kept and
 * C = K_oo + w I, w = lambda n_o / n, where they are denoised, and u the unknown spots, those that are missing or all,
 *
 *     x_u = m + K_uo C^-1 (y_o - m),     m the level that values are drawn towards,
 *
 * is what (I_o + w Q) x = I_o y and Q_mm x_m = -Q_mo y_o are, without Q (kriging, with w as nugget). Of the inverse of the
 * posterior precision A, which uncertainty needs, the diagonal is
 *
 *     kept   K_mm - K_mo C^-1 K_om       denoised   1 - w C^-1 at measured spots, (K_mm - K_mo C^-1 K_om) / w at missing ones,
 *
 * from entries of C^-1 between measured spots that share a missing one within reach: the selected inverse on that pattern.
 */
#include "model/imputation-private.h"

#include "base/error.h"

#include <math.h>
#include <string.h>

/* Columns of K for observed spots, rows for those with @numbers of at least 0: these numbers are the rows. */
static SmoothSparse *
restrict_covariance (const SmoothImputer *imputer, const gint32 *observed, const gint32 *numbers, gint64 n_rows, GError **error)
{
  const SmoothSparse *k = imputer->precision->covariance;
  gint64 next = 0, nnz = 0;

  for (gint64 o = 0; o < imputer->n_observed; o++)
    nnz += k->starts[observed[o] + 1] - k->starts[observed[o]];
  g_autoptr (SmoothSparse) part = smooth_sparse_new (n_rows, imputer->n_observed, nnz, error);
  for (gint64 o = 0; part != NULL && o < imputer->n_observed; o++)
    {
      for (gint64 e = k->starts[observed[o]]; e < k->starts[observed[o] + 1]; e++)
        if (numbers[k->rows[e]] >= 0)
          {
            part->rows[next] = numbers[k->rows[e]];
            part->values[next++] = k->values[e];
          }
      part->starts[o + 1] = next;
    }
  /* Twice transposed: observed spots may come in any order, so that rows do not rise yet. */
  g_autoptr (SmoothSparse) transposed = part != NULL ? smooth_sparse_new_transpose (part, error) : NULL;
  return transposed != NULL ? smooth_sparse_new_transpose (transposed, error) : NULL;
}

/**
 * smooth_i_imputer_init_covariance:
 * @imputer: with numbers of spots
 *
 * Sets a (C), its factor, and spread.
 */
gboolean
smooth_i_imputer_init_covariance (SmoothImputer *imputer, const gint32 *observed, SmoothRun *run, GError **error)
{
  gboolean is_definite = FALSE;

  imputer->a = restrict_covariance (imputer, observed, imputer->observation, imputer->n_observed, error);
  if (imputer->a == NULL)
    return FALSE;
  for (gint64 o = 0; o < imputer->n_observed && !imputer->settings.fixed; o++)
    for (gint64 e = imputer->a->starts[o]; e < imputer->a->starts[o + 1]; e++)
      imputer->a->values[e] += imputer->a->rows[e] == o ? imputer->weight : 0.0;
  imputer->spread = restrict_covariance (imputer, observed, imputer->unknown, imputer->n_unknown, error);
  imputer->cholesky = imputer->spread != NULL ? smooth_cholesky_new_for (imputer->precision->symbolic, imputer->a, observed, run, error) : NULL;
  if (imputer->cholesky == NULL || !smooth_cholesky_factor (imputer->cholesky, imputer->a, &is_definite, run, error))
    return FALSE;
  if (is_definite && smooth_cholesky_get_rcond (imputer->cholesky) >= 1e-15)
    return TRUE;
  smooth_error_set (
      error, SMOOTH_ERROR_NUMERIC,
      "the prior's covariance is singular between measured spots, so that their values leave the missing ones open; a "
      "smaller rho makes it definite");
  return FALSE;
}

/**
 * smooth_i_imputer_solve_covariance:
 * @values: n_observed
 * @x: (out): n_unknown
 * @work: 2 n_observed
 */
void
smooth_i_imputer_solve_covariance (const SmoothImputer *imputer, const SmoothLanes *values, const double *levels, SmoothLanes *x,
                                   SmoothLanes *work)
{
  const SmoothSparse *spread = imputer->spread;

  for (gint64 o = 0; o < imputer->n_observed; o++)
    for (gint l = 0; l < SMOOTH_LANES; l++)
      work[o][l] = values[o][l] - levels[l];
  smooth_i_lanes_solve (imputer->cholesky, work, work + imputer->n_observed);
  for (gint64 i = 0; i < imputer->n_unknown; i++)
    memcpy (x[i], levels, sizeof *x);
  for (gint64 o = 0; o < imputer->n_observed; o++)
    for (gint64 e = spread->starts[o]; e < spread->starts[o + 1]; e++)
      for (gint l = 0; l < SMOOTH_LANES; l++)
        x[spread->rows[e]][l] += spread->values[e] * work[o][l];
}

/* ---- The bounded problem, whose matrix A (Q_mm, or I_o + w Q) is known by products ---- */

/**
 * smooth_i_imputer_multiply:
 * @x: n_unknown
 * @y: (out): n_unknown: A x
 * @data: a #SmoothImputerProduct
 */
void
smooth_i_imputer_multiply (const double *x, double *y, gpointer data)
{
  const SmoothImputerProduct *product = data;
  const SmoothImputer *imputer = product->imputer;
  gboolean fixed = imputer->settings.fixed;

  for (gint64 i = 0; i < imputer->n; i++)
    product->all[i] = imputer->unknown[i] >= 0 ? x[imputer->unknown[i]] : 0.0;
  smooth_precision_apply_one (imputer->precision, product->all, product->product, product->work);
  for (gint64 i = 0; i < imputer->n; i++)
    if (imputer->unknown[i] >= 0)
      y[imputer->unknown[i]] = fixed ? product->product[i]
                                     : imputer->weight * product->product[i] + (imputer->observation[i] >= 0 ? product->all[i] : 0.0);
}

/* diagonal (n_unknown) <- of A */
void
smooth_i_imputer_get_diagonal (const SmoothImputer *imputer, double *diagonal)
{
  for (gint64 i = 0; i < imputer->n; i++)
    if (imputer->unknown[i] >= 0)
      diagonal[imputer->unknown[i]] = imputer->settings.fixed
          ? imputer->precision->diagonal[i]
          : imputer->weight * imputer->precision->diagonal[i] + (imputer->observation[i] >= 0);
}

/* ---- What is not known ---- */

/* Returns: how many unknown spots no measured one reaches: their value is the level */
gint64
smooth_i_imputer_count_unreached (const SmoothImputer *imputer)
{
  const SmoothSparse *k = imputer->precision->covariance;
  gint64 n = 0;

  for (gint64 i = 0; i < imputer->n; i++)
    {
      gboolean is_reached = FALSE;
      for (gint64 e = k->starts[i]; e < k->starts[i + 1] && !is_reached; e++)
        is_reached = k->values[e] != 0.0 && imputer->observation[k->rows[e]] >= 0;
      n += !is_reached;
    }
  return n;
}

/* ---- Variances ---- */

/* Columns of K at unknown spots that were not measured, over measured ones: n_observed x n_unknown. */
static SmoothSparse *
find_reach (const SmoothImputer *imputer, GError **error)
{
  g_autoptr (SmoothSparse) reach = smooth_sparse_new_transpose (imputer->spread, error);
  g_autofree gboolean *is_measured = reach != NULL ? smooth_i_try_new (gboolean, imputer->n_unknown, "variances", error) : NULL;
  gint64 next = 0;

  if (is_measured == NULL)
    return NULL;
  for (gint64 i = 0; i < imputer->n; i++)
    if (imputer->unknown[i] >= 0)
      is_measured[imputer->unknown[i]] = imputer->observation[i] >= 0;
  for (gint64 u = 0, start = 0; u < imputer->n_unknown; u++)
    {
      gint64 end = reach->starts[u + 1];
      for (gint64 e = start; e < end && !is_measured[u]; e++)
        {
          reach->rows[next] = reach->rows[e];
          reach->values[next++] = reach->values[e];
        }
      start = end;
      reach->starts[u + 1] = next;
    }
  return g_steal_pointer (&reach);
}

/* C on its own pattern joined with that of @shared, zeros where it has none. */
static SmoothSparse *
widen (const SmoothSparse *c, const SmoothSparse *shared, GError **error)
{
  SmoothSparse *wide = smooth_sparse_new (c->n_rows, c->n_cols, smooth_sparse_get_nnz (c) + smooth_sparse_get_nnz (shared), error);
  gint64 next = 0;

  for (gint64 j = 0; wide != NULL && j < c->n_cols; j++)
    {
      gint64 e = c->starts[j], f = shared->starts[j];
      while (e < c->starts[j + 1] || f < shared->starts[j + 1])
        {
          gint32 row = e < c->starts[j + 1] ? c->rows[e] : G_MAXINT32, other = f < shared->starts[j + 1] ? shared->rows[f] : G_MAXINT32;
          wide->rows[next] = MIN (row, other);
          wide->values[next++] = row <= other ? c->values[e] : 0.0;
          e += row <= other;
          f += other <= row;
        }
      wide->starts[j + 1] = next;
    }
  return wide;
}

/* Entries of C^-1 on the pattern that the diagonal of A^-1 needs. */
static SmoothSparse *
select_inverse (const SmoothImputer *imputer, const SmoothSparse *reach, GError **error)
{
  g_autofree gint32 *spots = smooth_i_try_new (gint32, imputer->n_observed, "the numbers of spots", error);
  gboolean is_definite = FALSE;
  g_autoptr (SmoothSparse) transposed = spots != NULL ? smooth_sparse_new_transpose (reach, error) : NULL;
  g_autoptr (SmoothSparse) shared = transposed != NULL ? smooth_sparse_new_product (reach, transposed, error) : NULL;
  g_autoptr (SmoothSparse) wide = shared != NULL ? widen (imputer->a, shared, error) : NULL;

  for (gint64 i = 0; wide != NULL && i < imputer->n; i++)
    if (imputer->observation[i] >= 0)
      spots[imputer->observation[i]] = (gint32) i;
  g_autoptr (SmoothCholesky) cholesky
      = wide != NULL ? smooth_cholesky_new_for (imputer->precision->symbolic, wide, spots, NULL, error) : NULL;
  if (cholesky == NULL || !smooth_cholesky_factor (cholesky, wide, &is_definite, NULL, error))
    return NULL;
  if (!is_definite) /* as rounding in another order may have it */
    {
      smooth_error_set (
          error, SMOOTH_ERROR_NUMERIC,
          "the prior's covariance is nearly singular between measured spots: standard deviations cannot be told; choose a "
          "smaller rho");
      return NULL;
    }
  return smooth_cholesky_new_selected_inverse (cholesky, wide, NULL, error);
}

/**
 * smooth_i_imputer_dup_covariance_variances:
 *
 * One sparse factor on a wider pattern and its selected inverse.
 *
 * Returns: (transfer full): n_unknown: the diagonal of A^-1; smooth_i_try_alloc()ed as that of other priors
 */
double *
smooth_i_imputer_dup_covariance_variances (const SmoothImputer *imputer, GError **error)
{
  const SmoothSparse *k = imputer->precision->covariance;
  double scale = imputer->settings.fixed ? 1.0 : 1.0 / imputer->weight;
  g_autoptr (SmoothSparse) reach = find_reach (imputer, error);
  g_autoptr (SmoothSparse) inverse = reach != NULL ? select_inverse (imputer, reach, error) : NULL;
  double *variances = inverse != NULL ? smooth_i_try_new (double, imputer->n_unknown, "variances", error) : NULL;

  for (gint64 i = 0; variances != NULL && i < imputer->n; i++)
    {
      gint32 u = imputer->unknown[i], o = imputer->observation[i];
      if (u < 0)
        continue;
      if (o >= 0)
        {
          variances[u] = 1.0 - imputer->weight * inverse->values[smooth_sparse_find (inverse, o, o)];
          continue;
        }
      for (gint64 e = k->starts[i]; e < k->starts[i + 1]; e++)
        variances[u] += k->rows[e] == i ? k->values[e] : 0.0;
      for (gint64 e = reach->starts[u]; e < reach->starts[u + 1]; e++)
        for (gint64 f = reach->starts[u]; f < reach->starts[u + 1]; f++)
          variances[u] -= reach->values[e] * reach->values[f] * inverse->values[smooth_sparse_find (inverse, reach->rows[e], reach->rows[f])];
      variances[u] *= scale;
    }
  return variances;
}
