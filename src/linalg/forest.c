/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Work on the supernodes of a factor, from the leaves to the roots or back, shared among threads.
 *
 * Low in the tree whole subtrees go to one thread; what is above is done in waves, one node a thread; a wave of one node leaves
 * the threads to the node's own work. Which is which follows from the tree alone, and a node's work reads nothing but its
 * children or its parent: the bits do not depend on the number of threads.
 */
#include "linalg/symbolic-private.h"

#include "base/parallel.h"

#include <string.h>

#define MAX_WORKERS 64

/* Subtrees with more work than a part of all, and than some tens of microseconds, are split. */
#define N_PARTS 32.0
#define LEAST_WORK 3e5
#define OVERHEAD 2000.0 /* of a node, in operations */

static double
work_of (const SmoothNode *node)
{
  double n = node->n_cols, m = node->n_cols + node->n_below;

  return n * m * m + OVERHEAD;
}

/* work: of each node's subtree. Returns the work above which a node is high. */
static double
measure (const SmoothSymbolic *symbolic, double *work)
{
  double sum = 0.0;

  for (gint64 s = 0; s < symbolic->n_nodes; s++)
    {
      const SmoothNode *node = &symbolic->nodes[s];
      sum += work_of (node);
      work[s] += work_of (node);
      if (node->parent >= 0)
        work[node->parent] += work[s];
    }
  return MAX (sum / N_PARTS, LEAST_WORK);
}

static gint
compare_heights (gconstpointer a, gconstpointer b)
{
  const SmoothItem *x = a, *y = b;

  return x->height != y->height ? (x->height > y->height) - (x->height < y->height) : (x->first > y->first) - (x->first < y->first);
}

static gint
compare_depths (gconstpointer a, gconstpointer b)
{
  const SmoothItem *x = a, *y = b;

  return x->depth != y->depth ? (x->depth > y->depth) - (x->depth < y->depth) : (x->first > y->first) - (x->first < y->first);
}

/* Cuts the nodes, which follow each other as the tree is walked, into items. */
static void
list_items (const SmoothSymbolic *symbolic, const double *work, double most, gint32 *heights, GArray *items)
{
  double sum = 0.0;
  gint32 parent = -1;
  gboolean is_open = FALSE;

  for (gint32 s = 0; s < symbolic->n_nodes; s++)
    {
      const SmoothNode *node = &symbolic->nodes[s];
      if (node->is_high)
        {
          SmoothItem item = { s, s, ++heights[s], node->depth };
          g_array_append_val (items, item);
          if (node->parent >= 0)
            heights[node->parent] = MAX (heights[node->parent], heights[s]);
          is_open = FALSE;
          continue;
        }
      if (node->parent >= 0 && !symbolic->nodes[node->parent].is_high)
        continue; /* inside of a subtree */
      if (is_open && node->parent == parent && sum < most / 2.0)
        g_array_index (items, SmoothItem, items->len - 1).last = s;
      else
        {
          SmoothItem item = { node->first_below, s, 0, node->depth };
          g_array_append_val (items, item);
          sum = 0.0;
        }
      is_open = TRUE;
      parent = node->parent;
      sum += work[s];
    }
}

/**
 * smooth_i_forest_init:
 * @symbolic: with nodes, except for depth and is_high, which are set
 */
gboolean
smooth_i_forest_init (SmoothSymbolic *symbolic, GError **error)
{
  gint64 n = symbolic->n_nodes;
  g_autofree double *work = smooth_i_try_new (double, n, "an analysis", error);
  g_autofree gint32 *heights = work != NULL ? smooth_i_try_new (gint32, n, "an analysis", error) : NULL;
  g_autoptr (GArray) items = g_array_new (FALSE, FALSE, sizeof (SmoothItem));

  if (heights == NULL)
    return FALSE;
  double most = measure (symbolic, work);
  for (gint64 s = n - 1; s >= 0; s--)
    {
      SmoothNode *node = &symbolic->nodes[s];
      node->depth = node->parent >= 0 ? symbolic->nodes[node->parent].depth + 1 : 0;
      node->is_high = work[s] > most;
    }
  list_items (symbolic, work, most, heights, items);
  symbolic->n_items = (gint) items->len;
  g_array_sort (items, compare_depths);
  symbolic->items_down = g_memdup2 (items->data, items->len * sizeof (SmoothItem));
  g_array_sort (items, compare_heights);
  symbolic->items_up = g_memdup2 (items->data, items->len * sizeof (SmoothItem));
  return TRUE;
}

/* How many scratch areas a run needs. */
gint
smooth_i_forest_count_workers (const SmoothSymbolic *symbolic, SmoothRun *run)
{
  return CLAMP (smooth_run_get_n_threads (run), 1, MIN (MAX_WORKERS, MAX (symbolic->n_items, 1)));
}

typedef struct
{
  const SmoothItem *items;
  gboolean upwards;
  SmoothNodeFunc func;
  gpointer data;
} Wave;

static void
do_item (gint64 index, gint worker, gpointer data)
{
  const Wave *wave = data;
  SmoothItem item = wave->items[index];

  for (gint32 s = item.first; wave->upwards && s <= item.last; s++)
    wave->func (s, worker, wave->data);
  for (gint32 s = item.last; !wave->upwards && s >= item.first; s--)
    wave->func (s, worker, wave->data);
}

static void
do_wave (Wave *wave, gint n_items, gint n_workers)
{
  if (n_items == 1)
    do_item (0, 0, wave); /* may share its own work among threads, which calls from a block may not */
  else
    smooth_i_parallel (n_workers, n_items, do_item, wave);
}

/* Calls @func for all nodes, children before parents. */
void
smooth_i_forest_climb (const SmoothSymbolic *symbolic, gint n_workers, SmoothNodeFunc func, gpointer data)
{
  for (gint begin = 0, end; begin < symbolic->n_items; begin = end)
    {
      Wave wave = { symbolic->items_up + begin, TRUE, func, data };
      for (end = begin + 1; end < symbolic->n_items && symbolic->items_up[end].height == wave.items->height; end++)
        ;
      do_wave (&wave, end - begin, n_workers);
    }
}

/* Calls @func for all nodes, parents before children, and for nodes of one subtree from the last to the first. */
void
smooth_i_forest_descend (const SmoothSymbolic *symbolic, gint n_workers, SmoothNodeFunc func, gpointer data)
{
  for (gint begin = 0, end; begin < symbolic->n_items; begin = end)
    {
      Wave wave = { symbolic->items_down + begin, FALSE, func, data };
      for (end = begin + 1; end < symbolic->n_items && symbolic->items_down[end].depth == wave.items->depth; end++)
        ;
      do_wave (&wave, end - begin, n_workers);
    }
}
