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

typedef struct _SmoothGraphKernels SmoothGraphKernels;

/* What may be read behind the last position, as vectors have it. */
#define SMOOTH_PADDING 8

/* Runs of positions: rows of a block of cells. */
#define SMOOTH_MAX_RUNS 9
typedef struct
{
  gint n;
  gint64 first[SMOOTH_MAX_RUNS], last[SMOOTH_MAX_RUNS]; /* ends excluded */
  gint64 n_candidates; /* in all of them */
} SmoothRuns;

/* Points sorted in space, so that neighbours lie near each other in memory. 'Position' means a place in this order. */
typedef struct
{
  gint64 n;
  gint n_dims;       /* 2 or 3 */
  double *coords[3]; /* by position, padded; coords[2] is NULL in two dimensions */
  gint32 *ids;       /* by position, padded: the number of the point in the input */
  gint32 *positions; /* by number */
  double low[3];     /* the bounding box */
  double high[3];

  /* Cells: starts is NULL where there is a tree instead. */
  gint64 n_cells[3];
  double crowd;   /* the mean number of points in a cell */
  double size;    /* of a cell's side */
  double per_size; /* 1 / size */
  double slack;   /* no point lies farther than this outside of the cell that holds it */
  gint32 *starts; /* n_cells[0] * n_cells[1] * n_cells[2] + 1 positions; x runs fastest */

  /* Tree: node v has the children 2 v + 1 and 2 v + 2, which halve its range of positions. */
  gint depth;     /* the leaves are at this depth */
  double *boxes;  /* of each node: low[3], high[3] */
  gint32 *lowest; /* of each node: the smallest id in it */

  const SmoothGraphKernels *kernels;
  gint32 *scratch; /* (nullable): 8 n that sorting has left; whoever needs such memory next takes it */
} SmoothPoints;

/* Which neighbours a search keeps. */
typedef struct
{
  gint k;          /* 0: all within the radius */
  double tie;      /* keep those with d2 <= tie * d2 of the k-th ... */
  gint most;       /* ... but at most so many, nearest first, the smaller id first */
  double bound_d2; /* of a radius search */
  SmoothMetric metric;
} SmoothSearchRule;

/* How far the k nearest neighbours of each point reach, by position. A point (d2, id) is within the limit if it does not come
 * after (d2, id) of that. */
typedef struct
{
  double *d2;          /* padded */
  gint32 *id;          /* G_MAXINT32 but where equal distances had to be told apart */
  _Atomic gint cut;    /* whether there are such */
} SmoothLimits;

/* The neighbours of a point, itself among them. */
typedef struct
{
  gint64 n;
  const gint32 *found; /* readable up to SMOOTH_PADDING */
} SmoothFound;

/* Scratch of one thread, and what its last search found. */
typedef struct
{
  gint64 capacity;
  gint64 n_found;
  gint32 *found; /* positions; room for SMOOTH_PADDING more */
  double *d2;    /* squared distances, while nearest ones are looked for */
  double limit_d2;
  gint32 limit_id;
  gint32 *lists; /* (nullable): of points side by side, by number */
  SmoothFound of[SMOOTH_PADDING];
} SmoothSearch;

/* Keeps the limit that the last search found for point @p. */
static inline void
smooth_i_limits_take (SmoothLimits *limits, gint64 p, const SmoothSearch *search)
{
  limits->d2[p] = search->limit_d2;
  limits->id[p] = search->limit_id;
  if (search->limit_id != G_MAXINT32)
    limits->cut = TRUE;
}

SmoothPoints *
smooth_i_points_new (const double *coords, gint64 n, gint n_dims, SmoothIndexKind kind, gint k, SmoothRun *run, GError **error);
void smooth_i_points_free (SmoothPoints *points);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothPoints, smooth_i_points_free)
gboolean smooth_i_points_limit (const SmoothPoints *points, gint64 first, gint64 last, const SmoothSearchRule *rule, SmoothLimits *limits,
                                SmoothSearch *search);
gint smooth_i_points_collect (const SmoothPoints *points, gint64 first, gint64 last, const SmoothSearchRule *rule, const SmoothLimits *limits,
                              gboolean mutual, SmoothSearch *search);

gboolean smooth_i_search_reserve (SmoothSearch *search, gint64 n);
void smooth_i_search_clear (SmoothSearch *search);
void smooth_i_search_trim (SmoothSearch *search, const SmoothPoints *points, gint most);
gboolean smooth_i_search_append (SmoothSearch *search, const SmoothPoints *points, gint64 position, const SmoothRuns *runs, double limit,
                                 const double *limits);

static inline void
smooth_i_runs_add (SmoothRuns *runs, gint64 first, gint64 last)
{
  runs->first[runs->n] = first;
  runs->last[runs->n++] = last;
  runs->n_candidates += last - first;
}


gboolean smooth_i_cells_init (SmoothPoints *points, const double *coords, gint k, SmoothRun *run, GError **error);
gboolean smooth_i_cells_sort (SmoothPoints *points, const double *coords, SmoothRun *run, GError **error);
gboolean smooth_i_cells_limit (const SmoothPoints *points, gint64 first, gint64 last, const SmoothSearchRule *rule, SmoothLimits *limits,
                               SmoothSearch *search);
gint smooth_i_cells_collect_group (const SmoothPoints *points, gint64 first, gint64 last, const double *limits, gboolean mutual,
                                   SmoothSearch *search);
gboolean smooth_i_cells_collect (const SmoothPoints *points, gint64 position, double limit, const double *limits, SmoothSearch *search);
gboolean smooth_i_tree_init (SmoothPoints *points, const double *coords, GError **error);
gboolean
smooth_i_tree_limit (const SmoothPoints *points, gint64 position, const SmoothSearchRule *rule, SmoothSearch *search);
gboolean smooth_i_tree_collect (const SmoothPoints *points, gint64 position, double limit, const double *limits, SmoothSearch *search);

/* The cell along one direction that holds @c, or the one at the border that is next to it. */
static inline gint64
smooth_i_cell_along (const SmoothPoints *points, gint d, double c)
{
  double cell = (c - points->low[d]) * points->per_size;

  return (gint64) CLAMP (cell, 0.0, (double) (points->n_cells[d] - 1));
}

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

/* What a graph counts. */
typedef struct
{
  gint64 n_linked;   /* weights above 0 beside the diagonal */
  gint64 n_isolated; /* spots without such */
} SmoothLinks;

SmoothSparse *smooth_i_neighbours_new (SmoothPoints *points, const SmoothNeighbourRule *rule, SmoothLinks *links, SmoothRun *run,
                                       GError **error);

SmoothGraph *smooth_i_graph_new (const double *coords, gint64 n_spots, gint n_dims, const SmoothGraphSettings *settings,
                                 SmoothIndexKind kind, SmoothMetric metric, SmoothRun *run, GError **error);
SmoothGraph *
smooth_i_graph_new_scaled (const double *coords, gint64 n_spots, gint n_dims, const SmoothGraphSettings *settings,
                           SmoothMetric metric, SmoothRun *run, GError **error);

void smooth_i_connect_isolated (SmoothSparse *weights, gint64 i);
SmoothGraph *smooth_i_graph_new_take (SmoothSparse *weights, gboolean known_symmetric, gboolean row_scale, const SmoothLinks *links,
                                      SmoothSymbolicCache *cache, GError **error);
gboolean smooth_i_weights_check_symmetry (const SmoothSparse *weights, gboolean *is_symmetric, GError **error);

G_END_DECLS
