/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Proportions from abundances: p_ks = max (b_ks, 0) / (sum over k of max (b_ks, 0) + 1e-8). */
#include "result/result.h"

#include "base/error.h"
#include "base/parallel.h"

#include <string.h>

/* Keeps 0 / 0 away from spots without any abundance: their proportions are all 0. */
#define TOTAL_FLOOR 1e-8
#define BLOCK 1024 /* spots that a thread does at once: they stay in its cache */

/* One division a spot: they cost more than all else. */
static void
normalise_spot (const double *restrict abundances, gint64 n_types, double *restrict proportions)
{
  double total = TOTAL_FLOOR;

  for (gint64 k = 0; k < n_types; k++)
    total += MAX (abundances[k], 0.0);
  double part = 1.0 / total;
  for (gint64 k = 0; k < n_types; k++)
    proportions[k] = MAX (abundances[k], 0.0) * part;
}

typedef struct
{
  SmoothMatrix *abundances;
  SmoothMatrix *proportions;
  SmoothFillFunc fill; /* (nullable) of the abundances */
  gconstpointer data;
  double *sums; /* n_blocks x n_types, row-major */
} Normalisation;

static void
normalise_block (gint64 block, gint worker, gpointer data)
{
  const Normalisation *job = data;
  SmoothMatrix *abundances = job->abundances;
  gint64 n_types = abundances->n_rows, begin = block * BLOCK, end = MIN (begin + BLOCK, abundances->n_cols);
  double *sums = job->sums + block * n_types;

  (void) worker;
  if (job->fill != NULL)
    job->fill (begin, end, abundances, job->data);
  for (gint64 s = begin; s < end; s++)
    {
      const double *proportions = smooth_matrix_column (job->proportions, s);
      normalise_spot (smooth_matrix_column (abundances, s), n_types, smooth_matrix_column (job->proportions, s));
      for (gint64 k = 0; k < n_types; k++)
        sums[k] += proportions[k];
    }
}

/* Fills the proportions, and returns their means. */
static double *
normalise (Normalisation *job, gint n_threads)
{
  gint64 n_types = job->abundances->n_rows, n_spots = job->abundances->n_cols, n_blocks = (n_spots + BLOCK - 1) / BLOCK;
  double *means = g_new0 (double, MAX (n_types, 1));
  g_autofree double *sums = g_new0 (double, MAX (n_blocks * n_types, 1));

  job->sums = sums;
  smooth_i_parallel (n_threads, n_blocks, normalise_block, job);
  for (gint64 block = 0; block < n_blocks; block++)
    for (gint64 k = 0; k < n_types; k++)
      means[k] += sums[block * n_types + k] / (double) n_spots;
  return means;
}

/**
 * smooth_result_new:
 * @abundances: n_types x n_spots; referenced
 * @type_names: n_types names; copied
 * @info: what the solver claims
 *
 * O(n_types n_spots).
 *
 * Returns: (transfer full): the result, or %NULL where memory is short
 */
SmoothResult *
smooth_result_new (SmoothMatrix *abundances, const char *const *type_names, const SmoothInfo *info, GError **error)
{
  g_autoptr (SmoothMatrix) proportions = smooth_i_matrix_new_raw (abundances->n_rows, abundances->n_cols, error);

  return proportions != NULL ? smooth_i_result_new_filled (abundances, proportions, type_names, info, NULL, NULL, 1) : NULL;
}

/**
 * smooth_i_result_new_filled:
 * @proportions: n_types x n_spots: to be filled; referenced
 * @fill: (nullable): fills the abundances, some spots at a time, whose proportions follow while they are in cache
 * @n_threads: the most to use; the result does not depend on it
 *
 * As smooth_result_new(), in memory that is there.
 */
SmoothResult *
smooth_i_result_new_filled (SmoothMatrix *abundances, SmoothMatrix *proportions, const char *const *type_names, const SmoothInfo *info,
                            SmoothFillFunc fill, gconstpointer data, gint n_threads)
{
  g_return_val_if_fail (g_strv_length ((char **) type_names) == abundances->n_rows, NULL);

  SmoothResult *result = g_new0 (SmoothResult, 1);
  g_atomic_ref_count_init (&result->ref_count);
  result->n_types = abundances->n_rows;
  result->n_spots = abundances->n_cols;
  result->type_names = g_strdupv ((char **) type_names);
  result->abundances = smooth_matrix_ref (abundances);
  result->proportions = smooth_matrix_ref (proportions);
  Normalisation job = { abundances, proportions, fill, data, NULL };
  result->means = normalise (&job, n_threads);
  result->info = *info;
  smooth_i_edit_init (&result->edit);
  return result;
}

/* Whether nobody else holds the result or a part of it, and @last was made of it. */
static gboolean
is_usable (const SmoothResult *spare, const SmoothResult *last)
{
  return spare != NULL && g_atomic_ref_count_compare ((gatomicrefcount *) &spare->ref_count, 1)
         && g_atomic_ref_count_compare (&spare->abundances->ref_count, 1)
         && g_atomic_ref_count_compare (&spare->proportions->ref_count, 1)
         && smooth_i_edit_is_from (&last->edit, spare->edit.version);
}

static void
copy_spots (const SmoothMatrix *from, const gint32 *spots, gint64 n, SmoothMatrix *to)
{
  for (gint64 i = 0; i < n; i++)
    memcpy (smooth_matrix_column (to, spots[i]), smooth_matrix_column (from, spots[i]), (gsize) from->n_rows * sizeof (double));
}

/* @last: with matrices of its own. */
static SmoothResult *
copy_result (const SmoothResult *last, GError **error)
{
  const SmoothMatrix *b = last->abundances, *p = last->proportions;
  g_autoptr (SmoothMatrix) abundances = smooth_matrix_new_from_values (b->n_rows, b->n_cols, b->values, error);
  g_autoptr (SmoothMatrix) proportions = smooth_matrix_new_from_values (p->n_rows, p->n_cols, p->values, error);

  if (abundances == NULL || proportions == NULL)
    return NULL;
  SmoothResult *result = g_new0 (SmoothResult, 1);
  g_atomic_ref_count_init (&result->ref_count);
  result->n_types = last->n_types;
  result->n_spots = last->n_spots;
  result->type_names = g_strdupv (last->type_names);
  result->abundances = g_steal_pointer (&abundances);
  result->proportions = g_steal_pointer (&proportions);
  result->means = g_new (double, MAX (last->n_types, 1));
  smooth_i_edit_init (&result->edit);
  return result;
}

/* One spot has other proportions than before. */
static void
move_means (SmoothResult *result, const double *before, const double *now)
{
  for (gint64 k = 0; k < result->n_types; k++)
    result->means[k] += (now[k] - before[k]) / (double) result->n_spots;
}

/**
 * smooth_i_result_new_edited:
 * @spare: (transfer full) (nullable): the result that @last was made of by this function: if nobody else holds it its memory
 *   is used
 * @moved: n_types x n: abundances
 * @spots: n, ascending: of these spots; all others have those of @last
 *
 * O(n_types n), and a copy where @spare does not serve.
 */
SmoothResult *
smooth_i_result_new_edited (const SmoothResult *last, SmoothResult *spare, const SmoothMatrix *moved, const gint32 *spots,
                            const SmoothInfo *info, GError **error)
{
  g_autoptr (SmoothResult) result = spare;

  if (!is_usable (spare, last))
    {
      g_clear_pointer (&result, smooth_result_unref);
      if ((result = copy_result (last, error)) == NULL)
        return NULL;
    }
  else
    {
      copy_spots (last->abundances, last->edit.places, last->edit.n, result->abundances);
      copy_spots (last->proportions, last->edit.places, last->edit.n, result->proportions);
    }
  smooth_i_edit_set (&result->edit, &last->edit, spots, moved->n_cols);
  memcpy (result->means, last->means, (gsize) last->n_types * sizeof (double));
  for (gint64 i = 0; i < moved->n_cols; i++)
    {
      memcpy (smooth_matrix_column (result->abundances, spots[i]), smooth_matrix_column (moved, i),
              (gsize) moved->n_rows * sizeof (double));
      normalise_spot (smooth_matrix_column (moved, i), moved->n_rows, smooth_matrix_column (result->proportions, spots[i]));
      move_means (result, smooth_matrix_column (last->proportions, spots[i]), smooth_matrix_column (result->proportions, spots[i]));
    }
  result->info = *info;
  return g_steal_pointer (&result);
}

SmoothResult *
smooth_result_ref (SmoothResult *result)
{
  g_atomic_ref_count_inc (&result->ref_count);
  return result;
}

void
smooth_result_unref (SmoothResult *result)
{
  if (result == NULL || !g_atomic_ref_count_dec (&result->ref_count))
    return;
  g_strfreev (result->type_names);
  g_free (result->means);
  smooth_matrix_unref (result->abundances);
  smooth_matrix_unref (result->proportions);
  smooth_i_edit_clear (&result->edit);
  g_free (result);
}

/* Returns: the type of the largest proportion of a spot, the first one of equals, -1 where all are 0 */
gint32
smooth_result_get_dominant (const SmoothResult *result, gint64 spot)
{
  const double *p = smooth_matrix_column (result->proportions, spot);
  double most = 0.0;
  gint32 best = -1;

  for (gint32 k = 0; k < (gint32) result->n_types; k++) /* without a branch: no processor could tell where it goes */
    {
      best = p[k] > most ? k : best;
      most = MAX (p[k], most);
    }
  return best;
}

/**
 * smooth_result_get_changes:
 * @before: an earlier result
 * @spots: (out) (transfer none): @n numbers of analysed spots, ascending
 *
 * Returns: whether it is known which spots alone may have other proportions than @before; what is made of all spots is then to be
 *   made again for these
 */
gboolean
smooth_result_get_changes (const SmoothResult *result, const SmoothResult *before, const gint32 **spots, gint64 *n)
{
  if (!smooth_i_edit_is_from (&result->edit, before->edit.version))
    return FALSE;
  *spots = result->edit.places;
  *n = result->edit.n;
  return TRUE;
}

/**
 * smooth_result_dup_dominant:
 *
 * Returns: (transfer full): n_spots: smooth_result_get_dominant() of each
 */
gint32 *
smooth_result_dup_dominant (const SmoothResult *result)
{
  gint32 *dominant = g_new (gint32, MAX (result->n_spots, 1));

  for (gint64 s = 0; s < result->n_spots; s++)
    dominant[s] = smooth_result_get_dominant (result, s);
  return dominant;
}
