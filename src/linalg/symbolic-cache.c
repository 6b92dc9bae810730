/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The analyses made last, found again by comparing patterns: that costs a pass over the entries, and no rule about which
 * settings keep a pattern can be wrong. */
#include "linalg/symbolic.h"

#include <string.h>

#define N_KEPT 3 /* of a prior, of the same with some spots left out, and one more */

struct _SmoothSymbolicCache
{
  gatomicrefcount ref_count;
  gint64 n_spots;
  gint n_dims;
  double *coords; /* (nullable): n_spots x n_dims */

  GMutex lock;                  /* guards what follows; held while an analysis is made, which others may wait for */
  SmoothSymbolic *kept[N_KEPT]; /* (nullable): used last first */
};

/**
 * smooth_symbolic_cache_new:
 * @coords: (nullable): @n_spots x @n_dims, row-major, finite; copied
 */
SmoothSymbolicCache *
smooth_symbolic_cache_new (const double *coords, gint64 n_spots, gint n_dims, GError **error)
{
  g_autoptr (SmoothSymbolicCache) cache = g_new0 (SmoothSymbolicCache, 1);

  g_atomic_ref_count_init (&cache->ref_count);
  g_mutex_init (&cache->lock);
  cache->n_spots = n_spots;
  cache->n_dims = n_dims;
  if (coords == NULL)
    return g_steal_pointer (&cache);
  cache->coords = smooth_i_try_alloc_raw (n_spots * n_dims, sizeof (double), "coordinates", error);
  if (cache->coords == NULL)
    return NULL;
  memcpy (cache->coords, coords, (gsize) (n_spots * n_dims) * sizeof (double));
  return g_steal_pointer (&cache);
}

SmoothSymbolicCache *
smooth_symbolic_cache_ref (SmoothSymbolicCache *cache)
{
  g_atomic_ref_count_inc (&cache->ref_count);
  return cache;
}

void
smooth_symbolic_cache_unref (SmoothSymbolicCache *cache)
{
  if (cache == NULL || !g_atomic_ref_count_dec (&cache->ref_count))
    return;
  for (gint i = 0; i < N_KEPT; i++)
    smooth_symbolic_unref (cache->kept[i]);
  smooth_i_free (cache->coords);
  g_mutex_clear (&cache->lock);
  g_free (cache);
}

/**
 * smooth_symbolic_cache_make:
 *
 * As smooth_symbolic_cache_get(), for a pattern that will hardly come again: it is not kept.
 */
SmoothSymbolic *
smooth_symbolic_cache_make (const SmoothSymbolicCache *cache, const SmoothSparse *pattern, const gint32 *spots, SmoothRun *run, GError **error)
{
  gint n_dims = cache->n_dims;

  if (cache->coords == NULL || spots == NULL)
    return smooth_symbolic_new (pattern, cache->coords, n_dims, run, error);
  double *coords = smooth_i_try_alloc_raw (pattern->n_cols * n_dims, sizeof (double), "coordinates", error);
  if (coords == NULL)
    return NULL;
  for (gint64 i = 0; i < pattern->n_cols; i++)
    memcpy (coords + i * n_dims, cache->coords + (gint64) spots[i] * n_dims, (gsize) n_dims * sizeof (double));
  SmoothSymbolic *symbolic = smooth_symbolic_new (pattern, coords, n_dims, run, error);
  smooth_i_free (coords);
  return symbolic;
}

/* Puts @found, which is at @place or at none of those kept, to the front. */
static void
keep (SmoothSymbolicCache *cache, gint place, SmoothSymbolic *found)
{
  if (place == N_KEPT)
    smooth_symbolic_unref (cache->kept[--place]);
  memmove (cache->kept + 1, cache->kept, (gsize) place * sizeof *cache->kept);
  cache->kept[0] = found;
}

/**
 * smooth_symbolic_cache_get:
 * @pattern: as for smooth_symbolic_new()
 * @spots: (nullable): for each row of @pattern its spot; %NULL where row i belongs to spot i
 *
 * Returns: (transfer full): the analysis of a matrix of this pattern, made now or before
 */
SmoothSymbolic *
smooth_symbolic_cache_get (SmoothSymbolicCache *cache, const SmoothSparse *pattern, const gint32 *spots, SmoothRun *run, GError **error)
{
  gint place = 0;

  g_return_val_if_fail (spots != NULL || pattern->n_cols == cache->n_spots, NULL);
  g_mutex_lock (&cache->lock);
  while (place < N_KEPT && cache->kept[place] != NULL && !smooth_i_symbolic_fits (cache->kept[place], pattern))
    place++;
  SmoothSymbolic *found = place < N_KEPT && cache->kept[place] != NULL ? cache->kept[place]
                                                                           : smooth_symbolic_cache_make (cache, pattern, spots, run, error);
  if (found != NULL)
    {
      keep (cache, place, found);
      smooth_symbolic_ref (found);
    }
  g_mutex_unlock (&cache->lock);
  return found;
}
