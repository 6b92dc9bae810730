/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Multigrid by aggregation, for errors that sweeps over single spots hardly see: those that neighbourhoods have in common.
 *
 * Spots are gathered to neighbourhoods of a spot with all of its neighbours, these to larger ones, and so on. With w = 1 for the
 * types of a spot on the face (those that are positive or want to be), 0 else, a neighbourhood J has the weight
 * w_J^2 = sum w_i^2 by type, and a step y there moves its members by w_i y / w_J. Of the energy
 *
 *     sum_i x_i'H x_i / 2 + sum_k m_k x_k'Q x_k / 2 - residual'x
 *
 * that leaves a problem of the same form: H again, exactly where all members have the same types; and for Q
 *
 *     Q_JJ' = sum over members of q_ij / sqrt (N_J N_J'),   N: members
 *
 * where types that are on the face in a part of the members only are taken to be so at random. A V-cycle of sweeps over
 * all levels solves it roughly. Its step is too short as a rule, for steps of neighbourhoods have jumps between them which what
 * they stand for has not (D. Braess, Computing 55 (1995)); how long it is best is easily told. On the spots it is cut off at 0; the
 * face may change with every cycle (truncation: C. Graeser, R. Kornhuber, J. Comput. Math. 27 (2009)).
 */
#include "model/grid-private.h"

#include "base/parallel.h"

#include <math.h>
#include <string.h>

#define LONGEST 2            /* times the step of a cycle */
#define FEWEST 48            /* neighbourhoods that are not gathered any more */
#define LEAST_MEMBERS 2      /* of a neighbourhood on average: below it levels end */
#define LAST_SWEEPS 6        /* on the coarsest level: forward and then backward, as before and after coarser levels */
#define RELAXATION 1.0
#define ROWS_AT_ONCE 512
#define FEW_ROWS 4096        /* one thread does them */

struct _SmoothGrid
{
  SmoothGrid *coarser;  /* (nullable) */
  SmoothLayout *layout; /* of the neighbourhoods */
  gint32 *parents;      /* of each finer position: that of its neighbourhood; -1: none */
  gint64 *starts;       /* n_positions + 1: members of each neighbourhood */
  gint32 *members;      /* finer positions */
  gint32 *backward_tiles; /* n_tiles: ... 2, 1, 0 */
  double *n_spots;      /* n_positions */
  double *sums;         /* as layout->cols: of q; behind them one for each position: of q between members, and of their diagonals */
  double *diagonal;     /* these */
  gint32 *targets;      /* of each finer entry of Q: of which of the sums it is a part */
  double *roots;        /* n_positions: 1 / sqrt (n_spots); 0: none */
  gint matrix;          /* solver->matrix when values are current */
  const SmoothKernels *kernels;
  SmoothPass pass;
};

static const char *const what = "neighbourhoods of spots";

void
smooth_i_grid_free (SmoothGrid *grid)
{
  if (grid == NULL)
    return;
  smooth_i_grid_free (grid->coarser);
  smooth_i_layout_free (grid->layout);
  gpointer arrays[] = { grid->parents, grid->starts, grid->members, grid->backward_tiles, grid->n_spots, grid->sums, grid->targets, grid->roots,
                        (gpointer) grid->pass.q, (gpointer) grid->pass.diagonal, (gpointer) grid->pass.r, grid->pass.x,
                        grid->pass.weights, grid->pass.gradient, grid->pass.factors, grid->pass.stamps };
  for (gsize i = 0; i < G_N_ELEMENTS (arrays); i++)
    smooth_i_free (arrays[i]);
  g_free (grid);
}

/* ---- neighbourhoods ---- */

/* Each spot with all of its neighbours, as long as none of them is taken. Edges of value 0 connect nothing. */
static gint32
gather_apart (const SmoothLayout *layout, const double *values, gint32 *groups)
{
  gint32 n = 0;

  for (gint64 p = 0; p < layout->n_positions; p++)
    {
      gboolean is_apart = groups[p] < 0, has_edges = FALSE;
      for (gint64 e = layout->starts[p]; e < layout->starts[p + 1] && is_apart; e++)
        {
          has_edges |= values[e] != 0;
          is_apart = values[e] == 0 || groups[layout->cols[e]] < 0;
        }
      if (!is_apart || !has_edges)
        continue;
      groups[p] = n;
      for (gint64 e = layout->starts[p]; e < layout->starts[p + 1]; e++)
        if (values[e] != 0)
          groups[layout->cols[e]] = n;
      n++;
    }
  return n;
}

/* Who is left over joins the neighbour that the prior ties closest. */
static void
join (const SmoothLayout *layout, const double *values, gint32 *groups)
{
  for (gint64 p = 0; p < layout->n_positions; p++)
    {
      double closest = 0;
      gint32 group = -1;

      for (gint64 e = layout->starts[p]; groups[p] == -1 && e < layout->starts[p + 1]; e++)
        if (groups[layout->cols[e]] >= 0 && fabs (values[e]) > closest)
          {
            closest = fabs (values[e]);
            group = groups[layout->cols[e]];
          }
      if (group >= 0)
        groups[p] = -2 - group; /* others that are left over do not see it */
    }
  for (gint64 p = 0; p < layout->n_positions; p++)
    if (groups[p] < -1)
      groups[p] = -2 - groups[p];
}

/* Sorts finer positions by key; those of key -1 are left out. starts: n + 1, of 0s. */
static gboolean
sort_members (const gint32 *keys, gint64 n_fine, gint64 n, gint64 *starts, gint32 *members, GError **error)
{
  g_autofree gint64 *next = smooth_i_try_new (gint64, n + 1, what, error);

  if (next == NULL)
    return FALSE;
  for (gint64 p = 0; p < n_fine; p++)
    if (keys[p] >= 0)
      starts[keys[p] + 1]++;
  for (gint64 g = 0; g < n; g++)
    next[g + 1] = starts[g + 1] += starts[g];
  for (gint64 p = 0; p < n_fine; p++)
    if (keys[p] >= 0)
      members[next[keys[p]]++] = (gint32) p;
  return TRUE;
}

/* Which groups are next to each other; also where an edge of their members has the value 0, which may change. */
static SmoothSparse *
connect_groups (const SmoothLayout *finer, const gint32 *groups, const gint64 *starts, const gint32 *members, gint64 n, GError **error)
{
  g_autofree gint32 *seen = smooth_i_try_new (gint32, n, what, error);
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (gint32));
  SmoothSparse *pattern = seen != NULL ? smooth_i_sparse_new_raw (n, n, 0, error) : NULL;

  if (pattern == NULL)
    return NULL;
  for (gint32 g = 0; g < n; g++)
    {
      seen[g] = g + 1;
      for (gint64 i = starts[g]; i < starts[g + 1]; i++)
        for (gint64 e = finer->starts[members[i]]; e < finer->starts[members[i] + 1]; e++)
          {
            gint32 group = groups[finer->cols[e]];
            if (group < 0 || seen[group] == g + 1)
              continue;
            seen[group] = g + 1;
            g_array_append_val (rows, group);
          }
      pattern->starts[g + 1] = rows->len;
    }
  SmoothSparse *result = smooth_i_sparse_new_raw (n, n, rows->len, error);
  if (result != NULL)
    {
      memcpy (result->starts, pattern->starts, (gsize) (n + 1) * sizeof (gint64));
      memcpy (result->rows, rows->data, rows->len * sizeof (gint32));
    }
  smooth_sparse_unref (pattern);
  return result;
}

static gboolean
allocate (SmoothGrid *grid, const SmoothLevel *level, const SmoothLayout *finer, GError **error)
{
  gint64 n_fine = finer->n_positions;
  gint64 n = grid->layout->n_positions, nnz = grid->layout->starts[n], n_tiles = grid->layout->n_tiles;
  gsize real = level->kernels->real_size;
  SmoothPass *pass = &grid->pass;
  struct
  {
    gpointer *array;
    gint64 n;
    gsize size;
    gboolean is_written; /* before it is read */
  } arrays[] = {
    { (gpointer *) &grid->starts, n + 1, sizeof (gint64) },
    { (gpointer *) &grid->members, n_fine, sizeof (gint32), TRUE },
    { (gpointer *) &grid->backward_tiles, n_tiles, sizeof (gint32), TRUE },
    { (gpointer *) &grid->n_spots, n, sizeof (double) },
    { (gpointer *) &grid->sums, nnz + n, sizeof (double) },
    { (gpointer *) &grid->targets, finer->starts[n_fine], sizeof (gint32), TRUE },
    { (gpointer *) &grid->roots, n, sizeof (double) },
    { (gpointer *) &pass->q, nnz, real },
    { (gpointer *) &pass->diagonal, n, real },
    { (gpointer *) &pass->r, n * pass->stride, real, TRUE },
    { &pass->x, n * pass->stride, real, TRUE },
    { &pass->weights, n * pass->stride, real, TRUE },
    { &pass->gradient, n * pass->stride, real, TRUE },
    { &pass->factors, n_tiles, level->kernels->factor_size (pass->n_types), TRUE },
    { (gpointer *) &pass->stamps, n_tiles * SMOOTH_TILE, sizeof (gint32) },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (arrays); i++)
    {
      *arrays[i].array = arrays[i].is_written ? smooth_i_try_alloc_raw (arrays[i].n, arrays[i].size, what, error)
                                              : smooth_i_try_alloc (arrays[i].n, arrays[i].size, what, error);
      if (*arrays[i].array == NULL)
        return FALSE;
    }
  grid->diagonal = grid->sums + nnz;
  for (gint64 t = 0; t < n_tiles; t++)
    grid->backward_tiles[t] = (gint32) (n_tiles - 1 - t);
  memset (pass->stamps, -1, (gsize) (n_tiles * SMOOTH_TILE) * sizeof (gint32));
  return TRUE;
}

/* Of an entry of Q between members of two neighbourhoods; a spot that is in none has no entries that are not 0. */
static gint32
find_target (const SmoothGrid *grid, gint32 parent, gint32 other)
{
  const SmoothLayout *layout = grid->layout;
  gint64 to = parent < 0 || other < 0 || parent == other ? layout->starts[layout->n_positions] + MAX (parent, 0) : layout->starts[parent];

  while (parent >= 0 && other >= 0 && parent != other && layout->cols[to] != other)
    to++;
  return (gint32) to;
}

/* Neighbourhoods of the spots or neighbourhoods of a layout; n_spots: (nullable): of each of these, 1. NULL without error where
 * there is nothing to gather. */
static SmoothGrid *
gather (const SmoothLayout *finer, const double *values, const double *n_spots, const SmoothLevel *level, GError **error)
{
  gint64 n_fine = finer->n_positions;
  g_autofree gint32 *groups = smooth_i_try_new (gint32, n_fine, what, error);
  g_autofree gint64 *starts = groups != NULL ? smooth_i_try_new (gint64, n_fine + 1, what, error) : NULL;
  g_autofree gint32 *members = starts != NULL ? smooth_i_try_new (gint32, n_fine, what, error) : NULL;

  if (members == NULL)
    return NULL;
  memset (groups, -1, (gsize) n_fine * sizeof (gint32));
  gint32 n = gather_apart (finer, values, groups);
  if (n == 0 || n * LEAST_MEMBERS > n_fine)
    return NULL;
  join (finer, values, groups);
  if (!sort_members (groups, n_fine, n, starts, members, error))
    return NULL;
  g_autoptr (SmoothSparse) pattern = connect_groups (finer, groups, starts, members, n, error);
  g_autoptr (SmoothGrid) grid = g_new0 (SmoothGrid, 1);
  grid->layout = pattern != NULL ? smooth_i_layout_new (n, pattern, error) : NULL;
  if (grid->layout == NULL || grid->layout->n_colours == 0)
    return NULL;
  grid->kernels = level->kernels;
  grid->pass.n_types = level->pass.n_types;
  grid->pass.stride = level->pass.stride;
  if (!allocate (grid, level, finer, error))
    return NULL;
  for (gint64 p = 0; p < n_fine; p++)
    groups[p] = groups[p] >= 0 ? grid->layout->positions[groups[p]] : -1;
  grid->parents = g_steal_pointer (&groups);
  if (!sort_members (grid->parents, n_fine, grid->layout->n_positions, grid->starts, grid->members, error))
    return NULL;
  for (gint64 p = 0; p < n_fine; p++)
    if (grid->parents[p] >= 0)
      grid->n_spots[grid->parents[p]] += n_spots != NULL ? n_spots[p] : 1;
  for (gint64 p = 0; p < n_fine; p++)
    for (gint64 e = finer->starts[p]; e < finer->starts[p + 1]; e++)
      grid->targets[e] = find_target (grid, grid->parents[p], grid->parents[finer->cols[e]]);
  for (gint64 p = 0; p < grid->layout->n_positions; p++)
    grid->roots[p] = grid->n_spots[p] > 0 ? 1 / sqrt (grid->n_spots[p]) : 0;
  return g_steal_pointer (&grid);
}

/* ---- their prior ---- */

typedef struct
{
  SmoothGrid *grid;
  const SmoothLayout *finer;
  const double *values, *diagonal; /* of the finer level */
} Summing;

static void
sum_row (const Summing *summing, gint64 position)
{
  SmoothGrid *grid = summing->grid;
  const SmoothLayout *layout = grid->layout, *finer = summing->finer;
  gint64 begin = layout->starts[position], end = layout->starts[position + 1];

  memset (grid->sums + begin, 0, (gsize) (end - begin) * sizeof (double));
  grid->diagonal[position] = 0;
  for (gint64 i = grid->starts[position]; i < grid->starts[position + 1]; i++)
    {
      gint32 member = grid->members[i];
      grid->diagonal[position] += summing->diagonal[member];
      for (gint64 e = finer->starts[member]; e < finer->starts[member + 1]; e++)
        grid->sums[grid->targets[e]] += summing->values[e];
    }
}

static void
write (const SmoothGrid *grid, gconstpointer array, gint64 at, double value)
{
  if (grid->kernels->real_size == sizeof (float))
    ((float *) array)[at] = (float) value;
  else
    ((double *) array)[at] = value;
}

/* What the kernels read: by spot. */
static void
scale_row (SmoothGrid *grid, gint64 position)
{
  const SmoothLayout *layout = grid->layout;
  double root = grid->roots[position], differences = 0;

  if (root == 0)
    return;
  for (gint64 e = layout->starts[position]; e < layout->starts[position + 1]; e++)
    {
      differences -= grid->sums[e];
      write (grid, grid->pass.q, e, grid->sums[e] * root * grid->roots[layout->cols[e]]);
    }
  double rest = MAX (grid->diagonal[position] - differences, 0);
  write (grid, grid->pass.diagonal, position, (rest + MAX (differences, 0)) * root * root);
}

static void
sum_rows (gint64 block, gint worker, gpointer data)
{
  const Summing *summing = data;
  gint64 end = MIN ((block + 1) * ROWS_AT_ONCE, summing->grid->layout->n_positions);

  (void) worker;
  for (gint64 p = block * ROWS_AT_ONCE; p < end; p++)
    {
      sum_row (summing, p);
      scale_row (summing->grid, p);
    }
}

/* The values of Q on one level. */
static void
take_values (SmoothDeconvolver *solver, SmoothGrid *grid, const SmoothLayout *finer, const double *values, const double *diagonal)
{
  Summing summing = { grid, finer, values, diagonal };
  gint64 n = grid->layout->n_positions;

  smooth_i_parallel (n < FEW_ROWS ? 1 : solver->n_threads, (n + ROWS_AT_ONCE - 1) / ROWS_AT_ONCE, sum_rows, &summing);
  grid->matrix = solver->matrix;
}

/* Gathers all levels. */
static gboolean
make (SmoothDeconvolver *solver, SmoothLevelKind kind, GError **error)
{
  const SmoothLayout *finer = solver->layout;
  const double *values = solver->values, *diagonal = solver->diagonal, *n_spots = NULL;
  SmoothGrid **next = &solver->grids[kind];

  for (; finer->n_spots > FEWEST; next = &(*next)->coarser)
    {
      GError *problem = NULL;
      *next = gather (finer, values, n_spots, &solver->levels[kind], &problem);
      if (problem != NULL)
        {
          g_propagate_error (error, problem);
          g_clear_pointer (&solver->grids[kind], smooth_i_grid_free);
          return FALSE;
        }
      if (*next == NULL)
        return TRUE;
      take_values (solver, *next, finer, values, diagonal);
      finer = (*next)->layout;
      values = (*next)->sums;
      diagonal = (*next)->diagonal;
      n_spots = (*next)->n_spots;
    }
  return TRUE;
}

/**
 * smooth_i_grid_prepare:
 * @kind: a level that is prepared
 *
 * Brings the neighbourhoods up to date with layout, Q and weights. O(n + nnz) time where Q has changed. Spots that have no
 * neighbours are in none; where no spot has, there are no neighbourhoods.
 */
gboolean
smooth_i_grid_prepare (SmoothDeconvolver *solver, SmoothLevelKind kind, GError **error)
{
  const SmoothLayout *finer = solver->layout;
  const double *values = solver->values, *diagonal = solver->diagonal;

  if (!smooth_i_level_prepare_step (solver, kind, error))
    return FALSE;
  if (solver->grids[kind] == NULL)
    return make (solver, kind, error);
  for (SmoothGrid *grid = solver->grids[kind]; grid != NULL && grid->matrix != solver->matrix; grid = grid->coarser)
    {
      take_values (solver, grid, finer, values, diagonal);
      finer = grid->layout;
      values = grid->sums;
      diagonal = grid->diagonal;
    }
  return TRUE;
}

/* ---- cycles ---- */

static void
run (SmoothDeconvolver *solver, const SmoothGrid *grid, SmoothKernel kernel, const SmoothPass *pass, double cost)
{
  smooth_i_pass_run (solver, kernel, pass, 0, grid->layout->n_tiles, cost);
}

static void
sweep (SmoothDeconvolver *solver, SmoothGrid *grid, gboolean is_backward)
{
  SmoothPass pass = grid->pass;

  pass.b = pass.x;
  pass.tiles = is_backward ? grid->backward_tiles : grid->layout->all_tiles;
  smooth_i_pass_run_steps (solver, grid->layout, grid->kernels->face_sweep, &pass, is_backward, SMOOTH_SOLVE_COST);
}

/* Takes over the face and what is left to do from the finer level, solves it roughly, and adds the steps to the finer level. */
static void
cycle (SmoothDeconvolver *solver, SmoothGrid *grid, const SmoothPass *finer, const SmoothPass *level)
{
  SmoothPass *own = &grid->pass, pass = *level;

  pass.q = own->q;
  pass.diagonal = own->diagonal;
  pass.r = own->r;
  pass.x = own->x;
  pass.weights = own->weights;
  pass.gradient = own->gradient;
  pass.factors = own->factors;
  pass.half_factors = NULL;
  pass.stamps = own->stamps;
  pass.starts = grid->layout->starts;
  pass.cols = grid->layout->cols;
  pass.tiles = grid->layout->all_tiles;
  pass.picked = NULL;
  pass.product = NULL;
  pass.finer = finer;
  pass.left = NULL;
  pass.member_starts = grid->starts;
  pass.members = grid->members;
  pass.relaxation = RELAXATION;
  *own = pass;
  run (solver, grid, grid->kernels->gather, own, SMOOTH_STREAM_COST);

  SmoothPass face = *own;
  face.b = face.gradient = own->weights;
  run (solver, grid, grid->kernels->face, &face, SMOOTH_SOLVE_COST);
  memset (own->x, 0, (gsize) (grid->layout->n_positions * own->stride) * grid->kernels->real_size);
  if (grid->coarser == NULL)
    for (gint i = 0; i < LAST_SWEEPS; i++)
      sweep (solver, grid, i >= LAST_SWEEPS / 2);
  else
    {
      sweep (solver, grid, FALSE);
      SmoothPass residual = *own;
      residual.in = own->x;
      residual.out = own->gradient;
      run (solver, grid, grid->kernels->gradient, &residual, SMOOTH_APPLY_COST);
      cycle (solver, grid->coarser, own, level);
      sweep (solver, grid, TRUE);
    }
  run (solver, grid, grid->kernels->spread, own, SMOOTH_STREAM_COST);
}

/**
 * smooth_i_grid_step:
 * @kind: a level whose neighbourhoods are prepared
 *
 * One cycle from the iterate, which goes as far along its step as the objective falls, and is cut off at 0. What single spots
 * have to do is not done: sweeps are to follow.
 */
void
smooth_i_grid_step (SmoothDeconvolver *solver, SmoothLevelKind kind)
{
  SmoothLevel *level = &solver->levels[kind];
  gint64 n_tiles = solver->layout->n_tiles;
  SmoothPass pass = level->pass;

  if (solver->grids[kind] == NULL)
    return;
  pass.tiles = solver->layout->all_tiles;
  pass.in = pass.b;
  pass.out = pass.gradient;
  smooth_i_pass_run (solver, level->kernels->gradient, &pass, 0, n_tiles, SMOOTH_APPLY_COST);
  cycle (solver, solver->grids[kind], &pass, &level->pass);
  pass.in = pass.z = pass.x;
  pass.out = NULL;
  SmoothSums sums = smooth_i_pass_run (solver, level->kernels->apply, &pass, 0, n_tiles, SMOOTH_APPLY_COST);
  if (smooth_run_is_cancelled (solver->run) || !(sums.sums[0] > 0 && sums.sums[1] < 0))
    return;
  pass.step = MIN (-sums.sums[1] / sums.sums[0], LONGEST);
  smooth_i_pass_run (solver, level->kernels->accept, &pass, 0, n_tiles, SMOOTH_STREAM_COST);
}

/**
 * smooth_i_grid_add:
 * @pass: of double precision, in conjugate gradients on the face that its iterate and gradient have; ad is overwritten
 * @is_first: d is raised as z is
 *
 * Raises z by what a cycle finds for the residual: a symmetric, positive definite function of it.
 *
 * Returns: residual . what is added
 */
double
smooth_i_grid_add (SmoothDeconvolver *solver, const SmoothPass *pass, gboolean is_first)
{
  const SmoothLevel *level = &solver->levels[SMOOTH_LEVEL_DOUBLE];
  SmoothGrid *grid = solver->grids[SMOOTH_LEVEL_DOUBLE];
  SmoothPass finer = *pass;
  double product = 0;

  if (grid == NULL)
    return 0;
  finer.weights = NULL;
  finer.left = pass->residual;
  finer.x = pass->ad;
  memset (pass->ad, 0, (gsize) (solver->layout->n_positions * pass->stride) * sizeof (double)); /* of spots without neighbours */
  cycle (solver, grid, &finer, pass);
  for (gint64 e = 0; e < grid->layout->n_positions * pass->stride; e++)
    product += ((const double *) grid->pass.r)[e] * ((const double *) grid->pass.x)[e];
  finer.z = pass->ad;
  finer.step = 1;
  for (gint i = 0; i < (is_first ? 2 : 1); i++)
    {
      finer.b = finer.x = i == 0 ? pass->z : pass->d;
      smooth_i_pass_run (solver, level->kernels->fista_extrapolate, &finer, 0, solver->layout->n_tiles, SMOOTH_STREAM_COST);
    }
  return product;
}
