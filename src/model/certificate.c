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
 *
 * All figures are sums over tiles (or the largest of them), and what a tile adds follows from its spots, their neighbours and
 * its rows of Q alone. So the tiles' shares are kept, and after changes here and there only the shares of tiles that these
 * reach are computed again.
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

/* ---- by tiles ---- */

static void
add_share (SmoothSums *sum, const SmoothSums *share)
{
  for (gint i = 0; i < 4; i++)
    sum->sums[i] += share->sums[i];
  sum->max = MAX (sum->max, share->max);
}

/* All tiles' shares, bundle by bundle; only those of the bundles with a tile of the list are added up anew. */
static SmoothSums
sum_shares (SmoothDeconvolver *solver, const gint32 *tiles, gint64 n)
{
  gint64 n_tiles = solver->layout->n_tiles, last = -1;
  SmoothSums *bundles = solver->shares + n_tiles, sum = { 0 };

  for (gint64 i = 0; i < n; i++)
    {
      gint64 bundle = tiles[i] / SMOOTH_BUNDLE;
      if (bundle == last)
        continue;
      last = bundle;
      bundles[bundle] = (SmoothSums) { 0 };
      for (gint64 t = bundle * SMOOTH_BUNDLE; t < MIN ((bundle + 1) * SMOOTH_BUNDLE, n_tiles); t++)
        add_share (&bundles[bundle], &solver->shares[t]);
    }
  for (gint64 bundle = 0; bundle * SMOOTH_BUNDLE < n_tiles; bundle++)
    add_share (&sum, &bundles[bundle]);
  return sum;
}

/* What the sums over all spots say. */
static void
conclude (SmoothDeconvolver *solver, const SmoothSums *sums, SmoothCertificate *certificate)
{
  const SmoothReduced *reduced = solver->reduced;
  double n = (double) reduced->n_spots, square = reduced->unit * reduced->unit;

  certificate->data = MAX (square * (sums->sums[0] - 2 * sums->sums[1]) + reduced->total, 0) / n;
  certificate->spatial = square * sums->sums[2] / n;
  certificate->objective = certificate->data + certificate->spatial;
  certificate->kkt = sums->max;
  certificate->gap = INFINITY;
  if (solver->shift < 0 && solver->curvature <= 0)
    return;
  certificate->gap = 2 * square * sums->sums[3] / n;
  if (!isfinite (certificate->gap) && certificate->kkt < 1e-3)
    {
      double by_convexity = bound_by_convexity (solver), by_spot = bound_by_spot (solver);
      certificate->gap = 2 * square * MIN (by_convexity, by_spot) / n;
    }
}

static gboolean
allocate_shares (SmoothDeconvolver *solver, GError **error)
{
  gint64 n = solver->layout->n_tiles;

  if (solver->shares == NULL)
    solver->shares = smooth_i_try_alloc (n + n / SMOOTH_BUNDLE + 1, sizeof (SmoothSums), "the solver", error);
  if (solver->shares != NULL && solver->changes == NULL)
    solver->changes = smooth_i_try_alloc (n, sizeof (guint8), "the solver", error);
  if (solver->changes != NULL && solver->changed == NULL)
    solver->changed = smooth_i_try_alloc (n, sizeof (gint32), "the solver", error);
  return solver->changed != NULL;
}

/* The shares of some tiles, and the sums over all. */
static gboolean
certify_tiles (SmoothDeconvolver *solver, const gint32 *tiles, gint64 n, SmoothCertificate *certificate, GError **error)
{
  SmoothLevel *level = &solver->levels[SMOOTH_LEVEL_DOUBLE];
  SmoothPass pass = level->pass;

  solver->has_shares = FALSE;
  pass.tiles = tiles;
  pass.curvature = solver->curvature;
  pass.shares = solver->shares;
  pass.out = solver->has_gradient ? pass.gradient : NULL;
  smooth_i_priors_multiply (solver, &pass, pass.b);
  smooth_i_pass_run (solver, level->kernels->certify, &pass, 0, n, SMOOTH_APPLY_COST);
  if (!smooth_run_check (solver->run, error) || !smooth_i_priors_check (solver, error))
    return FALSE;
  SmoothSums sums = sum_shares (solver, tiles, n);
  solver->has_shares = TRUE;
  conclude (solver, &sums, certificate);
  return TRUE;
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
  if (!smooth_i_level_prepare (solver, SMOOTH_LEVEL_DOUBLE, error) || !allocate_shares (solver, error))
    return FALSE;
  smooth_i_level_copy (solver, SMOOTH_LEVEL_DOUBLE);
  memset (solver->changes, 0, (gsize) solver->layout->n_tiles);
  solver->has_gradient = solver->levels[SMOOTH_LEVEL_DOUBLE].pass.gradient != NULL;
  return certify_tiles (solver, solver->layout->all_tiles, solver->layout->n_tiles, certificate, error);
}

/**
 * smooth_i_certificate_mark:
 * @position: whose row of Q or neighbour has changed
 * @has_moved: or its own part of the iterate, too
 */
void
smooth_i_certificate_mark (SmoothDeconvolver *solver, gint64 position, gboolean has_moved)
{
  if (solver->has_shares)
    solver->changes[position / SMOOTH_TILE] |= SMOOTH_CHANGE_STALE | (has_moved ? SMOOTH_CHANGE_MOVED : 0);
}

/**
 * smooth_i_certify_changes:
 *
 * As smooth_i_certify(), at the cost of the tiles that were marked since the last certificate. Each tile's share is computed
 * from the iterate, and all are added up in one order: the figures are those of smooth_i_certify() to the bit, however many
 * changes came one after the other.
 */
gboolean
smooth_i_certify_changes (SmoothDeconvolver *solver, SmoothCertificate *certificate, GError **error)
{
  gint64 n = 0, n_tiles = solver->layout->n_tiles;

  if (!solver->has_shares || solver->priors != NULL || solver->levels[SMOOTH_LEVEL_DOUBLE].matrix != solver->matrix)
    return smooth_i_certify (solver, certificate, error);
  for (gint64 t = 0; t < n_tiles; t++)
    {
      guint64 eight = 1;
      if (t % 8 == 0 && t + 8 <= n_tiles)
        memcpy (&eight, solver->changes + t, sizeof eight);
      if (eight == 0)
        {
          t += 7;
          continue;
        }
      if (solver->changes[t] & SMOOTH_CHANGE_MOVED && solver->current == SMOOTH_LEVEL_SINGLE)
        smooth_i_level_copy_tile (solver, t);
      if (solver->changes[t] != 0)
        solver->changed[n++] = (gint32) t;
      solver->changes[t] = 0;
    }
  return certify_tiles (solver, solver->changed, n, certificate, error);
}

/**
 * smooth_i_certificate_find_worst:
 * @kkt: most that a tile's residual may be
 * @gap: most that all bounds may add up to, in the unit of the certificate's
 *
 * Marks the spots of tiles beyond these (local.c), unless they are so many that sweeps over everything serve better.
 *
 * Returns: whether any is marked
 */
gboolean
smooth_i_certificate_find_worst (SmoothDeconvolver *solver, double kkt, double gap)
{
  gint64 n_tiles = solver->layout->n_tiles, n = 0;
  double unit = 2 * solver->reduced->unit * solver->reduced->unit / (double) solver->reduced->n_spots;
  double share = gap / unit / (double) n_tiles;

  for (gint64 t = 0; t < n_tiles; t++)
    if (solver->shares[t].max > kkt || !(solver->shares[t].sums[3] <= share))
      solver->changed[n++] = (gint32) t;
  if (n * 8 > n_tiles)
    return FALSE;
  for (gint64 i = 0; i < n; i++)
    for (gint s = 0; s < SMOOTH_TILE; s++)
      {
        gint64 position = (gint64) solver->changed[i] * SMOOTH_TILE + s;
        if (solver->layout->spots[position] >= 0)
          smooth_i_local_mark (solver, position);
      }
  return n > 0;
}
