/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Means of proportions over a region, with the correlation of neighbours.
 *
 * The mean of p_k over spots R is to first order a linear function w of B, w_ls = (delta_kl - p_ks) / (t_s |R|) on the active
 * entries of R. Its variance is (s^2/G) w' A^-1 w: one solve, by conjugate gradients with the spots' own blocks
 * S_s = H + diag (m) q_ss as preconditioner, so that no factor of A is needed at any size. Entries at the bound add
 * their own variances.
 */
#include "base/error.h"
#include "base/parallel.h"
#include "model/uncertainty-private.h"

#include <math.h>
#include <string.h>

#define TOLERANCE 1e-5 /* of the residual, in the preconditioner's norm: the variance is off by its square */
#define MOST_ITERATIONS 10000

typedef enum
{
  STEP_APPLY,        /* y <- A x, having Q x in y */
  STEP_PRECONDITION, /* y <- S^-1 x */
} Step;

typedef struct
{
  const SmoothPosterior *posterior;
  Step step;
  const SmoothMatrix *x;
  SmoothMatrix *y;
  double *dots; /* of each block: x'y */
} Work;

static double
step_spot (const Work *work, gint64 s, gint *active, double *block)
{
  const SmoothPosterior *posterior = work->posterior;
  const SmoothReduced *reduced = posterior->reduced;
  gint n = reduced->n_types, n_active = smooth_i_posterior_active (posterior, s, active);
  const double *x = smooth_matrix_column (work->x, s);
  double *y = smooth_matrix_column (work->y, s), dot = 0.0;
  gboolean precondition = work->step == STEP_PRECONDITION;

  if (precondition)
    {
      memset (y, 0, (gsize) n * sizeof (double));
      if (!smooth_i_posterior_local (posterior, s, active, n_active, block))
        for (gint e = 0; e < n_active * n_active; e++)
          block[e] = e % (n_active + 1) == 0;
    }
  for (gint i = 0; i < n_active; i++)
    {
      gint k = active[i];
      double sum = precondition ? 0.0 : posterior->m[k] * y[k];
      for (gint j = 0; j < n_active; j++)
        sum += (precondition ? block[i + j * n_active] : reduced->h[k * n + active[j]]) * x[active[j]];
      y[k] = sum;
      dot += x[k] * sum;
    }
  return dot;
}

static void
step_block (gint64 number, gint worker, gpointer data)
{
  const Work *work = data;
  const SmoothReduced *reduced = work->posterior->reduced;
  g_autofree gint *active = g_new (gint, reduced->n_types);
  g_autofree double *block = g_new (double, reduced->n_types * reduced->n_types);

  (void) worker;
  work->dots[number] = 0.0;
  for (gint64 s = number * SMOOTH_POSTERIOR_BLOCK; s < MIN (reduced->n_spots, (number + 1) * SMOOTH_POSTERIOR_BLOCK); s++)
    work->dots[number] += step_spot (work, s, active, block);
}

/* Returns: x'y in an order that threads do not change */
static double
run_step (Work *work, Step step, const SmoothMatrix *x, SmoothMatrix *y, SmoothRun *run)
{
  gint64 n_blocks = (work->posterior->reduced->n_spots + SMOOTH_POSTERIOR_BLOCK - 1) / SMOOTH_POSTERIOR_BLOCK;
  double sum = 0.0;

  work->step = step;
  work->x = x;
  work->y = y;
  smooth_i_parallel (smooth_run_get_n_threads (run), n_blocks, step_block, work);
  for (gint64 b = 0; b < n_blocks; b++)
    sum += work->dots[b];
  return sum;
}

static gboolean
iterate (Work *work, SmoothMatrix *x, SmoothMatrix *r, SmoothMatrix *z, SmoothMatrix *p, SmoothMatrix *ap, SmoothRun *run, GError **error)
{
  const SmoothPosterior *posterior = work->posterior;
  gint64 size = x->n_rows * x->n_cols;
  double rz = run_step (work, STEP_PRECONDITION, r, z, run), start = rz;

  memcpy (p->values, z->values, (gsize) size * sizeof (double));
  for (gint i = 0; i < MOST_ITERATIONS && rz > TOLERANCE * TOLERANCE * start; i++)
    {
      if (!smooth_run_check (run, error))
        return FALSE;
      if (posterior->precision != NULL && !smooth_precision_apply (posterior->precision, p, ap, run, error))
        return FALSE;
      double pap = run_step (work, STEP_APPLY, p, ap, run);
      if (!(pap > 0.0))
        break;
      double step = rz / pap;
      for (gint64 e = 0; e < size; e++)
        {
          gboolean is_active = posterior->abundances->values[e] > 0.0;
          x->values[e] += is_active ? step * p->values[e] : 0.0;
          r->values[e] -= is_active ? step * ap->values[e] : 0.0;
        }
      double next = run_step (work, STEP_PRECONDITION, r, z, run), ratio = next / rz;
      rz = next;
      for (gint64 e = 0; e < size; e++)
        p->values[e] = z->values[e] + ratio * p->values[e];
    }
  if (rz <= 1e-8 * start)
    return TRUE;
  smooth_error_set (error, SMOOTH_ERROR_NUMERIC,
                    "the variance of a mean was not found in %d steps: some types cannot be told apart", MOST_ITERATIONS);
  return FALSE;
}

/**
 * smooth_i_posterior_solve:
 * @right: n_types x n_spots, 0 at the bounds
 * @x: (out): n_types x n_spots: A^-1 @right on the active set
 *
 * O(iterations n K (K^2 + neighbours)); 4 K n doubles.
 */
gboolean
smooth_i_posterior_solve (const SmoothPosterior *posterior, const SmoothMatrix *right, SmoothMatrix *x, SmoothRun *run, GError **error)
{
  SmoothMatrix *parts[4] = { NULL };
  gint64 n_blocks = (right->n_cols + SMOOTH_POSTERIOR_BLOCK - 1) / SMOOTH_POSTERIOR_BLOCK;
  g_autofree double *dots = g_new0 (double, n_blocks + 1);
  Work work = { .posterior = posterior, .dots = dots };
  gboolean done = TRUE;

  for (gint i = 0; i < 4 && done; i++)
    done = (parts[i] = smooth_matrix_new (right->n_rows, right->n_cols, error)) != NULL;
  if (done)
    {
      memset (x->values, 0, (gsize) (x->n_rows * x->n_cols) * sizeof (double));
      memcpy (parts[0]->values, right->values, (gsize) (right->n_rows * right->n_cols) * sizeof (double));
      done = iterate (&work, x, parts[0], parts[1], parts[2], parts[3], run, error);
    }
  for (gint i = 0; i < 4; i++)
    smooth_matrix_unref (parts[i]);
  return done;
}

/* The weights of type k's mean over those spots of a region that have any abundance; returns its variance by entries at the
 * bound. */
static double
make_weights (const SmoothUncertainty *uncertainty, const gint32 *spots, gint64 n_spots, double n_used, gint k, SmoothMatrix *weights,
              double *mean)
{
  const SmoothPosterior *posterior = uncertainty->posterior;
  gint n = (gint) uncertainty->n_types;
  double at_bound = 0.0;

  memset (weights->values, 0, (gsize) (weights->n_rows * weights->n_cols) * sizeof (double));
  *mean = 0.0;
  for (gint64 i = 0; i < n_spots; i++)
    {
      const double *b = smooth_matrix_column (posterior->abundances, spots[i]);
      double *w = smooth_matrix_column (weights, spots[i]), total = 0.0;
      for (gint l = 0; l < n; l++)
        total += b[l];
      if (total == 0.0)
        continue;
      *mean += b[k] / total / n_used;
      for (gint l = 0; l < n; l++)
        if (b[l] > 0.0)
          w[l] += ((l == k ? 1.0 : 0.0) - b[k] / total) / (total * n_used);
      double alone = smooth_matrix_column (uncertainty->proportions, spots[i])[k] / n_used;
      at_bound += b[k] > 0.0 || !isfinite (alone) ? 0.0 : alone * alone;
    }
  return at_bound;
}

static gboolean
check_spots (const SmoothUncertainty *uncertainty, const gint32 *spots, gint64 n_spots, double *n_used, GError **error)
{
  const SmoothPosterior *posterior = uncertainty->posterior;

  *n_used = 0.0;
  for (gint64 i = 0; i < n_spots; i++)
    {
      if (spots[i] < 0 || spots[i] >= uncertainty->n_spots)
        {
          smooth_error_set (error, SMOOTH_ERROR_VALUE, "a region: expected spots 0 to %" PRId64 ", found %d",
                            uncertainty->n_spots - 1, spots[i]);
          return FALSE;
        }
      const double *b = smooth_matrix_column (posterior->abundances, spots[i]);
      gboolean any = FALSE;
      for (gint k = 0; k < uncertainty->n_types; k++)
        any = any || b[k] > 0.0;
      *n_used += any;
    }
  return TRUE;
}

/**
 * smooth_uncertainty_get_region:
 * @spots: n_spots numbers of spots, each once
 * @means: (out): n_types: mean proportions over those of the spots that have any abundance; NAN of none
 * @deviations: (out): n_types: their standard deviations
 *
 * One solve a type (see above), exact within the model however the spots' own deviations were found.
 */
gboolean
smooth_uncertainty_get_region (const SmoothUncertainty *uncertainty, const gint32 *spots, gint64 n_spots, double *means,
                               double *deviations, SmoothRun *run, GError **error)
{
  const SmoothPosterior *posterior = uncertainty->posterior;
  double n_used;

  if (!check_spots (uncertainty, spots, n_spots, &n_used, error))
    return FALSE;
  g_autoptr (SmoothMatrix) weights = smooth_matrix_new (uncertainty->n_types, uncertainty->n_spots, error);
  g_autoptr (SmoothMatrix) solved = weights != NULL ? smooth_matrix_new (uncertainty->n_types, uncertainty->n_spots, error) : NULL;
  for (gint k = 0; solved != NULL && k < uncertainty->n_types; k++)
    {
      means[k] = deviations[k] = NAN;
      if (n_used == 0.0)
        continue;
      double variance = 0.0, at_bound = make_weights (uncertainty, spots, n_spots, n_used, k, weights, &means[k]);
      if (!smooth_i_posterior_solve (posterior, weights, solved, run, error))
        return FALSE;
      for (gint64 e = 0; e < weights->n_rows * weights->n_cols; e++)
        variance += weights->values[e] * solved->values[e];
      deviations[k] = sqrt (posterior->noise / (double) posterior->reduced->n_genes * variance + at_bound);
    }
  return solved != NULL;
}
