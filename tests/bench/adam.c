/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Adam (Kingma, Ba 2015) over w with B = |w|, full gradients. The genes are eliminated as in the solver, which is a
 * present to Adam: an epoch costs 2 K^2 n instead of 4 G K n operations. */
#include "adam.h"

#include "measure.h"

#include <math.h>
#include <string.h>

/* 2/n times the gradient of F in B; returns the objective. */
static double
evaluate (const AdamProblem *problem, const double *b, double *gradient)
{
  gint n = problem->n_types;
  const SmoothSparse *q = problem->q;
  double sum = 0;

  for (gint64 i = 0; i < problem->n_spots; i++)
    {
      const double *x = b + i * n, *r = problem->r + i * n;
      double *g = gradient + i * n;
      memset (g, 0, (gsize) n * sizeof (double));
      for (gint64 e = q->starts[i]; e < q->starts[i + 1]; e++)
        for (gint k = 0; k < n; k++)
          g[k] += q->values[e] * b[(gint64) q->rows[e] * n + k];
      for (gint k = 0; k < n; k++)
        g[k] *= problem->lambda * problem->confidences[k] / n;
      for (gint l = 0; l < n; l++)
        for (gint k = 0; k < n; k++)
          g[k] += problem->h[l * n + k] * x[l];
      for (gint k = 0; k < n; k++)
        {
          sum += x[k] * (g[k] - 2 * r[k]);
          g[k] = 2 * (g[k] - r[k]) / (double) problem->n_spots;
        }
    }
  return (sum + problem->total) / (double) problem->n_spots;
}

/* w = H^-1 R by elimination. */
static void
least_squares (const AdamProblem *problem, double *w)
{
  gint n = problem->n_types;
  g_autofree double *a = g_memdup2 (problem->h, (gsize) (n * n) * sizeof (double));

  memcpy (w, problem->r, (gsize) (problem->n_spots * n) * sizeof (double));
  for (gint k = 0; k < n; k++)
    for (gint i = 0; i < n; i++)
      {
        double factor = i == k ? 0 : a[i * n + k] / a[k * n + k];
        for (gint l = k; l < n; l++)
          a[i * n + l] -= factor * a[k * n + l];
        for (gint64 s = 0; s < problem->n_spots; s++)
          w[s * n + i] -= factor * w[s * n + k];
      }
  for (gint64 s = 0; s < problem->n_spots; s++)
    for (gint k = 0; k < n; k++)
      w[s * n + k] /= a[k * n + k];
}

AdamResult
adam_run (const AdamProblem *problem, double rate, gboolean stop_rule, gint max_epochs, double goal)
{
  gint64 n = problem->n_spots * problem->n_types;
  g_autofree double *w = g_new (double, n);
  g_autofree double *b = g_new (double, n);
  g_autofree double *g = g_new (double, n);
  g_autofree double *first = g_new0 (double, n);
  g_autofree double *second = g_new0 (double, n);
  AdamResult result = { .ms_to_accuracy = NAN };
  double start = thread_cpu_ms (), previous = INFINITY;

  least_squares (problem, w);
  for (gint t = 1; t <= max_epochs; t++)
    {
      for (gint64 e = 0; e < n; e++)
        b[e] = fabs (w[e]);
      result.objective = evaluate (problem, b, g);
      result.n_epochs = t;
      if (isnan (result.ms_to_accuracy) && result.objective <= goal)
        result.ms_to_accuracy = thread_cpu_ms () - start;
      if (stop_rule && fabs (previous - result.objective) < 1e-5)
        break;
      if (!stop_rule && !isnan (result.ms_to_accuracy))
        break;
      previous = result.objective;
      double scale1 = 1 / (1 - pow (0.9, t)), scale2 = 1 / (1 - pow (0.999, t));
      for (gint64 e = 0; e < n; e++)
        {
          double slope = w[e] < 0 ? -g[e] : g[e];
          first[e] = 0.9 * first[e] + 0.1 * slope;
          second[e] = 0.999 * second[e] + 0.001 * slope * slope;
          w[e] -= rate * first[e] * scale1 / (sqrt (second[e] * scale2) + 1e-8);
        }
    }
  result.cpu_ms = thread_cpu_ms () - start;
  return result;
}
