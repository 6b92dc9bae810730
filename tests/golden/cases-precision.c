/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Golden cases of priors: p01* (precision matrices), l01 and l02 (the quadratic loss and its gradient). */
#include "golden.h"

#include "precision/precision.h"

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

/* Files are named Q_<prior>_rho<rho>.csv; Qstd_ ones hold the standardised matrices. */
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
      if (file[0] != 'Q')
        continue;
      if (!g_str_has_prefix (file, "Q_") || !parse_prior (file + 2, &settings))
        {
          g_ptr_array_add (c->not_covered, g_strdup (file));
          continue;
        }
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

static SmoothMatrix *
copy_row (const SmoothMatrix *matrix, gint64 k)
{
  SmoothMatrix *row = smooth_matrix_new (1, matrix->n_cols, NULL);

  for (gint64 i = 0; i < matrix->n_cols; i++)
    row->values[i] = matrix->values[k + i * matrix->n_rows];
  return row;
}

/* The unnormalised loss of one prior a group, and its gradient. */
static double
loss_by_group (GoldenCase *c, const SmoothPrecisionSettings *settings, const SmoothMatrix *coefs, const double *confidences,
               SmoothMatrix *gradient)
{
  gint64 n_groups = coefs->n_rows, n = coefs->n_cols;
  double loss = 0.0;

  for (gint64 k = 0; k < n_groups; k++)
    {
      g_autofree char *file = g_strdup_printf ("weights_%d.tsv", (gint) k);
      g_autoptr (SmoothGraph) graph = golden_load_graph (c, file, n);
      g_autoptr (SmoothPrecision) precision = graph != NULL ? make_precision (c, graph, settings) : NULL;
      g_autoptr (SmoothMatrix) row = copy_row (coefs, k);
      g_autoptr (SmoothMatrix) slope = smooth_matrix_new (1, n, NULL);
      if (precision == NULL)
        return 0.0;
      loss += measure_loss (c, precision, row, confidences != NULL ? &confidences[k] : NULL, FALSE, slope);
      for (gint64 i = 0; i < n; i++)
        gradient->values[k + i * n_groups] = slope->values[i];
    }
  return loss;
}

static void
scale_values (SmoothMatrix *matrix, double factor)
{
  for (gint64 e = 0; e < matrix->n_rows * matrix->n_cols; e++)
    matrix->values[e] *= factor;
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
      total = loss_by_group (c, settings, coefs, used, gradient);
      normalised = total / size;
      scale_values (gradient, 1.0 / size);
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
      if (strstr (key, "_raw_") == NULL || !parse_prior (key, &settings))
        {
          g_ptr_array_add (c->not_covered, g_strdup (key));
          continue;
        }
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
