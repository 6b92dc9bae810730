/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Standard deviations against a dense inverse, region means, the approximation, and what cannot be told. */
#include "base/error.h"
#include "model/uncertainty.h"

#include "../problem.h"
#include "made-section.h"

#include <math.h>

typedef struct
{
  Problem problem;
  SmoothReduced *reduced;
  SmoothMatrix *abundances;
} Solved;

static void
solve (Solved *solved, gint64 n, gint n_types, double lambda, double zeros, double condition)
{
  ProblemSpec spec = { .n = n, .n_types = n_types, .lambda = lambda, .rho = 0.95, .condition = condition, .bias = TRUE, .zeros = zeros, .seed = 4 };
  SmoothDeconvolutionSettings settings;
  SmoothInfo info;

  problem_init (&solved->problem, &spec);
  solved->reduced = smooth_reduced_new (solved->problem.signature, solved->problem.expression, TRUE, NULL, NULL);
  g_autoptr (SmoothDeconvolver) solver = smooth_deconvolver_new (solved->reduced);
  smooth_params_init (&smooth_deconvolution_params, &settings);
  settings.lambda = lambda;
  settings.tolerance = 1e-12;
  g_assert_true (smooth_deconvolver_set_precision (solver, solved->problem.precision, solved->problem.confidences, NULL));
  g_assert_true (smooth_deconvolver_solve (solver, &settings, NULL, NULL, &info, NULL, NULL));
  solved->abundances = smooth_deconvolver_dup_abundances (solver, NULL);
}

static void
solved_clear (Solved *solved)
{
  problem_clear (&solved->problem);
  smooth_reduced_unref (solved->reduced);
  smooth_matrix_unref (solved->abundances);
}

/* Gauss-Jordan. */
static void
dense_invert (double *a, gint n)
{
  for (gint p = 0; p < n; p++)
    {
      double pivot = a[p + p * n];
      a[p + p * n] = 1.0;
      for (gint j = 0; j < n; j++)
        a[p + j * n] /= pivot;
      for (gint i = 0; i < n; i++)
        {
          double factor = a[i + p * n];
          if (i == p)
            continue;
          a[i + p * n] = 0.0;
          for (gint j = 0; j < n; j++)
            a[i + j * n] -= factor * a[p + j * n];
        }
    }
}

/* (s^2/G) A^-1 over all entries of B, rows and columns at the bound 0; from X, Y and Q themselves. */
static double *
dense_covariance (const Solved *solved, double lambda, double *noise)
{
  const Problem *problem = &solved->problem;
  gint k_types = problem->n_types, size = (gint) problem->n * k_types, genes = (gint) problem->n_genes;
  double *a = g_new0 (double, (gsize) size * size);
  g_autofree double *h = g_new0 (double, k_types * k_types), *means = g_new0 (double, k_types);
  const double *b = solved->abundances->values;
  double residual = 0.0, freedom = 0.0;

  for (gint k = 0; k < k_types; k++)
    for (gint g = 0; g < genes; g++)
      means[k] += smooth_matrix_column (problem->signature, k)[g] / genes;
  for (gint k = 0; k < k_types; k++)
    for (gint l = 0; l < k_types; l++)
      for (gint g = 0; g < genes; g++)
        h[k * k_types + l] += (smooth_matrix_column (problem->signature, k)[g] - means[k])
                              * (smooth_matrix_column (problem->signature, l)[g] - means[l]) / genes;
  const SmoothSparse *q = problem->precision->symmetric;
  for (gint s = 0; s < problem->n; s++)
    {
      for (gint k = 0; k < k_types; k++)
        for (gint l = 0; l < k_types; l++)
          a[(s * k_types + k) + (gsize) (s * k_types + l) * size] += h[k * k_types + l];
      for (gint64 e = q->starts[s]; e < q->starts[s + 1]; e++)
        for (gint k = 0; k < k_types; k++)
          a[(q->rows[e] * k_types + k) + (gsize) (s * k_types + k) * size] += lambda * problem->confidences[k] / k_types * q->values[e];
      g_autofree double *y = g_new0 (double, genes);
      double mean = 0.0;
      for (gint64 e = problem->expression->starts[s]; e < problem->expression->starts[s + 1]; e++)
        y[problem->expression->rows[e]] = problem->expression->values[e];
      for (gint g = 0; g < genes; g++)
        {
          for (gint k = 0; k < k_types; k++)
            y[g] -= smooth_matrix_column (problem->signature, k)[g] * b[s * k_types + k];
          mean += y[g] / genes;
        }
      for (gint g = 0; g < genes; g++)
        residual += (y[g] - mean) * (y[g] - mean);
    }
  for (gint i = 0; i < size; i++)
    for (gint j = 0; j < size; j++)
      if (b[i] == 0.0 || b[j] == 0.0)
        a[i + (gsize) j * size] = i == j;
  dense_invert (a, size);
  for (gint i = 0; i < size; i++)
    for (gint j = 0; j < size; j++)
      {
        if (b[i] == 0.0 || b[j] == 0.0)
          a[i + (gsize) j * size] = 0.0;
        if (i / k_types == j / k_types)
          freedom += a[i + (gsize) j * size] * h[i % k_types * k_types + j % k_types];
      }
  *noise = residual / ((double) (genes - 1) * (double) problem->n - freedom);
  for (gint e = 0; e < size * size; e++)
    a[e] *= *noise / genes;
  return a;
}

/* Variance of the mean proportion of type k over spots, by the derivatives of every entry. */
static double
dense_mean_variance (const Solved *solved, const double *covariance, const gint32 *spots, gint n_spots, gint k)
{
  gint k_types = solved->problem.n_types, size = (gint) solved->problem.n * k_types;
  g_autofree double *w = g_new0 (double, size);
  double variance = 0.0;

  for (gint i = 0; i < n_spots; i++)
    {
      const double *b = smooth_matrix_column (solved->abundances, spots[i]);
      double total = 0.0;
      for (gint l = 0; l < k_types; l++)
        total += b[l];
      for (gint l = 0; l < k_types; l++)
        w[spots[i] * k_types + l] = ((l == k ? total : 0.0) - b[k]) / (total * total * n_spots);
    }
  for (gint i = 0; i < size; i++)
    for (gint j = 0; j < size; j++)
      variance += w[i] * covariance[i + (gsize) j * size] * w[j];
  return variance;
}

static void
test_oracle (void)
{
  Solved solved = { 0 };
  double lambda = 0.7, noise;

  solve (&solved, 30, 4, lambda, 0.3, 20.0);
  gint n = solved.problem.n_types, size = n * 30;
  g_autofree double *covariance = dense_covariance (&solved, lambda, &noise);
  g_autoptr (SmoothUncertainty) exact
      = smooth_uncertainty_new (solved.reduced, solved.problem.precision, solved.problem.confidences, lambda, solved.abundances, NULL, NULL, NULL);
  g_assert_true (exact->is_exact);
  g_assert_cmpfloat_with_epsilon (exact->noise, sqrt (noise), 1e-8 * sqrt (noise));
  gint n_active = 0;
  for (gint e = 0; e < size; e++)
    {
      gint32 spot = e / n;
      if (solved.abundances->values[e] == 0.0)
        continue;
      n_active++;
      double sd = sqrt (covariance[e + (gsize) e * size]);
      g_assert_cmpfloat_with_epsilon (exact->abundances->values[e], sd, 1e-8 * sd);
      double p_sd = sqrt (dense_mean_variance (&solved, covariance, &spot, 1, e % n));
      g_assert_cmpfloat_with_epsilon (exact->proportions->values[e], p_sd, 1e-7 * sd);
    }
  g_assert_cmpint (n_active, >, size / 3);
  g_assert_cmpint (n_active, <, size);

  /* A region: mean and deviation, less what the entries at the bound add. */
  gint32 region[] = { 3, 4, 5, 9, 10, 17, 28 };
  double means[4], deviations[4];
  g_autoptr (GError) error = NULL;
  g_assert_true (smooth_uncertainty_get_region (exact, region, G_N_ELEMENTS (region), means, deviations, NULL, &error));
  g_assert_no_error (error);
  for (gint k = 0; k < n; k++)
    {
      double mean = 0.0, variance = dense_mean_variance (&solved, covariance, region, G_N_ELEMENTS (region), k);
      for (gsize i = 0; i < G_N_ELEMENTS (region); i++)
        {
          const double *b = smooth_matrix_column (solved.abundances, region[i]);
          mean += b[k] / (b[0] + b[1] + b[2] + b[3]) / G_N_ELEMENTS (region);
          if (b[k] == 0.0)
            variance += pow (smooth_matrix_column (exact->proportions, region[i])[k] / G_N_ELEMENTS (region), 2.0);
        }
      g_assert_cmpfloat_with_epsilon (means[k], mean, 1e-12);
      g_assert_cmpfloat_with_epsilon (deviations[k], sqrt (variance), 1e-6 * sqrt (variance));
    }
  region[0] = 30;
  g_assert_false (smooth_uncertainty_get_region (exact, region, 1, means, deviations, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
  solved_clear (&solved);
}

/* At the bound: the density over b >= 0 by plain summation. */
static void
test_bound (void)
{
  Solved solved = { 0 };
  double lambda = 0.7;

  solve (&solved, 30, 4, lambda, 0.5, 5.0);
  g_autoptr (SmoothUncertainty) exact
      = smooth_uncertainty_new (solved.reduced, solved.problem.precision, solved.problem.confidences, lambda, solved.abundances, NULL, NULL, NULL);
  gint n = solved.problem.n_types, n_found = 0;
  double tau = exact->noise * exact->noise / (double) solved.problem.n_genes;
  const SmoothSparse *q = solved.problem.precision->symmetric;
  for (gint s = 0; s < 30; s++)
    for (gint k = 0; k < n; k++)
      {
        const double *b = smooth_matrix_column (solved.abundances, s);
        double m = lambda * solved.problem.confidences[k] / n, slope = 0.0, curvature = 0.0, mass = 0.0, square = 0.0;
        if (b[k] > 0.0)
          continue;
        for (gint l = 0; l < n; l++)
          slope += solved.problem.h[k * n + l] * b[l];
        slope += m * problem_q (&solved.problem, solved.abundances->values, k, s) - solved.problem.r[s * n + k];
        for (gint64 e = q->starts[s]; e < q->starts[s + 1]; e++)
          curvature += q->rows[e] == s ? m * q->values[e] : 0.0;
        curvature += solved.problem.h[k * n + k];
        double reach = MIN (40.0 * tau / MAX (slope, 1e-12), 12.0 * sqrt (tau / curvature));
        for (gint i = 0; i < 20000; i++)
          {
            double x = (i + 0.5) * reach / 20000, density = exp (-(slope * x + 0.5 * curvature * x * x) / tau);
            mass += density;
            square += density * x * x;
          }
        g_assert_cmpfloat_with_epsilon (smooth_matrix_column (exact->abundances, s)[k], sqrt (square / mass), 1e-3 * sqrt (square / mass));
        n_found++;
      }
  g_assert_cmpint (n_found, >, 20);
  solved_clear (&solved);
}

/* One type at a time: near the exact deviations, said to be approximate; the same for any number of threads. */
static void
test_blocks (void)
{
  Solved solved = { 0 };
  double lambda = 0.5, worst = 0.0, sum = 0.0, count = 0.0;
  SmoothUncertaintySettings settings;
  g_autoptr (SmoothRun) many = smooth_run_new (3);

  solve (&solved, 400, 5, lambda, 0.4, 20.0);
  smooth_params_init (&smooth_uncertainty_params, &settings);
  g_autoptr (SmoothUncertainty) exact
      = smooth_uncertainty_new (solved.reduced, solved.problem.precision, solved.problem.confidences, lambda, solved.abundances, NULL, NULL, NULL);
  settings.most_entries = 100;
  g_autoptr (SmoothUncertainty) near
      = smooth_uncertainty_new (solved.reduced, solved.problem.precision, solved.problem.confidences, lambda, solved.abundances, &settings, many, NULL);
  g_assert_true (exact->is_exact);
  g_assert_false (near->is_exact);
  g_assert_true (report_has (near->report, SMOOTH_REPORT_NOTE, "approximate"));
  for (gint64 e = 0; e < 5 * 400; e++)
    if (solved.abundances->values[e] > 0.0)
      {
        double ratio = near->abundances->values[e] / exact->abundances->values[e];
        worst = MAX (worst, fabs (log (ratio)));
        sum += log (ratio);
        count += 1.0;
      }
  g_test_message ("blocks over coupled: mean ratio %.4f, worst off by a factor %.4f", exp (sum / count), exp (worst));
  g_assert_cmpfloat (exp (worst), <, 1.25);

  gint32 region[] = { 0, 1, 2, 20, 21 };
  double a[5], b[5], c[5], d[5];
  g_assert_true (smooth_uncertainty_get_region (near, region, 5, a, b, many, NULL));
  g_assert_true (smooth_uncertainty_get_region (near, region, 5, c, d, NULL, NULL));
  g_assert_cmpint (memcmp (b, d, sizeof b), ==, 0);
  solved_clear (&solved);
}

/* A prior that is known by its covariance tells what its matrix tells, types together and one at a time, and of regions. */
static void
test_covariance (void)
{
  Solved solved = { 0 };
  SmoothUncertaintySettings settings;
  gint32 region[] = { 0, 1, 2, 20, 21 };
  enum { N = 40, K = 5 };
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothMatrix) dense = smooth_matrix_new (N, N, NULL);

  solve (&solved, N, K, 0.5, 0.4, 20.0);
  const SmoothSparse *q = solved.problem.precision->symmetric;
  for (gint64 j = 0; j < N; j++)
    for (gint64 e = q->starts[j]; e < q->starts[j + 1]; e++)
      dense->values[q->rows[e] + j * N] = q->values[e];
  dense_invert (dense->values, N);
  g_autoptr (SmoothSparse) covariance = smooth_sparse_new_from_dense (dense, NULL);
  g_autoptr (SmoothPrecision) inverse = smooth_precision_new_from_covariance (covariance, &error);
  g_assert_no_error (error);
  smooth_params_init (&smooth_uncertainty_params, &settings);
  for (gint zero = 0; zero <= 1; zero++)
    for (settings.method = SMOOTH_UNCERTAINTY_COUPLED; settings.method <= SMOOTH_UNCERTAINTY_BLOCKS; settings.method++)
      {
        double a[2][K], b[2][K];
        solved.problem.confidences[2] = zero ? 0.0 : solved.problem.confidences[2];
        g_autoptr (SmoothUncertainty) expected
            = smooth_uncertainty_new (solved.reduced, solved.problem.precision, solved.problem.confidences, 0.5, solved.abundances, &settings, NULL, &error);
        g_autoptr (SmoothUncertainty) found
            = smooth_uncertainty_new (solved.reduced, inverse, solved.problem.confidences, 0.5, solved.abundances, &settings, NULL, &error);
        g_assert_no_error (error);
        g_assert_true (found->is_exact == expected->is_exact && found->is_exact == (settings.method == SMOOTH_UNCERTAINTY_COUPLED));
        g_assert_cmpfloat_with_epsilon (found->noise, expected->noise, 1e-9 * expected->noise);
        for (gint64 e = 0; e < N * K; e++)
          {
            g_assert_cmpfloat_with_epsilon (found->abundances->values[e], expected->abundances->values[e], 1e-7 * expected->abundances->values[e] + 1e-12);
            g_assert_cmpfloat_with_epsilon (found->proportions->values[e], expected->proportions->values[e], 1e-7 * expected->proportions->values[e] + 1e-12);
          }
        g_assert_true (smooth_uncertainty_get_region (expected, region, 5, a[0], b[0], NULL, NULL));
        g_assert_true (smooth_uncertainty_get_region (found, region, 5, a[1], b[1], NULL, NULL));
        for (gint k = 0; k < K; k++)
          g_assert_cmpfloat_with_epsilon (b[1][k], b[0][k], 1e-6 * b[0][k]);
      }
  solved_clear (&solved);
}

/* Two types of one signature and no prior; no abundance at all; sizes; one type. */
static void
test_borders (void)
{
  double x[] = { 1, 2, 3, 4, 1, 2, 3, 4 }, y[] = { 1, 2, 3, 5, 4, 3, 2, 1, 2, 4, 6, 8.5 }, b[] = { 0.5, 0.5, 0, 0, 1, 1 };
  g_autoptr (SmoothMatrix) signature = smooth_matrix_new_from_values (4, 2, x, NULL);
  g_autoptr (SmoothMatrix) dense = smooth_matrix_new_from_values (4, 3, y, NULL);
  g_autoptr (SmoothSparse) expression = smooth_sparse_new_from_dense (dense, NULL);
  g_autoptr (SmoothMatrix) abundances = smooth_matrix_new_from_values (2, 3, b, NULL);
  g_autoptr (SmoothReduced) reduced = smooth_reduced_new (signature, expression, TRUE, NULL, NULL);
  SmoothUncertaintySettings settings;
  g_autoptr (GError) error = NULL;

  smooth_params_init (&smooth_uncertainty_params, &settings);
  for (settings.method = SMOOTH_UNCERTAINTY_COUPLED; settings.method <= SMOOTH_UNCERTAINTY_BLOCKS; settings.method++)
    {
      g_autoptr (SmoothUncertainty) uncertainty = smooth_uncertainty_new (reduced, NULL, NULL, 0.1, abundances, &settings, NULL, &error);
      g_assert_no_error (error);
      g_assert_true (report_has (uncertainty->report, SMOOTH_REPORT_WARNING, "cannot be told apart"));
      g_assert_true (isnan (uncertainty->abundances->values[0]));
      g_assert_true (isnan (uncertainty->proportions->values[2]));
      g_assert_cmpint (uncertainty->n_empty, ==, 1);
    }
  abundances->values[1] = abundances->values[5] = 0.0;
  g_autoptr (SmoothUncertainty) one = smooth_uncertainty_new (reduced, NULL, NULL, 0.0, abundances, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (one->abundances->values[0], >, 0.0);
  g_assert_cmpfloat (one->proportions->values[0], ==, 0.0); /* the only type: 1 whatever its amount */
  gint32 empty[] = { 1 };
  double means[2], deviations[2];
  g_assert_true (smooth_uncertainty_get_region (one, empty, 1, means, deviations, NULL, NULL));
  g_assert_true (isnan (means[0]) && isnan (deviations[0]));

  g_autoptr (SmoothMatrix) wrong = smooth_matrix_new_from_values (3, 2, b, NULL);
  g_assert_null (smooth_uncertainty_new (reduced, NULL, NULL, 0.0, wrong, NULL, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_MISMATCH);
  g_clear_error (&error);
  g_assert_null (smooth_uncertainty_new (reduced, NULL, NULL, NAN, abundances, NULL, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
  g_clear_error (&error);
  abundances->values[0] = NAN;
  g_assert_null (smooth_uncertainty_new (reduced, NULL, NULL, 0.0, abundances, NULL, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/uncertainty/oracle", test_oracle);
  g_test_add_func ("/uncertainty/bound", test_bound);
  g_test_add_func ("/uncertainty/blocks", test_blocks);
  g_test_add_func ("/uncertainty/covariance", test_covariance);
  g_test_add_func ("/uncertainty/borders", test_borders);
  return g_test_run ();
}
