/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From indexed points to the weights of a graph: neighbour lists, the mutual filter, Gaussian weights.
 *
 * Passes over fixed blocks of points in the order of the index, where neighbours are near each other in memory: collect lists
 * and the limit of each point; drop the edges that are not mutual, and sort what is left by number. An edge p -> q is mutual
 * if p is within the limit of q, one comparison: lists need not be searched. Two passes in the order of the input then count
 * and write the columns: reading lists here and there, which can be fetched ahead, costs less than writing columns so. Every
 * entry is written by one block, so threads do not matter.
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

/* The list of a point within that of its block: itself and its neighbours. */
typedef struct
{
  gint32 first, n;
} Range;

/* The neighbours of a block of points: positions, later their numbers. */
typedef struct
{
  gint32 *list;
  gboolean is_own; /* not a part of the common memory: to be freed */
  double *values;  /* radius graphs: weights; else NULL */
} Block;

typedef struct
{
  const SmoothPoints *points;
  const SmoothNeighbourRule *rule;
  SmoothRun *run;
  gint n_threads;
  gint64 n_blocks;

  Block *blocks;
  gint32 *memory;   /* for the lists of nearest neighbours, as long as these are not longer than usual */
  Range *ranges;    /* by position */
  double *limit_d2; /* by position, for the mutual filter */
  gint32 *limit_id;
  SmoothSearch searches[MAX_THREADS];
  guint64 *keys[MAX_THREADS]; /* scratch to sort by number */
  gint64 n_keys[MAX_THREADS];
  gint64 *ends; /* n_blocks + 1: offsets of the columns of each block of numbers */
  SmoothSparse *weights;

  _Atomic gint64 n_entries;
  _Atomic int failure;
} Work;

static void
work_clear (Work *work)
{
  for (gint64 b = 0; work->blocks != NULL && b < work->n_blocks; b++)
    {
      if (work->blocks[b].is_own)
        g_free (work->blocks[b].list);
      g_free (work->blocks[b].values);
    }
  smooth_i_free (work->blocks);
  smooth_i_free (work->memory);
  smooth_i_free (work->ranges);
  smooth_i_free (work->limit_d2);
  smooth_i_free (work->limit_id);
  smooth_i_free (work->ends);
  for (gint t = 0; t < MAX_THREADS; t++)
    {
      smooth_i_search_clear (&work->searches[t]);
      g_free (work->keys[t]);
    }
  smooth_sparse_unref (work->weights);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Work, work_clear)

/* Entries of the common memory for each point: ties may make lists longer. */
static gint64
usual_length (const Work *work)
{
  return work->rule->rule.k > 0 ? work->rule->rule.k + 2 : 0;
}

static gboolean
work_init (Work *work, GError **error)
{
  gint64 n = work->points->n;
  const char *what = "neighbour lists";

  work->n_threads = MIN (smooth_run_get_n_threads (work->run), MAX_THREADS);
  work->n_blocks = (n + BLOCK_SIZE - 1) / BLOCK_SIZE;
  return (work->blocks = smooth_i_try_alloc (work->n_blocks, sizeof (Block), what, error)) != NULL
         && (work->memory = smooth_i_try_alloc_raw (n * usual_length (work), sizeof (gint32), what, error)) != NULL
         && (work->ranges = smooth_i_try_alloc_raw (n, sizeof (Range), what, error)) != NULL
         && (work->ends = smooth_i_try_alloc (work->n_blocks + 1, sizeof (gint64), what, error)) != NULL
         && (!work->rule->mutual
             || ((work->limit_d2 = smooth_i_try_alloc_raw (n, sizeof (double), what, error)) != NULL
                 && (work->limit_id = smooth_i_try_alloc_raw (n, sizeof (gint32), what, error)) != NULL));
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

/* Appends a point and what was found to the list of its block. */
static Failure
append (Block *block, gint64 *length, gint64 *capacity, gint64 p, const SmoothSearch *search)
{
  gint64 needed = *length + search->n_found + 1;

  if (needed > MAX_BLOCK_ENTRIES)
    return FAILURE_SIZE;
  if (needed > *capacity)
    {
      gint64 grown = MAX (needed + 64, 2 * *capacity);
      gint32 *memory = g_try_realloc_n (block->is_own ? block->list : NULL, (gsize) grown, sizeof (gint32));
      if (memory == NULL)
        return FAILURE_MEMORY;
      if (!block->is_own && *length > 0)
        memcpy (memory, block->list, (gsize) *length * sizeof (gint32));
      block->list = memory;
      block->is_own = TRUE;
      *capacity = grown;
    }
  gint32 *to = block->list + *length;
  *to++ = (gint32) p;
  for (gint64 t = 0; t < search->n_found; t++)
    *to++ = search->found[t]; /* few */
  *length = needed;
  return FAILURE_NONE;
}

static void
collect_block (gint64 index, gint worker, gpointer data)
{
  Work *work = data;
  Block *block = &work->blocks[index];
  SmoothSearch *search = &work->searches[worker];
  gint64 first = index * BLOCK_SIZE, last = MIN (first + BLOCK_SIZE, work->points->n);
  gint64 length = 0, capacity = (last - first) * usual_length (work);
  Failure failure = FAILURE_NONE;

  block->list = work->memory + first * usual_length (work);
  for (gint64 p = first; p < last && failure == FAILURE_NONE && !must_stop (work); p++)
    {
      work->ranges[p] = (Range){ (gint32) length, 0 };
      if (!smooth_i_points_search (work->points, p, &work->rule->rule, search))
        failure = FAILURE_MEMORY;
      else
        failure = append (block, &length, &capacity, p, search);
      work->ranges[p].n = (gint32) search->n_found + 1;
      if (work->rule->mutual)
        {
          work->limit_d2[p] = search->limit_d2;
          work->limit_id[p] = search->limit_id;
        }
    }
  if (failure == FAILURE_NONE && atomic_fetch_add (&work->n_entries, length) + length > MAX_ENTRIES + work->points->n)
    failure = FAILURE_SIZE;
  if (failure != FAILURE_NONE)
    atomic_store (&work->failure, failure);
}

/* Keeps the neighbours of p that name it too. The list begins with p. */
static gint32
filter (const Work *work, gint64 p, gint32 *list, gint32 n)
{
  const SmoothPoints *points = work->points;
  gint32 kept = 1;

  for (gint32 t = 1; t < n; t++)
    {
      gint32 q = list[t];
      double d2 = smooth_i_points_d2 (points, p, q);
      list[kept] = q;
      kept += d2 < work->limit_d2[q] || (d2 == work->limit_d2[q] && points->ids[p] <= work->limit_id[q]);
    }
  return kept;
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

typedef gint32 Four __attribute__ ((vector_size (16)));

#define N_FEW 8

/* Sorts n <= N_FEW different numbers: each goes to the place that is the count of smaller ones, without a branch. */
static void
sort_few (gint32 *numbers, gint32 n)
{
  union
  {
    Four fours[2];
    gint32 of[N_FEW];
  } all, rank = { { { 0 } } };

  for (gint t = 0; t < N_FEW; t++)
    all.of[t] = t < n ? numbers[t] : G_MAXINT32;
  Four low = all.fours[0], high = all.fours[1];
  for (gint t = 0; t < N_FEW; t++)
    {
      Four one = { all.of[t], all.of[t], all.of[t], all.of[t] };
      rank.fours[0] -= low > one;
      rank.fours[1] -= high > one;
    }
  for (gint32 t = 0; t < n; t++)
    numbers[rank.of[t]] = all.of[t];
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

/* The list of p by number, itself among them, and its weights where they are not 1. */
static gboolean
sort_list (Work *work, gint64 p, gint32 *list, gint32 n, double *values, gint worker)
{
  const gint32 *ids = work->points->ids;

  if (values == NULL && n <= N_FEW)
    {
      for (gint32 t = 0; t < n; t++)
        list[t] = ids[list[t]];
      sort_few (list, n);
      return TRUE;
    }
  if (!reserve_keys (work, worker, n))
    return FALSE;
  guint64 *keys = work->keys[worker];
  for (gint32 t = 0; t < n; t++)
    keys[t] = (guint64) ids[list[t]] << 32 | (guint64) list[t];
  sort_keys (keys, n);
  for (gint32 t = 0; t < n; t++)
    {
      gint64 q = (gint64) (keys[t] & G_MAXUINT32);
      list[t] = (gint32) (keys[t] >> 32);
      if (values != NULL)
        values[t] = q == p ? 0.0 : weight (work, p, q);
    }
  return TRUE;
}

static void
finish_block (gint64 index, gint worker, gpointer data)
{
  Work *work = data;
  Block *block = &work->blocks[index];
  gint64 first = index * BLOCK_SIZE, last = MIN (first + BLOCK_SIZE, work->points->n);
  gint64 length = work->ranges[last - 1].first + work->ranges[last - 1].n;
  gboolean done = TRUE;

  if (work->rule->rule.k == 0)
    block->values = g_try_new (double, length);
  done = work->rule->rule.k > 0 || block->values != NULL;
  for (gint64 p = first; p < last && done && !must_stop (work); p++)
    {
      Range *range = &work->ranges[p];
      gint32 *list = block->list + range->first;
      if (work->rule->mutual)
        range->n = filter (work, p, list, range->n);
      done = sort_list (work, p, list, range->n, block->values != NULL ? block->values + range->first : NULL, worker);
    }
  if (!done)
    atomic_store (&work->failure, FAILURE_MEMORY);
}

/* How far ahead what is read next is fetched: ranges, and the lists that they tell of. */
#define FAR_AHEAD 32
#define AHEAD 16

static void
count_block (gint64 index, gint worker, gpointer data)
{
  Work *work = data;
  gint64 first = index * BLOCK_SIZE, last = MIN (first + BLOCK_SIZE, work->points->n), n = 0;

  (void) worker;
  for (gint64 i = first; i < last; i++)
    {
      __builtin_prefetch (&work->ranges[work->points->positions[MIN (i + FAR_AHEAD, last - 1)]]);
      n += work->ranges[work->points->positions[i]].n;
    }
  work->ends[index + 1] = n;
}

static inline const gint32 *
get_list (const Work *work, gint64 i, Range *range)
{
  gint64 p = work->points->positions[i];

  *range = work->ranges[p];
  return work->blocks[p / BLOCK_SIZE].list + range->first;
}

/* Writes the column of point i: neighbours by number, itself among them. Returns: where the next one begins */
static gint64
write_column (const Work *work, gint64 i, gint64 to)
{
  gint32 *rows = work->weights->rows + to;
  double *values = work->weights->values + to;
  Range range;
  const gint32 *list = get_list (work, i, &range);
  const Block *block = &work->blocks[work->points->positions[i] / BLOCK_SIZE];
  gboolean is_isolated = TRUE;

  for (gint32 t = 0; t < range.n; t++)
    {
      double w = block->values != NULL ? block->values[range.first + t] : 1.0;
      rows[t] = list[t];
      values[t] = list[t] == i ? 0.0 : w;
      is_isolated = is_isolated && !(values[t] > 0.0);
    }
  for (gint32 t = 0; t < range.n && is_isolated; t++)
    values[t] = rows[t] == i;
  return to + range.n;
}

static void
write_block (gint64 index, gint worker, gpointer data)
{
  Work *work = data;
  gint64 first = index * BLOCK_SIZE, last = MIN (first + BLOCK_SIZE, work->points->n), to = work->ends[index];
  Range ahead;

  (void) worker;
  for (gint64 i = first; i < last; i++)
    {
      __builtin_prefetch (&work->ranges[work->points->positions[MIN (i + FAR_AHEAD, last - 1)]]);
      __builtin_prefetch (get_list (work, MIN (i + AHEAD, last - 1), &ahead));
      to = write_column (work, i, to);
      work->weights->starts[i + 1] = to;
    }
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
 * @points: indexed
 * @rule: which neighbours and what weights: 1 among nearest ones, exp (-d^2 / (2 bandwidth^2)) within a radius
 *
 * O(edges) time beside the searches; 4 bytes an edge (16 in radius graphs) and 28 a point as workspace.
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
  smooth_i_parallel (work.n_threads, work.n_blocks, finish_block, &work);
  if (!report_failure (&work, error) || !allocate_weights (&work, error))
    return NULL;
  smooth_i_parallel (work.n_threads, work.n_blocks, write_block, &work);
  return g_steal_pointer (&work.weights);
}
