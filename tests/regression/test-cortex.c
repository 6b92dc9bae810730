/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Layers of a human cortex section (151673), where it lies beside the project: how well clusters of components find them. */
#include "graph/graph.h"
#include "model/clusters.h"
#include "model/choose-pca.h"
#include "section/labels.h"

#include <math.h>
#include <string.h>
#include <time.h>

#define N_SEEDS 5

typedef struct
{
  SmoothSection *section;
  SmoothSparse *expression;
  SmoothPrecision *precision;
  SmoothGrams *grams;
  gint32 *layers;
  gint64 n;
} Cortex;

static Cortex cortex;

static double
get_cpu_seconds (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return (double) now.tv_sec + 1e-9 * (double) now.tv_nsec;
}

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

/* log (1 + counts scaled to the median total) of the analysed spots */
static SmoothSparse *
make_expression (const SmoothSection *section, const gint32 *spots, gint64 n)
{
  SmoothSparse *y = smooth_sparse_new_columns (section->counts, spots, n, NULL);
  g_autofree double *totals = g_new (double, n);

  for (gint64 i = 0; i < n; i++)
    totals[i] = section->total_counts[spots[i]];
  qsort (totals, (gsize) n, sizeof (double), compare_doubles);
  for (gint64 i = 0; i < n; i++)
    for (gint64 e = y->starts[i]; e < y->starts[i + 1]; e++)
      y->values[e] = log1p (y->values[e] / section->total_counts[spots[i]] * totals[n / 2]);
  return y;
}

/* Returns: FALSE, and the test is skipped, where the section is absent */
static gboolean
load (void)
{
  const char *shared = g_getenv ("SMOOTH_SHARED_DIR");
  g_autofree char *path = g_build_filename (shared != NULL ? shared : "../shared", "data", "dlpfc_151673", NULL);
  g_autofree char *table = g_build_filename (path, "annotations", "layers_HumanPilot_151673.csv", NULL);
  g_autoptr (GError) error = NULL;
  SmoothGraphSettings settings;
  SmoothPrecisionSettings prior = { .kind = SMOOTH_PRIOR_ICAR, .rho = 0.99 };

  if (!g_file_test (table, G_FILE_TEST_EXISTS))
    {
      g_autofree char *reason = g_strdup_printf ("%s is absent", table);
      g_test_skip (reason);
      return FALSE;
    }
  if (cortex.section != NULL)
    return TRUE;
  cortex.section = smooth_section_load (path, NULL, &error);
  g_assert_no_error (error);
  g_autofree gint32 *spots = smooth_section_dup_analysed (cortex.section, &cortex.n);
  g_autofree double *coords = smooth_section_dup_coords_um (cortex.section, spots, cortex.n);
  smooth_params_init (&smooth_graph_params, &settings);
  g_autoptr (SmoothGraph) graph = smooth_graph_new (coords, cortex.n, 2, cortex.section->pitch, &settings, NULL, &error);
  g_assert_no_error (error);
  cortex.precision = smooth_precision_new (graph, &prior, NULL, &error);
  cortex.expression = make_expression (cortex.section, spots, cortex.n);
  double start = get_cpu_seconds ();
  g_autoptr (SmoothRun) run = smooth_run_new (1);
  cortex.grams = smooth_grams_new (cortex.expression, graph, SMOOTH_PRIOR_ICAR, NULL, run, &error);
  g_assert_no_error (error);
  g_test_message ("Gram matrices of %" G_GINT64_FORMAT " genes in %" G_GINT64_FORMAT " spots: %.3f s", cortex.expression->n_rows, cortex.n,
                  get_cpu_seconds () - start);

  g_autoptr (SmoothReport) report = smooth_report_new ();
  char **labels = smooth_labels_load (table, cortex.section, NULL, report, &error);
  g_assert_no_error (error);
  g_autofree gint32 *codes = smooth_labels_dup_codes (labels, cortex.section->n_spots, NULL);
  smooth_labels_free (labels, cortex.section->n_spots);
  cortex.layers = g_new (gint32, cortex.n);
  for (gint64 i = 0; i < cortex.n; i++)
    cortex.layers[i] = codes[spots[i]];
  return TRUE;
}

/* The medians over seeds of ARI and NMI of 7 clusters. */
static void
score (const char *what, const SmoothMatrix *points, double *ari, double *nmi)
{
  double aris[N_SEEDS], nmis[N_SEEDS];

  for (gint s = 0; s < N_SEEDS; s++)
    {
      SmoothClusterSettings settings;
      smooth_params_init (&smooth_cluster_params, &settings);
      settings.n_clusters = 7;
      settings.seed = s;
      g_autoptr (SmoothClusters) clusters = smooth_clusters_new (points, NULL, &settings, NULL, NULL);
      aris[s] = smooth_labels_get_ari (clusters->labels, cortex.layers, cortex.n);
      nmis[s] = smooth_labels_get_nmi (clusters->labels, cortex.layers, cortex.n);
    }
  qsort (aris, N_SEEDS, sizeof (double), compare_doubles);
  qsort (nmis, N_SEEDS, sizeof (double), compare_doubles);
  *ari = aris[N_SEEDS / 2];
  *nmi = nmis[N_SEEDS / 2];
  g_test_message ("%s: ARI %.3f, NMI %.3f", what, *ari, *nmi);
}

/* Of components found with @lambda and scores smoothed with @score_lambda. */
static void
score_pca (double lambda, double score_lambda, double *ari, double *nmi)
{
  SmoothPcaSettings settings;
  double residual = 0.0;
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothRun) run = smooth_run_new (1);

  smooth_params_init (&smooth_pca_params, &settings);
  settings.lambda = lambda;
  double start = get_cpu_seconds ();
  g_autoptr (SmoothPca) pca = smooth_pca_new (cortex.grams, &settings, 0.99, run, &error);
  g_assert_no_error (error);
  double middle = get_cpu_seconds ();
  g_autoptr (SmoothMatrix) scores = smooth_posterior_scores (cortex.precision, pca->scores, score_lambda, &residual, run, &error);
  g_assert_no_error (error);
  double end = get_cpu_seconds ();
  g_assert_cmpfloat (pca->angle, <, 1e-6);
  g_assert_cmpfloat (residual, <, 1e-9);
  g_autofree char *what = g_strdup_printf ("lambda %g, scores %g (components %.3f s, scores %.3f s)", lambda, score_lambda, middle - start,
                                           end - middle);
  score (what, score_lambda > 0.0 ? scores : pca->scores, ari, nmi);
}

/* Smooth components find the layers better than plain ones, smooth scores better still; measured values less a margin. */
static void
test_layers (void)
{
  static const struct
  {
    double lambda, score_lambda, least_ari, least_nmi;
  } known[] = {
    { 0.3, 0.0, 0.29, 0.42 }, { 0.0, 1.0, 0.43, 0.58 }, { 0.0, 3.0, 0.45, 0.62 },
    { 0.0, 10.0, 0.45, 0.60 }, { 0.3, 3.0, 0.43, 0.61 },
  };
  double plain_ari, plain_nmi;

  if (!load ())
    return;
  score_pca (0.0, 0.0, &plain_ari, &plain_nmi);
  g_assert_cmpfloat (plain_ari, >, 0.15);
  for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
    {
      double ari, nmi;
      score_pca (known[i].lambda, known[i].score_lambda, &ari, &nmi);
      g_assert_cmpfloat (ari, >, MAX (known[i].least_ari, plain_ari));
      g_assert_cmpfloat (nmi, >, MAX (known[i].least_nmi, plain_nmi));
    }
}

/* What hidden spots choose finds the layers as well, without anyone knowing them. */
static void
test_chosen (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothRun) run = smooth_run_new (1);
  double plain_ari, plain_nmi, ari, nmi;

  if (!load ())
    return;
  double start = get_cpu_seconds ();
  g_autoptr (SmoothPcaChoice) choice = smooth_pca_choose (cortex.expression, cortex.precision, NULL, NULL, run, &error);
  g_assert_no_error (error);
  g_test_message ("%" G_GINT64_FORMAT " points: %.2f s", choice->n_points, get_cpu_seconds () - start);
  const SmoothPcaChoicePoint *alone = &choice->points[choice->best_lambda], *scores = &choice->points[choice->best_score_lambda];
  const SmoothPcaChoicePoint *both = &choice->points[choice->chosen];
  score_pca (0.0, 0.0, &plain_ari, &plain_nmi);
  score_pca (alone->lambda, 0.0, &ari, &nmi);
  g_assert_cmpfloat (ari, >, MAX (0.29, plain_ari));
  g_assert_cmpfloat (nmi, >, MAX (0.42, plain_nmi));
  score_pca (0.0, scores->score_lambda, &ari, &nmi);
  g_assert_cmpfloat (ari, >, 0.43);
  g_assert_cmpfloat (nmi, >, 0.58);
  score_pca (both->lambda, both->score_lambda, &ari, &nmi);
  g_assert_cmpfloat (ari, >, 0.44);
  g_assert_cmpfloat (nmi, >, 0.60);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cortex/layers", test_layers);
  g_test_add_func ("/cortex/chosen", test_chosen);
  int status = g_test_run ();
  smooth_section_unref (cortex.section);
  smooth_sparse_unref (cortex.expression);
  smooth_precision_unref (cortex.precision);
  smooth_grams_unref (cortex.grams);
  g_free (cortex.layers);
  return status;
}
