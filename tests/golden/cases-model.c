/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Golden cases of models: d_* (the optimum of deconvolution) and i_* (imputation). */
#include "golden.h"

#include "model/deconvolution.h"
#include "model/imputation.h"

#include <math.h>
#include <string.h>

/* Far below what is asked of the result, so that the comparison sees the optimum and not where the solver stopped. */
#define SOLVER_TOLERANCE 1e-13

static SmoothPrecision *
load_precision (GoldenCase *c, const char *file, gint64 n)
{
  g_autoptr (SmoothSparse) q = golden_load_sparse (c, file, n);
  g_autoptr (GError) error = NULL;
  SmoothPrecision *precision = q != NULL ? smooth_precision_new_from_matrix (q, &error) : NULL;

  if (precision == NULL && q != NULL)
    golden_fail_error (c, error);
  return precision;
}

/* Everything that the reference minimises, evaluated by the solver. */
static void
compare_terms (GoldenCase *c, const SmoothInfo *info, const char *data_name)
{
  const char *names[] = { "loss_total", data_name, "loss_spatial" };
  double values[] = { info->objective, info->data_term, info->spatial_term };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      double expected = golden_expected (c, NULL, names[i]);
      if (!(fabs (values[i] - expected) <= MAX (GOLDEN_LOSS_TOLERANCE * fabs (expected), 1e-15)))
        golden_fail (c, "%s: expected %.13g, found %.13g", names[i], expected, values[i]);
    }
  if (info->status != SMOOTH_STATUS_CONVERGED)
    golden_fail (c, "the solver says '%s', KKT residual %g, relative gap %g", smooth_status_get_name (info->status),
                 info->kkt_residual, info->relative_gap);
}

/* Shares of a spot's sum, K x n as the abundances. */
static SmoothMatrix *
proportions_of (const SmoothMatrix *abundances)
{
  SmoothMatrix *props = smooth_matrix_new (abundances->n_rows, abundances->n_cols, NULL);

  for (gint64 i = 0; i < abundances->n_cols; i++)
    {
      const double *b = smooth_matrix_column (abundances, i);
      double sum = 1e-8;
      for (gint64 k = 0; k < abundances->n_rows; k++)
        sum += MAX (b[k], 0.0);
      for (gint64 k = 0; k < abundances->n_rows; k++)
        smooth_matrix_column (props, i)[k] = MAX (b[k], 0.0) / sum;
    }
  return props;
}

static void
compare_optimum (GoldenCase *c, SmoothDeconvolver *solver)
{
  g_autoptr (SmoothMatrix) abundances = smooth_deconvolver_dup_abundances (solver, NULL);
  g_autoptr (SmoothMatrix) weights = golden_load_transposed (c, "weights_opt.csv");
  g_autoptr (SmoothMatrix) props = golden_load_transposed (c, "props_opt.csv");
  g_autoptr (SmoothMatrix) found_props = proportions_of (abundances);

  golden_compare_matrix (c, "abundances", abundances, weights, GOLDEN_WEIGHT_TOLERANCE, 0.0);
  golden_compare_matrix (c, "proportions", found_props, props, GOLDEN_WEIGHT_TOLERANCE, 0.0);
  if (!golden_boolean (c, "bias", FALSE))
    return;
  g_autofree double *bias = smooth_deconvolver_dup_bias (solver);
  g_autoptr (SmoothMatrix) found = smooth_matrix_new_from_values (abundances->n_cols, 1, bias, NULL);
  g_autoptr (SmoothMatrix) expected = golden_load_matrix (c, "bias_opt.csv");
  golden_compare_matrix (c, "bias", found, expected, GOLDEN_WEIGHT_TOLERANCE, 0.0);
}

/* One prior for all types, or one for each; none where the case has no file of one. */
static gboolean
set_prior (GoldenCase *c, SmoothDeconvolver *solver, gint64 n_types, gint64 n, GError **error)
{
  gboolean by_type = golden_has_file (c, "Q_0.tsv"), has_confidences = golden_has_file (c, "confidences.csv");
  g_autoptr (GPtrArray) precisions = g_ptr_array_new_with_free_func ((GDestroyNotify) smooth_precision_unref);
  g_autoptr (SmoothMatrix) confidences = has_confidences ? golden_load_matrix (c, "confidences.csv") : NULL;

  if (!by_type && !golden_has_file (c, "Q.tsv"))
    return TRUE;
  for (gint64 k = 0; k < (by_type ? n_types : 1); k++)
    {
      g_autofree char *file = by_type ? g_strdup_printf ("Q_%d.tsv", (int) k) : g_strdup ("Q.tsv");
      SmoothPrecision *precision = load_precision (c, file, n);
      if (precision == NULL)
        return FALSE;
      g_ptr_array_add (precisions, precision);
    }
  if (has_confidences && confidences == NULL)
    return FALSE;
  const double *c_k = confidences != NULL ? confidences->values : NULL;
  if (by_type)
    return smooth_deconvolver_set_precisions (solver, (SmoothPrecision *const *) precisions->pdata, c_k, error);
  return smooth_deconvolver_set_precision (solver, precisions->pdata[0], c_k, error);
}

static SmoothDeconvolver *
make_solver (GoldenCase *c, GError **error)
{
  g_autoptr (SmoothMatrix) signature = golden_load_matrix (c, "S.csv");
  g_autoptr (SmoothMatrix) dense = golden_load_matrix (c, "Y.csv");
  if (signature == NULL || dense == NULL)
    return NULL;

  g_autoptr (SmoothSparse) expression = smooth_sparse_new_from_dense (dense, error);
  g_autoptr (SmoothReduced) reduced =
      expression != NULL ? smooth_reduced_new (signature, expression, golden_boolean (c, "bias", FALSE), NULL, error) : NULL;
  g_autoptr (SmoothDeconvolver) solver = reduced != NULL ? smooth_deconvolver_new (reduced) : NULL;
  if (solver == NULL || !set_prior (c, solver, signature->n_cols, dense->n_cols, error))
    return NULL;
  return g_steal_pointer (&solver);
}

GoldenOutcome
golden_run_deconvolution (GoldenCase *c)
{
  g_autoptr (GError) error = NULL;
  SmoothDeconvolutionSettings settings;
  SmoothInfo info;

  smooth_params_init (&smooth_deconvolution_params, &settings);
  settings.kind = g_str_has_prefix (c->name, "d_linear") ? SMOOTH_MODEL_LINEAR : SMOOTH_MODEL_NNLS;
  settings.lambda = golden_number (c, "lambda_spatial_loss");
  settings.tolerance = SOLVER_TOLERANCE;
  g_autoptr (SmoothDeconvolver) solver = make_solver (c, &error);
  if (solver == NULL || !smooth_deconvolver_solve (solver, &settings, NULL, NULL, &info, NULL, &error))
    {
      golden_fail_error (c, error);
      return GOLDEN_FAILED;
    }
  compare_terms (c, &info, "loss_model");
  compare_optimum (c, solver);
  return golden_verdict (c);
}

GoldenOutcome
golden_run_imputation (GoldenCase *c)
{
  gint64 n_observed = (gint64) golden_number (c, "n_obs"), n = n_observed + (gint64) golden_number (c, "n_missing");
  g_autoptr (SmoothMatrix) values = golden_load_matrix (c, "y_obs.csv");
  g_autoptr (SmoothMatrix) expected = golden_load_matrix (c, "y_all_opt.csv");
  g_autoptr (SmoothPrecision) precision = load_precision (c, "Q.tsv", n);
  g_autoptr (GError) error = NULL;
  SmoothImputationSettings settings;
  SmoothInfo info;

  if (values == NULL || expected == NULL || precision == NULL)
    return GOLDEN_FAILED;
  smooth_params_init (&smooth_imputation_params, &settings);
  settings.centre = FALSE;
  settings.fixed = golden_boolean (c, "fixed_obs", FALSE);
  settings.nonnegative = golden_boolean (c, "nonneg", FALSE);
  settings.lambda = golden_number (c, "lambda_spatial_loss");
  settings.tolerance = SOLVER_TOLERANCE;

  g_autofree gint32 *observed = g_new (gint32, MAX (n_observed, 1));
  for (gint64 i = 0; i < n_observed; i++)
    observed[i] = (gint32) i;
  g_autoptr (SmoothMatrix) found = smooth_impute (precision, observed, values, &settings, &info, NULL, NULL, &error);
  if (found == NULL)
    {
      golden_fail_error (c, error);
      return GOLDEN_FAILED;
    }
  compare_terms (c, &info, "loss_recon");
  golden_compare_matrix (c, "values", found, expected, GOLDEN_WEIGHT_TOLERANCE, 0.0);
  return golden_verdict (c);
}
