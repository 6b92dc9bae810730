/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal: the index of points, neighbour lists and what exchange with the reference needs; see graph.h for graphs. */
#pragma once

#include "graph/graph.h"

G_BEGIN_DECLS

typedef enum
{
  SMOOTH_INDEX_AUTO, /* cells, unless they are badly filled */
  SMOOTH_INDEX_CELLS,
  SMOOTH_INDEX_TREE,
} SmoothIndexKind;

typedef enum
{
  SMOOTH_METRIC_EUCLIDEAN,
  SMOOTH_METRIC_CITYBLOCK,
} SmoothMetric;

/* Points sorted in space, so that neighbours lie near each other in memory. 'Position' means a place in this order. */
typedef struct
{
  gint64 n;
  gint n_dims;       /* 2 or 3 */
  double *coords[3]; /* by position; coords[2] is NULL in two dimensions */
  gint32 *ids;       /* by position: the number of the point in the input */
  gint32 *positions; /* by number */
  double low[3];     /* the bounding box */
  double high[3];

  /* Cells: starts is NULL where there is a tree instead. */
  gint64 n_cells[3];
  double size;    /* of a cell's side */
  double per_size; /* 1 / size */
  double slack;   /* no point lies farther than this outside of the cell that holds it */
  gint32 *starts; /* n_cells[0] * n_cells[1] * n_cells[2] + 1 positions; x runs fastest */

  /* Tree: node v has the children 2 v + 1 and 2 v + 2, which halve its range of positions. */
  gint depth;     /* the leaves are at this depth */
  double *boxes;  /* of each node: low[3], high[3] */
  gint32 *lowest; /* of each node: the smallest id in it */
} SmoothPoints;

/* Scratch of one thread, and the result of its last search: positions and squared distances (cityblock: the squares
 * of the metric). A point (d2, id) is within the limit if it does not come after (limit_d2, limit_id). */
typedef struct
{
  gint64 capacity;
  gint64 n_found;
  gint32 *found;
  double *d2;
  double limit_d2;
  gint32 limit_id;
} SmoothSearch;

/* Which neighbours a search keeps. */
typedef struct
{
  gint k;          /* 0: all within the radius */
  double tie;      /* keep those with d2 <= tie * d2 of the k-th ... */
  gint most;       /* ... but at most so many, nearest first, the smaller id first */
  double bound_d2; /* of a radius search */
  SmoothMetric metric;
} SmoothSearchRule;

SmoothPoints *smooth_i_points_new (const double *coords, gint64 n, gint n_dims, SmoothIndexKind kind, GError **error);
void smooth_i_points_free (SmoothPoints *points);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothPoints, smooth_i_points_free)
gboolean
smooth_i_points_search (const SmoothPoints *points, gint64 position, const SmoothSearchRule *rule, SmoothSearch *search);

gboolean smooth_i_search_reserve (SmoothSearch *search, gint64 n);
void smooth_i_search_clear (SmoothSearch *search);
void smooth_i_search_trim (SmoothSearch *search, const SmoothPoints *points, gint most);

gboolean smooth_i_cells_init (SmoothPoints *points, const double *coords, GError **error);
gboolean
smooth_i_cells_search (const SmoothPoints *points, gint64 position, const SmoothSearchRule *rule, SmoothSearch *search);
gboolean smooth_i_tree_init (SmoothPoints *points, const double *coords, GError **error);
gboolean
smooth_i_tree_search (const SmoothPoints *points, gint64 position, const SmoothSearchRule *rule, SmoothSearch *search);

/* The squared distance; summed in this order everywhere, so that ties are ties for every index and both directions. */
static inline double
smooth_i_points_d2 (const SmoothPoints *points, gint64 p, gint64 q)
{
  double dx = points->coords[0][q] - points->coords[0][p];
  double dy = points->coords[1][q] - points->coords[1][p];
  double d2 = dx * dx + dy * dy;

  if (points->n_dims == 3)
    {
      double dz = points->coords[2][q] - points->coords[2][p];
      d2 += dz * dz;
    }
  return d2;
}

double smooth_i_points_metric2 (const SmoothPoints *points, SmoothMetric metric, gint64 p, gint64 q);

/* The weights of a graph, every diagonal stored; bandwidth is used by radius graphs only. */
typedef struct
{
  SmoothSearchRule rule;
  gboolean mutual;
  double bandwidth;
} SmoothNeighbourRule;

SmoothSparse *
smooth_i_neighbours_new (const SmoothPoints *points, const SmoothNeighbourRule *rule, SmoothRun *run, GError **error);

SmoothGraph *smooth_i_graph_new (const double *coords, gint64 n_spots, gint n_dims, const SmoothGraphSettings *settings,
                                 SmoothIndexKind kind, SmoothMetric metric, SmoothRun *run, GError **error);
SmoothGraph *
smooth_i_graph_new_scaled (const double *coords, gint64 n_spots, gint n_dims, const SmoothGraphSettings *settings,
                           SmoothMetric metric, SmoothRun *run, GError **error);

void smooth_i_connect_isolated (SmoothSparse *weights, gint64 i);
SmoothGraph *smooth_i_graph_new_take (SmoothSparse *weights, gboolean known_symmetric, gboolean row_scale, SmoothSymbolicCache *cache,
                                      GError **error);
gboolean smooth_i_weights_check_symmetry (const SmoothSparse *weights, gboolean *is_symmetric, GError **error);

G_END_DECLS
