/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Golden cases of priors: p01* (precision matrices), l01 and l02 (the quadratic loss), l03 (KL), l04* (contrastive), l05 (confidences), c* (decays). */
#include "golden.h"

#include "precision/decay.h"
#include "precision/loss.h"

#include <math.h>
#include <string.h>

/* "icar_rho0.99" to settings; FALSE for a prior that is not implemented. */
static gboolean
parse_prior (const char *text, SmoothPrecisionSettings *settings)
{
  const SmoothParam *param = smooth_params_find (&smooth_precision_params, "prior");
  const char *rho = strstr (text, "_rho");

  if (rho == NULL)
    return FALSE;
  smooth_params_init (&smooth_precision_params, settings);
  g_autofree char *name = g_strndup (text, (gsize) (rho - text));
  settings->rho = g_ascii_strtod (rho + strlen ("_rho"), NULL);
  return smooth_param_parse (param, settings, name, NULL);
}

static SmoothPrecision *
make_precision (GoldenCase *c, const SmoothGraph *graph, const SmoothPrecisionSettings *settings)
{
  g_autoptr (GError) error = NULL;
  SmoothPrecision *precision = smooth_precision_new (graph, settings, NULL, &error);

  if (precision == NULL)
    golden_fail_error (c, error);
  return precision;
}

/* Q as a dense matrix; that of SMA by its products with unit vectors. */
static SmoothMatrix *
densify (GoldenCase *c, const SmoothPrecision *precision)
{
  gint64 n = precision->n_spots;
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothMatrix) unit = smooth_matrix_new (n, n, NULL);
  g_autoptr (SmoothMatrix) q = smooth_matrix_new (n, n, NULL);

  if (smooth_precision_is_explicit (precision))
    return golden_densify (precision->q);
  for (gint64 i = 0; i < n; i++)
    unit->values[i + i * n] = 1.0;
  if (!smooth_precision_apply (precision, unit, q, NULL, &error))
    golden_fail_error (c, error);
  return g_steal_pointer (&q);
}

/* The inverse that SMA is, is known to so many digits of its largest entry: the expected one was made by inverting, too. */
static double
allowance (const SmoothPrecision *precision, const SmoothMatrix *expected)
{
  double largest = 1.0;

  if (smooth_precision_is_explicit (precision))
    return GOLDEN_TOLERANCE;
  for (gint64 e = 0; e < expected->n_rows * expected->n_cols; e++)
    largest = MAX (largest, fabs (expected->values[e]));
  return GOLDEN_TOLERANCE * largest;
}

static void
compare_precision (GoldenCase *c, const SmoothGraph *graph, const SmoothPrecisionSettings *settings, const char *file)
{
  g_autoptr (SmoothPrecision) precision = make_precision (c, graph, settings);
  g_autoptr (SmoothMatrix) expected = golden_load_matrix (c, file);

  if (precision == NULL || expected == NULL)
    return;
  g_autoptr (SmoothMatrix) found = densify (c, precision);
  golden_compare_matrix (c, file, found, expected, allowance (precision, expected), GOLDEN_TOLERANCE);
}

/* Files are named Q_<prior>_rho<rho>.csv; Qstd_ ones hold the standardised matrices, where they are well defined. */
GoldenOutcome
golden_run_precision (GoldenCase *c)
{
  gint64 n_compared = 0;
  g_autoptr (SmoothGraph) graph = golden_load_graph (c, "weights.tsv", (gint64) golden_number (c, "n"));
  g_autoptr (GList) files = golden_list_members (c, "files");

  if (graph == NULL)
    return GOLDEN_FAILED;
  for (GList *l = files; l != NULL; l = l->next)
    {
      const char *file = l->data;
      SmoothPrecisionSettings settings;
      if (file[0] != 'Q' || strchr (file, '_') == NULL)
        continue;
      gboolean is_standardised = g_str_has_prefix (file, "Qstd_");
      if (!parse_prior (strchr (file, '_') + 1, &settings))
        {
          g_ptr_array_add (c->not_covered, g_strdup (file));
          continue;
        }
      settings.standardise = is_standardised;
      compare_precision (c, graph, &settings, file);
      n_compared++;
    }
  if (n_compared == 0)
    golden_fail (c, "no matrix to compare");
  return golden_verdict (c);
}

static double
measure_loss (GoldenCase *c, const SmoothPrecision *precision, const SmoothMatrix *coefs, const double *confidences, gboolean normalised,
              SmoothMatrix *gradient)
{
  g_autoptr (GError) error = NULL;
  double loss = 0.0;

  if (!smooth_spatial_loss (precision, coefs, confidences, normalised, &loss, gradient, NULL, &error))
    golden_fail_error (c, error);
  return loss;
}

/* With weights_<k>.tsv for group k; normalised. */
static double
loss_by_group (GoldenCase *c, const SmoothPrecisionSettings *settings, const SmoothMatrix *coefs, const double *confidences,
               SmoothMatrix *gradient)
{
  g_autoptr (GPtrArray) precisions = g_ptr_array_new_with_free_func ((GDestroyNotify) smooth_precision_unref);
  g_autoptr (GError) error = NULL;
  double loss = 0.0;

  for (gint64 k = 0; k < coefs->n_rows; k++)
    {
      g_autofree char *file = g_strdup_printf ("weights_%d.tsv", (gint) k);
      g_autoptr (SmoothGraph) graph = golden_load_graph (c, file, coefs->n_cols);
      g_ptr_array_add (precisions, graph != NULL ? make_precision (c, graph, settings) : NULL);
      if (g_ptr_array_index (precisions, k) == NULL)
        return 0.0;
    }
  if (!smooth_spatial_loss_by_group ((SmoothPrecision *const *) precisions->pdata, coefs, confidences, TRUE, &loss, gradient, NULL, &error))
    golden_fail_error (c, error);
  return loss;
}

/* One key of l01: <prior>_rho<rho>_raw|std_shared|pergroup_conf|noconf. */
static void
compare_loss (GoldenCase *c, const char *key, const SmoothPrecisionSettings *settings, const SmoothMatrix *coefs,
              const double *confidences)
{
  double size = (double) (coefs->n_rows * coefs->n_cols);
  gboolean is_shared = strstr (key, "_shared_") != NULL;
  const double *used = g_str_has_suffix (key, "_noconf") ? NULL : confidences;
  g_autofree char *file = g_strdup_printf ("grad_%s.csv", key);
  g_autoptr (SmoothMatrix) expected = golden_load_matrix (c, file);
  g_autoptr (SmoothMatrix) gradient = smooth_matrix_new (coefs->n_rows, coefs->n_cols, NULL);
  double total, normalised;

  if (is_shared)
    {
      g_autoptr (SmoothGraph) graph = golden_load_graph (c, "weights_0.tsv", coefs->n_cols);
      g_autoptr (SmoothPrecision) precision = graph != NULL ? make_precision (c, graph, settings) : NULL;
      if (precision == NULL)
        return;
      total = measure_loss (c, precision, coefs, used, FALSE, NULL);
      normalised = measure_loss (c, precision, coefs, used, TRUE, gradient);
    }
  else
    {
      normalised = loss_by_group (c, settings, coefs, used, gradient);
      total = normalised * size;
    }
  golden_compare_number (c, key, normalised, golden_expected (c, key, "loss_normalized"), GOLDEN_TOLERANCE);
  golden_compare_number (c, key, total, golden_expected (c, key, "loss_unnormalized"), GOLDEN_TOLERANCE);
  golden_compare_matrix (c, file, gradient, expected, GOLDEN_TOLERANCE, GOLDEN_TOLERANCE);
}

static GoldenOutcome
run_keys (GoldenCase *c, const SmoothMatrix *coefs)
{
  gint64 n_compared = 0;
  g_autoptr (SmoothMatrix) confidences = golden_load_matrix (c, "confidences.csv");
  g_autoptr (GList) keys = golden_list_members (c, "expected");

  for (GList *l = keys; l != NULL && confidences != NULL; l = l->next)
    {
      SmoothPrecisionSettings settings;
      const char *key = l->data;
      if (!parse_prior (key, &settings))
        {
          g_ptr_array_add (c->not_covered, g_strdup (key));
          continue;
        }
      settings.standardise = strstr (key, "_std_") != NULL;
      compare_loss (c, key, &settings, coefs, confidences->values);
      n_compared++;
    }
  if (n_compared == 0)
    golden_fail (c, "no loss to compare");
  return golden_verdict (c);
}

GoldenOutcome
golden_run_loss (GoldenCase *c)
{
  g_autoptr (SmoothMatrix) coefs = golden_load_matrix (c, "coefs.csv");
  if (coefs == NULL)
    return GOLDEN_FAILED;
  if (!golden_has_file (c, "weights.tsv"))
    return run_keys (c, coefs);

  g_autoptr (SmoothGraph) graph = golden_load_graph (c, "weights.tsv", coefs->n_cols);
  g_autofree char *prior = g_strdup_printf ("%s_rho%.17g", golden_text (c, "prior", ""), golden_number (c, "rho"));
  SmoothPrecisionSettings settings;
  if (!parse_prior (prior, &settings))
    golden_fail (c, "the prior '%s' is not known", prior);
  g_autoptr (SmoothPrecision) precision = graph != NULL ? make_precision (c, graph, &settings) : NULL;
  g_autoptr (SmoothMatrix) gradient = smooth_matrix_new (coefs->n_rows, coefs->n_cols, NULL);
  g_autoptr (SmoothMatrix) expected = golden_load_matrix (c, "grad.csv");
  if (precision == NULL)
    return GOLDEN_FAILED;
  double loss = measure_loss (c, precision, coefs, NULL, TRUE, gradient);
  golden_compare_number (c, "loss", loss, golden_expected (c, NULL, "loss_normalized"), GOLDEN_TOLERANCE);
  golden_compare_matrix (c, "gradient", gradient, expected, GOLDEN_TOLERANCE, GOLDEN_TOLERANCE);
  return golden_verdict (c);
}

static void
compare_kl (GoldenCase *c, const SmoothGraph *graph, const SmoothMatrix *coefs, const char *expected_loss, const char *gradient_file)
{
  g_autoptr (SmoothMatrix) gradient = smooth_matrix_new (coefs->n_rows, coefs->n_cols, NULL);
  g_autoptr (SmoothMatrix) expected = golden_load_matrix (c, gradient_file);
  g_autoptr (GError) error = NULL;
  double loss = 0.0;

  if (!smooth_kl_loss (graph, coefs, &loss, gradient, &error))
    golden_fail_error (c, error);
  golden_compare_number (c, expected_loss, loss, golden_expected (c, NULL, expected_loss), GOLDEN_TOLERANCE);
  if (expected != NULL)
    golden_compare_matrix (c, gradient_file, gradient, expected, GOLDEN_TOLERANCE, GOLDEN_TOLERANCE);
}

GoldenOutcome
golden_run_kl (GoldenCase *c)
{
  g_autoptr (SmoothMatrix) coefs = golden_load_matrix (c, "coefs.csv");
  g_autoptr (SmoothGraph) graph = coefs != NULL ? golden_load_graph (c, "weights.tsv", coefs->n_cols) : NULL;

  if (graph == NULL)
    return GOLDEN_FAILED;
  compare_kl (c, NULL, coefs, "loss_unweighted", "grad_unweighted.csv");
  compare_kl (c, graph, coefs, "loss_weighted", "grad_weighted.csv");
  return golden_verdict (c);
}

static gint32 *
load_permutations (GoldenCase *c, gint64 *n_permutations)
{
  gint64 n_cols;
  g_autofree double *values = golden_load_row_major (c, "permutations.csv", n_permutations, &n_cols);
  gint32 *permutations = values != NULL ? g_new (gint32, *n_permutations * n_cols) : NULL;

  for (gint64 e = 0; permutations != NULL && e < *n_permutations * n_cols; e++)
    permutations[e] = (gint32) values[e];
  return permutations;
}

GoldenOutcome
golden_run_contrastive (GoldenCase *c)
{
  g_autoptr (SmoothMatrix) coefs = golden_load_matrix (c, "coefs.csv");
  g_autoptr (SmoothMatrix) expected = golden_load_matrix (c, "grad.csv");
  g_autoptr (SmoothGraph) graph = coefs != NULL ? golden_load_graph (c, "weights.tsv", coefs->n_cols) : NULL;
  g_autofree char *prior = g_strdup_printf ("%s_rho%.17g", golden_text (c, "prior", ""), golden_number (c, "rho"));
  gint64 n_permutations = 0;
  g_autofree gint32 *permutations = load_permutations (c, &n_permutations);
  SmoothPrecisionSettings prior_settings;
  g_autoptr (GError) error = NULL;

  if (graph == NULL || permutations == NULL || expected == NULL || !parse_prior (prior, &prior_settings))
    return GOLDEN_FAILED;
  prior_settings.standardise = golden_boolean (c, "standardize_cov", FALSE);
  SmoothContrastSettings settings = { .ratio = golden_number (c, "neg2pos_ratio"),
                                      .lower_bound = golden_number (c, "lower_bound"),
                                      .n_permutations = (gint) n_permutations };
  g_autoptr (SmoothPrecision) precision = make_precision (c, graph, &prior_settings);
  g_autoptr (SmoothMatrix) gradient = smooth_matrix_new (coefs->n_rows, coefs->n_cols, NULL);
  SmoothContrast normalised, total;
  if (precision == NULL)
    return GOLDEN_FAILED;
  if (!smooth_contrastive_loss (precision, coefs, NULL, &settings, permutations, TRUE, &normalised, gradient, NULL, &error)
      || !smooth_contrastive_loss (precision, coefs, NULL, &settings, permutations, FALSE, &total, NULL, NULL, &error))
    {
      golden_fail_error (c, error);
      return GOLDEN_FAILED;
    }
  golden_compare_number (c, "loss_normalized", normalised.loss, golden_expected (c, NULL, "loss_normalized"), GOLDEN_TOLERANCE);
  golden_compare_number (c, "loss_unnormalized", total.loss, golden_expected (c, NULL, "loss_unnormalized"), GOLDEN_TOLERANCE);
  golden_compare_number (c, "pos", normalised.positive, golden_expected (c, NULL, "pos"), GOLDEN_TOLERANCE);
  golden_compare_number (c, "neg_mean", normalised.negative, golden_expected (c, NULL, "neg_mean"), GOLDEN_TOLERANCE);
  golden_compare_matrix (c, "gradient", gradient, expected, GOLDEN_TOLERANCE, GOLDEN_TOLERANCE);
  return golden_verdict (c);
}

GoldenOutcome
golden_run_confidences (GoldenCase *c)
{
  g_autoptr (SmoothMatrix) signature = golden_load_matrix (c, "S.csv");
  g_autoptr (SmoothMatrix) dense = golden_load_matrix (c, "Y.csv");
  g_autoptr (SmoothSparse) expression = dense != NULL ? smooth_sparse_new_from_dense (dense, NULL) : NULL;
  g_autoptr (SmoothMatrix) expected = golden_load_matrix (c, "confidences.csv");
  g_autoptr (GError) error = NULL;

  if (signature == NULL || expression == NULL || expected == NULL)
    return GOLDEN_FAILED;
  g_autofree double *found = smooth_confidences_new (signature, expression, NULL, &error);
  if (found == NULL)
    golden_fail_error (c, error);
  for (gint64 k = 0; found != NULL && k < signature->n_cols; k++)
    golden_compare_number (c, "confidence", found[k], expected->values[k], GOLDEN_TOLERANCE);
  return golden_verdict (c);
}

/* quantiles: rows of five numbers and, in the file, the order behind them. */
static void
compare_quantiles (GoldenCase *c, const char *file, const double *quantiles, gint64 first, gint64 n_orders)
{
  gint64 n_rows, n_cols;
  g_autofree double *expected = golden_load_row_major (c, file, &n_rows, &n_cols);

  if (expected == NULL || n_rows != n_orders - first)
    {
      golden_fail (c, "%s: expected %" G_GINT64_FORMAT " rows", file, n_orders - first);
      return;
    }
  for (gint64 r = 0; r < n_rows; r++)
    for (gint q = 0; q < SMOOTH_DECAY_N_QUANTILES; q++)
      golden_compare_number (c, file, quantiles[(first + r) * SMOOTH_DECAY_N_QUANTILES + q], expected[r * n_cols + q], GOLDEN_TOLERANCE);
}

static void
compare_prior_decay (GoldenCase *c, const SmoothGraph *graph, const double *coords, gint n_dims, const char *file)
{
  g_autofree char *prior = g_strndup (file + strlen ("decay_"), strlen (file) - strlen ("decay_.csv"));
  g_autofree char *variance_file = g_strdup_printf ("var_%s.csv", prior);
  g_autofree char *fit = g_strdup_printf ("decay_fit_%s", prior);
  SmoothPrecisionSettings settings;
  g_autoptr (GError) error = NULL;

  if (!parse_prior (prior, &settings))
    {
      golden_fail (c, "the prior '%s' is not known", prior);
      return;
    }
  g_autoptr (SmoothPrecision) precision = make_precision (c, graph, &settings);
  g_autoptr (SmoothDecay) decay
      = precision != NULL ? smooth_decay_new_of_prior (precision, coords, n_dims, (gint) golden_number (c, "max_k"), 0, 0, NULL, &error) : NULL;
  if (decay == NULL)
    {
      if (error != NULL)
        golden_fail_error (c, error);
      return;
    }
  compare_quantiles (c, file, decay->quantiles, (gint64) golden_number (c, "min_k"), decay->n_orders);
  compare_quantiles (c, variance_file, decay->variances, 0, 1);
  JsonArray *expected = json_object_get_array_member (json_object_get_object_member (c->params, "expected"), fit);
  golden_compare_number (c, fit, decay->alpha, json_array_get_double_element (expected, 0), GOLDEN_FIT_TOLERANCE);
  golden_compare_number (c, fit, decay->beta, json_array_get_double_element (expected, 1), GOLDEN_FIT_TOLERANCE);
}

GoldenOutcome
golden_run_decay (GoldenCase *c)
{
  gint64 n, n_dims;
  g_autofree double *coords = golden_load_row_major (c, "coords.csv", &n, &n_dims);
  g_autoptr (GError) error = NULL;

  if (coords == NULL)
    return GOLDEN_FAILED;
  if (golden_has_file (c, "features.csv"))
    {
      g_autoptr (SmoothMatrix) matrix = golden_load_matrix (c, "features.csv");
      g_autoptr (SmoothFeatures) features = matrix != NULL ? smooth_features_new_from_matrix (matrix, &error) : NULL;
      g_autoptr (SmoothDecay) decay
          = features != NULL ? smooth_decay_new_of_features (features, coords, (gint) n_dims, (gint) golden_number (c, "max_k"), NULL, &error) : NULL;
      if (decay == NULL)
        golden_fail_error (c, error);
      else
        compare_quantiles (c, "decay.csv", decay->quantiles, 0, decay->n_orders);
      return golden_verdict (c);
    }
  g_autoptr (SmoothGraph) graph = golden_load_graph (c, "weights.tsv", n);
  g_autoptr (GList) files = golden_list_members (c, "files");
  for (GList *l = files; l != NULL && graph != NULL; l = l->next)
    if (g_str_has_prefix (l->data, "decay_"))
      compare_prior_decay (c, graph, coords, (gint) n_dims, l->data);
  return golden_verdict (c);
}
