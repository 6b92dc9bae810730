/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Priors of every strength on the sample, from none to one that leaves each part of the tissue but constants: all models are
 * solved to the tolerance, on one connected graph and on one that regions cut. */
#include "case.h"

#define LIVE 1e-6
#define MOST_ITERATIONS 2500 /* without constants over parts of the tissue it takes up to 5000 */
#define MOST_OF_SQUARES 1200 /* the same of least squares, which have steps of neighbourhoods too */

static const double rhos[] = { 0, 0.9, 0.99, 0.9999, 1 };
static const double lambdas[] = { 0, 1e-3, 1, 1e2, 1e4, 1e6 };

/* Two halves, one of them with a spot less, which is alone. */
static SmoothGraph *
cut_graph (const Case *c)
{
  gint64 n = c->prepared->n_spots;
  g_autofree double *coords = smooth_section_dup_coords_um (c->truth.section, c->prepared->spots, n);
  g_autofree gint32 *labels = g_new (gint32, n);
  g_autoptr (GError) error = NULL;
  double mean = 0;

  for (gint64 i = 0; i < n; i++)
    mean += coords[2 * i] / (double) n;
  for (gint64 i = 0; i < n; i++)
    labels[i] = i == 0 ? 2 : coords[2 * i] > mean;
  SmoothGraph *graph = smooth_graph_new_scaled_by_identity (c->graph, labels, 0.0, FALSE, FALSE, &error);
  g_assert_no_error (error);
  g_assert_cmpint (smooth_graph_count_components (graph, NULL), >=, 3);
  return graph;
}

static void
load (Case *c)
{
  memset (c, 0, sizeof *c);
  truth_load_sample (&c->truth);
  case_prepare (c);
}

/* Solves from 0, as a command does, and checks what is claimed and that all of it is finite. */
static void
solve (const Case *c, const SmoothGraph *graph, double rho, const SmoothDeconvolutionSettings *settings)
{
  SmoothPrecisionSettings prior;
  g_autoptr (GError) error = NULL;
  SmoothInfo info;

  smooth_params_init (&smooth_precision_params, &prior);
  prior.rho = rho;
  g_autoptr (SmoothPrecision) precision = smooth_precision_new (graph, &prior, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (SmoothDeconvolver) solver = smooth_deconvolver_new (c->reduced);
  g_assert_true (smooth_deconvolver_set_precision (solver, precision, NULL, &error));
  g_assert_true (smooth_deconvolver_solve (solver, settings, NULL, NULL, &info, NULL, &error));
  g_assert_no_error (error);
  g_test_message ("%s rho %g lambda %g: %s after %d, objective %.10g, KKT %.2g, gap %.2g",
                  smooth_model_get_name ((SmoothModelKind) settings->kind), rho, settings->lambda,
                  smooth_status_get_name (info.status), info.iterations, info.objective, info.kkt_residual, info.relative_gap);
  g_assert_cmpint (info.status, ==, SMOOTH_STATUS_CONVERGED);
  g_assert_cmpfloat (info.kkt_residual, <=, LIVE);
  g_assert_cmpfloat (info.relative_gap, <=, LIVE);
  gboolean is_squares = settings->kind == SMOOTH_MODEL_NNLS || settings->kind == SMOOTH_MODEL_LINEAR;
  g_assert_cmpint (info.iterations, <=, is_squares ? MOST_OF_SQUARES : MOST_ITERATIONS);
  g_autoptr (SmoothMatrix) b = smooth_deconvolver_dup_abundances (solver, &error);
  for (gint64 e = 0; e < b->n_rows * b->n_cols; e++)
    g_assert_true (settings->kind == SMOOTH_MODEL_LINEAR ? isfinite (b->values[e]) : b->values[e] >= 0);
}

static void
test_grid (gconstpointer data)
{
  Case c;

  load (&c);
  g_autoptr (SmoothGraph) cut = cut_graph (&c);
  SmoothDeconvolutionSettings settings;
  smooth_params_init (&smooth_deconvolution_params, &settings);
  settings.kind = GPOINTER_TO_INT (data);
  for (gsize r = 0; r < G_N_ELEMENTS (rhos); r++)
    for (gsize l = 0; l < G_N_ELEMENTS (lambdas); l++)
      {
        settings.lambda = lambdas[l];
        solve (&c, c.graph, rhos[r], &settings);
        solve (&c, cut, rhos[r], &settings);
      }
  case_clear (&c);
}

/* Under the strongest prior of differences all spots of the tissue, which is one part, are alike. */
static void
test_constants (void)
{
  Case c;
  g_autoptr (GError) error = NULL;
  SmoothInfo info;

  load (&c);
  SmoothPrecisionSettings prior;
  smooth_params_init (&smooth_precision_params, &prior);
  prior.rho = 1;
  g_autoptr (SmoothPrecision) precision = smooth_precision_new (c.graph, &prior, NULL, &error);
  SmoothDeconvolutionSettings settings;
  smooth_params_init (&smooth_deconvolution_params, &settings);
  settings.lambda = 1e6;
  g_autoptr (SmoothDeconvolver) solver = smooth_deconvolver_new (c.reduced);
  g_assert_true (smooth_deconvolver_set_precision (solver, precision, NULL, &error));
  g_assert_true (smooth_deconvolver_solve (solver, &settings, NULL, NULL, &info, NULL, &error));
  g_assert_cmpint (info.status, ==, SMOOTH_STATUS_CONVERGED);
  g_autoptr (SmoothMatrix) b = smooth_deconvolver_dup_abundances (solver, &error);
  double largest = 0, spread = 0;
  for (gint64 k = 0; k < b->n_rows; k++)
    {
      double low = INFINITY, high = 0;
      for (gint64 i = 0; i < b->n_cols; i++)
        {
          low = MIN (low, b->values[k + i * b->n_rows]);
          high = MAX (high, b->values[k + i * b->n_rows]);
        }
      largest = MAX (largest, high);
      spread = MAX (spread, high - low);
    }
  g_test_message ("spread %.3g of %.3g", spread, largest);
  g_assert_cmpfloat (spread, <=, 1e-2 * largest);
  case_clear (&c);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/stiff/nnls", GINT_TO_POINTER (SMOOTH_MODEL_NNLS), test_grid);
  g_test_add_data_func ("/stiff/linear", GINT_TO_POINTER (SMOOTH_MODEL_LINEAR), test_grid);
  g_test_add_data_func ("/stiff/dwls", GINT_TO_POINTER (SMOOTH_MODEL_DWLS), test_grid);
  g_test_add_data_func ("/stiff/nusvr", GINT_TO_POINTER (SMOOTH_MODEL_NUSVR), test_grid);
  g_test_add_func ("/stiff/constants", test_constants);
  return g_test_run ();
}
