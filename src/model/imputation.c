/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Imputation by a spatial prior (method of Su et al., Genome Biology 24 (2023) 291).
 *
 * n spots, of which n_o are observed, F features; x_o, x_m the parts of x at observed and missing spots, Q symmetric.
 *
 *     fixed:   minimise  lambda / (F n) sum x^T Q x   with x_o = y_o      =>  Q_mm x_m = -Q_mo y_o
 *     denoise: minimise  1/(n_o F) |x_o - y_o|^2 + lambda/(F n) sum x^T Q x
 *                                                     =>  (I_o + lambda n_o / n Q) x = I_o y
 *
 * One factor serves every feature. A non-negative solution is found from the unconstrained one where that is negative
 * somewhere; where the matrix has no positive off-diagonal entry (ICAR, CAR) and the values are not negative it never is.
 */
#include "model/imputation.h"

#include "base/error.h"
#include "linalg/bounded.h"
#include "linalg/cholesky.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#define FIELD(name) G_STRUCT_OFFSET (SmoothImputationSettings, name)

static const SmoothParam params[] = {
  { "keep-observed", N_ ("Keep measured values"), SMOOTH_PARAM_BOOL, FIELD (fixed), 1, 0, 1, "", NULL,
    N_ ("Keep measured values as they are; otherwise they are denoised together with the missing ones"), 0 },
  { "non-negative", N_ ("Non-negative"), SMOOTH_PARAM_BOOL, FIELD (nonnegative), 1, 0, 1, "", NULL,
    N_ ("Allow no value below zero, as for counts"), 0 },
  { "imputation-lambda", N_ ("Smoothing λ"), SMOOTH_PARAM_DOUBLE, FIELD (lambda), 1, 1e-6, 1e6, "", NULL,
    N_ ("A larger value smooths measured values more; it has no effect where they are kept"), SMOOTH_PARAM_LOG },
  { "imputation-tolerance", N_ ("Tolerance"), SMOOTH_PARAM_DOUBLE, FIELD (tolerance), 1e-10, 1e-14, 1e-2, "", NULL,
    N_ ("A larger value stops earlier, farther from the optimum of a non-negative problem"), SMOOTH_PARAM_LOG | SMOOTH_PARAM_EXPERT },
  { "imputation-iterations", N_ ("Iterations"), SMOOTH_PARAM_INT, FIELD (max_iterations), 2000, 1, 1000000, "", NULL,
    N_ ("A larger value lets a badly conditioned non-negative problem go on for longer"), SMOOTH_PARAM_EXPERT },
};

const SmoothParamTable smooth_imputation_params = {
  "imputation", N_ ("Imputation"), sizeof (SmoothImputationSettings), params, G_N_ELEMENTS (params),
};

/* The linear system of the unknowns. */
typedef struct
{
  const SmoothPrecision *precision;
  const SmoothMatrix *values;
  const SmoothImputationSettings *settings;
  SmoothRun *run;

  gint64 n, n_observed, n_unknown;
  gint32 *observation; /* n: row of values, or -1 */
  gint32 *unknown;     /* n: number among the unknowns, or -1 */
  double weight;       /* lambda n_o / n */
  SmoothSparse *a;     /* n_unknown x n_unknown */
  SmoothMatrix *right; /* n_unknown x F */
} System;

static void
system_clear (System *system)
{
  g_free (system->observation);
  g_free (system->unknown);
  smooth_sparse_unref (system->a);
  smooth_matrix_unref (system->right);
}

static gboolean
check_values (const SmoothMatrix *values, GError **error)
{
  if (values->n_rows < 1 || values->n_cols < 1)
    {
      g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE,
                   "imputation: expected at least one measured spot and one feature, found %" G_GINT64_FORMAT " and %" G_GINT64_FORMAT,
                   values->n_rows, values->n_cols);
      return FALSE;
    }
  return smooth_i_matrix_check (values, "measured values: spot", "feature", error);
}

/* Finds which spots are observed and numbers the unknowns. */
static gboolean
number_spots (System *system, const gint32 *observed, GError **error)
{
  system->observation = smooth_i_try_new (gint32, system->n, "the numbers of spots", error);
  if (system->observation != NULL)
    system->unknown = smooth_i_try_new (gint32, system->n, "the numbers of spots", error);
  if (system->unknown == NULL)
    return FALSE;
  for (gint64 i = 0; i < system->n; i++)
    system->observation[i] = -1;
  for (gint64 k = 0; k < system->n_observed; k++)
    {
      if (observed[k] < 0 || observed[k] >= system->n || system->observation[observed[k]] >= 0)
        {
          g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE,
                       "observed spot %" G_GINT64_FORMAT ": expected a number below %" G_GINT64_FORMAT " that occurs once, found %d", k,
                       system->n, observed[k]);
          return FALSE;
        }
      system->observation[observed[k]] = (gint32) k;
    }
  for (gint64 i = 0; i < system->n; i++)
    system->unknown[i] = system->settings->fixed && system->observation[i] >= 0 ? -1 : (gint32) system->n_unknown++;
  return TRUE;
}

/* A: Q_mm where observed values are fixed, I_o + weight Q else. */
static gboolean
make_matrix (System *system, GError **error)
{
  const SmoothSparse *q = system->precision->symmetric;
  gboolean fixed = system->settings->fixed;
  gint64 next = 0;

  system->a = smooth_sparse_new (system->n_unknown, system->n_unknown, smooth_sparse_get_nnz (q), error);
  if (system->a == NULL)
    return FALSE;
  for (gint64 j = 0; j < system->n; j++)
    {
      if (system->unknown[j] < 0)
        continue;
      for (gint64 e = q->starts[j]; e < q->starts[j + 1]; e++)
        {
          gint32 i = q->rows[e];
          if (system->unknown[i] < 0)
            continue;
          system->a->rows[next] = system->unknown[i];
          system->a->values[next] = fixed ? q->values[e] : system->weight * q->values[e] + (i == j && system->observation[j] >= 0);
          next++;
        }
      system->a->starts[system->unknown[j] + 1] = next;
    }
  return TRUE;
}

static gboolean
make_right (System *system, GError **error)
{
  const SmoothSparse *q = system->precision->symmetric;

  system->right = smooth_matrix_new (system->n_unknown, system->values->n_cols, error);
  if (system->right == NULL)
    return FALSE;
  for (gint64 f = 0; f < system->values->n_cols; f++)
    {
      const double *y = smooth_matrix_column (system->values, f);
      double *right = smooth_matrix_column (system->right, f);
      for (gint64 j = 0; j < system->n; j++)
        {
          if (system->observation[j] < 0)
            continue;
          double value = y[system->observation[j]];
          if (!system->settings->fixed)
            right[system->unknown[j]] = value;
          else
            for (gint64 e = q->starts[j]; e < q->starts[j + 1]; e++)
              if (system->unknown[q->rows[e]] >= 0)
                right[system->unknown[q->rows[e]]] -= q->values[e] * value;
        }
    }
  return TRUE;
}

/* Marks the spots that are connected to @spot by entries of Q other than zero; counts observed ones among them. */
static gint64
flood (const System *system, gint64 spot, gboolean *seen, gint32 *stack, gint64 *n_spots)
{
  const SmoothSparse *q = system->precision->symmetric;
  gint64 n_observed = 0, depth = 0;

  *n_spots = 0;
  seen[spot] = TRUE;
  stack[depth++] = (gint32) spot;
  while (depth > 0)
    {
      gint32 j = stack[--depth];
      ++*n_spots;
      n_observed += system->observation[j] >= 0;
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
report_unidentifiable (const System *system, SmoothReport *report, GError **error)
{
  g_autofree gboolean *seen = smooth_i_try_new (gboolean, system->n, "the components of a prior", error);
  g_autofree gint32 *stack = seen != NULL ? smooth_i_try_new (gint32, system->n, "the components of a prior", error) : NULL;
  gint64 n_spots, lost = 0;

  if (stack == NULL)
    return FALSE;
  for (gint64 i = 0; i < system->n; i++)
    if (!seen[i] && flood (system, i, seen, stack, &n_spots) == 0)
      lost += n_spots;
  smooth_report_count (report, "unidentifiable", lost);
  if (lost > 0)
    smooth_report_add (report, SMOOTH_REPORT_WARNING,
                       "%" G_GINT64_FORMAT " spots are connected to no measured spot: nothing is known about their values, they are 0",
                       lost);
  return TRUE;
}

static gboolean
solve_unconstrained (System *system, SmoothMatrix *x, GError **error)
{
  g_autoptr (SmoothCholesky) cholesky = smooth_cholesky_new (system->a, NULL, error);
  gboolean is_definite = FALSE;

  if (cholesky == NULL || !smooth_cholesky_factor (cholesky, system->a, &is_definite, error))
    return FALSE;
  if (!is_definite || smooth_cholesky_get_rcond (cholesky) < 1e-15)
    {
      g_set_error_literal (error, SMOOTH_ERROR, SMOOTH_ERROR_NUMERIC,
                           "the prior leaves the missing values open: its precision is singular or indefinite there; a smaller rho "
                           "makes it definite");
      return FALSE;
    }
  return smooth_cholesky_solve (cholesky, x, error);
}

/* Solves again, under the constraint, for each feature that is negative somewhere. */
static gboolean
constrain (System *system, SmoothMatrix *x, SmoothInfo *info, GError **error)
{
  g_autoptr (SmoothBounded) bounded = smooth_i_bounded_new (system->n_unknown, error);

  if (bounded == NULL)
    return FALSE;
  for (gint64 f = 0; f < x->n_cols; f++)
    {
      double *column = smooth_matrix_column (x, f);
      gboolean is_negative = FALSE;
      for (gint64 i = 0; i < x->n_rows; i++)
        is_negative |= column[i] < 0.0;
      if (!is_negative)
        continue;
      if (!smooth_run_check (system->run, error))
        return FALSE;
      smooth_run_report (system->run, (double) f / (double) x->n_cols, "imputation");
      double violation = smooth_i_bounded_minimise (bounded, system->a, smooth_matrix_column (system->right, f), column,
                                                    system->settings->tolerance, system->settings->max_iterations, system->run);
      info->kkt_residual = MAX (info->kkt_residual, violation);
    }
  return smooth_run_check (system->run, error);
}

/* Puts solved and fixed values together: n x F. */
static SmoothMatrix *
assemble (const System *system, const SmoothMatrix *x, GError **error)
{
  SmoothMatrix *all = smooth_matrix_new (system->n, x->n_cols, error);

  for (gint64 f = 0; all != NULL && f < x->n_cols; f++)
    for (gint64 i = 0; i < system->n; i++)
      smooth_matrix_column (all, f)[i] = system->unknown[i] >= 0 ? smooth_matrix_column (x, f)[system->unknown[i]]
                                                                 : smooth_matrix_column (system->values, f)[system->observation[i]];
  return all;
}

/* The objective as method and reference state it, from the final values. */
static gboolean
measure (const System *system, const SmoothMatrix *all, SmoothInfo *info, GError **error)
{
  double n_values = (double) (all->n_rows * all->n_cols), sum = 0.0;
  g_autofree double *product = smooth_i_try_new (double, all->n_rows, "a workspace", error);

  if (product == NULL)
    return FALSE;
  for (gint64 f = 0; f < all->n_cols; f++)
    {
      const double *x = smooth_matrix_column (all, f);
      smooth_sparse_multiply (system->precision->symmetric, x, product);
      for (gint64 i = 0; i < all->n_rows; i++)
        {
          info->spatial_term += system->settings->lambda * x[i] * product[i] / n_values;
          if (system->observation[i] >= 0)
            sum += pow (x[i] - smooth_matrix_column (system->values, f)[system->observation[i]], 2.0);
        }
    }
  info->data_term = sum / (double) (system->n_observed * all->n_cols);
  info->objective = info->data_term + info->spatial_term;
  return TRUE;
}

static SmoothMatrix *
solve (System *system, SmoothInfo *info, GError **error)
{
  g_autoptr (SmoothMatrix) x = NULL;

  if (!make_matrix (system, error) || !make_right (system, error))
    return NULL;
  x = smooth_matrix_new_from_values (system->n_unknown, system->values->n_cols, system->right->values, error);
  if (x == NULL || (system->n_unknown > 0 && !solve_unconstrained (system, x, error)))
    return NULL;
  if (system->settings->nonnegative && !constrain (system, x, info, error))
    return NULL;
  return assemble (system, x, error);
}

/**
 * smooth_impute:
 * @precision: of all n spots
 * @observed: n_o different spots, in the order of the rows of @values
 * @values: n_o x F, finite
 * @settings: (nullable): %NULL for the defaults
 * @info: (out): objective, its terms, and the violation of the optimality conditions of non-negative problems
 * @report: (nullable): told of spots about which nothing is known
 *
 * One sparse factor for all features, then O(nnz(L)) a feature.
 *
 * Returns: (transfer full): n x F, in the order of the spots
 */
SmoothMatrix *
smooth_impute (const SmoothPrecision *precision, const gint32 *observed, const SmoothMatrix *values,
               const SmoothImputationSettings *settings, SmoothInfo *info, SmoothReport *report, SmoothRun *run, GError **error)
{
  SmoothImputationSettings defaults;
  gint64 start = g_get_monotonic_time ();

  smooth_params_init (&smooth_imputation_params, &defaults);
  System system = {
    .precision = precision,
    .values = values,
    .settings = settings != NULL ? settings : &defaults,
    .run = run,
    .n = precision->n_spots,
    .n_observed = values->n_rows,
  };
  system.weight = system.settings->lambda * (double) system.n_observed / (double) MAX (system.n, 1);
  *info = (SmoothInfo){ .relative_gap = NAN };

  SmoothMatrix *all = NULL;
  if (smooth_params_check (&smooth_imputation_params, system.settings, error)
      && smooth_precision_check_explicit (precision, "imputation", error) && check_values (values, error)
      && number_spots (&system, observed, error))
    all = solve (&system, info, error);
  if (all != NULL && (!measure (&system, all, info, error) || (report != NULL && !report_unidentifiable (&system, report, error))))
    g_clear_pointer (&all, smooth_matrix_unref);
  info->status = info->kkt_residual <= system.settings->tolerance ? SMOOTH_STATUS_CONVERGED : SMOOTH_STATUS_STOPPED;
  info->seconds = (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
  system_clear (&system);
  return all;
}
