/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linear systems over spots: conjugate gradients on a face of the bounds, with the exact blocks as preconditioner.
 *
 *     A_FF step = -gradient_F,     preconditioner  [ D  border ]      D = blockdiag (H_i + m_k Q_ii) on the face
 *                                                  [ border'  corner ]
 *
 * Under a strong prior constants over the parts of the tissue are added to it (coarse.c).
 *
 * The preconditioner's tube is eliminated by its Schur complement corner - border' D^-1 border.
 */
#include "model/coarse-private.h"

#include "base/parallel.h"

#include <math.h>
#include <string.h>

#define CHUNK 64
#define RIDGE 1e-13    /* of a block's diagonal, that collinear types do not break its factor */
#define STIFF 1000     /* stiffness from which on constants over the parts of the tissue pay */
#define SMALLEST 1e-14 /* pivot, of its diagonal entry: below it a type is cut loose */

/* In place, lower triangle by columns. The diagonal of the factor is stored as its reciprocal: 0 for what is not free and
 * for what depends on others, and a solution is 0 there. */
void
smooth_i_block_factor (gint size, const guint8 *is_free, double *l)
{
  for (gint j = 0, at = 0; j < size; at += size - j, j++)
    {
      double *column = l + at, *next = column + size - j;
      double diagonal = column[0];
      if (!is_free[j] || !(diagonal > 0))
        {
          column[0] = 0;
          for (gint i = j + 1; i < size; i++)
            column[i - j] = 0;
          continue;
        }
      double inverse = 1 / sqrt (diagonal);
      column[0] = inverse;
      for (gint i = j + 1; i < size; i++)
        column[i - j] = is_free[i] ? column[i - j] * inverse : 0;
      for (gint c = j + 1; c < size; next += size - c, c++)
        {
          const double *from = column + c - j;
          double factor = from[0], before = next[0];
          if (factor == 0)
            continue;
          for (gint i = 0; i < size - c; i++)
            next[i] -= factor * from[i];
          if (next[0] <= SMALLEST * before)
            next[0] = 0;
        }
    }
}

void
smooth_i_block_solve (gint size, const double *l, double *x)
{
  gint at = 0;

  for (gint j = 0; j < size; at += size - j, j++)
    {
      const double *column = l + at;
      double value = x[j] *= column[0];
      for (gint i = 1; i < size - j; i++)
        x[j + i] -= column[i] * value;
    }
  for (gint j = size - 1; j >= 0; j--)
    {
      at -= size - j;
      const double *column = l + at;
      double sum = x[j];
      for (gint i = 1; i < size - j; i++)
        sum -= column[i] * x[j + i];
      x[j] = sum * column[0];
    }
}

/* y += block x */
void
smooth_i_block_multiply (gint size, const double *block, const double *x, double *y)
{
  for (gint j = 0; j < size; block += size - j, j++)
    {
      double value = x[j], sum = block[0] * value;
      for (gint i = 1; i < size - j; i++)
        {
          y[j + i] += block[i] * value;
          sum += block[i] * x[j + i];
        }
      y[j] += sum;
    }
}

typedef struct
{
  SmoothSpots *spots;
  const double *in;
  double *out;
} Pass;

static void
factor_chunk (gint64 chunk, gint worker, gpointer data)
{
  const Pass *pass = data;
  SmoothSpots *spots = pass->spots;
  gint size = spots->size;

  (void) worker;
  for (gint64 i = chunk * CHUNK; i < MIN ((chunk + 1) * CHUNK, spots->n); i++)
    {
      double *l = spots->factors + i * spots->n_packed;
      memcpy (l, spots->blocks + i * spots->n_packed, (gsize) spots->n_packed * sizeof (double));
      for (gint k = 0, at = 0; k < size; at += size - k, k++)
        l[at] += RIDGE * l[at] + (k < spots->n_types ? smooth_i_spots_prior_at (spots, spots->diagonal, k, i) : 0);
      smooth_i_block_factor (size, spots->is_free + i * size, l);
    }
}

static void
solve_chunk (gint64 chunk, gint worker, gpointer data)
{
  const Pass *pass = data;
  SmoothSpots *spots = pass->spots;
  gint size = spots->size;

  (void) worker;
  for (gint64 i = chunk * CHUNK; i < MIN ((chunk + 1) * CHUNK, spots->n); i++)
    {
      double *x = pass->out + i * size;
      memcpy (x, pass->in + i * size, (gsize) size * sizeof (double));
      smooth_i_block_solve (size, spots->factors + i * spots->n_packed, x);
    }
}

static void
run_chunks (SmoothSpots *spots, SmoothBlockFunc func, const double *in, double *out)
{
  Pass pass = { spots, in, out };

  smooth_i_parallel (spots->n_threads, smooth_i_spots_count_chunks (spots, CHUNK), func, &pass);
}

/* How much more the prior holds neighbours together than data, or what it has on top, hold a spot where it is: types that
 * have no data at all aside. */
static double
stiffness (const SmoothSpots *spots)
{
  double worst = 0;

  for (gint k = 0, at = 0; k < spots->n_types; at += spots->size - k, k++)
    {
      double diagonal = 0, slack = INFINITY, data = 0;
      for (gint64 i = 0; i < spots->n; i++)
        {
          diagonal = MAX (diagonal, smooth_i_spots_prior_at (spots, spots->diagonal, k, i));
          slack = MIN (slack, smooth_i_spots_prior_at (spots, spots->slack, k, i));
          data += spots->blocks[i * spots->n_packed + at] / (double) spots->n;
        }
      if (data > 0)
        worst = MAX (worst, diagonal / (data + MAX (slack, 0)));
    }
  return worst;
}

/**
 * smooth_i_spots_is_stiff:
 *
 * Whether the prior, known by its entries and the same for all types, is so strong that steps of spots by themselves lead nowhere.
 * O(n K).
 */
gboolean
smooth_i_spots_is_stiff (const SmoothSpots *spots)
{
  return spots->has_prior && spots->n_priors == 1 && spots->problem->n_precisions == 1 && spots->is_convex
         && smooth_precision_is_explicit (spots->problem->precisions[0]) && stiffness (spots) > STIFF;
}

static gboolean
prepare_coarse (SmoothSpots *spots, GError **error)
{
  if (!smooth_i_spots_is_stiff (spots))
    {
      g_clear_pointer (&spots->coarse, smooth_i_coarse_free);
      return TRUE;
    }
  const SmoothSparse *q = spots->problem->precisions[0]->symmetric;
  if (spots->coarse == NULL)
    spots->coarse = smooth_i_coarse_new (spots->n, spots->n_types, q->starts, q->rows, q->values, error);
  if (spots->coarse == NULL)
    return FALSE;
  smooth_i_coarse_prepare_spots (spots->coarse, spots);
  return TRUE;
}

static void
prepare (SmoothSpots *spots)
{
  gint64 last = spots->length - 1;

  run_chunks (spots, factor_chunk, NULL, NULL);
  if (!spots->has_tube)
    return;
  run_chunks (spots, solve_chunk, spots->border, spots->corrected);
  spots->corrected[last] = 0;
  spots->schur = spots->corner - smooth_i_spots_dot (spots, spots->border, spots->corrected);
  spots->schur = MAX (spots->schur, 1e-12 * spots->corner);
}

/* The share of the tube, and what it changes elsewhere. */
static void
precondition_tube (SmoothSpots *spots, const double *in, double *out)
{
  gint64 last = spots->length - 1;

  if (!spots->has_tube || !spots->is_free[last] || !(spots->schur > 0))
    return;
  double tube = (in[last] - smooth_i_spots_dot (spots, spots->border, out)) / spots->schur;
  for (gint64 e = 0; e < last; e++)
    out[e] -= tube * spots->corrected[e];
  out[last] = tube;
}

/* out = preconditioner^-1 in */
static void
precondition (SmoothSpots *spots, const double *in, double *out)
{
  run_chunks (spots, solve_chunk, in, out);
  out[spots->length - 1] = 0;
  precondition_tube (spots, in, out);
  if (spots->coarse != NULL)
    smooth_i_coarse_add (spots->coarse, spots->size, in, out, NULL);
}

/**
 * smooth_i_spots_solve_face:
 * @gradient: length
 * @reduction: of the residual, in the norm of the preconditioner
 * @n_steps: (inout): raised by the number of steps
 *
 * spots->step becomes the solution on the face, 0 elsewhere. Stops early where A is not positive definite: step is then what
 * was reached, a direction of descent (0 where the first direction has no curvature).
 *
 * Returns: FALSE on cancellation and lack of memory
 */
gboolean
smooth_i_spots_solve_face (SmoothSpots *spots, const double *gradient, double reduction, gint max_steps, gint *n_steps,
                           GError **error)
{
  gint64 length = spots->length;

  if (!prepare_coarse (spots, error))
    return FALSE;
  prepare (spots);
  memset (spots->step, 0, (gsize) length * sizeof (double));
  for (gint64 e = 0; e < length; e++)
    spots->residual[e] = spots->is_free[e] ? -gradient[e] : 0;
  precondition (spots, spots->residual, spots->scaled);
  memcpy (spots->direction, spots->scaled, (gsize) length * sizeof (double));

  double rho = smooth_i_spots_dot (spots, spots->residual, spots->scaled), goal = rho * reduction * reduction;
  for (gint k = 0; k < max_steps && rho > goal && rho > 0; k++)
    {
      if (!smooth_i_spots_apply (spots, spots->direction, spots->product, TRUE, error))
        return FALSE;
      double curvature = smooth_i_spots_dot (spots, spots->direction, spots->product);
      if (!(curvature > 0))
        break;
      double alpha = rho / curvature;
      for (gint64 e = 0; e < length; e++)
        {
          spots->step[e] += alpha * spots->direction[e];
          spots->residual[e] -= alpha * spots->product[e];
        }
      precondition (spots, spots->residual, spots->scaled);
      double next = smooth_i_spots_dot (spots, spots->residual, spots->scaled);
      for (gint64 e = 0; e < length; e++)
        spots->direction[e] = spots->scaled[e] + next / rho * spots->direction[e];
      rho = next;
      ++*n_steps;
    }
  return TRUE;
}
