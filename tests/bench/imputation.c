/* SPDX-License-Identifier: GPL-3.0-or-later */
/* P3: 2000 genes at half of the spots of a Visium section, measured values kept or denoised. */
#include "imputation.h"

#include "base/rng.h"

#include <string.h>

#define N_SPOTS 3600
#define N_GENES 2000

void
imputation_init (ImputationProblem *problem, SmoothPrecision *precision, gint64 n_features)
{
  gint64 n = precision->n_spots;
  SmoothRng rng;

  memset (problem, 0, sizeof *problem);
  problem->precision = smooth_precision_ref (precision);
  problem->observed = g_new (gint32, n);
  smooth_i_rng_init (&rng, 5, 0);
  for (gint32 i = 0; i < n; i++)
    if (smooth_i_rng_uniform (&rng) < 0.5)
      problem->observed[problem->n_observed++] = i;
  problem->values = smooth_matrix_new (problem->n_observed, n_features, NULL);
  for (gint64 e = 0; e < problem->n_observed * n_features; e++)
    problem->values->values[e] = smooth_i_rng_uniform (&rng);
  smooth_params_init (&smooth_imputation_params, &problem->settings);
}

void
imputation_clear (ImputationProblem *problem)
{
  g_clear_pointer (&problem->precision, smooth_precision_unref);
  g_clear_pointer (&problem->values, smooth_matrix_unref);
  g_clear_pointer (&problem->imputed, smooth_matrix_unref);
  g_clear_pointer (&problem->observed, g_free);
}

void
imputation_solve (gpointer data, SmoothRun *run)
{
  ImputationProblem *problem = data;
  g_autoptr (GError) error = NULL;
  SmoothInfo info;
  g_autoptr (SmoothImputer) imputer =
      smooth_imputer_new (problem->precision, problem->observed, problem->n_observed, &problem->settings, NULL, run, &error);

  bench_require (imputer != NULL, error);
  g_clear_pointer (&problem->imputed, smooth_matrix_unref);
  problem->imputed = smooth_imputer_solve (imputer, problem->values, &info, run, &error);
  bench_require (problem->imputed != NULL, error);
}

void
bench_imputation (void)
{
  g_autoptr (Synthetic) synthetic = synthetic_new (N_SPOTS, 2, 4, 7);
  g_autoptr (SmoothPrecision) precision = synthetic_precision (synthetic, 0.99, 0, NULL);
  gsize bytes = (gsize) N_SPOTS * N_GENES * sizeof (double) * 3 / 2 + bench_sparse_bytes (precision->symmetric);
  g_auto (ImputationProblem) problem = { 0 };

  imputation_init (&problem, precision, N_GENES);
  problem.settings.fixed = TRUE;
  BenchTimes kept = bench_measure (NULL, imputation_solve, &problem, 3);
  bench_row ("half missing, values kept", N_SPOTS, &kept, 50, bytes);
  problem.settings.fixed = FALSE;
  BenchTimes denoised = bench_measure (NULL, imputation_solve, &problem, 3);
  bench_row ("half missing, values denoised", N_SPOTS, &denoised, 50, bytes);
}
