/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of k-means, Leiden and the graph under it, and of the agreement of labellings. */
#include "base/error.h"
#include "base/rng.h"
#include "model/clusters-private.h"

#include <math.h>
#include <string.h>
#include <time.h>

/* n_dims x n spots around n_clusters centres 10 apart; spot i belongs to i % n_clusters. */
static SmoothMatrix *
make_blobs (gint64 n, gint n_clusters, gint n_dims, double spread, guint64 seed)
{
  SmoothMatrix *points = smooth_matrix_new (n_dims, n, NULL);
  SmoothRng rng;

  smooth_i_rng_init (&rng, seed, 0);
  for (gint64 i = 0; i < n; i++)
    for (gint d = 0; d < n_dims; d++)
      smooth_matrix_column (points, i)[d] = 10.0 * ((i % n_clusters) == d) + spread * smooth_i_rng_normal (&rng);
  return points;
}

/* What the result claims, recomputed: nearest centres, centres that are means, sizes, the sum. */
static void
check_claims (const SmoothClusters *clusters, const SmoothMatrix *points)
{
  double inertia = 0.0;
  g_autofree gint64 *sizes = g_new0 (gint64, clusters->n_clusters);
  g_autofree double *sums = g_new0 (double, clusters->n_clusters * points->n_rows);

  for (gint64 i = 0; i < points->n_cols; i++)
    {
      double own = INFINITY, least = INFINITY;
      g_assert_cmpint (clusters->labels[i], >=, 0);
      g_assert_cmpint (clusters->labels[i], <, clusters->n_clusters);
      for (gint c = 0; c < clusters->n_clusters; c++)
        {
          double sum = 0.0;
          for (gint64 d = 0; d < points->n_rows; d++)
            sum += pow (smooth_matrix_column (points, i)[d] - smooth_matrix_column (clusters->centres, c)[d], 2.0);
          least = MIN (least, sum);
          if (c == clusters->labels[i])
            own = sum;
        }
      g_assert_cmpfloat (own, <=, least * (1.0 + 1e-12) + 1e-12);
      inertia += own;
      sizes[clusters->labels[i]]++;
      for (gint64 d = 0; d < points->n_rows; d++)
        sums[clusters->labels[i] * points->n_rows + d] += smooth_matrix_column (points, i)[d];
    }
  g_assert_cmpfloat (fabs (inertia - clusters->inertia), <=, 1e-9 * inertia + 1e-12);
  for (gint c = 0; c < clusters->n_clusters; c++)
    {
      g_assert_cmpint (sizes[c], ==, clusters->sizes[c]);
      g_assert_cmpint (sizes[c], >, 0);
      if (c > 0)
        g_assert_cmpint (sizes[c], <=, sizes[c - 1]);
      for (gint64 d = 0; clusters->is_converged && d < points->n_rows; d++)
        g_assert_cmpfloat (fabs (sums[c * points->n_rows + d] / (double) sizes[c] - smooth_matrix_column (clusters->centres, c)[d]), <=,
                           1e-9);
    }
}

static void
test_blobs (void)
{
  for (guint64 seed = 1; seed <= 5; seed++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (SmoothMatrix) points = make_blobs (900, 6, 6, 0.5, seed);
      SmoothClusterSettings settings;
      g_autofree gint32 *truth = g_new (gint32, 900);
      smooth_params_init (&smooth_cluster_params, &settings);
      settings.n_clusters = 6;
      g_autoptr (SmoothClusters) clusters = smooth_clusters_new (points, NULL, &settings, NULL, &error);
      g_assert_no_error (error);
      g_assert_true (clusters->is_converged);
      check_claims (clusters, points);
      for (gint i = 0; i < 900; i++)
        truth[i] = i % 6;
      g_assert_cmpfloat (smooth_labels_get_ari (clusters->labels, truth, 900), ==, 1.0);
    }
}

/* Overlapping groups, so that restarts end in different places; every number of threads must choose the same one. */
static void
test_threads (void)
{
  g_autoptr (SmoothMatrix) points = make_blobs (2000, 4, 3, 6.0, 7);
  SmoothClusterSettings settings;
  g_autoptr (SmoothClusters) first = NULL;

  smooth_params_init (&smooth_cluster_params, &settings);
  settings.n_clusters = 9;
  for (gint n_threads = 1; n_threads <= 7; n_threads += 2)
    {
      g_autoptr (SmoothRun) run = smooth_run_new (n_threads);
      g_autoptr (SmoothClusters) clusters = smooth_clusters_new (points, NULL, &settings, run, NULL);
      check_claims (clusters, points);
      if (first == NULL)
        first = smooth_clusters_ref (clusters);
      g_assert_cmpmem (first->labels, 2000 * sizeof (gint32), clusters->labels, 2000 * sizeof (gint32));
      g_assert_true (first->inertia == clusters->inertia);
    }
  settings.n_restarts = 1;
  g_autoptr (SmoothClusters) one = smooth_clusters_new (points, NULL, &settings, NULL, NULL);
  g_assert_cmpfloat (first->inertia, <=, one->inertia);
}

/* The least sum over all ways to divide a few spots on a line. */
static double
brute_force (const SmoothMatrix *points, gint k)
{
  gint64 n = points->n_cols, n_ways = 1;
  double best = INFINITY;

  for (gint64 i = 0; i < n; i++)
    n_ways *= k;
  for (gint64 way = 0; way < n_ways; way++)
    {
      double sums[4] = { 0 }, squares[4] = { 0 }, counts[4] = { 0 }, total = 0.0;
      gint64 rest = way;
      for (gint64 i = 0; i < n; i++, rest /= k)
        {
          sums[rest % k] += points->values[i];
          squares[rest % k] += points->values[i] * points->values[i];
          counts[rest % k]++;
        }
      for (gint c = 0; c < k; c++)
        total += counts[c] > 0 ? squares[c] - sums[c] * sums[c] / counts[c] : 0.0;
      best = MIN (best, total);
    }
  return best;
}

static void
test_optimum (void)
{
  for (guint64 seed = 1; seed <= 10; seed++)
    {
      SmoothRng rng;
      SmoothClusterSettings settings;
      g_autoptr (SmoothMatrix) points = smooth_matrix_new (1, 9, NULL);
      smooth_i_rng_init (&rng, seed, 0);
      for (gint i = 0; i < 9; i++)
        points->values[i] = smooth_i_rng_normal (&rng);
      smooth_params_init (&smooth_cluster_params, &settings);
      settings.n_clusters = 3;
      settings.n_restarts = 30;
      g_autoptr (SmoothClusters) clusters = smooth_clusters_new (points, NULL, &settings, NULL, NULL);
      g_assert_cmpfloat (fabs (clusters->inertia - brute_force (points, 3)), <, 1e-12);
    }
}

static void
test_few_points (void)
{
  g_autoptr (SmoothMatrix) points = smooth_matrix_new (2, 6, NULL);
  g_autoptr (SmoothMatrix) start = smooth_matrix_new (2, 4, NULL);
  SmoothClusterSettings settings;

  for (gint i = 0; i < 6; i++)
    points->values[2 * i] = i % 3;
  smooth_params_init (&smooth_cluster_params, &settings);
  settings.n_clusters = 4;
  for (gint given = 0; given <= 1; given++)
    {
      g_autoptr (SmoothClusters) clusters = smooth_clusters_new (points, given ? start : NULL, &settings, NULL, NULL);
      g_assert_cmpint (clusters->n_clusters, ==, 3);
      g_assert_cmpfloat (clusters->inertia, ==, 0.0);
      g_assert_cmpint (smooth_report_get_n_lines (clusters->report), ==, 1);
      g_assert_nonnull (strstr (smooth_report_get_line (clusters->report, 0, NULL), "only 3 different spots"));
      check_claims (clusters, points);
    }
}

static void
test_start (void)
{
  g_autoptr (SmoothMatrix) points = make_blobs (600, 5, 5, 1.0, 3);
  SmoothClusterSettings settings;
  g_autoptr (GError) error = NULL;

  smooth_params_init (&smooth_cluster_params, &settings);
  settings.n_clusters = 5;
  g_autoptr (SmoothClusters) clusters = smooth_clusters_new (points, NULL, &settings, NULL, NULL);
  g_autoptr (SmoothClusters) again = smooth_clusters_new (points, clusters->centres, &settings, NULL, NULL);
  g_assert_cmpint (again->n_iterations, <=, 2);
  g_assert_cmpmem (clusters->labels, 600 * sizeof (gint32), again->labels, 600 * sizeof (gint32));

  settings.n_clusters = 6;
  g_assert_null (smooth_clusters_new (points, clusters->centres, &settings, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_MISMATCH);
}

static void
test_bad_input (void)
{
  g_autoptr (SmoothMatrix) points = make_blobs (50, 2, 2, 1.0, 3);
  g_autoptr (SmoothMatrix) none = smooth_matrix_new (2, 0, NULL);
  g_autoptr (SmoothRun) run = smooth_run_new (2);
  g_autoptr (GError) error = NULL;

  g_assert_null (smooth_clusters_new (none, NULL, NULL, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
  g_clear_error (&error);
  smooth_run_cancel (run);
  g_assert_null (smooth_clusters_new (points, NULL, NULL, run, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_CANCELLED);
  g_clear_error (&error);
  smooth_matrix_column (points, 17)[1] = NAN;
  g_assert_null (smooth_clusters_new (points, NULL, NULL, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
  g_assert_nonnull (strstr (error->message, "dimension 2 of spot 18"));
}

/* Counted by hand, and by looking at every pair. */
static void
test_agreement (void)
{
  const gint32 a[] = { 0, 0, 0, 1, 1, 1, 2, 2, -1, 2 }, b[] = { 1, 1, 0, 0, 2, 2, 2, 2, 0, -1 };
  double same_both = 0, same_a = 0, same_b = 0, pairs = 0;

  for (gint i = 0; i < 10; i++)
    for (gint j = 0; j < i; j++)
      if (a[i] >= 0 && b[i] >= 0 && a[j] >= 0 && b[j] >= 0)
        {
          pairs++;
          same_a += a[i] == a[j];
          same_b += b[i] == b[j];
          same_both += a[i] == a[j] && b[i] == b[j];
        }
  double expected = same_a * same_b / pairs;
  g_assert_cmpfloat (fabs (smooth_labels_get_ari (a, b, 10) - (same_both - expected) / (0.5 * (same_a + same_b) - expected)), <, 1e-14);

  /* Entropies of (3, 3, 2) and of (2, 2, 4) in 8; the cells hold 1, 2, 1, 2, 2. */
  double h_a = -0.75 * log (0.375) - 0.25 * log (0.25), h_b = -0.5 * log (0.25) - 0.5 * log (0.5);
  double h = -0.25 * log (0.125) - 0.75 * log (0.25);
  g_assert_cmpfloat (fabs (smooth_labels_get_nmi (a, b, 10) - 2.0 * (h_a + h_b - h) / (h_a + h_b)), <, 1e-14);
}

static void
test_agreement_extremes (void)
{
  gint32 one[6] = { 0 }, own[] = { 0, 1, 2, 3, 4, 5 }, two[] = { 0, 0, 0, 1, 1, 1 }, other[] = { 4, 4, 4, 0, 0, 0 };

  g_assert_cmpfloat (smooth_labels_get_ari (two, other, 6), ==, 1.0);
  g_assert_cmpfloat (smooth_labels_get_nmi (two, other, 6), ==, 1.0);
  g_assert_cmpfloat (smooth_labels_get_ari (one, one, 6), ==, 1.0);
  g_assert_cmpfloat (smooth_labels_get_nmi (one, one, 6), ==, 1.0);
  g_assert_cmpfloat (smooth_labels_get_ari (own, own, 6), ==, 1.0);
  g_assert_cmpfloat (smooth_labels_get_ari (one, two, 6), ==, 0.0);
  g_assert_cmpfloat (smooth_labels_get_nmi (one, two, 6), ==, 0.0);
  g_assert_true (isnan (smooth_labels_get_ari (one, two, 0)));
}

/* As many codes as spots, on both sides: no table of one by the other, which would take 80 GB. */
static void
test_many_codes (void)
{
  enum { N = 100000 };
  g_autofree gint32 *own = g_new (gint32, N), *pairs = g_new (gint32, N), *far = g_new (gint32, N);

  for (gint32 i = 0; i < N; i++)
    {
      own[i] = i;
      pairs[i] = (N - 1 - i) / 2;
      far[i] = G_MAXINT32 - i;
    }
  g_assert_cmpfloat (smooth_labels_get_ari (own, far, N), ==, 1.0);
  g_assert_cmpfloat (fabs (smooth_labels_get_nmi (own, far, N) - 1.0), <, 1e-11);
  g_assert_cmpfloat (smooth_labels_get_ari (own, pairs, N), ==, 0.0);
  double h_own = log (N), h_pairs = log (N / 2);
  g_assert_cmpfloat (fabs (smooth_labels_get_nmi (own, pairs, N) - 2.0 * h_pairs / (h_own + h_pairs)), <, 1e-11);
  g_assert_null (smooth_labels_dup_aligned (own, pairs, N));
}

static void
test_codes (void)
{
  char *labels[] = { (char *) "L2", NULL, (char *) "WM", (char *) "L2", (char *) "L1" };
  const gint32 expected[] = { 0, -1, 1, 0, 2 };
  g_auto (GStrv) names = NULL;
  g_autofree gint32 *codes = smooth_labels_dup_codes (labels, 5, &names);

  g_assert_cmpmem (codes, sizeof expected, expected, sizeof expected);
  g_assert_cmpuint (g_strv_length (names), ==, 3);
  g_assert_cmpstr (names[1], ==, "WM");
}

/* No other renaming of the codes keeps more spots. */
static void
test_alignment (void)
{
  static const gint32 permutations[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };

  for (guint64 seed = 1; seed <= 50; seed++)
    {
      gint32 a[40], b[40];
      gint kept = 0, most = 0;
      SmoothRng rng;
      smooth_i_rng_init (&rng, seed, 0);
      for (gint i = 0; i < 40; i++)
        {
          a[i] = (gint32) smooth_i_rng_index (&rng, 4) - 1;
          b[i] = (gint32) smooth_i_rng_index (&rng, 4) - 1;
        }
      g_autofree gint32 *aligned = smooth_labels_dup_aligned (a, b, 40);
      for (gint p = 0; p < 6; p++)
        {
          gint same = 0;
          for (gint i = 0; i < 40; i++)
            same += a[i] >= 0 && permutations[p][a[i]] == b[i];
          most = MAX (most, same);
        }
      for (gint i = 0; i < 40; i++)
        {
          g_assert_cmpint (aligned[i] < 0, ==, a[i] < 0);
          kept += a[i] >= 0 && aligned[i] == b[i];
        }
      g_assert_cmpint (kept, ==, most);
      g_assert_cmpfloat (smooth_labels_get_ari (a, aligned, 40), ==, 1.0);
    }
}

/* The graph of near spots, by looking at all pairs. */
static void
test_overlap_graph (void)
{
  enum { N = 300, K = 9 };
  g_autoptr (SmoothMatrix) points = make_blobs (N, 5, 4, 2.0, 3);
  gint64 n_edges = 0, at = 0;
  g_autofree gint32 *ends = NULL;
  g_autofree double *weights = NULL;
  g_autofree gboolean *near = g_new0 (gboolean, N * N);

  /* Points that coincide, in a tree whose leaf cannot hold them. */
  for (gint i = 0; i < 40; i++)
    memcpy (smooth_matrix_column (points, 7 * i), smooth_matrix_column (points, 0), (gsize) points->n_rows * sizeof (double));
  g_assert_true (smooth_i_overlap_graph (points, K, &n_edges, &ends, &weights, NULL, NULL));
  for (gint i = 0; i < N; i++)
    {
      double distances[N];
      for (gint j = 0; j < N; j++)
        {
          distances[j] = 0.0;
          for (gint64 d = 0; d < points->n_rows; d++)
            distances[j] += pow (smooth_matrix_column (points, i)[d] - smooth_matrix_column (points, j)[d], 2.0);
        }
      near[i * N + i] = TRUE;
      for (gint m = 0; m < K; m++)
        {
          gint best = -1;
          for (gint j = 0; j < N; j++)
            if (!near[i * N + j] && (best < 0 || distances[j] < distances[best]))
              best = j;
          near[i * N + best] = TRUE;
        }
    }
  for (gint i = 0; i < N; i++)
    for (gint j = i + 1; j < N; j++)
      {
        gint shared = 0, all = 0;
        if (!near[i * N + j] && !near[j * N + i])
          continue;
        for (gint l = 0; l < N; l++)
          {
            shared += near[i * N + l] && near[j * N + l];
            all += near[i * N + l] || near[j * N + l];
          }
        gboolean found = FALSE;
        for (gint64 e = 0; e < n_edges; e++)
          if (ends[2 * e] == i && ends[2 * e + 1] == j)
            {
              g_assert_false (found);
              found = TRUE;
              g_assert_cmpfloat (fabs (weights[e] - (double) shared / all), <, 1e-12);
            }
        g_assert_true (found);
        at++;
      }
  g_assert_cmpint (at, ==, n_edges);
}

/* Modularity from its definition. */
static double
get_modularity (const gint32 *labels, const gint32 *ends, const double *weights, gint64 n_edges, gint64 n, double resolution)
{
  g_autofree double *strengths = g_new0 (double, n);
  double within = 0.0, total = 0.0;

  for (gint64 e = 0; e < n_edges; e++)
    {
      strengths[ends[2 * e]] += weights[e];
      strengths[ends[2 * e + 1]] += weights[e];
      total += 2.0 * weights[e];
      within += labels[ends[2 * e]] == labels[ends[2 * e + 1]] ? 2.0 * weights[e] : 0.0;
    }
  for (gint64 i = 0; i < n; i++)
    for (gint64 j = 0; j < n; j++)
      if (labels[i] == labels[j])
        within -= resolution * strengths[i] * strengths[j] / total;
  return within / total;
}

/* Blobs are found without telling how many; no spot gains by going to another community; bits do not depend on threads. */
static void
test_leiden (void)
{
  g_autoptr (SmoothMatrix) points = make_blobs (900, 6, 6, 0.5, 1);
  SmoothClusterSettings settings;
  g_autofree gint32 *truth = g_new (gint32, 900), *ends = NULL;
  g_autofree double *weights = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothRun) run = smooth_run_new (3);
  gint64 n_edges = 0;

  smooth_params_init (&smooth_cluster_params, &settings);
  settings.method = SMOOTH_CLUSTERS_LEIDEN;
  settings.resolution = 0.3;
  g_autoptr (SmoothClusters) clusters = smooth_clusters_new (points, NULL, &settings, NULL, &error);
  g_assert_no_error (error);
  for (gint i = 0; i < 900; i++)
    truth[i] = i % 6;
  g_assert_cmpint (clusters->n_clusters, ==, 6);
  g_assert_true (clusters->is_converged);
  g_assert_cmpfloat (smooth_labels_get_ari (clusters->labels, truth, 900), ==, 1.0);
  check_claims (clusters, points);

  g_autoptr (SmoothMatrix) rough = make_blobs (400, 4, 3, 6.0, 7);
  settings.resolution = 1.0;
  g_autoptr (SmoothClusters) first = smooth_clusters_new (rough, NULL, &settings, NULL, &error);
  g_autoptr (SmoothClusters) again = smooth_clusters_new (rough, NULL, &settings, run, &error);
  g_assert_cmpmem (first->labels, 400 * sizeof (gint32), again->labels, 400 * sizeof (gint32));
  g_assert_true (smooth_i_overlap_graph (rough, settings.n_neighbours, &n_edges, &ends, &weights, NULL, NULL));
  double reached = get_modularity (first->labels, ends, weights, n_edges, 400, 1.0);
  for (gint i = 0; i < 400; i += 13)
    for (gint c = 0; c < first->n_clusters; c++)
      {
        gint32 own = first->labels[i];
        first->labels[i] = c;
        g_assert_cmpfloat (get_modularity (first->labels, ends, weights, n_edges, 400, 1.0), <=, reached + 1e-12);
        first->labels[i] = own;
      }
  settings.resolution = 5.0;
  g_autoptr (SmoothClusters) fine = smooth_clusters_new (rough, NULL, &settings, NULL, &error);
  g_assert_cmpint (fine->n_clusters, >, first->n_clusters);
}

/* One spot, spots that coincide, more neighbours than spots; a cancelled run and a value that is no number are errors. */
/* Seconds of processor time for the communities of points that are all equal. */
static double
time_equal_points (gint64 n)
{
  g_autoptr (SmoothMatrix) points = smooth_matrix_new (3, n, NULL);
  g_autoptr (SmoothRun) run = smooth_run_new (1);
  SmoothClusterSettings settings;

  smooth_params_init (&smooth_cluster_params, &settings);
  settings.method = SMOOTH_CLUSTERS_LEIDEN;
  clock_t start = clock ();
  g_autoptr (SmoothClusters) clusters = smooth_clusters_new (points, NULL, &settings, run, NULL);
  g_assert_cmpint (clusters->n_spots, ==, n);
  return (double) (clock () - start) / CLOCKS_PER_SEC;
}

/* Points that share a place, as spots without expression do, cost no more than others: 8 times as many, about 10 times the time
 * and not 64 times. */
static void
test_equal_points (void)
{
  double few = time_equal_points (5000), many = time_equal_points (40000);

  if (many >= 25.0 * few)
    g_error ("%.3f s for 5,000 equal points, %.3f s for 40,000", few, many);
}

static void
test_leiden_extremes (void)
{
  SmoothClusterSettings settings;
  g_autoptr (SmoothRun) run = smooth_run_new (1);
  g_autoptr (GError) error = NULL;

  smooth_params_init (&smooth_cluster_params, &settings);
  settings.method = SMOOTH_CLUSTERS_LEIDEN;
  for (gint64 n = 1; n <= 4; n++)
    {
      g_autoptr (SmoothMatrix) points = smooth_matrix_new (2, n, NULL);
      g_autoptr (SmoothClusters) clusters = smooth_clusters_new (points, NULL, &settings, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpint (clusters->n_clusters, ==, 1);
      g_assert_cmpint (clusters->sizes[0], ==, n);
    }
  g_autoptr (SmoothMatrix) points = make_blobs (50, 2, 2, 1.0, 1);
  smooth_run_cancel (run);
  g_assert_null (smooth_clusters_new (points, NULL, &settings, run, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_CANCELLED);
  g_clear_error (&error);
  smooth_matrix_column (points, 3)[1] = NAN;
  g_assert_null (smooth_clusters_new (points, NULL, &settings, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/clusters/blobs", test_blobs);
  g_test_add_func ("/clusters/threads", test_threads);
  g_test_add_func ("/clusters/optimum", test_optimum);
  g_test_add_func ("/clusters/few-points", test_few_points);
  g_test_add_func ("/clusters/start", test_start);
  g_test_add_func ("/clusters/bad-input", test_bad_input);
  g_test_add_func ("/clusters/overlap-graph", test_overlap_graph);
  g_test_add_func ("/clusters/leiden", test_leiden);
  g_test_add_func ("/clusters/equal-points", test_equal_points);
  g_test_add_func ("/clusters/leiden-extremes", test_leiden_extremes);
  g_test_add_func ("/labels/agreement", test_agreement);
  g_test_add_func ("/labels/extremes", test_agreement_extremes);
  g_test_add_func ("/labels/many-codes", test_many_codes);
  g_test_add_func ("/labels/codes", test_codes);
  g_test_add_func ("/labels/alignment", test_alignment);
  return g_test_run ();
}
