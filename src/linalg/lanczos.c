/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lanczos' iteration for the smallest and the largest eigenvalue of a symmetric operator.
 *
 * A V_m = V_m T_m + beta_m v_{m+1} e_m^T with orthonormal V_m and tridiagonal T_m. An eigenvalue theta of T_m, whose
 * eigenvector ends with s, is within beta_m |s| of an eigenvalue of A. No vectors are stored or orthogonalised again:
 * rounding then repeats eigenvalues that have converged, yet moves none and leaves the error bound valid (C. C. Paige,
 * Linear Algebra and its Applications 34 (1980) 235), and only the two ends are wanted. Three vectors are enough at any n.
 */
#include "linalg/lanczos.h"

#include "base/rng.h"
#include "linalg/dense.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define CHECK_INTERVAL 10
#define CHUNK 4096

/* T: m diagonal values a, and b[i] between i and i + 1. */
typedef struct
{
  double *a;
  double *b;
  gint m;
} Tridiagonal;

static inline double
away_from_zero (double pivot)
{
  return fabs (pivot) < DBL_MIN ? -DBL_MIN : pivot;
}

/* The number of eigenvalues below x: the negative pivots of T - x (Sturm). */
static gint
count_below (const Tridiagonal *t, double x)
{
  double pivot = away_from_zero (t->a[0] - x);
  gint count = pivot < 0.0;

  for (gint i = 1; i < t->m; i++)
    {
      pivot = away_from_zero (t->a[i] - x - t->b[i - 1] * t->b[i - 1] / pivot);
      count += pivot < 0.0;
    }
  return count;
}

/* The eigenvalue number `index` (0: the smallest), by bisection to the last bits. */
static double
bisect (const Tridiagonal *t, gint index)
{
  double low = INFINITY, high = -INFINITY;

  for (gint i = 0; i < t->m; i++)
    {
      double reach = (i > 0 ? fabs (t->b[i - 1]) : 0.0) + (i < t->m - 1 ? fabs (t->b[i]) : 0.0);
      low = MIN (low, t->a[i] - reach);
      high = MAX (high, t->a[i] + reach);
    }
  double resolution = 2.0 * DBL_EPSILON * MAX (fabs (low), fabs (high));
  while (high - low > resolution)
    {
      double middle = 0.5 * (low + high);
      if (middle <= low || middle >= high)
        break;
      if (count_below (t, middle) > index)
        high = middle;
      else
        low = middle;
    }
  return 0.5 * (low + high);
}

/* |s|: how the unit eigenvector of the eigenvalue theta ends.
 *
 * T - theta is factored from the top and from the bottom; the two meet at the place k where their pivots leave the smallest
 * remainder, which is where the eigenvector is large. From 1 there both factors give the other entries, each shrinking on
 * its way (K. V. Fernando, SIAM J. Matrix Anal. Appl. 18 (1997) 1013). Substitution from one end alone would drown in
 * rounding once theta has converged. scratch: 2 m doubles. */
static double
last_component (const Tridiagonal *t, double theta, double *scratch)
{
  double *down = scratch, *up = scratch + t->m;
  gint last = t->m - 1, k = 0;
  double least = INFINITY;

  down[0] = away_from_zero (t->a[0] - theta);
  up[last] = away_from_zero (t->a[last] - theta);
  for (gint i = 1; i <= last; i++)
    {
      down[i] = away_from_zero (t->a[i] - theta - t->b[i - 1] * t->b[i - 1] / down[i - 1]);
      up[last - i] = away_from_zero (t->a[last - i] - theta - t->b[last - i] * t->b[last - i] / up[last - i + 1]);
    }
  for (gint i = 0; i <= last; i++)
    {
      double remainder = fabs (down[i] + up[i] - (t->a[i] - theta));
      if (remainder < least)
        {
          least = remainder;
          k = i;
        }
    }

  double norm2 = 1.0, z = 1.0;
  for (gint i = k - 1; i >= 0; i--)
    {
      z *= -t->b[i] / down[i];
      norm2 += z * z;
    }
  z = 1.0;
  for (gint i = k + 1; i <= last; i++)
    {
      z *= -t->b[i - 1] / up[i];
      norm2 += z * z;
    }
  return isfinite (norm2) ? fabs (z) / sqrt (norm2) : 1.0;
}

/* Sums chunks in order: does not depend on how a compiler or a later version splits the loop over threads. */
static double
dot (const double *x, const double *y, gint64 n)
{
  double sum = 0.0;

  for (gint64 first = 0; first < n; first += CHUNK)
    {
      gint64 last = MIN (first + CHUNK, n);
      double part = 0.0;
      for (gint64 i = first; i < last; i++)
        part += x[i] * y[i];
      sum += part;
    }
  return sum;
}

/* A start that no eigenvector is likely to be orthogonal to; with a positive mean, as the first one of weights has. */
static void
set_start (double *v, gint64 n)
{
  SmoothRng rng;

  smooth_i_rng_init (&rng, 1, 0);
  for (gint64 i = 0; i < n; i++)
    v[i] = smooth_i_rng_uniform (&rng) + 0.1;

  double scale = 1.0 / sqrt (dot (v, v, n));
  for (gint64 i = 0; i < n; i++)
    v[i] *= scale;
}

/* One step: from v, the previous vector and beta between them to the next vector, alpha and beta. */
static void
step (SmoothApplyFunc apply, gpointer data, gint64 n, const double *v, const double *previous, double *next,
      double beta_previous, double *alpha, double *beta)
{
  apply (v, next, data);
  for (gint64 i = 0; i < n; i++)
    next[i] -= beta_previous * previous[i];
  *alpha = dot (v, next, n);
  for (gint64 i = 0; i < n; i++)
    next[i] -= *alpha * v[i];
  *beta = sqrt (dot (next, next, n));
  if (*beta > 0.0)
    for (gint64 i = 0; i < n; i++)
      next[i] /= *beta;
}

/* Returns: TRUE where both ends are known to the tolerance */
static gboolean
measure (const Tridiagonal *t, double tolerance, double *scratch, SmoothSpectrum *spectrum)
{
  double beta = t->b[t->m - 1];

  spectrum->n_steps = t->m;
  spectrum->min = bisect (t, 0);
  spectrum->max = bisect (t, t->m - 1);
  spectrum->min_error = beta * last_component (t, spectrum->min, scratch);
  spectrum->max_error = beta * last_component (t, spectrum->max, scratch);

  double scale = MAX (fabs (spectrum->min), fabs (spectrum->max));
  return MAX (spectrum->min_error, spectrum->max_error) <= tolerance * scale || beta <= 4.0 * DBL_EPSILON * scale;
}

static gboolean
iterate (SmoothApplyFunc apply, gpointer data, gint64 n, gint max_steps, double tolerance, double *vectors, Tridiagonal *t,
         double *scratch, SmoothSpectrum *spectrum, SmoothRun *run, GError **error)
{
  double *previous = vectors, *v = vectors + n, *next = vectors + 2 * n;

  set_start (v, n);
  for (t->m = 1; t->m <= max_steps; t->m++)
    {
      gint i = t->m - 1;
      if (!smooth_run_check (run, error))
        return FALSE;
      step (apply, data, n, v, previous, next, i > 0 ? t->b[i - 1] : 0.0, &t->a[i], &t->b[i]);
      gboolean due = t->m % CHECK_INTERVAL == 0 || t->m == max_steps || t->b[i] <= 4.0 * DBL_EPSILON * fabs (t->a[i]);
      if (due && measure (t, tolerance, scratch, spectrum))
        break;
      double *free_vector = previous;
      previous = v;
      v = next;
      next = free_vector;
    }
  return TRUE;
}

/**
 * smooth_i_lanczos:
 * @apply: multiplies by a symmetric matrix
 * @n: its size, > 0
 * @max_steps: so many multiplications at most
 * @tolerance: stop once both errors are below this share of the largest absolute eigenvalue
 * @spectrum: (out): both ends, with the errors that were reached
 *
 * The same bits every time: the start is fixed. Dense ends, as those of a large lattice, converge slowly: look at the
 * errors.
 *
 * @max_steps times the cost of @apply; 3 n doubles.
 */
gboolean
smooth_i_lanczos (SmoothApplyFunc apply, gpointer data, gint64 n, gint max_steps, double tolerance, SmoothSpectrum *spectrum,
                  SmoothRun *run, GError **error)
{
  double *vectors = smooth_i_try_alloc (3 * n, sizeof (double), "Lanczos vectors", error);
  if (vectors == NULL)
    return FALSE;

  g_autofree double *scratch = g_new0 (double, 4 * max_steps);
  Tridiagonal t = { .a = scratch, .b = scratch + max_steps };
  gboolean done = iterate (apply, data, n, max_steps, tolerance, vectors, &t, scratch + 2 * max_steps, spectrum, run, error);
  smooth_i_free (vectors);
  return done;
}
