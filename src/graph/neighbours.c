/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From indexed points to the weights of a graph: neighbour lists, the mutual filter, Gaussian weights.
 *
 * Passes over fixed blocks of points in the order of the index, where neighbours are near each other in memory: find how far the
 * k nearest of each point reach; collect what is within that reach and, for mutual neighbours, within whose reach the point is
 * too, sorted by number. Few neighbours, the usual case, lie in a slot of the point. A pass in the order of the input writes
 * the columns: reading slots here and there, which can be fetched ahead, costs less than writing columns so. Every entry is
 * written by one block, so threads do not matter.
 */
#include "graph/kernels-private.h"

#include "base/error.h"
#include "base/parallel.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE 1024
#define GROUP_SIZE 128 /* points between two looks at the run */
#define MAX_THREADS 64
#define N_FEW 8 /* a list of so many is sorted without a branch */

/* Two limits that no useful graph meets: 3 GB of weights, and 16,384 neighbours a spot on average within a block. */
#define MAX_ENTRIES ((gint64) 1 << 28)
#define MAX_BLOCK_ENTRIES ((gint64) 1 << 24)

typedef enum
{
  FAILURE_NONE,
  FAILURE_MEMORY,
  FAILURE_SIZE,
} Failure;

/* The lists of those points of a block that are too long for their slots. */
typedef struct
{
  gint32 *list;
  double *values; /* radius graphs: weights; else NULL */
  gint64 length, capacity;
} Block;

typedef struct
{
  const SmoothPoints *points;
  const SmoothNeighbourRule *rule;
  SmoothRun *run;
  gint n_threads;
  gint64 n_blocks;

  SmoothLimits limits;
  gint32 *counts; /* by number: the length of the list, the point itself in it */
  gint32 *slots;  /* by position: the list or, where that is longer than a slot, its place in that of the block */
  gint slot_size;
  Block *blocks;
  SmoothSearch searches[MAX_THREADS];
  guint64 *keys[MAX_THREADS]; /* scratch to sort by number */
  gint64 n_keys[MAX_THREADS];
  gint64 *ends; /* n_blocks + 1: offsets of the columns of each block of numbers */
  SmoothSparse *weights;

  _Atomic gint64 n_entries, n_linked, n_isolated;
  _Atomic int failure;
} Work;

static void
work_clear (Work *work)
{
  for (gint64 b = 0; work->blocks != NULL && b < work->n_blocks; b++)
    {
      g_free (work->blocks[b].list);
      g_free (work->blocks[b].values);
    }
  smooth_i_free (work->blocks);
  smooth_i_free (work->limits.d2);
  smooth_i_free (work->limits.id);
  smooth_i_free (work->counts);
  smooth_i_free (work->slots);
  smooth_i_free (work->ends);
  for (gint t = 0; t < MAX_THREADS; t++)
    {
      smooth_i_search_clear (&work->searches[t]);
      g_free (work->keys[t]);
    }
  smooth_sparse_unref (work->weights);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Work, work_clear)

static gboolean
work_init (Work *work, GError **error)
{
  gint64 n = work->points->n, k = work->rule->rule.k;
  const char *what = "neighbour lists";

  work->n_threads = MIN (smooth_run_get_n_threads (work->run), MAX_THREADS);
  work->n_blocks = (n + BLOCK_SIZE - 1) / BLOCK_SIZE;
  work->slot_size = k > 0 ? (gint) MAX (k + 2, N_FEW) : 1;
  if (k > 0)
    {
      work->limits.d2 = smooth_i_try_alloc_raw (n + SMOOTH_PADDING, sizeof (double), what, error);
      work->limits.id = work->limits.d2 != NULL ? smooth_i_try_alloc_raw (n, sizeof (gint32), what, error) : NULL;
      if (work->limits.id == NULL)
        return FALSE;
      memset (work->limits.d2 + n, 0, SMOOTH_PADDING * sizeof (double));
    }
  return (work->blocks = smooth_i_try_alloc (work->n_blocks, sizeof (Block), what, error)) != NULL
         && (work->slots != NULL || (work->slots = smooth_i_try_alloc_raw (n * work->slot_size, sizeof (gint32), what, error)) != NULL)
         && (work->counts = smooth_i_try_alloc_raw (n, sizeof (gint32), what, error)) != NULL
         && (work->ends = smooth_i_try_alloc (work->n_blocks + 1, sizeof (gint64), what, error)) != NULL;
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
    smooth_error_set (error, SMOOTH_ERROR_MEMORY, "not enough memory for the neighbours of %" PRId64 " spots",
                      work->points->n);
  else if (work->failure == FAILURE_SIZE)
    smooth_error_set (error, SMOOTH_ERROR_VALUE,
                      work->rule->rule.k > 0 ? N_("the graph has too many edges: expected at most %" PRId64 " among %" PRId64
                                                  " spots, found more; choose a smaller k")
                                             : N_("the graph has too many edges: expected at most %" PRId64 " among %" PRId64
                                                  " spots, found more; choose a smaller radius"),
                      MAX_ENTRIES, work->points->n);
  return work->failure == FAILURE_NONE;
}

/* Room for n more. */
static Failure
reserve (Block *block, gint64 n, gboolean has_values)
{
  gint64 needed = block->length + n;

  if (needed > MAX_BLOCK_ENTRIES)
    return FAILURE_SIZE;
  if (needed <= block->capacity)
    return FAILURE_NONE;
  gint64 capacity = MAX (needed + 64, 2 * block->capacity);
  gint32 *list = g_try_realloc_n (block->list, (gsize) capacity, sizeof (gint32));
  if (list == NULL)
    return FAILURE_MEMORY;
  block->list = list;
  double *values = has_values ? g_try_realloc_n (block->values, (gsize) capacity, sizeof (double)) : NULL;
  if (has_values && values == NULL)
    return FAILURE_MEMORY;
  block->values = values;
  block->capacity = capacity;
  return FAILURE_NONE;
}

static void
limit_block (gint64 index, gint worker, gpointer data)
{
  Work *work = data;
  gint64 first = index * BLOCK_SIZE, last = MIN (first + BLOCK_SIZE, work->points->n);

  for (gint64 p = first; p < last && !must_stop (work); p += GROUP_SIZE)
    if (!smooth_i_points_limit (work->points, p, MIN (p + GROUP_SIZE, last), &work->rule->rule, &work->limits, &work->searches[worker]))
      atomic_store (&work->failure, FAILURE_MEMORY);
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

  return exp (-smooth_i_points_metric2 (work->points, work->rule->rule.metric, p, q) / (2.0 * h * h));
}

static gboolean
reserve_keys (Work *work, gint worker, gint64 n)
{
  if (n > work->n_keys[worker])
    {
      guint64 *keys = g_try_realloc_n (work->keys[worker], (gsize) (2 * n), sizeof (guint64));
      if (keys == NULL)
        return FALSE;
      work->keys[worker] = keys;
      work->n_keys[worker] = 2 * n;
    }
  return TRUE;
}

/* What was found of p, sorted by number, and its weights where they are not 1. */
static gboolean
sort_list (Work *work, gint64 p, const SmoothFound *found, gint32 *sorted, double *values, gint worker)
{
  const gint32 *ids = work->points->ids;
  gint64 n = found->n;

  if (!reserve_keys (work, worker, n))
    return FALSE;
  guint64 *keys = work->keys[worker];
  for (gint64 t = 0; t < n; t++)
    keys[t] = (guint64) (work->rule->rule.k > 0 ? found->found[t] : ids[found->found[t]]) << 32 | (guint64) found->found[t];
  sort_keys (keys, n);
  for (gint64 t = 0; t < n; t++)
    {
      gint64 q = (gint64) (keys[t] & G_MAXUINT32);
      sorted[t] = (gint32) (keys[t] >> 32);
      if (values != NULL)
        values[t] = q == p ? 0.0 : weight (work, p, q);
    }
  return TRUE;
}

/* The list of p into its slot or into that of its block. */
static Failure
store (Work *work, gint64 p, const SmoothFound *found, Block *block, gint worker)
{
  gint32 *slot = work->slots + p * work->slot_size, *list = slot;
  double *values = NULL;

  work->counts[work->points->ids[p]] = (gint32) found->n;
  if (found->n <= N_FEW && work->slot_size >= N_FEW)
    {
      work->points->kernels->sort (found->found, found->n, slot);
      return FAILURE_NONE;
    }
  if (found->n > work->slot_size)
    {
      Failure failure = reserve (block, found->n, work->rule->rule.k == 0);
      if (failure != FAILURE_NONE)
        return failure;
      *slot = (gint32) block->length;
      list = block->list + block->length;
      values = block->values != NULL ? block->values + block->length : NULL;
      block->length += found->n;
    }
  return sort_list (work, p, found, list, values, worker) ? FAILURE_NONE : FAILURE_MEMORY;
}

static void
collect_block (gint64 index, gint worker, gpointer data)
{
  Work *work = data;
  gint64 first = index * BLOCK_SIZE, last = MIN (first + BLOCK_SIZE, work->points->n), n = 0;
  SmoothSearch *search = &work->searches[worker];
  Failure failure = FAILURE_NONE;

  for (gint64 p = first, next; p < last && failure == FAILURE_NONE && !must_stop (work); p = next)
    {
      gint n_points = smooth_i_points_collect (work->points, p, last, &work->rule->rule, &work->limits, work->rule->mutual, search);
      next = p + n_points;
      if (n_points == 0)
        failure = FAILURE_MEMORY;
      for (gint l = 0; l < n_points && failure == FAILURE_NONE; l++)
        {
          failure = store (work, p + l, &search->of[l], &work->blocks[index], worker);
          n += search->of[l].n;
        }
    }
  if (failure == FAILURE_NONE && atomic_fetch_add (&work->n_entries, n) + n > MAX_ENTRIES + work->points->n)
    failure = FAILURE_SIZE;
  if (failure != FAILURE_NONE)
    atomic_store (&work->failure, failure);
}

#define AHEAD 16 /* how many columns before its own a slot is fetched */

static void
count_block (gint64 index, gint worker, gpointer data)
{
  Work *work = data;
  gint64 first = index * BLOCK_SIZE, last = MIN (first + BLOCK_SIZE, work->points->n), n = 0;

  (void) worker;
  for (gint64 i = first; i < last; i++)
    n += work->counts[i];
  work->ends[index + 1] = n;
}

/* Writes the column of point i, whose slot holds the list. @room: for whole vectors. Returns: the number of neighbours */
static inline gint64
write_slot (const Work *work, gint64 i, gint64 to, gint64 n, gboolean room)
{
  const gint32 *slot = work->slots + work->points->positions[i] * work->slot_size;
  gint32 *rows = work->weights->rows + to;
  double *values = work->weights->values + to, own = n == 1 ? 1.0 : 0.0;

  for (gint64 t = 0; t < (room && n <= N_FEW && work->slot_size >= N_FEW ? N_FEW : n); t++)
    {
      rows[t] = slot[t];
      values[t] = slot[t] == i ? own : 1.0;
    }
  return n - 1;
}

/* The same where the list is too long for a slot. */
static gint64
write_long (const Work *work, gint64 i, gint64 to, gint64 n)
{
  gint64 p = work->points->positions[i], from = work->slots[p * work->slot_size], n_linked = 0;
  const Block *block = &work->blocks[p / BLOCK_SIZE];
  gint32 *rows = work->weights->rows + to;
  double *values = work->weights->values + to;

  for (gint64 t = 0; t < n; t++)
    {
      double w = block->values != NULL ? block->values[from + t] : 1.0;
      rows[t] = block->list[from + t];
      values[t] = rows[t] == i ? 0.0 : w;
      n_linked += values[t] > 0.0;
    }
  for (gint64 t = 0; t < n && n_linked == 0; t++)
    values[t] = rows[t] == i;
  return n_linked;
}

static void
write_block (gint64 index, gint worker, gpointer data)
{
  Work *work = data;
  const gint32 *positions = work->points->positions;
  gint64 first = index * BLOCK_SIZE, last = MIN (first + BLOCK_SIZE, work->points->n);
  gint64 to = work->ends[index], end = work->ends[index + 1], n_linked = 0, n_isolated = 0;

  (void) worker;
  for (gint64 i = first; i < last; i++)
    {
      gint64 n = work->counts[i];
      __builtin_prefetch (work->slots + (gint64) positions[MIN (i + AHEAD, last - 1)] * work->slot_size);
      gint64 linked = n <= work->slot_size ? write_slot (work, i, to, n, to + N_FEW <= end) : write_long (work, i, to, n);
      n_linked += linked;
      n_isolated += linked == 0;
      to += n;
      work->weights->starts[i + 1] = to;
    }
  atomic_fetch_add (&work->n_linked, n_linked);
  atomic_fetch_add (&work->n_isolated, n_isolated);
}

/* Makes room for the weights. */
static gboolean
allocate_weights (Work *work, GError **error)
{
  gint64 n = work->points->n;

  smooth_i_parallel (work->n_threads, work->n_blocks, count_block, work);
  for (gint64 b = 0; b < work->n_blocks; b++)
    work->ends[b + 1] += work->ends[b];
  work->weights = smooth_i_sparse_new_raw (n, n, work->ends[work->n_blocks], error);
  return work->weights != NULL;
}

/**
 * smooth_i_neighbours_new:
 * @points: indexed; the scratch is taken
 * @rule: which neighbours and what weights: 1 among nearest ones, exp (-d^2 / (2 bandwidth^2)) within a radius
 * @links: (out): what was counted
 *
 * O(edges) time beside the searches; 48 bytes a point as workspace up to k = 6, 4 more for each k above (in radius graphs 8 a point
 * and 12 an edge).
 *
 * Returns: (transfer full): n x n weights; column i holds the neighbours of point i and the diagonal, which is 0 but for
 * points without a neighbour of weight > 0, where it is 1
 */
SmoothSparse *
smooth_i_neighbours_new (SmoothPoints *points, const SmoothNeighbourRule *rule, SmoothLinks *links, SmoothRun *run, GError **error)
{
  g_auto (Work) work = { .points = points, .rule = rule, .run = run };

  if (rule->rule.k + 2 <= N_FEW)
    work.slots = g_steal_pointer (&points->scratch);
  if (!work_init (&work, error))
    return NULL;
  if (rule->rule.k > 0)
    smooth_i_parallel (work.n_threads, work.n_blocks, limit_block, &work);
  if (!report_failure (&work, error))
    return NULL;
  smooth_i_parallel (work.n_threads, work.n_blocks, collect_block, &work);
  if (!report_failure (&work, error) || !allocate_weights (&work, error))
    return NULL;
  smooth_i_parallel (work.n_threads, work.n_blocks, write_block, &work);
  *links = (SmoothLinks){ work.n_linked, work.n_isolated };
  return g_steal_pointer (&work.weights);
}
