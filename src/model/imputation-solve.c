/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Solves with the factor of imputation: eight features side by side from their values to their part of the objective. */
#include "model/imputation-private.h"

#include "base/error.h"
#include "base/parallel.h"
#include "linalg/bounded.h"
#include "linalg/lanes.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

static gboolean
check_values (const SmoothImputer *imputer, const SmoothMatrix *values, GError **error)
{
  if (values->n_rows != imputer->n_observed)
    {
      smooth_error_set (error, SMOOTH_ERROR_MISMATCH,
                        "imputation: expected values of %" PRId64 " measured spots, found %" PRId64, imputer->n_observed,
                        values->n_rows);
      return FALSE;
    }
  if (values->n_rows < 1 || values->n_cols < 1)
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE,
                        "imputation: expected at least one measured spot and one feature, found %" PRId64 " and %" PRId64,
                        values->n_rows, values->n_cols);
      return FALSE;
    }
  return smooth_i_matrix_check (values, N_("measured values: spot"), N_("feature"), error);
}

/* What one thread works with; the columns are for features that would be negative. */
typedef struct
{
  SmoothBounded *bounded; /* (nullable): once it was needed */
  SmoothLanes *values;    /* n_observed */
  SmoothLanes *right;     /* n_unknown */
  SmoothLanes *x;         /* n_unknown */
  SmoothLanes *all;       /* n: also the workspace of the solve */
  SmoothLanes *inner;     /* 2 n_observed, of a prior with a sparse covariance */
  double *diagonal;       /* n_unknown, the same */
  SmoothImputerProduct product; /* once it was needed, the same */
  double *right_column;   /* n_unknown */
  double *column;         /* n_unknown */
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

/* Features first .. first + n - 1, n <= SMOOTH_LANES. */
typedef struct
{
  gint64 first, n;
  SmoothLanes levels; /* what their values are drawn towards */
} Block;

static gboolean
scratch_init (Scratch *scratch, const SmoothImputer *imputer, GError **error)
{
  const struct
  {
    gpointer *array;
    gint64 n;
    gsize size;
  } arrays[] = {
    { (gpointer *) &scratch->values, imputer->n_observed, sizeof (SmoothLanes) },
    { (gpointer *) &scratch->right, imputer->n_unknown, sizeof (SmoothLanes) },
    { (gpointer *) &scratch->x, imputer->n_unknown, sizeof (SmoothLanes) },
    { (gpointer *) &scratch->all, imputer->n, sizeof (SmoothLanes) },
    { (gpointer *) &scratch->inner, imputer->spread != NULL ? 2 * imputer->n_observed : 1, sizeof (SmoothLanes) },
    { (gpointer *) &scratch->diagonal, imputer->spread != NULL ? imputer->n_unknown : 1, sizeof (double) },
    { (gpointer *) &scratch->right_column, imputer->n_unknown, sizeof (double) },
    { (gpointer *) &scratch->column, imputer->n_unknown, sizeof (double) },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (arrays); i++)
    {
      *arrays[i].array = smooth_i_try_alloc (arrays[i].n, arrays[i].size, "a workspace", error);
      if (*arrays[i].array == NULL)
        return FALSE;
    }
  return TRUE;
}

static void
scratch_clear (Scratch *scratch)
{
  smooth_i_bounded_free (scratch->bounded);
  smooth_precision_work_free (scratch->product.work);
  smooth_i_free (scratch->product.all);
  smooth_i_free (scratch->values);
  smooth_i_free (scratch->right);
  smooth_i_free (scratch->x);
  smooth_i_free (scratch->all);
  smooth_i_free (scratch->inner);
  smooth_i_free (scratch->diagonal);
  smooth_i_free (scratch->right_column);
  smooth_i_free (scratch->column);
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

/* Reads the values of a block; lanes without a feature are 0. */
static void
read_values (const Solve *solve, Block *block, SmoothLanes *values)
{
  const double *from = smooth_matrix_column (solve->values, block->first);
  gint64 n_observed = solve->imputer->n_observed;

  for (gint64 k = 0; k < n_observed; k++)
    for (gint64 l = 0; l < block->n; l++)
      values[k][l] = from[l * n_observed + k];
  for (gint64 k = 0; k < n_observed && block->n < SMOOTH_LANES; k++)
    for (gint64 l = block->n; l < SMOOTH_LANES; l++)
      values[k][l] = 0.0;
  for (gint64 l = 0; l < block->n; l++)
    block->levels[l] = smooth_i_imputer_get_level (solve->imputer, from + l * n_observed);
}

static void
make_right (const SmoothImputer *imputer, const Block *block, const SmoothLanes *restrict values,
            SmoothLanes *restrict right)
{
  const SmoothSparse *coupling = imputer->coupling;

  for (gint64 i = 0; i < imputer->n_unknown; i++)
    for (gint l = 0; l < SMOOTH_LANES; l++)
      right[i][l] = block->levels[l] * imputer->pull[i];
  for (gint64 k = 0; k < imputer->n_observed; k++)
    for (gint64 e = coupling->starts[k]; e < coupling->starts[k + 1]; e++)
      for (gint l = 0; l < SMOOTH_LANES; l++)
        right[coupling->rows[e]][l] += values[k][l] * coupling->values[e];
}

static gboolean
prepare_product (SmoothImputerProduct *product, const SmoothImputer *imputer, GError **error)
{
  if (product->work != NULL || imputer->spread == NULL)
    return TRUE;
  product->imputer = imputer;
  product->all = smooth_i_try_alloc (2 * imputer->n, sizeof (double), "a workspace", error);
  if (product->all == NULL)
    return FALSE;
  product->product = product->all + imputer->n;
  product->work = smooth_precision_work_new (imputer->precision, error);
  return product->work != NULL;
}

/* Solves feature @l of a block again, under the constraint. */
static gboolean
constrain (const Solve *solve, Scratch *scratch, gint64 l, double *violation, GError **error)
{
  const SmoothImputer *imputer = solve->imputer;

  if (scratch->bounded == NULL)
    scratch->bounded = smooth_i_bounded_new (imputer->n_unknown, error);
  if (scratch->bounded == NULL || !prepare_product (&scratch->product, imputer, error) || !smooth_run_check (solve->run, error))
    return FALSE;
  for (gint64 i = 0; i < imputer->n_unknown; i++)
    {
      scratch->right_column[i] = scratch->right[i][l];
      scratch->column[i] = scratch->x[i][l];
    }
  if (imputer->spread == NULL)
    *violation = smooth_i_bounded_minimise (scratch->bounded, imputer->a, scratch->right_column, scratch->column,
                                            imputer->settings.tolerance, imputer->settings.max_iterations, solve->run);
  else
    {
      smooth_i_imputer_multiply (scratch->column, scratch->right_column, &scratch->product); /* A x without the bound */
      smooth_i_imputer_get_diagonal (imputer, scratch->diagonal);
      *violation = smooth_i_bounded_minimise_operator (scratch->bounded, smooth_i_imputer_multiply, &scratch->product, scratch->diagonal,
                                                       scratch->right_column, scratch->column, imputer->settings.tolerance,
                                                       imputer->settings.max_iterations, solve->run);
    }
  for (gint64 i = 0; i < imputer->n_unknown; i++)
    scratch->x[i][l] = scratch->column[i];
  return TRUE;
}

/* Solves features of a block again, under the constraint, that are negative somewhere. */
static gboolean
constrain_block (const Solve *solve, Scratch *scratch, const Block *block, GError **error)
{
  SmoothLanes lowest = { 0.0 };

  for (gint64 i = 0; i < solve->imputer->n_unknown; i++)
    for (gint l = 0; l < SMOOTH_LANES; l++)
      lowest[l] = MIN (scratch->x[i][l], lowest[l]);
  for (gint64 l = 0; l < block->n; l++)
    if (lowest[l] < 0.0 && !constrain (solve, scratch, l, &solve->violations[block->first + l], error))
      return FALSE;
  return TRUE;
}

/* Puts solved and kept values together; squares: of what they differ by from measured ones. */
static void
assemble (const SmoothImputer *imputer, const SmoothLanes *values, const SmoothLanes *x, SmoothLanes *all, double *squares)
{
  SmoothLanes sums = { 0.0 };

  for (gint64 i = 0; i < imputer->n; i++)
    {
      gint32 k = imputer->observation[i];
      memcpy (all[i], imputer->unknown[i] >= 0 ? x[imputer->unknown[i]] : values[k], sizeof *all);
      for (gint l = 0; l < SMOOTH_LANES && k >= 0; l++)
        sums[l] += (all[i][l] - values[k][l]) * (all[i][l] - values[k][l]);
    }
  memcpy (squares, sums, sizeof sums);
}

/* x^T Q x of each lane. */
static gboolean
measure_roughness (const SmoothPrecision *precision, const SmoothLanes *x, double *roughness, GError **error)
{
  if (smooth_precision_is_explicit (precision))
    {
      smooth_i_lanes_measure (precision->symmetric, x, roughness);
      return TRUE;
    }
  g_autoptr (SmoothRun) alone = smooth_run_new (1);
  g_autoptr (SmoothMatrix) values = smooth_matrix_new_from_values (SMOOTH_LANES, precision->n_spots, (const double *) x, error);
  g_autoptr (SmoothMatrix) product = values != NULL ? smooth_matrix_new (SMOOTH_LANES, precision->n_spots, error) : NULL;
  if (product == NULL || !smooth_precision_apply (precision, values, product, alone, error))
    return FALSE;
  memset (roughness, 0, sizeof (SmoothLanes));
  for (gint64 i = 0; i < precision->n_spots; i++)
    for (gint l = 0; l < SMOOTH_LANES; l++)
      roughness[l] += x[i][l] * smooth_matrix_column (product, i)[l];
  return TRUE;
}

/* Writes the columns of a block and its sums. */
static gboolean
finish_block (const Solve *solve, Scratch *scratch, const Block *block, GError **error)
{
  double *to = smooth_matrix_column (solve->all, block->first);
  gint64 n = solve->imputer->n;
  SmoothLanes squares, roughness;

  assemble (solve->imputer, scratch->values, scratch->x, scratch->all, squares);
  for (gint64 i = 0; i < n; i++)
    for (gint64 l = 0; l < block->n; l++)
      to[l * n + i] = scratch->all[i][l];
  for (gint64 i = 0; i < n; i++)
    for (gint l = 0; l < SMOOTH_LANES; l++)
      scratch->all[i][l] -= block->levels[l];
  if (!measure_roughness (solve->imputer->precision, scratch->all, roughness, error))
    return FALSE;
  for (gint64 l = 0; l < block->n; l++)
    {
      solve->squares[block->first + l] = squares[l];
      solve->roughness[block->first + l] = roughness[l];
    }
  return TRUE;
}

static gboolean
solve_features (const Solve *solve, Scratch *scratch, Block *block, GError **error)
{
  const SmoothImputer *imputer = solve->imputer;

  read_values (solve, block, scratch->values);
  if (imputer->spread != NULL)
    smooth_i_imputer_solve_covariance (imputer, scratch->values, block->levels, scratch->x, scratch->inner);
  else
    {
      make_right (imputer, block, scratch->values, scratch->right);
      memcpy (scratch->x, scratch->right, (gsize) imputer->n_unknown * sizeof (SmoothLanes));
      if (imputer->cholesky != NULL)
        smooth_i_lanes_solve (imputer->cholesky, scratch->x, scratch->all);
    }
  if (imputer->settings.nonnegative && !constrain_block (solve, scratch, block, error))
    return FALSE;
  return finish_block (solve, scratch, block, error);
}

static void
solve_block (gint64 b, gint worker, gpointer data)
{
  Solve *solve = data;
  Block block = { .first = b * SMOOTH_LANES, .n = MIN (SMOOTH_LANES, solve->values->n_cols - b * SMOOTH_LANES) };

  if (!smooth_run_check (solve->run, &solve->errors[b])
      || !solve_features (solve, &solve->scratch[worker], &block, &solve->errors[b]))
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
 * O(nnz(L)) a feature, features side by side on several threads; where a feature would be negative and must not be, some
 * hundred products with the matrix more.
 *
 * Returns: (transfer full): n x F, in the order of the spots
 */
SmoothMatrix *
smooth_imputer_solve (SmoothImputer *imputer, const SmoothMatrix *values, SmoothInfo *info, SmoothRun *run, GError **error)
{
  gint64 start = g_get_monotonic_time (), n_features = values->n_cols;
  Solve solve = {
    .imputer = imputer, .values = values, .run = run, .n_blocks = (n_features + SMOOTH_LANES - 1) / SMOOTH_LANES
  };

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
