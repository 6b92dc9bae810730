/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of the deconvolution solver on problems with a known optimum; what it claims is computed again from scratch. */
#include "../problem.h"
#include "base/error.h"
#include "base/isa.h"
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

/* The solver's answer for a problem, with a choice of kernels, threads and method. */
static SmoothMatrix *
solve_with (const Problem *problem, const char *isa, gint n_threads, SmoothMethod method, double tolerance, SmoothInfo *info)
{
  g_autoptr (SmoothDeconvolver) solver = make_solver (problem);
  g_autoptr (SmoothRun) run = smooth_run_new (n_threads);
  g_autoptr (GError) error = NULL;
  SmoothDeconvolutionSettings settings = settings_for (problem, tolerance);

  settings.max_iterations = 1000000;
  solver->method = method;
  if (isa != NULL)
    solver->isa = isa;
  smooth_deconvolver_solve (solver, &settings, NULL, NULL, info, run, &error);
  g_assert_no_error (error);
  return smooth_deconvolver_dup_abundances (solver, &error);
}

/* Far from the optimum, where there is a gap to see: the bound holds and is not far off. */
static void
test_bound (void)
{
  const double lambdas[] = { 0.1, 1, 10, 100 };

  for (gsize i = 0; i < G_N_ELEMENTS (lambdas); i++)
    {
      const ProblemSpec spec = { 600, 8, lambdas[i], 0.99, 30, TRUE, 0.4, 0.02, 90 + i };
      g_auto (Problem) problem = { 0 };
      g_autoptr (GError) error = NULL;
      SmoothInfo info;

      problem_init (&problem, &spec);
      g_autoptr (SmoothDeconvolver) solver = make_solver (&problem);
      SmoothDeconvolutionSettings settings = settings_for (&problem, 1e-12);
      for (settings.max_iterations = 1; settings.max_iterations < 8; settings.max_iterations++)
        {
          smooth_deconvolver_reset (solver);
          g_assert_true (smooth_deconvolver_solve (solver, &settings, NULL, NULL, &info, NULL, &error));
          g_autoptr (SmoothMatrix) b = smooth_deconvolver_dup_abundances (solver, NULL);
          double gap = problem_evaluate (&problem, b->values).objective - problem.best, bound = info.relative_gap * info.objective;
          g_assert_cmpfloat (gap, <=, bound * (1 + 1e-9) + 1e-12 * info.objective);
          g_assert_cmpfloat (bound, <=, 1000 * gap + 1e-9 * info.objective);
        }
    }
}

static double
largest_difference (const SmoothMatrix *a, const SmoothMatrix *b)
{
  double largest = 0;
  for (gint64 e = 0; e < a->n_rows * a->n_cols; e++)
    largest = fmax (largest, fabs (a->values[e] - b->values[e]));
  return largest;
}

/* The same bits from 1, 2 and 8 threads; strips and neighbourhoods are enough to be shared. */
static void
test_threads (void)
{
  const ProblemSpec spec = { 20000, 12, 3, 0.99, 100, TRUE, 0.4, 0.01, 21 };
  g_auto (Problem) problem = { 0 };
  SmoothInfo info;

  problem_init (&problem, &spec);
  g_autoptr (SmoothMatrix) one = solve_with (&problem, NULL, 1, SMOOTH_METHOD_AUTO, 1e-8, &info);
  for (gint n = 2; n <= 8; n *= 4)
    {
      g_autoptr (SmoothMatrix) more = solve_with (&problem, NULL, n, SMOOTH_METHOD_AUTO, 1e-8, &info);
      g_assert_true (memcmp (one->values, more->values, sizeof (double) * (gsize) (one->n_rows * one->n_cols)) == 0);
    }
}

/* Every build of the kernels that runs here finds the same optimum, for types below, at and above the vectors' width. */
static void
test_instruction_sets (void)
{
  const gint n_types[] = { 1, 3, 8, 15, 16, 17, 31, 64, 65 };
  const char *const *isas = smooth_i_isa_list ();

  for (gsize t = 0; t < G_N_ELEMENTS (n_types); t++)
    {
      const ProblemSpec spec = { 150, n_types[t], 2, 0.99, 50, TRUE, 0.4, 0.05, 30 + t };
      g_auto (Problem) problem = { 0 };
      SmoothInfo info;
      problem_init (&problem, &spec);
      for (gint i = 0; isas[i] != NULL; i++)
        for (SmoothMethod method = SMOOTH_METHOD_AUTO; method <= SMOOTH_METHOD_FISTA; method++)
          {
            g_autoptr (SmoothMatrix) b = solve_with (&problem, isas[i], 1, method, 1e-8, &info);
            g_assert_cmpint (info.status, ==, SMOOTH_STATUS_CONVERGED);
            g_assert_cmpfloat (largest_difference (b, problem.optimum), <, 1e-4);
          }
    }
}

/* From wherever it starts, the solver ends at the same optimum. */
static void
test_warm_starts (void)
{
  const ProblemSpec spec = { 800, 8, 5, 0.99, 100, TRUE, 0.4, 0.02, 41 };
  g_auto (Problem) problem = { 0 };
  g_autoptr (GError) error = NULL;
  SmoothInfo info;
  SmoothRng rng;

  problem_init (&problem, &spec);
  g_autoptr (SmoothDeconvolver) solver = make_solver (&problem);
  SmoothDeconvolutionSettings settings = settings_for (&problem, 1e-8);
  smooth_i_rng_init (&rng, 1, 0);
  g_autoptr (SmoothPrecision) other = problem_lattice (&rng, problem.n, 0.5, 0);
  g_autoptr (SmoothMatrix) far = smooth_matrix_new (problem.n_types, problem.n, NULL);
  for (gint64 e = 0; e < problem.n * problem.n_types; e++)
    far->values[e] = 20 * smooth_i_rng_normal (&rng);

  for (gint start = 0; start < 4; start++)
    {
      if (start == 1) /* another lambda */
        settings.lambda = 0.01;
      if (start == 2) /* another graph: new colours, and back */
        g_assert_true (smooth_deconvolver_set_precision (solver, other, NULL, &error));
      if (start == 3)
        g_assert_true (smooth_deconvolver_set_abundances (solver, far, &error));
      else if (start > 0)
        g_assert_true (smooth_deconvolver_solve (solver, &settings, NULL, NULL, &info, NULL, &error));
      settings.lambda = problem.lambda;
      g_assert_true (smooth_deconvolver_set_precision (solver, problem.precision, problem.confidences, &error));
      g_assert_true (smooth_deconvolver_solve (solver, &settings, NULL, NULL, &info, NULL, &error));
      check_claims (&problem, solver, &info, 1e-8);
    }
  /* After a reset the bits are those of a new solver. */
  g_autoptr (SmoothDeconvolver) fresh = make_solver (&problem);
  smooth_deconvolver_reset (solver);
  g_assert_true (smooth_deconvolver_solve (solver, &settings, NULL, NULL, &info, NULL, &error));
  g_assert_true (smooth_deconvolver_solve (fresh, &settings, NULL, NULL, &info, NULL, &error));
  g_autoptr (SmoothMatrix) a = smooth_deconvolver_dup_abundances (solver, NULL);
  g_autoptr (SmoothMatrix) b = smooth_deconvolver_dup_abundances (fresh, NULL);
  g_assert_cmpfloat (largest_difference (a, b), ==, 0);
}

/* A copy of Q whose rows first .. last - 1 have some edges cut, or a diagonal that is too small. */
static SmoothPrecision *
edit (const SmoothPrecision *precision, gint64 first, gint64 last, double diagonal)
{
  const SmoothSparse *given = precision->symmetric;
  gsize nnz = (gsize) smooth_sparse_get_nnz (given);
  g_autoptr (SmoothSparse) q = smooth_sparse_new (given->n_rows, given->n_cols, (gint64) nnz, NULL);

  memcpy (q->starts, given->starts, sizeof (gint64) * (gsize) (given->n_cols + 1));
  memcpy (q->rows, given->rows, sizeof (gint32) * nnz);
  memcpy (q->values, given->values, sizeof (double) * nnz);
  for (gint64 j = 0; j < q->n_cols; j++)
    for (gint64 e = q->starts[j]; e < q->starts[j + 1]; e++)
      if (q->rows[e] == j)
        q->values[e] *= j >= first && j < last ? diagonal : 1;
      else if ((j >= first && j < last) != (q->rows[e] >= first && q->rows[e] < last))
        q->values[e] = 0;
  SmoothPrecision *edited = smooth_precision_new_from_matrix (q, NULL);
  edited->is_semidefinite = diagonal >= 1;
  return edited;
}

/* Only rows that changed are taken over, yet all numbers are those of a new solver. */
static void
test_edited_rows (void)
{
  const ProblemSpec spec = { 700, 4, 1, 0.99, 10, TRUE, 0.4, 0, 45 };
  g_auto (Problem) problem = { 0 };

  problem_init (&problem, &spec);
  g_autoptr (SmoothPrecision) one = edit (problem.precision, 0, 1, 1);
  g_autoptr (SmoothPrecision) some = edit (problem.precision, 100, 300, 1);
  g_autoptr (SmoothPrecision) end = edit (problem.precision, 650, 700, 1);
  g_autoptr (SmoothPrecision) weak = edit (problem.precision, 300, 310, -0.2);
  SmoothPrecision *order[] = { problem.precision, one, some, some, end, weak, some, weak, end, problem.precision };
  g_autoptr (SmoothDeconvolver) solver = make_solver (&problem);
  for (gsize i = 0; i < G_N_ELEMENTS (order); i++)
    {
      g_autoptr (SmoothDeconvolver) fresh = make_solver (&problem);
      gsize n = sizeof (double) * (gsize) solver->layout->n_positions;
      gsize nnz = sizeof (double) * (gsize) solver->layout->starts[solver->layout->n_positions];

      g_assert_true (smooth_deconvolver_set_precision (solver, order[i], problem.confidences, NULL));
      fresh->slacks = SMOOTH_SLACKS_SHIFTED; /* takes all rows */
      g_assert_true (smooth_deconvolver_set_precision (fresh, order[i], problem.confidences, NULL));
      g_assert_true (memcmp (solver->values, fresh->values, nnz) == 0);
      g_assert_true (memcmp (solver->diagonal, fresh->diagonal, n) == 0);
      g_assert_true (memcmp (solver->reach, fresh->reach, n) == 0);
      g_assert_true (memcmp (solver->slack, fresh->slack, n) == 0);
      g_assert_cmpfloat (solver->shift, ==, fresh->shift);
      g_assert_true ((solver->shift < 0) == (order[i] == weak));
    }
}

/* A problem from arrays: genes x types, genes x spots, no known optimum; a path graph with rho. */
static void
init_small (Problem *problem, gint64 n_genes, gint n_types, gint64 n, const double *x, const double *y, double lambda, double rho,
            gboolean bias)
{
  g_autofree gint32 *rows = g_new (gint32, 3 * n);
  g_autofree gint32 *cols = g_new (gint32, 3 * n);
  g_autofree double *values = g_new (double, 3 * n);
  gint64 nnz = 0;

  memset (problem, 0, sizeof *problem);
  problem->n = n;
  problem->n_types = n_types;
  problem->n_genes = n_genes;
  problem->bias = bias;
  problem->lambda = lambda;
  problem->confidences = g_new (double, n_types);
  for (gint k = 0; k < n_types; k++)
    problem->confidences[k] = 1;
  problem->signature = smooth_matrix_new_from_values (n_genes, n_types, x, NULL);
  g_autoptr (SmoothMatrix) dense = smooth_matrix_new_from_values (n_genes, n, y, NULL);
  problem->expression = smooth_sparse_new_from_dense (dense, NULL);
  for (gint32 i = 0; i < n; i++)
    {
      double degree = (i > 0) + (i < n - 1);
      rows[nnz] = cols[nnz] = i;
      values[nnz++] = n > 1 ? degree : 1 - rho;
      for (gint32 j = i - 1; j <= i + 1; j += 2)
        if (j >= 0 && j < n)
          {
            rows[nnz] = i;
            cols[nnz] = j;
            values[nnz++] = -rho;
          }
    }
  g_autoptr (SmoothSparse) q = smooth_sparse_new_from_triplets (n, n, nnz, rows, cols, values, NULL);
  problem->precision = smooth_precision_new_from_matrix (q, NULL);
  problem_reduce (problem);
}

static SmoothInfo
solve_small (const Problem *problem, SmoothMatrix **b)
{
  g_autoptr (SmoothDeconvolver) solver = make_solver (problem);
  g_autoptr (GError) error = NULL;
  SmoothDeconvolutionSettings settings = settings_for (problem, 1e-9);
  SmoothInfo info;

  smooth_deconvolver_solve (solver, &settings, NULL, NULL, &info, NULL, &error);
  g_assert_no_error (error);
  *b = smooth_deconvolver_dup_abundances (solver, NULL);
  Values values = problem_evaluate (problem, (*b)->values);
  g_assert_cmpfloat_with_epsilon (info.objective, values.objective, 1e-9 * values.objective + 1e-14);
  return info;
}

static void
test_degenerate (void)
{
  const double x[] = { 1, 2, 0, 3, 0.5, 1, 4, 0, 2, 1 }; /* up to 5 genes, 2 types */
  const double zero[15] = { 0 };
  const double y[] = { 1, 2, 3, 4, 5, 2, 1, 0, 1, 2, 0, 0, 0, 0, 0 }; /* the third spot is empty */
  const double lambdas[] = { 0, 0.1, 100 };
  SmoothInfo info;

  for (gsize i = 0; i < G_N_ELEMENTS (lambdas); i++)
    for (gboolean bias = FALSE; bias <= TRUE; bias++)
      {
        const struct { gint64 n_genes; gint n_types; gint64 n; const double *x, *y; } cases[] = {
          { 5, 2, 3, x, y },    { 5, 1, 3, x, y }, { 5, 2, 1, x, y }, { 5, 2, 3, x, zero },
          { 5, 2, 3, zero, y }, { 1, 2, 3, x, y }, { 2, 2, 3, x, y },
        };
        for (gsize c = 0; c < G_N_ELEMENTS (cases); c++)
          {
            g_auto (Problem) problem = { 0 };
            g_autoptr (SmoothMatrix) b = NULL;
            init_small (&problem, cases[c].n_genes, cases[c].n_types, cases[c].n, cases[c].x, cases[c].y, lambdas[i], 0.9, bias);
            info = solve_small (&problem, &b);
            g_assert_cmpint (info.status, ==, SMOOTH_STATUS_CONVERGED);
            for (gint64 e = 0; e < b->n_rows * b->n_cols; e++)
              g_assert_true (isfinite (b->values[e]) && b->values[e] >= 0);
            if (cases[c].x == zero || cases[c].y == zero)
              for (gint64 e = 0; e < b->n_rows * b->n_cols; e++)
                g_assert_cmpfloat (b->values[e], ==, 0);
          }
      }
}

/* Equal signatures: the optimum is not unique, its value is, and is that of the problem with one of the two. */
static void
test_collinear (void)
{
  SmoothRng rng;
  double x[20 * 3], y[20 * 40];
  const double lambdas[] = { 0, 1e-3, 1 };

  smooth_i_rng_init (&rng, 5, 0);
  for (gint g = 0; g < 20; g++)
    {
      x[g] = smooth_i_rng_uniform (&rng);
      x[20 + g] = x[40 + g] = smooth_i_rng_uniform (&rng);
    }
  for (gint e = 0; e < 20 * 40; e++)
    y[e] = smooth_i_rng_uniform (&rng);
  for (gsize i = 0; i < G_N_ELEMENTS (lambdas); i++)
    {
      g_auto (Problem) two = { 0 }, three = { 0 };
      g_autoptr (SmoothMatrix) b2 = NULL;
      g_autoptr (SmoothMatrix) b3 = NULL;
      /* lambda c / K is what counts: with two equal types that share, half of it remains. */
      init_small (&two, 20, 2, 40, x, y, lambdas[i] * 2 / 3, 1, TRUE);
      init_small (&three, 20, 3, 40, x, y, lambdas[i], 1, TRUE);
      two.confidences[1] = 0.5;
      SmoothInfo info2 = solve_small (&two, &b2), info3 = solve_small (&three, &b3);
      g_assert_cmpint (info2.status, ==, SMOOTH_STATUS_CONVERGED);
      g_assert_cmpint (info3.status, ==, SMOOTH_STATUS_CONVERGED);
      g_assert_cmpfloat_with_epsilon (info2.objective, info3.objective, 1e-8 * info2.objective);
    }
}

/* u -= its mean and its parts along the rows of basis, then has length 1. */
static void
orthonormalise (double *u, gint n_genes, const double *basis, gint n_basis)
{
  double mean = 0, square = 0;

  for (gint g = 0; g < n_genes; g++)
    mean += u[g] / n_genes;
  for (gint g = 0; g < n_genes; g++)
    u[g] -= mean;
  for (gint i = 0; i < n_basis; i++)
    {
      double along = 0;
      for (gint g = 0; g < n_genes; g++)
        along += basis[i * n_genes + g] * u[g];
      for (gint g = 0; g < n_genes; g++)
        u[g] -= along * basis[i * n_genes + g];
    }
  for (gint g = 0; g < n_genes; g++)
    square += u[g] * u[g];
  for (gint g = 0; g < n_genes; g++)
    u[g] /= sqrt (square);
}

/* The first two or three types sum to a constant over the genes, which the bias takes up: together they are free, so that
 * one of them may be left out and the others have any sign. One more type must not be negative. Known by projections. */
static void
test_constant_sum (void)
{
  enum { N_GENES = 20, N_SPOTS = 60 };
  SmoothRng rng;
  double x[N_GENES * 4], basis[N_GENES * 3], y[N_GENES * N_SPOTS];

  smooth_i_rng_init (&rng, 9, 0);
  for (gint n_free = 1; n_free <= 2; n_free++)
    {
      gint n_types = n_free + 2;
      for (gint e = 0; e < N_GENES * N_SPOTS; e++)
        y[e] = smooth_i_rng_uniform (&rng);
      for (gint e = 0; e < N_GENES * 4; e++)
        x[e] = smooth_i_rng_uniform (&rng);
      for (gint g = 0; g < N_GENES; g++)
        x[n_free * N_GENES + g] = 3 - x[g] - (n_free == 2 ? x[N_GENES + g] : 0);
      for (gint i = 0; i < n_free; i++)
        {
          memcpy (basis + i * N_GENES, x + i * N_GENES, sizeof (double) * N_GENES);
          orthonormalise (basis + i * N_GENES, N_GENES, basis, i);
        }
      memcpy (basis + n_free * N_GENES, x + (n_free + 1) * N_GENES, sizeof (double) * N_GENES);
      orthonormalise (basis + n_free * N_GENES, N_GENES, basis, n_free);

      double expected = 0;
      for (gint s = 0; s < N_SPOTS; s++)
        {
          double mean = 0;
          for (gint g = 0; g < N_GENES; g++)
            mean += y[s * N_GENES + g] / N_GENES;
          for (gint g = 0; g < N_GENES; g++)
            expected += (y[s * N_GENES + g] - mean) * (y[s * N_GENES + g] - mean);
          for (gint i = 0; i <= n_free; i++)
            {
              double along = 0;
              for (gint g = 0; g < N_GENES; g++)
                along += basis[i * N_GENES + g] * y[s * N_GENES + g];
              expected -= i < n_free || along > 0 ? along * along : 0;
            }
        }
      expected /= N_GENES * N_SPOTS;

      g_auto (Problem) problem = { 0 };
      g_autoptr (SmoothMatrix) b = NULL;
      init_small (&problem, N_GENES, n_types, N_SPOTS, x, y, 0, 1, TRUE);
      SmoothInfo info = solve_small (&problem, &b);
      g_assert_cmpint (info.status, ==, SMOOTH_STATUS_CONVERGED);
      g_assert_true (info.relative_gap >= 0 && info.relative_gap <= 1e-6);
      g_assert_cmpfloat_with_epsilon (info.objective, expected, 2e-6 * expected);
      g_assert_cmpfloat (info.objective - expected, <=, (info.relative_gap + 1e-12) * info.objective);
    }
}

/* Q without a lower bound: said, finite, and soon. */
static void
test_indefinite (void)
{
  const ProblemSpec spec = { 400, 5, 1, 0.9, 20, TRUE, 0.3, 0, 51 };
  g_auto (Problem) problem = { 0 };
  g_autoptr (GError) error = NULL;
  SmoothInfo info;

  problem_init (&problem, &spec);
  const SmoothSparse *given = problem.precision->symmetric;
  g_autoptr (SmoothSparse) q = smooth_sparse_new (given->n_rows, given->n_cols, smooth_sparse_get_nnz (given), NULL);
  memcpy (q->starts, given->starts, sizeof (gint64) * (gsize) (given->n_cols + 1));
  memcpy (q->rows, given->rows, sizeof (gint32) * (gsize) smooth_sparse_get_nnz (given));
  for (gint64 j = 0; j < q->n_cols; j++)
    for (gint64 e = q->starts[j]; e < q->starts[j + 1]; e++)
      q->values[e] = q->rows[e] == j ? 1 : given->values[e];
  g_autoptr (SmoothPrecision) bad = smooth_precision_new_from_matrix (q, NULL);
  bad->is_semidefinite = FALSE;

  g_autoptr (SmoothDeconvolver) solver = make_solver (&problem);
  SmoothDeconvolutionSettings settings = settings_for (&problem, 1e-6);
  settings.lambda = 1e-4; /* the data still hold it */
  g_assert_true (smooth_deconvolver_set_precision (solver, bad, NULL, &error));
  g_assert_true (smooth_deconvolver_solve (solver, &settings, NULL, NULL, &info, NULL, &error));
  g_assert_cmpint (info.status, ==, SMOOTH_STATUS_CONVERGED);
  g_assert_cmpfloat (info.relative_gap, <=, 1e-6);
  settings.lambda = 100;
  g_assert_true (smooth_deconvolver_solve (solver, &settings, NULL, NULL, &info, NULL, &error));
  g_assert_cmpint (info.status, ==, SMOOTH_STATUS_INDEFINITE);
  g_assert_true (isfinite (info.objective) && isnan (info.relative_gap));
  g_autoptr (SmoothMatrix) b = smooth_deconvolver_dup_abundances (solver, NULL);
  for (gint64 e = 0; e < b->n_rows * b->n_cols; e++)
    g_assert_true (isfinite (b->values[e]));
}

static gboolean
count_and_stop (SmoothDeconvolver *solver, const SmoothInfo *info, gpointer data)
{
  g_autoptr (SmoothMatrix) b = smooth_deconvolver_dup_abundances (solver, NULL);

  g_assert_cmpint (info->status, ==, SMOOTH_STATUS_IMPROVING);
  g_assert_true (isnan (info->objective) && isnan (info->kkt_residual)); /* the first one comes without a certificate */
  g_assert_nonnull (b);
  return --*(gint *) data > 0;
}

static void
test_interruption (void)
{
  const ProblemSpec spec = { 500, 6, 10, 0.99, 100, TRUE, 0.3, 0, 61 };
  g_auto (Problem) problem = { 0 };
  g_autoptr (GError) error = NULL;
  SmoothInfo info;
  gint n_left = 1;

  problem_init (&problem, &spec);
  g_autoptr (SmoothDeconvolver) solver = make_solver (&problem);
  SmoothDeconvolutionSettings settings = settings_for (&problem, 1e-9);
  g_assert_true (smooth_deconvolver_solve (solver, &settings, count_and_stop, &n_left, &info, NULL, &error));
  g_assert_cmpint (n_left, ==, 0);
  g_assert_cmpint (info.status, ==, SMOOTH_STATUS_IMPROVING);
  settings.max_iterations = 1;
  g_assert_true (smooth_deconvolver_solve (solver, &settings, NULL, NULL, &info, NULL, &error));
  g_assert_cmpint (info.status, ==, SMOOTH_STATUS_STOPPED);
  g_assert_cmpfloat (info.kkt_residual, >, 1e-9);

  g_autoptr (SmoothRun) run = smooth_run_new (1);
  smooth_run_cancel (run);
  g_assert_false (smooth_deconvolver_solve (solver, &settings, NULL, NULL, &info, run, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_CANCELLED);
}

static void
test_refused (void)
{
  const ProblemSpec spec = { 30, 3, 1, 0.9, 10, TRUE, 0.3, 0, 71 };
  g_auto (Problem) problem = { 0 };
  g_auto (Problem) larger = { 0 };
  ProblemSpec more = spec;
  double confidences[] = { 1, -1, 1 };
  SmoothDeconvolutionSettings settings;
  SmoothInfo info;

  more.n = 31;
  problem_init (&problem, &spec);
  problem_init (&larger, &more);
  g_autoptr (SmoothDeconvolver) solver = make_solver (&problem);
#define REFUSED(call, code)                                  \
  {                                                          \
    g_autoptr (GError) error = NULL;                         \
    g_assert_true (!(call));                                 \
    g_assert_error (error, SMOOTH_ERROR, code);              \
  }
  REFUSED (smooth_deconvolver_set_precision (solver, larger.precision, NULL, &error), SMOOTH_ERROR_MISMATCH)
  REFUSED (smooth_deconvolver_set_precision (solver, problem.precision, confidences, &error), SMOOTH_ERROR_VALUE)
  REFUSED (smooth_deconvolver_set_abundances (solver, larger.optimum, &error), SMOOTH_ERROR_MISMATCH)
  settings = settings_for (&problem, 1e-6);
  settings.lambda = -1;
  REFUSED (smooth_deconvolver_solve (solver, &settings, NULL, NULL, &info, NULL, &error), SMOOTH_ERROR_VALUE)
  settings.lambda = NAN;
  REFUSED (smooth_deconvolver_solve (solver, &settings, NULL, NULL, &info, NULL, &error), SMOOTH_ERROR_VALUE)
  g_autoptr (SmoothMatrix) wrong = smooth_matrix_new (problem.n_genes + 1, 3, NULL);
  REFUSED (smooth_reduced_new (wrong, problem.expression, TRUE, NULL, &error), SMOOTH_ERROR_MISMATCH)
  problem.expression->values[5] = NAN;
  REFUSED (smooth_reduced_new (problem.signature, problem.expression, TRUE, NULL, &error), SMOOTH_ERROR_VALUE)
  problem.expression->values[5] = 1;
  problem.signature->values[2] = INFINITY;
  REFUSED (smooth_reduced_new (problem.signature, problem.expression, TRUE, NULL, &error), SMOOTH_ERROR_VALUE)
}

/* A graph too dense to colour: the fallback takes over. */
static void
test_dense_graph (void)
{
  const gint64 n = 700;
  const ProblemSpec spec = { n, 3, 1, 0.9, 10, TRUE, 0.3, 0, 81 };
  g_auto (Problem) problem = { 0 };
  g_autoptr (GError) error = NULL;
  SmoothInfo info;

  problem_init (&problem, &spec);
  g_autoptr (SmoothSparse) q = smooth_sparse_new (n, n, n * n, NULL);
  for (gint64 e = 0; e < n * n; e++)
    {
      q->rows[e] = (gint32) (e % n);
      q->values[e] = e % n == e / n ? 1 : -0.9 / (double) (n - 1);
    }
  for (gint64 j = 0; j <= n; j++)
    q->starts[j] = j * n;
  g_clear_pointer (&problem.precision, smooth_precision_unref);
  problem.precision = smooth_precision_new_from_matrix (q, NULL);
  g_autoptr (SmoothDeconvolver) solver = make_solver (&problem);
  SmoothDeconvolutionSettings settings = settings_for (&problem, 1e-7);
  g_assert_true (smooth_deconvolver_solve (solver, &settings, NULL, NULL, &info, NULL, &error));
  g_assert_cmpint (solver->layout->n_colours, ==, 0);
  g_assert_cmpint (info.status, ==, SMOOTH_STATUS_CONVERGED);
  g_autoptr (SmoothMatrix) b = smooth_deconvolver_dup_abundances (solver, NULL);
  Values values = problem_evaluate (&problem, b->values);
  g_assert_cmpfloat (values.kkt, <=, 1.01e-7);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/deconvolution/known-optimum", test_known_optimum);
  g_test_add_func ("/deconvolution/ill-conditioned", test_ill_conditioned);
  g_test_add_func ("/deconvolution/bound", test_bound);
  g_test_add_func ("/deconvolution/threads", test_threads);
  g_test_add_func ("/deconvolution/instruction-sets", test_instruction_sets);
  g_test_add_func ("/deconvolution/warm-starts", test_warm_starts);
  g_test_add_func ("/deconvolution/edited-rows", test_edited_rows);
  g_test_add_func ("/deconvolution/degenerate", test_degenerate);
  g_test_add_func ("/deconvolution/collinear", test_collinear);
  g_test_add_func ("/deconvolution/constant-sum", test_constant_sum);
  g_test_add_func ("/deconvolution/indefinite", test_indefinite);
  g_test_add_func ("/deconvolution/interruption", test_interruption);
  g_test_add_func ("/deconvolution/refused", test_refused);
  g_test_add_func ("/deconvolution/dense-graph", test_dense_graph);
  return g_test_run ();
}
