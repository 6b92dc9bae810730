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
#include "base/parallel.h"
#include "linalg/bounded.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#define BLOCK_SIZE 16 /* features that are solved side by side */
#define LANES 8       /* features whose roughness is measured side by side; divides BLOCK_SIZE */

#define FIELD(name) G_STRUCT_OFFSET (SmoothImputationSettings, name)

static const SmoothParam params[] = {
  { "keep-observed", N_ ("Keep measured values"), SMOOTH_PARAM_BOOL, FIELD (fixed), 1, 0, 1, "", NULL,
    N_ ("Keep measured values as they are; otherwise they are denoised together with the missing ones"), 0 },
  { "non-negative", N_ ("Non-negative"), SMOOTH_PARAM_BOOL, FIELD (nonnegative), 1, 0, 1, "", NULL,
    N_ ("Allow no value below zero, as for counts"), 0 },
  { "draw-to-mean", N_ ("Draw to the mean"), SMOOTH_PARAM_BOOL, FIELD (centre), 0, 0, 1, "", NULL,
    N_ ("Where little is known, draw values towards the mean of the measured ones; otherwise towards zero"), 0 },
  { "imputation-lambda", N_ ("Smoothing λ"), SMOOTH_PARAM_DOUBLE, FIELD (lambda), 1, 1e-6, 1e6, "", NULL,
    N_ ("A larger value smooths measured values more; it has no effect where they are kept"), SMOOTH_PARAM_LOG },
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
          g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE,
                       "observed spot %" G_GINT64_FORMAT ": expected a number below %" G_GINT64_FORMAT
                       " that occurs once, found %d",
                       k, imputer->n, observed[k]);
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
factor (SmoothImputer *imputer, GError **error)
{
  gboolean is_definite = FALSE;

  if (imputer->n_unknown == 0)
    return TRUE;
  imputer->cholesky = smooth_cholesky_new (imputer->a, NULL, error);
  if (imputer->cholesky == NULL || !smooth_cholesky_factor (imputer->cholesky, imputer->a, &is_definite, error))
    return FALSE;
  if (is_definite && smooth_cholesky_get_rcond (imputer->cholesky) >= 1e-15)
    return TRUE;
  g_set_error_literal (
      error, SMOOTH_ERROR, SMOOTH_ERROR_NUMERIC,
      "the prior leaves the missing values open: its precision is singular or indefinite there; a smaller rho "
      "makes it definite");
  return FALSE;
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
  for (gint64 i = 0; i < imputer->n; i++)
    if (!seen[i] && flood (imputer, i, seen, stack, &n_spots) == 0)
      lost += n_spots;
  smooth_report_count (report, "unidentifiable", lost);
  if (lost > 0)
    smooth_report_add (report, SMOOTH_REPORT_WARNING,
                       "%" G_GINT64_FORMAT
                       " spots are connected to no measured spot: nothing is known about their values, they are 0",
                       lost);
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
      || !smooth_precision_check_explicit (precision, "imputation", error) || !number_spots (imputer, observed, error)
      || !make_matrix (imputer, error) || !make_coupling (imputer, observed, error)
      || !make_pull (imputer, error) || !smooth_run_check (run, error)
      || !factor (imputer, error) || (report != NULL && !report_unidentifiable (imputer, report, error)))
    return NULL;
  return g_steal_pointer (&imputer);
}

static gboolean
check_values (const SmoothImputer *imputer, const SmoothMatrix *values, GError **error)
{
  if (values->n_rows != imputer->n_observed)
    {
      g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_MISMATCH,
                   "imputation: expected values of %" G_GINT64_FORMAT " measured spots, found %" G_GINT64_FORMAT,
                   imputer->n_observed, values->n_rows);
      return FALSE;
    }
  if (values->n_rows < 1 || values->n_cols < 1)
    {
      g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE,
                   "imputation: expected at least one measured spot and one feature, found %" G_GINT64_FORMAT
                   " and %" G_GINT64_FORMAT,
                   values->n_rows, values->n_cols);
      return FALSE;
    }
  return smooth_i_matrix_check (values, "measured values: spot", "feature", error);
}

/* What one thread works with. */
typedef struct
{
  SmoothCholeskySolver *solver; /* (nullable): without unknowns there is none */
  SmoothBounded *bounded;       /* (nullable): once it was needed */
  double *right;                /* n_unknown x BLOCK_SIZE */
  double *x;                    /* n_unknown x BLOCK_SIZE */
  double *lanes;                /* n x LANES, row-major: some features side by side */
} Scratch;

/* One call of smooth_imputer_solve(). Blocks of features are solved at once. */
typedef struct
{
  SmoothImputer *imputer;
  const SmoothMatrix *values;
  SmoothMatrix *all; /* n x F */
  SmoothRun *run;
  double *squares;    /* F: |x_o - y_o|^2 */
  double *roughness;  /* F: (x - m)^T Q (x - m) */
  double *violations; /* F: of the optimality conditions of non-negative problems */
  GError **errors;    /* n_blocks */
  Scratch *scratch;   /* n_threads */
  gint n_threads;
  gint n_done; /* atomic: blocks */
  gint64 n_blocks;
} Solve;

static gboolean
scratch_init (Scratch *scratch, const SmoothImputer *imputer, GError **error)
{
  if (imputer->cholesky != NULL)
    scratch->solver = smooth_i_cholesky_solver_new (imputer->cholesky);
  scratch->right = smooth_i_try_alloc (imputer->n_unknown * BLOCK_SIZE, sizeof (double), "a workspace", error);
  if (scratch->right != NULL)
    scratch->x = smooth_i_try_alloc (imputer->n_unknown * BLOCK_SIZE, sizeof (double), "a workspace", error);
  if (scratch->x != NULL)
    scratch->lanes = smooth_i_try_alloc (imputer->n * LANES, sizeof (double), "a workspace", error);
  return scratch->lanes != NULL;
}

static void
scratch_clear (Scratch *scratch)
{
  smooth_i_cholesky_solver_free (scratch->solver);
  smooth_i_bounded_free (scratch->bounded);
  smooth_i_free (scratch->right);
  smooth_i_free (scratch->x);
  smooth_i_free (scratch->lanes);
}

/* Solves again, under the constraint, where a feature is negative somewhere. */
static gboolean
constrain (const Solve *solve, Scratch *scratch, const double *right, double *x, double *violation, GError **error)
{
  const SmoothImputer *imputer = solve->imputer;
  gboolean is_negative = FALSE;

  for (gint64 i = 0; i < imputer->n_unknown; i++)
    is_negative |= x[i] < 0.0;
  if (!is_negative)
    return TRUE;
  if (scratch->bounded == NULL)
    scratch->bounded = smooth_i_bounded_new (imputer->n_unknown, error);
  if (scratch->bounded == NULL || !smooth_run_check (solve->run, error))
    return FALSE;
  *violation = smooth_i_bounded_minimise (scratch->bounded, imputer->a, right, x, imputer->settings.tolerance, imputer->settings.max_iterations,
                                          solve->run);
  return TRUE;
}

/* What the values of one feature are drawn towards: the mean of the measured ones, or 0. */
double
smooth_i_imputer_get_level (const SmoothImputer *imputer, const double *y)
{
  double sum = 0.0;

  for (gint64 k = 0; k < imputer->n_observed && imputer->settings.centre; k++)
    sum += y[k];
  return sum / (double) imputer->n_observed;
}

static void
make_right (const SmoothImputer *imputer, const double *y, double *right)
{
  double level = smooth_i_imputer_get_level (imputer, y);

  smooth_sparse_multiply (imputer->coupling, y, right);
  for (gint64 i = 0; i < imputer->n_unknown && level != 0.0; i++)
    right[i] += level * imputer->pull[i];
}

/* Puts solved and kept values of one feature together. */
static void
assemble (const SmoothImputer *imputer, const double *y, const double *x, double *all, double *square)
{
  for (gint64 i = 0; i < imputer->n; i++)
    {
      gint32 k = imputer->observation[i];
      all[i] = imputer->unknown[i] >= 0 ? x[imputer->unknown[i]] : y[k];
      if (k >= 0)
        *square += (all[i] - y[k]) * (all[i] - y[k]);
    }
}

/* x^T Q x of up to LANES features, columns of @x, less @levels. */
static void
measure_roughness (const SmoothImputer *imputer, const double *x, gint n_lanes, const double *levels, double *lanes,
                   double *roughness)
{
  const SmoothSparse *q = imputer->precision->symmetric;
  double sums[LANES] = { 0.0 };

  for (gint64 i = 0; i < imputer->n; i++)
    for (gint l = 0; l < n_lanes; l++)
      lanes[i * LANES + l] = x[l * imputer->n + i] - levels[l];
  for (gint64 i = 0; i < imputer->n; i++)
    {
      double products[LANES] = { 0.0 };
      for (gint64 e = q->starts[i]; e < q->starts[i + 1]; e++)
        for (gint l = 0; l < LANES; l++)
          products[l] += q->values[e] * lanes[(gint64) q->rows[e] * LANES + l];
      for (gint l = 0; l < LANES; l++)
        sums[l] += products[l] * lanes[i * LANES + l];
    }
  memcpy (roughness, sums, (gsize) n_lanes * sizeof (double));
}

static gboolean
solve_features (const Solve *solve, Scratch *scratch, gint64 first, gint64 n, GError **error)
{
  const SmoothImputer *imputer = solve->imputer;
  gint64 n_unknown = imputer->n_unknown;
  SmoothMatrix x = { .n_rows = n_unknown, .n_cols = n, .values = scratch->x };
  double levels[BLOCK_SIZE];

  for (gint64 f = 0; f < n; f++)
    {
      make_right (imputer, smooth_matrix_column (solve->values, first + f), scratch->right + f * n_unknown);
      levels[f] = smooth_i_imputer_get_level (imputer, smooth_matrix_column (solve->values, first + f));
    }
  memcpy (scratch->x, scratch->right, (gsize) (n * n_unknown) * sizeof (double));
  if (scratch->solver != NULL && !smooth_i_cholesky_solver_solve (scratch->solver, &x, error))
    return FALSE;
  for (gint64 f = 0; f < n && imputer->settings.nonnegative; f++)
    if (!constrain (solve, scratch, scratch->right + f * n_unknown, scratch->x + f * n_unknown,
                    &solve->violations[first + f], error))
      return FALSE;
  for (gint64 f = 0; f < n; f++)
    assemble (imputer, smooth_matrix_column (solve->values, first + f), scratch->x + f * n_unknown,
              smooth_matrix_column (solve->all, first + f), &solve->squares[first + f]);
  for (gint64 f = 0; f < n; f += LANES)
    measure_roughness (imputer, smooth_matrix_column (solve->all, first + f), (gint) MIN (LANES, n - f), levels + f,
                       scratch->lanes, &solve->roughness[first + f]);
  return TRUE;
}

static void
solve_block (gint64 block, gint worker, gpointer data)
{
  Solve *solve = data;
  gint64 first = block * BLOCK_SIZE;

  if (!smooth_run_check (solve->run, &solve->errors[block])
      || !solve_features (solve, &solve->scratch[worker], first, MIN (BLOCK_SIZE, solve->values->n_cols - first),
                          &solve->errors[block]))
    return;
  smooth_run_report (solve->run, (double) (g_atomic_int_add (&solve->n_done, 1) + 1) / (double) solve->n_blocks,
                     "imputation");
}

/* Solves all blocks. */
static gboolean
solve_all (Solve *solve, GError **error)
{
  g_autofree Scratch *scratch = solve->scratch = g_new0 (Scratch, solve->n_threads);
  gboolean good = TRUE;

  for (gint t = 0; t < solve->n_threads && good; t++)
    good = scratch_init (&scratch[t], solve->imputer, error);
  if (good)
    smooth_i_parallel (solve->n_threads, solve->n_blocks, solve_block, solve);
  for (gint t = 0; t < solve->n_threads; t++)
    scratch_clear (&scratch[t]);
  return good;
}

/* The first error of a block goes to @error, the others go. Returns: whether there was none */
static gboolean
take_errors (Solve *solve, GError **error)
{
  gboolean good = TRUE;

  for (gint64 b = 0; b < solve->n_blocks; b++)
    if (solve->errors[b] != NULL)
      {
        if (good)
          g_propagate_error (error, solve->errors[b]);
        else
          g_error_free (solve->errors[b]);
        good = FALSE;
      }
  return good;
}

static void
fill_info (const Solve *solve, SmoothInfo *info)
{
  const SmoothImputer *imputer = solve->imputer;
  double n_features = (double) solve->values->n_cols;

  for (gint64 f = 0; f < solve->values->n_cols; f++)
    {
      info->data_term += solve->squares[f] / ((double) imputer->n_observed * n_features);
      info->spatial_term += imputer->settings.lambda * solve->roughness[f] / ((double) imputer->n * n_features);
      info->kkt_residual = MAX (info->kkt_residual, solve->violations[f]);
    }
  info->objective = info->data_term + info->spatial_term;
  info->status = info->kkt_residual <= imputer->settings.tolerance ? SMOOTH_STATUS_CONVERGED : SMOOTH_STATUS_STOPPED;
}

/**
 * smooth_imputer_solve:
 * @values: n_observed x F, finite
 * @info: (out): objective, its terms, and the violation of the optimality conditions of non-negative problems
 *
 * O(nnz(L)) a feature, features side by side on several threads; where a feature would be negative and must not be, some hundred
 * products with the matrix more.
 *
 * Returns: (transfer full): n x F, in the order of the spots
 */
SmoothMatrix *
smooth_imputer_solve (SmoothImputer *imputer, const SmoothMatrix *values, SmoothInfo *info, SmoothRun *run, GError **error)
{
  gint64 start = g_get_monotonic_time (), n_features = values->n_cols;
  Solve solve = { .imputer = imputer, .values = values, .run = run, .n_blocks = (n_features + BLOCK_SIZE - 1) / BLOCK_SIZE };

  *info = (SmoothInfo){ .relative_gap = NAN };
  if (!check_values (imputer, values, error))
    return NULL;
  g_autofree double *sums = solve.squares = smooth_i_try_new (double, 3 * n_features, "a workspace", error);
  g_autofree GError **errors = solve.errors = g_new0 (GError *, solve.n_blocks + 1);
  if (sums != NULL)
    solve.all = smooth_matrix_new (imputer->n, n_features, error);
  if (solve.all == NULL)
    return NULL;
  solve.roughness = sums + n_features;
  solve.violations = sums + 2 * n_features;
  solve.n_threads = (gint) MIN ((gint64) smooth_run_get_n_threads (run), solve.n_blocks);
  if (!solve_all (&solve, error) || !take_errors (&solve, error) || !smooth_run_check (run, error))
    {
      smooth_matrix_unref (solve.all);
      return NULL;
    }
  fill_info (&solve, info);
  info->seconds = (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
  return solve.all;
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
