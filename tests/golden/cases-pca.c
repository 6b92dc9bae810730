/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Golden cases of spatial PCA: e* (the optimum as projector, eigenvalues and loss; the loss at given loadings). */
#include "golden.h"

#include "model/pca.h"
#include "precision/loss.h"

#include <math.h>

/* The prior, as it is given. */
static SmoothPrecision *
load_precision (GoldenCase *c, gint64 n)
{
  g_autoptr (SmoothSparse) q = golden_load_sparse (c, "Q.tsv", n);
  g_autoptr (GError) error = NULL;
  SmoothPrecision *precision = q != NULL ? smooth_precision_new_from_matrix (q, &error) : NULL;

  if (error != NULL)
    golden_fail_error (c, error);
  return precision;
}

static void
compare_optimum (GoldenCase *c, const SmoothPca *pca)
{
  gint64 n_genes = pca->n_genes, h = pca->n_components;
  g_autoptr (SmoothMatrix) projector = golden_load_matrix (c, "projector.csv");
  g_autoptr (SmoothMatrix) eigenvalues = golden_load_matrix (c, "eigenvalues.csv");
  g_autoptr (SmoothMatrix) found = smooth_matrix_new (n_genes, n_genes, NULL);
  double scale = 0.0;
  gint64 n_positive = 0;

  if (projector == NULL || eigenvalues == NULL)
    return;
  for (gint64 k = 0; k < h; k++)
    for (gint64 j = 0; j < n_genes; j++)
      for (gint64 i = 0; i < n_genes; i++)
        smooth_matrix_column (found, j)[i] += smooth_matrix_column (pca->loadings, k)[i] * smooth_matrix_column (pca->loadings, k)[j];
  golden_compare_matrix (c, "projector.csv", found, projector, GOLDEN_TOLERANCE, GOLDEN_TOLERANCE);
  for (gint64 k = 0; k < n_genes; k++)
    {
      scale = MAX (scale, fabs (eigenvalues->values[k]));
      n_positive += eigenvalues->values[k] > 0.0;
    }
  for (gint64 k = 0; k <= h && k < n_genes; k++)
    golden_compare_number (c, "eigenvalue / largest", (k < h ? pca->eigenvalues[k] : pca->next) / scale, eigenvalues->values[k] / scale,
                           GOLDEN_TOLERANCE);
  golden_compare_number (c, "positive eigenvalues", (double) pca->n_positive, (double) n_positive, 0.0);
  golden_compare_number (c, "loss_total", -pca->objective, golden_expected (c, NULL, "loss_total"), GOLDEN_LOSS_TOLERANCE);
}

/* The loss at loadings that are given, with a confidence for each component: no eigenproblem. */
static void
compare_point (GoldenCase *c, const SmoothSparse *expression, const SmoothPrecision *precision, const SmoothPcaSettings *settings)
{
  g_autoptr (SmoothMatrix) loadings = golden_load_matrix (c, "U_point.csv");
  g_autoptr (SmoothMatrix) confidences = golden_load_matrix (c, "confidences.csv");
  g_autoptr (GError) error = NULL;

  if (loadings == NULL || confidences == NULL)
    return;
  g_autoptr (SmoothPca) pca = smooth_pca_new_from_loadings (expression, precision, loadings, settings, NULL, &error);
  if (pca == NULL)
    {
      golden_fail_error (c, error);
      return;
    }
  double spatial = 0.0;
  if (!smooth_spatial_loss (precision, pca->scores, confidences->values, TRUE, &spatial, NULL, NULL, &error))
    golden_fail_error (c, error);
  spatial *= settings->lambda;
  golden_compare_number (c, "loss_recon", -pca->data_term, golden_expected (c, NULL, "loss_recon"), GOLDEN_TOLERANCE);
  golden_compare_number (c, "loss_spatial", spatial, golden_expected (c, NULL, "loss_spatial"), GOLDEN_TOLERANCE);
}

GoldenOutcome
golden_run_pca (GoldenCase *c)
{
  g_autoptr (SmoothMatrix) x = golden_load_transposed (c, "X.csv");
  g_autoptr (SmoothSparse) expression = x != NULL ? smooth_sparse_new_from_dense (x, NULL) : NULL;
  g_autoptr (SmoothPrecision) precision = x != NULL ? load_precision (c, x->n_cols) : NULL;
  SmoothPcaSettings settings;
  g_autoptr (GError) error = NULL;

  if (precision == NULL)
    return GOLDEN_FAILED;
  smooth_params_init (&smooth_pca_params, &settings);
  settings.n_components = (gint) golden_number (c, "k");
  settings.lambda = golden_number (c, "lambda_spatial_loss");
  settings.centre = settings.scale = FALSE;
  if (golden_has_file (c, "U_point.csv"))
    {
      compare_point (c, expression, precision, &settings);
      return golden_verdict (c);
    }
  settings.lambda *= golden_number (c, "confidence");
  g_autoptr (SmoothGrams) grams = smooth_grams_new_from_precision (expression, precision, NULL, NULL, &error);
  g_autoptr (SmoothPca) pca = grams != NULL ? smooth_pca_new (grams, &settings, 0.0, NULL, &error) : NULL;
  if (pca == NULL)
    {
      golden_fail_error (c, error);
      return GOLDEN_FAILED;
    }
  compare_optimum (c, pca);
  golden_compare_number (c, "loss_recon", -pca->data_term, golden_expected (c, NULL, "loss_recon"), GOLDEN_LOSS_TOLERANCE);
  golden_compare_number (c, "loss_spatial", pca->spatial_term, golden_expected (c, NULL, "loss_spatial"), GOLDEN_LOSS_TOLERANCE);
  return golden_verdict (c);
}
