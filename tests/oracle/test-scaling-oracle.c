/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Weights by likeness and identity, and decay of correlation, against the formulas in dense arithmetic: in two and three dimensions, with
 * spots in one place and alone, directed and not, with features of every shape. */
#include "graph/similarity.h"
#include "precision/decay.h"

#include <math.h>
#include <string.h>

/* LAPACK; Fortran's interface */
extern void dsyev_ (const char *job, const char *triangle, const int *n, double *a, const int *lda, double *eigenvalues, double *work,
                    const int *n_work, int *info);

#define MOST 90

/* One made problem. */
typedef struct
{
  gint n, n_dims;
  double coords[3 * MOST];
  SmoothGraph *graph;
} Site;

/* Random places or a lattice, some spots in one place and some far from all. */
static void
site_init (Site *site, GRand *rand, gint variant)
{
  SmoothGraphSettings settings;
  g_autoptr (GError) error = NULL;

  site->n = 40 + 25 * (variant % 3);
  site->n_dims = 2 + (variant / 3) % 2;
  for (gint i = 0; i < site->n; i++)
    for (gint d = 0; d < site->n_dims; d++)
      {
        double *x = &site->coords[i * site->n_dims + d];
        if (variant % 4 == 1)
          *x = 100.0 * (d == 0 ? i % 8 : d == 1 ? i / 8 % 8 : i / 64); /* ties */
        else
          *x = g_rand_double_range (rand, 0.0, 600.0);
      }
  for (gint d = 0; d < site->n_dims && variant % 4 != 1; d++)
    {
      site->coords[7 * site->n_dims + d] = site->coords[5 * site->n_dims + d];
      site->coords[9 * site->n_dims + d] = 5000.0 + d;
    }
  smooth_params_init (&smooth_graph_params, &settings);
  settings.kind = variant % 2 ? SMOOTH_GRAPH_RADIUS : SMOOTH_GRAPH_KNN;
  settings.k = 3 + variant % 4;
  settings.ties = variant % 5 == 0 ? SMOOTH_TIES_STRICT : SMOOTH_TIES_INCLUSIVE;
  settings.mutual = variant % 8 != 2;
  settings.radius = 150.0;
  settings.bandwidth = 90.0;
  site->graph = smooth_graph_new (site->coords, site->n, site->n_dims, 100.0, &settings, NULL, &error);
  g_assert_no_error (error);
}

/* w[i * n + j] <- w_ij */
static void
densify (const SmoothGraph *graph, double *w)
{
  gint64 n = graph->n_spots;

  memset (w, 0, (gsize) (n * n) * sizeof (double));
  for (gint64 i = 0; i < n; i++)
    for (gint64 e = graph->weights->starts[i]; e < graph->weights->starts[i + 1]; e++)
      w[i * n + graph->weights->rows[e]] = graph->weights->values[e];
}

/* The rule of spots that are alone, and rows of sum 1. */
static void
settle (double *w, gint n, gboolean row_scale)
{
  for (gint i = 0; i < n; i++)
    {
      double sum = 0.0, others = 0.0;
      for (gint j = 0; j < n; j++)
        others += j != i ? w[i * n + j] : 0.0;
      if (others == 0.0)
        w[i * n + i] = 1.0;
      for (gint j = 0; j < n; j++)
        sum += w[i * n + j];
      for (gint j = 0; j < n && row_scale; j++)
        w[i * n + j] /= sum;
    }
}

static void
compare (const SmoothGraph *found, const double *expected, const char *what)
{
  gint n = (gint) found->n_spots;
  g_autofree double *w = g_new (double, n * n);

  densify (found, w);
  for (gint e = 0; e < n * n; e++)
    if (!(fabs (w[e] - expected[e]) <= 1e-9))
      g_error ("%s: weight of %d and %d is %.15g, expected %.15g", what, e / n, e % n, w[e], expected[e]);
}

/* Features p x n, column-major; some constant, some spots 0. */
static void
make_features (double *f, gint p, gint n, GRand *rand)
{
  for (gint i = 0; i < n; i++)
    for (gint g = 0; g < p; g++)
      {
        f[g + i * p] = g_rand_double (rand) < 0.4 ? 0.0 : g_rand_double_range (rand, -1.0, 3.0);
        if (g == 1)
          f[g + i * p] = 2.5;
        if (i % 11 == 4)
          f[g + i * p] = 0.0;
      }
}

/* scores (dims x n) <- the leading principal components of z-scored features, from the n x n matrix of their products. */
static gint
dense_components (const double *f, gint p, gint n, gint dims, double *scores)
{
  g_autofree double *z = g_new0 (double, p * n), *gram = g_new0 (double, n * n), *values = g_new (double, n), *work = g_new (double, 40 * n);
  int info = 0, n_work = 40 * n, size = n;
  gint n_varying = 0;

  for (gint g = 0; g < p; g++)
    {
      double mean = 0.0, square = 0.0;
      for (gint i = 0; i < n; i++)
        mean += f[g + i * p] / n;
      for (gint i = 0; i < n; i++)
        square += (f[g + i * p] - mean) * (f[g + i * p] - mean);
      if (square < 1e-20)
        continue;
      n_varying++;
      for (gint i = 0; i < n; i++)
        z[g + i * p] = (f[g + i * p] - mean) / sqrt (square / (n - 1));
    }
  for (gint i = 0; i < n; i++)
    for (gint j = 0; j < n; j++)
      for (gint g = 0; g < p; g++)
        gram[i + j * n] += z[g + i * p] * z[g + j * p];
  dsyev_ ("V", "L", &size, gram, &size, values, work, &n_work, &info);
  g_assert_cmpint (info, ==, 0);
  dims = MIN (dims, MIN (n_varying, n));
  for (gint k = 0; k < dims; k++)
    for (gint i = 0; i < n; i++)
      scores[k + i * dims] = sqrt (MAX (values[n - 1 - k], 0.0)) * gram[i + (n - 1 - k) * n];
  return dims;
}

static double
dense_similarity (const double *f, gint p, gint n, gint i, gint j, SmoothSimilarity metric, double h)
{
  double dot = 0.0, a = 0.0, b = 0.0, d2 = 0.0, largest = 0.0;

  for (gint e = 0; e < p * n; e++)
    largest = MAX (largest, fabs (f[e]));
  for (gint g = 0; g < p; g++)
    {
      double x = f[g + i * p], y = f[g + j * p];
      dot += x * y;
      a += x * x;
      b += y * y;
      d2 += (x - y) * (x - y) / (largest * largest);
    }
  if (metric == SMOOTH_SIMILARITY_EUCLIDEAN)
    return exp (-d2 / (2.0 * h * h));
  return a > 0.0 && b > 0.0 ? MAX (dot / sqrt (a * b), 0.0) : 0.0;
}

static void
check_features (const Site *site, GRand *rand, gint p, gint dims, SmoothSimilarity metric, gboolean sparse, gboolean row_scale, double *w)
{
  gint n = site->n, used = p;
  double h = 0.4;
  g_autofree double *f = g_new0 (double, p * n), *scores = g_new0 (double, (gsize) MAX (dims, 1) * n);
  g_autoptr (GError) error = NULL;

  make_features (f, p, n, rand);
  g_autoptr (SmoothMatrix) matrix = smooth_matrix_new_from_values (p, n, f, NULL);
  g_autoptr (SmoothSparse) entries = smooth_sparse_new_from_dense (matrix, NULL);
  g_autoptr (SmoothFeatures) features = sparse ? smooth_features_new_from_sparse (entries, &error) : smooth_features_new_from_matrix (matrix, &error);
  g_assert_no_error (error);
  if (dims > 0)
    {
      SmoothFeatures *principal = smooth_features_new_principal (features, dims, NULL, NULL, &error);
      g_assert_no_error (error);
      smooth_features_unref (features);
      features = principal;
      used = dense_components (f, p, n, dims, scores);
      g_assert_cmpint (features->n_features, ==, used);
    }
  g_autofree double *factors = smooth_graph_dup_similarities (site->graph, features, metric, &h, 0.0, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (SmoothGraph) scaled = smooth_graph_new_scaled (site->graph, factors, row_scale, &error);
  g_assert_no_error (error);
  densify (site->graph, w);
  for (gint i = 0; i < n; i++)
    for (gint j = 0; j < n; j++)
      if (w[i * n + j] != 0.0)
        w[i * n + j] *= dense_similarity (dims > 0 ? scores : f, used, n, i, j, metric, h);
  settle (w, n, row_scale);
  compare (scaled, w, "features");
}

/* By features of many shapes: more or fewer than spots, dense and sparse, themselves and their components. */
static void
test_features (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (17);
  g_autofree double *w = g_new (double, MOST * MOST);

  for (gint variant = 0; variant < 24; variant++)
    {
      Site site;
      site_init (&site, rand, variant);
      for (gint sparse = 0; sparse <= 1; sparse++)
        for (gint metric = 0; metric <= 1; metric++)
          {
            gint p = variant % 3 == 0 ? 5 : variant % 3 == 1 ? 30 : 120;
            check_features (&site, rand, p, 0, (SmoothSimilarity) metric, sparse, variant % 5 == 3, w);
            check_features (&site, rand, p, 1 + variant % 6, (SmoothSimilarity) metric, sparse, variant % 5 == 3, w);
          }
      smooth_graph_unref (site.graph);
    }
}

/* By regions: their connectivity multiplies the weight of an edge between them, or takes its place. */
static void
test_identity (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (18);
  g_autofree double *w = g_new (double, MOST * MOST);
  const double boundaries[] = { 0.0, 0.3, 1.0 };

  for (gint variant = 0; variant < 24; variant++)
    {
      Site site;
      gint32 labels[MOST];
      site_init (&site, rand, variant);
      for (gint i = 0; i < site.n; i++)
        labels[i] = g_rand_int_range (rand, -1, 2 + variant % 3);
      for (gint c = 0; c < 12; c++)
        {
          double boundary = boundaries[c % 3];
          gboolean replace = c / 3 % 2, row_scale = c / 6;
          g_autoptr (GError) error = NULL;
          g_autoptr (SmoothGraph) scaled = smooth_graph_new_scaled_by_identity (site.graph, labels, boundary, replace, row_scale, &error);
          g_assert_no_error (error);
          densify (site.graph, w);
          for (gint i = 0; i < site.n; i++)
            for (gint j = 0; j < site.n; j++)
              if (w[i * site.n + j] != 0.0 && labels[i] != labels[j])
                w[i * site.n + j] = replace ? boundary : boundary * w[i * site.n + j];
          settle (w, site.n, row_scale);
          compare (scaled, w, "regions");
        }
      smooth_graph_unref (site.graph);
    }
}

/* ---- Decay ---- */

static const double levels[] = { 0.10, 0.25, 0.50, 0.75, 0.90 };

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

/* order[i * n + r]: the r-th nearest spot of i, itself first, ties to the smaller number; by looking at all. */
static void
sort_spots (const Site *site, gint *order)
{
  gint n = site->n;

  for (gint i = 0; i < n; i++)
    {
      double d2[MOST] = { 0.0 };
      for (gint j = 0; j < n; j++)
        for (gint d = 0; d < site->n_dims; d++)
          d2[j] += pow (site->coords[j * site->n_dims + d] - site->coords[i * site->n_dims + d], 2.0);
      d2[i] = -1.0;
      for (gint r = 0; r < n; r++)
        {
          gint best = -1;
          for (gint j = 0; j < n; j++)
            if (!isinf (d2[j]) && (best < 0 || d2[j] < d2[best]))
              best = j;
          order[i * n + r] = best;
          d2[best] = INFINITY;
        }
    }
}

static void
check_decay (const Site *site, const SmoothDecay *decay, const double *correlation, gint max_order, const char *what)
{
  gint n = site->n;
  g_autofree gint *order = g_new (gint, n * n);

  sort_spots (site, order);
  g_assert_cmpint (decay->n_orders, ==, max_order + 1);
  for (gint r = 0; r <= max_order; r++)
    {
      double column[MOST];
      for (gint i = 0; i < n; i++)
        column[i] = r == 0 ? 1.0 : correlation[i + order[i * n + r] * n];
      qsort (column, (gsize) n, sizeof (double), compare_doubles);
      for (gint q = 0; q < SMOOTH_DECAY_N_QUANTILES && (r > 0 || strcmp (what, "features") != 0); q++)
        {
          double place = levels[q] * (n - 1), rest = place - floor (place);
          gint low = (gint) place;
          double expected = column[low] + (rest > 0.0 ? rest * (column[low + 1] - column[low]) : 0.0);
          g_assert_cmpfloat_with_epsilon (decay->quantiles[r * SMOOTH_DECAY_N_QUANTILES + q], expected, 1e-8);
        }
    }
}

/* c (n x n) <- its inverse, by eigenvectors. */
static void
invert (double *c, gint n)
{
  g_autofree double *v = g_memdup2 (c, (gsize) (n * n) * sizeof (double)), *values = g_new (double, n), *work = g_new (double, 40 * n);
  int info = 0, n_work = 40 * n, size = n;

  dsyev_ ("V", "L", &size, v, &size, values, work, &n_work, &info);
  g_assert_cmpint (info, ==, 0);
  for (gint i = 0; i < n; i++)
    for (gint j = 0; j < n; j++)
      {
        c[i + j * n] = 0.0;
        for (gint k = 0; k < n; k++)
          c[i + j * n] += v[i + k * n] * v[j + k * n] / values[k];
      }
}

/* Every prior, standardised too: correlations from the dense inverse of the precision, of sma from the dense covariance. */
static void
test_decay (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (19);

  for (gint variant = 0; variant < 20; variant++)
    {
      Site site;
      gint max_order = 3 + variant;
      SmoothPrecisionSettings settings = { .kind = variant % 5, .rho = variant % 5 == SMOOTH_PRIOR_ICAR || variant % 5 == SMOOTH_PRIOR_ISAR ? 0.9 : 0.05,
                                           .standardise = variant / 5 % 2 };
      g_autoptr (GError) error = NULL;
      site_init (&site, rand, variant);
      gint n = site.n;
      g_autoptr (SmoothPrecision) precision = smooth_precision_new (site.graph, &settings, NULL, &error);
      g_assert_no_error (error);
      g_autoptr (SmoothDecay) decay = smooth_decay_new_of_prior (precision, site.coords, site.n_dims, max_order, 0, 1, NULL, &error);
      g_assert_no_error (error);
      g_autofree double *w = g_new (double, n * n), *c = g_new0 (double, n * n);
      densify (site.graph, w);
      if (settings.kind == SMOOTH_PRIOR_SMA) /* standardising divides rows of A, which no correlation sees */
        for (gint i = 0; i < n; i++)
          for (gint j = 0; j < n; j++)
            for (gint k = 0; k < n; k++)
              c[i + j * n] += ((i == k) + settings.rho * w[i * n + k]) * ((j == k) + settings.rho * w[j * n + k]);
      else
        {
          const SmoothSparse *q = precision->symmetric;
          for (gint j = 0; j < n; j++)
            for (gint64 e = q->starts[j]; e < q->starts[j + 1]; e++)
              c[q->rows[e] + j * n] = q->values[e];
          invert (c, n);
        }
      g_autofree double *r = g_new (double, n * n);
      for (gint i = 0; i < n; i++)
        for (gint j = 0; j < n; j++)
          r[i + j * n] = c[i + j * n] / sqrt (c[i + i * n] * c[j + j * n]);
      check_decay (&site, decay, r, max_order, "prior");
      smooth_graph_unref (site.graph);
    }
}

/* Cosines of features, which may be negative; a spot without any is like nothing. */
static void
test_feature_decay (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (20);

  for (gint variant = 0; variant < 12; variant++)
    {
      Site site;
      gint p = 3 + 4 * variant, max_order = 4 + variant;
      g_autoptr (GError) error = NULL;
      site_init (&site, rand, variant);
      gint n = site.n;
      g_autofree double *f = g_new0 (double, p * n), *r = g_new (double, n * n);
      make_features (f, p, n, rand);
      g_autoptr (SmoothMatrix) matrix = smooth_matrix_new_from_values (p, n, f, NULL);
      g_autoptr (SmoothSparse) entries = smooth_sparse_new_from_dense (matrix, NULL);
      g_autoptr (SmoothFeatures) features = variant % 2 ? smooth_features_new_from_sparse (entries, NULL) : smooth_features_new_from_matrix (matrix, NULL);
      g_autoptr (SmoothDecay) decay = smooth_decay_new_of_features (features, site.coords, site.n_dims, max_order, NULL, &error);
      g_assert_no_error (error);
      for (gint i = 0; i < n; i++)
        for (gint j = 0; j < n; j++)
          {
            double dot = 0.0, a = 0.0, b = 0.0;
            for (gint g = 0; g < p; g++)
              {
                dot += f[g + i * p] * f[g + j * p];
                a += f[g + i * p] * f[g + i * p];
                b += f[g + j * p] * f[g + j * p];
              }
            r[i + j * n] = a > 0.0 && b > 0.0 ? dot / sqrt (a * b) : 0.0;
          }
      check_decay (&site, decay, r, max_order, "features");
      smooth_graph_unref (site.graph);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/scaling-oracle/features", test_features);
  g_test_add_func ("/scaling-oracle/identity", test_identity);
  g_test_add_func ("/scaling-oracle/decay", test_decay);
  g_test_add_func ("/scaling-oracle/feature-decay", test_feature_decay);
  return g_test_run ();
}
