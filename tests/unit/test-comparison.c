/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of result/statistics: summaries, tests and corrections against numbers of SciPy 1.17.1, the likeness of spots against
 * its definition by dense matrices, and error rates on fields where nothing differs. */
#include "result/statistics-comparison.h"
#include "result/statistics-private.h"
#include "result/statistics.h"

#include "base/error.h"
#include "base/rng.h"
#include "linalg/cholesky.h"

#include <math.h>
#include <string.h>

#define N_A 12
#define N_B 15
#define SIDE 12 /* of a square of spots */

static SmoothSparse *
columns_new (const double *values, gint64 n_spots, gint64 n_variables)
{
  g_autoptr (SmoothMatrix) matrix = smooth_matrix_new_from_values (n_spots, n_variables, values, NULL);

  return smooth_sparse_new_from_dense (matrix, NULL);
}

static guint8 *
groups_new (gint64 n_a, gint64 n_b)
{
  guint8 *groups = g_new (guint8, n_a + n_b);

  for (gint64 i = 0; i < n_a + n_b; i++)
    groups[i] = i < n_a ? SMOOTH_GROUP_A : SMOOTH_GROUP_B;
  return groups;
}

/* scipy.stats.mannwhitneyu (a, b), false_discovery_control(); limits of delta by numpy from its placements. */
static const struct
{
  double a[N_A], b[N_B];
  double p, q, delta, low, high, mean_a, mean_b;
} cases[] = {
  { { 0.6, 0.9, 0.3, 0.0, 0.1, 0.0, 0.7, 1.9, 0.1, 0.0, 1.1, 1.0 },
    { 0.2, 0.0, 0.1, 0.8, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.4, 0.3, 0.0, 0.0 },
    0.0171827997955955, 0.0257741996933932, 0.516666666666667, 0.15170199375214, 0.881631339581193, 0.558333333333333, 0.12 },
  { { -0.2, 0.3, 0.4, -1.2, -0.2, -0.7, -0.5, 1.4, -0.5, 0.3, 1.2, -0.3 },
    { -0.1, 0.1, 0.1, -1.2, 0.1, 1.4, -1.5, 0.9, 0.1, -0.6, 2.0, 0.8, -1.2, 0.1, 0.6 },
    0.69502939426323, 0.69502939426323, -0.0944444444444444, -0.557582489399646, 0.368693600510757, 0.0, 0.106666666666667 },
  { { 1.4, 1.6, 4.3, 1.9, 1.8, 1.0, 3.1, 0.5, 2.6, 0.0, 0.0, 0.0 },
    { 0.0, 0.0, 0.0, 0.2, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0 },
    0.000225796486517952, 0.000677389459553857, 0.733333333333333, 0.458436822901693, 1.0, 1.51666666666667, 0.0133333333333333 },
};

static void
test_against_scipy (void)
{
  gint64 n = N_A + N_B, n_cases = G_N_ELEMENTS (cases);
  g_autofree double *values = g_new (double, n * n_cases);
  g_autofree guint8 *groups = groups_new (N_A, N_B);
  g_autoptr (GError) error = NULL;

  for (gint64 c = 0; c < n_cases; c++)
    {
      memcpy (values + c * n, cases[c].a, sizeof cases[c].a);
      memcpy (values + c * n + N_A, cases[c].b, sizeof cases[c].b);
    }
  g_autoptr (SmoothSparse) columns = columns_new (values, n, n_cases);
  for (gint threads = 1; threads <= 3; threads += 2)
    {
      g_autoptr (SmoothRun) run = smooth_run_new (threads);
      g_autoptr (SmoothComparison) found = smooth_comparison_new (columns, groups, NULL, run, &error);
      g_assert_no_error (error);
      g_assert_cmpint (found->n_a, ==, N_A);
      g_assert_cmpint (found->n_b, ==, N_B);
      for (gint64 c = 0; c < n_cases; c++)
        {
          g_assert_cmpfloat_with_epsilon (found->p[c], cases[c].p, 1e-12);
          g_assert_cmpfloat_with_epsilon (found->q[c], cases[c].q, 1e-12);
          g_assert_cmpfloat_with_epsilon (found->effect[c], cases[c].delta, 1e-12);
          g_assert_cmpfloat_with_epsilon (found->effect_low[c], cases[c].low, 1e-12);
          g_assert_cmpfloat_with_epsilon (found->effect_high[c], cases[c].high, 1e-12);
          g_assert_cmpfloat_with_epsilon (found->mean_a[c], cases[c].mean_a, 1e-12);
          g_assert_cmpfloat_with_epsilon (found->difference[c], cases[c].mean_a - cases[c].mean_b, 1e-12);
          g_assert_cmpfloat (found->n_effective[c], ==, (double) n);
          g_assert_true (isnan (found->p_spatial[c]) && isnan (found->q_spatial[c]));
        }
    }
}

/* Without ties in small groups: mannwhitneyu (method='exact'). The same numbers swapped give the same p. */
static void
test_exact (void)
{
  const double values[] = { 0.337, 0.703, 2.057, 1.489, 0.473, -0.369, -0.25, 1.524, -0.428, -0.304, 0.353, -0.121, -0.197, -1.114 };
  g_autoptr (SmoothSparse) columns = columns_new (values, 14, 1);
  g_autofree guint8 *groups = groups_new (5, 9);
  g_autoptr (SmoothComparison) found = smooth_comparison_new (columns, groups, NULL, NULL, NULL);

  g_assert_true (found->is_exact);
  g_assert_cmpfloat_with_epsilon (found->p[0], 0.018981018981019, 1e-13);
  g_assert_cmpfloat_with_epsilon (found->effect[0], 0.777777777777778, 1e-13);
  for (gint i = 0; i < 14; i++)
    groups[i] = groups[i] == SMOOTH_GROUP_A ? SMOOTH_GROUP_B : SMOOTH_GROUP_A;
  g_autoptr (SmoothComparison) swapped = smooth_comparison_new (columns, groups, NULL, NULL, NULL);
  g_assert_cmpfloat_with_epsilon (swapped->p[0], found->p[0], 1e-13);
  g_assert_cmpfloat_with_epsilon (swapped->effect[0], -found->effect[0], 1e-13);
}

/* Spots of neither group do not count; what does not vary does not differ; a group of nothing is refused. */
static void
test_edges (void)
{
  const double values[] = { 1.0, 2.0, 100.0, 3.0, 4.0, 5.0, 5.0, 9.0, 5.0, 5.0, 0.0, 0.0, 7.0, 0.0, 0.0 };
  const guint8 groups[] = { 1, 1, 0, 2, 2 }, one[] = { 1, 0, 0, 2, 2 }, none[] = { 1, 1, 1, 0, 1 };
  g_autoptr (SmoothSparse) columns = columns_new (values, 5, 3);
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothComparison) found = smooth_comparison_new (columns, groups, NULL, NULL, NULL);
  g_autoptr (SmoothComparison) single = smooth_comparison_new (columns, one, NULL, NULL, NULL);

  g_assert_cmpfloat (found->effect[0], ==, -1.0);
  g_assert_cmpfloat (found->mean_a[0], ==, 1.5);
  for (gint v = 1; v < 3; v++)
    {
      g_assert_cmpfloat (found->p[v], ==, 1.0);
      g_assert_cmpfloat (found->effect[v], ==, 0.0);
      g_assert_cmpfloat (found->difference[v], ==, 0.0);
    }
  g_assert_cmpfloat (single->effect[0], ==, -1.0);
  g_assert_true (isfinite (single->p[0]));
  g_assert_null (smooth_comparison_new (columns, none, NULL, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
}

static void
test_adjusted (void)
{
  double p[] = { 0.01, 0.5, NAN, 0.03, 0.04, 1e-9, 0.9 };
  const double q[] = { 0.03, 0.6, NAN, 0.06, 0.06, 6e-9, 0.9 };

  smooth_adjust_p (p, G_N_ELEMENTS (p), p);
  for (gsize i = 0; i < G_N_ELEMENTS (p); i++)
    if (isnan (q[i]))
      g_assert_true (isnan (p[i]));
    else
      g_assert_cmpfloat_with_epsilon (p[i], q[i], 1e-15);
}

static void
test_student (void)
{
  static const double known[][3] = { { 0.5, 3, 0.651447964848151 },    { -2.0, 10, 0.0733880347707404 },  { 4.0, 1, 0.155958260754739 },
                                     { 1.0, 2.5, 0.404061027278274 },  { 6.0, 50, 2.18893948508e-07 },    { 12, 400, 1.50842633830657e-28 },
                                     { 0.0, 7, 1.0 },                  { 1.959963984540054, 1e9, 0.05 } };

  for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
    g_assert_cmpfloat_with_epsilon (smooth_student_p (known[i][0], known[i][1]) / known[i][2], 1.0, 1e-9);
  g_assert_true (isnan (smooth_student_p (NAN, 3.0)));
  g_assert_true (isnan (smooth_student_p (1.0, 0.0)));
}

static void
test_table (void)
{
  const double abundances[] = { 1, 3, 1, 1, 0, 2, 4, 0, 1, 1 }, values[] = { 1.0, 4.0, 2.0, NAN, 9.0 };
  const char *const names[] = { "x", "y", NULL };
  const gint32 groups[] = { 0, 0, 0, -1, -1 };
  SmoothInfo info = { 0 };
  g_autoptr (SmoothMatrix) matrix = smooth_matrix_new_from_values (2, 5, abundances, NULL);
  g_autoptr (SmoothResult) result = smooth_result_new (matrix, names, &info, NULL);
  g_autoptr (SmoothGroupTable) table = smooth_group_table_new (groups, 5, 2, values, result);

  g_assert_cmpint (table->n_groups, ==, 3);
  g_assert_cmpint (table->n_spots[0], ==, 3);
  g_assert_cmpint (table->n_spots[1], ==, 0);
  g_assert_cmpint (table->n_spots[2], ==, 2);
  g_assert_cmpfloat_with_epsilon (table->values[0].mean, 7.0 / 3.0, 1e-15);
  g_assert_cmpfloat_with_epsilon (table->values[0].sd, sqrt (7.0 / 3.0), 1e-15);
  g_assert_cmpfloat (table->values[0].median, ==, 2.0);
  g_assert_cmpint (table->values[2].n, ==, 1);
  g_assert_true (isnan (table->values[2].sd) && isnan (table->values[1].mean));
  g_assert_cmpfloat_with_epsilon (table->proportions[0], (0.25 + 0.5 + 0.0) / 3.0, 1e-8);
  g_assert_true (isnan (table->proportions[2]));
  g_assert_cmpfloat_with_epsilon (table->proportions[4], 0.75, 1e-8);
}

/* ---- Spots that are like their neighbours ---- */

static SmoothPrecision *
square_prior_of (SmoothPriorKind kind, double rho)
{
  double coords[2 * SIDE * SIDE];
  SmoothGraphSettings graph_settings;
  SmoothPrecisionSettings settings;

  for (gint i = 0; i < SIDE * SIDE; i++)
    {
      coords[2 * i] = i % SIDE;
      coords[2 * i + 1] = i / SIDE;
    }
  smooth_params_init (&smooth_graph_params, &graph_settings);
  smooth_params_init (&smooth_precision_params, &settings);
  graph_settings.kind = SMOOTH_GRAPH_RADIUS;
  graph_settings.radius = 1.1;
  settings.kind = kind;
  settings.rho = rho;
  g_autoptr (SmoothGraph) graph = smooth_graph_new (coords, SIDE * SIDE, 2, 1.0, &graph_settings, NULL, NULL);
  return smooth_precision_new (graph, &settings, NULL, NULL);
}

static SmoothPrecision *
square_prior (double rho)
{
  return square_prior_of (SMOOTH_PRIOR_ICAR, rho);
}

/* R, dense. */
static double *
dup_correlations (const SmoothPrecision *precision)
{
  gint64 n = precision->n_spots;
  gboolean is_definite;
  g_autoptr (SmoothCholesky) cholesky = smooth_cholesky_new_for (precision->symbolic, precision->symmetric, NULL, NULL, NULL);
  g_autoptr (SmoothMatrix) inverse = smooth_matrix_new (n, n, NULL);
  double *r = g_new (double, n * n);

  g_assert_true (smooth_cholesky_factor (cholesky, precision->symmetric, &is_definite, NULL, NULL) && is_definite);
  for (gint64 i = 0; i < n; i++)
    inverse->values[i + i * n] = 1.0;
  g_assert_true (smooth_cholesky_solve (cholesky, inverse, NULL, NULL));
  for (gint64 i = 0; i < n * n; i++)
    r[i] = inverse->values[i] / sqrt (inverse->values[i / n * (n + 1)] * inverse->values[i % n * (n + 1)]);
  return r;
}

/* Left and right of a gap of one column. */
static void
fill_halves (guint8 *groups)
{
  for (gint i = 0; i < SIDE * SIDE; i++)
    groups[i] = i % SIDE < SIDE / 2 ? SMOOTH_GROUP_A : i % SIDE > SIDE / 2 ? SMOOTH_GROUP_B : SMOOTH_GROUP_NONE;
}

/* E x'Mx for x of covariance R, by the definition: M = C W C or C, C the centring by group. */
static void
test_traces (void)
{
  enum { N = SIDE * SIDE };
  g_autoptr (SmoothPrecision) precision = square_prior (0.9);
  g_autofree double *r = dup_correlations (precision), *c = g_new0 (double, N * N), *wc = g_new0 (double, N * N);
  guint8 groups[N];
  double n_of[3] = { 0 }, edges_r = 0.0, edges_i = 0.0, squares_r = 0.0, contrast = 0.0;
  g_autoptr (SmoothReport) report = smooth_report_new ();

  fill_halves (groups);
  for (gint i = 0; i < N; i++)
    n_of[groups[i]] += 1.0;
  for (gint i = 0; i < N; i++)
    for (gint j = 0; j < N; j++)
      if (groups[i] != SMOOTH_GROUP_NONE && groups[i] == groups[j])
        c[i + j * N] = (i == j) - 1.0 / n_of[groups[i]];
  for (gint i = 0; i < N; i++)
    for (gint k = 0; k < N; k++)
      {
        gboolean are_neighbours = groups[i] == groups[k] && groups[i] != SMOOTH_GROUP_NONE
                                  && abs (i % SIDE - k % SIDE) + abs (i / SIDE - k / SIDE) == 1;
        for (gint j = 0; j < N && are_neighbours; j++)
          wc[i + j * N] += c[k + j * N];
      }
  for (gint i = 0; i < N; i++)
    for (gint j = 0; j < N; j++)
      {
        double m = 0.0;
        for (gint k = 0; k < N; k++)
          m += c[i + k * N] * wc[k + j * N];
        edges_r += m * r[j + i * N];
        edges_i += i == j ? m : 0.0;
        squares_r += c[i + j * N] * r[j + i * N];
        double ci = groups[i] == SMOOTH_GROUP_A ? 1.0 / n_of[1] : groups[i] == SMOOTH_GROUP_B ? -1.0 / n_of[2] : 0.0;
        double cj = groups[j] == SMOOTH_GROUP_A ? 1.0 / n_of[1] : groups[j] == SMOOTH_GROUP_B ? -1.0 / n_of[2] : 0.0;
        contrast += ci * cj * r[i + j * N];
      }
  g_autoptr (SmoothSpotLikeness) likeness = smooth_i_spot_likeness_new (precision, groups, report, NULL, NULL);
  g_assert_cmpfloat_with_epsilon (likeness->edges_r, edges_r, 1e-8);
  g_assert_cmpfloat_with_epsilon (likeness->edges_i, edges_i, 1e-8);
  g_assert_cmpfloat_with_epsilon (likeness->squares_r, squares_r, 1e-8);
  g_assert_cmpfloat_with_epsilon (likeness->contrast_r, contrast, 1e-10);
  g_assert_cmpfloat (smooth_i_spot_likeness_inflate (likeness, likeness->edges_i, likeness->squares_i), ==, 1.0);
  g_assert_cmpfloat (smooth_i_spot_likeness_inflate (likeness, likeness->edges_r, likeness->squares_r), >, 2.0);
}

/* Lower triangle of R = L L'. */
static void
factor_dense (double *r, gint n)
{
  for (gint j = 0; j < n; j++)
    for (gint i = j; i < n; i++)
      {
        double sum = r[i + j * n];
        for (gint k = 0; k < j; k++)
          sum -= r[i + k * n] * r[j + k * n];
        r[i + j * n] = i == j ? sqrt (sum) : sum / r[j + j * n];
      }
}

/* Fields that vary by themselves, with noise of each spot, and no difference between the halves: tests that count spots as
 * independent see one in far too many of them. */
static void
test_error_rate (void)
{
  enum { N = SIDE * SIDE, FIELDS = 1500 };
  g_autoptr (SmoothPrecision) precision = square_prior (0.97);
  g_autofree double *root = dup_correlations (precision), *fields = g_new0 (double, (gsize) N * FIELDS);
  guint8 groups[N];
  gint n_naive = 0, n_corrected = 0;
  SmoothRng rng;

  fill_halves (groups);
  factor_dense (root, N);
  smooth_i_rng_init (&rng, 5, 0);
  for (gint f = 0; f < FIELDS; f++)
    {
      double normal[N];
      for (gint i = 0; i < N; i++)
        normal[i] = smooth_i_rng_normal (&rng);
      for (gint i = 0; i < N; i++)
        {
          double sum = 0.0;
          for (gint k = 0; k <= i; k++)
            sum += root[i + k * N] * normal[k];
          fields[f * N + i] = sqrt (0.7) * sum + sqrt (0.3) * smooth_i_rng_normal (&rng);
        }
    }
  g_autoptr (SmoothSparse) columns = columns_new (fields, N, FIELDS);
  g_autoptr (SmoothComparison) found = smooth_comparison_new (columns, groups, precision, NULL, NULL);
  for (gint f = 0; f < FIELDS; f++)
    {
      n_naive += found->p[f] < 0.05;
      n_corrected += found->p_spatial[f] < 0.05;
      g_assert_cmpfloat (found->n_effective[f], <=, (double) (found->n_a + found->n_b) * (1.0 + 1e-12));
      g_assert_cmpfloat (found->p_spatial[f], >=, found->p[f] * 0.9);
    }
  g_test_message ("found at 5 %%: %.1f %% as if independent, %.1f %% corrected", 100.0 * n_naive / FIELDS, 100.0 * n_corrected / FIELDS);
  g_assert_cmpint (n_naive, >, FIELDS * 20 / 100);
  g_assert_cmpint (n_corrected, <, FIELDS * 8 / 100);
  g_assert_cmpint (n_corrected, >, FIELDS * 1 / 100);
}

/* SMA has its covariance, and no precision: c'Rc from its entries. */
static void
test_covariance (void)
{
  enum { N = SIDE * SIDE };
  g_autoptr (SmoothPrecision) prior = square_prior_of (SMOOTH_PRIOR_SMA, 0.1);
  g_autoptr (SmoothReport) report = smooth_report_new ();
  g_autofree double *c = g_new0 (double, N * N);
  guint8 groups[N];
  double n_of[3] = { 0.0 }, contrast = 0.0;

  fill_halves (groups);
  g_assert_nonnull (prior->covariance);
  for (gint64 j = 0; j < N; j++)
    for (gint64 e = prior->covariance->starts[j]; e < prior->covariance->starts[j + 1]; e++)
      c[prior->covariance->rows[e] + j * N] = prior->covariance->values[e];
  for (gint i = 0; i < N; i++)
    n_of[groups[i]] += 1.0;
  for (gint i = 0; i < N; i++)
    for (gint j = 0; j < N; j++)
      if (groups[i] != SMOOTH_GROUP_NONE && groups[j] != SMOOTH_GROUP_NONE)
        contrast += (groups[i] == groups[j] ? 1.0 : -1.0) / (n_of[groups[i]] * n_of[groups[j]]) * c[i + j * N]
                    / sqrt (c[i + i * N] * c[j + j * N]);
  g_autoptr (SmoothSpotLikeness) likeness = smooth_i_spot_likeness_new (prior, groups, report, NULL, NULL);
  g_assert_nonnull (likeness);
  g_assert_cmpfloat_with_epsilon (likeness->contrast_r, contrast, 1e-12);
  g_assert_cmpfloat (smooth_i_spot_likeness_inflate (likeness, likeness->edges_r, likeness->squares_r), >, 1.1);
}

/* Noise of each spot alone is not punished; a singular prior is said to have no correlations. */
static void
test_priors (void)
{
  enum { N = SIDE * SIDE, FIELDS = 200 };
  g_autoptr (SmoothPrecision) precision = square_prior (0.9), singular = square_prior (1.0);
  g_autofree double *fields = g_new0 (double, (gsize) N * FIELDS);
  guint8 groups[N];
  double sum = 0.0;
  SmoothRng rng;

  fill_halves (groups);
  smooth_i_rng_init (&rng, 6, 0);
  for (gint i = 0; i < N * FIELDS; i++)
    fields[i] = smooth_i_rng_normal (&rng);
  g_autoptr (SmoothSparse) columns = columns_new (fields, N, FIELDS);
  g_autoptr (SmoothComparison) found = smooth_comparison_new (columns, groups, precision, NULL, NULL);
  for (gint f = 0; f < FIELDS; f++)
    sum += found->n_effective[f];
  g_assert_cmpfloat (sum / FIELDS, >, 0.7 * (double) (found->n_a + found->n_b));

  g_autoptr (SmoothComparison) without = smooth_comparison_new (columns, groups, singular, NULL, NULL);
  g_assert_true (isnan (without->p_spatial[0]));
  g_assert_cmpfloat (without->p[0], ==, found->p[0]);
  g_assert_cmpuint (smooth_report_get_n_lines (without->report), ==, 1);
}

static void
test_cancelled (void)
{
  g_autofree guint8 *groups = groups_new (N_A, N_B);
  g_autofree double *values = g_new0 (double, (N_A + N_B) * 100);
  g_autoptr (SmoothRun) run = smooth_run_new (2);
  g_autoptr (GError) error = NULL;

  values[3] = 1.0;
  g_autoptr (SmoothSparse) columns = columns_new (values, N_A + N_B, 100);
  smooth_run_cancel (run);
  g_assert_null (smooth_comparison_new (columns, groups, NULL, run, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_CANCELLED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/result/comparison/scipy", test_against_scipy);
  g_test_add_func ("/result/comparison/exact", test_exact);
  g_test_add_func ("/result/comparison/edges", test_edges);
  g_test_add_func ("/result/comparison/adjusted", test_adjusted);
  g_test_add_func ("/result/comparison/student", test_student);
  g_test_add_func ("/result/comparison/table", test_table);
  g_test_add_func ("/result/comparison/traces", test_traces);
  g_test_add_func ("/result/comparison/error-rate", test_error_rate);
  g_test_add_func ("/result/comparison/covariance", test_covariance);
  g_test_add_func ("/result/comparison/priors", test_priors);
  g_test_add_func ("/result/comparison/cancelled", test_cancelled);
  return g_test_run ();
}
