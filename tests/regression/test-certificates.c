/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the deconvolution solver certifies, on problems built backwards from an optimum: few spots and 100,000, condition
 * numbers to 1e8, equal signatures; every figure that it reports is computed again here. */
#include "collinear.h"

#define EARLY 1e-2 /* where there is still a gap to see */
#define LIVE 1e-6
#define EXACT 1e-8

/* All that info says, against the same from the residuals of the genes; the gap against the known optimum. */
static void
check (const Problem *problem, const SmoothMatrix *b, const SmoothInfo *info, double tolerance)
{
  Values values = problem_evaluate (problem, b->values);
  double scale = values.objective, rounding = 1e-11 * scale;

  for (gint64 e = 0; e < b->n_rows * b->n_cols; e++)
    g_assert_cmpfloat (b->values[e], >=, 0);
  g_assert_cmpint (info->status, ==, SMOOTH_STATUS_CONVERGED);
  g_assert_cmpfloat (values.kkt, <=, tolerance * (1 + 1e-6));
  g_assert_cmpfloat (info->kkt_residual, <=, tolerance);
  g_assert_cmpfloat_with_epsilon (info->kkt_residual, values.kkt, 1e-6 * values.kkt + 1e-12);
  g_assert_cmpfloat_with_epsilon (info->objective, values.objective, 1e-10 * scale);
  g_assert_cmpfloat_with_epsilon (info->data_term, values.data, 1e-10 * scale);
  g_assert_cmpfloat_with_epsilon (info->spatial_term, values.spatial, 1e-10 * scale);
  g_assert_cmpfloat_with_epsilon (info->objective, info->data_term + info->spatial_term, 1e-15 * scale);
  g_assert_cmpfloat (info->relative_gap, >=, 0);
  g_assert_cmpfloat (info->relative_gap, <=, tolerance);
  g_assert_cmpfloat (values.objective - problem->best, <=, info->relative_gap * values.objective + rounding);
  g_assert_cmpfloat (values.objective - problem->best, >=, -rounding);
}

/* From 0 ever nearer, then from 0 in exact mode. */
static void
solve_and_check (const ProblemSpec *spec, Signatures signatures)
{
  const double tolerances[] = { EARLY, LIVE, EXACT, EXACT };
  g_auto (Problem) problem = { 0 };
  g_autoptr (GError) error = NULL;
  SmoothDeconvolutionSettings settings;
  SmoothInfo info;

  collinear_build (&problem, spec, signatures);
  g_autoptr (SmoothReduced) reduced = smooth_reduced_new (problem.signature, problem.expression, problem.bias, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (SmoothDeconvolver) solver = smooth_deconvolver_new (reduced);
  g_assert_true (smooth_deconvolver_set_precision (solver, problem.precision, problem.confidences, &error));
  smooth_params_init (&smooth_deconvolution_params, &settings);
  settings.lambda = problem.lambda;
  for (gsize t = 0; t < G_N_ELEMENTS (tolerances); t++)
    {
      settings.tolerance = tolerances[t];
      if (t == 3)
        smooth_deconvolver_reset (solver);
      smooth_deconvolver_solve (solver, &settings, NULL, NULL, &info, NULL, &error);
      g_assert_no_error (error);
      g_test_message (
          "%d spots, %d types, lambda %g, condition %g, signatures %d, tolerance %g: %s, %d iterations, gap %.1e, "
          "KKT %.1e, %.0f ms",
          (int) problem.n, problem.n_types, problem.lambda, spec->condition, (int) signatures, settings.tolerance,
          smooth_status_get_name (info.status), info.iterations, info.relative_gap, info.kkt_residual, info.seconds * 1e3);
      g_autoptr (SmoothMatrix) b = smooth_deconvolver_dup_abundances (solver, &error);
      check (&problem, b, &info, settings.tolerance);
    }
}

static void
test_size (gconstpointer data)
{
  gint64 n = *(const gint64 *) data;
  const double conditions[] = { 10, 1e4, 1e8 }, lambdas[] = { 0, 0.1, 1, 10 };

  for (gsize c = 0; c < G_N_ELEMENTS (conditions); c++)
    for (gsize l = n > 5000 ? 2 : 0; l < G_N_ELEMENTS (lambdas); l++)
      {
        const ProblemSpec spec = {
          n, n > 5000 ? 6 : 9, lambdas[l], 0.99, conditions[c], l % 2 == 0, 0.4, 0.02, 10 * c + l, 1
        };
        solve_and_check (&spec, AS_BUILT);
      }
  for (gsize l = n > 5000 ? 2 : 0; l < G_N_ELEMENTS (lambdas); l++)
    {
      const ProblemSpec spec = { n, 5, lambdas[l], 0.99, 30, l % 2 == 0, 0.4, 0, 50 + l, 1 };
      solve_and_check (&spec, DOUBLED);
    }
  const ProblemSpec spec = { n, 5, 0, 0.99, 30, TRUE, 0.4, 0, 60, 1 };
  solve_and_check (&spec, ADDED);
}

int
main (int argc, char **argv)
{
  static const gint64 sizes[] = { 50, 500, 4000, 20000, 100000 };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autofree char *path = g_strdup_printf ("/certificates/%d", (int) sizes[i]);
      g_test_add_data_func (path, &sizes[i], test_size);
    }
  return g_test_run ();
}
