/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of the deconvolution solver on problems with a known optimum; what it claims is computed again from scratch. */
#include "../problem.h"
#include "base/error.h"
#include "model/deconvolution-private.h"

static SmoothReduced *
reduce (const Problem *problem)
{
  g_autoptr (GError) error = NULL;
  SmoothReduced *reduced = smooth_reduced_new (problem->signature, problem->expression, problem->bias, NULL, &error);
  g_assert_no_error (error);
  return reduced;
}

static SmoothDeconvolver *
make_solver (const Problem *problem)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothReduced) reduced = reduce (problem);
  SmoothDeconvolver *solver = smooth_deconvolver_new (reduced);
  smooth_deconvolver_set_precision (solver, problem->precision, problem->confidences, &error);
  g_assert_no_error (error);
  return solver;
}

static SmoothDeconvolutionSettings
settings_for (const Problem *problem, double tolerance)
{
  SmoothDeconvolutionSettings settings;
  smooth_params_init (&smooth_deconvolution_params, &settings);
  settings.lambda = problem->lambda;
  settings.tolerance = tolerance;
  return settings;
}

/* Everything that info claims must hold for the abundances returned. */
static void
check_claims (const Problem *problem, SmoothDeconvolver *solver, const SmoothInfo *info, double tolerance)
{
  g_autoptr (SmoothMatrix) b = smooth_deconvolver_dup_abundances (solver, NULL);
  Values values = problem_evaluate (problem, b->values);
  double scale = values.objective + 1e-12;

  for (gint64 e = 0; e < problem->n * problem->n_types; e++)
    g_assert_cmpfloat (b->values[e], >=, 0);
  g_assert_cmpfloat_with_epsilon (info->objective, values.objective, 1e-9 * scale);
  g_assert_cmpfloat_with_epsilon (info->data_term, values.data, 1e-9 * scale);
  g_assert_cmpfloat_with_epsilon (info->spatial_term, values.spatial, 1e-9 * scale);
  g_assert_cmpfloat_with_epsilon (info->kkt_residual, values.kkt, 1e-6 * values.kkt + 1e-13);
  g_assert_cmpint (info->status, ==, SMOOTH_STATUS_CONVERGED);
  g_assert_cmpfloat (info->kkt_residual, <=, tolerance);
  g_assert_cmpfloat (info->relative_gap, <=, tolerance);
  /* The bound holds against the known optimum, but for rounding. */
  g_assert_cmpfloat (values.objective - problem->best, <=, info->relative_gap * values.objective + 1e-12 * scale);
  g_assert_cmpfloat (values.objective - problem->best, >=, -1e-11 * scale);
}

static void
solve_and_check (const ProblemSpec *spec, double tolerance, SmoothMethod method)
{
  g_auto (Problem) problem = { 0 };
  g_autoptr (GError) error = NULL;
  SmoothInfo info;

  problem_init (&problem, spec);
  g_autoptr (SmoothDeconvolver) solver = make_solver (&problem);
  SmoothDeconvolutionSettings settings = settings_for (&problem, tolerance);
  solver->method = method;
  settings.max_iterations = 200000;
  smooth_deconvolver_solve (solver, &settings, NULL, NULL, &info, NULL, &error);
  g_assert_no_error (error);
  g_test_message ("n %d K %d lambda %g cond %g tol %g: %s, %d iterations, gap %.2e kkt %.2e, %.2f ms", (int) spec->n,
                  spec->n_types, spec->lambda, spec->condition, tolerance, smooth_status_get_name (info.status), info.iterations,
                  info.relative_gap, info.kkt_residual, info.seconds * 1e3);
  check_claims (&problem, solver, &info, tolerance);
}

static void
test_known_optimum (void)
{
  const ProblemSpec specs[] = {
    { 50, 4, 1, 0.99, 10, TRUE, 0.3, 0, 1 },      { 50, 1, 1, 0.99, 1, TRUE, 0.3, 0.1, 2 },
    { 500, 7, 0.03, 0.99, 1e2, FALSE, 0.5, 0, 3 }, { 500, 16, 10, 0.99, 1e3, TRUE, 0.3, 0.05, 4 },
    { 1000, 17, 100, 0.9, 1e4, TRUE, 0.6, 0, 5 },  { 1000, 33, 1, 1, 1e2, FALSE, 0.8, 0, 6 },
    { 2000, 15, 1, 0.99, 60, TRUE, 0.2, 0, 7 },    { 300, 64, 0.3, 0.99, 1e3, TRUE, 0.7, 0, 8 },
    { 300, 70, 3, 0.5, 1e2, TRUE, 0.7, 0, 9 },     { 20000, 5, 3, 0.99, 1e2, TRUE, 0.4, 0.01, 10 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (specs); i++)
    {
      solve_and_check (&specs[i], 1e-6, SMOOTH_METHOD_AUTO);
      solve_and_check (&specs[i], 1e-9, SMOOTH_METHOD_AUTO);
    }
}

static void
test_ill_conditioned (void)
{
  const ProblemSpec specs[] = {
    { 200, 6, 1, 0.99, 1e6, TRUE, 0.4, 0, 11 },
    { 500, 10, 0.1, 0.99, 1e8, TRUE, 0.4, 0, 12 },
    { 500, 10, 10, 0.999, 1e8, FALSE, 0.4, 0.1, 13 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (specs); i++)
    {
      solve_and_check (&specs[i], 1e-6, SMOOTH_METHOD_AUTO);
      solve_and_check (&specs[i], 1e-8, SMOOTH_METHOD_DOUBLE);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/deconvolution/known-optimum", test_known_optimum);
  g_test_add_func ("/deconvolution/ill-conditioned", test_ill_conditioned);
  return g_test_run ();
}
