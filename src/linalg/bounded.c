/* SPDX-License-Identifier: GPL-3.0-or-later */
/* minimise f(x) = x^T A x / 2 - b^T x over x >= 0, for sparse symmetric positive definite A.
 *
 * Two projected Gauss-Seidel sweeps guess the face {x > 0}; conjugate gradients with Jacobi's preconditioner minimise on
 * it; the step is projected and taken only if f falls. Every step lowers f, and once the face is right the second part is
 * plain conjugate gradients. Where A is known by its products alone, projected steps along the scaled gradient, as long as is best
 * without the bounds, take the place of the sweeps. The idea is that of J. More, G. Toraldo, SIAM J. Optimization 1 (1991) 93, with exact
 * coordinate steps in the place of projected gradients.
 */
#include "linalg/bounded.h"

#include <math.h>
#include <string.h>

#define MAX_FACE_STEPS 60
#define FACE_REDUCTION 1e-3 /* of the residual on the face, before the face is looked at again */

struct _SmoothBounded
{
  gint64 n;
  double *gradient; /* A x - b */
  double *residual;
  double *direction;
  double *product; /* A direction */
  double *step;
  double *trial;
  double *scaled; /* preconditioned residual */
  double *diagonal; /* of A */

  /* A, for the time of a solve: a matrix, or products. */
  const SmoothSparse *a;
  SmoothBoundedFunc multiply;
  gpointer data;
};

/**
 * smooth_i_bounded_new:
 *
 * 8 n doubles.
 */
SmoothBounded *
smooth_i_bounded_new (gint64 n, GError **error)
{
  SmoothBounded *bounded = g_new0 (SmoothBounded, 1);
  double *memory = smooth_i_try_alloc (8 * n, sizeof (double), "a quadratic programme", error);

  if (memory == NULL)
    {
      g_free (bounded);
      return NULL;
    }
  bounded->n = n;
  bounded->gradient = memory;
  bounded->residual = memory + n;
  bounded->direction = memory + 2 * n;
  bounded->product = memory + 3 * n;
  bounded->step = memory + 4 * n;
  bounded->trial = memory + 5 * n;
  bounded->scaled = memory + 6 * n;
  bounded->diagonal = memory + 7 * n;
  return bounded;
}

void
smooth_i_bounded_free (SmoothBounded *bounded)
{
  if (bounded == NULL)
    return;
  smooth_i_free (bounded->gradient);
  g_free (bounded);
}

static void
multiply (const SmoothBounded *w, const double *x, double *y)
{
  if (w->a != NULL)
    smooth_sparse_multiply (w->a, x, y);
  else
    w->multiply (x, y, w->data);
}

static void
read_diagonal (SmoothBounded *w, const SmoothSparse *a)
{
  for (gint64 i = 0; i < w->n; i++)
    for (gint64 e = a->starts[i]; e < a->starts[i + 1]; e++)
      if (a->rows[e] == i)
        w->diagonal[i] = a->values[e];
}

/* Minimises over one coordinate after the other. */
static void
sweep (const SmoothBounded *w, const double *b, double *x)
{
  const SmoothSparse *a = w->a;

  for (gint64 i = 0; i < w->n; i++)
    {
      double gradient = -b[i];
      for (gint64 e = a->starts[i]; e < a->starts[i + 1]; e++)
        gradient += a->values[e] * x[a->rows[e]];
      x[i] = MAX (x[i] - gradient / w->diagonal[i], 0.0);
    }
}

static double
dot (const double *x, const double *y, gint64 n)
{
  double sum = 0.0;

  for (gint64 i = 0; i < n; i++)
    sum += x[i] * y[i];
  return sum;
}

/* Sets the gradient; returns the largest violation of the optimality conditions: |g| where x > 0, max (-g, 0) elsewhere. */
static double
measure (SmoothBounded *w, const double *b, const double *x)
{
  double worst = 0.0;

  multiply (w, x, w->gradient);
  for (gint64 i = 0; i < w->n; i++)
    {
      w->gradient[i] -= b[i];
      worst = MAX (worst, x[i] > 0.0 ? fabs (w->gradient[i]) : -w->gradient[i]);
    }
  return worst;
}

static void
precondition (SmoothBounded *w)
{
  for (gint64 i = 0; i < w->n; i++)
    w->scaled[i] = w->residual[i] / w->diagonal[i];
}

/* Conjugate gradients for A_FF step = -gradient_F. FALSE: A is not positive definite there, step is what was reached. */
static gboolean
minimise_on_face (SmoothBounded *w, const double *x)
{
  gint64 n = w->n;

  memset (w->step, 0, (gsize) n * sizeof (double));
  for (gint64 i = 0; i < n; i++)
    w->residual[i] = x[i] > 0.0 ? -w->gradient[i] : 0.0;
  precondition (w);
  memcpy (w->direction, w->scaled, (gsize) n * sizeof (double));

  double rho = dot (w->residual, w->scaled, n), goal = rho * FACE_REDUCTION * FACE_REDUCTION;
  for (gint k = 0; k < MAX_FACE_STEPS && rho > goal && rho > 0.0; k++)
    {
      multiply (w, w->direction, w->product);
      double curvature = dot (w->direction, w->product, n);
      if (curvature <= 0.0)
        return FALSE;
      double alpha = rho / curvature;
      for (gint64 i = 0; i < n; i++)
        if (x[i] > 0.0)
          {
            w->step[i] += alpha * w->direction[i];
            w->residual[i] -= alpha * w->product[i];
          }
      precondition (w);
      double next = dot (w->residual, w->scaled, n);
      for (gint64 i = 0; i < n; i++)
        w->direction[i] = w->scaled[i] + next / rho * w->direction[i];
      rho = next;
    }
  return TRUE;
}

/* f (trial) - f (x), from the gradient at x. */
static double
change (SmoothBounded *w, const double *x)
{
  for (gint64 i = 0; i < w->n; i++)
    w->scaled[i] = w->trial[i] - x[i];
  multiply (w, w->scaled, w->product);
  return dot (w->gradient, w->scaled, w->n) + 0.5 * dot (w->scaled, w->product, w->n);
}

static void
take_projected_step (SmoothBounded *w, double *x)
{
  static const double lengths[] = { 1.0, 0.35, 0.12 };

  for (gsize k = 0; k < G_N_ELEMENTS (lengths); k++)
    {
      for (gint64 i = 0; i < w->n; i++)
        w->trial[i] = MAX (x[i] + lengths[k] * w->step[i], 0.0);
      if (change (w, x) < 0.0)
        {
          memcpy (x, w->trial, (gsize) w->n * sizeof (double));
          return;
        }
    }
}

/* One projected step down the scaled gradient, in the place of a sweep; needs the gradient at x. */
static void
descend (SmoothBounded *w, double *x)
{
  double slope = 0.0;

  for (gint64 i = 0; i < w->n; i++)
    {
      w->step[i] = x[i] > 0.0 || w->gradient[i] < 0.0 ? -w->gradient[i] / w->diagonal[i] : 0.0;
      slope -= w->gradient[i] * w->step[i];
    }
  multiply (w, w->step, w->product);
  double curvature = dot (w->step, w->product, w->n);
  if (!(curvature > 0.0))
    return;
  for (gint64 i = 0; i < w->n; i++)
    w->step[i] *= slope / curvature;
  take_projected_step (w, x);
}

static double
minimise (SmoothBounded *w, const double *b, double *x, double tolerance, gint max_iterations, SmoothRun *run)
{
  double scale = 0.0, violation = INFINITY;

  for (gint64 i = 0; i < w->n; i++)
    {
      x[i] = MAX (x[i], 0.0);
      scale = MAX (scale, fabs (b[i]));
    }
  if (scale == 0.0)
    scale = 1.0;
  if (w->a == NULL)
    measure (w, b, x);
  for (gint k = 0; k < max_iterations && !smooth_run_is_cancelled (run); k++)
    {
      if (w->a != NULL)
        {
          sweep (w, b, x);
          sweep (w, b, x);
        }
      else
        descend (w, x);
      violation = measure (w, b, x) / scale;
      if (violation <= tolerance || !minimise_on_face (w, x))
        break;
      take_projected_step (w, x);
      if (w->a == NULL)
        measure (w, b, x);
    }
  return violation;
}

/**
 * smooth_i_bounded_minimise:
 * @a: n x n, symmetric positive definite, both triangles stored
 * @b: n
 * @x: n: the start on entry (negative entries are taken as 0), the best point on return
 * @tolerance: on the violation of the optimality conditions, relative to the largest |b|
 * @max_iterations: of sweeps and face steps
 *
 * Returns: the relative violation that was reached; it is above @tolerance where the iterations ran out, the run was
 *   cancelled or rounding allows no more
 */
double
smooth_i_bounded_minimise (SmoothBounded *bounded, const SmoothSparse *a, const double *b, double *x, double tolerance,
                           gint max_iterations, SmoothRun *run)
{
  bounded->a = a;
  read_diagonal (bounded, a);
  return minimise (bounded, b, x, tolerance, max_iterations, run);
}

/**
 * smooth_i_bounded_minimise_operator:
 * @multiply: with A, symmetric positive definite
 * @diagonal: n: of A
 *
 * As smooth_i_bounded_minimise() where A is no matrix.
 */
double
smooth_i_bounded_minimise_operator (SmoothBounded *bounded, SmoothBoundedFunc multiply_func, gpointer data, const double *diagonal,
                                    const double *b, double *x, double tolerance, gint max_iterations, SmoothRun *run)
{
  bounded->a = NULL;
  bounded->multiply = multiply_func;
  bounded->data = data;
  memcpy (bounded->diagonal, diagonal, (gsize) bounded->n * sizeof (double));
  return minimise (bounded, b, x, tolerance, max_iterations, run);
}
