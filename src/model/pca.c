/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spatial PCA, exactly: the first eigenvectors of M = Y (I - lambda Q) Y^T; and with loadings that are given.
 *
 * Method of Su et al., Genome Biology 24 (2023) 291. Genes may be centred and scaled; M comes from Gram matrices that do not
 * depend on lambda, rho, centring or scaling (pca-grams.c).
 */
#include "model/pca-private.h"

#include "base/error.h"
#include "linalg/blas.h"
#include "linalg/eigen.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#define FIELD(name) G_STRUCT_OFFSET (SmoothPcaSettings, name)

static const SmoothParam params[] = {
  { "components", N_ ("Components"), SMOOTH_PARAM_INT, FIELD (n_components), 10, 1, 1000, "", NULL,
    N_ ("A larger value keeps finer patterns, and more noise"), 0, 1, 50 },
  { "pca-lambda", N_ ("Smoothness of components"), SMOOTH_PARAM_DOUBLE, FIELD (lambda), 0.3, 0, 1e6, "", NULL,
    N_ ("A larger value prefers genes whose expression varies smoothly over those that vary much; 0 is plain PCA"), SMOOTH_PARAM_LOG, 0.01, 30 },
  { "centre-genes", N_ ("Centre genes"), SMOOTH_PARAM_BOOL, FIELD (centre), 1, 0, 1, "", NULL,
    N_ ("Subtract the mean of each gene, so that components show differences between spots"), SMOOTH_PARAM_EXPERT },
  { "scale-genes", N_ ("Scale genes"), SMOOTH_PARAM_BOOL, FIELD (scale), 1, 0, 1, "", NULL,
    N_ ("Divide each gene by its standard deviation, so that rare genes count as much as abundant ones"), SMOOTH_PARAM_EXPERT },
  { "pca-contrast", N_ ("Contrast"), SMOOTH_PARAM_DOUBLE, FIELD (contrast), 0, 0, 1, "", NULL,
    N_ ("A larger value takes off more of the roughness that shuffled spots would have, as a smaller smoothness does"),
    SMOOTH_PARAM_EXPERT },
  { "score-lambda", N_ ("Smoothness of scores"), SMOOTH_PARAM_DOUBLE, FIELD (score_lambda), 3, 0, 1e6, "", NULL,
    N_ ("A larger value smooths the scores of spots more, given the components; 0 leaves them as noisy as the data"), SMOOTH_PARAM_LOG, 0.03, 300 },
};

const SmoothParamTable smooth_pca_params = {
  "pca", N_ ("Spatial PCA"), sizeof (SmoothPcaSettings), params, G_N_ELEMENTS (params),
};

/* Loadings of used genes to those of all genes. */
static SmoothMatrix *
expand (const SmoothMatrix *vectors, const SmoothGeneScale *scale, GError **error)
{
  SmoothMatrix *loadings = smooth_matrix_new (scale->n_genes, vectors->n_cols, error);

  for (gint64 k = 0; loadings != NULL && k < vectors->n_cols; k++)
    for (gint64 l = 0; l < scale->n_used; l++)
      smooth_matrix_column (loadings, k)[scale->used[l]] = smooth_matrix_column (vectors, k)[l];
  return loadings;
}

/* The certificate: |M u - theta u| with the full M, and the angle that it allows (C. Davis, W. Kahan, 1970). */
static gboolean
certify (SmoothPca *pca, const SmoothMatrix *m, const SmoothMatrix *u, const double *theta, GError **error)
{
  const int n = (int) u->n_rows, h = (int) u->n_cols;
  g_autoptr (SmoothMatrix) residuals = smooth_matrix_new (n, h, error);
  double sum = 0.0;

  if (residuals == NULL)
    return FALSE;
  cblas_dsymm (CblasColMajor, CblasLeft, CblasLower, n, h, 1.0, m->values, n, u->values, n, 0.0, residuals->values, n);
  pca->residual = 0.0;
  for (gint64 k = 0; k < h; k++)
    {
      double norm = 0.0;
      for (gint64 l = 0; l < n; l++)
        norm += pow (smooth_matrix_column (residuals, k)[l] - theta[k] * smooth_matrix_column (u, k)[l], 2.0);
      pca->residual = MAX (pca->residual, sqrt (norm));
      sum += norm;
    }
  if (isfinite (pca->next))
    pca->angle = MIN (sqrt (sum) / MAX (theta[h - 1] - pca->next, G_MINDOUBLE), 2.0);
  return TRUE;
}

/* Solves the eigenproblem: loadings, eigenvalues and the certificate. */
static gboolean
solve (SmoothPca *pca, const SmoothMatrix *m, const SmoothGeneScale *scale, double **theta, SmoothRun *run, GError **error)
{
  gint64 n_wanted = MIN (pca->n_components + 1, scale->n_used);
  g_autoptr (SmoothMatrix) scratch = smooth_matrix_new_from_values (m->n_rows, m->n_cols, m->values, error);
  g_autoptr (SmoothMatrix) vectors = scratch != NULL ? smooth_matrix_new (scale->n_used, pca->n_components, error) : NULL;
  g_autofree double *values = g_new (double, n_wanted);

  if (vectors == NULL)
    return FALSE;
  if (!smooth_i_eigen_top (scratch, n_wanted, values, vectors, &pca->n_positive, run, error))
    return FALSE;
  if (n_wanted > pca->n_components)
    pca->next = values[pca->n_components];
  smooth_i_fix_signs (vectors);
  pca->loadings = expand (vectors, scale, error);
  *theta = g_memdup2 (values, (gsize) pca->n_components * sizeof (double));
  return pca->loadings != NULL && certify (pca, m, vectors, values, error);
}

/* What the scores say must be what the Gram matrices say. */
static void
compare_objectives (SmoothPca *pca, const double *theta)
{
  double difference = 0.0, size = (double) pca->n_components * (double) pca->n_spots;

  for (gint64 k = 0; k < pca->n_components; k++)
    difference += (theta[k] - pca->eigenvalues[k]) / size;
  if (!(fabs (difference) <= 1e-7 * (pca->data_term + fabs (pca->spatial_term))))
    smooth_report_add (pca->report, SMOOTH_REPORT_WARNING,
                       "the objective from the Gram matrices differs by %.3g from the one of the scores (%.6g): genes vary too little "
                       "around large means",
                       difference, pca->objective);
  memcpy (pca->eigenvalues, theta, (gsize) pca->n_components * sizeof (double));
}

/**
 * smooth_pca_new:
 * @settings: (nullable): %NULL for the defaults
 * @rho: of the prior, 0 to 1; without effect where @grams were made from a precision
 * @run: (nullable): cancels within a few columns of the reduction
 *
 * Genes that do not vary get loadings 0. There are no more components than genes that vary. O(n_genes^3) once the Gram
 * matrices are there: see smooth_i_eigen_top().
 *
 * Returns: (transfer full): the optimum, with its certificate; components that the data do not determine are named in the report
 */
SmoothPca *
smooth_pca_new (const SmoothGrams *grams, const SmoothPcaSettings *settings, double rho, SmoothRun *run, GError **error)
{
  SmoothPcaSettings defaults;
  SmoothGeneScale scale = { 0 };
  SmoothMix mix;

  smooth_params_init (&smooth_pca_params, &defaults);
  settings = settings != NULL ? settings : &defaults;
  if (!smooth_params_check (&smooth_pca_params, settings, error) || !smooth_i_terms_check_rho (&grams->terms, rho, error))
    return NULL;

  g_autoptr (SmoothPca) pca = smooth_i_pca_alloc (grams->n_genes, grams->n_spots);
  g_autofree double *theta = NULL;
  smooth_i_terms_mix (&grams->terms, settings->lambda, rho, settings->contrast, &mix);
  gboolean good
      = smooth_i_gene_scale_init (&scale, grams->means, grams->deviations, grams->n_genes, settings, pca->report, error);
  g_autoptr (SmoothMatrix) m = good ? smooth_i_grams_form (grams, &mix, &scale, run, error) : NULL;
  if (good && scale.n_used < settings->n_components)
    smooth_report_add (pca->report, SMOOTH_REPORT_WARNING,
                       "%d components were asked for, yet only %" PRId64 " genes vary over the spots",
                       settings->n_components, scale.n_used);
  pca->n_components = MIN (settings->n_components, scale.n_used);
  good = m != NULL && solve (pca, m, &scale, &theta, run, error);
  if (good)
    {
      smooth_i_pca_set_scale (pca, &scale);
      pca->scores = smooth_i_project (grams->expression, pca->loadings, &scale, run, error);
      good = pca->scores != NULL && smooth_i_pca_measure (pca, &grams->terms, &mix, error);
    }
  smooth_i_gene_scale_clear (&scale);
  if (!good)
    return NULL;
  compare_objectives (pca, theta);
  smooth_i_pca_warn (pca, settings->lambda);
  return g_steal_pointer (&pca);
}

/* Gram-Schmidt, twice, in the order of the columns. Returns: the largest entry of |U^T U - I| before; -1: columns depend. */
static double
orthonormalise (SmoothMatrix *u)
{
  double largest = 0.0;
  gint64 n = u->n_rows;

  for (gint64 k = 0; k < u->n_cols; k++)
    for (gint64 l = 0; l <= k; l++)
      {
        double dot = cblas_ddot ((int) n, smooth_matrix_column (u, k), 1, smooth_matrix_column (u, l), 1);
        largest = MAX (largest, fabs (dot - (k == l)));
      }
  for (gint64 k = 0; largest > 1e-10 && k < u->n_cols; k++)
    {
      double *column = smooth_matrix_column (u, k), before = cblas_dnrm2 ((int) n, column, 1);
      for (gint64 pass = 0; pass < 2; pass++)
        for (gint64 l = 0; l < k; l++)
          {
            const double *other = smooth_matrix_column (u, l);
            cblas_daxpy ((int) n, -cblas_ddot ((int) n, column, 1, other, 1), other, 1, column, 1);
          }
      double norm = cblas_dnrm2 ((int) n, column, 1);
      if (!(norm > 1e-10 * before))
        return -1.0;
      cblas_dscal ((int) n, 1.0 / norm, column, 1);
    }
  return largest;
}

/* A copy of loadings, 0 for genes that are not used, orthonormal. */
static SmoothMatrix *
take_loadings (const SmoothMatrix *loadings, const SmoothGeneScale *scale, SmoothReport *report, GError **error)
{
  g_autoptr (SmoothMatrix) u = NULL;

  if (!smooth_i_matrix_check (loadings, N_("loadings: gene"), N_("component"), error))
    return NULL;
  u = smooth_matrix_new_from_values (loadings->n_rows, loadings->n_cols, loadings->values, error);
  if (u == NULL)
    return NULL;
  for (gint64 k = 0; k < u->n_cols; k++)
    for (gint64 g = 0; g < u->n_rows; g++)
      {
        double *entry = &smooth_matrix_column (u, k)[g];
        if (scale->factors[g] == 0.0)
          *entry = 0.0;
      }
  smooth_i_blas_init ();
  double change = orthonormalise (u);
  if (change < 0.0)
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE,
                        "the %" PRId64 " given components are linearly dependent on the genes that vary here", u->n_cols);
      return NULL;
    }
  if (change > 1e-6)
    smooth_report_add (report, SMOOTH_REPORT_NOTE,
                       "given components are not orthonormal on the genes that vary here (by %.2g): they were made so, in their order",
                       change);
  return g_steal_pointer (&u);
}

static gboolean
check_shapes (const SmoothSparse *expression, const SmoothPrecision *precision, const SmoothMatrix *loadings, GError **error)
{
  if (loadings->n_rows == expression->n_rows && precision->n_spots == expression->n_cols && loadings->n_cols >= 1
      && loadings->n_cols <= loadings->n_rows)
    return TRUE;
  smooth_error_set (error, SMOOTH_ERROR_MISMATCH,
                    "expected loadings of %" PRId64 " genes and a prior of %" PRId64 " spots, found %" PRId64 " x %" PRId64
                    " loadings and %" PRId64 " spots",
                    expression->n_rows, expression->n_cols, loadings->n_rows, loadings->n_cols, precision->n_spots);
  return FALSE;
}

/**
 * smooth_pca_new_from_loadings:
 * @expression: n_genes x n_spots, finite
 * @loadings: n_genes x H: of another model, its genes brought into this order, 0 for those that it lacks
 * @settings: (nullable): lambda, centring, scaling and contrast; the number of components is that of @loadings
 *
 * Columns that are not orthonormal are made so, in their order. Signs stay. No Gram matrix is needed: O(nnz H + n_genes H^2).
 *
 * Returns: (transfer full): scores and objective of these components
 */
SmoothPca *
smooth_pca_new_from_loadings (const SmoothSparse *expression, const SmoothPrecision *precision, const SmoothMatrix *loadings,
                              const SmoothPcaSettings *settings, SmoothRun *run, GError **error)
{
  SmoothPcaSettings defaults;
  SmoothGeneScale scale = { 0 };
  SmoothTerms terms;
  SmoothMix mix;

  smooth_params_init (&smooth_pca_params, &defaults);
  settings = settings != NULL ? settings : &defaults;
  if (!smooth_params_check (&smooth_pca_params, settings, error) || !check_shapes (expression, precision, loadings, error))
    return NULL;

  g_autoptr (SmoothPca) pca = smooth_i_pca_alloc (expression->n_rows, expression->n_cols);
  g_autofree double *means = g_new (double, expression->n_rows);
  g_autofree double *deviations = g_new (double, expression->n_rows);
  pca->n_components = loadings->n_cols;
  gboolean good = smooth_i_terms_init_from_precision (&terms, precision, error)
                  && smooth_i_measure_genes (expression, means, deviations, error)
                  && smooth_i_gene_scale_init (&scale, means, deviations, expression->n_rows, settings, pca->report, error);
  if (good)
    {
      smooth_i_pca_set_scale (pca, &scale);
      smooth_i_terms_mix (&terms, settings->lambda, 0.0, settings->contrast, &mix);
      pca->loadings = take_loadings (loadings, &scale, pca->report, error);
      if (pca->loadings != NULL)
        pca->scores = smooth_i_project (expression, pca->loadings, &scale, run, error);
      good = pca->scores != NULL && smooth_i_pca_measure (pca, &terms, &mix, error);
    }
  smooth_i_terms_clear (&terms);
  smooth_i_gene_scale_clear (&scale);
  return good ? g_steal_pointer (&pca) : NULL;
}
