/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Neighbour graphs against brute force over all pairs: both indexes, many shapes of point sets, 1 to 8 threads. */
#include "base/isa.h"
#include "graph/neighbours.h"

#include <math.h>
#include <string.h>

/* n x n_dims, row-major */
typedef struct
{
  const char *name;
  gint64 n;
  gint n_dims;
  double *coords;
} Cloud;

static void
cloud_clear (Cloud *cloud)
{
  g_free (cloud->coords);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Cloud, cloud_clear)

typedef void (*Shape) (GRand *rand, gint64 i, gint64 n, gint n_dims, double *c);

static void
shape_hexagons (GRand *rand, gint64 i, gint64 n, gint n_dims, double *c)
{
  gint64 width = (gint64) ceil (sqrt ((double) n));

  (void) rand;
  c[0] = 100.0 * (double) (i % width) + (i / width % 2 ? 50.0 : 0.0);
  c[1] = 100.0 * sqrt (0.75) * (double) (i / width);
  if (n_dims == 3)
    c[2] = 100.0 * (double) (i % 3);
}

static void
shape_squares (GRand *rand, gint64 i, gint64 n, gint n_dims, double *c)
{
  gint64 width = (gint64) ceil (pow ((double) n, 1.0 / n_dims));

  (void) rand;
  for (gint d = 0; d < n_dims; d++, i /= width)
    c[d] = 8.0 * (double) (i % width) + 1e6; /* far from the origin: differences are still exact */
}

/* Far away, where the distance between neighbours has some seven digits left. */
static void
shape_far (GRand *rand, gint64 i, gint64 n, gint n_dims, double *c)
{
  gint64 width = (gint64) ceil (pow ((double) n, 1.0 / n_dims));

  (void) rand;
  for (gint d = 0; d < n_dims; d++, i /= width)
    c[d] = 0.1 * (double) (i % width) - 1e9;
}

static void
shape_pixels (GRand *rand, gint64 i, gint64 n, gint n_dims, double *c)
{
  shape_hexagons (rand, i, n, n_dims, c);
  for (gint d = 0; d < n_dims; d++)
    c[d] = rint (c[d] * 1.37);
}

static void
shape_random (GRand *rand, gint64 i, gint64 n, gint n_dims, double *c)
{
  (void) i;
  (void) n;
  for (gint d = 0; d < n_dims; d++)
    c[d] = g_rand_double_range (rand, -500, 500);
}

static void
shape_clusters (GRand *rand, gint64 i, gint64 n, gint n_dims, double *c)
{
  (void) n;
  for (gint d = 0; d < n_dims; d++)
    c[d] = 1e4 * (double) ((i * 7 + d * 3) % 5) + g_rand_double_range (rand, 0, i % 5 == 0 ? 1e-3 : 10);
}

static void
shape_outlier (GRand *rand, gint64 i, gint64 n, gint n_dims, double *c)
{
  shape_random (rand, i, n, n_dims, c);
  if (i == n / 2)
    c[0] = 1e9;
}

static void
shape_slanted_line (GRand *rand, gint64 i, gint64 n, gint n_dims, double *c)
{
  double t = g_rand_double_range (rand, 0, 1000);

  (void) i;
  (void) n;
  for (gint d = 0; d < n_dims; d++)
    c[d] = t * (d + 1);
}

static void
shape_flat_line (GRand *rand, gint64 i, gint64 n, gint n_dims, double *c)
{
  (void) rand;
  (void) n;
  for (gint d = 0; d < n_dims; d++)
    c[d] = d == 1 ? (double) i : 3.0;
}

static void
shape_duplicates (GRand *rand, gint64 i, gint64 n, gint n_dims, double *c)
{
  (void) i;
  (void) n;
  for (gint d = 0; d < n_dims; d++)
    c[d] = (double) g_rand_int_range (rand, 0, 7);
}

static void
shape_one_place (GRand *rand, gint64 i, gint64 n, gint n_dims, double *c)
{
  (void) rand;
  (void) i;
  (void) n;
  for (gint d = 0; d < n_dims; d++)
    c[d] = -3.25;
}

static const struct
{
  const char *name;
  Shape shape;
} shapes[] = {
  { "hexagons", shape_hexagons },   { "squares", shape_squares },
  { "pixels", shape_pixels },       { "far", shape_far },
  { "random", shape_random },       { "clusters", shape_clusters },
  { "outlier", shape_outlier },     { "slanted", shape_slanted_line },
  { "flat", shape_flat_line },      { "duplicates", shape_duplicates },
  { "one place", shape_one_place },
};

static Cloud
make_cloud (gsize s, gint64 n, gint n_dims)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) (s * 10 + (gsize) n_dims));
  Cloud cloud = { .name = shapes[s].name, .n = n, .n_dims = n_dims, .coords = g_new0 (double, n *n_dims) };

  for (gint64 i = 0; i < n; i++)
    shapes[s].shape (rand, i, n, n_dims, cloud.coords + i * n_dims);
  return cloud;
}

typedef struct
{
  double d2;
  gint64 id;
} Other;

static int
compare_others (gconstpointer a, gconstpointer b)
{
  const Other *x = a, *y = b;

  if (x->d2 != y->d2)
    return x->d2 < y->d2 ? -1 : 1;
  return x->id < y->id ? -1 : 1;
}

/* All others of spot i, nearest first. */
static void
list_others (const Cloud *cloud, gint64 i, Other *others)
{
  gint64 m = 0;

  for (gint64 j = 0; j < cloud->n; j++)
    {
      if (j == i)
        continue;
      double d2 = 0.0;
      for (gint d = 0; d < cloud->n_dims; d++)
        {
          double difference = cloud->coords[j * cloud->n_dims + d] - cloud->coords[i * cloud->n_dims + d];
          d2 += difference * difference;
        }
      others[m++] = (Other){ .d2 = d2, .id = j };
    }
  qsort (others, (gsize) m, sizeof (Other), compare_others);
}

/* w[j + i n] is the weight of the edge from i to j. */
static double *
brute_force (const Cloud *cloud, const SmoothGraphSettings *s)
{
  gint64 n = cloud->n;
  double *w = g_new0 (double, n *n);
  g_autofree Other *others = g_new (Other, n);

  for (gint64 i = 0; i < n; i++)
    {
      list_others (cloud, i, others);
      gint64 k = MIN ((gint64) s->k, n - 1);
      for (gint64 t = 0; t < n - 1; t++)
        {
          gboolean inclusive = others[t].d2 <= 1.01 * 1.01 * others[k - 1].d2 && t < 4 * k + 32;
          double reach = s->radius * (1 + 1e-9);
          if (s->kind == SMOOTH_GRAPH_RADIUS && others[t].d2 <= reach * reach)
            w[others[t].id + i * n] = exp (-others[t].d2 / (2 * s->bandwidth * s->bandwidth));
          else if (s->kind == SMOOTH_GRAPH_KNN && (t < k || (s->ties == SMOOTH_TIES_INCLUSIVE && inclusive)))
            w[others[t].id + i * n] = 1.0;
        }
    }
  if (s->kind == SMOOTH_GRAPH_KNN && s->mutual)
    for (gint64 i = 0; i < n; i++)
      for (gint64 j = 0; j < i; j++)
        w[j + i * n] = w[i + j * n] = w[j + i * n] * w[i + j * n];
  for (gint64 i = 0; i < n; i++)
    {
      gboolean isolated = TRUE;
      for (gint64 j = 0; j < n; j++)
        isolated = isolated && w[j + i * n] == 0.0;
      if (isolated)
        w[i + i * n] = 1.0;
    }
  return w;
}

/* Flood fill: the number of components over edges in either direction. */
static gint64
count_components (const double *w, gint64 n)
{
  g_autofree gint64 *stack = g_new (gint64, n);
  g_autofree guint8 *seen = g_new0 (guint8, n);
  gint64 n_components = 0;

  for (gint64 start = 0; start < n; start++)
    {
      gint64 height = 0;
      if (seen[start])
        continue;
      n_components++;
      seen[start] = 1;
      stack[height++] = start;
      while (height > 0)
        {
          gint64 i = stack[--height];
          for (gint64 j = 0; j < n; j++)
            if (!seen[j] && (w[j + i * n] > 0 || w[i + j * n] > 0))
              {
                seen[j] = 1;
                stack[height++] = j;
              }
        }
    }
  return n_components;
}

static void
check_statistics (const SmoothGraph *graph, const double *w)
{
  gint64 n = graph->n_spots, n_entries = 0, n_isolated = 0;
  gboolean symmetric = TRUE;

  for (gint64 i = 0; i < n; i++)
    {
      gint64 degree = 0;
      for (gint64 j = 0; j < n; j++)
        {
          degree += j != i && w[j + i * n] > 0;
          symmetric = symmetric && w[j + i * n] == w[i + j * n];
        }
      n_entries += degree;
      n_isolated += degree == 0;
    }
  g_assert_cmpint (graph->n_isolated, ==, n_isolated);
  g_assert_cmpint (graph->n_edges, ==, graph->is_symmetric ? n_entries / 2 : n_entries);
  g_assert_cmpint (smooth_graph_count_components (graph, NULL), ==, count_components (w, n));
  g_assert_cmpfloat_with_epsilon (graph->mean_degree, (double) n_entries / (double) n, 1e-12);
  g_assert_true (graph->is_symmetric == symmetric);
}

static void
check_weights (const SmoothGraph *graph, const double *w, const char *what)
{
  gint64 n = graph->n_spots;
  g_autofree double *dense = g_new0 (double, n *n);
  g_autoptr (GError) error = NULL;

  smooth_sparse_check (graph->weights, &error);
  g_assert_no_error (error);
  for (gint64 i = 0; i < n; i++)
    {
      gboolean has_diagonal = FALSE;
      for (gint64 e = graph->weights->starts[i]; e < graph->weights->starts[i + 1]; e++)
        {
          dense[graph->weights->rows[e] + i * n] = graph->weights->values[e];
          has_diagonal = has_diagonal || graph->weights->rows[e] == i;
        }
      g_assert_true (has_diagonal);
    }
  for (gint64 i = 0; i < n * n; i++)
    if (!(fabs (dense[i] - w[i]) <= 1e-14 * w[i]))
      g_error ("%s: edge %" G_GINT64_FORMAT " -> %" G_GINT64_FORMAT ": expected %.17g, found %.17g", what, i / n, i % n,
               w[i], dense[i]);
  check_statistics (graph, w);
}

static void
assert_same_bits (const SmoothGraph *a, const SmoothGraph *b)
{
  gsize nnz = (gsize) smooth_sparse_get_nnz (a->weights);

  g_assert_cmpint (nnz, ==, smooth_sparse_get_nnz (b->weights));
  g_assert_true (memcmp (a->weights->starts, b->weights->starts, sizeof (gint64) * (gsize) (a->n_spots + 1)) == 0);
  g_assert_true (memcmp (a->weights->rows, b->weights->rows, sizeof (gint32) * nnz) == 0);
  g_assert_true (memcmp (a->weights->values, b->weights->values, sizeof (double) * nnz) == 0);
}

/* The brute force result, by both indexes and by the inner loops of every instruction set. */
static void
check_settings (const Cloud *cloud, const SmoothGraphSettings *settings)
{
  g_autofree double *w = brute_force (cloud, settings);
  g_autofree char *what =
      g_strdup_printf ("%s, %d-D, kind %d, k %d, ties %d, mutual %d, radius %g", cloud->name, cloud->n_dims, settings->kind,
                       settings->k, settings->ties, settings->mutual, settings->radius);

  for (const char *const *isa = smooth_i_isa_list (); *isa != NULL; isa++)
    for (gint kind = SMOOTH_INDEX_AUTO; kind <= SMOOTH_INDEX_TREE; kind++)
      {
        g_autoptr (GError) error = NULL;
        g_setenv ("SMOOTHSCOPE_ISA", *isa, TRUE);
        g_autoptr (SmoothGraph) graph =
            smooth_i_graph_new (cloud->coords, cloud->n, cloud->n_dims, settings, kind, SMOOTH_METRIC_EUCLIDEAN, NULL, &error);
        g_assert_no_error (error);
        check_weights (graph, w, what);
      }
  g_unsetenv ("SMOOTHSCOPE_ISA");
}

static void
test_shape (gconstpointer data)
{
  gsize s = GPOINTER_TO_SIZE (data);
  const gint ks[] = { 1, 4, 6, 8, 11, 15, 40 };
  const double radii[] = { 0.5, 9, 110, 3000 };

  for (gint n_dims = 2; n_dims <= 3; n_dims++)
    {
      g_auto (Cloud) cloud = make_cloud (s, 230, n_dims);
      SmoothGraphSettings settings;
      smooth_params_init (&smooth_graph_params, &settings);
      for (gint variant = 0; variant < 4; variant++)
        for (gsize i = 0; i < G_N_ELEMENTS (ks); i++)
          {
            settings.k = ks[i];
            settings.ties = variant % 2;
            settings.mutual = variant / 2;
            check_settings (&cloud, &settings);
          }
      settings.kind = SMOOTH_GRAPH_RADIUS;
      for (gsize i = 0; i < G_N_ELEMENTS (radii); i++)
        {
          settings.radius = radii[i];
          settings.bandwidth = 2 * radii[i];
          check_settings (&cloud, &settings);
        }
    }
}

/* Tiny inputs: fewer spots than k, and the smallest graph. */
static void
test_few_spots (void)
{
  SmoothGraphSettings settings;

  smooth_params_init (&smooth_graph_params, &settings);
  for (gint64 n = 2; n <= 8; n++)
    for (gsize s = 0; s < G_N_ELEMENTS (shapes); s++)
      {
        g_auto (Cloud) cloud = make_cloud (s, n, 2);
        check_settings (&cloud, &settings);
      }
}

static void
test_threads (void)
{
  SmoothGraphSettings settings;

  smooth_params_init (&smooth_graph_params, &settings);
  for (gint kind = SMOOTH_GRAPH_KNN; kind <= SMOOTH_GRAPH_RADIUS; kind++)
    for (gsize s = 0; s < G_N_ELEMENTS (shapes); s++)
      {
        g_auto (Cloud) cloud = make_cloud (s, 5000, 2);
        g_autoptr (SmoothRun) single = smooth_run_new (1);
        settings.kind = kind;
        settings.radius = 5;
        settings.bandwidth = 3;
        if (kind == SMOOTH_GRAPH_RADIUS && (shapes[s].shape == shape_one_place || shapes[s].shape == shape_duplicates))
          continue; /* all pairs: nothing new, and slow */
        g_autoptr (SmoothGraph) expected = smooth_graph_new (cloud.coords, cloud.n, 2, 1, &settings, single, NULL);
        g_assert_nonnull (expected);
        for (gint n_threads = 2; n_threads <= 8; n_threads++)
          {
            g_autoptr (SmoothRun) run = smooth_run_new (n_threads);
            g_autoptr (SmoothGraph) graph = smooth_graph_new (cloud.coords, cloud.n, 2, 1, &settings, run, NULL);
            assert_same_bits (graph, expected);
          }
      }
}

/* More points than brute force can compare, as many as are sorted in several blocks and bands: by cells as by the tree. */
static void
test_many (void)
{
  const Shape chosen[] = { shape_hexagons, shape_random, shape_pixels };
  SmoothGraphSettings settings;

  smooth_params_init (&smooth_graph_params, &settings);
  for (gsize s = 0; s < G_N_ELEMENTS (shapes); s++)
    for (gint n_dims = 2; n_dims <= 3; n_dims++)
      {
        gboolean is_chosen = FALSE;
        for (gsize c = 0; c < G_N_ELEMENTS (chosen); c++)
          is_chosen = is_chosen || chosen[c] == shapes[s].shape;
        if (!is_chosen)
          continue;
        g_auto (Cloud) cloud = make_cloud (s, 150000, n_dims);
        g_autoptr (SmoothRun) run = smooth_run_new (3);
        g_autoptr (SmoothGraph) tree =
            smooth_i_graph_new (cloud.coords, cloud.n, n_dims, &settings, SMOOTH_INDEX_TREE, SMOOTH_METRIC_EUCLIDEAN, run, NULL);
        g_autoptr (SmoothGraph) cells =
            smooth_i_graph_new (cloud.coords, cloud.n, n_dims, &settings, SMOOTH_INDEX_CELLS, SMOOTH_METRIC_EUCLIDEAN, run, NULL);
        g_autoptr (SmoothGraph) alone =
            smooth_i_graph_new (cloud.coords, cloud.n, n_dims, &settings, SMOOTH_INDEX_CELLS, SMOOTH_METRIC_EUCLIDEAN, NULL, NULL);
        assert_same_bits (cells, tree);
        assert_same_bits (alone, cells);
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize s = 0; s < G_N_ELEMENTS (shapes); s++)
    {
      g_autofree char *path = g_strconcat ("/oracle/graph/", shapes[s].name, NULL);
      g_test_add_data_func (path, GSIZE_TO_POINTER (s), test_shape);
    }
  g_test_add_func ("/oracle/graph/few-spots", test_few_spots);
  g_test_add_func ("/oracle/graph/threads", test_threads);
  g_test_add_func ("/oracle/graph/many", test_many);
  return g_test_run ();
}
