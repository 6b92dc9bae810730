/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of region edits: graph, prior and certificate that were brought up to date are those that are made anew, whatever the
 * edits before, and what others still hold stays as it was. */
#include "../problem.h"
#include "model/deconvolution-private.h"

typedef struct
{
  Problem problem;
  double *coords; /* n x 2 */
  gint32 *labels;
  SmoothRng rng;
  SmoothGraph *base, *graph, *spare;
  SmoothPrecision *precision, *spare_precision;
  SmoothPrecisionSettings prior;
  SmoothDeconvolver *solver;
} Edits;

static void
edits_init (Edits *edits, gint64 n, gint n_types, double lambda, gint prior, double rho)
{
  const ProblemSpec spec = { n, n_types, lambda, 0.99, 30, TRUE, 0.4, 0, (guint64) n, 1 };
  gint64 side = (gint64) ceil (sqrt ((double) n));

  memset (edits, 0, sizeof *edits);
  problem_init (&edits->problem, &spec);
  smooth_i_rng_init (&edits->rng, (guint64) (n + prior), 1);
  edits->coords = g_new (double, 2 * n);
  edits->labels = g_new0 (gint32, n);
  for (gint64 i = 0; i < n; i++)
    {
      edits->coords[2 * i] = (double) (i % side) + 0.1 * smooth_i_rng_uniform (&edits->rng);
      edits->coords[2 * i + 1] = (double) (i / side) + 0.1 * smooth_i_rng_uniform (&edits->rng);
    }
  edits->base = smooth_graph_new (edits->coords, n, 2, 1, NULL, NULL, NULL);
  edits->graph = smooth_graph_new_scaled_by_identity (edits->base, edits->labels, 0, FALSE, FALSE, NULL);
  smooth_params_init (&smooth_precision_params, &edits->prior);
  edits->prior.kind = prior;
  edits->prior.rho = rho;
  edits->precision = smooth_precision_new (edits->graph, &edits->prior, NULL, NULL);
  g_autoptr (SmoothReduced) reduced = smooth_reduced_new (edits->problem.signature, edits->problem.expression, TRUE, NULL, NULL);
  edits->solver = smooth_deconvolver_new (reduced);
  g_assert_true (smooth_deconvolver_set_precision (edits->solver, edits->precision, edits->problem.confidences, NULL));
}

static void
edits_clear (Edits *edits)
{
  smooth_deconvolver_free (edits->solver);
  smooth_graph_unref (edits->base);
  smooth_graph_unref (edits->graph);
  smooth_graph_unref (edits->spare);
  smooth_precision_unref (edits->precision);
  smooth_precision_unref (edits->spare_precision);
  g_free (edits->coords);
  g_free (edits->labels);
  problem_clear (&edits->problem);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Edits, edits_clear)

/* Gives the spots of a disc somewhere another label; graph and prior follow. */
static void
relabel (Edits *edits, double radius, double boundary)
{
  gint64 n = edits->problem.n;
  const double *centre = edits->coords + 2 * smooth_i_rng_index (&edits->rng, n);
  g_autoptr (GArray) spots = g_array_new (FALSE, FALSE, sizeof (gint32));
  gint32 label = (gint32) smooth_i_rng_index (&edits->rng, 3);

  for (gint32 i = 0; i < n; i++)
    if (edits->labels[i] != label && hypot (edits->coords[2 * i] - centre[0], edits->coords[2 * i + 1] - centre[1]) < radius)
      {
        edits->labels[i] = label;
        g_array_append_val (spots, i);
      }
  SmoothGraph *graph = smooth_i_graph_new_relabelled (edits->graph, g_steal_pointer (&edits->spare), edits->base, edits->labels,
                                                      (const gint32 *) (gpointer) spots->data, spots->len, boundary, FALSE, NULL);
  edits->spare = edits->graph;
  edits->graph = graph;
  SmoothPrecision *precision = smooth_i_precision_new_edited (edits->precision, g_steal_pointer (&edits->spare_precision),
                                                              graph, &edits->prior, NULL, NULL);
  edits->spare_precision = edits->precision;
  edits->precision = precision;
}

static void
assert_same_sparse (const SmoothSparse *a, const SmoothSparse *b)
{
  g_assert_true (smooth_i_sparse_same_pattern (a, b));
  g_assert_true (memcmp (a->values, b->values, sizeof (double) * (gsize) smooth_sparse_get_nnz (a)) == 0);
}

/* Against the same made anew. */
static void
check_graph (const Edits *edits, double boundary)
{
  g_autoptr (SmoothGraph) graph = smooth_graph_new_scaled_by_identity (edits->base, edits->labels, boundary, FALSE, FALSE, NULL);
  g_autoptr (SmoothPrecision) precision = smooth_precision_new (graph, &edits->prior, NULL, NULL);

  assert_same_sparse (edits->graph->weights, graph->weights);
  g_assert_cmpint (edits->graph->n_edges, ==, graph->n_edges);
  g_assert_cmpint (edits->graph->n_isolated, ==, graph->n_isolated);
  g_assert_cmpfloat (edits->graph->mean_degree, ==, graph->mean_degree);
  g_assert_cmpint (smooth_graph_count_components (edits->graph, NULL), ==, smooth_graph_count_components (graph, NULL));
  assert_same_sparse (edits->precision->symmetric, precision->symmetric);
  for (gint64 i = 0; i < edits->problem.n; i++)
    g_assert_cmpfloat (edits->precision->diagonal[i], ==, precision->diagonal[i]);
}

/* What a solve after an edit claims, against all shares computed anew, and against plain loops over genes. */
static void
check_certificate (Edits *edits, const SmoothInfo *info, double tolerance)
{
  SmoothDeconvolver *solver = edits->solver;
  SmoothCertificate anew;

  solver->has_shares = FALSE;
  g_assert_true (smooth_i_certify_changes (solver, &anew, NULL));
  g_assert_cmpfloat (info->objective, ==, anew.objective);
  g_assert_cmpfloat (info->spatial_term, ==, anew.spatial);
  g_assert_cmpfloat (info->kkt_residual, ==, anew.kkt);
  g_assert_cmpfloat (info->relative_gap, ==, anew.gap > 0 ? anew.gap / anew.objective : 0);
  g_assert_cmpint (info->status, ==, SMOOTH_STATUS_CONVERGED);
  g_assert_cmpfloat (info->kkt_residual, <=, tolerance);
  g_assert_cmpfloat (info->relative_gap, <=, tolerance);

  SmoothPrecision *kept = edits->problem.precision;
  g_autoptr (SmoothMatrix) b = smooth_deconvolver_dup_abundances (solver, NULL);
  edits->problem.precision = edits->precision;
  Values values = problem_evaluate (&edits->problem, b->values);
  edits->problem.precision = kept;
  g_assert_cmpfloat_with_epsilon (info->objective, values.objective, 1e-12 * values.objective);
  g_assert_cmpfloat_with_epsilon (info->data_term, values.data, 1e-12 * values.objective);
  g_assert_cmpfloat_with_epsilon (info->spatial_term, values.spatial, 1e-12 * values.objective);
  g_assert_cmpfloat_with_epsilon (info->kkt_residual, values.kkt, 1e-12);
}

static void
solve (Edits *edits, double tolerance, SmoothInfo *info)
{
  SmoothDeconvolutionSettings settings;
  g_autoptr (GError) error = NULL;

  smooth_params_init (&smooth_deconvolution_params, &settings);
  settings.lambda = edits->problem.lambda;
  settings.tolerance = tolerance;
  g_assert_true (smooth_deconvolver_set_precision (edits->solver, edits->precision, edits->problem.confidences, &error));
  g_assert_true (smooth_deconvolver_solve (edits->solver, &settings, NULL, NULL, info, NULL, &error));
  g_assert_no_error (error);
}

/* The way there does not matter: a new solver ends at the same optimum. */
static void
check_optimum (const Edits *edits, double objective)
{
  g_autoptr (SmoothDeconvolver) fresh = smooth_deconvolver_new (edits->solver->reduced);
  SmoothDeconvolutionSettings settings;
  SmoothInfo info;

  smooth_params_init (&smooth_deconvolution_params, &settings);
  settings.lambda = edits->problem.lambda;
  settings.tolerance = 1e-10;
  g_assert_true (smooth_deconvolver_set_precision (fresh, edits->precision, edits->problem.confidences, NULL));
  g_assert_true (smooth_deconvolver_solve (fresh, &settings, NULL, NULL, &info, NULL, NULL));
  g_assert_cmpfloat_with_epsilon (objective, info.objective, 1e-6 * info.objective);
}

typedef struct
{
  gint64 n;
  gint n_types;
  double lambda;
  gint prior;
  double rho;
  double boundary;
  gint n_edits;
} Sequence;

/* Discs of all sizes, one after the other, in live and in exact mode. */
static void
test_sequence (gconstpointer data)
{
  const Sequence *sequence = data;
  g_auto (Edits) edits = { 0 };
  double side = sqrt ((double) sequence->n);
  gint n_local = 0;

  edits_init (&edits, sequence->n, sequence->n_types, sequence->lambda, sequence->prior, sequence->rho);
  relabel (&edits, side / 3, sequence->boundary); /* made with another boundary before */
  g_clear_pointer (&edits.graph, smooth_graph_unref);
  edits.graph = smooth_graph_new_scaled_by_identity (edits.base, edits.labels, sequence->boundary, FALSE, FALSE, NULL);
  for (gint e = 0; e < sequence->n_edits; e++)
    {
      double tolerance = e % 4 == 3 ? 1e-8 : 1e-6, radius = side * 0.3 * smooth_i_rng_uniform (&edits.rng);
      g_autoptr (SmoothGraph) held = e % 3 == 1 ? smooth_graph_ref (edits.spare != NULL ? edits.spare : edits.graph) : NULL;
      g_autoptr (SmoothMatrix) values = NULL;
      SmoothInfo info;

      gint64 nnz = smooth_sparse_get_nnz (edits.base->weights);
      if (held != NULL)
        values = smooth_matrix_new_from_values (nnz, 1, held->weights->values, NULL);
      relabel (&edits, e % 5 == 4 ? 0 : radius, sequence->boundary);
      check_graph (&edits, sequence->boundary);
      if (held != NULL)
        g_assert_true (memcmp (held->weights->values, values->values, sizeof (double) * (gsize) nnz) == 0);
      solve (&edits, tolerance, &info);
      n_local += edits.solver->has_shares && edits.solver->picked != NULL;
      check_certificate (&edits, &info, tolerance);
      if (e % 7 == 6)
        check_optimum (&edits, info.objective);
    }
  g_assert_cmpint (n_local, >, 0);
}

/* The bits of a sequence do not depend on the number of threads. */
static void
test_threads (void)
{
  g_autoptr (SmoothMatrix) first = NULL;

  for (gint n_threads = 1; n_threads <= 3; n_threads++)
    {
      g_auto (Edits) edits = { 0 };
      g_autoptr (SmoothRun) run = smooth_run_new (n_threads);
      SmoothDeconvolutionSettings settings;
      SmoothInfo info;

      edits_init (&edits, 6000, 9, 3, SMOOTH_PRIOR_ICAR, 0.99);
      smooth_params_init (&smooth_deconvolution_params, &settings);
      settings.lambda = 3;
      for (gint e = 0; e < 4; e++)
        {
          g_assert_true (smooth_deconvolver_set_precision (edits.solver, edits.precision, edits.problem.confidences, NULL));
          g_assert_true (smooth_deconvolver_solve (edits.solver, &settings, NULL, NULL, &info, run, NULL));
          relabel (&edits, 8, 0.2);
        }
      g_autoptr (SmoothMatrix) b = smooth_deconvolver_dup_abundances (edits.solver, NULL);
      if (first != NULL)
        g_assert_true (memcmp (first->values, b->values, sizeof (double) * (gsize) (b->n_rows * b->n_cols)) == 0);
      else
        first = smooth_matrix_ref (b);
    }
}

int
main (int argc, char **argv)
{
  static const Sequence sequences[] = {
    { 40, 3, 1, SMOOTH_PRIOR_ICAR, 0.99, 0, 30 },       { 900, 5, 0.1, SMOOTH_PRIOR_ICAR, 1, 0, 30 },
    { 900, 17, 10, SMOOTH_PRIOR_ICAR, 0.99, 0.3, 30 },  { 5000, 7, 1, SMOOTH_PRIOR_ICAR, 0.99, 0, 30 },
    { 5000, 4, 30, SMOOTH_PRIOR_ICAR, 0.99, 0.9, 20 },  { 20000, 5, 10, SMOOTH_PRIOR_ICAR, 0.99, 0, 20 },
    { 900, 5, 1, SMOOTH_PRIOR_ISAR, 0.9, 0, 20 },       { 900, 4, 1, SMOOTH_PRIOR_CAR, 0.1, 0, 20 },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (sequences); i++)
    {
      g_autofree char *path = g_strdup_printf ("/edits/sequence-%d-%d-%g-%d", (int) sequences[i].n, sequences[i].n_types,
                                               sequences[i].lambda, sequences[i].prior);
      g_test_add_data_func (path, &sequences[i], test_sequence);
    }
  g_test_add_func ("/edits/threads", test_threads);
  return g_test_run ();
}
