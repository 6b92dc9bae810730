/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The solver's arrays in single or double precision, and running a pass over them in fixed chunks.
 *
 * Chunks of tiles, not threads, own partial sums, which are added in the order of the chunks: the same inputs give the
 * same bits for any number of threads.
 */
#include "base/parallel.h"
#include "model/deconvolution-private.h"
#include "model/spectrum-private.h"

#include <string.h>

#define CHUNK_WORK 480   /* tiles x types */
#define THREAD_WORK 1.5e5 /* ns of work for each thread: less is not worth waking one */
#define AT_ONCE 8192  /* spots that a thread copies at once */
#define ROUNDED 65536 /* values that a thread turns into floats at once */

static gpointer
alloc_spots (const SmoothDeconvolver *solver, const SmoothLevel *level, GError **error)
{
  return smooth_i_try_alloc (solver->layout->n_positions * level->pass.stride, level->kernels->real_size, "the solver", error);
}

/* For what is written before it is read: clearing costs as much as a pass. */
static gpointer
alloc_spots_raw (const SmoothDeconvolver *solver, const SmoothLevel *level, GError **error)
{
  return smooth_i_try_alloc_raw (solver->layout->n_positions * level->pass.stride, level->kernels->real_size, "the solver", error);
}

/* Writes doubles as reals. */
static void
convert (const double *from, gint64 n, gsize real_size, gpointer to)
{
  if (real_size == sizeof (double))
    memcpy (to, from, (gsize) n * sizeof (double));
  else
    for (gint64 i = 0; i < n; i++)
      ((float *) to)[i] = (float) from[i];
}

typedef struct
{
  const double *from;
  float *to;
  gint64 n;
} Rounding;

static void
round_block (gint64 block, gint worker, gpointer data)
{
  const Rounding *job = data;
  gint64 begin = block * ROUNDED;

  (void) worker;
  convert (job->from + begin, MIN (ROUNDED, job->n - begin), sizeof (float), job->to + begin);
}

/* As floats, which is much. */
static void
round_all (const SmoothDeconvolver *solver, const double *from, gint64 n, float *to)
{
  Rounding job = { from, to, n };

  smooth_i_parallel (solver->n_threads, (n + ROUNDED - 1) / ROUNDED, round_block, &job);
}

static gpointer
alloc_types (const double *from, gint n, gint padded, const SmoothLevel *level)
{
  g_autofree double *row = g_new0 (double, padded);
  gpointer to = g_malloc0 ((gsize) padded * level->kernels->real_size);

  memcpy (row, from, (gsize) n * sizeof (double));
  convert (row, padded, level->kernels->real_size, to);
  return to;
}

/* H in both layouts, in scaled units. */
static void
fill_h (const SmoothReduced *reduced, SmoothLevel *level)
{
  gint n = reduced->n_types, stride = level->pass.stride;
  g_autofree double *scaled = g_new (double, n * n);
  g_autofree double *h = g_new0 (double, n * stride);
  g_autofree double *block_h = g_new0 (double, (n + 1) * (n + 1));
  g_autofree double *value_scale = g_new (double, n);
  g_autofree double *gradient_scale = g_new (double, n);

  smooth_i_scale_symmetric (reduced->h, reduced->scale, n, scaled);
  block_h[(n + 1) * (n + 1) - 1] = 1;
  for (gint k = 0; k < n; k++)
    {
      memcpy (h + k * stride, scaled + k * n, (gsize) n * sizeof (double));
      memcpy (block_h + k * (n + 1), scaled + k * n, (gsize) n * sizeof (double));
      /* The objective's gradient is 2/n times F's. */
      value_scale[k] = 0.5 * (double) reduced->n_spots * reduced->unit / reduced->scale[k] / reduced->largest;
      gradient_scale[k] = reduced->unit * reduced->scale[k] / reduced->largest;
    }
  level->pass.h = alloc_types (h, n * stride, n * stride, level);
  level->pass.block_h = alloc_types (block_h, (n + 1) * (n + 1), (n + 1) * (n + 1), level);
  level->pass.value_scale = alloc_types (value_scale, n, stride, level);
  level->pass.gradient_scale = alloc_types (gradient_scale, n, stride, level);
}

static gboolean
allocate_level (SmoothDeconvolver *solver, SmoothLevelKind kind, GError **error)
{
  SmoothLevel *level = &solver->levels[kind];
  const SmoothLayout *layout = solver->layout;
  const SmoothReduced *reduced = solver->reduced;
  SmoothPass *pass = &level->pass;

  level->kernels = smooth_i_kernels_get (kind == SMOOTH_LEVEL_SINGLE, solver->isa);
  pass->n_types = reduced->n_types;
  pass->stride = (reduced->n_types + level->kernels->lanes - 1) / level->kernels->lanes * level->kernels->lanes;
  pass->starts = layout->starts;
  pass->cols = layout->cols;
  pass->r = alloc_spots_raw (solver, level, error);
  if (pass->r != NULL)
    pass->b = alloc_spots (solver, level, error);
  if (pass->b == NULL)
    return FALSE;
  if (solver->priors != NULL && kind == SMOOTH_LEVEL_DOUBLE)
    {
      pass->product = alloc_spots (solver, level, error);
      if (pass->product == NULL)
        return FALSE;
    }

  fill_h (reduced, level);
  pass->m = g_malloc0 ((gsize) pass->stride * level->kernels->real_size);
  g_autofree double *scale = g_new (double, reduced->n_types);
  for (gint k = 0; k < reduced->n_types; k++)
    scale[k] = 1 / (reduced->scale[k] * reduced->unit);
  level->kernels->pack (reduced->r, layout->spots, scale, reduced->n_types, pass->stride, 0, layout->n_positions, (gpointer) pass->r);
  return TRUE;
}

/* The values of Q: double precision shares the solver's arrays. */
static gboolean
take_matrix (SmoothDeconvolver *solver, SmoothLevelKind kind, GError **error)
{
  SmoothLevel *level = &solver->levels[kind];
  const SmoothLayout *layout = solver->layout;
  SmoothPass *pass = &level->pass;
  gint64 nnz = layout->starts[layout->n_positions];

  if (kind == SMOOTH_LEVEL_DOUBLE)
    {
      pass->q = solver->values;
      pass->diagonal = solver->diagonal;
      pass->reach = solver->reach;
      pass->slack = solver->slack;
    }
  else
    {
      if (pass->q == NULL)
        pass->q = smooth_i_try_alloc (nnz, sizeof (float), "the solver", error);
      if (pass->diagonal == NULL)
        pass->diagonal = smooth_i_try_alloc (layout->n_positions, sizeof (float), "the solver", error);
      if (pass->q == NULL || pass->diagonal == NULL)
        return FALSE;
      round_all (solver, solver->values, nnz, (gpointer) pass->q);
      round_all (solver, solver->diagonal, layout->n_positions, (gpointer) pass->diagonal);
    }
  level->matrix = solver->matrix;
  return TRUE;
}

/* Of one tile: from the iterate as it is. */
static void
forget_factor (SmoothLevel *level, gint64 tile)
{
  for (gint i = 0; level->pass.stamps != NULL && i < SMOOTH_TILE; i++)
    level->pass.stamps[tile * SMOOTH_TILE + i] = -1;
}

/* Takes over one row of Q from the solver's arrays into the levels that have the others. */
void
smooth_i_level_take_row (SmoothDeconvolver *solver, gint64 position)
{
  const gint64 *starts = solver->layout->starts;

  for (gint kind = 0; kind < SMOOTH_N_LEVELS; kind++)
    {
      SmoothLevel *level = &solver->levels[kind];
      if (level->matrix == 0 || level->matrix != solver->matrix)
        continue;
      forget_factor (level, position / SMOOTH_TILE);
      if (kind == SMOOTH_LEVEL_DOUBLE)
        continue; /* the same arrays */
      for (gint64 e = starts[position]; e < starts[position + 1]; e++)
        ((float *) level->pass.q)[e] = (float) solver->values[e];
      ((float *) level->pass.diagonal)[position] = (float) solver->diagonal[position];
    }
}

/**
 * smooth_i_level_prepare:
 *
 * Brings the arrays of a level up to date with the layout, Q and the weights; not the iterate.
 */
gboolean
smooth_i_level_prepare (SmoothDeconvolver *solver, SmoothLevelKind kind, GError **error)
{
  SmoothLevel *level = &solver->levels[kind];
  SmoothPass *pass = &level->pass;

  if (pass->b == NULL && !allocate_level (solver, kind, error))
    {
      smooth_i_level_clear (level);
      return FALSE;
    }
  pass->is_free = solver->is_free;
  if (level->matrix != solver->matrix)
    {
      if (!take_matrix (solver, kind, error))
        return FALSE;
      pass->stamp++;
    }
  if (level->weights != solver->weights)
    {
      convert (solver->m, pass->n_types, level->kernels->real_size, (gpointer) pass->m);
      level->weights = solver->weights;
      pass->stamp++;
    }
  return TRUE;
}

/* The gradient, and a step x. */
gboolean
smooth_i_level_prepare_step (SmoothDeconvolver *solver, SmoothLevelKind kind, GError **error)
{
  SmoothLevel *level = &solver->levels[kind];

  if (level->pass.gradient == NULL)
    level->pass.gradient = alloc_spots_raw (solver, level, error);
  if (level->pass.gradient != NULL && level->pass.x == NULL)
    level->pass.x = alloc_spots (solver, level, error);
  return level->pass.x != NULL;
}

/* The vectors of conjugate gradients and of FISTA; or only those of a step that is known. */
gboolean
smooth_i_level_prepare_directions (SmoothDeconvolver *solver, SmoothLevelKind kind, gboolean step_only, GError **error)
{
  SmoothLevel *level = &solver->levels[kind];
  gpointer *vectors[] = { &level->pass.gradient, &level->pass.x, &level->pass.z,
                          &level->pass.ad,       &level->pass.d, &level->pass.residual };

  for (gsize i = 0; i < (step_only ? 4 : G_N_ELEMENTS (vectors)); i++)
    {
      if (*vectors[i] == NULL)
        *vectors[i] = alloc_spots (solver, level, error);
      if (*vectors[i] == NULL)
        return FALSE;
    }
  return TRUE;
}

/**
 * smooth_i_level_prepare_factors:
 * @exact: whether sweeps use them too; else in half the width, for conjugate gradients alone
 */
gboolean
smooth_i_level_prepare_factors (SmoothDeconvolver *solver, SmoothLevelKind kind, gboolean exact, GError **error)
{
  SmoothLevel *level = &solver->levels[kind];
  SmoothPass *pass = &level->pass;
  gint64 n_tiles = solver->layout->n_tiles;
  const char *what = "the factors of the solver";

  if (pass->factors != NULL || (!exact && pass->half_factors != NULL))
    return TRUE;
  if (!exact)
    {
      pass->half_factors = smooth_i_try_alloc (n_tiles, level->kernels->half_factor_size (pass->n_types), what, error);
      return pass->half_factors != NULL;
    }
  pass->stamps = smooth_i_try_alloc (n_tiles * SMOOTH_TILE, sizeof (gint32), what, error);
  if (pass->stamps == NULL)
    return FALSE;
  smooth_i_level_forget_factors (level, n_tiles);
  pass->factors = smooth_i_try_alloc (n_tiles, level->kernels->factor_size (pass->n_types), what, error);
  if (pass->factors == NULL)
    g_clear_pointer (&pass->stamps, smooth_i_free);
  return pass->factors != NULL;
}

/* After the iterate was replaced: which types are active is read from it again. */
void
smooth_i_level_forget_factors (SmoothLevel *level, gint64 n_tiles)
{
  if (level->pass.stamps != NULL)
    for (gint64 i = 0; i < n_tiles * SMOOTH_TILE; i++)
      level->pass.stamps[i] = -1;
}

void
smooth_i_level_clear (SmoothLevel *level)
{
  SmoothPass *pass = &level->pass;
  gpointer arrays[] = { (gpointer) pass->r, pass->b, pass->factors, pass->half_factors, pass->stamps, pass->gradient,
                        pass->x,            pass->residual, pass->z, pass->d,     pass->ad, (gpointer) pass->product };

  for (gsize i = 0; i < G_N_ELEMENTS (arrays); i++)
    smooth_i_free (arrays[i]);
  if (level->kernels != NULL && level->kernels->real_size == sizeof (float))
    {
      smooth_i_free ((gpointer) pass->q);
      smooth_i_free ((gpointer) pass->diagonal);
    }
  g_free ((gpointer) pass->h);
  g_free ((gpointer) pass->block_h);
  g_free ((gpointer) pass->m);
  g_free ((gpointer) pass->value_scale);
  g_free ((gpointer) pass->gradient_scale);
  memset (level, 0, sizeof *level);
}

/* A vector from one level to the other. */
typedef struct
{
  SmoothLevelKind from;
  gint source, target; /* strides */
  gint64 n_positions;
  gconstpointer x;
  gpointer y;
} Conversion;

static void
convert_block (gint64 block, gint worker, gpointer data)
{
  const Conversion *job = data;
  gint source = job->source, target = job->target, n = MIN (source, target);

  (void) worker;
  for (gint64 p = block * AT_ONCE; p < MIN ((block + 1) * AT_ONCE, job->n_positions); p++)
    if (job->from == SMOOTH_LEVEL_SINGLE)
      for (gint k = 0; k < n; k++)
        ((double *) job->y)[p * target + k] = (double) ((const float *) job->x)[p * source + k];
    else
      for (gint k = 0; k < n; k++)
        ((float *) job->y)[p * target + k] = (float) ((const double *) job->x)[p * source + k];
}

/**
 * smooth_i_level_convert:
 * @x: n_positions x stride of @from
 * @y: n_positions x stride of @to, the other element type
 *
 * Copies a vector between levels, whose spots have the same positions but may have different strides.
 */
void
smooth_i_level_convert (const SmoothDeconvolver *solver, SmoothLevelKind from, gconstpointer x, SmoothLevelKind to, gpointer y)
{
  gint64 n = solver->layout->n_positions;
  Conversion job = { from, solver->levels[from].pass.stride, solver->levels[to].pass.stride, n, x, y };

  smooth_i_parallel (solver->n_threads, (n + AT_ONCE - 1) / AT_ONCE, convert_block, &job);
}

/* Brings one tile of double precision up to date with the iterate, which single precision holds. */
void
smooth_i_level_copy_tile (SmoothDeconvolver *solver, gint64 tile)
{
  SmoothLevel *fine = &solver->levels[SMOOTH_LEVEL_DOUBLE];
  const SmoothLevel *rough = &solver->levels[SMOOTH_LEVEL_SINGLE];
  gint n = MIN (fine->pass.stride, rough->pass.stride);

  for (gint64 p = tile * SMOOTH_TILE; p < (tile + 1) * SMOOTH_TILE; p++)
    for (gint k = 0; k < n; k++)
      ((double *) fine->pass.b)[p * fine->pass.stride + k] = (double) ((const float *) rough->pass.b)[p * rough->pass.stride + k];
  forget_factor (fine, tile);
}

/**
 * smooth_i_level_copy:
 *
 * Copies the iterate to @kind, which must be prepared, and leaves it where it is.
 */
void
smooth_i_level_copy (SmoothDeconvolver *solver, SmoothLevelKind kind)
{
  SmoothLevel *level = &solver->levels[kind];
  const SmoothReduced *reduced = solver->reduced;

  if (solver->current == (gint) kind)
    return;
  if (solver->current >= 0)
    smooth_i_level_convert (solver, (SmoothLevelKind) solver->current, solver->levels[solver->current].pass.b, kind, level->pass.b);
  else if (solver->abundances == NULL)
    memset (level->pass.b, 0, (gsize) (solver->layout->n_positions * level->pass.stride) * level->kernels->real_size);
  else
    {
      g_autofree double *scale = g_new (double, reduced->n_types);
      for (gint k = 0; k < reduced->n_types; k++)
        scale[k] = reduced->scale[k] / reduced->unit;
      level->kernels->pack (solver->abundances->values, solver->layout->spots, scale, reduced->n_types, level->pass.stride, 0,
                            solver->layout->n_positions, level->pass.b);
    }
  smooth_i_level_forget_factors (level, solver->layout->n_tiles);
}

/**
 * smooth_i_store_spots:
 * @spots: (nullable): %NULL for those from @first on
 * @abundances: n_types x n, in the caller's units
 *
 * The iterate of @n spots.
 */
void
smooth_i_store_spots (const SmoothDeconvolver *solver, const gint32 *spots, gint64 first, gint64 n, double *abundances)
{
  const SmoothReduced *reduced = solver->reduced;
  gint n_types = reduced->n_types;

  if (solver->current < 0 && solver->abundances == NULL)
    memset (abundances, 0, (gsize) (n_types * n) * sizeof (double));
  for (gint64 i = 0; solver->current < 0 && solver->abundances != NULL && i < n; i++)
    memcpy (abundances + i * n_types, smooth_matrix_column (solver->abundances, spots != NULL ? spots[i] : first + i),
            (gsize) n_types * sizeof (double));
  if (solver->current < 0)
    return;

  const SmoothPass *pass = &solver->levels[solver->current].pass;
  g_autofree double *scale = g_new (double, n_types);
  for (gint k = 0; k < n_types; k++)
    scale[k] = reduced->unit / reduced->scale[k];
  for (gint64 i = 0; i < n; i++)
    {
      gint64 at = (gint64) solver->layout->positions[spots != NULL ? spots[i] : first + i] * pass->stride;
      double *to = abundances + i * n_types;
      if (solver->current == SMOOTH_LEVEL_SINGLE)
        for (gint k = 0; k < n_types; k++)
          to[k] = (double) ((const float *) pass->b)[at + k] * scale[k];
      else
        for (gint k = 0; k < n_types; k++)
          to[k] = ((const double *) pass->b)[at + k] * scale[k];
    }
}

typedef struct
{
  const SmoothDeconvolver *solver;
  double *abundances;
} Storing;

static void
store_block (gint64 block, gint worker, gpointer data)
{
  const Storing *job = data;
  const SmoothReduced *reduced = job->solver->reduced;
  gint64 first = block * AT_ONCE;

  (void) worker;
  smooth_i_store_spots (job->solver, NULL, first, MIN (AT_ONCE, reduced->n_spots - first), job->abundances + first * reduced->n_types);
}

/* abundances: n_types x n_spots, in the caller's order and units. */
void
smooth_i_store_abundances (const SmoothDeconvolver *solver, double *abundances)
{
  Storing job = { solver, abundances };

  smooth_i_parallel (solver->n_threads, (solver->reduced->n_spots + AT_ONCE - 1) / AT_ONCE, store_block, &job);
}

/* Moves the iterate out of the levels. */
gboolean
smooth_i_take_abundances (SmoothDeconvolver *solver, GError **error)
{
  if (solver->current < 0)
    return TRUE;
  if (solver->abundances == NULL)
    solver->abundances = smooth_matrix_new (solver->reduced->n_types, solver->reduced->n_spots, error);
  if (solver->abundances == NULL)
    return FALSE;
  smooth_i_store_abundances (solver, solver->abundances->values);
  solver->current = -1;
  solver->has_shares = FALSE;
  solver->knows_moves = FALSE;
  return TRUE;
}

static gint64
chunk_tiles (const SmoothDeconvolver *solver)
{
  return MAX (2, CHUNK_WORK / solver->reduced->n_types);
}

/**
 * smooth_i_pass_prepare:
 *
 * Workspace for passes on up to @n_threads threads.
 */
gboolean
smooth_i_pass_prepare (SmoothDeconvolver *solver, gint n_threads, GError **error)
{
  gsize size = 0;

  for (gint kind = 0; kind < SMOOTH_N_LEVELS; kind++)
    size = MAX (size, smooth_i_kernels_get (kind == SMOOTH_LEVEL_SINGLE, solver->isa)->scratch_size (solver->reduced->n_types));
  size = (size + 127) / 64 * 64; /* workers share no cache line */
  if (solver->scratch == NULL || solver->n_threads < n_threads || solver->scratch_size < size)
    {
      smooth_i_free (solver->scratch);
      solver->scratch = smooth_i_try_alloc (n_threads, size, "the solver's workspace", error);
      if (solver->scratch == NULL)
        return FALSE;
    }
  solver->n_threads = n_threads;
  solver->scratch_size = size;
  if (solver->chunks == NULL)
    {
      gint64 n_chunks = MAX (solver->layout->n_tiles / chunk_tiles (solver), solver->layout->n_strips / 2) + 1;
      solver->chunks = smooth_i_try_new (SmoothSums, n_chunks, "the solver's workspace", error);
    }
  return solver->chunks != NULL;
}

typedef struct
{
  const SmoothDeconvolver *solver;
  const SmoothPass *pass;
  SmoothKernel kernel;
  gint64 begin, end, n_tiles; /* chunks of so many tiles */
  const SmoothLayout *layout; /* (nullable): or every other strip of it */
  gint64 first_strip;
  gint64 n_all;               /* tiles of it */
  gboolean is_backward;       /* pass->tiles are those of the layout in the opposite order */
} Work;

static void
run_chunk (gint64 chunk, gint worker, gpointer data)
{
  const Work *work = data;
  const SmoothDeconvolver *solver = work->solver;
  gint64 begin = work->begin + chunk * work->n_tiles, end = MIN (begin + work->n_tiles, work->end);

  if (work->layout != NULL)
    {
      begin = smooth_i_layout_strip_start (work->layout, work->first_strip + 2 * chunk);
      end = smooth_i_layout_strip_start (work->layout, work->first_strip + 2 * chunk + 1);
    }
  if (work->is_backward)
    {
      gint64 first = work->n_all - end;
      end = work->n_all - begin;
      begin = first;
    }
  solver->chunks[chunk] = (SmoothSums) { 0 };
  if (!smooth_run_is_cancelled (solver->run))
    work->kernel (work->pass, begin, end, (char *) solver->scratch + (gsize) worker * solver->scratch_size, &solver->chunks[chunk]);
}

/* Does the chunks and adds what they return in their order. */
static void
run_work (Work *work, gint64 n_chunks, gint64 n_tiles, double cost_factor, SmoothSums *sums)
{
  SmoothDeconvolver *solver = (SmoothDeconvolver *) work->solver;
  double cost = SMOOTH_COST (solver->reduced->n_types, cost_factor);
  double n_wanted = (double) (n_tiles * SMOOTH_TILE) * cost / THREAD_WORK;

  smooth_i_parallel ((gint) CLAMP (n_wanted, 1, solver->n_threads), n_chunks, run_chunk, work);
  for (gint64 c = 0; c < n_chunks; c++)
    {
      for (gint i = 0; i < SMOOTH_N_SUMS; i++)
        sums->sums[i] += solver->chunks[c].sums[i];
      sums->max = MAX (sums->max, solver->chunks[c].max);
    }
}

/**
 * smooth_i_pass_run:
 * @kernel: what to do
 * @begin: first index into pass->tiles
 * @end: one past the last
 * @cost_factor: the kernel's SMOOTH_..._COST
 *
 * After cancellation the sums are meaningless.
 *
 * Returns: the sums of the chunks
 */
SmoothSums
smooth_i_pass_run (SmoothDeconvolver *solver, SmoothKernel kernel, const SmoothPass *pass, gint64 begin, gint64 end,
                   double cost_factor)
{
  Work work = { solver, pass, kernel, begin, end, chunk_tiles (solver), NULL, 0, 0, FALSE };
  SmoothSums sums = { 0 };

  run_work (&work, (end - begin + work.n_tiles - 1) / work.n_tiles, end - begin, cost_factor, &sums);
  return sums;
}

/**
 * smooth_i_pass_run_steps:
 * @layout: with colours
 * @pass: of all tiles of it; @is_backward: in the opposite order, in which the steps are then done
 *
 * The same for a kernel that reads what it has written for neighbours, over all spots: in every other
 * strip at the same time, colour by colour; then in those between. Or colour by colour, where there is one strip.
 */
SmoothSums
smooth_i_pass_run_steps (SmoothDeconvolver *solver, const SmoothLayout *layout, SmoothKernel kernel, const SmoothPass *pass,
                         gboolean is_backward, double cost_factor)
{
  Work work = { .solver = solver, .pass = pass, .kernel = kernel, .n_tiles = chunk_tiles (solver), .n_all = layout->n_tiles,
                .is_backward = is_backward };
  SmoothSums sums = { 0 };

  for (gint i = 0; layout->n_strips == 1 && i < layout->n_colours; i++)
    {
      gint c = is_backward ? layout->n_colours - 1 - i : i;
      work.begin = layout->range_tiles[c];
      work.end = layout->range_tiles[c + 1];
      gint64 n_tiles = work.end - work.begin;
      run_work (&work, (n_tiles + work.n_tiles - 1) / work.n_tiles, n_tiles, cost_factor, &sums);
    }
  for (gint i = 0; layout->n_strips > 1 && i < 2; i++)
    {
      work.layout = layout;
      work.first_strip = is_backward ? 1 - i : i;
      run_work (&work, (layout->n_strips - work.first_strip + 1) / 2, layout->n_tiles / 2, cost_factor, &sums);
    }
  return sums;
}
