/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Neighbour graphs over spots: the settings, k nearest neighbours and radius graphs, and graphs from given weights. */
#include "graph/neighbours.h"

#include "base/error.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

/* Neighbours within 1 % of the k-th distance tie with it under the inclusive rule. */
#define TIE (1.01 * 1.01)

/* The most that ties may add: more than any lattice has on one shell; bounds the work where spots share places. */
#define MAX_NEIGHBOURS(k) (4 * (k) + 32)

/* Spots at exactly the radius belong to it, whatever rounding did to their coordinates. */
#define RADIUS_SLACK (1.0 + 1e-9)

#define DEFAULT_RADIUS_PITCHES 1.5
#define DEFAULT_BANDWIDTH_PITCHES 1.0
#define DEFAULT_SCALED_BANDWIDTH 0.1

static const char *const kinds[] = { "knn", "radius", NULL };
static const char *const ties[] = { "inclusive", "strict", NULL };

#define FIELD(name) .offset = G_STRUCT_OFFSET (SmoothGraphSettings, name)

static const SmoothParam params[] = {
  { .name = "graph",
    .label = N_ ("Neighbours"),
    .type = SMOOTH_PARAM_CHOICE,
    FIELD (kind),
    .initial = SMOOTH_GRAPH_KNN,
    .max = 1,
    .unit = "",
    .choices = kinds,
    .help = N_ (
        "How neighbours are chosen: the nearest ones (knn), or all within a distance, the nearer the stronger (radius)") },
  { .name = "k",
    .label = N_ ("Nearest neighbours"),
    .type = SMOOTH_PARAM_INT,
    FIELD (k),
    .initial = 6,
    .min = 1,
    .max = SMOOTH_GRAPH_MAX_K,
    .unit = N_ ("spots"),
    .help = N_ ("More neighbours per spot spread the smoothing farther"),
    .slider_min = 1,
    .slider_max = 30 },
  { .name = "ties",
    .label = N_ ("Ties"),
    .type = SMOOTH_PARAM_CHOICE,
    FIELD (ties),
    .initial = SMOOTH_TIES_INCLUSIVE,
    .max = 1,
    .unit = "",
    .choices = ties,
    .help =
        N_ ("Whether neighbours as far away as the last one (within 1 %) are kept too (inclusive), or cut at k (strict)"),
    .flags = SMOOTH_PARAM_EXPERT },
  { .name = "mutual",
    .label = N_ ("Mutual only"),
    .type = SMOOTH_PARAM_BOOL,
    FIELD (mutual),
    .initial = 1,
    .max = 1,
    .unit = "",
    .help = N_ ("Keeps an edge only if each of the two spots is among the nearest of the other"),
    .flags = SMOOTH_PARAM_EXPERT },
  { .name = "radius",
    .label = N_ ("Radius"),
    .type = SMOOTH_PARAM_DOUBLE,
    FIELD (radius),
    .max = 10000,
    .unit = "um",
    .help = N_ ("A larger radius joins spots that are farther apart; 0 means 1.5 times the distance between spots"),
    .flags = SMOOTH_PARAM_LOG,
    .slider_min = 10,
    .slider_max = 1000 },
  { .name = "bandwidth",
    .label = N_ ("Bandwidth"),
    .type = SMOOTH_PARAM_DOUBLE,
    FIELD (bandwidth),
    .max = 10000,
    .unit = "um",
    .help = N_ ("A larger bandwidth gives far neighbours more weight; 0 means the distance between spots"),
    .flags = SMOOTH_PARAM_LOG,
    .slider_min = 10,
    .slider_max = 1000 },
  { .name = "row-scale",
    .label = N_ ("Scale rows"),
    .type = SMOOTH_PARAM_BOOL,
    FIELD (row_scale),
    .max = 1,
    .unit = "",
    .help = N_ ("Divides the weights of each spot by their sum, which makes the graph asymmetric"),
    .flags = SMOOTH_PARAM_EXPERT },
  { .name = "boundary",
    .label = N_ ("Connection between regions"),
    .type = SMOOTH_PARAM_DOUBLE,
    FIELD (boundary),
    .max = 1,
    .unit = "",
    .help = N_ ("A larger value lets more smoothing cross the borders of regions: none at 0, as if there were none at 1") },
  { .name = "boundary-replaces",
    .label = N_ ("Same weight across borders"),
    .type = SMOOTH_PARAM_BOOL,
    FIELD (boundary_replaces),
    .max = 1,
    .unit = "",
    .help = N_ ("Gives every edge between regions the weight of the connection between regions, however near its spots; otherwise weights are "
                "multiplied by it"),
    .flags = SMOOTH_PARAM_EXPERT },
  { .name = "scaled-units",
    .label = N_ ("Scaled units"),
    .type = SMOOTH_PARAM_BOOL,
    FIELD (scaled_units),
    .max = 1,
    .unit = "",
    .help = N_ ("Takes the bandwidth as a share of the longest side of the section, 0 meaning a tenth, as other programs do; the radius "
                "stays in um"),
    .flags = SMOOTH_PARAM_EXPERT },
};

const SmoothParamTable smooth_graph_params = {
  .name = "graph",
  .label = N_ ("Graph"),
  .size = sizeof (SmoothGraphSettings),
  .params = params,
  .n_params = G_N_ELEMENTS (params),
};

static gboolean
check_coords (const double *coords, gint64 n_spots, gint n_dims, GError **error)
{
  if (n_spots < 2 || n_spots >= G_MAXINT32)
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE,
                        "a neighbour graph needs at least 2 and fewer than %d spots, found %" PRId64, G_MAXINT32, n_spots);
      return FALSE;
    }
  for (gint64 e = 0; e < n_spots * n_dims; e++)
    if (!smooth_i_is_usable (coords[e]))
      {
        smooth_error_set (error, SMOOTH_ERROR_VALUE,
                          "coordinate %c of spot %" PRId64 " (of %" PRId64
                          ", from 0) is %g, expected a number of at most %g in size",
                          "xyz"[e % n_dims], e / n_dims, n_spots, coords[e], SMOOTH_MAX_VALUE);
        return FALSE;
      }
  return TRUE;
}

/* Sets radius or bandwidth to a number of pitches where it is 0. */
static gboolean
fill_in (double *value, const char *name, double pitches, double pitch, GError **error)
{
  if (*value > 0.0)
    return TRUE;
  if (!isfinite (pitch) || pitch <= 0.0)
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE,
                        "%s 0 means %g times the distance between spots, and that is %g um; expected a %s above 0", name,
                        pitches, pitch, name);
      return FALSE;
    }
  *value = pitches * pitch;
  return TRUE;
}

static SmoothNeighbourRule
neighbour_rule (const SmoothGraphSettings *settings, gint64 n_spots, SmoothMetric metric)
{
  SmoothNeighbourRule rule = { .bandwidth = settings->bandwidth };

  rule.rule.metric = metric;
  if (settings->kind == SMOOTH_GRAPH_RADIUS)
    {
      double radius = settings->radius * RADIUS_SLACK;
      rule.rule.bound_d2 = radius * radius;
      return rule;
    }
  gboolean is_strict = settings->ties == SMOOTH_TIES_STRICT;
  rule.rule.k = (gint) MIN ((gint64) settings->k, n_spots - 1);
  rule.rule.tie = is_strict ? 1.0 : TIE;
  rule.rule.most = is_strict ? rule.rule.k : MAX_NEIGHBOURS (rule.rule.k);
  rule.mutual = settings->mutual;
  return rule;
}

/* As smooth_graph_new() with radius and bandwidth given; distances to k nearest neighbours are always Euclidean. */
SmoothGraph *
smooth_i_graph_new (const double *coords, gint64 n_spots, gint n_dims, const SmoothGraphSettings *settings,
                    SmoothIndexKind kind, SmoothMetric metric, SmoothRun *run, GError **error)
{
  if (!check_coords (coords, n_spots, n_dims, error))
    return NULL;

  SmoothNeighbourRule rule = neighbour_rule (settings, n_spots, metric);
  g_autoptr (SmoothPoints) points = smooth_i_points_new (coords, n_spots, n_dims, kind, rule.rule.k, run, error);
  if (points == NULL || !smooth_run_check (run, error))
    return NULL;

  SmoothLinks links;
  SmoothSparse *weights = smooth_i_neighbours_new (points, &rule, &links, run, error);
  if (weights == NULL)
    return NULL;
  g_autoptr (SmoothSymbolicCache) cache = smooth_symbolic_cache_new (coords, n_spots, n_dims, error);
  return smooth_i_graph_new_take (weights, settings->kind == SMOOTH_GRAPH_RADIUS || settings->mutual, settings->row_scale,
                                  settings->row_scale ? NULL : &links, cache, error);
}

/**
 * smooth_graph_new:
 * @coords: @n_spots x @n_dims, row-major, um; spots may share a place
 * @n_dims: 2 or 3
 * @pitch: um, the distance between neighbouring spots; used where radius or bandwidth is 0
 * @settings: (nullable): NULL for the defaults; boundary and boundary_replaces are not looked at here
 *
 * k nearest neighbours have weight 1. Spot j is a neighbour of i if it is among the k nearest others of i, by distance and
 * then by number (strict), or at most 1 % farther than the k-th of these (inclusive; never more than 4 k + 32). With no more
 * than k spots all others are neighbours. In a radius graph spots at distance d <= radius have weight
 * exp (-d^2 / (2 bandwidth^2)). A spot that is left without a neighbour has itself as neighbour, with weight 1.
 * Rows are scaled last. With scaled_units d is divided by the longest side of the spots' bounding box, and so is the radius.
 *
 * The pattern of the weights holds every diagonal entry; see #SmoothGraph. Where the graph will be scaled by regions, make
 * it without row_scale and scale rows there.
 *
 * O(n) for spots spread evenly, else O(n log n), plus the edges; some 100 bytes a spot as workspace.
 *
 * Returns: (transfer full): the graph; an error names the spot whose coordinate is not finite
 */
SmoothGraph *
smooth_graph_new (const double *coords, gint64 n_spots, gint n_dims, double pitch, const SmoothGraphSettings *settings,
                  SmoothRun *run, GError **error)
{
  SmoothGraphSettings filled;

  g_return_val_if_fail (n_dims == 2 || n_dims == 3, NULL);
  if (settings != NULL)
    filled = *settings;
  else
    smooth_params_init (&smooth_graph_params, &filled);
  if (!smooth_params_check (&smooth_graph_params, &filled, error))
    return NULL;
  if (filled.kind == SMOOTH_GRAPH_RADIUS
      && (!fill_in (&filled.radius, "radius", DEFAULT_RADIUS_PITCHES, pitch, error)
          || (!filled.scaled_units && !fill_in (&filled.bandwidth, "bandwidth", DEFAULT_BANDWIDTH_PITCHES, pitch, error))))
    return NULL;
  if (filled.kind == SMOOTH_GRAPH_RADIUS && filled.scaled_units)
    {
      filled.bandwidth = filled.bandwidth > 0.0 ? filled.bandwidth : DEFAULT_SCALED_BANDWIDTH;
      return smooth_i_graph_new_scaled (coords, n_spots, n_dims, &filled, SMOOTH_METRIC_EUCLIDEAN, run, error);
    }
  return smooth_i_graph_new (coords, n_spots, n_dims, &filled, SMOOTH_INDEX_AUTO, SMOOTH_METRIC_EUCLIDEAN, run, error);
}

/**
 * smooth_i_graph_new_scaled:
 * @settings: radius in the unit of @coords, bandwidth in scaled units, both > 0
 *
 * For exchange with the reference: coordinates minus their column minima, divided by the largest of the result.
 */
SmoothGraph *
smooth_i_graph_new_scaled (const double *coords, gint64 n_spots, gint n_dims, const SmoothGraphSettings *settings,
                           SmoothMetric metric, SmoothRun *run, GError **error)
{
  double low[3] = { INFINITY, INFINITY, INFINITY };
  double scale = 0.0;
  SmoothGraphSettings scaled_settings = *settings;

  if (!check_coords (coords, n_spots, n_dims, error))
    return NULL;
  double *scaled = smooth_i_try_alloc (n_spots * n_dims, sizeof (double), "scaled coordinates", error);
  if (scaled == NULL)
    return NULL;
  for (gint64 e = 0; e < n_spots * n_dims; e++)
    low[e % n_dims] = MIN (low[e % n_dims], coords[e]);
  for (gint64 e = 0; e < n_spots * n_dims; e++)
    scale = MAX (scale, coords[e] - low[e % n_dims]);
  scale = scale > 0.0 ? scale : 1.0;
  for (gint64 e = 0; e < n_spots * n_dims; e++)
    scaled[e] = (coords[e] - low[e % n_dims]) / scale;
  scaled_settings.radius /= scale;
  SmoothGraph *graph = smooth_i_graph_new (scaled, n_spots, n_dims, &scaled_settings, SMOOTH_INDEX_AUTO, metric, run, error);
  smooth_i_free (scaled);
  return graph;
}

SmoothGraph *
smooth_graph_ref (SmoothGraph *graph)
{
  g_atomic_ref_count_inc (&graph->ref_count);
  return graph;
}

void
smooth_graph_unref (SmoothGraph *graph)
{
  if (graph == NULL || !g_atomic_ref_count_dec (&graph->ref_count))
    return;
  smooth_sparse_unref (graph->weights);
  smooth_symbolic_cache_unref (graph->symbolic);
  g_free (graph->spectrum);
  g_free (graph);
}
