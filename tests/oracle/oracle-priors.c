/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Least squares of any sign and with a prior for each type or sma, against dense algebra in long double: elimination, and
 * coordinate descent where abundances must not be negative. */
#include "base/rng.h"
#include "model/deconvolution.h"

#include <math.h>
#include <string.h>

#define MOST_SWEEPS 2000000
#define ENOUGH 1e-13L
#define RIDGE 1e-9L

typedef enum
{
  NONE,
  SHARED,   /* ICAR for all */
  SQUARED,  /* SAR for all */
  BY_TYPE,  /* ICAR and SAR of different rho, one of them scaled by 100 */
  AVERAGES, /* SMA for all */
  MIXED,    /* SMA for one type, ICAR for the others */
} Prior;

typedef struct
{
  gint64 n;
  gint n_types;
  gint64 n_genes;
  Prior prior;
  double rho, lambda;
  gboolean bias;
  gboolean is_collinear; /* the last two types are equal */
} Spec;

typedef struct
{
  Spec spec;
  SmoothMatrix *signature;
  SmoothSparse *expression;
  SmoothPrecision **precisions; /* n_types */
  double *confidences;
  long double *data;    /* N x N, N = n n_types: I x H */
  long double *spatial; /* N x N: diag (m) Q */
  long double *r;       /* N */
  long double total;
} Problem;

/* A path that is cut in three, of random weights. */
static SmoothGraph *
make_graph (SmoothRng *rng, gint64 n)
{
  g_autofree gint32 *rows = g_new (gint32, 2 * n);
  g_autofree gint32 *cols = g_new (gint32, 2 * n);
  g_autofree double *values = g_new (double, 2 * n);
  gint64 nnz = 0;

  for (gint32 i = 1; i < n; i++)
    {
      if (i == n / 3 || i == n / 2)
        continue;
      rows[nnz] = cols[nnz + 1] = i - 1;
      cols[nnz] = rows[nnz + 1] = i;
      values[nnz] = values[nnz + 1] = 0.2 + 0.3 * smooth_i_rng_uniform (rng);
      nnz += 2;
    }
  g_autoptr (SmoothSparse) weights = smooth_sparse_new_from_triplets (n, n, nnz, rows, cols, values, NULL);
  return smooth_graph_new_from_weights (weights, NULL);
}

static SmoothPrecision *
make_precision (const SmoothGraph *graph, SmoothPriorKind kind, double rho, double factor)
{
  SmoothPrecisionSettings settings;
  g_autoptr (GError) error = NULL;

  smooth_params_init (&smooth_precision_params, &settings);
  settings.kind = kind;
  settings.rho = rho;
  g_autoptr (SmoothPrecision) precision = smooth_precision_new (graph, &settings, NULL, &error);
  g_assert_no_error (error);
  if (factor == 1)
    return g_steal_pointer (&precision);
  for (gint64 e = 0; e < smooth_sparse_get_nnz (precision->symmetric); e++)
    precision->symmetric->values[e] *= factor;
  return smooth_precision_new_from_matrix (precision->symmetric, NULL);
}

static SmoothPrecision *
precision_of_type (const SmoothGraph *graph, const Spec *spec, gint k)
{
  switch (spec->prior)
    {
    case SQUARED:
      return make_precision (graph, SMOOTH_PRIOR_SAR, spec->rho, 1);
    case BY_TYPE:
      return make_precision (graph, k % 2 == 0 ? SMOOTH_PRIOR_ICAR : SMOOTH_PRIOR_SAR, spec->rho * (1 - 0.1 * k),
                             k == 1 ? 100 : 1);
    case AVERAGES:
      return make_precision (graph, SMOOTH_PRIOR_SMA, spec->rho, 1);
    case MIXED:
      return make_precision (graph, k == 0 ? SMOOTH_PRIOR_SMA : SMOOTH_PRIOR_ICAR, spec->rho, 1);
    case NONE:
    case SHARED:
    default:
      return make_precision (graph, SMOOTH_PRIOR_ICAR, spec->rho, 1);
    }
}

/* Solves A x = b for several right-hand sides by elimination with pivots; a: n x n and b: n x m, row-major, both
 * overwritten. */
static void
eliminate (long double *a, long double *b, gint64 n, gint64 m)
{
  for (gint64 c = 0; c < n; c++)
    {
      gint64 pivot = c;
      for (gint64 i = c; i < n; i++)
        if (fabsl (a[i * n + c]) > fabsl (a[pivot * n + c]))
          pivot = i;
      for (gint64 j = 0; pivot != c && j < n; j++)
        {
          long double swap = a[c * n + j];
          a[c * n + j] = a[pivot * n + j];
          a[pivot * n + j] = swap;
        }
      for (gint64 j = 0; pivot != c && j < m; j++)
        {
          long double swap = b[c * m + j];
          b[c * m + j] = b[pivot * m + j];
          b[pivot * m + j] = swap;
        }
      for (gint64 i = 0; i < n; i++)
        {
          long double factor = i != c ? a[i * n + c] / a[c * n + c] : 0;
          for (gint64 j = c; factor != 0 && j < n; j++)
            a[i * n + j] -= factor * a[c * n + j];
          for (gint64 j = 0; factor != 0 && j < m; j++)
            b[i * m + j] -= factor * b[c * m + j];
        }
    }
  for (gint64 i = 0; i < n; i++)
    for (gint64 j = 0; j < m; j++)
      b[i * m + j] /= a[i * n + i];
}

/* n x n: of a matrix prior its entries, of SMA the inverse of (I + rho W) (I + rho W)'. */
static long double *
densify (const SmoothPrecision *precision, const SmoothGraph *graph, double rho)
{
  gint64 n = precision->n_spots;
  long double *dense = g_new0 (long double, n *n);

  if (precision->symmetric != NULL)
    {
      for (gint64 j = 0; j < n; j++)
        for (gint64 e = precision->symmetric->starts[j]; e < precision->symmetric->starts[j + 1]; e++)
          dense[precision->symmetric->rows[e] * n + j] += precision->symmetric->values[e];
      return dense;
    }
  g_autofree long double *a = g_new0 (long double, n *n);
  g_autofree long double *gram = g_new0 (long double, n *n);
  for (gint64 i = 0; i < n; i++)
    {
      a[i * n + i] = dense[i * n + i] = 1;
      for (gint64 e = graph->weights->starts[i]; e < graph->weights->starts[i + 1]; e++)
        a[i * n + graph->weights->rows[e]] += (long double) rho * graph->weights->values[e];
    }
  for (gint64 i = 0; i < n; i++)
    for (gint64 j = 0; j < n; j++)
      for (gint64 l = 0; l < n; l++)
        gram[i * n + j] += a[i * n + l] * a[j * n + l];
  eliminate (gram, dense, n, n);
  return dense;
}

/* H and R by plain loops, and both parts of the Hessian as full matrices. */
static void
fill_dense (Problem *problem, const SmoothGraph *graph)
{
  const Spec *spec = &problem->spec;
  gint n_types = spec->n_types;
  gint64 n = spec->n, size = n * n_types, n_genes = spec->n_genes;
  g_autofree long double *x = g_new (long double, n_genes *n_types);

  problem->data = g_new0 (long double, size *size);
  problem->spatial = g_new0 (long double, size *size);
  problem->r = g_new0 (long double, size);
  for (gint k = 0; k < n_types; k++)
    {
      long double mean = 0;
      for (gint64 g = 0; g < n_genes; g++)
        mean += problem->signature->values[k * n_genes + g] / (long double) n_genes;
      for (gint64 g = 0; g < n_genes; g++)
        x[k * n_genes + g] = problem->signature->values[k * n_genes + g] - (spec->bias ? mean : 0);
    }
  for (gint64 i = 0; i < n; i++)
    {
      const SmoothSparse *y = problem->expression;
      long double sum = 0, square = 0;
      for (gint64 e = y->starts[i]; e < y->starts[i + 1]; e++)
        {
          sum += y->values[e];
          square += (long double) y->values[e] * y->values[e];
          for (gint k = 0; k < n_types; k++)
            problem->r[i * n_types + k] += x[k * n_genes + y->rows[e]] * y->values[e] / n_genes;
        }
      problem->total += (square - (spec->bias ? sum * sum / n_genes : 0)) / n_genes;
      for (gint k = 0; k < n_types; k++)
        for (gint l = 0; l < n_types; l++)
          for (gint64 g = 0; g < n_genes; g++)
            problem->data[(i * n_types + k) * size + i * n_types + l] += x[k * n_genes + g] * x[l * n_genes + g] / n_genes;
    }
  for (gint k = 0; spec->prior != NONE && k < n_types; k++)
    {
      g_autofree long double *q = densify (problem->precisions[k], graph, spec->rho);
      for (gint64 i = 0; i < n; i++)
        for (gint64 j = 0; j < n; j++)
          problem->spatial[(i * n_types + k) * size + j * n_types + k] =
              (long double) spec->lambda * problem->confidences[k] / n_types * q[i * n + j];
    }
}

static void
problem_init (Problem *problem, const Spec *spec, guint64 seed)
{
  SmoothRng rng;
  gint64 n_genes = spec->n_genes;

  smooth_i_rng_init (&rng, seed, 0);
  *problem = (Problem){ .spec = *spec };
  problem->signature = smooth_matrix_new (n_genes, spec->n_types, NULL);
  for (gint64 e = 0; e < n_genes * spec->n_types; e++)
    problem->signature->values[e] = 3 * smooth_i_rng_uniform (&rng);
  for (gint64 g = 0; spec->is_collinear && g < n_genes; g++)
    problem->signature->values[(spec->n_types - 1) * n_genes + g] =
        problem->signature->values[(spec->n_types - 2) * n_genes + g];
  g_autoptr (SmoothMatrix) y = smooth_matrix_new (n_genes, spec->n, NULL);
  for (gint64 e = 0; e < n_genes * spec->n; e++)
    y->values[e] = smooth_i_rng_uniform (&rng) < 0.3 ? 0 : 2 * smooth_i_rng_uniform (&rng);
  problem->expression = smooth_sparse_new_from_dense (y, NULL);
  problem->confidences = g_new (double, spec->n_types);
  problem->precisions = g_new0 (SmoothPrecision *, spec->n_types);
  g_autoptr (SmoothGraph) graph = make_graph (&rng, spec->n);
  for (gint k = 0; k < spec->n_types; k++)
    {
      problem->confidences[k] = 0.4 + 0.6 * smooth_i_rng_uniform (&rng);
      problem->precisions[k] = precision_of_type (graph, spec, k);
    }
  fill_dense (problem, graph);
}

static void
problem_clear (Problem *problem)
{
  for (gint k = 0; k < problem->spec.n_types; k++)
    smooth_precision_unref (problem->precisions[k]);
  g_free (problem->precisions);
  g_free (problem->confidences);
  smooth_matrix_unref (problem->signature);
  smooth_sparse_unref (problem->expression);
  g_free (problem->data);
  g_free (problem->spatial);
  g_free (problem->r);
}

/* Fills b with the optimum; equal signatures leave shares open, which a small ridge decides. */
static void
solve_dense (const Problem *problem, gboolean is_free, long double *b)
{
  gint64 size = problem->spec.n * problem->spec.n_types;
  g_autofree long double *a = g_new (long double, size *size);
  g_autofree gint64 *filled = g_new (gint64, size * (size + 1)); /* a row: how many, then which columns are not 0 */
  long double worst = 1, scale = 0;

  for (gint64 e = 0; e < size; e++)
    {
      gint64 *row = filled + e * (size + 1), n = 0;
      for (gint64 f = 0; f < size; f++)
        {
          a[e * size + f] = problem->data[e * size + f] + problem->spatial[e * size + f];
          if (e == f && problem->spec.is_collinear)
            a[e * size + f] *= 1 + RIDGE;
          if (a[e * size + f] != 0)
            row[++n] = f;
        }
      row[0] = n;
    }
  if (is_free)
    {
      memcpy (b, problem->r, (gsize) size * sizeof *b);
      eliminate (a, b, size, 1);
      return;
    }
  memset (b, 0, (gsize) size * sizeof *b);
  for (gint64 e = 0; e < size; e++)
    scale = fmaxl (scale, fabsl (problem->r[e]));
  for (gint64 sweep = 0; sweep < MOST_SWEEPS && worst > ENOUGH * scale; sweep++)
    {
      worst = 0;
      for (gint64 e = 0; e < size; e++)
        {
          long double gradient = -problem->r[e];
          for (gint64 f = 1; f <= filled[e * (size + 1)]; f++)
            gradient += a[e * size + filled[e * (size + 1) + f]] * b[filled[e * (size + 1) + f]];
          long double next = fmaxl (0, b[e] - gradient / a[e * size + e]);
          worst = fmaxl (worst, fabsl (next - b[e]) * a[e * size + e]);
          b[e] = next;
        }
    }
  g_assert_cmpfloat ((double) (worst / scale), <=, (double) ENOUGH);
}

/* Both terms of the objective. */
static void
evaluate (const Problem *problem, const long double *b, double *data, double *spatial)
{
  gint64 size = problem->spec.n * problem->spec.n_types;
  long double fit = problem->total, roughness = 0;

  for (gint64 e = 0; e < size; e++)
    {
      fit -= 2 * problem->r[e] * b[e];
      for (gint64 f = 0; f < size; f++)
        {
          fit += b[e] * problem->data[e * size + f] * b[f];
          roughness += b[e] * problem->spatial[e * size + f] * b[f];
        }
    }
  *data = (double) (fit / problem->spec.n);
  *spatial = (double) (roughness / problem->spec.n);
}

static SmoothDeconvolver *
make_solver (const Problem *problem)
{
  const Spec *spec = &problem->spec;
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothReduced) reduced = smooth_reduced_new (problem->signature, problem->expression, spec->bias, NULL, &error);
  g_assert_no_error (error);
  SmoothDeconvolver *solver = smooth_deconvolver_new (reduced);

  if (spec->prior == BY_TYPE || spec->prior == MIXED)
    g_assert_true (smooth_deconvolver_set_precisions (solver, problem->precisions, problem->confidences, &error));
  else if (spec->prior != NONE)
    g_assert_true (smooth_deconvolver_set_precision (solver, problem->precisions[0], problem->confidences, &error));
  return solver;
}

/* What is claimed is true of what is returned, and it is the optimum. */
static void
compare (const Problem *problem, SmoothDeconvolver *solver, SmoothModelKind kind)
{
  const Spec *spec = &problem->spec;
  gint64 size = spec->n * spec->n_types;
  g_autofree long double *best = g_new (long double, size);
  g_autofree long double *found = g_new (long double, size);
  g_autoptr (GError) error = NULL;
  SmoothDeconvolutionSettings settings;
  double data, spatial, best_data, best_spatial, largest = 1, off = 0;
  SmoothInfo info;

  smooth_params_init (&smooth_deconvolution_params, &settings);
  settings.kind = kind;
  settings.lambda = spec->lambda;
  settings.tolerance = 1e-11;
  g_assert_true (smooth_deconvolver_solve (solver, &settings, NULL, NULL, &info, NULL, &error));
  g_autoptr (SmoothMatrix) b = smooth_deconvolver_dup_abundances (solver, &error);
  for (gint64 e = 0; e < size; e++)
    found[e] = b->values[e];
  evaluate (problem, found, &data, &spatial);
  g_test_message ("prior %d lambda %g model %d: %s, %d iterations, kkt %.2e gap %.2e", spec->prior, spec->lambda, kind,
                  smooth_status_get_name (info.status), info.iterations, info.kkt_residual, info.relative_gap);
  g_assert_cmpint (info.status, ==, SMOOTH_STATUS_CONVERGED);
  g_assert_cmpfloat_with_epsilon (info.data_term, data, 1e-10 * (data + spatial));
  g_assert_cmpfloat_with_epsilon (info.spatial_term, spatial, 1e-10 * (data + spatial));
  g_assert_cmpfloat_with_epsilon (info.objective, data + spatial, 1e-10 * (data + spatial));

  solve_dense (problem, kind == SMOOTH_MODEL_LINEAR, best);
  evaluate (problem, best, &best_data, &best_spatial);
  double tolerance = spec->is_collinear ? 100 * (double) RIDGE : 1e-10;
  g_assert_cmpfloat_with_epsilon (info.objective, best_data + best_spatial, tolerance * (best_data + best_spatial));
  for (gint64 e = 0; e < size; e++)
    {
      largest = fmax (largest, fabs ((double) best[e]));
      off = fmax (off, fabs ((double) (found[e] - best[e])));
    }
  if (!spec->is_collinear)
    g_assert_cmpfloat (off, <=, 1e-7 * largest);
  if (!isnan (info.relative_gap))
    g_assert_cmpfloat (info.objective - best_data - best_spatial, <=, (info.relative_gap + 1e-12) * info.objective);
}

/* Near the optimum, but not there, the gap is at most what is claimed. */
static void
compare_bound (const Problem *problem, SmoothDeconvolver *solver, SmoothModelKind kind)
{
  const Spec *spec = &problem->spec;
  gint64 size = spec->n * spec->n_types;
  g_autofree long double *b = g_new (long double, size);
  g_autoptr (SmoothMatrix) start = smooth_matrix_new (spec->n_types, spec->n, NULL);
  g_autoptr (GError) error = NULL;
  SmoothDeconvolutionSettings settings;
  double best_data, best_spatial;
  SmoothInfo info;
  SmoothRng rng;

  smooth_params_init (&smooth_deconvolution_params, &settings);
  settings.kind = kind;
  settings.lambda = spec->lambda;
  settings.tolerance = 0.1;
  solve_dense (problem, kind == SMOOTH_MODEL_LINEAR, b);
  evaluate (problem, b, &best_data, &best_spatial);
  smooth_i_rng_init (&rng, 1, 0);
  for (double off = 0.1; off > 1e-4; off *= 0.3)
    {
      for (gint64 e = 0; e < size; e++)
        start->values[e] = (double) b[e] + off * (smooth_i_rng_uniform (&rng) - 0.5);
      g_assert_true (smooth_deconvolver_set_abundances (solver, start, &error));
      g_assert_true (smooth_deconvolver_solve (solver, &settings, NULL, NULL, &info, NULL, &error));
      double gap = info.objective - best_data - best_spatial;
      g_assert_cmpfloat (gap, <=, info.relative_gap * info.objective * (1 + 1e-9) + 1e-12 * info.objective);
    }
}

static void
test_bounds (void)
{
  const Spec specs[] = {
    { 20, 4, 12, SHARED, 0.99, 1, TRUE, FALSE },  { 20, 4, 12, SQUARED, 0.9, 3, TRUE, FALSE },
    { 20, 4, 12, BY_TYPE, 0.95, 1, TRUE, FALSE }, { 24, 3, 9, AVERAGES, 0.9, 1e4, FALSE, FALSE },
    { 20, 3, 9, SHARED, 0.9, 3, TRUE, TRUE },     { 24, 3, 9, MIXED, 0.8, 100, TRUE, FALSE },
    { 20, 4, 12, NONE, 0.9, 0, TRUE, FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (specs); i++)
    {
      Problem problem;
      problem_init (&problem, &specs[i], 400 + i);
      g_autoptr (SmoothDeconvolver) solver = make_solver (&problem);
      compare_bound (&problem, solver, SMOOTH_MODEL_LINEAR);
      compare_bound (&problem, solver, SMOOTH_MODEL_NNLS);
      problem_clear (&problem);
    }
}

static void
test_models (void)
{
  const Spec specs[] = {
    { 20, 4, 12, NONE, 0.9, 0, TRUE, FALSE },     { 20, 4, 12, SHARED, 0.99, 0, TRUE, FALSE },
    { 20, 4, 12, SHARED, 0.99, 1, FALSE, FALSE }, { 20, 4, 12, SHARED, 0.9, 1e6, TRUE, FALSE },
    { 20, 4, 12, SQUARED, 0.9, 3, TRUE, FALSE },  { 20, 4, 12, BY_TYPE, 0.95, 1, TRUE, FALSE },
    { 20, 4, 12, BY_TYPE, 0.9, 0, TRUE, FALSE },  { 20, 4, 12, BY_TYPE, 0.9, 1e6, FALSE, FALSE },
    { 24, 3, 9, AVERAGES, 0.6, 1, TRUE, FALSE },  { 24, 3, 9, AVERAGES, 0.9, 30, FALSE, FALSE },
    { 24, 3, 9, AVERAGES, 0.6, 0, TRUE, FALSE },  { 24, 3, 9, MIXED, 0.8, 5, TRUE, FALSE },
    { 20, 1, 8, SHARED, 0.99, 1, TRUE, FALSE },   { 20, 1, 8, AVERAGES, 0.7, 1, TRUE, FALSE },
    { 20, 1, 8, BY_TYPE, 0.9, 1, FALSE, FALSE },  { 20, 2, 1, SHARED, 0.9, 1, FALSE, FALSE },
    { 20, 2, 1, BY_TYPE, 0.9, 1, FALSE, FALSE },  { 20, 2, 1, AVERAGES, 0.7, 1, FALSE, FALSE },
    { 20, 3, 9, SHARED, 0.9, 1, TRUE, TRUE },     { 20, 3, 9, SHARED, 0.9, 0, TRUE, TRUE },
    { 20, 3, 9, BY_TYPE, 0.9, 1, TRUE, TRUE },    { 20, 3, 9, AVERAGES, 0.7, 1, FALSE, TRUE },
    { 20, 3, 9, SHARED, 1, 1, TRUE, TRUE },       { 2, 3, 9, SHARED, 0.9, 1, TRUE, FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (specs); i++)
    {
      Problem problem;
      problem_init (&problem, &specs[i], 300 + i);
      g_autoptr (SmoothDeconvolver) solver = make_solver (&problem);
      compare (&problem, solver, SMOOTH_MODEL_LINEAR);
      if (!specs[i].is_collinear || specs[i].lambda > 0) /* else descent takes for ever */
        compare (&problem, solver, SMOOTH_MODEL_NNLS);   /* from the other model's optimum */
      compare (&problem, solver, SMOOTH_MODEL_LINEAR);
      problem_clear (&problem);
    }
}

/* One solver goes from one kind of prior to the next and finds each optimum. */
static void
test_exchange (void)
{
  const Prior priors[] = { SHARED, BY_TYPE, AVERAGES, NONE, MIXED, SQUARED, AVERAGES };
  g_autoptr (SmoothDeconvolver) solver = NULL;
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (priors); i++)
    {
      const Spec spec = { 20, 3, 9, priors[i], 0.8, 2, TRUE, FALSE };
      Problem problem;
      problem_init (&problem, &spec, 7);
      if (solver == NULL)
        solver = make_solver (&problem);
      else if (priors[i] == BY_TYPE || priors[i] == MIXED)
        g_assert_true (smooth_deconvolver_set_precisions (solver, problem.precisions, problem.confidences, &error));
      else
        g_assert_true (smooth_deconvolver_set_precision (solver, priors[i] == NONE ? NULL : problem.precisions[0],
                                                         problem.confidences, &error));
      compare (&problem, solver, SMOOTH_MODEL_NNLS);
      compare (&problem, solver, SMOOTH_MODEL_LINEAR);
      problem_clear (&problem);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/priors/models", test_models);
  g_test_add_func ("/priors/exchange", test_exchange);
  g_test_add_func ("/priors/bounds", test_bounds);
  return g_test_run ();
}
