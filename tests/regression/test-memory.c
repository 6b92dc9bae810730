/* SPDX-License-Identifier: GPL-3.0-or-later */
/* 100,000 spots in a limited address space: every problem is solved within three times its inputs, factor and result.
 *
 * Each problem has a process of its own, with one thread. It solves a small problem first, so that the libraries' own
 * buffers are there; then it makes the inputs, leaves itself the rest of the allowance and solves. A dense matrix of spots
 * by spots would take 80 GB.
 */
#include "base/rng.h"
#include "linalg/blas.h"
#include "linalg/cholesky.h"
#include "model/clusters.h"
#include "model/deconvolution.h"
#include "model/imputation.h"
#include "model/pca.h"
#include "model/uncertainty.h"
#include "precision/decay.h"
#include "precision/loss.h"

#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#if defined(__SANITIZE_ADDRESS__)
#define HAS_SHADOW 1
#else
#define HAS_SHADOW 0
#endif

#define N_SPOTS 100000
#define N_WARM 400
#define N_GENES 200
#define N_TYPES 10
#define N_COMPONENTS 10
#define N_FEATURES 10
#define N_KNOWN_GENES 80 /* of a spot */
#define PITCH 100.0

#define ALLOWANCE 3.0
#define TIME_LIMIT (120 * G_USEC_PER_SEC)
#define SLACK (8 << 20) /* bytes: pages, alignment to huge pages, the heap of small things */

/* What problems are made of; what one does not need is NULL. */
typedef struct
{
  gint64 n;
  double *coords;
  SmoothGraph *graph;
  SmoothPrecision *precision;
  SmoothMatrix *signature;
  SmoothSparse *expression;
  SmoothMatrix *values; /* of spots, a few rows */
  SmoothReduced *reduced;
  gint32 *observed;
  SmoothMatrix *measured;
} Inputs;

/* Solves, and frees what it made. Returns: its size in bytes, 0 on error */
typedef gint64 (*SolveFunc) (const Inputs *inputs, SmoothRun *run, GError **error);
typedef void (*MakeFunc) (Inputs *inputs);
typedef gint64 (*SizeFunc) (const Inputs *inputs);

typedef struct
{
  const char *name;
  MakeFunc make;
  SolveFunc solve;
  SizeFunc factor; /* (nullable): bytes of the factor that the problem needs */
} Case;

/* ---- Sizes ---- */

static gint64
matrix_size (const SmoothMatrix *matrix)
{
  return matrix != NULL ? matrix->n_rows * matrix->n_cols * 8 : 0;
}

static gint64
sparse_size (const SmoothSparse *sparse)
{
  return sparse != NULL ? smooth_sparse_get_nnz (sparse) * 12 + sparse->n_cols * 8 : 0;
}

static gint64
precision_size (const SmoothPrecision *precision)
{
  if (precision == NULL)
    return 0;
  return sparse_size (precision->symmetric) + (precision->q != precision->symmetric ? sparse_size (precision->q) : 0)
         + precision->n_spots * 8;
}

static gint64
inputs_size (const Inputs *inputs)
{
  return (inputs->coords != NULL ? inputs->n * 16 : 0) + (inputs->graph != NULL ? sparse_size (inputs->graph->weights) : 0)
         + precision_size (inputs->precision) + matrix_size (inputs->signature) + sparse_size (inputs->expression)
         + matrix_size (inputs->values) + matrix_size (inputs->measured) + (inputs->observed != NULL ? inputs->n * 4 : 0)
         + (inputs->reduced != NULL ? inputs->n * N_TYPES * 8 : 0);
}

/* A factor and the matrix that it is of. */
static gint64
factor_size (const SmoothSparse *pattern)
{
  g_autoptr (SmoothSymbolic) symbolic = smooth_symbolic_new (pattern, NULL, 0, NULL, NULL);

  return smooth_symbolic_get_nnz (symbolic) * 8 + sparse_size (pattern);
}

static gint64
weights_factor_size (const Inputs *inputs)
{
  return factor_size (inputs->graph->weights);
}

static gint64
prior_factor_size (const Inputs *inputs)
{
  return factor_size (inputs->precision->symmetric);
}

/* Of Q between every other spot: those that are missing, and about as many as have a type. */
static gint64
half_factor_size (const Inputs *inputs)
{
  const SmoothSparse *q = inputs->precision->symmetric;
  gint64 n = inputs->n / 2, nnz = 0;
  g_autoptr (SmoothSparse) half = smooth_sparse_new (n, n, smooth_sparse_get_nnz (q), NULL);

  for (gint64 j = 0; j < n; j++)
    {
      for (gint64 e = q->starts[2 * j + 1]; e < q->starts[2 * j + 2]; e++)
        if (q->rows[e] % 2 == 1)
          {
            half->rows[nnz] = q->rows[e] / 2;
            half->values[nnz++] = q->values[e];
          }
      half->starts[j + 1] = nnz;
    }
  return factor_size (half);
}

/* Of a block for each spot, of its types and its constant, where spots have weights of their own. */
static gint64
blocks_size (const Inputs *inputs)
{
  return inputs->n * (N_TYPES + 1) * (N_TYPES + 2) / 2 * 8;
}

/* Bytes in a field of /proc/self/status. */
static gint64
process_size (const char *field)
{
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents ("/proc/self/status", &text, NULL, NULL));
  const char *line = strstr (text, field);
  g_assert_nonnull (line);
  return g_ascii_strtoll (line + strlen (field) + 1, NULL, 10) * 1024;
}

/* The highest size so far is that of now, where the system allows it. */
static void
forget_peak (void)
{
  FILE *file = fopen ("/proc/self/clear_refs", "w");

  if (file == NULL)
    return;
  fputs ("5", file);
  fclose (file);
}

/* ---- Inputs ---- */

static void
make_coords (Inputs *inputs)
{
  gint64 side = (gint64) ceil (sqrt ((double) inputs->n));

  inputs->coords = g_new (double, 2 * inputs->n);
  for (gint64 i = 0; i < inputs->n; i++)
    {
      inputs->coords[2 * i] = PITCH * ((double) (i % side) + 0.5 * (double) (i / side % 2));
      inputs->coords[2 * i + 1] = PITCH * sqrt (0.75) * (double) (i / side);
    }
}

static void
make_graph (Inputs *inputs)
{
  make_coords (inputs);
  inputs->graph = smooth_graph_new (inputs->coords, inputs->n, 2, PITCH, NULL, NULL, NULL);
}

static void
make_prior (Inputs *inputs, gint kind)
{
  SmoothPrecisionSettings settings = { .kind = kind, .rho = 0.99 };

  make_graph (inputs);
  inputs->precision = smooth_precision_new (inputs->graph, &settings, NULL, NULL);
  g_clear_pointer (&inputs->graph, smooth_graph_unref);
}

static SmoothMatrix *
make_matrix (gint64 n_rows, gint64 n_cols, guint64 seed)
{
  SmoothMatrix *matrix = smooth_matrix_new (n_rows, n_cols, NULL);
  SmoothRng rng;

  smooth_i_rng_init (&rng, seed, 0);
  for (gint64 e = 0; e < n_rows * n_cols; e++)
    matrix->values[e] = smooth_i_rng_uniform (&rng);
  return matrix;
}

static void
make_values (Inputs *inputs)
{
  make_prior (inputs, SMOOTH_PRIOR_ICAR);
  g_clear_pointer (&inputs->coords, g_free);
  inputs->values = make_matrix (N_COMPONENTS, inputs->n, 2);
}

static void
make_sar_values (Inputs *inputs)
{
  make_prior (inputs, SMOOTH_PRIOR_SAR);
  g_clear_pointer (&inputs->coords, g_free);
  inputs->values = make_matrix (N_COMPONENTS, inputs->n, 2);
}

static void
make_points (Inputs *inputs)
{
  inputs->values = make_matrix (N_COMPONENTS, inputs->n, 2);
}

static void
make_icar (Inputs *inputs)
{
  make_prior (inputs, SMOOTH_PRIOR_ICAR);
}

/* Spots that are mixtures of two types each, in a part of the genes. */
static void
make_expression (Inputs *inputs)
{
  SmoothRng rng;

  make_values (inputs);
  g_clear_pointer (&inputs->values, smooth_matrix_unref);
  inputs->signature = make_matrix (N_GENES, N_TYPES, 1);
  inputs->expression = smooth_sparse_new (N_GENES, inputs->n, inputs->n * N_KNOWN_GENES, NULL);
  smooth_i_rng_init (&rng, 3, 0);
  for (gint64 i = 0; i < inputs->n; i++)
    {
      gint64 first = smooth_i_rng_index (&rng, N_GENES - N_KNOWN_GENES), a = i * N_TYPES / inputs->n,
             b = smooth_i_rng_index (&rng, N_TYPES);
      for (gint64 t = 0; t < N_KNOWN_GENES; t++)
        {
          inputs->expression->rows[i * N_KNOWN_GENES + t] = (gint32) (first + t);
          inputs->expression->values[i * N_KNOWN_GENES + t] = smooth_matrix_column (inputs->signature, a)[first + t]
                                                              + 0.5 * smooth_matrix_column (inputs->signature, b)[first + t];
        }
      inputs->expression->starts[i + 1] = (i + 1) * N_KNOWN_GENES;
    }
}

static void
make_measured (Inputs *inputs)
{
  make_prior (inputs, SMOOTH_PRIOR_ICAR);
  g_clear_pointer (&inputs->coords, g_free);
  inputs->observed = g_new (gint32, inputs->n);
  for (gint64 i = 0; i < inputs->n / 2; i++)
    inputs->observed[i] = (gint32) (2 * i);
  inputs->measured = make_matrix (inputs->n / 2, N_FEATURES, 4);
}

static void
make_reduced (Inputs *inputs)
{
  make_expression (inputs);
  inputs->reduced = smooth_reduced_new (inputs->signature, inputs->expression, TRUE, NULL, NULL);
  inputs->values = make_matrix (N_TYPES, inputs->n, 5);
  for (gint64 e = 0; e < inputs->n * N_TYPES; e++)
    inputs->values->values[e] = inputs->values->values[e] < 0.5 ? 0.0 : inputs->values->values[e];
  g_clear_pointer (&inputs->expression, smooth_sparse_unref);
  g_clear_pointer (&inputs->signature, smooth_matrix_unref);
}

static void
inputs_clear (Inputs *inputs)
{
  g_free (inputs->coords);
  g_free (inputs->observed);
  g_clear_pointer (&inputs->graph, smooth_graph_unref);
  g_clear_pointer (&inputs->precision, smooth_precision_unref);
  g_clear_pointer (&inputs->signature, smooth_matrix_unref);
  g_clear_pointer (&inputs->expression, smooth_sparse_unref);
  g_clear_pointer (&inputs->values, smooth_matrix_unref);
  g_clear_pointer (&inputs->reduced, smooth_reduced_unref);
  g_clear_pointer (&inputs->measured, smooth_matrix_unref);
}

/* ---- Problems ---- */

static gint64
solve_graph (const Inputs *inputs, SmoothRun *run, GError **error)
{
  g_autoptr (SmoothGraph) graph = smooth_graph_new (inputs->coords, inputs->n, 2, PITCH, NULL, run, error);

  return graph != NULL ? sparse_size (graph->weights) : 0;
}

static gint64
solve_precision (const Inputs *inputs, gint kind, gboolean standardise, SmoothRun *run, GError **error)
{
  SmoothPrecisionSettings settings = { .kind = kind, .rho = 0.99, .standardise = standardise };
  g_autoptr (SmoothPrecision) precision = smooth_precision_new (inputs->graph, &settings, run, error);

  return precision_size (precision);
}

static gint64
solve_icar (const Inputs *inputs, SmoothRun *run, GError **error)
{
  return solve_precision (inputs, SMOOTH_PRIOR_ICAR, FALSE, run, error);
}

static gint64
solve_sar (const Inputs *inputs, SmoothRun *run, GError **error)
{
  return solve_precision (inputs, SMOOTH_PRIOR_SAR, FALSE, run, error);
}

static gint64
solve_standardised (const Inputs *inputs, SmoothRun *run, GError **error)
{
  return solve_precision (inputs, SMOOTH_PRIOR_ICAR, TRUE, run, error);
}

static gint64
solve_loss (const Inputs *inputs, SmoothRun *run, GError **error)
{
  g_autoptr (SmoothMatrix) gradient = smooth_matrix_new (inputs->values->n_rows, inputs->n, error);
  double loss;

  if (gradient == NULL || !smooth_spatial_loss (inputs->precision, inputs->values, NULL, TRUE, &loss, gradient, run, error))
    return 0;
  return matrix_size (gradient);
}

static gint64
solve_contrastive_loss (const Inputs *inputs, SmoothRun *run, GError **error)
{
  SmoothContrastSettings settings;
  SmoothContrast contrast;
  g_autoptr (SmoothMatrix) gradient = smooth_matrix_new (inputs->values->n_rows, inputs->n, error);

  smooth_params_init (&smooth_contrast_params, &settings);
  settings.n_permutations = 5;
  if (gradient == NULL
      || !smooth_contrastive_loss (inputs->precision, inputs->values, NULL, &settings, NULL, TRUE, &contrast, gradient, run,
                                   error))
    return 0;
  return matrix_size (gradient);
}

static gint64
solve_decay (const Inputs *inputs, SmoothRun *run, GError **error)
{
  g_autoptr (SmoothDecay) decay = smooth_decay_new_of_prior (inputs->precision, inputs->coords, 2, 10, 64, 1, run, error);

  return decay != NULL ? inputs->n * 10 * 4 : 0; /* the nearest spots of each */
}

static gint64
solve_model (const Inputs *inputs, gint kind, SmoothRun *run, GError **error)
{
  SmoothDeconvolutionSettings settings;
  SmoothInfo info;
  g_autoptr (SmoothReduced) reduced = smooth_reduced_new (inputs->signature, inputs->expression, TRUE, run, error);
  g_autoptr (SmoothDeconvolver) solver = reduced != NULL ? smooth_deconvolver_new (reduced) : NULL;

  smooth_params_init (&smooth_deconvolution_params, &settings);
  settings.kind = kind;
  if (solver == NULL || !smooth_deconvolver_set_precision (solver, inputs->precision, NULL, error)
      || !smooth_deconvolver_solve (solver, &settings, NULL, NULL, &info, run, error))
    return 0;
  g_autoptr (SmoothMatrix) abundances = smooth_deconvolver_dup_abundances (solver, error);
  g_assert_cmpint (info.status, ==, SMOOTH_STATUS_CONVERGED);
  return matrix_size (abundances);
}

static gint64
solve_deconvolution (const Inputs *inputs, SmoothRun *run, GError **error)
{
  return solve_model (inputs, SMOOTH_MODEL_NNLS, run, error);
}

static gint64
solve_weighted (const Inputs *inputs, SmoothRun *run, GError **error)
{
  return solve_model (inputs, SMOOTH_MODEL_DWLS, run, error);
}

static gint64
solve_imputation (const Inputs *inputs, SmoothRun *run, GError **error)
{
  SmoothInfo info;
  g_autoptr (SmoothReport) report = smooth_report_new ();
  g_autoptr (SmoothMatrix) all =
      smooth_impute (inputs->precision, inputs->observed, inputs->measured, NULL, &info, report, run, error);

  return matrix_size (all);
}

static gint64
solve_denoising (const Inputs *inputs, SmoothRun *run, GError **error)
{
  SmoothInfo info;
  SmoothImputationSettings settings;

  smooth_params_init (&smooth_imputation_params, &settings);
  settings.fixed = FALSE;
  g_autoptr (SmoothMatrix) all =
      smooth_impute (inputs->precision, inputs->observed, inputs->measured, &settings, &info, NULL, run, error);
  return matrix_size (all);
}

static gint64
solve_posterior (const Inputs *inputs, SmoothRun *run, GError **error)
{
  double residual;
  g_autoptr (SmoothMatrix) scores = smooth_posterior_scores (inputs->precision, inputs->values, 1.0, &residual, run, error);

  return matrix_size (scores);
}

static gint64
solve_clusters (const Inputs *inputs, SmoothRun *run, GError **error)
{
  SmoothClusterSettings settings;

  smooth_params_init (&smooth_cluster_params, &settings);
  settings.n_restarts = 2;
  settings.max_iterations = 5;
  g_autoptr (SmoothClusters) clusters = smooth_clusters_new (inputs->values, NULL, &settings, run, error);
  return clusters != NULL ? inputs->n * 4 : 0;
}

static gint64
solve_uncertainty (const Inputs *inputs, SmoothRun *run, GError **error)
{
  SmoothUncertaintySettings settings;

  smooth_params_init (&smooth_uncertainty_params, &settings);
  settings.method = SMOOTH_UNCERTAINTY_BLOCKS;
  g_autoptr (SmoothUncertainty) uncertainty =
      smooth_uncertainty_new (inputs->reduced, inputs->precision, NULL, 0.1, inputs->values, &settings, run, error);
  return uncertainty != NULL ? matrix_size (uncertainty->abundances) + matrix_size (uncertainty->proportions) : 0;
}

static gint64
solve_components (const Inputs *inputs, SmoothRun *run, GError **error)
{
  SmoothPcaSettings settings;
  g_autoptr (SmoothGrams) grams = smooth_grams_new_from_precision (inputs->expression, inputs->precision, NULL, run, error);

  smooth_params_init (&smooth_pca_params, &settings);
  g_autoptr (SmoothPca) pca = grams != NULL ? smooth_pca_new (grams, &settings, 0.99, run, error) : NULL;
  return pca != NULL ? matrix_size (pca->scores) : 0;
}

/* ---- The limit ---- */

static void
limit_space (gint64 bytes)
{
  struct rlimit limit;

  g_assert_cmpint (getrlimit (RLIMIT_AS, &limit), ==, 0);
  limit.rlim_cur = (rlim_t) (process_size ("VmSize:") + bytes);
  g_assert_cmpint (setrlimit (RLIMIT_AS, &limit), ==, 0);
}

/* BLAS maps its own buffers when it first meets a large product, which small problems have none of. */
static void
warm_blas (void)
{
  const int n = 400;
  g_autoptr (SmoothMatrix) a = make_matrix (n, n, 6);
  g_autoptr (SmoothMatrix) b = make_matrix (n, n, 7);

  smooth_i_blas_init ();
  cblas_dgemm (CblasColMajor, CblasNoTrans, CblasTrans, n, n, n, 1.0, a->values, n, a->values, n, 0.0, b->values, n);
}

/* In its own process. The share that it used is printed: of inputs, factor and result. */
static void
run_case (const Case *problem)
{
  g_autoptr (SmoothRun) run = smooth_run_new (1);
  g_autoptr (GError) error = NULL;
  Inputs warm = { .n = N_WARM }, inputs = { .n = N_SPOTS };

  mallopt (M_ARENA_MAX, 1);
  mallopt (M_MMAP_THRESHOLD, 1 << 17); /* what is freed goes back at once */
  problem->make (&warm);
  gint64 result = problem->solve (&warm, run, &error) * N_SPOTS / N_WARM;
  g_assert_no_error (error);
  inputs_clear (&warm);
  warm_blas ();

  problem->make (&inputs);
  gint64 size = inputs_size (&inputs), factor = problem->factor != NULL ? problem->factor (&inputs) : 0,
         all = size + factor + result;
  malloc_trim (0);
  forget_peak ();
  gint64 before = process_size ("VmRSS:");
  limit_space ((gint64) (ALLOWANCE * (double) all) - size + SLACK);
  gint64 made = problem->solve (&inputs, run, &error);
  g_assert_no_error (error);
  g_assert_cmpint (made, >, 0);
  g_printerr ("%s: inputs %.1f MB, factor %.1f MB, result %.1f MB; %.2f times as much at most\n", problem->name,
              (double) size / 1e6, (double) factor / 1e6, (double) result / 1e6,
              (double) (process_size ("VmHWM:") - before + size) / (double) all);
  inputs_clear (&inputs);
}

static void
test_case (gconstpointer data)
{
  if (g_test_subprocess ())
    {
      run_case (data);
      return;
    }
  g_test_trap_subprocess (NULL, TIME_LIMIT, G_TEST_SUBPROCESS_INHERIT_STDERR);
  g_test_trap_assert_passed ();
}

/* The limit is one: a result as large as four allowances is refused, as an error. */
static void
test_limit_bites (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (GError) error = NULL;
      limit_space (SLACK);
      g_assert_null (smooth_matrix_new (4 * SLACK, 1, &error));
      g_assert_nonnull (error);
      return;
    }
  g_test_trap_subprocess (NULL, TIME_LIMIT, 0);
  g_test_trap_assert_passed ();
}

static const Case cases[] = {
  { "graph", make_coords, solve_graph, NULL },
  { "icar", make_graph, solve_icar, NULL },
  { "sar", make_graph, solve_sar, NULL },
  { "standardised", make_graph, solve_standardised, weights_factor_size },
  { "loss", make_values, solve_loss, NULL },
  { "loss-sar", make_sar_values, solve_loss, NULL },
  { "contrastive-loss", make_values, solve_contrastive_loss, NULL },
  { "decay", make_icar, solve_decay, prior_factor_size },
  { "deconvolution", make_expression, solve_deconvolution, NULL },
  { "deconvolution-weighted", make_expression, solve_weighted, blocks_size },
  { "imputation", make_measured, solve_imputation, half_factor_size },
  { "denoising", make_measured, solve_denoising, prior_factor_size },
  { "posterior-scores", make_values, solve_posterior, prior_factor_size },
  { "components", make_expression, solve_components, NULL },
  { "clusters", make_points, solve_clusters, NULL },
  { "uncertainty", make_reduced, solve_uncertainty, half_factor_size },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_setenv ("OPENBLAS_NUM_THREADS", "1", TRUE); /* each of its threads waits for 128 MB of its own, for ever */
  if (HAS_SHADOW)
    {
      g_print ("1..0 # SKIP the sanitizer needs the address space for itself\n");
      return 0;
    }
  g_test_add_func ("/memory/limit-bites", test_limit_bites);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/memory/%s", cases[i].name);
      g_test_add_data_func (path, &cases[i], test_case);
    }
  return g_test_run ();
}
