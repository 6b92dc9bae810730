/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Golden cases of graphs: w* (nearest neighbours and distance bands) and s08* (scaling by identity). */
#include "golden.h"

#include "graph/neighbours.h"

#include <math.h>
#include <string.h>

/* Lengths come in the unit of the coordinates, or scaled where the case says so; ties are strict, as in the reference. */
static SmoothGraph *
make_graph (GoldenCase *c, const char *method, const double *coords, gint64 n, gint n_dims, gboolean row_scale)
{
  SmoothGraphSettings settings;
  g_autoptr (GError) error = NULL;
  SmoothGraph *graph;
  gboolean is_cityblock = strcmp (golden_text (c, "dist_metric", "euclidean"), "cityblock") == 0;

  smooth_params_init (&smooth_graph_params, &settings);
  settings.ties = SMOOTH_TIES_STRICT;
  settings.row_scale = row_scale;
  if (strcmp (method, "knn") == 0)
    {
      settings.k = (gint) golden_number (c, "k");
      settings.mutual = golden_boolean (c, "symmetric", TRUE);
      graph = smooth_graph_new (coords, n, n_dims, 0.0, &settings, NULL, &error);
    }
  else
    {
      SmoothMetric metric = is_cityblock ? SMOOTH_METRIC_CITYBLOCK : SMOOTH_METRIC_EUCLIDEAN;
      settings.kind = SMOOTH_GRAPH_RADIUS;
      settings.radius = golden_number (c, "radius_cutoff");
      settings.bandwidth = golden_number (c, "band_width");
      if (golden_boolean (c, "scale_coords", FALSE))
        graph = smooth_i_graph_new_scaled (coords, n, n_dims, &settings, metric, NULL, &error);
      else
        graph = smooth_i_graph_new (coords, n, n_dims, &settings, SMOOTH_INDEX_AUTO, metric, NULL, &error);
    }
  if (graph == NULL)
    golden_fail_error (c, error);
  return graph;
}

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

/* Flags the rows whose k-th and next neighbour are equally far: which one is taken is up to the program. */
static guint8 *
find_tied_rows (const double *coords, gint64 n, gint n_dims, gint64 k, gint64 *n_tied)
{
  guint8 *tied = g_new0 (guint8, n);
  g_autofree double *d2 = g_new (double, n);

  *n_tied = 0;
  for (gint64 i = 0; i < n; i++)
    {
      for (gint64 j = 0; j < n; j++)
        {
          d2[j] = 0.0;
          for (gint d = 0; d < n_dims; d++)
            d2[j] += (coords[j * n_dims + d] - coords[i * n_dims + d]) * (coords[j * n_dims + d] - coords[i * n_dims + d]);
        }
      d2[i] = -1.0; /* sorts first: d2[k] is the k-th neighbour */
      qsort (d2, (gsize) n, sizeof (double), compare_doubles);
      tied[i] = k + 1 < n && d2[k] == d2[k + 1];
      *n_tied += tied[i];
    }
  return tied;
}

/* Status 2: the edge must be there; 1: it may; pairs that are not listed: it must not. */
static void
compare_status (GoldenCase *c, const SmoothGraph *graph)
{
  gint64 n = graph->n_spots;
  g_autoptr (SmoothSparse) status = golden_load_sparse (c, "edges_status.tsv", n);
  if (status == NULL)
    return;

  g_autoptr (SmoothMatrix) statuses = golden_densify (status);
  g_autoptr (SmoothMatrix) w = golden_densify (graph->weights);
  for (gint64 i = 0; i < n; i++)
    for (gint64 j = 0; j < n; j++)
      {
        double s = statuses->values[i + j * n], x = w->values[j + i * n];
        if (i != j && ((s == 2.0 && x != 1.0) || (s == 0.0 && x != 0.0) || (x != 0.0 && x != 1.0)))
          golden_fail (c, "edge %" G_GINT64_FORMAT " -> %" G_GINT64_FORMAT ": expected status %g, found weight %g", i, j, s,
                       x);
      }
}

/* Where spots share a place our own rule holds: a spot is joined to itself if and only if it has no other neighbour, and an
 * edge joins spots of which each is among the k nearest of the other. */
static void
check_own_rule (GoldenCase *c, const SmoothGraph *graph, const double *coords, gint n_dims)
{
  gint64 n = graph->n_spots, k = (gint64) golden_number (c, "k");
  g_autoptr (SmoothMatrix) w = golden_densify (graph->weights);

  for (gint64 i = 0; i < n; i++)
    {
      gint64 degree = 0;
      for (gint64 j = 0; j < n; j++)
        {
          gint64 n_nearer = 0;
          double d2 = 0.0;
          if (j == i || w->values[j + i * n] == 0.0)
            continue;
          degree++;
          for (gint d = 0; d < n_dims; d++)
            d2 += (coords[j * n_dims + d] - coords[i * n_dims + d]) * (coords[j * n_dims + d] - coords[i * n_dims + d]);
          for (gint64 l = 0; l < n; l++)
            {
              double other = 0.0;
              for (gint d = 0; d < n_dims; d++)
                other +=
                    (coords[l * n_dims + d] - coords[i * n_dims + d]) * (coords[l * n_dims + d] - coords[i * n_dims + d]);
              n_nearer += l != i && other < d2;
            }
          if (n_nearer >= k || w->values[i + j * n] == 0.0)
            golden_fail (
                c, "edge %" G_GINT64_FORMAT " -> %" G_GINT64_FORMAT ": not mutual, or %" G_GINT64_FORMAT " spots are nearer",
                i, j, n_nearer);
        }
      if ((w->values[i + i * n] != 0.0) != (degree == 0) || degree > k)
        golden_fail (c, "spot %" G_GINT64_FORMAT ": %" G_GINT64_FORMAT " neighbours and weight %g to itself", i, degree,
                     w->values[i + i * n]);
    }
}

static void
compare_with_file (GoldenCase *c, const SmoothGraph *graph, const double *coords, gint n_dims)
{
  gint64 n = graph->n_spots, n_tied = 0;
  g_autofree guint8 *left_out = NULL;
  g_autoptr (SmoothSparse) expected = golden_load_sparse (c, "weights.tsv", n);

  if (expected == NULL)
    return;
  if (g_str_has_prefix (c->name, "w13_") && strcmp (golden_text (c, "method", ""), "knn") == 0)
    {
      left_out = find_tied_rows (coords, n, n_dims, (gint64) golden_number (c, "k"), &n_tied);
      golden_compare_number (c, "tied rows", (double) n_tied, golden_expected (c, NULL, "n_rows_with_kth_distance_tie"),
                             0.0);
    }
  golden_compare_weights (c, "weights", graph, expected, left_out);
}

GoldenOutcome
golden_run_weights (GoldenCase *c)
{
  gint64 n, n_dims;
  g_autofree double *coords = golden_load_row_major (c, "coords.csv", &n, &n_dims);
  if (coords == NULL)
    return GOLDEN_FAILED;
  if (n_dims != 2 && n_dims != 3)
    {
      golden_fail (c, "coords.csv: expected 2 or 3 columns, found %" G_GINT64_FORMAT, n_dims);
      return GOLDEN_FAILED;
    }

  g_autoptr (SmoothGraph) graph =
      make_graph (c, golden_text (c, "method", ""), coords, n, (gint) n_dims, golden_boolean (c, "row_scale", FALSE));
  if (graph == NULL)
    return GOLDEN_FAILED;
  if (golden_has_file (c, "edges_status.tsv"))
    compare_status (c, graph);
  else if (strcmp (c->name, "w11_duplicates_knn") == 0)
    check_own_rule (c, graph, coords, (gint) n_dims);
  else
    compare_with_file (c, graph, coords, (gint) n_dims);
  return golden_verdict (c);
}

GoldenOutcome
golden_run_identity (GoldenCase *c)
{
  gint64 n, n_dims, n_ids, n_cols;
  g_autofree double *coords = golden_load_row_major (c, "coords.csv", &n, &n_dims);
  g_autofree double *ids = golden_load_row_major (c, "ids.csv", &n_ids, &n_cols);
  if (coords == NULL || ids == NULL || n != n_ids || n_dims < 2 || n_dims > 3)
    {
      golden_fail (c, "coords.csv and ids.csv do not fit");
      return GOLDEN_FAILED;
    }

  g_autoptr (SmoothSparse) expected_base = golden_load_sparse (c, "weights_base.tsv", n);
  g_autoptr (SmoothSparse) expected = golden_load_sparse (c, "weights_scaled.tsv", n);
  g_autoptr (SmoothGraph) base = make_graph (c, golden_text (c, "graph", ""), coords, n, (gint) n_dims, FALSE);
  if (expected_base == NULL || expected == NULL || base == NULL)
    return GOLDEN_FAILED;

  g_autofree gint32 *labels = g_new (gint32, n);
  g_autoptr (GError) error = NULL;
  for (gint64 i = 0; i < n; i++)
    labels[i] = (gint32) ids[i];
  g_autoptr (SmoothGraph) scaled = smooth_graph_new_scaled_by_identity (
      base, labels, golden_number (c, "boundary_connectivity"), TRUE, golden_boolean (c, "row_scale", FALSE), &error);
  if (scaled == NULL)
    {
      golden_fail_error (c, error);
      return GOLDEN_FAILED;
    }
  golden_compare_weights (c, "weights before", base, expected_base, NULL);
  golden_compare_weights (c, "weights", scaled, expected, NULL);
  return golden_verdict (c);
}
