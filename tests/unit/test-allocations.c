/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every allocation that grows with the data fails in turn: each time there is an error in words, and nothing is left behind.
 */
#include "failing-malloc.h"

#include "base/error.h"
#include "base/rng.h"
#include "graph/similarity.h"
#include "model/clusters.h"
#include "model/deconvolution.h"
#include "model/imputation.h"
#include "model/pca.h"
#include "model/uncertainty.h"
#include "precision/decay.h"
#include "precision/loss.h"

#include <math.h>
#include <string.h>

#if HAS_FAILING_MALLOC

#define SIDE 40
#define N (SIDE * SIDE)
#define N_GENES 30
#define N_TYPES 4

typedef struct
{
  double *coords;
  double *crowded; /* but one, in a corner: there is a tree instead of cells */
  SmoothGraph *graph;
  SmoothGraph *directed;
  SmoothPrecision *precision;
  SmoothMatrix *signature;
  SmoothSparse *expression;
  SmoothMatrix *values; /* N_TYPES x N, some of them 0 */
  SmoothReduced *reduced;
  gint32 *observed;
  SmoothMatrix *measured;
  SmoothRun *run;
} World;

/* Does something, tells a number that shows whether it is right, and frees it again. */
typedef gboolean (*Deed) (const World *world, double *answer, GError **error);

typedef struct
{
  const char *name;
  Deed deed;
  gboolean is_leaky; /* a library loses memory on errors of its own */
} Case;

static double
sum_up (const double *values, gint64 n)
{
  double sum = 0.0;

  for (gint64 e = 0; e < n; e++)
    sum += values[e] * (1.0 + (double) (e % 7));
  return sum;
}

static gboolean
take_graph (const SmoothGraph *graph, double *answer)
{
  if (graph != NULL)
    *answer = sum_up (graph->weights->values, smooth_sparse_get_nnz (graph->weights)) + 1e3 * (double) graph->n_edges
              + graph->is_symmetric;
  return graph != NULL;
}

static gboolean
take_matrix (const SmoothMatrix *matrix, double *answer)
{
  if (matrix != NULL)
    *answer = sum_up (matrix->values, matrix->n_rows * matrix->n_cols);
  return matrix != NULL;
}

static SmoothMatrix *
random_matrix (gint64 n_rows, gint64 n_cols, guint64 seed)
{
  SmoothMatrix *matrix = smooth_matrix_new (n_rows, n_cols, NULL);
  SmoothRng rng;

  smooth_i_rng_init (&rng, seed, 0);
  for (gint64 e = 0; e < n_rows * n_cols; e++)
    matrix->values[e] = smooth_i_rng_uniform (&rng);
  return matrix;
}

static World world;

static void
world_init (void)
{
  SmoothGraphSettings settings;
  SmoothPrecisionSettings prior = { .kind = SMOOTH_PRIOR_ICAR, .rho = 0.9 };

  world.run = smooth_run_new (1);
  world.coords = g_new (double, 2 * N);
  for (gint i = 0; i < N; i++)
    {
      world.coords[2 * i] = i % SIDE;
      world.coords[2 * i + 1] = i / SIDE;
    }
  world.crowded = g_memdup2 (world.coords, 2 * N * sizeof (double));
  world.crowded[0] = 1e6;
  world.graph = smooth_graph_new (world.coords, N, 2, 1.0, NULL, world.run, NULL);
  smooth_params_init (&smooth_graph_params, &settings);
  settings.mutual = FALSE;
  settings.ties = SMOOTH_TIES_STRICT;
  world.directed = smooth_graph_new (world.coords, N, 2, 1.0, &settings, world.run, NULL);
  world.precision = smooth_precision_new (world.graph, &prior, world.run, NULL);
  world.signature = random_matrix (N_GENES, N_TYPES, 1);
  g_autoptr (SmoothMatrix) y = random_matrix (N_GENES, N, 2);
  world.expression = smooth_sparse_new_from_dense (y, NULL);
  world.reduced = smooth_reduced_new (world.signature, world.expression, TRUE, world.run, NULL);
  world.values = random_matrix (N_TYPES, N, 3);
  for (gint e = 0; e < N_TYPES * N; e++)
    world.values->values[e] = e % 3 == 0 ? 0.0 : world.values->values[e];
  world.observed = g_new (gint32, N);
  for (gint i = 0; i < N; i++)
    world.observed[i] = (i * 2) % N + (i >= N / 2);
  world.measured = random_matrix (N / 2, 3, 4);
}

static void
world_clear (void)
{
  g_free (world.coords);
  g_free (world.crowded);
  smooth_graph_unref (world.graph);
  smooth_graph_unref (world.directed);
  smooth_precision_unref (world.precision);
  smooth_matrix_unref (world.signature);
  smooth_sparse_unref (world.expression);
  smooth_reduced_unref (world.reduced);
  smooth_matrix_unref (world.values);
  g_free (world.observed);
  smooth_matrix_unref (world.measured);
  smooth_run_unref (world.run);
}

/* ---- Deeds ---- */

static gboolean
make_graph (const World *w, gint kind, gboolean mutual, gboolean row_scale, double *answer, GError **error)
{
  SmoothGraphSettings settings;

  smooth_params_init (&smooth_graph_params, &settings);
  settings.kind = kind;
  settings.mutual = mutual;
  settings.row_scale = row_scale;
  g_autoptr (SmoothGraph) graph = smooth_graph_new (w->coords, N, 2, 1.0, &settings, w->run, error);
  return take_graph (graph, answer);
}

static gboolean
graph_knn (const World *w, double *answer, GError **error)
{
  return make_graph (w, SMOOTH_GRAPH_KNN, TRUE, FALSE, answer, error);
}

static gboolean
graph_directed (const World *w, double *answer, GError **error)
{
  return make_graph (w, SMOOTH_GRAPH_KNN, FALSE, TRUE, answer, error);
}

static gboolean
graph_radius (const World *w, double *answer, GError **error)
{
  return make_graph (w, SMOOTH_GRAPH_RADIUS, FALSE, FALSE, answer, error);
}

static gboolean
graph_tree (const World *w, double *answer, GError **error)
{
  g_autoptr (SmoothGraph) graph = smooth_graph_new (w->crowded, N, 2, 1.0, NULL, w->run, error);
  return take_graph (graph, answer);
}

static gboolean
graph_from_weights (const World *w, double *answer, GError **error)
{
  g_autoptr (SmoothGraph) graph = smooth_graph_new_from_weights (w->graph->weights, error);

  return take_graph (graph, answer);
}

static gboolean
graph_regions (const World *w, double *answer, GError **error)
{
  g_autoptr (SmoothGraph) graph = smooth_graph_new_scaled_by_identity (w->graph, w->observed, 0.5, FALSE, FALSE, error);

  return take_graph (graph, answer);
}

static gboolean
graph_likeness (const World *w, double *answer, GError **error)
{
  double h = 0.0;
  g_autoptr (SmoothFeatures) features = smooth_features_new_from_sparse (w->expression, error);
  g_autoptr (SmoothFeatures) principal =
      features != NULL ? smooth_features_new_principal (features, 5, NULL, w->run, error) : NULL;
  if (principal == NULL)
    return FALSE;
  g_autofree double *factors =
      smooth_graph_dup_similarities (w->graph, principal, SMOOTH_SIMILARITY_EUCLIDEAN, &h, 0.0, w->run, error);
  if (factors == NULL)
    return FALSE;
  g_autoptr (SmoothGraph) graph = smooth_graph_new_scaled (w->graph, factors, FALSE, error);
  return take_graph (graph, answer);
}

static gboolean
make_prior (const World *w, const SmoothGraph *graph, gint kind, gboolean standardise, double *answer, GError **error)
{
  SmoothPrecisionSettings settings = { .kind = kind, .rho = 0.12, .standardise = standardise };
  g_autoptr (SmoothGraph) fresh =
      smooth_graph_new_from_weights (graph->weights, error); /* that does not know its spectrum */
  g_autoptr (SmoothPrecision) precision = fresh != NULL ? smooth_precision_new (fresh, &settings, w->run, error) : NULL;

  if (precision == NULL)
    return FALSE;
  *answer = sum_up (precision->diagonal, N);
  if (precision->q != NULL)
    *answer += sum_up (precision->q->values, smooth_sparse_get_nnz (precision->q));
  return TRUE;
}

static gboolean
prior_icar (const World *w, double *answer, GError **error)
{
  return make_prior (w, w->graph, SMOOTH_PRIOR_ICAR, TRUE, answer, error);
}

static gboolean
prior_icar_directed (const World *w, double *answer, GError **error)
{
  return make_prior (w, w->directed, SMOOTH_PRIOR_ICAR, TRUE, answer, error);
}

static gboolean
prior_car (const World *w, double *answer, GError **error)
{
  return make_prior (w, w->graph, SMOOTH_PRIOR_CAR, FALSE, answer, error);
}

static gboolean
prior_sar (const World *w, double *answer, GError **error)
{
  return make_prior (w, w->graph, SMOOTH_PRIOR_SAR, FALSE, answer, error);
}

static gboolean
prior_isar (const World *w, double *answer, GError **error)
{
  return make_prior (w, w->directed, SMOOTH_PRIOR_ISAR, TRUE, answer, error);
}

static gboolean
prior_sma (const World *w, double *answer, GError **error)
{
  return make_prior (w, w->graph, SMOOTH_PRIOR_SMA, FALSE, answer, error);
}

static gboolean
losses (const World *w, double *answer, GError **error)
{
  SmoothContrastSettings settings;
  SmoothContrast shuffled, given, expected;
  double loss, divergence;

  smooth_params_init (&smooth_contrast_params, &settings);
  settings.n_permutations = 2;
  g_autofree gint32 *permutations = smooth_permutations_new (N, 2, 1, error);
  if (permutations == NULL || !smooth_spatial_loss (w->precision, w->values, NULL, TRUE, &loss, NULL, w->run, error)
      || !smooth_contrastive_loss (w->precision, w->values, NULL, &settings, NULL, TRUE, &shuffled, NULL, w->run, error)
      || !smooth_contrastive_loss (w->precision, w->values, NULL, &settings, permutations, TRUE, &given, NULL, w->run, error)
      || !smooth_contrastive_loss (w->precision, w->values, NULL, NULL, NULL, TRUE, &expected, NULL, w->run, error)
      || !smooth_kl_loss (w->graph, w->values, &divergence, NULL, error))
    return FALSE;
  *answer = loss + 2.0 * shuffled.loss + 3.0 * given.loss + 4.0 * expected.loss + 5.0 * divergence;
  return TRUE;
}

static gboolean
decays (const World *w, double *answer, GError **error)
{
  g_autoptr (SmoothDecay) decay = smooth_decay_new_of_prior (w->precision, w->coords, 2, 5, 40, 1, w->run, error);
  g_autoptr (SmoothFeatures) features = decay != NULL ? smooth_features_new_from_matrix (w->values, error) : NULL;
  g_autoptr (SmoothDecay) other =
      features != NULL ? smooth_decay_new_of_features (features, w->coords, 2, 5, w->run, error) : NULL;

  if (other == NULL)
    return FALSE;
  *answer =
      sum_up (decay->quantiles, 6 * SMOOTH_DECAY_N_QUANTILES) + sum_up (other->quantiles, 6 * SMOOTH_DECAY_N_QUANTILES);
  return TRUE;
}

static gboolean
deconvolve_by (const World *w, gint kind, double *answer, GError **error)
{
  SmoothDeconvolutionSettings settings;
  SmoothInfo info;
  g_autoptr (SmoothReduced) reduced = smooth_reduced_new (w->signature, w->expression, TRUE, w->run, error);
  g_autoptr (SmoothDeconvolver) solver = reduced != NULL ? smooth_deconvolver_new (reduced) : NULL;

  smooth_params_init (&smooth_deconvolution_params, &settings);
  settings.kind = kind;
  if (solver == NULL || !smooth_deconvolver_set_precision (solver, w->precision, NULL, error)
      || !smooth_deconvolver_solve (solver, &settings, NULL, NULL, &info, w->run, error))
    return FALSE;
  g_assert_cmpint (info.status, ==, SMOOTH_STATUS_CONVERGED);
  g_autoptr (SmoothMatrix) abundances = smooth_deconvolver_dup_abundances (solver, error);
  return take_matrix (abundances, answer);
}

static gboolean
deconvolve (const World *w, double *answer, GError **error)
{
  return deconvolve_by (w, SMOOTH_MODEL_NNLS, answer, error);
}

static gboolean
deconvolve_linear (const World *w, double *answer, GError **error)
{
  return deconvolve_by (w, SMOOTH_MODEL_LINEAR, answer, error);
}

static gboolean
deconvolve_weighted (const World *w, double *answer, GError **error)
{
  return deconvolve_by (w, SMOOTH_MODEL_DWLS, answer, error);
}

static gboolean
impute (const World *w, double *answer, GError **error)
{
  SmoothInfo info;
  g_autoptr (SmoothReport) report = smooth_report_new ();
  g_autoptr (SmoothMatrix) all = smooth_impute (w->precision, w->observed, w->measured, NULL, &info, report, w->run, error);

  return take_matrix (all, answer);
}

static gboolean
impute_with_deviations (const World *w, double *answer, GError **error)
{
  SmoothImputationSettings settings;
  SmoothInfo info;

  smooth_params_init (&smooth_imputation_params, &settings);
  settings.fixed = FALSE;
  g_autoptr (SmoothImputer) imputer = smooth_imputer_new (w->precision, w->observed, N / 2, &settings, NULL, w->run, error);
  g_autoptr (SmoothMatrix) all = imputer != NULL ? smooth_imputer_solve (imputer, w->measured, &info, w->run, error) : NULL;
  g_autofree double *deviations = all != NULL ? smooth_imputer_dup_deviations (imputer, error) : NULL;
  if (deviations == NULL)
    return FALSE;
  *answer = sum_up (deviations, N);
  return TRUE;
}

static gboolean
components (const World *w, double *answer, GError **error)
{
  SmoothPcaSettings settings;
  double residual;
  g_autoptr (SmoothGrams) grams = smooth_grams_new (w->expression, w->graph, SMOOTH_PRIOR_SAR, NULL, w->run, error);

  smooth_params_init (&smooth_pca_params, &settings);
  settings.n_components = 5;
  g_autoptr (SmoothPca) pca = grams != NULL ? smooth_pca_new (grams, &settings, 0.9, w->run, error) : NULL;
  g_autoptr (SmoothMatrix) smooth =
      pca != NULL ? smooth_posterior_scores (w->precision, pca->scores, 1.0, &residual, w->run, error) : NULL;
  return take_matrix (smooth, answer);
}

/* All that a prior without matrix takes other ways for. */
static gboolean
moving_average (const World *w, double *answer, GError **error)
{
  SmoothPrecisionSettings settings = { .kind = SMOOTH_PRIOR_SMA, .rho = 0.1 };
  SmoothImputationSettings imputation;
  SmoothPcaSettings components;
  SmoothInfo info;
  double residual;

  smooth_params_init (&smooth_imputation_params, &imputation);
  imputation.fixed = FALSE;
  smooth_params_init (&smooth_pca_params, &components);
  components.n_components = 3;
  g_autoptr (SmoothPrecision) precision = smooth_precision_new (w->graph, &settings, w->run, error);
  g_autoptr (SmoothImputer) imputer
      = precision != NULL ? smooth_imputer_new (precision, w->observed, N / 2, &imputation, NULL, w->run, error) : NULL;
  g_autoptr (SmoothMatrix) all = imputer != NULL ? smooth_imputer_solve (imputer, w->measured, &info, w->run, error) : NULL;
  g_autofree double *deviations = all != NULL ? smooth_imputer_dup_deviations (imputer, error) : NULL;
  g_autofree double *scales = deviations != NULL ? smooth_imputer_dup_scales (imputer, w->measured, all, error) : NULL;
  g_autoptr (SmoothGrams) grams
      = scales != NULL ? smooth_grams_new_from_precision (w->expression, precision, NULL, w->run, error) : NULL;
  g_autoptr (SmoothPca) pca = grams != NULL ? smooth_pca_new (grams, &components, 0.1, w->run, error) : NULL;
  g_autoptr (SmoothMatrix) scores = pca != NULL ? smooth_posterior_scores (precision, pca->scores, 1.0, &residual, w->run, error) : NULL;
  if (!take_matrix (scores, answer))
    return FALSE;
  *answer += sum_up (deviations, N);
  for (gint method = SMOOTH_UNCERTAINTY_COUPLED; method <= SMOOTH_UNCERTAINTY_BLOCKS; method++)
    {
      SmoothUncertaintySettings uncertain;
      double sum;
      smooth_params_init (&smooth_uncertainty_params, &uncertain);
      uncertain.method = method;
      g_autoptr (SmoothUncertainty) uncertainty = smooth_uncertainty_new (w->reduced, precision, NULL, 0.1, w->values, &uncertain, w->run, error);
      if (!take_matrix (uncertainty != NULL ? uncertainty->proportions : NULL, &sum))
        return FALSE;
      *answer += sum;
    }
  return TRUE;
}

static gboolean
group (const World *w, gint method, double *answer, GError **error)
{
  SmoothClusterSettings settings;

  smooth_params_init (&smooth_cluster_params, &settings);
  settings.method = method;
  settings.n_restarts = 1;
  g_autoptr (SmoothClusters) clusters = smooth_clusters_new (w->values, NULL, &settings, w->run, error);
  if (clusters != NULL)
    *answer = clusters->inertia;
  return clusters != NULL;
}

static gboolean
k_means (const World *w, double *answer, GError **error)
{
  return group (w, SMOOTH_CLUSTERS_K_MEANS, answer, error);
}

static gboolean
leiden (const World *w, double *answer, GError **error)
{
  return group (w, SMOOTH_CLUSTERS_LEIDEN, answer, error);
}

static gboolean
deviate (const World *w, gint method, double *answer, GError **error)
{
  SmoothUncertaintySettings settings;
  double means[N_TYPES], deviations[N_TYPES];

  smooth_params_init (&smooth_uncertainty_params, &settings);
  settings.method = method;
  g_autoptr (SmoothUncertainty) uncertainty =
      smooth_uncertainty_new (w->reduced, w->precision, NULL, 0.1, w->values, &settings, w->run, error);
  if (!take_matrix (uncertainty != NULL ? uncertainty->proportions : NULL, answer)
      || !smooth_uncertainty_get_region (uncertainty, w->observed, N / 2, means, deviations, w->run, error))
    return FALSE;
  *answer += sum_up (deviations, N_TYPES);
  return TRUE;
}

static gboolean
deviations_coupled (const World *w, double *answer, GError **error)
{
  return deviate (w, SMOOTH_UNCERTAINTY_COUPLED, answer, error);
}

static gboolean
deviations_blocks (const World *w, double *answer, GError **error)
{
  return deviate (w, SMOOTH_UNCERTAINTY_BLOCKS, answer, error);
}

/* ---- The test ---- */

static void
test_case (gconstpointer data)
{
  const Case *this = data;
  g_autoptr (GError) error = NULL;
  gint n_errors = 0;
  double right, answer;

  g_assert_true (this->deed (&world, &right, &error)); /* libraries take what they keep */
  for (gint64 i = 0;; i++)
    {
      gint64 held = atomic_load (&failing_held);
      atomic_store (&failing_next, i);
      gboolean good = this->deed (&world, &answer, &error);
      gboolean was_refused = atomic_exchange (&failing_next, -1) < 0;
      if (!good && !g_error_matches (error, SMOOTH_ERROR, SMOOTH_ERROR_MEMORY))
        g_error ("block %" G_GINT64_FORMAT ": expected lack of memory, found '%s'", i,
                 error != NULL ? error->message : "no error");
      if (good) /* a library went another way: slower, not wrong */
        g_assert_cmpfloat (fabs (answer - right), <=, 1e-9 * fabs (right));
      if (!this->is_leaky && atomic_load (&failing_held) != held)
        g_error ("block %" G_GINT64_FORMAT ": %" G_GINT64_FORMAT " large blocks are left", i,
                 atomic_load (&failing_held) - held);
      n_errors += !good;
      g_clear_error (&error);
      if (!was_refused)
        {
          g_assert_true (good);
          g_test_message ("%s: %d of %" G_GINT64_FORMAT " refusals were errors", this->name, n_errors, i);
          break;
        }
    }
  g_assert_cmpint (n_errors, >, 0);
}

static const Case cases[] = {
  { "moving-average", moving_average },
  { "graph-knn", graph_knn },
  { "graph-directed", graph_directed },
  { "graph-radius", graph_radius },
  { "graph-tree", graph_tree },
  { "graph-from-weights", graph_from_weights },
  { "graph-regions", graph_regions },
  { "graph-likeness", graph_likeness },
  { "prior-icar", prior_icar },
  { "prior-icar-directed", prior_icar_directed },
  { "prior-car", prior_car },
  { "prior-sar", prior_sar },
  { "prior-isar", prior_isar },
  { "prior-sma", prior_sma },
  { "losses", losses },
  { "decays", decays },
  { "deconvolution", deconvolve },
  { "deconvolution-linear", deconvolve_linear },
  { "deconvolution-weighted", deconvolve_weighted },
  { "imputation", impute },
  { "imputation-deviations", impute_with_deviations },
  { "components", components },
  { "k-means", k_means },
  { "leiden", leiden, .is_leaky = TRUE }, /* igraph_create() of igraph 0.10 */
  { "deviations-coupled", deviations_coupled },
  { "deviations-blocks", deviations_blocks },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  world_init ();
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/allocations/%s", cases[i].name);
      g_test_add_data_func (path, &cases[i], test_case);
    }
  int code = g_test_run ();
  world_clear ();
  return code;
}

#else

int
main (void)
{
  g_print ("1..0 # SKIP needs glibc, and no sanitizer that has an allocator of its own\n");
  return 0;
}

#endif
