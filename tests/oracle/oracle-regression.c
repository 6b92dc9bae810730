/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The models beyond least squares against a slow method: Newton's on dense matrices in long double, every bound a barrier.
 *
 * Unknowns: all abundances, constants and the tube in one vector. The loss beyond the tube is smoothed by
 * (t + sqrt (t^2 + 4 mu^2)) / 2 on both sides, bounds by -mu log; mu falls by half. Nothing is shared with the solvers:
 * neither blocks nor the form of their smoothing, and the gradient of the data is summed value by value.
 */
#include "../unit/regression-problem.h"

typedef long double Real;

#define LAST_SMOOTHING 1e-13L
#define MAX_STEPS 60

typedef struct
{
  const Regression *r;
  gint length;
  Real *x, *gradient, *hessian, *trial, *step;
  Real mu;
} Oracle;

static gint
tube_at (const Oracle *o)
{
  return (gint) (o->r->n * (o->r->n_types + 1));
}

static gboolean
is_free (const Oracle *o, gint e)
{
  const SmoothDeconvolutionSettings *s = &o->r->settings;
  gint k = e % (o->r->n_types + 1);

  if (e == tube_at (o))
    return s->kind == SMOOTH_MODEL_NUSVR;
  return k < o->r->n_types || s->bias;
}

static gboolean
is_bounded (const Oracle *o, gint e)
{
  return e == tube_at (o) || (e % (o->r->n_types + 1) < o->r->n_types && !o->r->settings.is_signed);
}

/* Adds weight * loss (sign * fit - value - ...) with t = a'x - shift: value, gradient, Hessian along the gene's row. */
static Real
add_value (Oracle *o, const Real *x, gint64 g, gint64 i, gboolean derive)
{
  const Regression *r = o->r;
  const SmoothDeconvolutionSettings *s = &r->settings;
  gint K = r->n_types, size = K + 1, first = (gint) i * size;
  Real y = smooth_matrix_column (r->values, i)[g], fit = x[first + K], genes = (Real) r->n_genes, value = 0;
  Real slope = 0, curvature = 0, by_tube = 0, cross = 0, corner = 0;

  for (gint k = 0; k < K; k++)
    fit += r->signature->values[g + k * r->n_genes] * x[first + k];
  if (s->kind == SMOOTH_MODEL_DWLS)
    {
      Real u = regression_weight (r, g, i);
      value = u * (fit - y) * (fit - y) / genes;
      slope = 2 * u * (fit - y) / genes;
      curvature = 2 * u / genes;
    }
  else
    for (gint side = -1; side <= 1; side += 2)
      {
        Real t = side * (fit - y) - x[tube_at (o)], root = sqrtl (t * t + 4 * o->mu * o->mu), scale = s->svr_cost / genes;
        Real high = (t + root) / 2, a = high / root, d = 2 * o->mu * o->mu / (root * root * root);
        if (s->svr_loss == SMOOTH_SVR_SQUARED)
          {
            value += scale * high * high;
            d = 2 * (a * a + high * d);
            a = 2 * high * a;
          }
        else
          value += scale * high;
        slope += side * scale * a;
        by_tube -= scale * a;
        curvature += scale * d;
        cross -= side * scale * d;
        corner += scale * d;
      }
  for (gint k = 0; k < size && derive; k++)
    {
      Real xk = k < K ? r->signature->values[g + k * r->n_genes] : 1;
      o->gradient[first + k] += slope * xk;
      o->hessian[(first + k) * o->length + tube_at (o)] += cross * xk;
      o->hessian[tube_at (o) * o->length + first + k] += cross * xk;
      for (gint l = 0; l < size; l++)
        o->hessian[(first + k) * o->length + first + l] +=
            curvature * xk * (l < K ? r->signature->values[g + l * r->n_genes] : 1);
    }
  if (derive)
    {
      o->gradient[tube_at (o)] += by_tube;
      o->hessian[tube_at (o) * o->length + tube_at (o)] += corner;
    }
  return value;
}

/* n times the objective and the barriers; with derivatives on demand. INFINITY outside of the bounds. */
static Real
evaluate (Oracle *o, const Real *x, gboolean derive)
{
  const Regression *r = o->r;
  const SmoothDeconvolutionSettings *s = &r->settings;
  gint K = r->n_types, size = K + 1, n = o->length;
  Real sum = 0;

  if (derive)
    {
      memset (o->gradient, 0, (gsize) n * sizeof (Real));
      memset (o->hessian, 0, (gsize) (n * n) * sizeof (Real));
    }
  for (gint64 i = 0; i < r->n; i++)
    for (gint64 g = 0; g < r->n_genes; g++)
      sum += add_value (o, x, g, i, derive);
  for (gint k = 0; k < K; k++)
    for (gint64 i = 0; i < r->n && r->n_precisions > 0; i++)
      {
        const SmoothSparse *q = r->precisions[r->n_precisions == 1 ? 0 : k]->symmetric;
        Real m = 2 * s->lambda * r->confidences[k] / K;
        for (gint64 e = q->starts[i]; e < q->starts[i + 1]; e++)
          {
            gint a = (gint) i * size + k, b = q->rows[e] * size + k;
            sum += m * q->values[e] * x[a] * x[b] / 2;
            if (derive)
              {
                o->gradient[a] += m * q->values[e] * x[b];
                o->hessian[a * n + b] += m * q->values[e];
              }
          }
      }
  if (s->kind == SMOOTH_MODEL_NUSVR)
    {
      sum += s->svr_cost * s->svr_nu * (Real) r->n * x[tube_at (o)];
      if (derive)
        o->gradient[tube_at (o)] += s->svr_cost * s->svr_nu * (Real) r->n;
    }
  for (gint e = 0; e < n; e++)
    {
      if (s->kind == SMOOTH_MODEL_NUSVR && e != tube_at (o) && e % size < K)
        {
          sum += x[e] * x[e] / (2 * K);
          if (derive)
            {
              o->gradient[e] += x[e] / K;
              o->hessian[e * n + e] += 1.0L / K;
            }
        }
      if (!is_free (o, e) || !is_bounded (o, e))
        continue;
      if (!(x[e] > 0))
        return INFINITY;
      sum -= o->mu * logl (x[e]);
      if (derive)
        {
          o->gradient[e] -= o->mu / x[e];
          o->hessian[e * n + e] += o->mu / (x[e] * x[e]);
        }
    }
  return sum;
}

/* step = -hessian^-1 gradient on the free unknowns, by Cholesky's factors in place. */
static void
solve (Oracle *o)
{
  gint n = o->length;
  Real *h = o->hessian;

  for (gint e = 0; e < n; e++)
    {
      o->step[e] = is_free (o, e) ? -o->gradient[e] : 0;
      if (!is_free (o, e))
        for (gint f = 0; f < n; f++)
          h[e * n + f] = h[f * n + e] = e == f;
      h[e * n + e] += 1e-17L * h[e * n + e] + 1e-300L;
    }
  for (gint j = 0; j < n; j++)
    {
      for (gint k = 0; k < j; k++)
        for (gint i = j; i < n; i++)
          h[i * n + j] -= h[i * n + k] * h[j * n + k];
      Real root = sqrtl (fmaxl (h[j * n + j], 1e-300L));
      for (gint i = j; i < n; i++)
        h[i * n + j] /= root;
    }
  for (gint j = 0; j < n; j++)
    {
      for (gint k = 0; k < j; k++)
        o->step[j] -= h[j * n + k] * o->step[k];
      o->step[j] /= h[j * n + j];
    }
  for (gint j = n - 1; j >= 0; j--)
    {
      for (gint k = j + 1; k < n; k++)
        o->step[j] -= h[k * n + j] * o->step[k];
      o->step[j] /= h[j * n + j];
    }
}

static void
minimise (Oracle *o)
{
  for (gint k = 0; k < MAX_STEPS; k++)
    {
      Real before = evaluate (o, o->x, TRUE), slope = 0, length = 1, after = INFINITY;
      solve (o);
      for (gint e = 0; e < o->length; e++)
        slope += o->gradient[e] * o->step[e];
      if (!(slope < -1e-3L * o->mu))
        break;
      for (gint half = 0; half < 60 && !(after <= before + 1e-4L * length * slope); half++, length /= 2)
        {
          for (gint e = 0; e < o->length; e++)
            o->trial[e] = o->x[e] + length * o->step[e];
          after = evaluate (o, o->trial, FALSE);
        }
      memcpy (o->x, o->trial, (gsize) o->length * sizeof (Real));
    }
}

/* The optimum, into @best. */
static void
find_optimum (const Regression *r, SmoothIterate *best)
{
  gint n = (gint) (r->n * (r->n_types + 1)) + 1;
  Oracle o = { .r = r,
               .length = n,
               .x = g_new0 (Real, n),
               .gradient = g_new0 (Real, n),
               .hessian = g_new0 (Real, n * n),
               .trial = g_new0 (Real, n),
               .step = g_new0 (Real, n),
               .mu = 1 };

  for (gint e = 0; e < n; e++)
    o.x[e] = is_free (&o, e) && is_bounded (&o, e) ? 0.5L : 0;
  for (; o.mu > LAST_SMOOTHING; o.mu *= 0.5L)
    minimise (&o);
  for (gint64 i = 0; i < r->n; i++)
    {
      for (gint k = 0; k < r->n_types; k++)
        smooth_matrix_column (best->abundances, i)[k] = (double) o.x[i * (r->n_types + 1) + k];
      best->bias[i] = (double) o.x[i * (r->n_types + 1) + r->n_types];
    }
  best->tube = (double) o.x[tube_at (&o)];
  g_free (o.x);
  g_free (o.gradient);
  g_free (o.hessian);
  g_free (o.trial);
  g_free (o.step);
}

static const struct
{
  const char *name;
  RegressionSolve solve;
  SmoothModelKind kind;
  SmoothSvrLoss loss;
  double tolerance, distance; /* of the solver; of abundances */
} models[] = {
  { "dwls", smooth_i_dwls_solve, SMOOTH_MODEL_DWLS, SMOOTH_SVR_SQUARED, 1e-10, 1e-6 },
  { "nusvr squared", smooth_i_nusvr_solve, SMOOTH_MODEL_NUSVR, SMOOTH_SVR_SQUARED, 1e-10, 1e-6 },
  { "nusvr absolute", smooth_i_nusvr_solve, SMOOTH_MODEL_NUSVR, SMOOTH_SVR_ABSOLUTE, 1e-9, 1e-4 },
};

/* The solver's objective is that optimum's, to its own bound; its bound is true. */
static void
compare (gsize m, gint n_precisions, double lambda, gboolean bias, gboolean is_signed, double nu, guint64 seed)
{
  g_auto (Regression) r = { 0 };
  g_autoptr (GError) error = NULL;
  SmoothInfo info;

  regression_init (&r, 9, 2, 12, lambda, n_precisions, seed);
  r.settings.kind = models[m].kind;
  r.settings.svr_loss = models[m].loss;
  r.settings.svr_nu = nu;
  r.settings.bias = bias;
  r.settings.is_signed = is_signed;
  r.settings.tolerance = models[m].tolerance;
  SmoothProblem problem = regression_problem (&r);
  g_auto (SmoothIterate) found = iterate_new (&r);
  g_auto (SmoothIterate) best = iterate_new (&r);
  g_assert_true (models[m].solve (&problem, &r.settings, &found, NULL, NULL, &info, NULL, &error));
  g_assert_no_error (error);
  find_optimum (&r, &best);

  double optimum = regression_evaluate (&r, &best).objective, value = regression_evaluate (&r, &found).objective,
         distance = 0;
  for (gint64 e = 0; e < r.n * r.n_types; e++)
    distance = fmax (distance, fabs (found.abundances->values[e] - best.abundances->values[e]));
  g_test_message (
      "%s priors %d lambda %g bias %d signed %d nu %g: %s, gap %.1e, above the oracle by %.1e, abundances differ by %.1e",
      models[m].name, n_precisions, lambda, bias, is_signed, nu, smooth_status_get_name (info.status), info.relative_gap,
      value / optimum - 1, distance);
  g_assert_cmpint (info.status, ==, SMOOTH_STATUS_CONVERGED);
  g_assert_cmpfloat (value - optimum, <=, info.relative_gap * value + 1e-13 * value);
  g_assert_cmpfloat (value - optimum, >=, -1e-10 * value);
  g_assert_cmpfloat (distance, <=, models[m].distance);
}

static void
test_models (void)
{
  for (gsize m = 0; m < G_N_ELEMENTS (models); m++)
    for (gint trial = 0; trial < 12; trial++)
      compare (m, trial % 3 == 2 ? 2 : trial % 3, trial % 2 == 0 ? 0.3 : 5, trial % 4 < 2, trial % 6 == 5,
               trial % 5 == 4 ? 0.6 : 0.1, 100 + trial);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/oracle/regression", test_models);
  return g_test_run ();
}
