/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of imputation: the optimality conditions are recomputed here, from the objective alone. */
#include "base/error.h"
#include "model/imputation.h"

#include <math.h>
#include <string.h>

#define N 200
#define N_OBSERVED 120
#define N_FEATURES 4

typedef struct
{
  SmoothPrecision *precision;
  gint32 observed[N_OBSERVED];
  SmoothMatrix *values;
} Problem;

static void
make_problem (Problem *problem, gint prior, double rho, gboolean with_negative, guint32 seed)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  g_autofree double *coords = g_new (double, 2 * N);
  SmoothGraphSettings settings;
  SmoothPrecisionSettings prior_settings = { .kind = prior, .rho = rho };

  for (gint i = 0; i < 2 * N; i++)
    coords[i] = g_rand_double (rand) * 1000.0;
  smooth_params_init (&smooth_graph_params, &settings);
  settings.mutual = FALSE;
  settings.kind = SMOOTH_GRAPH_RADIUS;
  settings.radius = 120.0;
  settings.bandwidth = 60.0;
  g_autoptr (SmoothGraph) graph = smooth_graph_new (coords, N, 2, 70.0, &settings, NULL, NULL);
  problem->precision = smooth_precision_new (graph, &prior_settings, NULL, NULL);
  for (gint k = 0; k < N_OBSERVED; k++)
    problem->observed[k] = (k * 7) % N; /* 7 and N are coprime: all different */
  problem->values = smooth_matrix_new (N_OBSERVED, N_FEATURES, NULL);
  for (gint i = 0; i < N_OBSERVED * N_FEATURES; i++)
    problem->values->values[i] = g_rand_double_range (rand, with_negative ? -1.0 : 0.0, 3.0) * (g_rand_double (rand) < 0.5);
}

static void
problem_clear (Problem *problem)
{
  smooth_precision_unref (problem->precision);
  smooth_matrix_unref (problem->values);
}

/* The largest violation of the optimality conditions of the stated objective, relative to its gradient at 0. */
static double
violation (const Problem *problem, const SmoothImputationSettings *settings, const SmoothMatrix *x)
{
  double worst = 0.0, scale = 0.0;
  g_autofree gint *observation = g_new (gint, N);

  for (gint i = 0; i < N; i++)
    observation[i] = -1;
  for (gint k = 0; k < N_OBSERVED; k++)
    observation[problem->observed[k]] = k;
  for (gint f = 0; f < N_FEATURES; f++)
    {
      const double *column = smooth_matrix_column (x, f), *y = smooth_matrix_column (problem->values, f);
      g_autoptr (SmoothMatrix) row = smooth_matrix_new_from_values (1, N, column, NULL);
      g_autoptr (SmoothMatrix) products = smooth_matrix_new (1, N, NULL);
      const double *product = products->values;
      g_assert_true (smooth_precision_apply (problem->precision, row, products, NULL, NULL));
      for (gint i = 0; i < N; i++)
        {
          double gradient = 2.0 * settings->lambda * product[i] / (N_FEATURES * (double) N);
          if (observation[i] >= 0)
            scale = MAX (scale, fabs (y[observation[i]]) / (N_FEATURES * (double) N_OBSERVED));
          if (observation[i] >= 0 && settings->fixed)
            {
              g_assert_cmpfloat (column[i], ==, y[observation[i]]);
              continue;
            }
          if (observation[i] >= 0)
            gradient += 2.0 * (column[i] - y[observation[i]]) / (N_FEATURES * (double) N_OBSERVED);
          if (settings->nonnegative)
            g_assert_cmpfloat (column[i], >=, 0.0);
          worst = MAX (worst, settings->nonnegative && column[i] == 0.0 ? -gradient : fabs (gradient));
        }
    }
  return worst / scale;
}

static void
check (gint prior, double rho, gboolean fixed, gboolean nonnegative, double lambda)
{
  for (guint32 seed = 1; seed <= 3; seed++)
    {
      Problem problem;
      SmoothInfo info;
      SmoothImputationSettings settings;
      g_autoptr (GError) error = NULL;
      smooth_params_init (&smooth_imputation_params, &settings);
      settings.fixed = fixed;
      settings.nonnegative = nonnegative;
      settings.lambda = lambda;
      make_problem (&problem, prior, rho, !nonnegative, seed);
      g_autoptr (SmoothMatrix) x = smooth_impute (problem.precision, problem.observed, problem.values, &settings, &info, NULL, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpint (info.status, ==, SMOOTH_STATUS_CONVERGED);
      g_assert_cmpfloat (violation (&problem, &settings, x), <, 1e-8);
      problem_clear (&problem);
    }
}

static void
test_optimal (void)
{
  for (gint fixed = 0; fixed <= 1; fixed++)
    for (gint nonnegative = 0; nonnegative <= 1; nonnegative++)
      {
        check (SMOOTH_PRIOR_ICAR, 0.99, fixed, nonnegative, 1.0);
        check (SMOOTH_PRIOR_ISAR, 0.99, fixed, nonnegative, 1.0);
        check (SMOOTH_PRIOR_ISAR, 0.9, fixed, nonnegative, 100.0);
        check (SMOOTH_PRIOR_SAR, 0.2, fixed, nonnegative, 20.0);
        check (SMOOTH_PRIOR_SMA, 0.2, fixed, nonnegative, 1.0);
        check (SMOOTH_PRIOR_SMA, 0.1, fixed, nonnegative, 20.0);
      }
}

static void
test_singular_is_an_error (void)
{
  Problem problem;
  SmoothInfo info;
  SmoothImputationSettings settings;
  g_autoptr (GError) error = NULL;

  /* Two spots, no measured one among the second pair's component. */
  g_autoptr (SmoothMatrix) q = smooth_matrix_new (4, 4, NULL);
  const double laplacian[16] = { 1, -1, 0, 0, -1, 1, 0, 0, 0, 0, 1, -1, 0, 0, -1, 1 };
  for (gint i = 0; i < 16; i++)
    q->values[i] = laplacian[i];
  g_autoptr (SmoothSparse) sparse = smooth_sparse_new_from_dense (q, NULL);
  problem.precision = smooth_precision_new_from_matrix (sparse, NULL);
  problem.values = smooth_matrix_new (1, 1, NULL);
  problem.observed[0] = 0;
  smooth_params_init (&smooth_imputation_params, &settings);
  g_assert_null (smooth_impute (problem.precision, problem.observed, problem.values, &settings, &info, NULL, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_NUMERIC);
  problem_clear (&problem);
}

static void
test_bad_input (void)
{
  Problem problem;
  SmoothInfo info;
  g_autoptr (GError) error = NULL;

  make_problem (&problem, SMOOTH_PRIOR_ICAR, 0.9, FALSE, 1);
  problem.values->values[5] = NAN;
  g_assert_null (smooth_impute (problem.precision, problem.observed, problem.values, NULL, &info, NULL, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
  g_clear_error (&error);
  problem.values->values[5] = 0.0;
  problem.observed[3] = problem.observed[4];
  g_assert_null (smooth_impute (problem.precision, problem.observed, problem.values, NULL, &info, NULL, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
  problem_clear (&problem);
}

/* Any number of features with one factor, in any portions, gives the same bits; so does any number of threads. */
static void
test_portions (void)
{
  const gint n_features = 100;
  g_autoptr (GRand) rand = g_rand_new_with_seed (2);
  g_autoptr (SmoothMatrix) values = smooth_matrix_new (N_OBSERVED, n_features, NULL), part = NULL;
  g_autoptr (GError) error = NULL;
  Problem problem;
  SmoothInfo info, part_info;
  SmoothImputationSettings settings;

  make_problem (&problem, SMOOTH_PRIOR_ISAR, 0.99, TRUE, 4);
  smooth_params_init (&smooth_imputation_params, &settings);
  settings.fixed = FALSE;
  for (gint i = 0; i < N_OBSERVED * n_features; i++)
    values->values[i] = g_rand_double_range (rand, -1.0, 2.0);
  part = smooth_matrix_new_from_values (N_OBSERVED, 64, values->values, NULL);
  g_autoptr (SmoothRun) one = smooth_run_new (1), three = smooth_run_new (3);
  g_autoptr (SmoothImputer) imputer = smooth_imputer_new (problem.precision, problem.observed, N_OBSERVED, &settings, NULL, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (SmoothMatrix) a = smooth_imputer_solve (imputer, values, &info, one, &error);
  g_autoptr (SmoothMatrix) b = smooth_imputer_solve (imputer, values, &part_info, three, &error);
  g_assert_no_error (error);
  g_assert_cmpint (memcmp (a->values, b->values, sizeof (double) * N * n_features), ==, 0);
  g_assert_cmpfloat (info.objective, ==, part_info.objective);
  g_autoptr (SmoothMatrix) c = smooth_imputer_solve (imputer, part, &part_info, three, &error);
  g_assert_cmpint (memcmp (a->values, c->values, sizeof (double) * N * 64), ==, 0);
  g_autoptr (SmoothMatrix) last = smooth_matrix_new_from_values (N_OBSERVED, 1, smooth_matrix_column (values, n_features - 1), NULL);
  g_autoptr (SmoothMatrix) alone = smooth_impute (problem.precision, problem.observed, last, &settings, &part_info, NULL, NULL, &error);
  for (gint i = 0; i < N; i++)
    g_assert_cmpfloat (fabs (alone->values[i] - smooth_matrix_column (a, n_features - 1)[i]), <, 1e-9);
  problem_clear (&problem);
}

/* What does not fit together is refused with both numbers; a cancelled run gives nothing; kept values are certain. */
static void
test_imputer (void)
{
  g_autoptr (GError) error = NULL;
  Problem problem;
  SmoothInfo info;

  make_problem (&problem, SMOOTH_PRIOR_ICAR, 0.9, FALSE, 1);
  g_autoptr (SmoothImputer) imputer = smooth_imputer_new (problem.precision, problem.observed, N_OBSERVED, NULL, NULL, NULL, &error);
  g_autoptr (SmoothMatrix) few = smooth_matrix_new (N_OBSERVED - 1, 1, NULL);
  g_assert_null (smooth_imputer_solve (imputer, few, &info, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_MISMATCH);
  g_assert_nonnull (strstr (error->message, "expected values of 120 measured spots, found 119"));
  g_clear_error (&error);
  g_autoptr (SmoothMatrix) x = smooth_imputer_solve (imputer, problem.values, &info, NULL, &error);
  g_assert_null (smooth_imputer_dup_scales (imputer, few, x, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_MISMATCH);
  g_clear_error (&error);
  g_autoptr (SmoothRun) run = smooth_run_new (1);
  smooth_run_cancel (run);
  g_assert_null (smooth_imputer_solve (imputer, problem.values, &info, run, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_CANCELLED);
  g_clear_error (&error);
  g_autofree double *deviations = smooth_imputer_dup_deviations (imputer, &error);
  for (gint k = 0; k < N_OBSERVED; k++)
    g_assert_cmpfloat (deviations[problem.observed[k]], ==, 0.0);
  g_assert_cmpfloat (deviations[(N_OBSERVED * 7) % N], >, 0.0);
  problem_clear (&problem);
}

/* Nothing is missing: kept values come back, and nothing is uncertain. */
static void
test_nothing_missing (void)
{
  const double laplacian[4] = { 1, -0.9, -0.9, 1 }, measured[2] = { 3.0, 5.0 };
  const gint32 observed[2] = { 1, 0 };
  g_autoptr (SmoothMatrix) q = smooth_matrix_new_from_values (2, 2, laplacian, NULL), y = smooth_matrix_new_from_values (2, 1, measured, NULL);
  g_autoptr (SmoothSparse) sparse = smooth_sparse_new_from_dense (q, NULL);
  g_autoptr (SmoothPrecision) precision = smooth_precision_new_from_matrix (sparse, NULL);
  g_autoptr (GError) error = NULL;
  SmoothInfo info;
  g_autoptr (SmoothImputer) imputer = smooth_imputer_new (precision, observed, 2, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (SmoothMatrix) x = smooth_imputer_solve (imputer, y, &info, NULL, &error);
  g_autofree double *deviations = smooth_imputer_dup_deviations (imputer, &error);
  g_assert_cmpfloat (x->values[0], ==, 5.0);
  g_assert_cmpfloat (x->values[1], ==, 3.0);
  g_assert_cmpfloat (deviations[0] + deviations[1], ==, 0.0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/imputation/optimal", test_optimal);
  g_test_add_func ("/imputation/singular", test_singular_is_an_error);
  g_test_add_func ("/imputation/bad-input", test_bad_input);
  g_test_add_func ("/imputation/portions", test_portions);
  g_test_add_func ("/imputation/imputer", test_imputer);
  g_test_add_func ("/imputation/nothing-missing", test_nothing_missing);
  return g_test_run ();
}
