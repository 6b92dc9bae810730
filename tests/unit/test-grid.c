/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of the order in which the solver holds spots, and of steps of whole neighbourhoods. */
#include "../problem.h"
#include "model/grid-private.h"

static SmoothDeconvolver *
make_solver (const Problem *problem)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothReduced) reduced = smooth_reduced_new (problem->signature, problem->expression, problem->bias, NULL, &error);
  SmoothDeconvolver *solver = smooth_deconvolver_new (reduced);

  g_assert_true (smooth_deconvolver_set_precision (solver, problem->precision, problem->confidences, &error));
  return solver;
}

static gint64
strip_of (const SmoothLayout *layout, gint64 position)
{
  gint64 strip = 0;

  while (smooth_i_layout_strip_start (layout, strip + 1) <= position / SMOOTH_TILE)
    strip++;
  return strip;
}

/* Each spot has one position; no two spots of a colour are neighbours in a strip; strips reach no further than the next one, so
 * that every other one can be worked on at the same time. */
static void
check_layout (const SmoothLayout *layout)
{
  gint64 n_seen = 0;

  for (gint64 p = 0; p < layout->n_positions; p++)
    {
      if (layout->spots[p] < 0)
        continue;
      n_seen++;
      g_assert_cmpint (layout->positions[layout->spots[p]], ==, p);
      for (gint64 e = layout->starts[p]; e < layout->starts[p + 1]; e++)
        {
          gint64 there = layout->cols[e];
          g_assert_cmpint (there / SMOOTH_TILE, !=, p / SMOOTH_TILE);
          g_assert_cmpint (ABS (strip_of (layout, there) - strip_of (layout, p)), <=, 1);
        }
    }
  g_assert_cmpint (n_seen, ==, layout->n_spots);
  for (gint64 s = 0; s < layout->n_strips; s++)
    for (gint c = 0; c < layout->n_colours; c++)
      {
        const gint64 *range = layout->range_tiles + s * layout->n_colours + c;
        for (gint64 p = range[0] * SMOOTH_TILE; p < range[1] * SMOOTH_TILE; p++)
          for (gint64 e = layout->starts[p]; e < layout->starts[p + 1]; e++)
            g_assert_false (layout->cols[e] >= range[0] * SMOOTH_TILE && layout->cols[e] < range[1] * SMOOTH_TILE);
      }
}

static void
test_layout (void)
{
  const gint64 sizes[] = { 1, 50, 3000, 40000 };

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      SmoothRng rng;
      g_autoptr (GError) error = NULL;
      smooth_i_rng_init (&rng, 5, i);
      g_autoptr (SmoothPrecision) precision = problem_lattice (&rng, sizes[i], 0.99, 0.02);
      g_autoptr (SmoothLayout) layout = smooth_i_layout_new (sizes[i], precision->symmetric, &error);
      g_assert_no_error (error);
      g_assert_cmpint (layout->n_strips > 1, ==, sizes[i] > 16384);
      check_layout (layout);
    }
}

/* Where fronts are as wide as the tissue, as in a star, there is nothing to cut. */
static void
test_star (void)
{
  gint64 n = 30000;
  g_autofree gint32 *rows = g_new (gint32, 2 * n);
  g_autofree gint32 *cols = g_new (gint32, 2 * n);
  g_autofree double *values = g_new (double, 2 * n);
  g_autoptr (GError) error = NULL;

  for (gint32 i = 1; i < n; i++)
    {
      rows[2 * i] = cols[2 * i + 1] = i;
      cols[2 * i] = rows[2 * i + 1] = 0;
      values[2 * i] = values[2 * i + 1] = -1;
    }
  g_autoptr (SmoothSparse) q = smooth_sparse_new_from_triplets (n, n, 2 * (n - 1), rows + 2, cols + 2, values + 2, &error);
  g_autoptr (SmoothLayout) layout = smooth_i_layout_new (n, q, &error);
  g_assert_cmpint (layout->n_strips, ==, 1);
  check_layout (layout);
}

/* How far above the optimum sweeps end that start at 0, with a step of neighbourhoods before them or without. */
static double
excess_after (const Problem *problem, gboolean has_step, gint n_sweeps)
{
  g_autoptr (SmoothDeconvolver) solver = make_solver (problem);
  g_autoptr (GError) error = NULL;
  SmoothCertificate certificate;
  SmoothDeconvolutionSettings settings;
  SmoothInfo info;

  smooth_params_init (&smooth_deconvolution_params, &settings);
  settings.lambda = problem->lambda;
  settings.max_iterations = 1;
  g_assert_true (smooth_deconvolver_solve (solver, &settings, NULL, NULL, &info, NULL, &error)); /* to have its weights */
  smooth_deconvolver_reset (solver);
  g_assert_true (smooth_i_level_prepare (solver, SMOOTH_LEVEL_DOUBLE, &error));
  smooth_i_level_copy (solver, SMOOTH_LEVEL_DOUBLE);
  solver->current = SMOOTH_LEVEL_DOUBLE;
  if (has_step)
    {
      g_assert_true (smooth_i_grid_prepare (solver, SMOOTH_LEVEL_DOUBLE, &error));
      smooth_i_grid_step (solver, SMOOTH_LEVEL_DOUBLE);
    }
  SmoothPass pass = solver->levels[SMOOTH_LEVEL_DOUBLE].pass;
  pass.tiles = solver->layout->all_tiles;
  pass.relaxation = 1;
  for (gint i = 0; i < n_sweeps; i++)
    smooth_i_pass_run_steps (solver, solver->layout, solver->levels[SMOOTH_LEVEL_DOUBLE].kernels->sweep, &pass, FALSE, SMOOTH_SWEEP_COST);
  g_assert_true (smooth_i_certify (solver, &certificate, &error));
  return certificate.objective - problem->best;
}

/* The step lowers the objective, and what it leaves to sweeps is less than they have without it: also where the optimum is as
 * rough as here, and steps of large neighbourhoods that are any longer than they should be do harm. */
static void
test_step (void)
{
  const ProblemSpec spec = { 20000, 12, 100, 0.99, 30, TRUE, 0.3, 0.01, 77 };
  g_auto (Problem) problem = { 0 };

  problem_init (&problem, &spec);
  double start = excess_after (&problem, FALSE, 0), step = excess_after (&problem, TRUE, 0);
  g_test_message ("%.4g, after the step %.4g", start, step);
  g_assert_cmpfloat (step, <, 0.8 * start);
  for (gint n = 1; n <= 8; n *= 2)
    {
      double alone = excess_after (&problem, FALSE, n), after = excess_after (&problem, TRUE, n);
      g_test_message ("%d sweeps: %.4g alone, %.4g after the step", n, alone, after);
      g_assert_cmpfloat (after, <, 0.6 * alone);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/grid/layout", test_layout);
  g_test_add_func ("/grid/star", test_star);
  g_test_add_func ("/grid/step", test_step);
  return g_test_run ();
}
