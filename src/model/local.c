/* SPDX-License-Identifier: GPL-3.0-or-later */
/* After a region edit: Gauss-Seidel steps around the rows of Q that changed, so that the cost follows the edit.
 *
 * The iterate was optimal before, so only spots with a changed row have something to gain. They are solved colour by colour,
 * as many at once as a vector has lanes, wherever they are; where an entry moves by more than a threshold the neighbours are
 * next. What is left below the threshold is for the certificate to judge, which counts in every spot.
 */
#include "model/deconvolution-private.h"

#include <string.h>

#define LARGEST_SHARE 16 /* local steps pay while at most one spot in so many has changed */
#define MOST_VISITS 3    /* of each spot on average, before sweeps over everything are the better way */
#define MOST_AT_ONCE 16384

/**
 * smooth_i_local_mark:
 *
 * Notes that the row of Q at @position has changed, or that a neighbour has moved.
 */
void
smooth_i_local_mark (SmoothDeconvolver *solver, gint64 position)
{
  guint16 *dirty = &solver->dirty[position / SMOOTH_TILE];
  guint16 bit = (guint16) (1u << position % SMOOTH_TILE);

  solver->n_dirty += !(*dirty & bit);
  *dirty |= bit;
}

/* Forgets the changes: the iterate is no optimum that they could be seen against, or they were dealt with. */
void
smooth_i_local_clear (SmoothDeconvolver *solver)
{
  if (solver->n_dirty > 0)
    memset (solver->dirty, 0, (gsize) solver->layout->n_tiles * sizeof *solver->dirty);
  solver->n_dirty = 0;
  solver->is_settled = FALSE;
}

/* Whether the last solve ended at an optimum that at most few rows of Q have changed since. */
gboolean
smooth_i_local_pays (const SmoothDeconvolver *solver)
{
  return solver->is_settled && solver->n_dirty * LARGEST_SHARE <= solver->layout->n_spots;
}

static gboolean
prepare (SmoothDeconvolver *solver, GError **error)
{
  if (solver->moved != NULL)
    return TRUE;
  solver->n_picked = MIN (solver->layout->n_positions, MOST_AT_ONCE);
  if (solver->picked == NULL)
    solver->picked = smooth_i_try_alloc (solver->n_picked, sizeof (gint32), "the solver", error);
  if (solver->picked != NULL)
    solver->moved = smooth_i_try_alloc (solver->n_picked, sizeof (float), "the solver", error);
  return solver->moved != NULL;
}

/* Where in a round the next spots are to be looked for. */
typedef struct
{
  gint colour;
  gint64 strip, tile;
} Place;

/* The next dirty spots of tiles @*tile .. @end - 1 behind the @n that were picked, in their order; they are clean from here on.
 * Returns the new number. */
static gint64
pick_of_range (SmoothDeconvolver *solver, gint64 *tile, gint64 end, gint64 n)
{
  while (*tile < end && n + SMOOTH_TILE <= solver->n_picked)
    {
      guint64 four = 1;
      if (*tile + 4 <= end)
        memcpy (&four, solver->dirty + *tile, sizeof four);
      if (four == 0)
        {
          *tile += 4;
          continue;
        }
      for (guint bits = solver->dirty[*tile]; bits != 0; bits &= bits - 1)
        solver->picked[n++] = (gint32) (*tile * SMOOTH_TILE + __builtin_ctz (bits));
      solver->dirty[(*tile)++] = 0;
    }
  return n;
}

/* The next dirty spots of one colour, over all strips. Returns their number, 0 at the end of a colour; the list is filled up to
 * whole tiles. */
static gint64
pick (SmoothDeconvolver *solver, Place *place)
{
  const SmoothLayout *layout = solver->layout;
  gint64 n = 0;

  for (; place->strip < layout->n_strips && n + SMOOTH_TILE <= solver->n_picked; place->strip++)
    {
      const gint64 *range = layout->range_tiles + place->strip * layout->n_colours + place->colour;
      place->tile = MAX (place->tile, range[0]);
      n = pick_of_range (solver, &place->tile, range[1], n);
      if (place->tile < range[1])
        break;
    }
  solver->n_dirty -= n;
  for (gint64 i = n; i % SMOOTH_TILE != 0; i++)
    solver->picked[i] = -1;
  return n;
}

/* What the moves of the picked spots disturb. */
static void
note_moves (SmoothDeconvolver *solver, gint64 n, double threshold)
{
  const SmoothLayout *layout = solver->layout;

  for (gint64 i = 0; i < n; i++)
    {
      gint64 p = solver->picked[i];
      if (solver->moved[i] > 0)
        solver->visited[p / SMOOTH_TILE] |= (guint16) (1u << p % SMOOTH_TILE);
      if (solver->moved[i] > threshold)
        for (gint64 e = layout->starts[p]; e < layout->starts[p + 1]; e++)
          if (solver->values[e] != 0)
            smooth_i_local_mark (solver, layout->cols[e]);
    }
}

/* Tells the certificate, and who reads the iterate, of all spots that have moved. */
static void
tell_moves (SmoothDeconvolver *solver)
{
  const SmoothLayout *layout = solver->layout;

  for (gint64 tile = 0; tile < layout->n_tiles; tile++)
    {
      solver->unread[tile] |= solver->visited[tile];
      for (guint bits = solver->visited[tile]; bits != 0; bits &= bits - 1)
        {
          gint64 p = tile * SMOOTH_TILE + __builtin_ctz (bits);
          smooth_i_certificate_mark (solver, p, TRUE);
          for (gint64 e = layout->starts[p]; e < layout->starts[p + 1]; e++)
            if (solver->values[e] != 0)
              smooth_i_certificate_mark (solver, layout->cols[e], FALSE);
        }
      solver->visited[tile] = 0;
    }
}

/**
 * smooth_i_local_sweep:
 * @kind: the level that holds the iterate
 * @threshold: an entry that moves by more, in scaled units, disturbs its neighbours
 * @n_iterations: (inout): rounds over the colours are added
 *
 * Stops when no spot is dirty, or when sweeps over everything would be cheaper. The order of the steps does not depend
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

  if (!prepare (solver, error))
    return FALSE;
  pass.picked = solver->picked;
  pass.moved = solver->moved;
  pass.relaxation = smooth_i_local_relaxation (solver);
  while (solver->n_dirty > 0 && n_visits < MOST_VISITS * layout->n_spots && smooth_run_check (solver->run, error))
    {
      for (Place place = { 0 }; place.colour < layout->n_colours;)
        {
          gint64 n = pick (solver, &place);
          if (n == 0)
            {
              place = (Place) { .colour = place.colour + 1 };
              continue;
            }
          smooth_i_pass_run (solver, level->kernels->sweep, &pass, 0, (n + SMOOTH_TILE - 1) / SMOOTH_TILE, SMOOTH_PICKED_COST);
          note_moves (solver, n, threshold);
          n_visits += n;
        }
      ++*n_iterations;
    }
  tell_moves (solver);
  return !smooth_run_is_cancelled (solver->run);
}
