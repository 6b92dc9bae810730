/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the other convex models certify on problems built backwards from an optimum: linear least squares, dampened weights, and
 * support vectors of both losses; the objective is computed again by plain loops, and is that of the optimum within the gap. */
#include "../unit/regression-problem.h"
#include "collinear.h"

#define LIVE 1e-6
#define EXACT 1e-8
#define MAX_ROUNDS 1000

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
  double rounding = 1e-11 * values.objective; /* and, of fits without a residual, of the data */
  for (gint64 e = 0; e < smooth_sparse_get_nnz (problem->expression); e++)
    rounding += 1e-14 * pow (problem->expression->values[e], 2) / (double) (problem->n * problem->n_genes);
  g_test_message ("linear, %d spots, lambda %g, tolerance %g: %s, %d iterations, gap %.1e, KKT %.1e", (int) problem->n, problem->lambda,
                  tolerance, smooth_status_get_name (info.status), info.iterations, info.relative_gap, info.kkt_residual);
  g_assert_cmpint (info.status, ==, SMOOTH_STATUS_CONVERGED);
  g_assert_cmpfloat (info.kkt_residual, <=, tolerance);
  g_assert_cmpfloat (info.relative_gap, <=, tolerance);
  g_assert_cmpfloat (values.kkt_free, <=, tolerance * (1 + 1e-6));
  g_assert_cmpfloat_with_epsilon (info.objective, values.objective, 10 * rounding);
  g_assert_cmpfloat (values.objective - problem->best, <=, info.relative_gap * values.objective + rounding);
  g_assert_cmpfloat (values.objective - problem->best, >=, -rounding);
}

/* From 0 to live, on to exact, and to exact from 0. */
static void
solve_linear (const ProblemSpec *spec, Signatures signatures)
{
  g_auto (Problem) problem = { 0 };

  collinear_build (&problem, spec, signatures);
  g_autoptr (SmoothReduced) reduced = smooth_reduced_new (problem.signature, problem.expression, problem.bias, NULL, NULL);
  g_autoptr (SmoothDeconvolver) solver = smooth_deconvolver_new (reduced);
  g_assert_true (smooth_deconvolver_set_precision (solver, problem.precision, problem.confidences, NULL));
  check_linear (&problem, solver, LIVE);
  check_linear (&problem, solver, EXACT);
  smooth_deconvolver_reset (solver);
  check_linear (&problem, solver, EXACT);
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
          solve_linear (&spec, AS_BUILT);
        }
}

static void
test_linear_collinear (void)
{
  static const gint64 sizes[] = { 50, 4000, 100000 };

  for (gsize s = 0; s < G_N_ELEMENTS (sizes); s++)
    {
      const ProblemSpec doubled = { sizes[s], 5, 1, 0.99, 30, s % 2 == 0, 0, 0, 50 + s, 1 };
      const ProblemSpec added = { sizes[s], 5, 0, 0.99, 30, TRUE, 0, 0, 60 + s, 1 };
      solve_linear (&doubled, DOUBLED);
      solve_linear (&added, ADDED);
    }
}

/* ---- models of genes ---- */

typedef struct
{
  gint64 n;
  gint n_types;
  double condition;   /* of the signature's Gram matrix, without its double */
  double lambda;
  gboolean is_doubled; /* the last type has the signature, the confidence and the optimum of the first */
} BuiltSpec;

typedef struct
{
  Regression r;
  gint n_distinct; /* types without the double */
  double *basis;   /* G x (n_distinct + 1): orthonormal, of the span of the centred signature and the constant */
  double *turns;   /* n_distinct x n_distinct: orthogonal */
  double *sizes;   /* n_distinct: centred signature = basis sizes turns' */
  SmoothIterate optimum;
} Built;

static void
built_clear (Built *built)
{
  regression_clear (&built->r);
  iterate_clear (&built->optimum);
  g_free (built->basis);
  g_free (built->turns);
  g_free (built->sizes);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Built, built_clear)

/* The signature from its singular values; the last type, if it is a double, is the first once more. */
static void
make_signature (Built *built, const BuiltSpec *spec, SmoothRng *rng)
{
  Regression *r = &built->r;
  gint n_distinct = built->n_distinct;
  gint64 n_genes = r->n_genes;

  g_autofree double *u = problem_orthonormal (rng, n_genes, n_distinct, TRUE);
  built->turns = problem_orthonormal (rng, n_distinct, n_distinct, FALSE);
  built->sizes = g_new (double, n_distinct);
  for (gint j = 0; j < n_distinct; j++)
    built->sizes[j] = sqrt ((double) n_genes) * pow (spec->condition, -0.5 * j / MAX (n_distinct - 1, 1));
  for (gint64 g = 0; g < n_genes; g++)
    for (gint k = 0; k < r->n_types; k++)
      {
        double sum = 0;
        for (gint j = 0; j < n_distinct; j++)
          sum += u[g + j * n_genes] * built->sizes[j] * built->turns[k % n_distinct + j * n_distinct];
        r->signature->values[g + k * n_genes] = 1 + sum;
      }
  built->basis = g_new (double, n_genes * (n_distinct + 1));
  memcpy (built->basis, u, (gsize) (n_genes * n_distinct) * sizeof (double));
  for (gint64 g = 0; g < n_genes; g++)
    built->basis[g + n_genes * n_distinct] = 1 / sqrt ((double) n_genes);
}

/* Signature of a condition number, and an optimum with zeros. */
static void
built_init (Built *built, SmoothModelKind kind, gint loss, const BuiltSpec *spec, guint64 seed)
{
  Regression *r = &built->r;
  SmoothRng rng;

  memset (built, 0, sizeof *built);
  built->n_distinct = spec->n_types;
  regression_init (r, spec->n, spec->n_types + spec->is_doubled, 4 * spec->n_types + 20, spec->lambda, 1, seed);
  smooth_i_rng_init (&rng, seed, 3);
  r->settings.kind = kind;
  r->settings.svr_loss = loss;
  r->settings.bias = TRUE;
  r->settings.max_iterations = 100000;
  make_signature (built, spec, &rng);

  built->optimum = iterate_new (r);
  built->optimum.tube = 0.05;
  for (gint64 e = 0; e < r->n * r->n_types; e++)
    built->optimum.abundances->values[e] = smooth_i_rng_uniform (&rng) < 0.4 ? 0 : 0.1 + smooth_i_rng_uniform (&rng);
  for (gint64 i = 0; i < r->n; i++)
    built->optimum.bias[i] = 3 + smooth_i_rng_uniform (&rng);
  if (!spec->is_doubled)
    return;
  r->confidences[spec->n_types] = r->confidences[0];
  for (gint64 i = 0; i < r->n; i++)
    smooth_matrix_column (built->optimum.abundances, i)[spec->n_types] = smooth_matrix_column (built->optimum.abundances, i)[0];
}

/* What the basis does not see leaves X'u and the sum as they are. */
static void
remove_basis (const Built *built, double *column)
{
  gint64 n_genes = built->r.n_genes;

  for (gint c = 0; c <= built->n_distinct; c++)
    {
      double dot = 0;
      for (gint64 g = 0; g < n_genes; g++)
        dot += built->basis[g + c * n_genes] * column[g];
      for (gint64 g = 0; g < n_genes; g++)
        column[g] -= dot * built->basis[g + c * n_genes];
    }
}

/* Multipliers u of values, n times the derivative of the misfit by the fit, with X'u + prior + ridge = mu >= 0, 0 where an abundance
 * is above 0, and with sums of 0, as the constants want them; as large as @noise in what X does not see. A double's own condition is
 * that of the first type. */
static double *
choose_multipliers (Built *built, SmoothRng *rng, double noise)
{
  Regression *r = &built->r;
  gint K = built->n_distinct;
  gint64 G = r->n_genes;
  g_autoptr (SmoothMatrix) pull = regression_pull (r, built->optimum.abundances);
  double *u = g_new0 (double, G * r->n);
  g_autofree double *w = g_new (double, K);

  for (gint64 i = 0; i < r->n; i++)
    {
      double *column = u + i * G;
      for (gint k = 0; k < K; k++)
        {
          double b = smooth_matrix_column (built->optimum.abundances, i)[k];
          w[k] = -pull->values[i * r->n_types + k] * (double) r->n;
          if (r->settings.kind == SMOOTH_MODEL_NUSVR)
            w[k] -= b / r->n_types;
          if (b == 0)
            w[k] += 0.05 * r->settings.lambda * smooth_i_rng_uniform (rng);
        }
      for (gint64 g = 0; g < G; g++)
        column[g] = noise * smooth_i_rng_normal (rng);
      remove_basis (built, column);
      /* turns sizes basis'u = w */
      for (gint j = 0; j < K; j++)
        {
          double along = 0;
          for (gint k = 0; k < K; k++)
            along += built->turns[k + j * K] * w[k] / built->sizes[j];
          for (gint64 g = 0; g < G; g++)
            column[g] += along * built->basis[g + j * G];
        }
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

/* The values of a spot whose multipliers are u. The weights follow from the values, and the values from the weights: rounds, whose
 * last must change nothing. */
static void
settle_weighted_values (const Built *built, const double *u, gint64 i)
{
  const Regression *r = &built->r;
  gint64 n_genes = r->n_genes;
  double *y = smooth_matrix_column (r->values, i), change = INFINITY; /* against 1 and the value */
  g_autofree double *next = g_new (double, n_genes);

  for (gint64 g = 0; g < n_genes; g++)
    y[g] = regression_fit (r, &built->optimum, g, i);
  for (gint round = 0; round < MAX_ROUNDS && change > 1e-13; round++)
    {
      change = 0;
      for (gint64 g = 0; g < n_genes; g++)
        next[g] = regression_fit (r, &built->optimum, g, i) - u[g] * (double) n_genes / (2 * regression_weight (r, g, i));
      for (gint64 g = 0; g < n_genes; g++)
        change = MAX (change, fabs (next[g] - y[g]) / (1 + fabs (next[g])));
      memcpy (y, next, (gsize) n_genes * sizeof (double));
    }
  g_assert_cmpfloat (change, <=, 1e-12);
}

static void
build_weighted_values (Built *built, guint64 seed)
{
  Regression *r = &built->r;
  SmoothRng rng;

  smooth_i_rng_init (&rng, seed, 5);
  g_autofree double *u = choose_multipliers (built, &rng, 0.002);
  for (gint64 i = 0; i < r->n; i++)
    settle_weighted_values (built, u + i * r->n_genes, i);
  regression_take_values (r);
}

static void
check_built (Built *built, RegressionSolve solve, double condition, double tolerance)
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
  g_test_message ("%s %d, %d spots, %d types (%d distinct), condition %g, nu %.3g, tolerance %g: %s, %d iterations, gap %.1e, "
                  "KKT %.1e, %.2g over the optimum, %.0f ms",
                  smooth_model_get_name ((SmoothModelKind) r->settings.kind), r->settings.svr_loss, (int) r->n, r->n_types,
                  built->n_distinct, condition, r->settings.svr_nu, tolerance, smooth_status_get_name (info.status), info.iterations, info.relative_gap,
                  info.kkt_residual, terms.objective / best - 1, info.seconds * 1e3);
  g_assert_cmpint (info.status, ==, SMOOTH_STATUS_CONVERGED);
  g_assert_cmpfloat (info.kkt_residual, <=, tolerance);
  g_assert_cmpfloat (info.relative_gap, <=, tolerance);
  g_assert_cmpfloat_with_epsilon (info.objective, terms.objective, 1e-10 * terms.objective);
  g_assert_cmpfloat (terms.objective - best, <=, info.relative_gap * terms.objective + 1e-11 * best);
  g_assert_cmpfloat (terms.objective - best, >=, -1e-10 * best);
}

/* Of squared losses, to many spots and the worst condition. */
static const BuiltSpec squared_specs[] = {
  { 50, 5, 10, 1, FALSE },   { 50, 5, 1e4, 1, FALSE },   { 50, 5, 1e8, 1, FALSE },   { 50, 5, 30, 1, TRUE },
  { 500, 5, 10, 1, FALSE },  { 500, 5, 1e4, 1, FALSE },  { 500, 5, 1e8, 1, FALSE },  { 500, 5, 30, 1, TRUE },
  { 4000, 5, 10, 1, FALSE }, { 4000, 5, 1e4, 1, FALSE }, { 4000, 5, 1e8, 1, FALSE }, { 4000, 5, 30, 1, TRUE },
  { 100000, 3, 1e8, 1, FALSE },
};

/* Of absolute losses all values are at the edge of the tube, where many planes meet: the hardest place to end at. */
static const BuiltSpec absolute_specs[] = {
  { 50, 5, 10, 1, FALSE },   { 50, 5, 1e4, 1, FALSE },  { 50, 5, 1e8, 1, FALSE },   { 50, 5, 30, 1, TRUE },
  { 500, 5, 10, 1, FALSE },  { 500, 3, 1e4, 1, FALSE }, { 500, 3, 1e8, 1, FALSE },  { 500, 3, 30, 1, TRUE },
  { 2000, 3, 10, 1, FALSE }, { 4000, 2, 1e8, 1, FALSE }, { 4000, 2, 30, 1, TRUE },  { 20000, 2, 10, 1, FALSE },
};

#define LARGE 2000 /* spots from which absolute losses are solved once, to exact */

static void
check_support_vectors (gint loss, const BuiltSpec *spec, guint64 seed)
{
  g_auto (Built) built = { 0 };

  built_init (&built, SMOOTH_MODEL_NUSVR, loss, spec, seed);
  build_values (&built, seed);
  if (loss == SMOOTH_SVR_SQUARED || spec->n < LARGE)
    check_built (&built, smooth_i_nusvr_solve, spec->condition, LIVE);
  check_built (&built, smooth_i_nusvr_solve, spec->condition, EXACT);
}

static void
test_squared_losses (void)
{
  for (gsize s = 0; s < G_N_ELEMENTS (squared_specs); s++)
    check_support_vectors (SMOOTH_SVR_SQUARED, &squared_specs[s], s);
}

static void
test_absolute_losses (void)
{
  for (gsize s = 0; s < G_N_ELEMENTS (absolute_specs); s++)
    check_support_vectors (SMOOTH_SVR_ABSOLUTE, &absolute_specs[s], s);
}

/* The worse the condition, the weaker the prior, that values need not be far from the fit to outweigh it. */
static void
test_weights (void)
{
  static const BuiltSpec specs[] = {
    { 50, 3, 10, 0.01, FALSE },      { 50, 3, 1e4, 0.01, FALSE },   { 50, 3, 1e8, 1e-5, FALSE },   { 50, 3, 30, 0.01, TRUE },
    { 500, 3, 10, 0.01, FALSE },     { 500, 3, 1e4, 0.01, FALSE },  { 500, 3, 1e8, 1e-5, FALSE },  { 500, 3, 30, 0.01, TRUE },
    { 4000, 3, 10, 0.01, FALSE },    { 4000, 3, 1e4, 0.01, FALSE }, { 4000, 3, 1e8, 1e-5, FALSE }, { 4000, 3, 30, 0.01, TRUE },
    { 100000, 3, 1e8, 1e-5, FALSE },
  };

  for (gsize s = 0; s < G_N_ELEMENTS (specs); s++)
    {
      g_auto (Built) built = { 0 };
      built_init (&built, SMOOTH_MODEL_DWLS, SMOOTH_SVR_SQUARED, &specs[s], s);
      build_weighted_values (&built, s);
      check_built (&built, smooth_i_dwls_solve, specs[s].condition, LIVE);
      check_built (&built, smooth_i_dwls_solve, specs[s].condition, EXACT);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/certificates/linear", test_linear);
  g_test_add_func ("/certificates/linear-collinear", test_linear_collinear);
  g_test_add_func ("/certificates/dwls", test_weights);
  g_test_add_func ("/certificates/nusvr-squared", test_squared_losses);
  g_test_add_func ("/certificates/nusvr-absolute", test_absolute_losses);
  return g_test_run ();
}
