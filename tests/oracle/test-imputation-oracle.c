/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Imputation and its standard deviations against dense inverses, and against truth drawn from the model itself. */
#include "model/positions.h"

#include <math.h>

#define N 90
#define N_OBSERVED 50
#define N_FEATURES 3
#define N_DRAWS 1500

/* LAPACK; Fortran's interface */
extern void dpotrf_ (const char *triangle, const int *n, double *a, const int *lda, int *info);
extern void dpotri_ (const char *triangle, const int *n, double *a, const int *lda, int *info);

typedef struct
{
  SmoothPrecision *precision;
  double q[N * N];
  gint32 observed[N_OBSERVED];
  gboolean is_observed[N];
} Problem;

/* a <- a^-1, n x n, symmetric and definite */
static void
invert (double *a, int n)
{
  int info = 0;

  dpotrf_ ("L", &n, a, &n, &info);
  g_assert_cmpint (info, ==, 0);
  dpotri_ ("L", &n, a, &n, &info);
  g_assert_cmpint (info, ==, 0);
  for (gint j = 0; j < n; j++)
    for (gint i = 0; i < j; i++)
      a[i + j * n] = a[j + i * n];
}

/* q (N x N) <- (A A^T)^-1, A = I + rho W, its rows divided by their norms where @standardise. */
static void
make_moving_average (const SmoothGraph *graph, double rho, gboolean standardise, double *q)
{
  static double a[N * N];

  for (gint i = 0; i < N * N; i++)
    a[i] = i % (N + 1) == 0;
  for (gint i = 0; i < N; i++)
    {
      double square = 0.0;
      for (gint64 e = graph->weights->starts[i]; e < graph->weights->starts[i + 1]; e++)
        a[i * N + graph->weights->rows[e]] += rho * graph->weights->values[e];
      for (gint j = 0; j < N; j++)
        square += a[i * N + j] * a[i * N + j];
      for (gint j = 0; j < N && standardise; j++)
        a[i * N + j] /= sqrt (square);
    }
  for (gint i = 0; i < N; i++)
    for (gint j = 0; j < N; j++)
      for (gint l = 0; l < N; l++)
        q[i + j * N] += a[i * N + l] * a[j * N + l];
  invert (q, N);
}

static void
make_problem (Problem *problem, gint prior, double rho, gboolean standardise, GRand *rand)
{
  double coords[2 * N];
  SmoothGraphSettings settings;
  SmoothPrecisionSettings prior_settings = { .kind = prior, .rho = rho, .standardise = standardise };

  for (gint i = 0; i < 2 * N; i++)
    coords[i] = g_rand_double (rand) * 700.0;
  smooth_params_init (&smooth_graph_params, &settings);
  settings.mutual = FALSE; /* not symmetric: the quadratic form sees the symmetric part */
  g_autoptr (SmoothGraph) graph = smooth_graph_new (coords, N, 2, 70.0, &settings, NULL, NULL);
  problem->precision = smooth_precision_new (graph, &prior_settings, NULL, NULL);
  for (gint k = 0; k < N * N; k++)
    problem->q[k] = 0.0;
  if (prior == SMOOTH_PRIOR_SMA)
    make_moving_average (graph, rho, standardise, problem->q);
  for (gint j = 0; j < N; j++)
    {
      const SmoothSparse *q = problem->precision->symmetric;
      problem->is_observed[j] = FALSE;
      for (gint64 e = q != NULL ? q->starts[j] : 0; q != NULL && e < q->starts[j + 1]; e++)
        problem->q[q->rows[e] + j * N] = q->values[e];
    }
  for (gint k = 0; k < N_OBSERVED; k++)
    {
      problem->observed[k] = (k * 7 + 3) % N; /* 7 and N are coprime: all different */
      problem->is_observed[problem->observed[k]] = TRUE;
    }
}

/* The posterior of all spots for noise 1: covariance (n x n, 0 at kept values) and mean. */
static void
get_posterior (const Problem *problem, const SmoothImputationSettings *settings, const double *y, double *covariance,
               double *mean)
{
  gint unknown[N], n = 0;
  double weight = settings->lambda * N_OBSERVED / N, a[N * N], full[N];

  for (gint i = 0; i < N; i++)
    full[i] = 0.0;
  for (gint k = 0; k < N_OBSERVED; k++)
    full[problem->observed[k]] = y[k];
  for (gint i = 0; i < N; i++)
    if (!settings->fixed || !problem->is_observed[i])
      unknown[n++] = i;
  for (gint j = 0; j < n; j++)
    for (gint i = 0; i < n; i++)
      a[i + j * n] = settings->fixed
                         ? problem->q[unknown[i] + unknown[j] * N]
                         : weight * problem->q[unknown[i] + unknown[j] * N] + (i == j && problem->is_observed[unknown[i]]);
  invert (a, n);
  for (gint i = 0; i < N; i++)
    mean[i] = settings->fixed ? full[i] : 0.0;
  for (gint i = 0; i < N * N; i++)
    covariance[i] = 0.0;
  for (gint i = 0; i < n; i++)
    for (gint j = 0; j < n; j++)
      {
        double right = settings->fixed ? 0.0 : full[unknown[j]];
        for (gint l = 0; l < N && settings->fixed; l++)
          if (problem->is_observed[l])
            right -= problem->q[unknown[j] + l * N] * full[l];
        covariance[unknown[i] + unknown[j] * N] = a[i + j * n];
        mean[unknown[i]] += a[i + j * n] * right;
      }
}

/* s^2 by the formula of its definition. Kept: y (Q^-1)_oo^-1 y / n_o. Denoised: |y - x|^2 / (n_o - trace). */
static double
get_variance (const Problem *problem, const SmoothImputationSettings *settings, const double *y, const double *covariance,
              const double *mean)
{
  double sum = 0.0, freedom = N_OBSERVED, all[N * N], part[N_OBSERVED * N_OBSERVED];

  if (!settings->fixed)
    {
      for (gint k = 0; k < N_OBSERVED; k++)
        {
          gint32 i = problem->observed[k];
          sum += (y[k] - mean[i]) * (y[k] - mean[i]);
          freedom -= covariance[i + i * N];
        }
      return sum / freedom;
    }
  for (gint i = 0; i < N * N; i++)
    all[i] = problem->q[i];
  invert (all, N);
  for (gint k = 0; k < N_OBSERVED; k++)
    for (gint l = 0; l < N_OBSERVED; l++)
      part[k + l * N_OBSERVED] = all[problem->observed[k] + problem->observed[l] * N];
  invert (part, N_OBSERVED);
  for (gint k = 0; k < N_OBSERVED; k++)
    for (gint l = 0; l < N_OBSERVED; l++)
      sum += y[k] * part[k + l * N_OBSERVED] * y[l];
  return sum / freedom;
}

static void
check_dense (gint prior, double rho, gboolean standardise, gboolean fixed, gboolean centre, double lambda, GRand *rand)
{
  Problem problem;
  SmoothInfo info;
  SmoothImputationSettings settings;
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothMatrix) values = smooth_matrix_new (N_OBSERVED, N_FEATURES, NULL);
  static double covariance[N * N];
  double mean[N];

  make_problem (&problem, prior, rho, standardise, rand);
  smooth_params_init (&smooth_imputation_params, &settings);
  settings.fixed = fixed;
  settings.nonnegative = FALSE;
  settings.lambda = lambda;
  settings.centre = centre;
  for (gint i = 0; i < N_OBSERVED * N_FEATURES; i++)
    values->values[i] = g_rand_double_range (rand, -1.0, 3.0);
  g_autoptr (SmoothImputer) imputer
      = smooth_imputer_new (problem.precision, problem.observed, N_OBSERVED, &settings, NULL, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (SmoothMatrix) x = smooth_imputer_solve (imputer, values, &info, NULL, &error);
  g_autofree double *deviations = smooth_imputer_dup_deviations (imputer, &error);
  g_autofree double *scales = smooth_imputer_dup_scales (imputer, values, x, &error);
  g_assert_no_error (error);
  for (gint f = 0; f < N_FEATURES; f++)
    {
      double y[N_OBSERVED], level = 0.0;
      for (gint k = 0; k < N_OBSERVED && centre; k++)
        level += smooth_matrix_column (values, f)[k] / N_OBSERVED;
      for (gint k = 0; k < N_OBSERVED; k++)
        y[k] = smooth_matrix_column (values, f)[k] - level;
      get_posterior (&problem, &settings, y, covariance, mean);
      double scale = sqrt (get_variance (&problem, &settings, y, covariance, mean));
      g_assert_cmpfloat (fabs (scales[f] / scale - 1.0), <, 1e-9);
      for (gint i = 0; i < N; i++)
        {
          double deviation = sqrt (covariance[i + i * N]);
          g_assert_cmpfloat (fabs (smooth_matrix_column (x, f)[i] - level - mean[i]), <, 1e-9);
          g_assert_cmpfloat (fabs (deviations[i] - deviation), <=, 1e-9 * deviation);
        }
    }
  smooth_precision_unref (problem.precision);
}

static void
test_dense (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);

  for (gint fixed = 0; fixed <= 1; fixed++)
    for (gint standardise = 0; standardise <= 1; standardise++)
      for (gint centre = 0; centre <= 1; centre++)
        {
          check_dense (SMOOTH_PRIOR_ICAR, 0.9, standardise, fixed, centre, 1.0, rand);
          check_dense (SMOOTH_PRIOR_ICAR, 0.9, standardise, fixed, centre, 100.0, rand);
          check_dense (SMOOTH_PRIOR_ISAR, 0.95, standardise, fixed, centre, 3.0, rand);
          check_dense (SMOOTH_PRIOR_SAR, 0.1, standardise, fixed, centre, 3.0, rand);
          check_dense (SMOOTH_PRIOR_SMA, 0.15, standardise, fixed, centre, 3.0, rand);
          check_dense (SMOOTH_PRIOR_SMA, 0.05, standardise, fixed, centre, 0.1, rand);
        }
}

static double
draw_normal (GRand *rand)
{
  double u = 1.0 - g_rand_double (rand), v = g_rand_double (rand);

  return sqrt (-2.0 * log (u)) * cos (2.0 * G_PI * v);
}

/* Truth from the prior, of variance @variance, and measured with noise 1 (denoised) or none (kept): the errors are as large as told. */
static void
check_coverage (gboolean fixed)
{
  Problem problem;
  SmoothInfo info;
  SmoothImputationSettings settings;
  g_autoptr (GRand) rand = g_rand_new_with_seed (11);
  g_autoptr (SmoothMatrix) values = smooth_matrix_new (N_OBSERVED, N_DRAWS, NULL),
                           truth = smooth_matrix_new (N, N_DRAWS, NULL);
  static double factor[N * N];
  int n = N, lapack = 0;
  double sums[2] = { 0.0, 0.0 }, scale_sum = 0.0;
  gint counts[2] = { 0, 0 };

  make_problem (&problem, SMOOTH_PRIOR_ICAR, 0.95, FALSE, rand);
  smooth_params_init (&smooth_imputation_params, &settings);
  settings.fixed = fixed;
  settings.nonnegative = FALSE;
  settings.lambda = 0.5;
  double spread = sqrt (4.0 / (settings.lambda * N_OBSERVED / N)); /* noise 2 */
  for (gint i = 0; i < N * N; i++)
    factor[i] = problem.q[i];
  dpotrf_ ("L", &n, factor, &n, &lapack);
  for (gint f = 0; f < N_DRAWS; f++)
    {
      double *x = smooth_matrix_column (truth, f);
      for (gint i = N - 1; i >= 0; i--) /* L^T x = z */
        {
          x[i] = draw_normal (rand) * spread;
          for (gint j = i + 1; j < N; j++)
            x[i] -= factor[j + i * N] * x[j];
          x[i] /= factor[i + i * N];
        }
      for (gint k = 0; k < N_OBSERVED; k++)
        smooth_matrix_column (values, f)[k] = x[problem.observed[k]] + (fixed ? 0.0 : 2.0 * draw_normal (rand));
    }
  g_autoptr (SmoothImputer) imputer =
      smooth_imputer_new (problem.precision, problem.observed, N_OBSERVED, &settings, NULL, NULL, NULL);
  g_autoptr (SmoothMatrix) x = smooth_imputer_solve (imputer, values, &info, NULL, NULL);
  g_autofree double *deviations = smooth_imputer_dup_deviations (imputer, NULL);
  g_autofree double *scales = smooth_imputer_dup_scales (imputer, values, x, NULL);
  for (gint f = 0; f < N_DRAWS; f++)
    {
      scale_sum += scales[f] * scales[f] / (fixed ? spread * spread : 4.0) / N_DRAWS;
      for (gint i = 0; i < N; i++)
        {
          double error = smooth_matrix_column (x, f)[i] - smooth_matrix_column (truth, f)[i];
          if (fixed && problem.is_observed[i])
            continue;
          sums[problem.is_observed[i]] += error * error / (scales[f] * scales[f] * deviations[i] * deviations[i]);
          counts[problem.is_observed[i]]++;
        }
    }
  g_test_message ("%s: variance %.3f of the true one; squared errors over told ones: missing %.3f, measured %.3f",
                  fixed ? "kept" : "denoised", scale_sum, sums[0] / counts[0], fixed ? 0.0 : sums[1] / counts[1]);
  g_assert_cmpfloat (fabs (scale_sum - 1.0), <, 0.03);
  g_assert_cmpfloat (fabs (sums[0] / counts[0] - 1.0), <, 0.08); /* a little above 1: of a variance that is estimated */
  if (!fixed)
    g_assert_cmpfloat (fabs (sums[1] / counts[1] - 1.0), <, 0.08);
  smooth_precision_unref (problem.precision);
}

static void
test_coverage (void)
{
  check_coverage (TRUE);
  check_coverage (FALSE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/imputation-oracle/dense", test_dense);
  g_test_add_func ("/imputation-oracle/coverage", test_coverage);
  return g_test_run ();
}
