/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Golden cases of deconvolution whose misfit is not plain least squares: d_dwls*, d_nusvr*, d_lognorm*. */
#include "golden.h"

#include "model/lognormal-private.h"

#include <math.h>
#include <string.h>

/* Below what is asked of the result, so that the comparison sees the optimum and not where the solver stopped. */
#define SOLVER_TOLERANCE 1e-11
#define L1_TOLERANCE 3e-8

/* Absolute losses: the optimum is known to the duality gap of the program that found it. */
#define L1_LOSS_TOLERANCE 1e-7
#define L1_WEIGHT_TOLERANCE 1e-3
#define L2_WEIGHT_TOLERANCE 1e-5

/* Both searches end at the same local optimum; the other one stopped at about this. */
#define LOCAL_LOSS_TOLERANCE 1e-8
#define LOCAL_WEIGHT_TOLERANCE 1e-5

typedef struct
{
  SmoothProblem problem;
  SmoothDeconvolutionSettings settings;
  SmoothMatrix *signature;
  SmoothSparse *expression;
  GPtrArray *precisions;
  SmoothMatrix *confidences;
  SmoothIterate iterate;
} Regression;

static void
regression_clear (Regression *r)
{
  g_clear_pointer (&r->signature, smooth_matrix_unref);
  g_clear_pointer (&r->expression, smooth_sparse_unref);
  g_clear_pointer (&r->precisions, g_ptr_array_unref);
  g_clear_pointer (&r->confidences, smooth_matrix_unref);
  g_clear_pointer (&r->iterate.abundances, smooth_matrix_unref);
  g_clear_pointer (&r->iterate.bias, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Regression, regression_clear)

static gboolean
add_precision (GoldenCase *c, Regression *r, const char *file)
{
  g_autoptr (SmoothSparse) q = golden_load_sparse (c, file, r->expression->n_cols);
  g_autoptr (GError) error = NULL;
  SmoothPrecision *precision = q != NULL ? smooth_precision_new_from_matrix (q, &error) : NULL;

  if (precision == NULL && q != NULL)
    golden_fail_error (c, error);
  if (precision != NULL)
    g_ptr_array_add (r->precisions, precision);
  return precision != NULL;
}

static gboolean
add_precisions (GoldenCase *c, Regression *r)
{
  gboolean done = TRUE;

  r->precisions = g_ptr_array_new_with_free_func ((GDestroyNotify) smooth_precision_unref);
  if (golden_has_file (c, "Q.tsv"))
    done = add_precision (c, r, "Q.tsv");
  for (gint k = 0; k < r->signature->n_cols && done && golden_has_file (c, "Q_0.tsv"); k++)
    {
      g_autofree char *file = g_strdup_printf ("Q_%d.tsv", k);
      done = add_precision (c, r, file);
    }
  return done;
}

static gboolean
load (GoldenCase *c, Regression *r, SmoothModelKind kind)
{
  g_autoptr (SmoothMatrix) dense = golden_load_matrix (c, "Y.csv");

  r->signature = golden_load_matrix (c, "S.csv");
  if (r->signature == NULL || dense == NULL)
    return FALSE;
  gint64 n_types = r->signature->n_cols;
  r->expression = smooth_sparse_new_from_dense (dense, NULL);
  if (!add_precisions (c, r))
    return FALSE;
  if (golden_has_file (c, "confidences.csv"))
    r->confidences = golden_load_matrix (c, "confidences.csv");
  else
    r->confidences = smooth_matrix_new (n_types, 1, NULL);
  for (gint64 k = 0; k < n_types && !golden_has_file (c, "confidences.csv"); k++)
    r->confidences->values[k] = 1.0;
  if (r->confidences == NULL)
    return FALSE;

  smooth_params_init (&smooth_deconvolution_params, &r->settings);
  r->settings.kind = kind;
  r->settings.lambda = golden_number (c, "lambda_spatial_loss");
  r->settings.bias = golden_boolean (c, "bias", FALSE);
  r->settings.is_signed = !golden_boolean (c, "nonneg", TRUE);
  r->settings.tolerance = SOLVER_TOLERANCE;
  r->problem = (SmoothProblem){ r->signature, r->expression, (SmoothPrecision *const *) r->precisions->pdata,
                                (gint) r->precisions->len, r->confidences->values };
  r->iterate.abundances = smooth_matrix_new (n_types, dense->n_cols, NULL);
  r->iterate.bias = g_new0 (double, dense->n_cols);
  return TRUE;
}

static void
compare_loss (GoldenCase *c, const SmoothInfo *info, double tolerance)
{
  const char *names[] = { "loss_total", "loss_model", "loss_spatial" };
  double values[] = { info->objective, info->data_term, info->spatial_term };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      double expected = golden_expected (c, NULL, names[i]);
      /* Where the optimum is known to a gap only, its terms are known to the root of it. */
      double allowed = i == 0 || tolerance <= GOLDEN_LOSS_TOLERANCE ? tolerance : sqrt (tolerance);
      if (!(fabs (values[i] - expected) <= MAX (allowed * fabs (expected), 1e-15)))
        golden_fail (c, "%s: expected %.13g, found %.13g", names[i], expected, values[i]);
    }
  if (info->status != SMOOTH_STATUS_CONVERGED)
    golden_fail (c, "the solver says '%s', KKT residual %g, relative gap %g", smooth_status_get_name (info->status),
                 info->kkt_residual, info->relative_gap);
}

static void
compare_iterate (GoldenCase *c, const Regression *r, double tolerance, gboolean with_bias)
{
  const SmoothMatrix *abundances = r->iterate.abundances;
  g_autoptr (SmoothMatrix) weights = golden_load_transposed (c, "weights_opt.csv");
  g_autoptr (SmoothMatrix) props = golden_load_transposed (c, "props_opt.csv");
  g_autoptr (SmoothMatrix) found = smooth_matrix_new (abundances->n_rows, abundances->n_cols, NULL);

  golden_compare_matrix (c, "abundances", abundances, weights, tolerance, 0.0);
  for (gint64 i = 0; i < abundances->n_cols; i++)
    {
      const double *b = smooth_matrix_column (abundances, i);
      double sum = 1e-8;
      for (gint64 k = 0; k < abundances->n_rows; k++)
        sum += MAX (b[k], 0.0);
      for (gint64 k = 0; k < abundances->n_rows; k++)
        smooth_matrix_column (found, i)[k] = MAX (b[k], 0.0) / sum;
    }
  golden_compare_matrix (c, "proportions", found, props, tolerance, 0.0);
  if (!with_bias || !r->settings.bias)
    return;
  g_autoptr (SmoothMatrix) bias = smooth_matrix_new_from_values (abundances->n_cols, 1, r->iterate.bias, NULL);
  g_autoptr (SmoothMatrix) expected = golden_load_matrix (c, "bias_opt.csv");
  golden_compare_matrix (c, "bias", bias, expected, tolerance, 0.0);
}

GoldenOutcome
golden_run_dwls (GoldenCase *c)
{
  g_auto (Regression) r = { 0 };
  g_autoptr (GError) error = NULL;
  SmoothInfo info;

  if (!load (c, &r, SMOOTH_MODEL_DWLS))
    return GOLDEN_FAILED;
  r.settings.dwls_cap = golden_number (c, "max_weights");
  if (!smooth_i_dwls_solve (&r.problem, &r.settings, &r.iterate, NULL, NULL, &info, NULL, &error))
    {
      golden_fail_error (c, error);
      return GOLDEN_FAILED;
    }
  compare_loss (c, &info, GOLDEN_LOSS_TOLERANCE);
  compare_iterate (c, &r, GOLDEN_WEIGHT_TOLERANCE, TRUE);
  return golden_verdict (c);
}

GoldenOutcome
golden_run_nusvr (GoldenCase *c)
{
  g_auto (Regression) r = { 0 };
  g_autoptr (GError) error = NULL;
  SmoothInfo info;

  if (!load (c, &r, SMOOTH_MODEL_NUSVR))
    return GOLDEN_FAILED;
  gboolean is_absolute = g_str_equal (golden_text (c, "loss_mode", ""), "l1");
  r.settings.svr_cost = golden_number (c, "C");
  r.settings.svr_nu = golden_number (c, "nu");
  r.settings.svr_loss = is_absolute ? SMOOTH_SVR_ABSOLUTE : SMOOTH_SVR_SQUARED;
  r.settings.tolerance = is_absolute ? L1_TOLERANCE : SOLVER_TOLERANCE;
  if (!smooth_i_nusvr_solve (&r.problem, &r.settings, &r.iterate, NULL, NULL, &info, NULL, &error))
    {
      golden_fail_error (c, error);
      return GOLDEN_FAILED;
    }
  compare_loss (c, &info, is_absolute ? L1_LOSS_TOLERANCE : GOLDEN_LOSS_TOLERANCE);
  compare_iterate (c, &r, is_absolute ? L1_WEIGHT_TOLERANCE : L2_WEIGHT_TOLERANCE, !is_absolute);
  if (!is_absolute)
    golden_compare_number (c, "tube", r.iterate.tube, golden_expected (c, NULL, "epsilon"), L2_WEIGHT_TOLERANCE);
  return golden_verdict (c);
}

/* Value and gradient at the point that the case gives. */
static void
compare_point (GoldenCase *c, Regression *r)
{
  g_autoptr (SmoothMatrix) abundances = golden_load_transposed (c, "W_point.csv");
  g_autoptr (SmoothMatrix) bias = golden_load_matrix (c, "b_point.csv");
  g_autoptr (SmoothMatrix) by_abundance = golden_load_transposed (c, "gradW_point.csv");
  g_autoptr (SmoothMatrix) by_bias = golden_load_matrix (c, "gradb_point.csv");
  g_autoptr (GError) error = NULL;
  SmoothInfo info;

  if (abundances == NULL || bias == NULL || by_abundance == NULL || by_bias == NULL)
    return;
  SmoothIterate point = { abundances, bias->values, 0.0 };
  g_autoptr (SmoothMatrix) gradient = smooth_matrix_new (abundances->n_rows, abundances->n_cols, NULL);
  g_autoptr (SmoothMatrix) gradient_bias = smooth_matrix_new (abundances->n_cols, 1, NULL);
  if (!smooth_i_lognormal_evaluate (&r->problem, &r->settings, &point, &info, gradient, gradient_bias->values, NULL, &error))
    {
      golden_fail_error (c, error);
      return;
    }
  golden_compare_number (c, "loss_point", info.objective, golden_expected (c, NULL, "loss_point"), GOLDEN_TOLERANCE);
  golden_compare_number (c, "loss_model_point", info.data_term, golden_expected (c, NULL, "loss_model_point"),
                         GOLDEN_TOLERANCE);
  golden_compare_matrix (c, "gradient by abundance", gradient, by_abundance, GOLDEN_TOLERANCE, GOLDEN_TOLERANCE);
  golden_compare_matrix (c, "gradient by bias", gradient_bias, by_bias, GOLDEN_TOLERANCE, GOLDEN_TOLERANCE);
}

GoldenOutcome
golden_run_lognormal (GoldenCase *c)
{
  g_auto (Regression) r = { 0 };
  g_autoptr (GError) error = NULL;
  SmoothInfo info;

  if (!load (c, &r, SMOOTH_MODEL_LOGNORMAL))
    return GOLDEN_FAILED;
  r.settings.log_offset = golden_number (c, "epsilon");
  compare_point (c, &r);
  if (!smooth_i_lognormal_solve (&r.problem, &r.settings, &r.iterate, NULL, NULL, &info, NULL, &error))
    {
      golden_fail_error (c, error);
      return GOLDEN_FAILED;
    }
  compare_loss (c, &info, LOCAL_LOSS_TOLERANCE);
  compare_iterate (c, &r, LOCAL_WEIGHT_TOLERANCE, TRUE);
  return golden_verdict (c);
}
