/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How near each model of deconvolution comes to known truths: without prior, at the best strength of a grid, and at the one
 * that is suggested. The sections are those of test-accuracy.c; SMOOTH_ACCURACY=full takes finer grids and more splits.
 */
#include "case.h"

#define N_COARSE 6
#define N_FULL 13

static const double coarse[N_COARSE] = { 0.01, 0.03, 0.1, 0.3, 1.0, 3.0 };
static const double full[N_FULL] = { 0.003, 0.006, 0.01, 0.02, 0.035, 0.06, 0.1, 0.17, 0.3, 0.6, 1.0, 2.0, 4.0 };

#define N_MODELS (SMOOTH_MODEL_LOGNORMAL + 1)

/* What one model reaches. */
typedef struct
{
  Accuracy zero, best, chosen;
  Accuracy curve[N_FULL];
  double seconds;
} Row;

static gboolean
is_full (void)
{
  return g_strcmp0 (g_getenv ("SMOOTH_ACCURACY"), "full") == 0;
}

static gint
n_grid (void)
{
  return is_full () ? N_FULL : N_COARSE;
}

static double
grid_at (gint i)
{
  return is_full () ? full[i] : coarse[i];
}

/* At a lambda, or at a strength. Starts where the solver is. */
static Accuracy
fit (const Case *c, SmoothDeconvolver *solver, SmoothModelKind kind, double lambda, SmoothLambdaUnit unit)
{
  SmoothDeconvolutionSettings settings;
  SmoothInfo info;
  g_autoptr (GError) error = NULL;

  smooth_params_init (&smooth_deconvolution_params, &settings);
  settings.kind = kind;
  settings.lambda = lambda;
  settings.lambda_unit = unit;
  settings.tolerance = kind <= SMOOTH_MODEL_LINEAR ? 1e-6 : 1e-5;
  smooth_deconvolver_solve (solver, &settings, NULL, NULL, &info, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (info.status, ==, SMOOTH_STATUS_CONVERGED);
  g_autoptr (SmoothMatrix) abundances = smooth_deconvolver_dup_abundances (solver, &error);
  g_assert_no_error (error);
  return truth_score (&c->truth, abundances->values);
}

static double
suggest (const Case *c, SmoothModelKind kind)
{
  SmoothDeconvolutionSettings model;
  g_autoptr (GError) error = NULL;
  SmoothChooseInputs inputs = {
    .section = c->truth.section,
    .signature = c->truth.signature,
    .prepared = c->prepared,
    .graph = c->graph,
    .model = &model,
  };

  smooth_params_init (&smooth_deconvolution_params, &model);
  model.kind = kind;
  g_autoptr (SmoothChoice) choice = smooth_choose (&inputs, NULL, NULL, &error);
  g_assert_no_error (error);
  return choice->points[choice->chosen].lambda;
}

/* Adds one section to the rows of all models. */
static void
fill (Row rows[N_MODELS], const Case *c, double weight)
{
  for (gint kind = 0; kind < N_MODELS; kind++)
    {
      Row *row = &rows[kind];
      gint64 start = g_get_monotonic_time ();
      g_autoptr (SmoothDeconvolver) solver = smooth_deconvolver_new (c->reduced);
      g_assert_true (smooth_deconvolver_set_precision (solver, c->precision, NULL, NULL));
      accuracy_add (&row->zero, fit (c, solver, (SmoothModelKind) kind, 0.0, SMOOTH_LAMBDA_RELATIVE), weight);
      for (gint i = 0; i < n_grid (); i++)
        accuracy_add (&row->curve[i], fit (c, solver, (SmoothModelKind) kind, grid_at (i), SMOOTH_LAMBDA_RELATIVE), weight);
      double lambda = suggest (c, (SmoothModelKind) kind);
      accuracy_add (&row->chosen, fit (c, solver, (SmoothModelKind) kind, lambda, SMOOTH_LAMBDA_REFERENCE), weight);
      row->seconds += (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
    }
}

/* Finds the best of each measure, 0 included, and prints all. */
static void
print_rows (const char *name, Row rows[N_MODELS])
{
  g_test_message ("== %s", name);
  for (gint kind = 0; kind < N_MODELS; kind++)
    {
      Row *row = &rows[kind];
      const char *model = smooth_model_get_name ((SmoothModelKind) kind);
      row->best = row->zero;
      for (gint i = 0; i < n_grid (); i++)
        {
          row->best.r = MAX (row->best.r, row->curve[i].r);
          row->best.rmse = MIN (row->best.rmse, row->curve[i].rmse);
          row->best.jsd = MIN (row->best.jsd, row->curve[i].jsd);
          row->best.agreement = MAX (row->best.agreement, row->curve[i].agreement);
        }
      const Accuracy accuracies[] = { row->zero, row->best, row->chosen };
      const char *places[] = { "lambda 0", "best of each", "suggested" };
      for (gsize i = 0; i < G_N_ELEMENTS (places); i++)
        {
          g_autofree char *what = g_strdup_printf ("%-10s %s", model, places[i]);
          accuracy_print (what, accuracies[i]);
        }
      for (gint i = 0; i < n_grid () && is_full (); i++)
        {
          g_autofree char *what = g_strdup_printf ("%-10s strength %g", model, grid_at (i));
          accuracy_print (what, row->curve[i]);
        }
      g_test_message ("%-10s %.1f s", model, row->seconds);
    }
}

/* The suggestion is never below lambda 0 and near the best. */
static void
check_r (const Row rows[N_MODELS])
{
  for (gint kind = 0; kind < N_MODELS; kind++)
    {
      g_assert_cmpfloat (rows[kind].chosen.r, >, rows[kind].best.r - 0.01);
      g_assert_cmpfloat (rows[kind].chosen.r, >, rows[kind].zero.r);
    }
}

static void
test_sample (void)
{
  Row rows[N_MODELS] = { 0 };
  Case c = { 0 };

  truth_load_sample (&c.truth);
  case_prepare (&c);
  fill (rows, &c, 1.0);
  print_rows ("the sample (simulated)", rows);
  check_r (rows);
  case_clear (&c);
}

static void
test_lymph (void)
{
  Row rows[N_MODELS] = { 0 };
  Case c = { 0 };

  if (!truth_load_lymph (&c.truth))
    return;
  case_prepare (&c);
  fill (rows, &c, 1.0);
  print_rows ("lymph node pseudo-spots", rows);
  check_r (rows);
  case_clear (&c);
}

static void
test_starmap (void)
{
  Row rows[N_MODELS] = { 0 };
  guint64 n_splits = is_full () ? 4 : 1;

  for (guint64 split = 0; split < n_splits; split++)
    {
      Case c = { 0 };
      if (!truth_load_starmap (&c.truth, split))
        return;
      case_prepare (&c);
      fill (rows, &c, 1.0 / (double) n_splits);
      case_clear (&c);
    }
  print_rows ("STARmap spots, signature from the other half", rows);
  check_r (rows);
}

static void
test_cortex (void)
{
  Row rows[N_MODELS] = { 0 };
  Case c = { 0 };

  if (!truth_load_cortex (&c.truth))
    return;
  case_prepare (&c);
  fill (rows, &c, 1.0);
  print_rows ("cortex 151673, held-out half", rows);
  for (gint kind = 0; kind < N_MODELS; kind++)
    {
      /* The types that nusvr finds dominant gain a little more from still more smoothing, which costs correlation. */
      g_assert_cmpfloat (rows[kind].chosen.agreement, >, rows[kind].best.agreement - (kind == SMOOTH_MODEL_NUSVR ? 0.03 : 0.02));
      g_assert_cmpfloat (rows[kind].chosen.agreement, >, rows[kind].zero.agreement);
    }
  check_r (rows);
  case_clear (&c);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/accuracy-models/sample", test_sample);
  g_test_add_func ("/accuracy-models/lymph", test_lymph);
  g_test_add_func ("/accuracy-models/starmap", test_starmap);
  g_test_add_func ("/accuracy-models/cortex", test_cortex);
  return g_test_run ();
}
