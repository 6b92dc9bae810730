/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How often the truth lies within two standard deviations: the sample (simulated), and spots made of real cells. */
#include "truth.h"

#include <time.h>

typedef struct
{
  double within, n;             /* entries above 0 */
  double bound_within, n_bound; /* entries at the bound: truth up to two deviations */
  double region_within, n_regions;
} Coverage;

static double
get_cpu_seconds (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return (double) now.tv_sec + 1e-9 * (double) now.tv_nsec;
}

static void
cover_spots (const Truth *truth, const SmoothMatrix *abundances, const SmoothUncertainty *uncertainty, Coverage *coverage)
{
  for (gint64 s = 0; s < truth->n_spots; s++)
    {
      const double *b = smooth_matrix_column (abundances, s), *sd = smooth_matrix_column (uncertainty->proportions, s);
      double total = 0.0;
      for (gint k = 0; k < truth->n_types; k++)
        total += b[k];
      for (gint k = 0; k < truth->n_types && total > 0.0 && truth->is_tested[s]; k++)
        {
          gboolean within = fabs (b[k] / total - truth->truth[s * truth->n_types + k]) <= 2.0 * sd[k];
          *(b[k] > 0.0 ? &coverage->within : &coverage->bound_within) += within;
          *(b[k] > 0.0 ? &coverage->n : &coverage->n_bound) += 1.0;
        }
    }
}

/* Regions: the squares of a board over the section. */
static void
cover_regions (const Truth *truth, const SmoothPrepared *prepared, const SmoothUncertainty *uncertainty, gint side, Coverage *coverage)
{
  g_autofree double *coords = smooth_section_dup_coords_um (truth->section, prepared->spots, prepared->n_spots);
  g_autofree gint32 *spots = g_new (gint32, truth->n_spots);
  g_autofree double *means = g_new (double, truth->n_types), *deviations = g_new (double, truth->n_types);
  double low[2] = { INFINITY, INFINITY }, high[2] = { -INFINITY, -INFINITY };

  for (gint64 e = 0; e < 2 * truth->n_spots; e++)
    {
      low[e % 2] = MIN (low[e % 2], coords[e]);
      high[e % 2] = MAX (high[e % 2], coords[e]);
    }
  for (gint square = 0; square < side * side; square++)
    {
      gint64 n = 0;
      for (gint64 s = 0; s < truth->n_spots; s++)
        {
          gint x = (gint) ((coords[2 * s] - low[0]) / (high[0] - low[0]) * (side - 1e-9));
          gint y = (gint) ((coords[2 * s + 1] - low[1]) / (high[1] - low[1]) * (side - 1e-9));
          if (x + y * side == square)
            spots[n++] = (gint32) s;
        }
      if (n < 10)
        continue;
      g_assert_true (smooth_uncertainty_get_region (uncertainty, spots, n, means, deviations, NULL, NULL));
      for (gint k = 0; k < truth->n_types; k++)
        {
          double mean = 0.0;
          for (gint64 i = 0; i < n; i++)
            mean += truth->truth[spots[i] * truth->n_types + k] / (double) n;
          coverage->region_within += fabs (means[k] - mean) <= 2.0 * deviations[k];
          coverage->n_regions += 1.0;
        }
    }
}

/* How unlike the block approximation is: the quantiles of its ratio to the coupled deviations. */
static void
compare_blocks (const SmoothMatrix *abundances, const SmoothUncertainty *exact, const SmoothUncertainty *blocks, double *low, double *high)
{
  gint64 size = abundances->n_rows * abundances->n_cols;

  *low = INFINITY;
  *high = 0.0;
  for (gint64 e = 0; e < size; e++)
    if (abundances->values[e] > 0.0)
      {
        double ratio = blocks->abundances->values[e] / exact->abundances->values[e];
        *low = MIN (*low, ratio);
        *high = MAX (*high, ratio);
      }
  g_test_message ("  blocks over coupled deviations: %.3f to %.3f", *low, *high);
}

static Coverage
cover (const char *name, const Truth *truth, double strength)
{
  Coverage coverage = { 0 };
  SmoothGraphSettings graph_settings;
  SmoothDeconvolutionSettings settings;
  SmoothUncertaintySettings how;
  SmoothInfo info;
  g_autoptr (GError) error = NULL;

  g_autoptr (SmoothPrepared) prepared = smooth_prepared_new (truth->section, truth->signature, NULL, NULL, &error);
  g_assert_no_error (error);
  smooth_params_init (&smooth_graph_params, &graph_settings);
  g_autofree double *coords = smooth_section_dup_coords_um (truth->section, prepared->spots, prepared->n_spots);
  g_autoptr (SmoothGraph) graph = smooth_graph_new (coords, prepared->n_spots, 2, truth->section->pitch, &graph_settings, NULL, &error);
  g_autoptr (SmoothPrecision) precision = smooth_precision_new (graph, NULL, NULL, &error);
  g_autoptr (SmoothReduced) reduced = smooth_reduced_new (prepared->signature, prepared->expression, TRUE, NULL, &error);
  g_autoptr (SmoothDeconvolver) solver = smooth_deconvolver_new (reduced);
  smooth_params_init (&smooth_deconvolution_params, &settings);
  settings.lambda = strength * smooth_strength_get_unit (reduced, NULL, precision, NULL);
  g_assert_true (smooth_deconvolver_set_precision (solver, precision, NULL, &error));
  g_assert_true (smooth_deconvolver_solve (solver, &settings, NULL, NULL, &info, NULL, &error));
  g_autoptr (SmoothMatrix) abundances = smooth_deconvolver_dup_abundances (solver, &error);

  smooth_params_init (&smooth_uncertainty_params, &how);
  double start = get_cpu_seconds ();
  g_autoptr (SmoothRun) run = smooth_run_new (1);
  g_autoptr (SmoothUncertainty) exact = smooth_uncertainty_new (reduced, precision, NULL, settings.lambda, abundances, &how, run, &error);
  g_assert_no_error (error);
  g_assert_true (exact->is_exact);
  double middle = get_cpu_seconds ();
  how.method = SMOOTH_UNCERTAINTY_BLOCKS;
  g_autoptr (SmoothUncertainty) blocks = smooth_uncertainty_new (reduced, precision, NULL, settings.lambda, abundances, &how, run, &error);
  g_assert_no_error (error);
  double end = get_cpu_seconds (), low, high;
  cover_spots (truth, abundances, exact, &coverage);
  cover_regions (truth, prepared, exact, 5, &coverage);
  g_test_message ("%s, strength %g: noise %.4f, %.1f parameters a spot; within 2 sd: %.3f of %g entries above 0, %.3f of %g at the bound, "
                  "%.3f of %g region means (coupled %.3f s, blocks %.3f s)",
                  name, strength, exact->noise, exact->freedom / (double) truth->n_spots, coverage.within / coverage.n, coverage.n,
                  coverage.bound_within / coverage.n_bound, coverage.n_bound, coverage.region_within / coverage.n_regions, coverage.n_regions,
                  middle - start, end - middle);
  compare_blocks (abundances, exact, blocks, &low, &high);
  g_assert_cmpfloat (low, >, 0.8);
  g_assert_cmpfloat (high, <, 1.25);
  return coverage;
}

static void
test_sample (void)
{
  Truth truth;
  static const double strengths[] = { 0.0, 0.02, 0.06, 0.3 };

  truth_load_sample (&truth);
  for (gsize i = 0; i < G_N_ELEMENTS (strengths); i++)
    {
      Coverage coverage = cover ("sample", &truth, strengths[i]);
      g_assert_cmpfloat (coverage.within / coverage.n, >, 0.86); /* .885 to .915; 2 sd of a Gaussian have .954 */
    }
  truth_clear (&truth);
}

static void
test_lymph (void)
{
  Truth truth;

  if (!truth_load_lymph (&truth))
    return;
  cover ("lymph node pseudo-spots", &truth, 0.0);
  cover ("lymph node pseudo-spots", &truth, 0.06);
  truth_clear (&truth);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/coverage/sample", test_sample);
  g_test_add_func ("/coverage/lymph", test_lymph);
  return g_test_run ();
}
