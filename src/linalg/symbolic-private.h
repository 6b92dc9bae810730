/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of an analysis: supernodes, their tree, and how work on them is shared among threads. */
#pragma once

#include "base/run.h"
#include "linalg/symbolic.h"

G_BEGIN_DECLS

/* Strides of dense blocks are multiples of this: whole vectors, on every processor. */
#define SMOOTH_STRIDE 8
#define SMOOTH_ROUND(n) (((n) + SMOOTH_STRIDE - 1) / SMOOTH_STRIDE * SMOOTH_STRIDE)

/* Columns of L with the same rows below: its panel is dense, (n_cols + n_below) x n_cols, column-major. */
typedef struct
{
  gint64 values;      /* offset of its panel in L */
  gint64 below;       /* offset of its rows in the lists of these */
  gint32 first;       /* of its columns */
  gint32 n_cols, n_below;
  gint32 stride;      /* of its panel: n_cols + n_below, rounded up */
  gint32 parent;      /* the node of its first row below; -1: none */
  gint32 first_below; /* the first node of its subtree; all of these come right before it */
  gint32 depth;       /* steps to its root */
  gboolean is_high;   /* so much work is below it that it is an item of its own */
} SmoothNode;

/* Nodes that one thread handles in a row: whole subtrees of one parent, or one node high up in the tree. */
typedef struct
{
  gint32 first, last; /* ends included */
  gint32 height;      /* 0: subtrees; else items of smaller height come first on the way up */
  gint32 depth;       /* items of smaller depth come first on the way down */
} SmoothItem;

struct _SmoothSymbolic
{
  gatomicrefcount ref_count;
  gint64 n;
  gint64 *starts; /* of the pattern */
  gint32 *rows;
  gint32 *places;   /* of each entry of the pattern below the diagonal of L: its row in the panel; else -1 */
  gint32 *order;    /* n: the row of the matrix that is eliminated k-th */
  gint32 *position; /* n: when a row of the matrix is eliminated */

  gint64 n_nodes;
  SmoothNode *nodes;
  gint64 n_below;
  gint32 *below;    /* of each row below: its position; ascending within a node */
  gint32 *relative; /* of each row below: which row of its parent's panel it is */
  gint64 n_values;  /* of L */

  gint n_items;
  SmoothItem *items_up, *items_down; /* in the order of their heights, of their depths */
};

static inline const gint32 *
smooth_i_get_below (const SmoothSymbolic *symbolic, const SmoothNode *node)
{
  return symbolic->below + node->below;
}

/* The child that comes before @child among those of @node, starting with the last; calls for the last one with -1. */
static inline gint32
smooth_i_next_child (const SmoothSymbolic *symbolic, gint32 node, gint32 child)
{
  gint32 next = child < 0 ? node - 1 : symbolic->nodes[child].first_below - 1;

  return next >= symbolic->nodes[node].first_below ? next : -1;
}

/* Does the work of one node; `worker` (0 .. n_workers - 1) names a scratch area that no other call uses now. */
typedef void (*SmoothNodeFunc) (gint32 node, gint worker, gpointer data);

gboolean smooth_i_forest_init (SmoothSymbolic *symbolic, GError **error);
gint smooth_i_forest_count_workers (const SmoothSymbolic *symbolic, SmoothRun *run);
void smooth_i_forest_climb (const SmoothSymbolic *symbolic, gint n_workers, SmoothNodeFunc func, gpointer data);
void smooth_i_forest_descend (const SmoothSymbolic *symbolic, gint n_workers, SmoothNodeFunc func, gpointer data);

G_END_DECLS
