/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nu support vector regression of both losses on 150 random problems of all kinds each: every one is certified in exact mode, and
 * the certificate's figures are those of plain loops. */
#include "../unit/regression-problem.h"

#define EXACT 1e-8
#define N_PROBLEMS 150

/* What makes a problem hard. */
typedef enum
{
  PLAIN,
  COUNTS,  /* whole numbers: many residuals are equal, optima lie at corners of many planes */
  TWINS,   /* two types of one signature */
  QUIET,   /* nearly no noise */
  LARGE,   /* values a thousand times as large */
  N_KINDS,
} Kind;

static double
pick (SmoothRng *rng, const double *values, gint64 n)
{
  return values[smooth_i_rng_index (rng, n)];
}

static void
make (Regression *r, gint number, gint loss)
{
  static const double lambdas[] = { 0, 0.01, 0.1, 1, 10, 100 }, nus[] = { 0.02, 0.1, 0.3, 0.6, 0.9 },
                      costs[] = { 0.01, 0.1, 1, 10, 100 };
  SmoothRng rng;

  smooth_i_rng_init (&rng, (guint64) number, 7);
  gint n_types = 1 + (gint) smooth_i_rng_index (&rng, 12);
  gint64 n = 1 + smooth_i_rng_index (&rng, number % 10 == 0 ? 400 : 80), n_genes = 3 + smooth_i_rng_index (&rng, 120);
  Kind kind = (Kind) (number % N_KINDS);
  regression_init (r, n, n_types, n_genes, pick (&rng, lambdas, G_N_ELEMENTS (lambdas)), number % 4 == 3 ? n_types : 1,
                   (guint64) (1000 + number));
  r->settings.kind = SMOOTH_MODEL_NUSVR;
  r->settings.svr_loss = loss;
  r->settings.svr_nu = pick (&rng, nus, G_N_ELEMENTS (nus));
  r->settings.svr_cost = pick (&rng, costs, G_N_ELEMENTS (costs));
  r->settings.bias = smooth_i_rng_uniform (&rng) < 0.6;
  r->settings.is_signed = smooth_i_rng_uniform (&rng) < 0.3;
  r->settings.tolerance = EXACT;
  for (gint64 e = 0; e < n * n_genes; e++)
    {
      double *y = &r->values->values[e];
      *y = kind == COUNTS ? round (2 * *y) : kind == LARGE ? 1e3 * *y : *y;
    }
  for (gint64 g = 0; kind == TWINS && n_types > 1 && g < n_genes; g++)
    r->signature->values[g + n_genes] = r->signature->values[g];
  for (gint64 i = 0; kind == QUIET && i < n; i++)
    for (gint64 g = 0; g < n_genes; g++)
      smooth_matrix_column (r->values, i)[g] = r->signature->values[g + n_genes * (i % n_types)] * (1 + 1e-4 * smooth_i_rng_normal (&rng));
  for (gint64 e = 0; kind == COUNTS && e < n_types * n_genes; e++)
    r->signature->values[e] = round (2 * r->signature->values[e]);
  regression_take_values (r);
}

static void
test_problems (gconstpointer data)
{
  gint loss = GPOINTER_TO_INT (data), n_failed = 0;

  for (gint number = 0; number < N_PROBLEMS; number++)
    {
      g_auto (Regression) r = { 0 };
      g_autoptr (GError) error = NULL;
      g_autoptr (SmoothRun) run = smooth_run_new (1);
      SmoothInfo info;

      make (&r, number, loss);
      g_auto (SmoothIterate) iterate = iterate_new (&r);
      SmoothProblem problem = regression_problem (&r);
      g_assert_true (smooth_i_nusvr_solve (&problem, &r.settings, &iterate, NULL, NULL, &info, run, &error));
      RegressionTerms terms = regression_evaluate (&r, &iterate);
      g_test_message ("%d: n %d K %d G %d lambda %g nu %g C %g bias %d signed %d: %s, %d iterations, objective %g, gap %.1e, KKT %.1e, %.0f ms",
                      number, (int) r.n, r.n_types, (int) r.n_genes, r.settings.lambda, r.settings.svr_nu, r.settings.svr_cost,
                      r.settings.bias, r.settings.is_signed, smooth_status_get_name (info.status), info.iterations, info.objective,
                      info.relative_gap, info.kkt_residual, info.seconds * 1e3);
      g_assert_cmpfloat_with_epsilon (info.objective, terms.objective, 1e-10 * terms.objective);
      n_failed += !(info.status == SMOOTH_STATUS_CONVERGED && info.relative_gap <= EXACT && info.kkt_residual <= EXACT);
    }
  g_assert_cmpint (n_failed, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/nusvr/squared", GINT_TO_POINTER (SMOOTH_SVR_SQUARED), test_problems);
  g_test_add_data_func ("/nusvr/absolute", GINT_TO_POINTER (SMOOTH_SVR_ABSOLUTE), test_problems);
  return g_test_run ();
}
