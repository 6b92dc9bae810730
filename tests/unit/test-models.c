/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of the one solver for all models: which one runs, from where, with which lambda, and what is said of it. */
#include "base/error.h"
#include "model/deconvolution-private.h"
#include "model/strength.h"
#include "precision/loss.h"
#include "regression-problem.h"

#define N_MODELS (SMOOTH_MODEL_LOGNORMAL + 1)

static SmoothDeconvolver *
make_solver (const Regression *r, gboolean bias)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothReduced) reduced = smooth_reduced_new (r->signature, r->expression, bias, NULL, &error);
  g_assert_no_error (error);
  SmoothDeconvolver *solver = smooth_deconvolver_new (reduced);

  if (r->n_precisions == 1)
    g_assert_true (smooth_deconvolver_set_precision (solver, r->precisions[0], r->confidences, &error));
  else if (r->n_precisions > 1)
    g_assert_true (smooth_deconvolver_set_precisions (solver, r->precisions, r->confidences, &error));
  return solver;
}

static SmoothDeconvolutionSettings
settings_for (const Regression *r, SmoothModelKind kind)
{
  SmoothDeconvolutionSettings settings = r->settings;

  settings.kind = kind;
  settings.tolerance = 1e-8;
  return settings;
}

static SmoothMatrix *
solve (SmoothDeconvolver *solver, const SmoothDeconvolutionSettings *settings, SmoothInfo *info)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (smooth_deconvolver_solve (solver, settings, NULL, NULL, info, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (info->status, ==, SMOOTH_STATUS_CONVERGED);
  return smooth_deconvolver_dup_abundances (solver, NULL);
}

static double
largest_difference (const SmoothMatrix *a, const SmoothMatrix *b)
{
  double largest = 0;

  for (gint64 e = 0; e < a->n_rows * a->n_cols; e++)
    largest = fmax (largest, fabs (a->values[e] - b->values[e]));
  return largest;
}

/* Every model solves its own problem, which plain loops evaluate, whichever was solved before it. */
static void
test_order (void)
{
  g_auto (Regression) r = { 0 };
  SmoothMatrix *first[N_MODELS];
  SmoothInfo info;

  for (gint n_precisions = 0; n_precisions <= 4; n_precisions += n_precisions == 0 ? 1 : 3)
    {
      regression_init (&r, 60, 4, 20, 0.5, n_precisions, 3);
      for (gint kind = 0; kind < N_MODELS; kind++)
        {
          SmoothDeconvolutionSettings settings = settings_for (&r, (SmoothModelKind) kind);
          g_autoptr (SmoothDeconvolver) solver = make_solver (&r, TRUE);
          first[kind] = solve (solver, &settings, &info);
          g_assert_true (info.is_local == (kind == SMOOTH_MODEL_LOGNORMAL));
          g_assert_true (isnan (info.relative_gap) == info.is_local);
          for (gint other = 0; other < kind; other++)
            g_assert_cmpfloat (largest_difference (first[kind], first[other]), >, 1e-4);
          if (kind < SMOOTH_MODEL_DWLS)
            continue;
          g_autofree double *bias = smooth_deconvolver_dup_bias (solver);
          Regression own = r;
          own.settings = settings;
          SmoothIterate iterate = { first[kind], bias, solver->tube };
          RegressionTerms terms = regression_evaluate (&own, &iterate);
          g_assert_cmpfloat_with_epsilon (info.objective, terms.objective, 1e-9 * terms.objective);
          g_assert_cmpfloat_with_epsilon (info.spatial_term, terms.spatial, 1e-9 * terms.objective);
        }
      g_autoptr (SmoothDeconvolver) solver = make_solver (&r, TRUE);
      for (gint from = 0; from < N_MODELS; from++)
        for (gint to = 0; to < N_MODELS; to++)
          {
            SmoothDeconvolutionSettings before = settings_for (&r, (SmoothModelKind) from),
                                        after = settings_for (&r, (SmoothModelKind) to);
            g_autoptr (SmoothMatrix) there = solve (solver, &before, &info);
            g_autoptr (SmoothMatrix) here = solve (solver, &after, &info);
            g_assert_cmpfloat (largest_difference (there, first[from]), <, 1e-5);
            g_assert_cmpfloat (largest_difference (here, first[to]), <, 1e-5);
          }
      for (gint kind = 0; kind < N_MODELS; kind++)
        smooth_matrix_unref (first[kind]);
      regression_clear (&r);
    }
  r = (Regression){ 0 };
}

/* Another lambda starts from the optimum before and ends where a new solver does; a given start is used. */
static void
test_starts (void)
{
  g_auto (Regression) r = { 0 };
  g_autoptr (GError) error = NULL;
  SmoothInfo info;

  regression_init (&r, 80, 4, 20, 0.5, 1, 4);
  for (gint kind = 0; kind < N_MODELS; kind++)
    {
      SmoothDeconvolutionSettings settings = settings_for (&r, (SmoothModelKind) kind);
      g_autoptr (SmoothDeconvolver) warm = make_solver (&r, TRUE);
      g_autoptr (SmoothMatrix) before = solve (warm, &settings, &info);
      settings.lambda *= 1.2;
      g_autoptr (SmoothMatrix) after = solve (warm, &settings, &info);
      g_autoptr (SmoothDeconvolver) cold = make_solver (&r, TRUE);
      g_autoptr (SmoothMatrix) expected = solve (cold, &settings, &info);
      g_assert_cmpfloat (largest_difference (before, after), >, 1e-4);
      g_assert_cmpfloat (largest_difference (after, expected), <, 1e-5);

      /* From the optimum itself nothing is left to do. */
      gint n_cold = info.iterations;
      g_assert_true (smooth_deconvolver_set_abundances (warm, expected, &error));
      g_autoptr (SmoothMatrix) again = solve (warm, &settings, &info);
      if (kind != SMOOTH_MODEL_NUSVR) /* of which the tube is not given */
        g_assert_cmpint (info.iterations, <=, n_cold);
      g_assert_cmpfloat (largest_difference (again, expected), <, 1e-5);

      /* Cold again: the same bits. */
      smooth_deconvolver_reset (warm);
      g_autoptr (SmoothMatrix) fresh = solve (warm, &settings, &info);
      g_assert_cmpfloat (largest_difference (fresh, expected), ==, 0);
    }
}

/* A strength is a lambda of the objective, and of a size that smooths about as much in every model. */
static void
test_strength (void)
{
  g_auto (Regression) r = { 0 };
  SmoothInfo info;

  regression_init (&r, 80, 4, 30, 0.5, 1, 5);
  for (gint kind = 0; kind < N_MODELS; kind++)
    for (gint loss = SMOOTH_SVR_SQUARED; loss <= (kind == SMOOTH_MODEL_NUSVR ? SMOOTH_SVR_ABSOLUTE : SMOOTH_SVR_SQUARED);
         loss++)
      {
        SmoothDeconvolutionSettings settings = settings_for (&r, (SmoothModelKind) kind);
        settings.svr_loss = loss;
        g_autoptr (SmoothDeconvolver) solver = make_solver (&r, TRUE);
        double unit = smooth_strength_get_unit (solver->reduced, &settings, r.precisions[0], r.confidences);
        settings.lambda = 0.3 * unit;
        g_autoptr (SmoothMatrix) absolute = solve (solver, &settings, &info);
        settings.lambda = 0.3;
        settings.lambda_unit = SMOOTH_LAMBDA_RELATIVE;
        smooth_deconvolver_reset (solver);
        g_autoptr (SmoothMatrix) relative = solve (solver, &settings, &info);
        /* The last bit of lambda may choose another way to the optimum of plain distances. */
        g_assert_cmpfloat (largest_difference (absolute, relative), <, loss == SMOOTH_SVR_ABSOLUTE ? 1e-6 : 1e-9);

        /* What is left of the roughness of the plain fit. */
        settings.lambda = 0;
        g_autoptr (SmoothMatrix) plain = solve (solver, &settings, &info);
        double left, all;
        g_assert_true (smooth_spatial_loss (r.precisions[0], relative, NULL, TRUE, &left, NULL, NULL, NULL));
        g_assert_true (smooth_spatial_loss (r.precisions[0], plain, NULL, TRUE, &all, NULL, NULL, NULL));
        g_test_message ("%s: unit %.4g, roughness %.3f of %.3f", smooth_model_get_name ((SmoothModelKind) kind), unit, left,
                        all);
        g_assert_cmpfloat (left / all, >, 0.15);
        g_assert_cmpfloat (left / all, <, 0.85);
      }
}

/* The unit of each model follows the units of the data where the model does. */
static void
test_units (void)
{
  g_auto (Regression) r = { 0 };

  regression_init (&r, 50, 3, 20, 1, 1, 6);
  for (gint64 e = 0; e < r.n_genes * r.n; e++)
    r.values->values[e] = fabs (r.values->values[e]) < 0.3 ? 0 : fabs (r.values->values[e]);
  regression_take_values (&r);
  for (gint kind = 0; kind < N_MODELS; kind++)
    {
      SmoothDeconvolutionSettings settings = settings_for (&r, (SmoothModelKind) kind);
      g_autoptr (SmoothReduced) reduced = smooth_reduced_new (r.signature, r.expression, TRUE, NULL, NULL);
      double unit = smooth_strength_get_unit (reduced, &settings, r.precisions[0], r.confidences);

      /* By plain loops: the mean over spots of X' diag (w) X, X centred by the mean weights. */
      double trace = 0, diagonal = 0, confidence = 0;
      g_autofree double *weights = g_new0 (double, r.n_genes);
      for (gint64 i = 0; i < r.n; i++)
        {
          const double *y = smooth_matrix_column (r.values, i);
          double largest = 1 / settings.dwls_cap;
          for (gint64 g = 0; g < r.n_genes; g++)
            largest = fmax (largest, y[g]);
          for (gint64 g = 0; g < r.n_genes; g++)
            {
              double w = kind == SMOOTH_MODEL_NUSVR ? settings.svr_cost : 1;
              if (kind == SMOOTH_MODEL_LOGNORMAL)
                w = pow (y[g] + settings.log_offset, -2);
              if (kind == SMOOTH_MODEL_DWLS)
                w = fmin (pow (largest / fmax (y[g], 1 / settings.dwls_cap), 2), settings.dwls_cap);
              weights[g] += w / (double) r.n;
            }
          diagonal += r.precisions[0]->diagonal[i] / (double) r.n;
        }
      for (gint k = 0; k < r.n_types; k++)
        {
          const double *x = smooth_matrix_column (r.signature, k);
          double sum = 0, total = 0;
          for (gint64 g = 0; g < r.n_genes; g++)
            {
              sum += weights[g] * x[g];
              total += weights[g];
            }
          for (gint64 g = 0; g < r.n_genes; g++)
            trace += weights[g] * pow (x[g] - sum / total, 2) / (double) r.n_genes;
          confidence += r.confidences[k] / r.n_types;
        }
      g_assert_cmpfloat_with_epsilon (unit, trace / (confidence * diagonal), 1e-9 * unit);
    }
}

static gboolean
count (SmoothDeconvolver *solver, const SmoothInfo *info, gpointer data)
{
  g_autoptr (SmoothMatrix) b = smooth_deconvolver_dup_abundances (solver, NULL);
  double sum = 0;

  g_assert_cmpint (info->status, ==, SMOOTH_STATUS_IMPROVING);
  for (gint64 e = 0; e < b->n_rows * b->n_cols; e++)
    sum += b->values[e];
  g_assert_true (isfinite (sum) && sum > 0);
  return --*(gint *) data > 0;
}

/* Iterates can be looked at while a model is solved; cancelling is an error that leaves a solver to go on with. */
static void
test_interruption (void)
{
  g_auto (Regression) r = { 0 };

  regression_init (&r, 200, 4, 30, 1, 1, 7);
  for (gint kind = SMOOTH_MODEL_DWLS; kind < N_MODELS; kind++)
    {
      SmoothDeconvolutionSettings settings = settings_for (&r, (SmoothModelKind) kind);
      g_autoptr (SmoothDeconvolver) solver = make_solver (&r, TRUE);
      g_autoptr (SmoothRun) run = smooth_run_new (1);
      g_autoptr (GError) error = NULL;
      gint n_left = 1;
      SmoothInfo info;

      g_assert_true (smooth_deconvolver_solve (solver, &settings, count, &n_left, &info, NULL, &error));
      g_assert_cmpint (n_left, ==, 0);
      g_assert_cmpint (info.status, ==, SMOOTH_STATUS_IMPROVING);
      smooth_run_cancel (run);
      g_assert_false (smooth_deconvolver_solve (solver, &settings, NULL, NULL, &info, run, &error));
      g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_CANCELLED);
      g_autoptr (SmoothMatrix) b = solve (solver, &settings, &info);
    }
}

/* Threads change no bit, also where each type has a prior of its own; a cancelled solve is an error, and the next one goes
 * on. */
static void
test_threads (void)
{
  for (gint n_precisions = 1; n_precisions <= 5; n_precisions += 4)
    {
      g_auto (Regression) r = { 0 };

      regression_init (&r, 2500, 5, 20, 0.5, n_precisions, 12);
      for (gint kind = 0; kind < N_MODELS; kind++)
        {
          SmoothDeconvolutionSettings settings = settings_for (&r, (SmoothModelKind) kind);
          g_autoptr (SmoothMatrix) first = NULL;
          settings.tolerance = 1e-6;
          for (gint n = 1; n <= 3; n += 2)
            {
              g_autoptr (SmoothDeconvolver) solver = make_solver (&r, TRUE);
              g_autoptr (SmoothRun) run = smooth_run_new (n), cancelled = smooth_run_new (n);
              g_autoptr (GError) error = NULL;
              SmoothInfo info;

              smooth_run_cancel (cancelled);
              g_assert_false (smooth_deconvolver_solve (solver, &settings, NULL, NULL, &info, cancelled, &error));
              g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_CANCELLED);
              g_clear_error (&error);
              smooth_deconvolver_reset (solver);
              g_assert_true (smooth_deconvolver_solve (solver, &settings, NULL, NULL, &info, run, &error));
              g_assert_cmpint (info.status, ==, SMOOTH_STATUS_CONVERGED);
              g_autoptr (SmoothMatrix) b = smooth_deconvolver_dup_abundances (solver, NULL);
              if (first == NULL)
                first = g_steal_pointer (&b);
              else
                g_assert_cmpfloat (largest_difference (first, b), ==, 0);
            }
        }
    }
}

/* Priors that do not fit are refused, and the solver keeps those that it had. */
static void
test_refused (void)
{
  g_auto (Regression) r = { 0 };
  g_auto (Regression) other = { 0 };
  g_autoptr (GError) error = NULL;
  SmoothInfo info;

  regression_init (&r, 40, 3, 10, 0.5, 3, 13);
  regression_init (&other, 41, 3, 10, 0.5, 3, 13);
  for (gint kind = 0; kind < N_MODELS; kind++)
    {
      SmoothDeconvolutionSettings settings = settings_for (&r, (SmoothModelKind) kind);
      g_autoptr (SmoothDeconvolver) solver = make_solver (&r, TRUE);
      g_autoptr (SmoothMatrix) before = solve (solver, &settings, &info);
      SmoothPrecision *mixed[] = { r.precisions[0], other.precisions[1], r.precisions[2] };
      const double confidences[] = { 1, NAN, 1 };

      g_assert_false (smooth_deconvolver_set_precisions (solver, mixed, r.confidences, &error));
      g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_MISMATCH);
      g_clear_error (&error);
      g_assert_false (smooth_deconvolver_set_precisions (solver, r.precisions, confidences, &error));
      g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
      g_clear_error (&error);
      g_assert_false (smooth_deconvolver_set_precision (solver, other.precisions[0], NULL, &error));
      g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_MISMATCH);
      g_clear_error (&error);
      smooth_deconvolver_reset (solver);
      g_autoptr (SmoothMatrix) after = solve (solver, &settings, &info);
      g_assert_cmpfloat (largest_difference (before, after), ==, 0);
    }
}

/* One type, one gene, one spot, no smoothing and a great deal of it, empty data, equal types. */
static void
test_limits (void)
{
  const struct
  {
    gint64 n;
    gint n_types;
    gint64 n_genes;
    double lambda;
    gint n_precisions;
  } cases[] = {
    { 30, 1, 10, 1, 1 },   { 30, 3, 1, 1, 1 },  { 1, 3, 10, 1, 0 }, { 30, 3, 10, 0, 1 },
    { 30, 3, 10, 1e6, 1 }, { 30, 3, 10, 1, 3 }, { 30, 1, 1, 1, 1 },
  };

  for (gint kind = 0; kind < N_MODELS; kind++)
    for (gsize c = 0; c < G_N_ELEMENTS (cases); c++)
      for (gint change = 0; change < 3; change++)
        {
          g_auto (Regression) r = { 0 };
          SmoothDeconvolutionSettings settings;
          g_autoptr (GError) error = NULL;
          SmoothInfo info;

          regression_init (&r, cases[c].n, cases[c].n_types, cases[c].n_genes, cases[c].lambda, cases[c].n_precisions,
                           8 + c);
          if (change == 1) /* one empty spot, or nothing at all */
            memset (r.values->values, 0, (gsize) (r.n_genes * (c % 2 == 0 ? r.n : 1)) * sizeof (double));
          if (change == 2)
            for (gint k = 1; k < r.n_types; k++)
              memcpy (smooth_matrix_column (r.signature, k), r.signature->values, (gsize) r.n_genes * sizeof (double));
          regression_take_values (&r);
          g_autoptr (SmoothDeconvolver) solver = make_solver (&r, r.n_genes > 1);
          settings = settings_for (&r, (SmoothModelKind) kind);
          settings.tolerance = 1e-6;
          g_assert_true (smooth_deconvolver_solve (solver, &settings, NULL, NULL, &info, NULL, &error));
          g_autoptr (SmoothMatrix) b = smooth_deconvolver_dup_abundances (solver, NULL);
          if (info.status != SMOOTH_STATUS_CONVERGED)
            g_test_message ("%s case %d change %d: %s kkt %g gap %g", smooth_model_get_name ((SmoothModelKind) kind),
                            (int) c, change, smooth_status_get_name (info.status), info.kkt_residual, info.relative_gap);
          g_assert_cmpint (info.status, ==, SMOOTH_STATUS_CONVERGED);
          g_assert_true (isfinite (info.objective));
          for (gint64 e = 0; e < r.n * r.n_types; e++)
            g_assert_true (isfinite (b->values[e]) && (kind == SMOOTH_MODEL_LINEAR || b->values[e] >= 0));
        }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/models/order", test_order);
  g_test_add_func ("/models/starts", test_starts);
  g_test_add_func ("/models/strength", test_strength);
  g_test_add_func ("/models/units", test_units);
  g_test_add_func ("/models/interruption", test_interruption);
  g_test_add_func ("/models/threads", test_threads);
  g_test_add_func ("/models/refused", test_refused);
  g_test_add_func ("/models/limits", test_limits);
  return g_test_run ();
}
