/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of the models of deconvolution whose misfit is not plain least squares; what they claim is computed again from
 * scratch. */
#include "regression-problem.h"
#include "base/error.h"
#include "model/lognormal-private.h"

static const struct
{
  const char *name;
  RegressionSolve solve;
  SmoothModelKind kind;
  SmoothSvrLoss loss;
  gboolean is_convex;
  double tolerance; /* that it reaches on problems of usual scale */
} models[] = {
  { "dwls", smooth_i_dwls_solve, SMOOTH_MODEL_DWLS, SMOOTH_SVR_SQUARED, TRUE, 1e-9 },
  { "nusvr squared", smooth_i_nusvr_solve, SMOOTH_MODEL_NUSVR, SMOOTH_SVR_SQUARED, TRUE, 1e-9 },
  { "nusvr absolute", smooth_i_nusvr_solve, SMOOTH_MODEL_NUSVR, SMOOTH_SVR_ABSOLUTE, TRUE, 1e-8 },
  { "lognormal", smooth_i_lognormal_solve, SMOOTH_MODEL_LOGNORMAL, SMOOTH_SVR_SQUARED, FALSE, 1e-10 },
};

static void
choose_model (Regression *r, gsize model, gboolean bias, gboolean is_signed)
{
  r->settings.kind = models[model].kind;
  r->settings.svr_loss = models[model].loss;
  r->settings.bias = bias;
  r->settings.is_signed = is_signed;
  r->settings.tolerance = models[model].tolerance;
}

static SmoothInfo
solve (const Regression *r, gsize model, SmoothIterate *iterate, gint n_threads)
{
  SmoothProblem problem = regression_problem (r);
  g_autoptr (SmoothRun) run = smooth_run_new (n_threads);
  g_autoptr (GError) error = NULL;
  SmoothInfo info;

  g_assert_true (models[model].solve (&problem, &r->settings, iterate, NULL, NULL, &info, run, &error));
  g_assert_no_error (error);
  return info;
}

static void
check_feasible (const Regression *r, const SmoothIterate *iterate)
{
  for (gint64 e = 0; e < r->n * r->n_types; e++)
    {
      g_assert_true (isfinite (iterate->abundances->values[e]));
      if (!r->settings.is_signed)
        g_assert_cmpfloat (iterate->abundances->values[e], >=, 0);
    }
  for (gint64 i = 0; i < r->n; i++)
    {
      g_assert_true (isfinite (iterate->bias[i]));
      if (!r->settings.bias)
        g_assert_cmpfloat (iterate->bias[i], ==, 0);
    }
  g_assert_cmpfloat (iterate->tube, >=, 0);
}

/* Objective and terms are those of plain loops; the tolerance is met where the solver says so. */
static void
check_claims (const Regression *r, const SmoothIterate *iterate, const SmoothInfo *info, gboolean is_convex)
{
  RegressionTerms terms = regression_evaluate (r, iterate);
  double scale = terms.objective + 1e-12;

  check_feasible (r, iterate);
  g_assert_cmpint (info->status, ==, SMOOTH_STATUS_CONVERGED);
  g_assert_cmpfloat_with_epsilon (info->objective, terms.objective, 1e-10 * scale);
  g_assert_cmpfloat_with_epsilon (info->data_term, terms.data, 1e-10 * scale);
  g_assert_cmpfloat_with_epsilon (info->spatial_term, terms.spatial, 1e-10 * scale);
  g_assert_cmpfloat (info->kkt_residual, <=, r->settings.tolerance);
  if (is_convex)
    g_assert_cmpfloat (info->relative_gap, <=, r->settings.tolerance);
  else
    g_assert_true (isnan (info->relative_gap));
}

/* No small move lowers the objective by more than its curvature allows: random directions and single unknowns. */
static void
check_no_descent (const Regression *r, const SmoothIterate *iterate, guint64 seed)
{
  double best = regression_evaluate (r, iterate).objective;
  SmoothRng rng;

  smooth_i_rng_init (&rng, seed, 7);
  for (gint trial = 0; trial < 60; trial++)
    {
      g_auto (SmoothIterate) other = iterate_new (r);
      double step = pow (10, -1 - 4 * smooth_i_rng_uniform (&rng));
      gint64 spot = trial % 2 == 0 ? -1 : smooth_i_rng_index (&rng, r->n);
      for (gint64 e = 0; e < r->n * r->n_types; e++)
        {
          double move = spot < 0 || e / r->n_types == spot ? step * smooth_i_rng_normal (&rng) : 0;
          double to = iterate->abundances->values[e] + move;
          other.abundances->values[e] = r->settings.is_signed ? to : fmax (to, 0);
        }
      for (gint64 i = 0; i < r->n; i++)
        other.bias[i] =
            iterate->bias[i] + (r->settings.bias && (spot < 0 || i == spot) ? step * smooth_i_rng_normal (&rng) : 0);
      other.tube = r->settings.kind == SMOOTH_MODEL_NUSVR ? fmax (iterate->tube + step * smooth_i_rng_normal (&rng), 0) : 0;
      g_assert_cmpfloat (regression_evaluate (r, &other).objective, >=, best * (1 - 2 * r->settings.tolerance));
    }
}

/* Every model, with and without bias, signs, one prior and one for each type. */
static void
test_claims (void)
{
  for (gsize m = 0; m < G_N_ELEMENTS (models); m++)
    for (gint bias = 0; bias < 2; bias++)
      for (gint is_signed = 0; is_signed < (models[m].is_convex ? 2 : 1); is_signed++)
        for (gint n_precisions = 0; n_precisions <= 3; n_precisions += n_precisions == 0 ? 1 : 2)
          {
            g_auto (Regression) r = { 0 };
            regression_init (&r, 40, 3, 25, 0.7, n_precisions, 11 + m);
            choose_model (&r, m, bias, is_signed);
            g_auto (SmoothIterate) iterate = iterate_new (&r);
            SmoothInfo info = solve (&r, m, &iterate, 1);
            g_test_message ("%s bias %d signed %d priors %d: %s, %d iterations, kkt %.1e, gap %.1e", models[m].name, bias,
                            is_signed, n_precisions, smooth_status_get_name (info.status), info.iterations,
                            info.kkt_residual, info.relative_gap);
            check_claims (&r, &iterate, &info, models[m].is_convex);
            check_no_descent (&r, &iterate, m);
          }
}

/* Solves the small dense system A x = b by elimination with pivots; destroys both. */
static void
solve_dense (double *a, double *b, gint n)
{
  for (gint j = 0; j < n; j++)
    {
      gint pivot = j;
      for (gint i = j; i < n; i++)
        if (fabs (a[i * n + j]) > fabs (a[pivot * n + j]))
          pivot = i;
      for (gint k = 0; k < n; k++)
        {
          double swap = a[j * n + k];
          a[j * n + k] = a[pivot * n + k];
          a[pivot * n + k] = swap;
        }
      double swap = b[j];
      b[j] = b[pivot];
      b[pivot] = swap;
      for (gint i = 0; i < n; i++)
        if (i != j)
          {
            double factor = a[i * n + j] / a[j * n + j];
            for (gint k = j; k < n; k++)
              a[i * n + k] -= factor * a[j * n + k];
            b[i] -= factor * b[j];
          }
    }
  for (gint j = 0; j < n; j++)
    b[j] /= a[j * n + j];
}

/* Y_i <- X b*_i + c_i + rho with 2/(G n) X'U rho = pull - mu, and U of that Y: a fixed point, because rho is small. */
static void
settle_spot (Regression *r, const SmoothIterate *optimum, const SmoothMatrix *pull, const double *mu, gint64 i)
{
  gint size = r->n_types + 1;
  g_autofree double *a = g_new (double, size *size);
  g_autofree double *b = g_new (double, size);
  double scale = 2 / (double) (r->n_genes * r->n), change = 1;

  for (gint round = 0; round < 3000 && change > 1e-14; round++)
    {
      change = 0;
      memset (a, 0, (gsize) (size * size) * sizeof (double));
      for (gint64 g = 0; g < r->n_genes; g++)
        {
          double u = regression_weight (r, g, i);
          for (gint k = 0; k < size; k++)
            for (gint l = 0; l < size; l++)
              a[k * size + l] += scale * u * (k < r->n_types ? r->signature->values[g + k * r->n_genes] : 1)
                                 * (l < r->n_types ? r->signature->values[g + l * r->n_genes] : 1);
        }
      for (gint k = 0; k < r->n_types; k++)
        b[k] = pull->values[i * r->n_types + k] - mu[i * r->n_types + k];
      b[r->n_types] = 0;
      solve_dense (a, b, size);
      for (gint64 g = 0; g < r->n_genes; g++)
        {
          double rho = b[r->n_types];
          for (gint k = 0; k < r->n_types; k++)
            rho += r->signature->values[g + k * r->n_genes] * b[k];
          double *y = &smooth_matrix_column (r->values, i)[g], to = regression_fit (r, optimum, g, i) + rho;
          change = fmax (change, fabs (to - *y));
          *y += 0.3 * (to - *y);
        }
    }
  g_assert_cmpfloat (change, <=, 1e-13);
}

/* A problem whose optimum is chosen before its data. */
static void
test_known_optimum (void)
{
  const double lambdas[] = { 0, 0.05, 0.3, 1 };

  for (gsize l = 0; l < G_N_ELEMENTS (lambdas); l++)
    {
      g_auto (Regression) r = { 0 };
      SmoothRng rng;

      regression_init (&r, 120, 4, 30, lambdas[l], 1, 70 + l);
      choose_model (&r, 0, TRUE, FALSE);
      smooth_i_rng_init (&rng, 5, l);
      g_auto (SmoothIterate) optimum = iterate_new (&r);
      g_autofree double *mu = g_new0 (double, r.n *r.n_types);
      for (gint64 e = 0; e < r.n * r.n_types; e++)
        if (smooth_i_rng_uniform (&rng) < 0.4)
          mu[e] = 2e-3 * smooth_i_rng_uniform (&rng);
        else
          optimum.abundances->values[e] = 0.2 + smooth_i_rng_uniform (&rng);
      for (gint64 i = 0; i < r.n; i++)
        optimum.bias[i] = 0.5 + smooth_i_rng_uniform (&rng);
      g_autoptr (SmoothMatrix) pull = regression_pull (&r, optimum.abundances);
      for (gint64 i = 0; i < r.n; i++)
        settle_spot (&r, &optimum, pull, mu, i);
      regression_take_values (&r);

      r.settings.tolerance = 1e-11;
      g_auto (SmoothIterate) found = iterate_new (&r);
      SmoothInfo info = solve (&r, 0, &found, 1);
      g_test_message ("lambda %g: %d iterations, kkt %.1e, gap %.1e", lambdas[l], info.iterations, info.kkt_residual,
                      info.relative_gap);
      check_claims (&r, &found, &info, TRUE);
      for (gint64 e = 0; e < r.n * r.n_types; e++)
        g_assert_cmpfloat_with_epsilon (found.abundances->values[e], optimum.abundances->values[e], 1e-6);
      double best = regression_evaluate (&r, &optimum).objective;
      g_assert_cmpfloat (info.objective - best, <=, info.relative_gap * info.objective + 1e-13 * best);
      g_assert_cmpfloat (info.objective - best, >=, -1e-12 * best);
    }
}

typedef struct
{
  const Regression *r;
  double objectives[64], gaps[64];
  gint n;
} Trace;

static gboolean
record (const SmoothIterate *iterate, const SmoothInfo *info, gpointer data)
{
  Trace *trace = data;

  check_feasible (trace->r, iterate);
  g_assert_cmpfloat_with_epsilon (info->objective, regression_evaluate (trace->r, iterate).objective,
                                  1e-10 * info->objective);
  if (isfinite (info->relative_gap) && trace->n < 64)
    {
      trace->objectives[trace->n] = info->objective;
      trace->gaps[trace->n++] = info->relative_gap * info->objective;
    }
  return TRUE;
}

/* Iterates on the way, from an infeasible start: feasible, what is said of them is true, and so is the bound, which is not
 * far off. */
static void
test_bound (void)
{
  const double lambdas[] = { 0, 0.3, 5 };

  for (gsize m = 0; m < G_N_ELEMENTS (models); m++)
    for (gint trial = 0; trial < 6; trial++)
      {
        g_auto (Regression) r = { 0 };
        Trace trace = { .r = &r };
        SmoothInfo info;

        regression_init (&r, 80, 4, 30, lambdas[trial % 3], 1, 200 + trial);
        choose_model (&r, m, trial % 2 == 0, trial == 5 && models[m].is_convex);
        SmoothProblem problem = regression_problem (&r);
        g_auto (SmoothIterate) iterate = iterate_new (&r);
        for (gint64 e = 0; e < r.n * r.n_types; e++)
          iterate.abundances->values[e] = (double) (e % 3) - 1;
        g_assert_true (models[m].solve (&problem, &r.settings, &iterate, record, &trace, &info, NULL, NULL));
        g_test_message ("%s lambda %g, trial %d: %s, kkt %.1e, gap %.1e, %d iterations", models[m].name, r.settings.lambda,
                        trial, smooth_status_get_name (info.status), info.kkt_residual, info.relative_gap, info.iterations);
        check_claims (&r, &iterate, &info, models[m].is_convex);
        for (gint k = 0; k < trace.n; k++)
          {
            double rest = trace.objectives[k] - info.objective;
            g_test_message ("%s lambda %g: above the optimum by %.2e, bound %.2e", models[m].name, r.settings.lambda, rest,
                            trace.gaps[k]);
            g_assert_cmpfloat (rest, <=, trace.gaps[k] + 1e-13 * info.objective);
            if (models[m].loss == SMOOTH_SVR_SQUARED) /* off its path an interior point method has no good multipliers */
              g_assert_cmpfloat (trace.gaps[k], <=, 1000 * (rest + r.settings.tolerance * info.objective));
          }
      }
}

/* A convex problem ends at the same place from anywhere, feasible or not. */
static void
test_starts (void)
{
  for (gsize m = 0; m < G_N_ELEMENTS (models); m++)
    {
      g_auto (Regression) r = { 0 };
      SmoothRng rng;

      if (!models[m].is_convex)
        continue;
      regression_init (&r, 60, 4, 30, 2, 1, 31);
      choose_model (&r, m, TRUE, FALSE);
      smooth_i_rng_init (&rng, 1, 0);
      g_auto (SmoothIterate) zero = iterate_new (&r);
      g_auto (SmoothIterate) far = iterate_new (&r);
      for (gint64 e = 0; e < r.n * r.n_types; e++)
        far.abundances->values[e] = 20 * smooth_i_rng_normal (&rng);
      for (gint64 i = 0; i < r.n; i++)
        far.bias[i] = 5 * smooth_i_rng_normal (&rng);
      far.tube = 3;
      solve (&r, m, &zero, 1);
      SmoothInfo info = solve (&r, m, &far, 1);
      check_claims (&r, &far, &info, TRUE);
      for (gint64 e = 0; e < r.n * r.n_types; e++)
        g_assert_cmpfloat_with_epsilon (zero.abundances->values[e], far.abundances->values[e], 1e-3);
    }
}

/* The same bits from 1, 2 and 7 threads. */
static void
test_threads (void)
{
  for (gsize m = 0; m < G_N_ELEMENTS (models); m++)
    {
      g_auto (Regression) r = { 0 };

      regression_init (&r, 500, 4, 40, 1, 4, 41);
      choose_model (&r, m, TRUE, FALSE);
      g_auto (SmoothIterate) one = iterate_new (&r);
      solve (&r, m, &one, 1);
      for (gint n_threads = 2; n_threads < 8; n_threads += 5)
        {
          g_auto (SmoothIterate) more = iterate_new (&r);
          solve (&r, m, &more, n_threads);
          g_assert_true (
              memcmp (one.abundances->values, more.abundances->values, sizeof (double) * (gsize) (r.n * r.n_types)) == 0);
          g_assert_true (memcmp (one.bias, more.bias, sizeof (double) * (gsize) r.n) == 0);
          g_assert_true (one.tube == more.tube);
        }
    }
}

/* Q of SMA as a dense matrix, column by column. */
static SmoothPrecision *
densify (const SmoothPrecision *precision)
{
  gint64 n = precision->n_spots;
  g_autoptr (SmoothMatrix) unit = smooth_matrix_new (1, n, NULL);
  g_autoptr (SmoothMatrix) column = smooth_matrix_new (1, n, NULL);
  g_autoptr (SmoothMatrix) dense = smooth_matrix_new (n, n, NULL);

  for (gint64 j = 0; j < n; j++)
    {
      unit->values[j] = 1;
      g_assert_true (smooth_precision_apply (precision, unit, column, NULL, NULL));
      memcpy (smooth_matrix_column (dense, j), column->values, (gsize) n * sizeof (double));
      unit->values[j] = 0;
    }
  g_autoptr (SmoothSparse) q = smooth_sparse_new_from_dense (dense, NULL);
  return smooth_precision_new_from_matrix (q, NULL);
}

static SmoothPrecision *
make_sma (gint64 side)
{
  g_autofree double *coords = g_new (double, 2 * side * side);
  SmoothGraphSettings graph_settings;
  SmoothPrecisionSettings settings = { .kind = SMOOTH_PRIOR_SMA, .rho = 0.1 };

  smooth_params_init (&smooth_graph_params, &graph_settings);
  for (gint64 i = 0; i < side * side; i++)
    {
      coords[2 * i] = 100.0 * (double) (i % side);
      coords[2 * i + 1] = 100.0 * (double) (i / side);
    }
  g_autoptr (SmoothGraph) graph = smooth_graph_new (coords, side * side, 2, 100, &graph_settings, NULL, NULL);
  SmoothPrecision *precision = smooth_precision_new (graph, &settings, NULL, NULL);
  g_assert_false (smooth_precision_is_explicit (precision));
  return precision;
}

/* A prior without a matrix gives what its matrix gives, alone and beside explicit ones. */
static void
test_operator (void)
{
  for (gsize m = 0; m < G_N_ELEMENTS (models); m++)
    for (gint n_precisions = 1; n_precisions <= 3; n_precisions += 2)
      {
        g_auto (Regression) r = { 0 };

        regression_init (&r, 49, 3, 25, 1, n_precisions, 51);
        choose_model (&r, m, TRUE, FALSE);
        gint last = n_precisions - 1;
        smooth_precision_unref (r.precisions[last]);
        r.precisions[last] = make_sma (7);
        g_auto (SmoothIterate) by_operator = iterate_new (&r);
        SmoothInfo info = solve (&r, m, &by_operator, 1);
        g_test_message ("%s priors %d: %s, %d iterations, kkt %.1e, gap %.1e", models[m].name, n_precisions,
                        smooth_status_get_name (info.status), info.iterations, info.kkt_residual, info.relative_gap);
        check_claims (&r, &by_operator, &info, models[m].is_convex);
        SmoothPrecision *dense = densify (r.precisions[last]);
        smooth_precision_unref (r.precisions[last]);
        r.precisions[last] = dense;
        g_auto (SmoothIterate) by_matrix = iterate_new (&r);
        solve (&r, m, &by_matrix, 1);
        for (gint64 e = 0; e < r.n * r.n_types; e++)
          g_assert_cmpfloat_with_epsilon (by_operator.abundances->values[e], by_matrix.abundances->values[e], 1e-4);
      }
}

/* Inputs at the edges: each has a finite, feasible answer that claims what holds. */
static void
test_degenerate (void)
{
  const struct
  {
    const char *what;
    gint64 n;
    gint n_types;
    gint64 n_genes;
    double lambda, factor;
  } cases[] = {
    { "one spot", 1, 3, 20, 1, 1 },       { "one gene", 30, 1, 1, 1, 1 },        { "one type", 30, 1, 20, 1, 1 },
    { "lambda 0", 30, 3, 20, 0, 1 },      { "lambda 1e6", 30, 3, 20, 1e6, 1 },   { "all counts 0", 30, 3, 20, 1, 0 },
    { "huge values", 30, 3, 20, 1, 1e6 }, { "tiny values", 30, 3, 20, 1, 1e-6 },
  };

  for (gsize m = 0; m < G_N_ELEMENTS (models); m++)
    for (gsize c = 0; c < G_N_ELEMENTS (cases); c++)
      {
        g_auto (Regression) r = { 0 };

        regression_init (&r, cases[c].n, cases[c].n_types, cases[c].n_genes, cases[c].lambda, 1, 61);
        choose_model (&r, m, TRUE, FALSE);
        r.settings.tolerance = 1e-6;
        for (gint64 e = 0; e < r.n * r.n_genes; e++)
          r.values->values[e] *= cases[c].factor;
        regression_take_values (&r);
        g_auto (SmoothIterate) iterate = iterate_new (&r);
        SmoothInfo info = solve (&r, m, &iterate, 1);
        g_test_message ("%s, %s: %s, %d iterations, objective %g, kkt %.1e, gap %.1e", models[m].name, cases[c].what,
                        smooth_status_get_name (info.status), info.iterations, info.objective, info.kkt_residual,
                        info.relative_gap);
        check_claims (&r, &iterate, &info, models[m].is_convex);
      }
}

/* No spots at all: nothing to do, nothing to fail at. */
static void
test_no_spots (void)
{
  for (gsize m = 0; m < G_N_ELEMENTS (models); m++)
    {
      g_auto (Regression) r = { 0 };

      regression_init (&r, 0, 2, 5, 1, 0, 1);
      choose_model (&r, m, TRUE, FALSE);
      g_auto (SmoothIterate) iterate = iterate_new (&r);
      SmoothInfo info = solve (&r, m, &iterate, 1);
      g_assert_cmpint (info.status, ==, SMOOTH_STATUS_CONVERGED);
      g_assert_cmpfloat (info.objective, ==, 0);
    }
}

/* Two types with one signature: the answer is not unique, the objective is; with a prior the answer is. */
static void
test_collinear (void)
{
  const double lambdas[] = { 0, 1 };

  for (gsize m = 0; m < G_N_ELEMENTS (models); m++)
    for (gsize l = 0; l < G_N_ELEMENTS (lambdas); l++)
      {
        g_auto (Regression) r = { 0 };

        regression_init (&r, 40, 4, 25, lambdas[l], 1, 81);
        choose_model (&r, m, TRUE, FALSE);
        r.settings.tolerance = 1e-6;
        for (gint64 g = 0; g < r.n_genes; g++)
          smooth_matrix_column (r.signature, 3)[g] = smooth_matrix_column (r.signature, 1)[g];
        g_auto (SmoothIterate) iterate = iterate_new (&r);
        SmoothInfo info = solve (&r, m, &iterate, 1);
        g_test_message ("%s lambda %g: %s, %d iterations, kkt %.1e, gap %.1e", models[m].name, lambdas[l],
                        smooth_status_get_name (info.status), info.iterations, info.kkt_residual, info.relative_gap);
        check_claims (&r, &iterate, &info, models[m].is_convex);
        check_no_descent (&r, &iterate, m);
      }
}

/* Q = -I, known to be indefinite: a weak prior is still certified, a strong one has no minimum and is named so. */
static void
test_indefinite (void)
{
  for (gsize m = 0; m < G_N_ELEMENTS (models); m++)
    for (gint strong = 0; strong < 2; strong++)
      {
        g_auto (Regression) r = { 0 };
        g_autoptr (SmoothMatrix) dense = smooth_matrix_new (30, 30, NULL);

        regression_init (&r, 30, 3, 25, strong ? 1e3 : 0.01, 1, 17);
        choose_model (&r, m, TRUE, FALSE);
        r.settings.max_iterations = 300;
        for (gint64 i = 0; i < r.n; i++)
          dense->values[i * 31] = -1;
        g_autoptr (SmoothSparse) q = smooth_sparse_new_from_dense (dense, NULL);
        smooth_precision_unref (r.precisions[0]);
        r.precisions[0] = smooth_precision_new_from_matrix (q, NULL);
        r.precisions[0]->is_semidefinite = FALSE;
        g_auto (SmoothIterate) iterate = iterate_new (&r);
        SmoothInfo info = solve (&r, m, &iterate, 1);
        g_test_message ("%s strong %d: %s, objective %g, kkt %.1e, gap %.1e", models[m].name, strong,
                        smooth_status_get_name (info.status), info.objective, info.kkt_residual, info.relative_gap);
        check_feasible (&r, &iterate);
        if (strong)
          g_assert_cmpint (info.status, ==, SMOOTH_STATUS_INDEFINITE);
        else
          check_claims (&r, &iterate, &info, models[m].is_convex);
      }
}

/* A tube that costs nothing takes in everything; one that costs more than any misfit closes. */
static void
test_tube (void)
{
  for (gsize m = 1; m <= 2; m++)
    for (gint nu = 0; nu <= 1; nu++)
      {
        g_auto (Regression) r = { 0 };

        regression_init (&r, 50, 3, 25, 1, 1, 19);
        choose_model (&r, m, TRUE, FALSE);
        r.settings.svr_nu = nu == 0 ? 0 : m == 1 ? 1e3 : 1; /* at 1 no more than all distances may be beyond it */
        g_auto (SmoothIterate) iterate = iterate_new (&r);
        SmoothInfo info = solve (&r, m, &iterate, 1);
        g_test_message ("%s nu %g: tube %g, objective %g, kkt %.1e, gap %.1e", models[m].name, r.settings.svr_nu,
                        iterate.tube, info.objective, info.kkt_residual, info.relative_gap);
        check_claims (&r, &iterate, &info, TRUE);
        check_no_descent (&r, &iterate, m);
        if (nu == 0)
          g_assert_cmpfloat (info.objective, ==, 0);
        else
          g_assert_cmpfloat (iterate.tube, <=, 1e-5);
      }
}

/* Few genes beside the types, where steps of absolute losses go astray: whatever is said, it is true and no worse than 0. */
static void
test_astray (void)
{
  for (gsize m = 0; m < G_N_ELEMENTS (models); m++)
    for (guint64 seed = 37; seed < 237; seed += 50)
      {
        g_auto (Regression) r = { 0 };

        regression_init (&r, 39, 3, 7, 0.3, 1, seed);
        choose_model (&r, m, TRUE, FALSE);
        r.settings.max_iterations = 5000;
        g_auto (SmoothIterate) iterate = iterate_new (&r);
        double at_zero = regression_evaluate (&r, &iterate).objective;
        SmoothInfo info = solve (&r, m, &iterate, 1);
        check_feasible (&r, &iterate);
        g_assert_cmpfloat (info.objective, <, at_zero);
        g_assert_cmpfloat_with_epsilon (info.objective, regression_evaluate (&r, &iterate).objective, 1e-10 * at_zero);
      }
}

/* The gradient is that of the objective, by differences; a start outside of the domain is moved into it. */
static void
test_lognormal (void)
{
  g_auto (Regression) r = { 0 };
  g_autofree double *bias_gradient = NULL;
  SmoothInfo info, low, high;
  SmoothRng rng;
  const double step = 1e-5;

  regression_init (&r, 20, 3, 15, 2, 3, 23);
  r.settings.kind = SMOOTH_MODEL_LOGNORMAL;
  SmoothProblem problem = regression_problem (&r);
  g_auto (SmoothIterate) at = iterate_new (&r);
  g_autoptr (SmoothMatrix) gradient = smooth_matrix_new (r.n_types, r.n, NULL);
  g_autoptr (SmoothMatrix) unused = smooth_matrix_new (r.n_types, r.n, NULL);
  g_autofree double *unused_bias = g_new0 (double, r.n);
  bias_gradient = g_new0 (double, r.n);
  smooth_i_rng_init (&rng, 3, 0);
  for (gint64 e = 0; e < r.n * r.n_types; e++)
    at.abundances->values[e] = smooth_i_rng_uniform (&rng);
  for (gint64 i = 0; i < r.n; i++)
    at.bias[i] = smooth_i_rng_uniform (&rng) - 0.5;
  g_assert_true (smooth_i_lognormal_evaluate (&problem, &r.settings, &at, &info, gradient, bias_gradient, NULL, NULL));
  g_assert_cmpfloat_with_epsilon (info.objective, regression_evaluate (&r, &at).objective, 1e-12);
  for (gint64 e = 0; e < r.n * (r.n_types + 1); e += 7)
    {
      double *unknown = e < r.n * r.n_types ? &at.abundances->values[e] : &at.bias[e - r.n * r.n_types];
      double expected = e < r.n * r.n_types ? gradient->values[e] : bias_gradient[e - r.n * r.n_types], kept = *unknown;
      *unknown = kept + step;
      g_assert_true (smooth_i_lognormal_evaluate (&problem, &r.settings, &at, &high, unused, unused_bias, NULL, NULL));
      *unknown = kept - step;
      g_assert_true (smooth_i_lognormal_evaluate (&problem, &r.settings, &at, &low, unused, unused_bias, NULL, NULL));
      *unknown = kept;
      g_assert_cmpfloat_with_epsilon ((high.objective - low.objective) / (2 * step), expected, 1e-8);
    }

  for (gint64 i = 0; i < r.n; i++)
    at.bias[i] = -100;
  g_assert_true (smooth_i_lognormal_evaluate (&problem, &r.settings, &at, &info, unused, unused_bias, NULL, NULL));
  g_assert_true (isinf (info.objective));
  g_assert_true (smooth_i_lognormal_solve (&problem, &r.settings, &at, NULL, NULL, &info, NULL, NULL));
  check_claims (&r, &at, &info, FALSE);
}

static gboolean
cancel_soon (const SmoothIterate *iterate, const SmoothInfo *info, gpointer data)
{
  (void) iterate;
  g_assert_cmpint (info->status, ==, SMOOTH_STATUS_IMPROVING);
  smooth_run_cancel (data);
  return TRUE;
}

static gboolean
stop_soon (const SmoothIterate *iterate, const SmoothInfo *info, gpointer data)
{
  (void) iterate;
  (void) info;
  return ++*(gint *) data < 2;
}

/* Cancelled, the solver says so and leaves something feasible; told to stop, it leaves what it has; out of iterations, too.
 */
static void
test_stopping (void)
{
  for (gsize m = 0; m < G_N_ELEMENTS (models); m++)
    {
      g_auto (Regression) r = { 0 };
      g_autoptr (SmoothRun) run = smooth_run_new (2);
      g_autoptr (GError) error = NULL;
      SmoothInfo info;
      gint n_calls = 0;

      regression_init (&r, 200, 4, 30, 5, 1, 91);
      choose_model (&r, m, TRUE, FALSE);
      SmoothProblem problem = regression_problem (&r);
      g_auto (SmoothIterate) iterate = iterate_new (&r);
      g_assert_false (models[m].solve (&problem, &r.settings, &iterate, cancel_soon, run, &info, run, &error));
      g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_CANCELLED);
      check_feasible (&r, &iterate);

      g_assert_true (models[m].solve (&problem, &r.settings, &iterate, stop_soon, &n_calls, &info, NULL, NULL));
      g_assert_cmpint (n_calls, ==, 2);
      g_assert_cmpint (info.status, ==, SMOOTH_STATUS_IMPROVING);
      RegressionTerms terms = regression_evaluate (&r, &iterate);
      g_assert_cmpfloat_with_epsilon (info.objective, terms.objective, 1e-10 * terms.objective);

      r.settings.max_iterations = 1;
      g_auto (SmoothIterate) fresh = iterate_new (&r);
      g_assert_true (models[m].solve (&problem, &r.settings, &fresh, NULL, NULL, &info, NULL, NULL));
      g_assert_cmpint (info.status, ==, SMOOTH_STATUS_STOPPED);
      terms = regression_evaluate (&r, &fresh);
      g_assert_cmpfloat_with_epsilon (info.objective, terms.objective, 1e-10 * terms.objective);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/regression/claims", test_claims);
  g_test_add_func ("/regression/known-optimum", test_known_optimum);
  g_test_add_func ("/regression/bound", test_bound);
  g_test_add_func ("/regression/starts", test_starts);
  g_test_add_func ("/regression/threads", test_threads);
  g_test_add_func ("/regression/operator", test_operator);
  g_test_add_func ("/regression/degenerate", test_degenerate);
  g_test_add_func ("/regression/no-spots", test_no_spots);
  g_test_add_func ("/regression/collinear", test_collinear);
  g_test_add_func ("/regression/indefinite", test_indefinite);
  g_test_add_func ("/regression/tube", test_tube);
  g_test_add_func ("/regression/astray", test_astray);
  g_test_add_func ("/regression/lognormal", test_lognormal);
  g_test_add_func ("/regression/stopping", test_stopping);
  return g_test_run ();
}
