/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The solver against cyclic coordinate descent in long double, which is slow, simple and independent of it. */
#include "../problem.h"

#define MOST_SWEEPS 2000000
#define ENOUGH 1e-13L

/* b_ik <- max (0, b_ik - g_ik / A_ii,kk) until no gradient is left; H and R are those of plain loops. */
static void
descend (const Problem *problem, long double *b)
{
  const SmoothSparse *q = problem->precision->symmetric;
  gint n_types = problem->n_types;
  long double worst = 1, scale = 0;

  for (gint64 e = 0; e < problem->n * n_types; e++)
    scale = fmaxl (scale, fabsl ((long double) problem->r[e]));
  for (gint64 sweep = 0; sweep < MOST_SWEEPS && worst > ENOUGH * scale; sweep++)
    {
      worst = 0;
      for (gint64 i = 0; i < problem->n; i++)
        for (gint k = 0; k < n_types; k++)
          {
            long double m = problem->lambda * problem->confidences[k] / n_types, diagonal = problem->h[k * n_types + k];
            long double gradient = -problem->r[i * n_types + k];
            for (gint l = 0; l < n_types; l++)
              gradient += problem->h[k * n_types + l] * b[i * n_types + l];
            for (gint64 e = q->starts[i]; e < q->starts[i + 1]; e++)
              {
                gradient += m * q->values[e] * b[(gint64) q->rows[e] * n_types + k];
                diagonal += q->rows[e] == i ? m * q->values[e] : 0;
              }
            long double next = fmaxl (0, b[i * n_types + k] - gradient / diagonal);
            worst = fmaxl (worst, fabsl (next - b[i * n_types + k]) * diagonal);
            b[i * n_types + k] = next;
          }
    }
  g_assert_cmpfloat ((double) (worst / scale), <=, (double) ENOUGH);
}

/* Data that are not made from an optimum: noise on top of a mixture. */
static void
compare (gint64 n, gint n_types, double lambda, double rho, gboolean bias, guint64 seed)
{
  const ProblemSpec spec = { n, n_types, lambda, rho, 30, bias, 0.3, 0.05, seed };
  g_auto (Problem) problem = { 0 };
  g_autoptr (GError) error = NULL;
  SmoothDeconvolutionSettings settings;
  SmoothInfo info;
  SmoothRng rng;

  problem_init (&problem, &spec);
  smooth_i_rng_init (&rng, seed, 1);
  for (gint64 e = 0; e < smooth_sparse_get_nnz (problem.expression); e++)
    problem.expression->values[e] += smooth_i_rng_normal (&rng);
  problem_reduce (&problem);

  g_autofree long double *best = g_new0 (long double, n * n_types);
  descend (&problem, best);
  g_autoptr (SmoothReduced) reduced = smooth_reduced_new (problem.signature, problem.expression, bias, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (SmoothDeconvolver) solver = smooth_deconvolver_new (reduced);
  g_assert_true (smooth_deconvolver_set_precision (solver, problem.precision, problem.confidences, &error));
  smooth_params_init (&smooth_deconvolution_params, &settings);
  settings.lambda = lambda;
  settings.tolerance = 1e-10;
  g_assert_true (smooth_deconvolver_solve (solver, &settings, NULL, NULL, &info, NULL, &error));
  g_assert_cmpint (info.status, ==, SMOOTH_STATUS_CONVERGED);

  g_autoptr (SmoothMatrix) b = smooth_deconvolver_dup_abundances (solver, NULL);
  double largest = 0, off = 0;
  for (gint64 e = 0; e < n * n_types; e++)
    {
      largest = fmax (largest, fabs (b->values[e]));
      off = fmax (off, fabs (b->values[e] - (double) best[e]));
    }
  g_assert_cmpfloat (off, <=, 1e-7 * largest);

  g_autofree double *bias_found = smooth_deconvolver_dup_bias (solver);
  for (gint64 i = 0; i < n; i++)
    {
      double expected = 0; /* the mean of the residual */
      for (gint64 e = problem.expression->starts[i]; bias && e < problem.expression->starts[i + 1]; e++)
        expected += problem.expression->values[e] / (double) problem.n_genes;
      for (gint k = 0; k < n_types; k++)
        expected -= problem.centre[k] * b->values[i * n_types + k];
      g_assert_cmpfloat_with_epsilon (bias_found[i], expected, 1e-10 * (1 + largest));
    }
}

static void
test_coordinate_descent (void)
{
  guint64 seed = 100;

  for (gint bias = 0; bias <= 1; bias++)
    {
      compare (40, 3, 0, 0.99, bias, seed++);
      compare (60, 5, 0.1, 0.99, bias, seed++);
      compare (60, 4, 3, 0.9, bias, seed++);
      compare (80, 6, 30, 0.99, bias, seed++);
      compare (20, 18, 1, 1, bias, seed++);
      compare (1, 5, 1, 0.9, bias, seed++);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nnls/coordinate-descent", test_coordinate_descent);
  return g_test_run ();
}
