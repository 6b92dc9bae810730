/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Convex quadratic programmes over spots: minimise g'(z - x) + (z - x)'A(z - x) / 2 with abundances and tube >= 0.
 *
 * Block steps minimise a majorant, in which the prior is replaced by diag (m_k reach_i) and the spots are apart: each is a
 * non-negative least squares problem of its own, solved exactly; all are done at once and the objective cannot rise. They
 * find the face {abundance > 0}. Conjugate gradients minimise on the face (spots-face.c); their step is projected and taken
 * if the objective falls. Once the face is right this is plain conjugate gradients. (J. More, G. Toraldo, SIAM J.
 * Optimization 1 (1991) 93, with block steps in the place of projected gradients.)
 */
#include "model/spots-private.h"

#include "base/parallel.h"

#include <math.h>
#include <string.h>

#define CHUNK 64
#define CHANCES 3 /* for pivots to fall in number before they are done one at a time */
#define MAX_ROUNDS(n) (20 + 4 * (n))
#define PRIMAL_SLACK 1e-13
#define DUAL_SLACK 1e-14 /* of the terms that a multiplier is the sum of; more would hold types at 0 that a stiff loss wants */
#define RIDGE 1e-12    /* of the diagonal of a block without prior, that collinear types do not break its factor */
#define ROUNDING 1e-12 /* of a gradient, against the terms that it is the sum of */
#define SHORT_STEPS 25 /* of conjugate gradients while the face still changes */
#define LONG_STEPS 2000

/* Workspace of one spot. */
typedef struct
{
  double *matrix; /* n_packed */
  double *factor; /* n_packed */
  const double *x, *gradient;
  double *d, *image, *correction, *terms; /* d: a step from x; image = matrix d */
  guint8 *is_free;
} Block;

static Block
block_at (const SmoothSpots *spots, gint worker)
{
  double *memory = spots->scratch + worker * spots->scratch_size;
  double *vectors = memory + 2 * spots->n_packed;

  return (Block){ .matrix = memory,
                  .factor = memory + spots->n_packed,
                  .d = vectors,
                  .image = vectors + spots->size,
                  .correction = vectors + 2 * spots->size,
                  .terms = vectors + 3 * spots->size,
                  .is_free = (guint8 *) (vectors + 4 * spots->size) };
}

/* Whether unknown k of a spot is an abundance that may not be negative. */
static inline gboolean
is_bounded (const SmoothSpots *spots, gint k)
{
  return spots->is_bounded && k < spots->n_types;
}

/* H_i and the prior's bracket on its diagonal. */
static void
take_matrix (const SmoothSpots *spots, const double *bracket, gint64 i, double *matrix)
{
  memcpy (matrix, spots->blocks + i * spots->n_packed, (gsize) spots->n_packed * sizeof (double));
  for (gint k = 0, at = 0; k < spots->n_types; at += spots->size - k, k++)
    matrix[at] += smooth_i_spots_prior_at (spots, bracket, k, i);
}

/* image = M d */
static void
multiply (const SmoothSpots *spots, const Block *block)
{
  memset (block->image, 0, (gsize) spots->size * sizeof (double));
  smooth_i_block_multiply (spots->size, block->matrix, block->d, block->image);
}

/* The step to 0 where an unknown is held there, elsewhere to g + M d = 0, corrected once for the ridge; image = M d. A step, not
 * where it leads: what the matrix makes of the latter's rounding may be more than the gradient. */
static void
solve_free (const SmoothSpots *spots, const Block *block)
{
  gint size = spots->size;

  memcpy (block->factor, block->matrix, (gsize) spots->n_packed * sizeof (double));
  for (gint k = 0, at = 0; k < size; at += size - k, k++)
    block->factor[at] *= 1 + RIDGE;
  smooth_i_block_factor (size, block->is_free, block->factor);
  for (gint k = 0; k < size; k++)
    block->d[k] = block->is_free[k] ? 0 : -block->x[k];
  for (gint round = 0; round < 2; round++)
    {
      multiply (spots, block);
      for (gint k = 0; k < size; k++)
        block->correction[k] = -block->gradient[k] - block->image[k];
      smooth_i_block_solve (size, block->factor, block->correction);
      for (gint k = 0; k < size; k++)
        block->d[k] += block->is_free[k] ? block->correction[k] : 0;
    }
  multiply (spots, block);
}

/* Marks unknowns on the wrong side; returns how many there are, and the last one. */
static gint
find_violators (const SmoothSpots *spots, const Block *block, guint8 *wrong, gint *last)
{
  double largest = 0;
  gint count = 0;

  for (gint k = 0; k < spots->size; k++)
    largest = MAX (largest, fabs (block->x[k] + block->d[k]));
  for (gint k = 0; k < spots->size; k++)
    {
      wrong[k] = is_bounded (spots, k)
                 && (block->is_free[k]
                         ? block->x[k] + block->d[k] < -PRIMAL_SLACK * largest
                         : block->gradient[k] + block->image[k] < -DUAL_SLACK * (fabs (block->gradient[k]) + fabs (block->image[k])));
      count += wrong[k];
      if (wrong[k])
        *last = k;
    }
  return count;
}

/* min g'd + d'Md / 2 over x + d >= 0 (constants free) from the free set in the block: block principal pivoting, L. Portugal, J.
 * Judice, L. Vicente, Math. Comp. 63 (1994): all violators change sides while their number falls, else the last one alone.
 */
static void
solve_block (const SmoothSpots *spots, const Block *block)
{
  guint8 *wrong = block->is_free + spots->size;
  gint least = spots->size + 1, chances = CHANCES, last = 0;

  for (gint round = 0; round < MAX_ROUNDS (spots->size); round++)
    {
      solve_free (spots, block);
      gint count = find_violators (spots, block, wrong, &last);
      if (count == 0)
        break;
      if (count < least)
        {
          least = count;
          chances = CHANCES;
        }
      else if (chances > 0)
        chances--;
      else
        for (gint k = 0; k < last; k++)
          wrong[k] = FALSE;
      for (gint k = 0; k < spots->size; k++)
        block->is_free[k] ^= wrong[k];
    }
  for (gint k = 0; k < spots->size; k++)
    if (is_bounded (spots, k))
      block->d[k] = MAX (block->d[k], -block->x[k]);
}

/* The step to the minimum for one spot. */
static void
minimise_block (const SmoothSpots *spots, Block *block, const double *x, const double *gradient)
{
  block->x = x;
  block->gradient = gradient;
  for (gint k = 0; k < spots->size; k++)
    block->is_free[k] = !is_bounded (spots, k) || x[k] > 0;
  solve_block (spots, block);
}

typedef struct
{
  SmoothSpots *spots;
  const double *x;
  const double *gradient;
} Pass;

static void
step_chunk (gint64 chunk, gint worker, gpointer data)
{
  const Pass *pass = data;
  SmoothSpots *spots = pass->spots;
  gint size = spots->size;
  Block block = block_at (spots, worker);

  for (gint64 i = chunk * CHUNK; i < MIN ((chunk + 1) * CHUNK, spots->n); i++)
    {
      const double *x = pass->x + i * size;
      take_matrix (spots, spots->reach, i, block.matrix);
      minimise_block (spots, &block, x, pass->gradient + i * size);
      for (gint k = 0; k < size; k++)
        spots->trial[i * size + k] = block.d[k];
    }
}

/* Takes spots->trial if the objective falls. Returns FALSE on errors. */
static gboolean
take_trial (SmoothSpots *spots, double *x, double *gradient, double *moved, gboolean *is_taken, GError **error)
{
  if (!smooth_i_spots_apply (spots, spots->trial, spots->product, FALSE, error))
    return FALSE;
  double change =
      smooth_i_spots_dot (spots, gradient, spots->trial) + 0.5 * smooth_i_spots_dot (spots, spots->trial, spots->product);
  *is_taken = change < 0;
  for (gint64 e = 0; *is_taken && e < spots->length; e++)
    {
      x[e] += spots->trial[e];
      gradient[e] += spots->product[e];
    }
  for (gint64 e = 0; *is_taken && moved != NULL && e < spots->length; e++)
    moved[e] += spots->trial[e];
  return TRUE;
}

/* Block steps, then the tube alone. */
static gboolean
step_blocks (SmoothSpots *spots, double *x, double *gradient, double *moved, gboolean *is_taken, GError **error)
{
  Pass pass = { spots, x, gradient };
  gint64 last = spots->length - 1;

  smooth_i_parallel (spots->n_threads, smooth_i_spots_count_chunks (spots, CHUNK), step_chunk, &pass);
  spots->trial[last] = 0;
  if (!take_trial (spots, x, gradient, moved, is_taken, error))
    return FALSE;
  if (!spots->has_tube || !(spots->corner > 0))
    return TRUE;
  double change = MAX (-x[last], -gradient[last] / spots->corner);
  for (gint64 e = 0; e < last; e++)
    gradient[e] += change * spots->border[e];
  gradient[last] += change * spots->corner;
  x[last] += change;
  if (moved != NULL)
    moved[last] += change;
  return TRUE;
}

/* The unknowns that are not held at 0; returns how many of them changed sides. */
static gint64
choose_face (SmoothSpots *spots, const double *x, const double *gradient, gboolean holds_tube)
{
  gint64 last = spots->length - 1, n_changed = 0;

  for (gint64 e = 0; e < last; e++)
    {
      guint8 is_free = !is_bounded (spots, (gint) (e % spots->size)) || x[e] > 0;
      n_changed += is_free != spots->is_free[e];
      spots->is_free[e] = is_free;
    }
  spots->is_free[last] = spots->has_tube && !holds_tube && (x[last] > 0 || gradient[last] < 0);
  return n_changed;
}

static gboolean
take_face_step (SmoothSpots *spots, double *x, double *gradient, double *moved, gboolean *is_taken, GError **error)
{
  static const double lengths[] = { 1, 0.35, 0.12 };
  gint64 last = spots->length - 1;

  *is_taken = FALSE;
  for (gsize l = 0; l < G_N_ELEMENTS (lengths) && !*is_taken; l++)
    {
      for (gint64 e = 0; e <= last; e++)
        {
          gboolean has_bound = e == last || is_bounded (spots, (gint) (e % spots->size));
          double step = lengths[l] * spots->step[e];
          spots->trial[e] = has_bound ? MAX (step, -x[e]) : step;
        }
      if (!take_trial (spots, x, gradient, moved, is_taken, error))
        return FALSE;
    }
  return TRUE;
}

/**
 * smooth_i_spots_measure:
 *
 * Returns: the largest violation of the optimality conditions, as a gradient: |g| where an unknown is free; where it has a
 * bound, how far a step of its own could go, times its curvature
 */
double
smooth_i_spots_measure (SmoothSpots *spots, const double *x, const double *gradient)
{
  double worst = 0;
  gint64 last = spots->length - 1;

  for (gint64 i = 0; i < spots->n; i++)
    for (gint k = 0, at = 0; k < spots->size; at += spots->size - k, k++)
      {
        double g = gradient[i * spots->size + k], curvature = spots->blocks[i * spots->n_packed + at];
        if (is_bounded (spots, k) && g > 0)
          {
            curvature += smooth_i_spots_prior_at (spots, spots->reach, k, i);
            g = MIN (g, x[i * spots->size + k] * curvature);
          }
        worst = MAX (worst, fabs (g));
      }
  if (spots->has_tube)
    worst = MAX (worst, fabs (MIN (gradient[last], x[last] * spots->corner)) / (double) MAX (spots->n, 1));
  return worst;
}

/**
 * smooth_i_spots_minimise:
 * @x: (inout): length: feasible
 * @gradient: (inout): length: at @x
 * @moved: (inout) (nullable): length: raised by the change of @x, without its rounding
 * @goal: on the violation that smooth_i_spots_measure() gives
 * @max_iterations: where @n_iterations ends
 * @n_iterations: (inout): raised by the number of block steps and steps of conjugate gradients
 *
 * @x and its gradient are changed together. Stops short of the goal where rounding allows no more.
 *
 * Returns: FALSE on cancellation and lack of memory
 */
gboolean
smooth_i_spots_minimise (SmoothSpots *spots, double *x, double *gradient, double *moved, double goal,
                         gint max_iterations, gint *n_iterations, GError **error)
{
  gboolean has_block_steps = spots->is_bounded || spots->has_tube, holds_tube = FALSE;

  for (gint outer = 0; *n_iterations < max_iterations; outer++)
    {
      double violation = smooth_i_spots_measure (spots, x, gradient);
      gboolean has_moved = FALSE, is_taken;
      if (!(violation > goal))
        break;
      for (gint k = 0; k < (outer == 0 ? 2 : 1) && has_block_steps; k++, ++*n_iterations)
        {
          if (!step_blocks (spots, x, gradient, moved, &is_taken, error))
            return FALSE;
          has_moved |= is_taken;
        }
      gboolean is_settled = choose_face (spots, x, gradient, holds_tube) == 0 || !spots->is_bounded;
      double reduction = is_settled ? MAX (0.1 * goal / violation, 1e-10) : 0.1;
      if (!smooth_i_spots_solve_face (spots, gradient, MIN (reduction, 0.1), is_settled ? LONG_STEPS : SHORT_STEPS,
                                      n_iterations, error)
          || !take_face_step (spots, x, gradient, moved, &is_taken, error))
        return FALSE;
      ++*n_iterations;
      if (!has_moved && !is_taken && (holds_tube || !spots->has_tube))
        break;
      /* Where the tube and all constants may be exchanged, a step together may lead nowhere: then without the tube. */
      holds_tube = !is_taken && !holds_tube;
    }
  return TRUE;
}

/* What a spot can still gain at most, for its block in a lower bracket: for any d with x + d >= 0 and gradient g + M d >= 0
 * there, no z gains more than (x + d)'(g + M d) - g'd - d'M d / 2. INFINITY where no such d was found. */
static double
bound_of_block (const SmoothSpots *spots, const Block *block, const double *x, const double *gradient)
{
  gint size = spots->size;
  const double *d = block->d, *change = block->image;
  double bound = 0;

  multiply (spots, block);
  for (gint k = 0; k < size; k++)
    block->terms[k] = fabs (x[k]) + fabs (d[k]);
  for (gint k = 0; k < size; k++)
    {
      double after = gradient[k] + change[k], terms = 0;
      for (gint l = 0; l < size; l++)
        {
          gint low = MIN (k, l), high = MAX (k, l);
          terms += fabs (block->matrix[low * size - low * (low - 1) / 2 + high - low]) * block->terms[l];
        }
      if ((is_bounded (spots, k) ? -after : fabs (after)) > ROUNDING * (terms + fabs (gradient[k])) + G_MINDOUBLE)
        return INFINITY;
      if (is_bounded (spots, k))
        bound += (x[k] + d[k]) * MAX (after, 0);
      bound -= d[k] * (gradient[k] + 0.5 * change[k]);
    }
  return MAX (bound, 0);
}

/* Whether the block as a whole is positive definite, where the prior's bracket may make it indefinite. */
static gboolean
is_definite (const SmoothSpots *spots, const Block *block)
{
  if (spots->is_convex)
    return TRUE;
  memset (block->is_free, TRUE, (gsize) spots->size);
  memcpy (block->factor, block->matrix, (gsize) spots->n_packed * sizeof (double));
  smooth_i_block_factor (spots->size, block->is_free, block->factor);
  for (gint k = 0, at = 0; k < spots->size; at += spots->size - k, k++)
    if (block->factor[at] == 0)
      return FALSE;
  return TRUE;
}

static void
bound_chunk (gint64 chunk, gint worker, gpointer data)
{
  const Pass *pass = data;
  SmoothSpots *spots = pass->spots;
  gint size = spots->size;
  Block block = block_at (spots, worker);

  spots->sums[chunk] = 0;
  for (gint64 i = chunk * CHUNK; i < MIN ((chunk + 1) * CHUNK, spots->n); i++)
    {
      take_matrix (spots, spots->slack, i, block.matrix);
      gboolean has_bound = is_definite (spots, &block);
      minimise_block (spots, &block, pass->x + i * size, pass->gradient + i * size);
      spots->sums[chunk] +=
          has_bound ? bound_of_block (spots, &block, pass->x + i * size, pass->gradient + i * size) : INFINITY;
    }
}

/**
 * smooth_i_spots_bound:
 * @gradient: at @x, which is feasible
 *
 * For problems without a tube whose matrix is at least blockdiag (H_i + diag (m_k slack_i)).
 *
 * Returns: a bound on what is still to be gained: objective at @x less the optimum, times n; INFINITY where there is none
 */
double
smooth_i_spots_bound (SmoothSpots *spots, const double *x, const double *gradient)
{
  Pass pass = { spots, x, gradient };
  gint64 n_chunks = smooth_i_spots_count_chunks (spots, CHUNK);

  smooth_i_parallel (spots->n_threads, n_chunks, bound_chunk, &pass);
  double bound = smooth_i_spots_sum (spots->sums, n_chunks);
  return isfinite (bound) ? bound : INFINITY;
}

/**
 * smooth_i_spots_kkt:
 * @largest: |gradient| at the origin, times n as @gradient is
 *
 * Returns: the KKT residual of abundances and constants as info.h defines it; free unknowns count with |gradient|
 */
double
smooth_i_spots_kkt (const SmoothSpots *spots, const double *x, const double *gradient, double largest)
{
  double worst = 0, n = (double) MAX (spots->n, 1);

  for (gint64 i = 0; i < spots->n; i++)
    for (gint k = 0; k < spots->size; k++)
      {
        double g = gradient[i * spots->size + k] / n;
        if (is_bounded (spots, k))
          g = MIN (g, x[i * spots->size + k]);
        worst = MAX (worst, fabs (g));
      }
  return largest > 0 ? worst / (largest / n) : 0;
}
