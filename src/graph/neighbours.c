/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From indexed points to the weights of a graph: neighbour lists, the mutual filter, Gaussian weights.
 *
 * Three passes over fixed blocks of points in the order of the index: collect lists and the limit of each point;
 * drop the edges that are not mutual; write the columns. An edge p -> q is mutual if p is within the limit of q,
 * one comparison: lists need not be searched. Every entry is written by one block, so threads do not matter.
 */
#include "graph/neighbours.h"

#include "base/error.h"
#include "base/parallel.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE 1024
#define MAX_THREADS 64

/* Two limits that no useful graph meets: 3 GB of weights, and 16,384 neighbours a spot on average within a block. */
#define MAX_ENTRIES ((gint64) 1 << 28)
#define MAX_BLOCK_ENTRIES ((gint64) 1 << 24)

typedef enum
{
  FAILURE_NONE,
  FAILURE_MEMORY,
  FAILURE_SIZE,
} Failure;

typedef struct
{
  const SmoothPoints *points;
  const SmoothNeighbourRule *rule;
  SmoothRun *run;
  gint n_threads;
  gint64 n_blocks;

  gint32 **lists;   /* of each block: the neighbours of its points, as positions */
  gint32 *counts;   /* by position: the length of its list */
  double *limit_d2; /* by position, for the mutual filter */
  gint32 *limit_id;
  SmoothSearch searches[MAX_THREADS];
  guint64 *keys; /* n_threads x key_capacity: scratch to sort by id */
  gint64 key_capacity;
  SmoothSparse *weights;

  _Atomic gint64 n_entries;
  _Atomic int failure;
} Work;

static void
work_clear (Work *work)
{
  for (gint64 b = 0; work->lists != NULL && b < work->n_blocks; b++)
    g_free (work->lists[b]);
  smooth_i_free (work->lists);
  smooth_i_free (work->counts);
  smooth_i_free (work->limit_d2);
  smooth_i_free (work->limit_id);
  smooth_i_free (work->keys);
  for (gint t = 0; t < MAX_THREADS; t++)
    smooth_i_search_clear (&work->searches[t]);
  smooth_sparse_unref (work->weights);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Work, work_clear)

static gboolean
work_init (Work *work, GError **error)
{
  gint64 n = work->points->n;

  work->n_threads = MIN (smooth_run_get_n_threads (work->run), MAX_THREADS);
  work->n_blocks = (n + BLOCK_SIZE - 1) / BLOCK_SIZE;
  work->lists = smooth_i_try_alloc (work->n_blocks, sizeof (gint32 *), "neighbour lists", error);
  work->counts = work->lists != NULL ? smooth_i_try_alloc (n, sizeof (gint32), "neighbour lists", error) : NULL;
  if (work->counts == NULL || !work->rule->mutual)
    return work->counts != NULL;
  work->limit_d2 = smooth_i_try_alloc (n, sizeof (double), "neighbour lists", error);
  work->limit_id = work->limit_d2 != NULL ? smooth_i_try_alloc (n, sizeof (gint32), "neighbour lists", error) : NULL;
  return work->limit_id != NULL;
}

static gboolean
must_stop (const Work *work)
{
  return atomic_load_explicit (&work->failure, memory_order_relaxed) != FAILURE_NONE || smooth_run_is_cancelled (work->run);
}

static gboolean
report_failure (const Work *work, GError **error)
{
  if (!smooth_run_check (work->run, error))
    return FALSE;
  if (work->failure == FAILURE_MEMORY)
    g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_MEMORY,
                 "not enough memory for the neighbours of %" G_GINT64_FORMAT " spots", work->points->n);
  else if (work->failure == FAILURE_SIZE)
    g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE,
                 "the graph has too many edges: expected at most %" G_GINT64_FORMAT " among %" G_GINT64_FORMAT
                 " spots, found more; choose a smaller %s",
                 MAX_ENTRIES, work->points->n, work->rule->rule.k > 0 ? "k" : "radius");
  return work->failure == FAILURE_NONE;
}

/* Appends what was found to the list of the block. */
static Failure
append (gint32 **list, gint64 *length, gint64 *capacity, const SmoothSearch *search)
{
  gint64 needed = *length + search->n_found;

  if (needed > MAX_BLOCK_ENTRIES)
    return FAILURE_SIZE;
  if (needed > *capacity || *list == NULL)
    {
      gint64 grown = MAX (needed + 64, 2 * *capacity);
      gint32 *memory = g_try_realloc_n (*list, (gsize) grown, sizeof (gint32));
      if (memory == NULL)
        return FAILURE_MEMORY;
      *list = memory;
      *capacity = grown;
    }
  if (search->n_found > 0)
    memcpy (*list + *length, search->found, (gsize) search->n_found * sizeof (gint32));
  *length = needed;
  return FAILURE_NONE;
}

static void
collect_block (gint64 block, gint worker, gpointer data)
{
  Work *work = data;
  SmoothSearch *search = &work->searches[worker];
  gint64 first = block * BLOCK_SIZE, last = MIN (first + BLOCK_SIZE, work->points->n);
  gint64 length = 0, capacity = work->rule->rule.k > 0 ? (last - first) * (work->rule->rule.k + 2) : 0;
  gint32 *list = capacity > 0 ? g_try_new (gint32, capacity) : NULL;
  Failure failure = capacity > 0 && list == NULL ? FAILURE_MEMORY : FAILURE_NONE;

  for (gint64 p = first; p < last && failure == FAILURE_NONE && !must_stop (work); p++)
    {
      if (!smooth_i_points_search (work->points, p, &work->rule->rule, search))
        failure = FAILURE_MEMORY;
      else
        failure = append (&list, &length, &capacity, search);
      work->counts[p] = (gint32) search->n_found;
      if (work->rule->mutual)
        {
          work->limit_d2[p] = search->limit_d2;
          work->limit_id[p] = search->limit_id;
        }
    }
  work->lists[block] = list;
  if (failure == FAILURE_NONE && atomic_fetch_add (&work->n_entries, length) + length > MAX_ENTRIES)
    failure = FAILURE_SIZE;
  if (failure != FAILURE_NONE)
    atomic_store (&work->failure, failure);
}

static void
filter_block (gint64 block, gint worker, gpointer data)
{
  Work *work = data;
  const SmoothPoints *points = work->points;
  gint64 first = block * BLOCK_SIZE, last = MIN (first + BLOCK_SIZE, points->n);
  const gint32 *from = work->lists[block];
  gint32 *to = work->lists[block];

  (void) worker;
  for (gint64 p = first; p < last; p++)
    {
      gint32 kept = 0;
      for (gint32 t = 0; t < work->counts[p]; t++)
        {
          gint32 q = from[t];
          double d2 = smooth_i_points_d2 (points, p, q);
          to[kept] = q;
          kept += d2 < work->limit_d2[q] || (d2 == work->limit_d2[q] && points->ids[p] <= work->limit_id[q]);
        }
      from += work->counts[p];
      to += kept;
      work->counts[p] = kept;
    }
}

static int
compare_keys (gconstpointer a, gconstpointer b)
{
  guint64 ka = *(const guint64 *) a, kb = *(const guint64 *) b;

  return (ka > kb) - (ka < kb);
}

static void
sort_keys (guint64 *keys, gint64 n)
{
  if (n > 32)
    {
      qsort (keys, (gsize) n, sizeof (guint64), compare_keys);
      return;
    }
  for (gint64 t = 1; t < n; t++)
    {
      guint64 key = keys[t];
      gint64 s = t;
      for (; s > 0 && keys[s - 1] > key; s--)
        keys[s] = keys[s - 1];
      keys[s] = key;
    }
}

static double
weight (const Work *work, gint64 p, gint64 q)
{
  double h = work->rule->bandwidth;

  if (work->rule->rule.k > 0)
    return 1.0;
  return exp (-smooth_i_points_metric2 (work->points, work->rule->rule.metric, p, q) / (2.0 * h * h));
}

/* Writes the column of the point at position p: neighbours by id, itself among them. */
static void
write_column (Work *work, gint64 p, const gint32 *list, guint64 *keys)
{
  const SmoothPoints *points = work->points;
  gint64 n = work->counts[p] + 1;
  gint64 to = work->weights->starts[points->ids[p]];
  gint64 diagonal = to;
  gboolean is_isolated = TRUE;

  keys[0] = (guint64) points->ids[p] << 32 | (guint64) p;
  for (gint64 t = 1; t < n; t++)
    keys[t] = (guint64) points->ids[list[t - 1]] << 32 | (guint64) list[t - 1];
  sort_keys (keys, n);
  for (gint64 t = 0; t < n; t++, to++)
    {
      gint64 q = (gint64) (keys[t] & G_MAXUINT32);
      work->weights->rows[to] = (gint32) (keys[t] >> 32);
      if (q == p)
        {
          diagonal = to;
          continue;
        }
      work->weights->values[to] = weight (work, p, q);
      is_isolated = is_isolated && !(work->weights->values[to] > 0.0);
    }
  work->weights->values[diagonal] = is_isolated ? 1.0 : 0.0;
}

static void
write_block (gint64 block, gint worker, gpointer data)
{
  Work *work = data;
  gint64 first = block * BLOCK_SIZE, last = MIN (first + BLOCK_SIZE, work->points->n);
  const gint32 *list = work->lists[block];

  for (gint64 p = first; p < last; p++)
    {
      write_column (work, p, list, work->keys + worker * work->key_capacity);
      list += work->counts[p];
    }
}

/* Makes room for the weights and sets the offsets of their columns. */
static gboolean
allocate_weights (Work *work, GError **error)
{
  gint64 n = work->points->n, nnz = n;

  for (gint64 p = 0; p < n; p++)
    {
      nnz += work->counts[p];
      work->key_capacity = MAX (work->key_capacity, work->counts[p] + 1);
    }
  work->keys = smooth_i_try_alloc (work->n_threads * work->key_capacity, sizeof (guint64), "neighbour lists", error);
  work->weights = work->keys != NULL ? smooth_sparse_new (n, n, nnz, error) : NULL;
  if (work->weights == NULL)
    return FALSE;

  gint64 *starts = work->weights->starts;
  for (gint64 p = 0; p < n; p++)
    starts[work->points->ids[p] + 1] = work->counts[p] + 1;
  for (gint64 i = 0; i < n; i++)
    starts[i + 1] += starts[i];
  return TRUE;
}

/**
 * smooth_i_neighbours_new:
 * @points: indexed
 * @rule: which neighbours and what weights: 1 among nearest ones, exp (-d^2 / (2 bandwidth^2)) within a radius
 *
 * O(edges) time beside the searches; 4 bytes an edge and 16 a point as workspace.
 *
 * Returns: (transfer full): n x n weights; column i holds the neighbours of point i and the diagonal, which is 0 but for
 * points without a neighbour of weight > 0, where it is 1
 */
SmoothSparse *
smooth_i_neighbours_new (const SmoothPoints *points, const SmoothNeighbourRule *rule, SmoothRun *run, GError **error)
{
  g_auto (Work) work = { .points = points, .rule = rule, .run = run };

  if (!work_init (&work, error))
    return NULL;
  smooth_i_parallel (work.n_threads, work.n_blocks, collect_block, &work);
  if (!report_failure (&work, error))
    return NULL;
  if (rule->mutual)
    smooth_i_parallel (work.n_threads, work.n_blocks, filter_block, &work);
  if (!smooth_run_check (run, error) || !allocate_weights (&work, error))
    return NULL;
  smooth_i_parallel (work.n_threads, work.n_blocks, write_block, &work);
  return g_steal_pointer (&work.weights);
}
