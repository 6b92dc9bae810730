/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the other convex models certify on problems built backwards from an optimum: linear least squares, dampened weights, and
 * support vectors of both losses; the objective is computed again by plain loops, and is that of the optimum within the gap. */
#include "../unit/regression-problem.h"

#define LIVE 1e-6
#define EXACT 1e-8

/* ---- linear: the optimum of the first problems, where it has no zeros ---- */

static void
check_linear (const Problem *problem, SmoothDeconvolver *solver, double tolerance)
{
  SmoothDeconvolutionSettings settings;
  g_autoptr (GError) error = NULL;
  SmoothInfo info;

  smooth_params_init (&smooth_deconvolution_params, &settings);
  settings.kind = SMOOTH_MODEL_LINEAR;
  settings.lambda = problem->lambda;
  settings.tolerance = tolerance;
  g_assert_true (smooth_deconvolver_solve (solver, &settings, NULL, NULL, &info, NULL, &error));
  g_autoptr (SmoothMatrix) b = smooth_deconvolver_dup_abundances (solver, &error);
  Values values = problem_evaluate (problem, b->values);
  g_test_message ("linear, %d spots, lambda %g, tolerance %g: %s, %d iterations, gap %.1e, KKT %.1e", (int) problem->n, problem->lambda,
                  tolerance, smooth_status_get_name (info.status), info.iterations, info.relative_gap, info.kkt_residual);
  g_assert_cmpint (info.status, ==, SMOOTH_STATUS_CONVERGED);
  g_assert_cmpfloat (info.kkt_residual, <=, tolerance);
  g_assert_cmpfloat (info.relative_gap, <=, tolerance);
  g_assert_cmpfloat_with_epsilon (info.objective, values.objective, 1e-10 * values.objective);
  g_assert_cmpfloat (values.objective - problem->best, <=, info.relative_gap * values.objective + 1e-11 * values.objective);
  g_assert_cmpfloat (values.objective - problem->best, >=, -1e-11 * values.objective);
}

static void
test_linear (void)
{
  static const gint64 sizes[] = { 50, 4000, 100000 };
  static const double conditions[] = { 10, 1e4, 1e8 };

  for (gsize s = 0; s < G_N_ELEMENTS (sizes); s++)
    for (gsize c = 0; c < G_N_ELEMENTS (conditions); c++)
      for (gint l = 0; l < 2; l++)
        {
          const ProblemSpec spec = { sizes[s], 6, l == 0 ? 0.1 : 10, 0.99, conditions[c], l == 0, 0, 0.02, 10 * s + c, 1 };
          g_auto (Problem) problem = { 0 };
          problem_init (&problem, &spec);
          g_autoptr (SmoothReduced) reduced = smooth_reduced_new (problem.signature, problem.expression, problem.bias, NULL, NULL);
          g_autoptr (SmoothDeconvolver) solver = smooth_deconvolver_new (reduced);
          g_assert_true (smooth_deconvolver_set_precision (solver, problem.precision, problem.confidences, NULL));
          check_linear (&problem, solver, LIVE);
          check_linear (&problem, solver, EXACT);
          smooth_deconvolver_reset (solver);
          check_linear (&problem, solver, EXACT);
        }
}

/* ---- models of genes ---- */

typedef struct
{
  Regression r;
  double *basis; /* G x size: orthonormal, of the span of the signature and, with bias, the constant */
  gint size;
  SmoothIterate optimum;
} Built;

static void
built_clear (Built *built)
{
  regression_clear (&built->r);
  iterate_clear (&built->optimum);
  g_free (built->basis);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Built, built_clear)

/* Signature of a condition number, optimum with zeros, and the multipliers of abundances: 0, or > 0 where an abundance is 0. */
static void
built_init (Built *built, SmoothModelKind kind, gint loss, gint64 n, gint n_types, double condition, guint64 seed)
{
  Regression *r = &built->r;
  gint64 n_genes = 4 * n_types + 20;
  SmoothRng rng;

  memset (built, 0, sizeof *built);
  regression_init (r, n, n_types, n_genes, kind == SMOOTH_MODEL_DWLS ? 0.01 : 1, 1, seed);
  smooth_i_rng_init (&rng, seed, 3);
  r->settings.kind = kind;
  r->settings.svr_loss = loss;
  r->settings.bias = TRUE;
  r->settings.max_iterations = 100000;
  g_autofree double *u = problem_orthonormal (&rng, n_genes, n_types, TRUE), *v = problem_orthonormal (&rng, n_types, n_types, FALSE);
  for (gint64 g = 0; g < n_genes; g++)
    for (gint k = 0; k < n_types; k++)
      {
        double sum = 0;
        for (gint j = 0; j < n_types; j++)
          sum += sqrt ((double) n_genes) * u[g + j * n_genes] * pow (condition, -0.5 * j / MAX (n_types - 1, 1)) * v[k + j * n_types];
        r->signature->values[g + k * n_genes] = 1 + sum;
      }
  built->size = n_types + 1;
  built->basis = g_new (double, n_genes * built->size);
  memcpy (built->basis, u, (gsize) (n_genes * n_types) * sizeof (double));
  for (gint64 g = 0; g < n_genes; g++)
    built->basis[g + n_genes * n_types] = 1 / sqrt ((double) n_genes);

  built->optimum = iterate_new (r);
  built->optimum.tube = 0.05;
  for (gint64 e = 0; e < n * n_types; e++)
    built->optimum.abundances->values[e] = smooth_i_rng_uniform (&rng) < 0.4 ? 0 : 0.1 + smooth_i_rng_uniform (&rng);
  for (gint64 i = 0; i < n; i++)
    built->optimum.bias[i] = 3 + smooth_i_rng_uniform (&rng);
}

/* Multipliers u of values, n times the derivative of the misfit by the fit, with X'u + prior + ridge = mu >= 0, 0 where an abundance
 * is above 0, and with sums of 0, as the constants want them; as large as @noise in what X does not see. */
static double *
choose_multipliers (Built *built, SmoothRng *rng, double noise)
{
  Regression *r = &built->r;
  gint K = r->n_types;
  gint64 G = r->n_genes;
  g_autoptr (SmoothMatrix) pull = regression_pull (r, built->optimum.abundances);
  double *u = g_new0 (double, G * r->n);
  g_autofree double *gram = g_new (double, K * K), *w = g_new (double, K), *centred = g_new (double, G * K);

  for (gint k = 0; k < K; k++)
    {
      double mean = 0;
      for (gint64 g = 0; g < G; g++)
        mean += r->signature->values[g + k * G] / (double) G;
      for (gint64 g = 0; g < G; g++)
        centred[g + k * G] = r->signature->values[g + k * G] - mean;
    }
  for (gint64 i = 0; i < r->n; i++)
    {
      for (gint k = 0; k < K; k++)
        {
          double b = smooth_matrix_column (built->optimum.abundances, i)[k];
          w[k] = -pull->values[i * K + k] * (double) r->n;
          if (r->settings.kind == SMOOTH_MODEL_NUSVR)
            w[k] -= b / K;
          if (b == 0)
            w[k] += 0.05 * r->settings.lambda * smooth_i_rng_uniform (rng);
          for (gint l = 0; l < K; l++)
            {
              gram[k * K + l] = 0;
              for (gint64 g = 0; g < G; g++)
                gram[k * K + l] += centred[g + k * G] * centred[g + l * G];
            }
        }
      /* centred'u = w with u = centred a: a = gram^-1 w by elimination. */
      for (gint p = 0; p < K; p++)
        for (gint q = p + 1; q < K; q++)
          {
            double factor = gram[q * K + p] / gram[p * K + p];
            for (gint l = p; l < K; l++)
              gram[q * K + l] -= factor * gram[p * K + l];
            w[q] -= factor * w[p];
          }
      for (gint p = K - 1; p >= 0; p--)
        {
          for (gint l = p + 1; l < K; l++)
            w[p] -= gram[p * K + l] * w[l];
          w[p] /= gram[p * K + p];
        }
      double *column = u + i * G;
      g_autofree double *rest = g_new (double, G);
      for (gint64 g = 0; g < G; g++)
        {
          rest[g] = noise * smooth_i_rng_normal (rng);
          for (gint k = 0; k < K; k++)
            column[g] += centred[g + k * G] * w[k];
        }
      /* What the basis does not see leaves X'u and the sum as they are. */
      for (gint c = 0; c < built->size; c++)
        {
          double dot = 0;
          for (gint64 g = 0; g < G; g++)
            dot += built->basis[g + c * G] * rest[g];
          for (gint64 g = 0; g < G; g++)
            rest[g] -= dot * built->basis[g + c * G];
        }
      for (gint64 g = 0; g < G; g++)
        column[g] += rest[g];
    }
  return u;
}

/* Values for which the optimum is one: nu follows from the multipliers' sum, the cost is large enough for them. */
static void
build_values (Built *built, guint64 seed)
{
  Regression *r = &built->r;
  gint64 G = r->n_genes;
  SmoothRng rng;

  smooth_i_rng_init (&rng, seed, 5);
  g_autofree double *u = choose_multipliers (built, &rng, 0.02);
  double sum = 0, most = 0;
  for (gint64 e = 0; e < G * r->n; e++)
    {
      sum += fabs (u[e]);
      most = MAX (most, fabs (u[e]));
    }
  r->settings.svr_cost = r->settings.svr_loss == SMOOTH_SVR_ABSOLUTE ? 1.5 * most * (double) G : 2 * sum / (double) r->n;
  r->settings.svr_nu = sum / (double) r->n / r->settings.svr_cost;
  for (gint64 i = 0; i < r->n; i++)
    for (gint64 g = 0; g < G; g++)
      {
        double multiplier = u[i * G + g], sign = multiplier > 0 ? 1 : -1;
        double beyond = r->settings.svr_loss == SMOOTH_SVR_ABSOLUTE ? 0 : fabs (multiplier) * (double) G / (2 * r->settings.svr_cost);
        double residual = sign * (built->optimum.tube + beyond);
        smooth_matrix_column (r->values, i)[g] = regression_fit (r, &built->optimum, g, i) - residual;
      }
  regression_take_values (r);
}

/* The weights follow from the values, and the values from the weights: a few rounds, whose last must change nothing. */
static void
build_weighted_values (Built *built, guint64 seed)
{
  Regression *r = &built->r;
  gint64 G = r->n_genes;
  SmoothRng rng;
  double change = INFINITY;

  smooth_i_rng_init (&rng, seed, 5);
  g_autofree double *u = choose_multipliers (built, &rng, 0.002), *next = g_new (double, G);
  for (gint64 i = 0; i < r->n; i++)
    for (gint64 g = 0; g < G; g++)
      smooth_matrix_column (r->values, i)[g] = regression_fit (r, &built->optimum, g, i);
  for (gint round = 0; round < 60 && change > 0; round++)
    {
      change = 0;
      for (gint64 i = 0; i < r->n; i++)
        {
          double *y = smooth_matrix_column (r->values, i);
          for (gint64 g = 0; g < G; g++)
            next[g] = regression_fit (r, &built->optimum, g, i) - u[i * G + g] * (double) G / (2 * regression_weight (r, g, i));
          for (gint64 g = 0; g < G; g++)
            change = MAX (change, fabs (next[g] - y[g]));
          memcpy (y, next, (gsize) G * sizeof (double));
        }
    }
  g_assert_cmpfloat (change, <=, 1e-13);
  regression_take_values (r);
}

static void
check_built (Built *built, RegressionSolve solve, double tolerance)
{
  Regression *r = &built->r;
  SmoothProblem problem = regression_problem (r);
  g_auto (SmoothIterate) iterate = iterate_new (r);
  g_autoptr (GError) error = NULL;
  double best = regression_evaluate (r, &built->optimum).objective;
  SmoothInfo info;

  r->settings.tolerance = tolerance;
  g_assert_true (solve (&problem, &r->settings, &iterate, NULL, NULL, &info, NULL, &error));
  RegressionTerms terms = regression_evaluate (r, &iterate);
  g_test_message ("%s %d, %d spots, %d types, nu %.3g: %s, %d iterations, gap %.1e, KKT %.1e, %.2g over the optimum, %.0f ms",
                  smooth_model_get_name ((SmoothModelKind) r->settings.kind), r->settings.svr_loss, (int) r->n, r->n_types,
                  r->settings.svr_nu, smooth_status_get_name (info.status), info.iterations, info.relative_gap, info.kkt_residual,
                  terms.objective / best - 1, info.seconds * 1e3);
  g_assert_cmpint (info.status, ==, SMOOTH_STATUS_CONVERGED);
  g_assert_cmpfloat (info.kkt_residual, <=, tolerance);
  g_assert_cmpfloat (info.relative_gap, <=, tolerance);
  g_assert_cmpfloat_with_epsilon (info.objective, terms.objective, 1e-10 * terms.objective);
  g_assert_cmpfloat (terms.objective - best, <=, info.relative_gap * terms.objective + 1e-11 * best);
  g_assert_cmpfloat (terms.objective - best, >=, -1e-10 * best);
}

/* Of absolute losses all values are at the edge of the tube, where many planes meet: the hardest place to end at. */
static void
test_support_vectors (gconstpointer data)
{
  static const gint64 sizes[] = { 50, 500, 4000 };
  gint loss = GPOINTER_TO_INT (data);
  double conditions[] = { 10, loss == SMOOTH_SVR_ABSOLUTE ? 100 : 1e4 };

  for (gsize s = 0; s < (loss == SMOOTH_SVR_ABSOLUTE ? 2 : G_N_ELEMENTS (sizes)); s++)
    for (gsize c = 0; c < G_N_ELEMENTS (conditions); c++)
      {
        g_auto (Built) built = { 0 };
        built_init (&built, SMOOTH_MODEL_NUSVR, loss, sizes[s], 5, conditions[c], 10 * s + c);
        build_values (&built, 10 * s + c);
        check_built (&built, smooth_i_nusvr_solve, LIVE);
        check_built (&built, smooth_i_nusvr_solve, EXACT);
      }
}

static void
test_weights (void)
{
  static const gint64 sizes[] = { 50, 500, 2000 };
  static const double conditions[] = { 10, 1e4 };

  for (gsize s = 0; s < G_N_ELEMENTS (sizes); s++)
    for (gsize c = 0; c < G_N_ELEMENTS (conditions); c++)
      {
        g_auto (Built) built = { 0 };
        built_init (&built, SMOOTH_MODEL_DWLS, SMOOTH_SVR_SQUARED, sizes[s], 3, conditions[c], 10 * s + c);
        build_weighted_values (&built, 10 * s + c);
        check_built (&built, smooth_i_dwls_solve, LIVE);
        check_built (&built, smooth_i_dwls_solve, EXACT);
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/certificates/linear", test_linear);
  g_test_add_func ("/certificates/dwls", test_weights);
  g_test_add_data_func ("/certificates/nusvr-squared", GINT_TO_POINTER (SMOOTH_SVR_SQUARED), test_support_vectors);
  g_test_add_data_func ("/certificates/nusvr-absolute", GINT_TO_POINTER (SMOOTH_SVR_ABSOLUTE), test_support_vectors);
  return g_test_run ();
}
