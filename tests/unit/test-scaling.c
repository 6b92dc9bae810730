/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of graph scaling: principal components by two ways, patches at borders, composition, and what has no similarity. */
#include "graph/scaling.h"

#include "base/error.h"
#include "base/rng.h"
#include "linalg/lanczos.h"
#include "section/patches.h"

#include <math.h>
#include <string.h>

static SmoothMatrix *
random_matrix (gint64 n_rows, gint64 n_cols, guint64 seed)
{
  SmoothMatrix *matrix = smooth_matrix_new (n_rows, n_cols, NULL);
  SmoothRng rng;

  smooth_i_rng_init (&rng, seed, 0);
  for (gint64 e = 0; e < n_rows * n_cols; e++)
    matrix->values[e] = smooth_i_rng_uniform (&rng) < 0.3 ? smooth_i_rng_normal (&rng) : 0.0;
  return matrix;
}

/* A path of n spots. */
static SmoothGraph *
path_graph (gint64 n)
{
  g_autofree double *coords = g_new0 (double, 2 * n);
  SmoothGraphSettings settings;

  smooth_params_init (&smooth_graph_params, &settings);
  settings.k = 2;
  for (gint64 i = 0; i < n; i++)
    coords[2 * i] = (double) i;
  return smooth_graph_new (coords, n, 2, 1.0, &settings, NULL, NULL);
}

static void
apply_diagonal (const double *x, double *y, gpointer data)
{
  gint64 n = *(gint64 *) data;

  for (gint64 i = 0; i < n; i++)
    y[i] = (double) ((i * 7) % n) / (double) n * x[i];
}

/* Eigenvalues that are known, and unit vectors. */
static void
test_lanczos_top (void)
{
  gint64 n = 1000, n_found = 0;
  double values[5];
  g_autoptr (SmoothMatrix) vectors = smooth_matrix_new (n, 5, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (smooth_i_lanczos_top (apply_diagonal, &n, n, 5, 1e-10, values, vectors, &n_found, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (n_found, ==, 5);
  for (gint k = 0; k < 5; k++)
    {
      double largest = 0.0;
      g_assert_cmpfloat_with_epsilon (values[k], (double) (n - 1 - k) / (double) n, 1e-10);
      for (gint64 i = 0; i < n; i++)
        largest = MAX (largest, fabs (vectors->values[i + k * n]));
      g_assert_cmpfloat_with_epsilon (largest, 1.0, 1e-6);
    }
}

/* More spots and features than a dense matrix is made for: distances of all components are those of the z-scored features. */
static void
test_principal (void)
{
  gint64 n = 560, p = 520, rank = 6;
  g_autoptr (SmoothMatrix) left = random_matrix (p, rank, 1);
  g_autoptr (SmoothMatrix) right = random_matrix (rank, n, 2);
  g_autoptr (SmoothMatrix) table = smooth_matrix_new (p, n, NULL);

  for (gint64 i = 0; i < n; i++)
    for (gint64 g = 0; g < p; g++)
      for (gint64 r = 0; r < rank; r++)
        table->values[g + i * p] += g == 3 ? 0.0 : left->values[g + r * p] * right->values[r + i * rank];
  g_autoptr (SmoothFeatures) dense = smooth_features_new_from_matrix (table, NULL);
  g_autoptr (SmoothSparse) sparse_table = smooth_sparse_new_from_dense (table, NULL);
  g_autoptr (SmoothFeatures) sparse = smooth_features_new_from_sparse (sparse_table, NULL);
  g_autoptr (SmoothReport) report = smooth_report_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothFeatures) a = smooth_features_new_principal (dense, (gint) rank, report, NULL, &error);
  g_autoptr (SmoothFeatures) b = smooth_features_new_principal (sparse, (gint) rank, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (a->n_features, ==, rank);
  g_assert_nonnull (strstr (smooth_report_get_line (report, 0, NULL), "do not vary"));
  for (gint64 e = 0; e < rank * n; e++)
    g_assert_cmpfloat_with_epsilon (a->dense->values[e], b->dense->values[e], 1e-6);

  double worst = 0.0;
  for (gint64 i = 0; i < 40; i++)
    for (gint64 j = 0; j < i; j++)
      {
        double expected = 0.0, found = 0.0;
        for (gint64 g = 0; g < p; g++)
          {
            double mean = 0.0, square = 0.0;
            for (gint64 s = 0; s < n; s++)
              mean += table->values[g + s * p] / (double) n;
            for (gint64 s = 0; s < n; s++)
              square += (table->values[g + s * p] - mean) * (table->values[g + s * p] - mean);
            double d = table->values[g + i * p] - table->values[g + j * p];
            expected += square > 1e-20 ? d * d / (square / (double) (n - 1)) : 0.0;
          }
        for (gint64 k = 0; k < rank; k++)
          found += (a->dense->values[k + i * rank] - a->dense->values[k + j * rank]) * (a->dense->values[k + i * rank] - a->dense->values[k + j * rank]);
        worst = MAX (worst, fabs (found - expected) / MAX (expected, 1.0));
      }
  g_assert_cmpfloat (worst, <, 1e-6);
}

/* Zero vectors are like nothing, opposite ones too; equal places have distance 0; the median is a bandwidth. */
static void
test_similarities (void)
{
  const double values[2 * 5] = { 1, 0, 2, 0, 0, 0, 0, 1, 0, -1 };
  g_autoptr (SmoothGraph) graph = path_graph (5);
  g_autoptr (SmoothMatrix) matrix = smooth_matrix_new_from_values (2, 5, values, NULL);
  g_autoptr (SmoothFeatures) features = smooth_features_new_from_matrix (matrix, NULL);
  g_autofree double *cosine = smooth_graph_dup_similarities (graph, features, SMOOTH_SIMILARITY_COSINE, NULL, 0.0, NULL, NULL);
  g_autoptr (SmoothGraph) scaled = smooth_graph_new_scaled (graph, cosine, FALSE, NULL);
  g_assert_cmpint (graph->n_edges, ==, 4);
  g_assert_cmpint (scaled->n_edges, ==, 1); /* 0 and 1 are parallel */
  g_assert_cmpint (scaled->n_isolated, ==, 3);
  g_assert_cmpint (smooth_sparse_get_nnz (scaled->weights), ==, smooth_sparse_get_nnz (graph->weights));

  double bandwidth = 0.0;
  g_autofree double *euclidean = smooth_graph_dup_similarities (graph, features, SMOOTH_SIMILARITY_EUCLIDEAN, &bandwidth, 0.0, NULL, NULL);
  g_assert_cmpfloat_with_epsilon (bandwidth, 1.0, 1e-12); /* neighbours are .5, 1, .5 and 1 apart, once divided by 2 */

  matrix->values[3] = NAN;
  g_autoptr (GError) error = NULL;
  g_assert_null (smooth_features_new_from_matrix (matrix, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
  g_assert_nonnull (strstr (error->message, "feature 2 of spot 2"));
}

/* Given similarities count where there is an edge, missing ones are 0; what is no similarity is refused. */
static void
test_given (void)
{
  const gint32 rows[] = { 1, 3, 0, 2, 1, 4 }, cols[] = { 0, 0, 1, 1, 2, 3 };
  const double values[] = { 0.5, 0.9, 0.5, 2.0, 2.0, 0.25 };
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothGraph) graph = path_graph (5);
  g_autoptr (SmoothSparse) given = smooth_sparse_new_from_triplets (5, 5, 6, rows, cols, values, NULL);
  g_autofree double *factors = smooth_graph_dup_given_similarities (graph, given, &error);
  g_assert_no_error (error);
  g_autoptr (SmoothGraph) scaled = smooth_graph_new_scaled (graph, factors, FALSE, NULL);
  const double expected[5][5] = { { 0, 0.5 }, { 0.5, 0, 2.0 }, { 0, 2.0 }, { 0, 0, 0, 0, 0.25 }, { 0, 0, 0, 0, 1.0 } };
  for (gint i = 0; i < 5; i++)
    for (gint64 e = scaled->weights->starts[i]; e < scaled->weights->starts[i + 1]; e++)
      g_assert_cmpfloat (scaled->weights->values[e], ==, expected[i][scaled->weights->rows[e]]);

  given->values[3] = -1.0;
  g_autofree double *negative = smooth_graph_dup_given_similarities (graph, given, &error);
  g_assert_null (smooth_graph_new_scaled (graph, negative, FALSE, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
  g_clear_error (&error);
  given->values[3] = NAN;
  g_assert_null (smooth_graph_dup_given_similarities (graph, given, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
  g_clear_error (&error);
  g_autoptr (SmoothGraph) longer = path_graph (6);
  g_assert_null (smooth_graph_dup_given_similarities (longer, given, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_MISMATCH);
}

/* One after the other in either order, and regions as well: the same weights. */
static void
test_composition (void)
{
  gint64 n = 30;
  g_autoptr (SmoothGraph) graph = path_graph (n);
  g_autoptr (SmoothMatrix) a = random_matrix (4, n, 5);
  g_autoptr (SmoothMatrix) b = random_matrix (4, n, 6);
  g_autoptr (SmoothFeatures) fa = smooth_features_new_from_matrix (a, NULL);
  g_autoptr (SmoothFeatures) fb = smooth_features_new_from_matrix (b, NULL);
  g_autofree double *sa = smooth_graph_dup_similarities (graph, fa, SMOOTH_SIMILARITY_EUCLIDEAN, NULL, 0.0, NULL, NULL);
  g_autofree double *sb = smooth_graph_dup_similarities (graph, fb, SMOOTH_SIMILARITY_COSINE, NULL, 0.0, NULL, NULL);
  g_autofree gint32 *labels = g_new0 (gint32, n);
  for (gint64 i = n / 2; i < n; i++)
    labels[i] = 1;

  g_autoptr (SmoothGraph) first = smooth_graph_new_scaled (graph, sa, FALSE, NULL);
  g_autoptr (SmoothGraph) second = smooth_graph_new_scaled (first, sb, FALSE, NULL);
  g_autoptr (SmoothGraph) regions = smooth_graph_new_scaled_by_identity (second, labels, 0.5, FALSE, FALSE, NULL);
  g_autoptr (SmoothGraph) regions_first = smooth_graph_new_scaled_by_identity (graph, labels, 0.5, FALSE, FALSE, NULL);
  g_autoptr (SmoothGraph) then_b = smooth_graph_new_scaled (regions_first, sb, FALSE, NULL);
  g_autoptr (SmoothGraph) then_a = smooth_graph_new_scaled (then_b, sa, FALSE, NULL);
  for (gint64 e = 0; e < smooth_sparse_get_nnz (graph->weights); e++)
    g_assert_cmpfloat_with_epsilon (regions->weights->values[e], then_a->weights->values[e], 1e-15);
}

/* In a picture of y 10 + x every patch is known, padding included; far outside there is none. */
static void
test_patches (void)
{
  double values[6 * 8];
  const double centres[] = { 4, 3, 0, 0, 8, 6, 40, 40 };
  SmoothPixels pixels = { .width = 8, .height = 6, .n_channels = 1, .values = values };
  gint64 n_outside = 0;

  for (gint y = 0; y < 6; y++)
    for (gint x = 0; x < 8; x++)
      values[y * 8 + x] = 10 * y + x;
  g_autoptr (SmoothMatrix) patches = smooth_patches_new (&pixels, centres, 4, 2, FALSE, &n_outside, NULL, NULL);
  g_assert_cmpint (patches->n_rows, ==, 16);
  g_assert_cmpint (n_outside, ==, 1);
  for (gint y = 0; y < 4; y++)
    for (gint x = 0; x < 4; x++)
      {
        g_assert_cmpfloat (patches->values[y * 4 + x], ==, 10 * (1 + y) + 2 + x);
        /* the corner: missing rows are the mean of rows 0 and 1, missing columns that of columns 0 and 1 */
        g_assert_cmpfloat (patches->values[16 + y * 4 + x], ==, 10 * (y < 2 ? 0.5 : y - 2) + (x < 2 ? 0.5 : x - 2));
        g_assert_cmpfloat (patches->values[48 + y * 4 + x], ==, 0);
      }
  g_autoptr (SmoothMatrix) means = smooth_patches_new (&pixels, centres, 4, 2, TRUE, NULL, NULL, NULL);
  g_assert_cmpfloat (means->values[0], ==, 28.5);
  g_assert_cmpfloat (means->values[2], ==, 51.5);
  g_autoptr (GError) error = NULL;
  g_assert_null (smooth_patches_new (&pixels, centres, 4, 0, TRUE, NULL, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/scaling/lanczos-top", test_lanczos_top);
  g_test_add_func ("/scaling/principal", test_principal);
  g_test_add_func ("/scaling/similarities", test_similarities);
  g_test_add_func ("/scaling/composition", test_composition);
  g_test_add_func ("/scaling/given", test_given);
  g_test_add_func ("/scaling/patches", test_patches);
  return g_test_run ();
}
