/* SPDX-License-Identifier: GPL-3.0-or-later */
/* After a region edit: Gauss-Seidel steps around the rows of Q that changed, so that the cost follows the edit.
 *
 * The iterate was optimal before, so only tiles with a changed row have something to gain. They are solved colour by
 * colour; where an entry moves by more than a threshold the tiles of its neighbours are next. What is left below the
 * threshold is for the certificate to judge, which looks at every spot.
 */
#include "model/deconvolution-private.h"

#include <string.h>

#define LARGEST_SHARE 4 /* local steps pay while at most one tile in so many has changed */
#define MOST_VISITS 4   /* of each tile on average, before sweeps over everything are the better way */

/**
 * smooth_i_local_mark:
 *
 * Notes that the row of Q at @position has changed.
 */
void
smooth_i_local_mark (SmoothDeconvolver *solver, gint64 position)
{
  guint8 *dirty = &solver->dirty[position / SMOOTH_TILE];

  solver->n_dirty += !*dirty;
  *dirty = 1;
}

/* Forgets the changes: the iterate is no optimum that they could be seen against, or they were dealt with. */
void
smooth_i_local_clear (SmoothDeconvolver *solver)
{
  if (solver->n_dirty > 0)
    memset (solver->dirty, 0, (gsize) solver->layout->n_tiles);
  solver->n_dirty = 0;
  solver->is_settled = FALSE;
}

/* Whether the last solve ended at an optimum that few rows of Q have changed since. */
gboolean
smooth_i_local_pays (const SmoothDeconvolver *solver)
{
  return solver->is_settled && solver->n_dirty > 0 && solver->n_dirty * LARGEST_SHARE <= solver->layout->n_tiles;
}

/* The dirty tiles of a colour; they are clean from here on. */
static gint64
take_tiles (SmoothDeconvolver *solver, gint colour, gint32 *tiles)
{
  const SmoothLayout *layout = solver->layout;
  gint64 n = 0;

  for (gint64 t = layout->colour_tiles[colour]; t < layout->colour_tiles[colour + 1]; t++)
    if (solver->dirty[t])
      {
        solver->dirty[t] = 0;
        tiles[n++] = (gint32) t;
      }
  solver->n_dirty -= n;
  return n;
}

static void
mark_neighbours (SmoothDeconvolver *solver, gint64 tile)
{
  const SmoothLayout *layout = solver->layout;

  for (gint64 p = tile * SMOOTH_TILE; p < (tile + 1) * SMOOTH_TILE; p++)
    for (gint64 e = layout->starts[p]; e < layout->starts[p + 1]; e++)
      if (solver->values[e] != 0)
        smooth_i_local_mark (solver, layout->cols[e]);
}

/**
 * smooth_i_local_sweep:
 * @kind: the level that holds the iterate
 * @threshold: an entry that moves by more, in scaled units, disturbs its neighbours
 * @n_iterations: (inout): rounds over the colours are added
 *
 * Stops when no tile is dirty, or when sweeps over everything would be cheaper. The order of the steps does not depend
 * on the number of threads.
 *
 * Returns: FALSE with @error set after cancellation or where memory is short
 */
gboolean
smooth_i_local_sweep (SmoothDeconvolver *solver, SmoothLevelKind kind, double threshold, gint *n_iterations, GError **error)
{
  const SmoothLayout *layout = solver->layout;
  SmoothLevel *level = &solver->levels[kind];
  SmoothPass pass = level->pass;
  gint64 n_visits = 0;
  gint32 *tiles = smooth_i_try_alloc (layout->n_tiles, sizeof (gint32), "the solver", error);

  if (tiles == NULL)
    return FALSE;
  pass.tiles = tiles;
  pass.relaxation = smooth_i_relaxation (solver);
  while (solver->n_dirty > 0 && n_visits < MOST_VISITS * layout->n_tiles && smooth_run_check (solver->run, error))
    {
      for (gint c = 0; c < layout->n_colours; c++)
        {
          gint64 n = take_tiles (solver, c, tiles);
          if (n > 0)
            smooth_i_pass_run (solver, level->kernels->sweep, &pass, 0, n, SMOOTH_SWEEP_COST);
          for (gint64 i = 0; i < n; i++)
            if (pass.moved[tiles[i]] > threshold)
              mark_neighbours (solver, tiles[i]);
          n_visits += n;
        }
      ++*n_iterations;
    }
  smooth_i_free (tiles);
  return !smooth_run_is_cancelled (solver->run);
}
