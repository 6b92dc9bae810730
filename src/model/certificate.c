/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Objective, KKT residual and a bound on the distance to the optimum, from the iterate alone, in double precision.
 *
 * With c_ik = curvature + m_k slack_i, blockdiag (c) is at most the Hessian A (see matrix.c), so for g = grad F (B)
 *
 *     F(B) - F* <= sum_ik max over t >= -b of -(g t + c t^2 / 2),  reached at t = max (-b, -g / c).
 *
 * Where c is 0 (collinear signatures without a prior), a type that wants to grow has no bound. Then convexity alone
 * serves: for any P with gradient g(P) >= 0, F* >= F(P) - g(P)'P. P = B + tau V with A V > 0 is such a point for tau
 * large enough, and
 *
 *     F(B) - F* <= g'B + tau (A V)'B + tau^2 (A V)'V / 2.
 *
 * Where some types with weights z >= 0 add up to nothing, H z = 0 (with a bias: to a constant over the genes), there is no such V.
 * Without a prior the spots are apart, and P = b + d with H d = -g on all types but those that g holds at 0 has g(P) = 0 on
 * them: F* >= F(P) - g(P)'P there as well. What rounding leaves of g(P) below 0 is taken for 0: the statement is about
 * right-hand sides that differ from r by ROUNDING, because with r itself rounded out of the range of H there is no minimum.
 * Abundances of any sign are the case in which no type is held.
 */
#include "model/deconvolution-private.h"
#include "model/spectrum-private.h"

#include <math.h>
#include <string.h>

#define ROUNDING 1e-12 /* of a gradient, against the terms that it is the sum of */
#define HELD 1e-6      /* a gradient above this, in scaled units, holds its type at 0 */

/* The least P = B + tau V with g(P) >= 0, as above; V is the same in every spot. Returns the bound, or INFINITY. */
static double
bound_by_convexity (SmoothDeconvolver *solver)
{
  SmoothLevel *level = &solver->levels[SMOOTH_LEVEL_DOUBLE];
  const SmoothLayout *layout = solver->layout;
  gint n = solver->reduced->n_types;
  g_autofree double *v = g_new (double, n);

  if (solver->is_free)
    return INFINITY;
  if (!smooth_i_level_prepare_directions (solver, SMOOTH_LEVEL_DOUBLE, TRUE, NULL))
    return INFINITY;
  smooth_i_positive_image (level->pass.h, n, level->pass.stride, v);

  SmoothPass pass = level->pass;
  double *x = pass.x, *g = pass.gradient, *a = pass.ad, *b = pass.b;
  pass.tiles = layout->all_tiles;
  pass.in = b;
  pass.out = g;
  smooth_i_priors_multiply (solver, &pass, b);
  smooth_i_pass_run (solver, level->kernels->gradient, &pass, 0, layout->n_tiles, SMOOTH_APPLY_COST);
  for (gint64 p = 0; p < layout->n_positions; p++)
    for (gint k = 0; k < n; k++)
      x[p * pass.stride + k] = layout->spots[p] >= 0 ? v[k] : 0;
  pass.in = x;
  pass.out = a;
  smooth_i_priors_multiply (solver, &pass, x);
  smooth_i_pass_run (solver, level->kernels->apply, &pass, 0, layout->n_tiles, SMOOTH_APPLY_COST);

  double tau = 0, gb = 0, ab = 0, av = 0;
  for (gint64 p = 0; p < layout->n_positions; p++)
    for (gint k = 0; layout->spots[p] >= 0 && k < n; k++)
      {
        gint64 e = p * pass.stride + k;
        if (!(a[e] > 0) && g[e] < 0)
          return INFINITY;
        if (g[e] < 0)
          tau = MAX (tau, -g[e] / a[e]);
        gb += g[e] * b[e];
        ab += a[e] * b[e];
        av += a[e] * x[e];
      }
  for (gint64 p = 0; p < layout->n_positions; p++)
    for (gint k = 0; layout->spots[p] >= 0 && k < n; k++)
      if (g[p * pass.stride + k] + tau * a[p * pass.stride + k] < -1e-12 * tau * fabs (a[p * pass.stride + k]))
        return INFINITY;
  return MAX (gb + tau * ab + 0.5 * tau * tau * av, 0);
}

/* One spot without a prior, as above; h, inverse: n x n, of H and its pseudo-inverse. Returns its share, or INFINITY. */
static double
bound_of_spot (const double *h, const double *inverse, gint n, gboolean is_free, const double *b, const double *g, double *s, double *d)
{
  double bound = 0;

  for (gint k = 0; k < n; k++)
    s[k] = is_free || b[k] > 0 || g[k] < HELD ? -g[k] : 0;
  for (gint k = 0; k < n; k++)
    {
      d[k] = 0;
      for (gint l = 0; l < n; l++)
        d[k] += inverse[k * n + l] * s[l];
    }
  for (gint k = 0; k < n; k++)
    {
      double change = 0, terms = 1; /* 1: the largest right-hand side */
      for (gint l = 0; l < n; l++)
        {
          change += h[k * n + l] * d[l];
          terms += fabs (h[k * n + l]) * (fabs (b[l]) + fabs (d[l]));
        }
      double left = g[k] + change;
      if (left < -ROUNDING * terms || (is_free && left > ROUNDING * terms))
        return INFINITY;
      bound += (is_free ? 0 : (b[k] + d[k]) * MAX (left, 0)) - d[k] * (g[k] + 0.5 * change);
    }
  return MAX (bound, 0);
}

/* The bound over all spots where nothing couples them; the gradient is that of the iterate. */
static double
bound_by_spot (SmoothDeconvolver *solver)
{
  const SmoothReduced *reduced = solver->reduced;
  const SmoothPass *pass = &solver->levels[SMOOTH_LEVEL_DOUBLE].pass;
  gint n = reduced->n_types;
  g_autofree double *h = g_new (double, n * n);
  g_autofree double *inverse = g_new (double, n * n);
  g_autofree double *vectors = g_new (double, 2 * n);
  double bound = 0;

  if (pass->gradient == NULL)
    return INFINITY;
  for (gint k = 0; k < n; k++)
    if (solver->m[k] > 0)
      return INFINITY;
  for (gint k = 0; k < n; k++)
    memcpy (h + k * n, (const double *) pass->h + k * pass->stride, (gsize) n * sizeof (double));
  if (!smooth_i_pseudo_inverse (h, n, inverse, NULL))
    return INFINITY;
  for (gint64 p = 0; p < solver->layout->n_positions && isfinite (bound); p++)
    if (solver->layout->spots[p] >= 0)
      bound += bound_of_spot (h, inverse, n, solver->is_free, (const double *) pass->b + p * pass->stride,
                              (const double *) pass->gradient + p * pass->stride, vectors, vectors + n);
  return bound;
}

/**
 * smooth_i_certify:
 *
 * Costs one gradient in double precision; the iterate may be held by either level and stays there. The gradient is
 * left in the double level's array if there is one.
 */
gboolean
smooth_i_certify (SmoothDeconvolver *solver, SmoothCertificate *certificate, GError **error)
{
  SmoothLevel *level = &solver->levels[SMOOTH_LEVEL_DOUBLE];
  const SmoothReduced *reduced = solver->reduced;

  if (!smooth_i_level_prepare (solver, SMOOTH_LEVEL_DOUBLE, error))
    return FALSE;
  smooth_i_level_copy (solver, SMOOTH_LEVEL_DOUBLE);

  SmoothPass pass = level->pass;
  pass.tiles = solver->layout->all_tiles;
  pass.curvature = solver->curvature;
  pass.out = pass.gradient;
  smooth_i_priors_multiply (solver, &pass, pass.b);
  SmoothSums sums = smooth_i_pass_run (solver, level->kernels->certify, &pass, 0, solver->layout->n_tiles, SMOOTH_APPLY_COST);
  if (!smooth_run_check (solver->run, error) || !smooth_i_priors_check (solver, error))
    return FALSE;

  double n = (double) reduced->n_spots, square = reduced->unit * reduced->unit;
  certificate->data = MAX (square * (sums.sums[0] - 2 * sums.sums[1]) + reduced->total, 0) / n;
  certificate->spatial = square * sums.sums[2] / n;
  certificate->objective = certificate->data + certificate->spatial;
  certificate->kkt = sums.max;
  certificate->gap = INFINITY;
  if (solver->shift < 0 && solver->curvature <= 0)
    return TRUE;
  certificate->gap = 2 * square * sums.sums[3] / n;
  if (!isfinite (certificate->gap) && certificate->kkt < 1e-3)
    {
      double by_convexity = bound_by_convexity (solver), by_spot = bound_by_spot (solver);
      certificate->gap = 2 * square * MIN (by_convexity, by_spot) / n;
    }
  return TRUE;
}
