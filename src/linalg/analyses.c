/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The analyses made last, found again by comparing patterns: that costs a pass over the entries, and no rule about which
 * settings keep a pattern can be wrong. */
#include "linalg/analysis.h"

#include <string.h>

#define N_KEPT 3 /* of a prior, of the same with some spots left out, and one more */

struct _SmoothAnalyses
{
  gatomicrefcount ref_count;
  gint64 n_spots;
  gint n_dims;
  double *coords; /* (nullable): n_spots x n_dims */

  GMutex lock;                  /* guards what follows; held while an analysis is made, which others may wait for */
  SmoothAnalysis *kept[N_KEPT]; /* (nullable): used last first */
};

/**
 * smooth_analyses_new:
 * @coords: (nullable): @n_spots x @n_dims, row-major, finite; copied
 */
SmoothAnalyses *
smooth_analyses_new (const double *coords, gint64 n_spots, gint n_dims, GError **error)
{
  g_autoptr (SmoothAnalyses) analyses = g_new0 (SmoothAnalyses, 1);

  g_atomic_ref_count_init (&analyses->ref_count);
  g_mutex_init (&analyses->lock);
  analyses->n_spots = n_spots;
  analyses->n_dims = n_dims;
  if (coords == NULL)
    return g_steal_pointer (&analyses);
  analyses->coords = smooth_i_try_alloc (n_spots * n_dims, sizeof (double), "coordinates", error);
  if (analyses->coords == NULL)
    return NULL;
  memcpy (analyses->coords, coords, (gsize) (n_spots * n_dims) * sizeof (double));
  return g_steal_pointer (&analyses);
}

SmoothAnalyses *
smooth_analyses_ref (SmoothAnalyses *analyses)
{
  g_atomic_ref_count_inc (&analyses->ref_count);
  return analyses;
}

void
smooth_analyses_unref (SmoothAnalyses *analyses)
{
  if (analyses == NULL || !g_atomic_ref_count_dec (&analyses->ref_count))
    return;
  for (gint i = 0; i < N_KEPT; i++)
    smooth_analysis_unref (analyses->kept[i]);
  smooth_i_free (analyses->coords);
  g_mutex_clear (&analyses->lock);
  g_free (analyses);
}

/**
 * smooth_analyses_make:
 *
 * As smooth_analyses_get(), for a pattern that will hardly come again: it is not kept.
 */
SmoothAnalysis *
smooth_analyses_make (const SmoothAnalyses *analyses, const SmoothSparse *pattern, const gint32 *spots, GError **error)
{
  gint n_dims = analyses->n_dims;

  if (analyses->coords == NULL || spots == NULL)
    return smooth_analysis_new (pattern, analyses->coords, n_dims, error);
  double *coords = smooth_i_try_alloc_raw (pattern->n_cols * n_dims, sizeof (double), "coordinates", error);
  if (coords == NULL)
    return NULL;
  for (gint64 i = 0; i < pattern->n_cols; i++)
    memcpy (coords + i * n_dims, analyses->coords + (gint64) spots[i] * n_dims, (gsize) n_dims * sizeof (double));
  SmoothAnalysis *analysis = smooth_analysis_new (pattern, coords, n_dims, error);
  smooth_i_free (coords);
  return analysis;
}

/* Puts @found, which is at @place or at none of those kept, to the front. */
static void
keep (SmoothAnalyses *analyses, gint place, SmoothAnalysis *found)
{
  if (place == N_KEPT)
    smooth_analysis_unref (analyses->kept[--place]);
  memmove (analyses->kept + 1, analyses->kept, (gsize) place * sizeof *analyses->kept);
  analyses->kept[0] = found;
}

/**
 * smooth_analyses_get:
 * @pattern: as for smooth_analysis_new()
 * @spots: (nullable): for each row of @pattern its spot; %NULL where row i belongs to spot i
 *
 * Returns: (transfer full): the analysis of a matrix of this pattern, made now or before
 */
SmoothAnalysis *
smooth_analyses_get (SmoothAnalyses *analyses, const SmoothSparse *pattern, const gint32 *spots, GError **error)
{
  gint place = 0;

  g_return_val_if_fail (spots != NULL || pattern->n_cols == analyses->n_spots, NULL);
  g_mutex_lock (&analyses->lock);
  while (place < N_KEPT && analyses->kept[place] != NULL && !smooth_i_analysis_fits (analyses->kept[place], pattern))
    place++;
  SmoothAnalysis *found = place < N_KEPT && analyses->kept[place] != NULL ? analyses->kept[place]
                                                                           : smooth_analyses_make (analyses, pattern, spots, error);
  if (found != NULL)
    {
      keep (analyses, place, found);
      smooth_analysis_ref (found);
    }
  g_mutex_unlock (&analyses->lock);
  return found;
}
