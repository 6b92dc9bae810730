/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of spatial PCA: M is computed here entry by entry from expression and prior, and every claim is recomputed with it. */
#include "base/error.h"
#include "base/rng.h"
#include "model/pca.h"

#include <math.h>
#include <string.h>

#define N_SPOTS 300
#define N_GENES 60

typedef struct
{
  SmoothSparse *expression;
  SmoothGraph *graph;
} Problem;

static void
problem_init (Problem *problem, double density, gboolean mutual, gint64 n_genes, guint64 seed)
{
  SmoothRng rng;
  SmoothGraphSettings settings;
  g_autofree double *coords = g_new (double, 2 * N_SPOTS);
  g_autoptr (SmoothMatrix) y = smooth_matrix_new (n_genes, N_SPOTS, NULL);

  smooth_i_rng_init (&rng, seed, 0);
  for (gint i = 0; i < 2 * N_SPOTS; i++)
    coords[i] = 1000.0 * smooth_i_rng_uniform (&rng);
  for (gint i = 0; i < N_SPOTS; i++)
    for (gint64 g = 0; g < n_genes; g++)
      if (smooth_i_rng_uniform (&rng) < density)
        smooth_matrix_column (y, i)[g] = 1.0 + smooth_i_rng_uniform (&rng) + (g % 4 == 0 ? 2.0 : 0.5) * sin (coords[2 * i] / 200.0 + (double) g);
  smooth_params_init (&smooth_graph_params, &settings);
  settings.mutual = mutual;
  problem->expression = smooth_sparse_new_from_dense (y, NULL);
  problem->graph = smooth_graph_new (coords, N_SPOTS, 2, 60.0, &settings, NULL, NULL);
}

static void
problem_clear (Problem *problem)
{
  smooth_sparse_unref (problem->expression);
  smooth_graph_unref (problem->graph);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Problem, problem_clear)

/* Centred and scaled, dense; genes without variance 0. */
static SmoothMatrix *
prepare (const SmoothSparse *expression, const SmoothPcaSettings *settings)
{
  gint64 n = expression->n_cols;
  SmoothMatrix *y = smooth_matrix_new (expression->n_rows, n, NULL);

  for (gint64 i = 0; i < n; i++)
    for (gint64 e = expression->starts[i]; e < expression->starts[i + 1]; e++)
      smooth_matrix_column (y, i)[expression->rows[e]] = expression->values[e];
  for (gint64 g = 0; g < y->n_rows; g++)
    {
      double mean = 0.0, sum = 0.0;
      for (gint64 i = 0; i < n; i++)
        mean += smooth_matrix_column (y, i)[g] / (double) n;
      for (gint64 i = 0; i < n; i++)
        sum += pow (smooth_matrix_column (y, i)[g] - mean, 2.0);
      double deviation = sqrt (sum / (double) (n - 1));
      for (gint64 i = 0; i < n; i++)
        {
          double *entry = &smooth_matrix_column (y, i)[g];
          *entry -= settings->centre ? mean : 0.0;
          *entry *= !settings->scale ? 1.0 : deviation > 1e-9 ? 1.0 / deviation : 0.0;
        }
    }
  return y;
}

/* The mean of Q over permutations, entry by entry. */
static SmoothMatrix *
make_operator (const SmoothPrecision *precision, double lambda, double contrast)
{
  gint64 n = precision->n_spots;
  const SmoothSparse *q = precision->symmetric;
  double trace = 0.0, others = 0.0;
  SmoothMatrix *a = smooth_matrix_new (n, n, NULL);

  for (gint64 j = 0; j < n; j++)
    for (gint64 e = q->starts[j]; e < q->starts[j + 1]; e++)
      *(q->rows[e] == j ? &trace : &others) += q->values[e];
  for (gint64 j = 0; j < n; j++)
    {
      for (gint64 i = 0; i < n; i++)
        smooth_matrix_column (a, j)[i]
            = (i == j) + lambda * contrast * (i == j ? trace / (double) n : others / ((double) n * (double) (n - 1)));
      for (gint64 e = q->starts[j]; e < q->starts[j + 1]; e++)
        smooth_matrix_column (a, j)[q->rows[e]] -= lambda * q->values[e];
    }
  return a;
}

/* y a y^T */
static SmoothMatrix *
make_m (const SmoothMatrix *y, const SmoothMatrix *a)
{
  gint64 n_genes = y->n_rows, n = y->n_cols;
  g_autoptr (SmoothMatrix) half = smooth_matrix_new (n_genes, n, NULL);
  SmoothMatrix *m = smooth_matrix_new (n_genes, n_genes, NULL);

  for (gint64 j = 0; j < n; j++)
    for (gint64 i = 0; i < n; i++)
      for (gint64 g = 0; g < n_genes && smooth_matrix_column (a, j)[i] != 0.0; g++)
        smooth_matrix_column (half, j)[g] += smooth_matrix_column (y, i)[g] * smooth_matrix_column (a, j)[i];
  for (gint64 j = 0; j < n; j++)
    for (gint64 h = 0; h < n_genes; h++)
      for (gint64 g = 0; g < n_genes; g++)
        smooth_matrix_column (m, h)[g] += smooth_matrix_column (half, j)[g] * smooth_matrix_column (y, j)[h];
  return m;
}

/* The number of eigenvalues of m above x: positive pivots of m - x. */
static gint
count_above (const SmoothMatrix *m, double x)
{
  gint64 n = m->n_rows;
  gint count = 0;
  g_autoptr (SmoothMatrix) l = smooth_matrix_new_from_values (n, n, m->values, NULL);

  for (gint64 i = 0; i < n; i++)
    l->values[i + i * n] -= x;
  for (gint64 k = 0; k < n; k++)
    {
      double pivot = l->values[k + k * n];
      count += pivot > 0.0;
      for (gint64 j = k + 1; j < n; j++)
        for (gint64 i = j; i < n; i++)
          l->values[i + j * n] -= l->values[i + k * n] * l->values[j + k * n] / pivot;
    }
  return count;
}

/* Residuals, orthonormality, scores, objective, signs, and by counting pivots that these are the largest eigenvalues. */
static void
check_claims (const SmoothPca *pca, const SmoothMatrix *y, const SmoothMatrix *m)
{
  gint64 n_genes = y->n_rows, h = pca->n_components;
  double scale = 0.0, objective = 0.0, largest;

  for (gint64 e = 0; e < n_genes * n_genes; e++)
    scale = MAX (scale, fabs (m->values[e]));
  for (gint64 k = 0; k < h; k++)
    {
      const double *u = smooth_matrix_column (pca->loadings, k);
      largest = 0.0;
      for (gint64 g = 0; g < n_genes; g++)
        {
          double sum = -pca->eigenvalues[k] * u[g];
          for (gint64 f = 0; f < n_genes; f++)
            sum += smooth_matrix_column (m, f)[g] * u[f];
          g_assert_cmpfloat (fabs (sum), <=, 1e-10 * scale);
          largest = fabs (u[g]) > fabs (largest) ? u[g] : largest;
        }
      g_assert_cmpfloat (largest, >, 0.0);
      for (gint64 l = 0; l <= k; l++)
        {
          double dot = 0.0;
          for (gint64 g = 0; g < n_genes; g++)
            dot += u[g] * smooth_matrix_column (pca->loadings, l)[g];
          g_assert_cmpfloat (fabs (dot - (k == l)), <=, 1e-12);
        }
      for (gint64 i = 0; i < y->n_cols; i++)
        {
          double z = 0.0;
          for (gint64 g = 0; g < n_genes; g++)
            z += u[g] * smooth_matrix_column (y, i)[g];
          g_assert_cmpfloat (fabs (z - smooth_matrix_column (pca->scores, i)[k]), <=, 1e-9 * (1.0 + fabs (z)));
        }
      objective += pca->eigenvalues[k] / (double) (h * y->n_cols);
    }
  g_assert_cmpfloat (fabs (objective - pca->objective), <=, 1e-9 * (pca->data_term + fabs (pca->spatial_term)));
  g_assert_cmpfloat (pca->residual, <=, 1e-10 * scale);
  g_assert_cmpint (count_above (m, pca->eigenvalues[h - 1] + 1e-9 * scale), <, h);
  g_assert_cmpint (count_above (m, pca->next + 1e-9 * scale), <=, h);
  g_assert_cmpint (count_above (m, pca->next - 1e-9 * scale), >=, h + 1);
  g_assert_cmpint (pca->n_positive, ==, count_above (m, 0.0));
}

static void
check_problem (const Problem *problem, gint prior, double rho, const SmoothPcaSettings *settings)
{
  g_autoptr (GError) error = NULL;
  SmoothPrecisionSettings prior_settings = { .kind = prior, .rho = rho };
  g_autoptr (SmoothPrecision) precision = smooth_precision_new (problem->graph, &prior_settings, NULL, NULL);
  g_autoptr (SmoothMatrix) y = prepare (problem->expression, settings);
  g_autoptr (SmoothMatrix) a = make_operator (precision, settings->lambda, settings->contrast);
  g_autoptr (SmoothMatrix) m = make_m (y, a);

  g_autoptr (SmoothGrams) grams = smooth_grams_new (problem->expression, problem->graph, prior, NULL, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (SmoothPca) pca = smooth_pca_new (grams, settings, rho, NULL, &error);
  g_assert_no_error (error);
  check_claims (pca, y, m);

  g_autoptr (SmoothGrams) given = smooth_grams_new_from_precision (problem->expression, precision, grams, NULL, &error);
  g_autoptr (SmoothPca) same = smooth_pca_new (given, settings, 0.123, NULL, &error);
  g_assert_no_error (error);
  check_claims (same, y, m);
}

static void
test_optimal (gconstpointer data)
{
  gint prior = GPOINTER_TO_INT (data);
  double rho = prior == SMOOTH_PRIOR_SAR || prior == SMOOTH_PRIOR_CAR ? 0.12 : 0.97;

  for (gint variant = 0; variant < 8; variant++)
    {
      g_auto (Problem) problem;
      SmoothPcaSettings settings;
      smooth_params_init (&smooth_pca_params, &settings);
      settings.n_components = 5;
      settings.lambda = variant % 3 == 0 ? 0.3 : 2.0;
      settings.centre = (variant & 1) == 0;
      settings.scale = (variant & 2) == 0;
      settings.contrast = variant >= 6 ? 0.4 : 0.0;
      problem_init (&problem, (variant & 4) == 0 ? 0.8 : 0.03, variant % 2 == 0, N_GENES, (guint64) variant);
      check_problem (&problem, prior, rho, &settings);
    }
}

/* More genes and spots than one tile and one chunk. */
static void
test_threads (void)
{
  for (gint sparse = 0; sparse <= 1; sparse++)
    {
      g_auto (Problem) problem;
      g_autoptr (SmoothPca) first = NULL;
      problem_init (&problem, sparse ? 0.01 : 0.5, TRUE, 400, 3);
      for (gint n_threads = 1; n_threads <= 5; n_threads += 2)
        {
          g_autoptr (SmoothRun) run = smooth_run_new (n_threads);
          g_autoptr (SmoothGrams) grams = smooth_grams_new (problem.expression, problem.graph, SMOOTH_PRIOR_ISAR, NULL, run, NULL);
          g_autoptr (SmoothPca) pca = smooth_pca_new (grams, NULL, 0.9, run, NULL);
          if (first == NULL)
            first = smooth_pca_ref (pca);
          g_assert_cmpmem (first->loadings->values, 4000 * sizeof (double), pca->loadings->values, 4000 * sizeof (double));
          g_assert_cmpmem (first->scores->values, 10 * N_SPOTS * sizeof (double), pca->scores->values, 10 * N_SPOTS * sizeof (double));
          g_assert_true (first->objective == pca->objective);
        }
    }
}

/* Genes without variance have no part in the result; too few genes make fewer components. */
static void
test_constant_genes (void)
{
  g_auto (Problem) problem;
  g_autoptr (SmoothMatrix) y = smooth_matrix_new (6, N_SPOTS, NULL);
  g_autoptr (GError) error = NULL;

  problem_init (&problem, 0.5, TRUE, N_GENES, 1);
  for (gint i = 0; i < N_SPOTS; i++)
    {
      double *column = smooth_matrix_column (y, i);
      column[0] = sin (i);
      column[1] = 3.7;
      column[3] = cos (1.7 * i);
      column[4] = 1e6 * (1.0 + 1e-9 * sin (i));
      column[5] = i % 7;
    }
  g_autoptr (SmoothSparse) expression = smooth_sparse_new_from_dense (y, NULL);
  g_autoptr (SmoothGrams) grams = smooth_grams_new (expression, problem.graph, SMOOTH_PRIOR_ICAR, NULL, NULL, NULL);
  g_autoptr (SmoothPca) pca = smooth_pca_new (grams, NULL, 0.99, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (pca->n_used, ==, 3);
  g_assert_cmpint (pca->n_components, ==, 3);
  g_assert_true (isnan (pca->next));
  for (gint k = 0; k < 3; k++)
    for (gint g = 0; g < 6; g++)
      g_assert_true ((smooth_matrix_column (pca->loadings, k)[g] != 0.0) == (g == 0 || g == 3 || g == 5) || g == 0 || g == 3 || g == 5);
  g_assert_cmpint (smooth_report_get_count (pca->report, "pca_genes"), ==, 3);
}

/* A strong prior leaves few components worth having, and the result says so. */
static void
test_undetermined (void)
{
  g_auto (Problem) problem;
  SmoothPcaSettings settings;
  gboolean told = FALSE;

  problem_init (&problem, 0.8, TRUE, N_GENES, 5);
  smooth_params_init (&smooth_pca_params, &settings);
  settings.lambda = 50.0;
  g_autoptr (SmoothGrams) grams = smooth_grams_new (problem.expression, problem.graph, SMOOTH_PRIOR_ICAR, NULL, NULL, NULL);
  g_autoptr (SmoothPca) pca = smooth_pca_new (grams, &settings, 0.99, NULL, NULL);
  g_assert_cmpint (pca->n_positive, <, 10);
  for (guint i = 0; i < smooth_report_get_n_lines (pca->report); i++)
    told |= strstr (smooth_report_get_line (pca->report, i, NULL), "positive eigenvalue") != NULL;
  g_assert_true (told);
}

static void
test_given_loadings (void)
{
  g_auto (Problem) problem;
  g_autoptr (GError) error = NULL;
  SmoothPrecisionSettings prior = { .kind = SMOOTH_PRIOR_ICAR, .rho = 0.9 };

  problem_init (&problem, 0.5, TRUE, N_GENES, 5);
  g_autoptr (SmoothPrecision) precision = smooth_precision_new (problem.graph, &prior, NULL, NULL);
  g_autoptr (SmoothGrams) grams = smooth_grams_new (problem.expression, problem.graph, SMOOTH_PRIOR_ICAR, NULL, NULL, NULL);
  g_autoptr (SmoothPca) pca = smooth_pca_new (grams, NULL, 0.9, NULL, NULL);
  g_autoptr (SmoothPca) same = smooth_pca_new_from_loadings (problem.expression, precision, pca->loadings, NULL, NULL, &error);
  g_assert_no_error (error);
  for (gint64 e = 0; e < 10 * N_SPOTS; e++)
    g_assert_cmpfloat (fabs (same->scores->values[e] - pca->scores->values[e]), <=, 1e-9);
  g_assert_cmpfloat (fabs (same->objective - pca->objective), <=, 1e-9 * pca->data_term);
  g_assert_cmpfloat (fabs (same->eigenvalues[9] - pca->eigenvalues[9]), <=, 1e-8 * fabs (pca->eigenvalues[0]));

  /* Scaled and mixed columns span the same space: made orthonormal, the objective is the same. */
  g_autoptr (SmoothMatrix) mixed = smooth_matrix_new_from_values (N_GENES, 10, pca->loadings->values, NULL);
  for (gint64 g = 0; g < N_GENES; g++)
    {
      mixed->values[g + 3 * N_GENES] += 0.5 * mixed->values[g];
      mixed->values[g + 4 * N_GENES] *= 7.0;
    }
  g_autoptr (SmoothPca) again = smooth_pca_new_from_loadings (problem.expression, precision, mixed, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (fabs (again->objective - pca->objective), <=, 1e-9 * pca->data_term);
  g_assert_cmpuint (smooth_report_get_n_lines (again->report), ==, 1);

  memcpy (smooth_matrix_column (mixed, 5), smooth_matrix_column (mixed, 6), N_GENES * sizeof (double));
  g_assert_null (smooth_pca_new_from_loadings (problem.expression, precision, mixed, NULL, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
  g_clear_error (&error);
  mixed->values[3] = NAN;
  g_assert_null (smooth_pca_new_from_loadings (problem.expression, precision, mixed, NULL, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
}

/* The aligned result of another lambda is as near to the first one as its subspace allows, and as good as before. */
static void
test_aligned (void)
{
  g_auto (Problem) problem;
  SmoothPcaSettings settings;
  g_autoptr (GError) error = NULL;
  double before = 0.0, after = 0.0, sums[2] = { 0.0, 0.0 };

  problem_init (&problem, 0.5, TRUE, N_GENES, 9);
  smooth_params_init (&smooth_pca_params, &settings);
  settings.n_components = 6;
  g_autoptr (SmoothGrams) grams = smooth_grams_new (problem.expression, problem.graph, SMOOTH_PRIOR_ICAR, NULL, NULL, NULL);
  g_autoptr (SmoothPca) first = smooth_pca_new (grams, &settings, 0.9, NULL, NULL);
  settings.lambda = 0.4;
  g_autoptr (SmoothPca) next = smooth_pca_new (grams, &settings, 0.9, NULL, NULL);
  g_autoptr (SmoothPca) aligned = smooth_pca_new_aligned (next, first, &error);
  g_assert_no_error (error);
  for (gint64 e = 0; e < 6 * N_GENES; e++)
    {
      before += pow (next->loadings->values[e] - first->loadings->values[e], 2.0);
      after += pow (aligned->loadings->values[e] - first->loadings->values[e], 2.0);
    }
  g_assert_cmpfloat (after, <=, before + 1e-12);
  for (gint k = 0; k < 6; k++)
    {
      sums[0] += next->eigenvalues[k];
      sums[1] += aligned->eigenvalues[k];
    }
  g_assert_cmpfloat (fabs (sums[0] - sums[1]), <=, 1e-9 * fabs (next->eigenvalues[0]));
  for (gint64 i = 0; i < N_SPOTS; i++) /* distances between spots stay */
    {
      double a = 0.0, b = 0.0;
      for (gint k = 0; k < 6; k++)
        {
          a += pow (smooth_matrix_column (next->scores, i)[k] - smooth_matrix_column (next->scores, 0)[k], 2.0);
          b += pow (smooth_matrix_column (aligned->scores, i)[k] - smooth_matrix_column (aligned->scores, 0)[k], 2.0);
        }
      g_assert_cmpfloat (fabs (a - b), <=, 1e-9 * (1.0 + a));
    }
}

/* (I + lambda Q) Z = U^T Y, by plain loops. */
static void
test_posterior (void)
{
  g_auto (Problem) problem;
  g_autoptr (GError) error = NULL;
  SmoothPrecisionSettings prior = { .kind = SMOOTH_PRIOR_ICAR, .rho = 1.0 };
  SmoothRng rng;

  problem_init (&problem, 0.5, TRUE, N_GENES, 2);
  smooth_i_rng_init (&rng, 5, 0);
  g_autoptr (SmoothMatrix) scores = smooth_matrix_new (4, N_SPOTS, NULL);
  for (gint e = 0; e < 4 * N_SPOTS; e++)
    scores->values[e] = smooth_i_rng_normal (&rng);
  g_autoptr (SmoothPrecision) precision = smooth_precision_new (problem.graph, &prior, NULL, NULL);
  for (double lambda = 0.0; lambda <= 1000.0; lambda = lambda == 0.0 ? 0.1 : 10.0 * lambda)
    {
      double residual = NAN, worst = 0.0;
      g_autoptr (SmoothMatrix) z = smooth_posterior_scores (precision, scores, lambda, &residual, NULL, &error);
      g_assert_no_error (error);
      for (gint64 i = 0; i < N_SPOTS; i++)
        for (gint k = 0; k < 4; k++)
          {
            const SmoothSparse *q = precision->symmetric;
            double sum = smooth_matrix_column (z, i)[k] - smooth_matrix_column (scores, i)[k];
            for (gint64 e = q->starts[i]; e < q->starts[i + 1]; e++)
              sum += lambda * q->values[e] * smooth_matrix_column (z, q->rows[e])[k];
            worst = MAX (worst, fabs (sum));
          }
      g_assert_cmpfloat (worst, <=, 1e-10);
      g_assert_cmpfloat (residual, <=, 1e-10);
    }
  g_assert_null (smooth_posterior_scores (precision, scores, -1.0, NULL, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
  g_clear_error (&error);

  SmoothPrecisionSettings car = { .kind = SMOOTH_PRIOR_CAR, .rho = 1.0 };
  g_autoptr (SmoothPrecision) indefinite = smooth_precision_new (problem.graph, &car, NULL, NULL);
  g_assert_null (smooth_posterior_scores (indefinite, scores, 100.0, NULL, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_NUMERIC);
}

/* Q^-1 of an explicit prior, all of its entries; by Gauss-Jordan. */
static SmoothSparse *
dense_covariance (const SmoothPrecision *precision)
{
  gint64 n = precision->n_spots;
  const SmoothSparse *q = precision->symmetric;
  g_autoptr (SmoothMatrix) a = smooth_matrix_new (n, n, NULL);

  for (gint64 j = 0; j < n; j++)
    for (gint64 e = q->starts[j]; e < q->starts[j + 1]; e++)
      a->values[q->rows[e] + j * n] = q->values[e];
  for (gint64 p = 0; p < n; p++)
    {
      double pivot = a->values[p + p * n];
      a->values[p + p * n] = 1.0;
      for (gint64 j = 0; j < n; j++)
        a->values[p + j * n] /= pivot;
      for (gint64 i = 0; i < n; i++)
        {
          double factor = a->values[i + p * n];
          if (i == p || factor == 0.0)
            continue;
          a->values[i + p * n] = 0.0;
          for (gint64 j = 0; j < n; j++)
            a->values[i + j * n] -= factor * a->values[p + j * n];
        }
    }
  return smooth_sparse_new_from_dense (a, NULL);
}

/* A prior that is known by its covariance gives what its matrix gives: components, given loadings, posterior scores. */
static void
test_covariance (void)
{
  for (gint variant = 0; variant < 4; variant++)
    {
      g_auto (Problem) problem;
      g_autoptr (GError) error = NULL;
      SmoothPrecisionSettings prior = { .kind = SMOOTH_PRIOR_ISAR, .rho = 0.8 };
      SmoothPcaSettings settings;
      double residual = NAN;
      problem_init (&problem, variant < 2 ? 0.6 : 0.05, FALSE, N_GENES + 100 * (variant % 2), 9);
      g_autoptr (SmoothPrecision) precision = smooth_precision_new (problem.graph, &prior, NULL, NULL);
      g_autoptr (SmoothSparse) covariance = dense_covariance (precision);
      g_autoptr (SmoothPrecision) inverse = smooth_precision_new_from_covariance (covariance, &error);
      g_assert_no_error (error);
      g_assert_false (smooth_precision_is_explicit (inverse));
      smooth_params_init (&smooth_pca_params, &settings);
      settings.n_components = 4;
      settings.lambda = 0.4;
      settings.contrast = variant == 0 ? 0.5 : 0.0;
      settings.centre = settings.scale = variant != 3;
      g_autoptr (SmoothGrams) a = smooth_grams_new_from_precision (problem.expression, precision, NULL, NULL, &error);
      g_autoptr (SmoothGrams) b = smooth_grams_new_from_precision (problem.expression, inverse, NULL, NULL, &error);
      g_assert_no_error (error);
      g_autoptr (SmoothPca) expected = smooth_pca_new (a, &settings, 0.5, NULL, &error);
      g_autoptr (SmoothPca) found = smooth_pca_new (b, &settings, 0.5, NULL, &error);
      g_assert_no_error (error);
      g_autoptr (SmoothPca) given = smooth_pca_new_from_loadings (problem.expression, inverse, expected->loadings, &settings, NULL, &error);
      g_assert_no_error (error);
      for (gint k = 0; k < 4; k++)
        {
          double size = 1e-9 * fabs (expected->eigenvalues[0]);
          g_assert_cmpfloat_with_epsilon (found->eigenvalues[k], expected->eigenvalues[k], size);
          g_assert_cmpfloat_with_epsilon (given->eigenvalues[k], expected->eigenvalues[k], size);
        }
      g_assert_cmpfloat_with_epsilon (found->spatial_term, expected->spatial_term, 1e-9 * (1.0 + fabs (expected->spatial_term)));
      for (gint64 e = 0; e < 4 * N_SPOTS; e++)
        g_assert_cmpfloat_with_epsilon (found->scores->values[e], expected->scores->values[e], 1e-6);
      for (double lambda = 0.0; lambda <= 100.0; lambda = lambda == 0.0 ? 0.1 : 10.0 * lambda)
        {
          g_autoptr (SmoothMatrix) y = smooth_posterior_scores (precision, expected->scores, lambda, NULL, NULL, &error);
          g_autoptr (SmoothMatrix) z = smooth_posterior_scores (inverse, expected->scores, lambda, &residual, NULL, &error);
          g_assert_no_error (error);
          g_assert_cmpfloat (residual, <=, 1e-9);
          for (gint64 e = 0; e < 4 * N_SPOTS; e++)
            g_assert_cmpfloat_with_epsilon (z->values[e], y->values[e], 1e-9);
        }
      g_autoptr (SmoothPcaBasis) basis = smooth_pca_basis_new (b, &settings, NULL, &error);
      g_assert_no_error (error);
      g_autoptr (SmoothPca) live = smooth_pca_basis_solve (basis, &settings, 0.5, NULL, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpfloat_with_epsilon (live->objective, expected->objective, 1e-3 * fabs (expected->data_term));
      covariance->values[0] = -1.0;
      g_assert_null (smooth_precision_new_from_covariance (covariance, &error));
      g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_NUMERIC);
    }
}

static void
test_bad_input (void)
{
  g_auto (Problem) problem;
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothRun) run = smooth_run_new (2);
  g_autoptr (SmoothMatrix) zeros = smooth_matrix_new (3, N_SPOTS, NULL);
  g_autoptr (SmoothSparse) nothing = smooth_sparse_new_from_dense (zeros, NULL);
  g_autoptr (SmoothSparse) few = smooth_sparse_new (3, 7, 0, NULL);

  problem_init (&problem, 0.5, TRUE, N_GENES, 1);
  g_assert_null (smooth_grams_new (few, problem.graph, SMOOTH_PRIOR_ICAR, NULL, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_MISMATCH);
  g_clear_error (&error);

  g_autoptr (SmoothGrams) empty = smooth_grams_new (nothing, problem.graph, SMOOTH_PRIOR_ICAR, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_null (smooth_pca_new (empty, NULL, 0.9, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
  g_clear_error (&error);

  smooth_run_cancel (run);
  g_assert_null (smooth_grams_new (problem.expression, problem.graph, SMOOTH_PRIOR_ICAR, NULL, run, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_CANCELLED);
  g_clear_error (&error);

  problem.expression->values[0] = NAN;
  g_assert_null (smooth_grams_new (problem.expression, problem.graph, SMOOTH_PRIOR_ICAR, NULL, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
  g_assert_nonnull (strstr (error->message, "spot 1: expected a number of at most 1e+70 in size, found nan"));
}

/* The largest entry of |U - V V^T U|: about the sine of the angle between two subspaces. */
static double
get_distance (const SmoothMatrix *u, const SmoothMatrix *v)
{
  double worst = 0.0;

  for (gint64 k = 0; k < u->n_cols; k++)
    {
      g_autofree double *rest = g_memdup2 (smooth_matrix_column (u, k), (gsize) u->n_rows * sizeof (double));
      double norm = 0.0;
      for (gint64 l = 0; l < v->n_cols; l++)
        {
          double dot = 0.0;
          for (gint64 g = 0; g < u->n_rows; g++)
            dot += smooth_matrix_column (u, k)[g] * smooth_matrix_column (v, l)[g];
          for (gint64 g = 0; g < u->n_rows; g++)
            rest[g] -= dot * smooth_matrix_column (v, l)[g];
        }
      for (gint64 g = 0; g < u->n_rows; g++)
        norm += rest[g] * rest[g];
      worst = MAX (worst, sqrt (norm));
    }
  return worst;
}

/* Residual and scores of a live result, by entries of M. */
static void
check_live (const Problem *problem, const SmoothPca *live, gint prior, double rho, const SmoothPcaSettings *settings)
{
  SmoothPrecisionSettings prior_settings = { .kind = prior, .rho = rho };
  g_autoptr (SmoothPrecision) precision = smooth_precision_new (problem->graph, &prior_settings, NULL, NULL);
  g_autoptr (SmoothMatrix) y = prepare (problem->expression, settings);
  g_autoptr (SmoothMatrix) a = make_operator (precision, settings->lambda, settings->contrast);
  g_autoptr (SmoothMatrix) m = make_m (y, a);
  double worst = 0.0, scale = 0.0, data_term = 0.0;

  for (gint64 k = 0; k < live->n_components; k++)
    {
      const double *u = smooth_matrix_column (live->loadings, k);
      double norm = 0.0;
      for (gint64 g = 0; g < m->n_rows; g++)
        {
          double sum = -live->eigenvalues[k] * u[g];
          for (gint64 f = 0; f < m->n_rows; f++)
            {
              sum += smooth_matrix_column (m, f)[g] * u[f];
              scale = MAX (scale, fabs (smooth_matrix_column (m, f)[g]));
            }
          norm += sum * sum;
        }
      worst = MAX (worst, sqrt (norm));
      for (gint64 i = 0; i < y->n_cols; i++)
        {
          double z = 0.0;
          for (gint64 g = 0; g < m->n_rows; g++)
            z += u[g] * smooth_matrix_column (y, i)[g];
          g_assert_cmpfloat (fabs (z - smooth_matrix_column (live->scores, i)[k]), <=, 1e-9 * (1.0 + fabs (z)));
          data_term += z * z / (double) (live->n_components * y->n_cols);
        }
    }
  g_assert_cmpfloat (fabs (worst - live->residual), <=, 1e-9 * scale);
  g_assert_cmpfloat (fabs (data_term - live->data_term), <=, 1e-9 * data_term);
}

/* A live result claims no more than it has, is near the exact one between snapshots, and joins it once it was solved. */
static void
test_live (void)
{
  g_auto (Problem) problem = { 0 };
  SmoothPcaSettings settings;
  g_autoptr (GError) error = NULL;

  problem_init (&problem, 0.5, TRUE, 250, 21);
  smooth_params_init (&smooth_pca_params, &settings);
  settings.n_components = 4;
  for (gint plain = 0; plain < 2; plain++)
    {
      settings.centre = settings.scale = !plain;
      settings.contrast = 0.3 * plain;
      g_autoptr (SmoothGrams) grams = smooth_grams_new (problem.expression, problem.graph, SMOOTH_PRIOR_ICAR, NULL, NULL, &error);
      g_autoptr (SmoothPcaBasis) basis = smooth_pca_basis_new (grams, &settings, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpint (smooth_pca_basis_get_size (basis), <, 200);
      for (double lambda = 0.05; lambda < 1.0; lambda *= 4.0)
        {
          settings.lambda = lambda;
          g_autoptr (SmoothPca) live = smooth_pca_basis_solve (basis, &settings, 0.95, NULL, NULL, &error);
          g_assert_no_error (error);
          g_autoptr (SmoothPca) exact = smooth_pca_new (grams, &settings, 0.95, NULL, &error);
          check_live (&problem, live, SMOOTH_PRIOR_ICAR, 0.95, &settings);
          double distance = get_distance (live->loadings, exact->loadings);
          g_test_message ("lambda %g: objective %.3g below, angle %.3g, claimed %.3g", lambda, (exact->objective - live->objective) / exact->data_term,
                          distance, live->angle);
          g_assert_cmpfloat (live->objective, <=, exact->objective + 1e-9 * exact->data_term);
          g_assert_cmpfloat (exact->objective - live->objective, <, 1e-3 * exact->data_term);
          g_assert_cmpfloat (distance, <=, 2.0 * live->angle + 1e-9);
          g_assert_cmpint (live->n_positive, <=, exact->n_positive);

          g_autoptr (SmoothPcaBasis) grown = smooth_pca_basis_new_with (basis, grams, exact, NULL, &error);
          g_assert_no_error (error);
          g_autoptr (SmoothPca) again = smooth_pca_basis_solve (grown, &settings, 0.95, NULL, NULL, &error);
          check_live (&problem, again, SMOOTH_PRIOR_ICAR, 0.95, &settings);
          g_assert_cmpfloat (get_distance (again->loadings, exact->loadings), <, 1e-7);

          g_autoptr (SmoothPca) turned = smooth_pca_basis_solve (basis, &settings, 0.9, exact, NULL, &error);
          g_assert_true (turned->is_aligned);
          for (gint k = 0; k < 4; k++)
            {
              double dot = 0.0;
              for (gint64 g = 0; g < 250; g++)
                dot += smooth_matrix_column (turned->loadings, k)[g] * smooth_matrix_column (exact->loadings, k)[g];
              g_assert_cmpfloat (dot, >, 0.9);
            }
        }
    }
}

/* A basis serves the scaling that it was made for, more components than genes are cut, and one gene is enough. */
static void
test_live_extremes (void)
{
  g_auto (Problem) problem = { 0 };
  SmoothPcaSettings settings;
  g_autoptr (GError) error = NULL;

  problem_init (&problem, 0.5, TRUE, 1, 22);
  smooth_params_init (&smooth_pca_params, &settings);
  g_autoptr (SmoothGrams) grams = smooth_grams_new (problem.expression, problem.graph, SMOOTH_PRIOR_ICAR, NULL, NULL, &error);
  g_autoptr (SmoothPcaBasis) basis = smooth_pca_basis_new (grams, &settings, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (SmoothPca) live = smooth_pca_basis_solve (basis, &settings, 1.0, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (live->n_components, ==, 1);
  g_assert_cmpfloat (fabs (smooth_matrix_column (live->loadings, 0)[0] - 1.0), <, 1e-12);
  settings.scale = FALSE;
  g_assert_null (smooth_pca_basis_solve (basis, &settings, 1.0, NULL, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_MISMATCH);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/pca/optimal/icar", GINT_TO_POINTER (SMOOTH_PRIOR_ICAR), test_optimal);
  g_test_add_data_func ("/pca/optimal/car", GINT_TO_POINTER (SMOOTH_PRIOR_CAR), test_optimal);
  g_test_add_data_func ("/pca/optimal/sar", GINT_TO_POINTER (SMOOTH_PRIOR_SAR), test_optimal);
  g_test_add_data_func ("/pca/optimal/isar", GINT_TO_POINTER (SMOOTH_PRIOR_ISAR), test_optimal);
  g_test_add_func ("/pca/threads", test_threads);
  g_test_add_func ("/pca/constant-genes", test_constant_genes);
  g_test_add_func ("/pca/undetermined", test_undetermined);
  g_test_add_func ("/pca/given-loadings", test_given_loadings);
  g_test_add_func ("/pca/aligned", test_aligned);
  g_test_add_func ("/pca/posterior", test_posterior);
  g_test_add_func ("/pca/covariance", test_covariance);
  g_test_add_func ("/pca/bad-input", test_bad_input);
  g_test_add_func ("/pca/live", test_live);
  g_test_add_func ("/pca/live-extremes", test_live_extremes);
  return g_test_run ();
}
