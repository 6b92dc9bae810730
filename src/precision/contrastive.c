/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The contrastive loss: true neighbours must be more alike than shuffled spots.
 *
 *     max (L(B) - r E [L(B P)], bound),  P: a permutation of the spots
 *
 * over T given permutations, or exactly over all n!: for one row b with m1 = sum b, m2 = sum b^2, q0 = trace Q and q1 the sum
 * of all other entries of Q,
 *
 *     E = q0 m2 / n + q1 (m1^2 - m2) / (n (n - 1)),
 *
 * because each pair of places meets each pair of values equally often. Source of the loss: Su et al., Genome Biology 24 (2023)
 * 291; of the expectation: section 3 of the design.
 */
#include "precision/loss.h"

#include "base/error.h"
#include "base/rng.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static const SmoothParam params[] = {
  { .name = "contrast-ratio",
    .label = N_ ("Contrast"),
    .type = SMOOTH_PARAM_DOUBLE,
    .offset = G_STRUCT_OFFSET (SmoothContrastSettings, ratio),
    .initial = 0.2,
    .max = 1e6,
    .slider_max = 1,
    .unit = "",
    .help = N_ ("A larger value takes off more of the loss that shuffled spots have, so that flat values are no longer the best") },
  { .name = "contrast-bound",
    .label = N_ ("Lowest loss"),
    .type = SMOOTH_PARAM_DOUBLE,
    .offset = G_STRUCT_OFFSET (SmoothContrastSettings, lower_bound),
    .initial = -1,
    .min = -1e6,
    .max = 1e6,
    .unit = "",
    .help = N_ ("The contrastive loss is not taken below this value, where its gradient ends"),
    .flags = SMOOTH_PARAM_EXPERT },
  { .name = "permutations",
    .label = N_ ("Permutations"),
    .type = SMOOTH_PARAM_INT,
    .offset = G_STRUCT_OFFSET (SmoothContrastSettings, n_permutations),
    .initial = 0,
    .max = 10000,
    .unit = "",
    .help = N_ ("How many random shuffles of the spots are averaged; 0 is the exact expectation over all of them"),
    .flags = SMOOTH_PARAM_EXPERT },
  { .name = "contrast-seed",
    .label = N_ ("Seed"),
    .type = SMOOTH_PARAM_INT,
    .offset = G_STRUCT_OFFSET (SmoothContrastSettings, seed),
    .initial = 1,
    .max = G_MAXINT32,
    .unit = "",
    .help = N_ ("Another number gives other shuffles"),
    .flags = SMOOTH_PARAM_EXPERT },
};

const SmoothParamTable smooth_contrast_params = {
  .name = "contrast",
  .label = N_ ("Contrastive loss"),
  .size = sizeof (SmoothContrastSettings),
  .params = params,
  .n_params = G_N_ELEMENTS (params),
};

/* places (out): n_spots: random permutation number t of a seed. */
static void
shuffle (gint32 *places, gint64 n_spots, gint seed, gint t)
{
  SmoothRng rng;

  smooth_i_rng_init (&rng, (guint64) seed, (guint64) t);
  for (gint64 i = 0; i < n_spots; i++)
    places[i] = (gint32) i;
  for (gint64 i = n_spots - 1; i > 0; i--)
    {
      gint64 j = smooth_i_rng_index (&rng, i + 1);
      gint32 other = places[j];
      places[j] = places[i];
      places[i] = other;
    }
}

/**
 * smooth_permutations_new:
 *
 * O(n_spots n_permutations).
 *
 * Returns: (transfer full): n_permutations x n_spots, row-major: uniform random permutations of 0 .. n_spots - 1, each from a
 *   stream of its own; %NULL with @error where there is not enough memory
 */
gint32 *
smooth_permutations_new (gint64 n_spots, gint n_permutations, gint seed, GError **error)
{
  gint32 *permutations = smooth_i_try_new (gint32, n_spots * n_permutations, "permutations", error);

  for (gint t = 0; permutations != NULL && t < n_permutations; t++)
    shuffle (permutations + t * n_spots, n_spots, seed, t);
  return permutations;
}

static gboolean
check_permutations (const gint32 *permutations, gint n_permutations, gint64 n, GError **error)
{
  g_autofree gboolean *seen = smooth_i_try_new (gboolean, n, "permutations", error);

  if (seen == NULL)
    return FALSE;
  for (gint t = 0; t < n_permutations; t++)
    {
      memset (seen, 0, sizeof (gboolean) * (gsize) n);
      for (gint64 i = 0; i < n; i++)
        {
          gint32 place = permutations[t * n + i];
          if (place < 0 || place >= n || seen[place])
            {
              smooth_error_set (error, SMOOTH_ERROR_VALUE,
                                "permutation %d: expected every spot from 0 to %" PRId64 " once, found %d at place %" PRId64,
                                t + 1, n - 1, place, i + 1);
              return FALSE;
            }
          seen[place] = TRUE;
        }
    }
  return TRUE;
}

/* Mean loss over permutations, those given or seeded ones; its gradient is added to @gradient, less @settings->ratio times. */
static gboolean
average (const SmoothPrecision *precision, const SmoothMatrix *values, const double *confidences, const SmoothContrastSettings *settings,
         const gint32 *permutations, gboolean normalised, double *mean, SmoothMatrix *gradient, SmoothRun *run, GError **error)
{
  gint64 n = values->n_cols, n_rows = values->n_rows;
  gint n_permutations = settings->n_permutations;
  gsize size = (gsize) n_rows * sizeof (double);
  g_autofree gint32 *seeded = permutations == NULL ? smooth_i_try_new (gint32, n, "a permutation", error) : NULL;
  g_autoptr (SmoothMatrix) shuffled = smooth_matrix_new (n_rows, n, error);
  g_autoptr (SmoothMatrix) slope = shuffled != NULL ? smooth_matrix_new (n_rows, n, error) : NULL;

  *mean = 0.0;
  if (slope == NULL || (permutations == NULL && seeded == NULL))
    return FALSE;
  for (gint t = 0; t < n_permutations; t++)
    {
      const gint32 *places = permutations != NULL ? permutations + t * n : seeded;
      double loss;
      if (permutations == NULL)
        shuffle (seeded, n, settings->seed, t);
      for (gint64 i = 0; i < n; i++)
        memcpy (smooth_matrix_column (shuffled, i), smooth_matrix_column (values, places[i]), size);
      if (!smooth_run_check (run, error)
          || !smooth_spatial_loss (precision, shuffled, confidences, normalised, &loss, slope, run, error))
        return FALSE;
      *mean += loss / n_permutations;
      for (gint64 i = 0; gradient != NULL && i < n; i++)
        for (gint64 k = 0; k < n_rows; k++)
          smooth_matrix_column (gradient, places[i])[k] -= settings->ratio / n_permutations * smooth_matrix_column (slope, i)[k];
    }
  return TRUE;
}

/* q0 and q1: the sums of the entries of Q on its diagonal and off it. */
static gboolean
sum_entries (const SmoothPrecision *precision, double *q0, double *q1, SmoothRun *run, GError **error)
{
  gint64 n = precision->n_spots;
  g_autoptr (SmoothMatrix) ones = smooth_matrix_new (1, n, error);
  g_autoptr (SmoothMatrix) sums = ones != NULL ? smooth_matrix_new (1, n, error) : NULL;

  *q0 = *q1 = 0.0;
  for (gint64 i = 0; sums != NULL && i < n; i++)
    ones->values[i] = 1.0;
  if (sums == NULL || !smooth_precision_apply (precision, ones, sums, run, error))
    return FALSE;
  for (gint64 i = 0; i < n; i++)
    {
      *q0 += precision->diagonal[i];
      *q1 += sums->values[i] - precision->diagonal[i];
    }
  return TRUE;
}

/* The same over all permutations. */
static gboolean
expect (const SmoothPrecision *precision, const SmoothMatrix *values, const double *confidences, gboolean normalised, double factor,
        double *expectation, SmoothMatrix *gradient, SmoothRun *run, GError **error)
{
  gint64 n = values->n_cols, n_rows = values->n_rows;
  double q0, q1, scale = normalised && n_rows * n > 0 ? 1.0 / ((double) n_rows * (double) n) : 1.0;

  if (!sum_entries (precision, &q0, &q1, run, error))
    return FALSE;
  double on = q0 / (double) MAX (n, 1), off = n > 1 ? q1 / ((double) n * (double) (n - 1)) : 0.0;
  *expectation = 0.0;
  for (gint64 k = 0; k < n_rows; k++)
    {
      double weight = scale * (confidences != NULL ? confidences[k] : 1.0), m1 = 0.0, m2 = 0.0;
      for (gint64 i = 0; i < n; i++)
        {
          double b = values->values[k + i * n_rows];
          m1 += b;
          m2 += b * b;
        }
      *expectation += weight * (on * m2 + off * (m1 * m1 - m2));
      for (gint64 i = 0; gradient != NULL && i < n; i++)
        {
          double b = values->values[k + i * n_rows];
          gradient->values[k + i * n_rows] += factor * weight * 2.0 * (on * b + off * (m1 - b));
        }
    }
  return TRUE;
}

/**
 * smooth_contrastive_loss:
 * @values: B, K x n_spots
 * @confidences: (nullable): K
 * @settings: (nullable): NULL for the defaults
 * @permutations: (nullable): settings->n_permutations x n_spots, row-major: value number p[i] stands at spot i; %NULL: seeded ones
 * @normalised: divide both losses by K n_spots; otherwise the lower bound is multiplied by it
 * @gradient: (nullable): K x n_spots: of the loss; 0 where it is clamped
 *
 * One product with Q for each permutation, or two in all for the expectation; 3 K n_spots doubles.
 */
gboolean
smooth_contrastive_loss (const SmoothPrecision *precision, const SmoothMatrix *values, const double *confidences,
                         const SmoothContrastSettings *settings, const gint32 *permutations, gboolean normalised,
                         SmoothContrast *contrast, SmoothMatrix *gradient, SmoothRun *run, GError **error)
{
  SmoothContrastSettings defaults;
  gint64 size = values->n_rows * values->n_cols;

  g_return_val_if_fail (values->n_cols == precision->n_spots, FALSE);
  smooth_params_init (&smooth_contrast_params, &defaults);
  settings = settings != NULL ? settings : &defaults;
  if (!smooth_params_check (&smooth_contrast_params, settings, error)
      || (permutations != NULL && !check_permutations (permutations, settings->n_permutations, values->n_cols, error)))
    return FALSE;

  g_autoptr (SmoothMatrix) slope = smooth_matrix_new (values->n_rows, values->n_cols, error);
  SmoothContrast found = { 0 };
  if (slope == NULL || !smooth_spatial_loss (precision, values, confidences, normalised, &found.positive, slope, run, error))
    return FALSE;
  gboolean done = settings->n_permutations > 0
                      ? average (precision, values, confidences, settings, permutations, normalised, &found.negative, slope, run, error)
                      : expect (precision, values, confidences, normalised, -settings->ratio, &found.negative, slope, run, error);
  if (!done)
    return FALSE;

  double bound = settings->lower_bound * (normalised ? 1.0 : (double) size);
  found.loss = found.positive - settings->ratio * found.negative;
  found.is_clamped = found.loss < bound;
  if (found.is_clamped)
    found.loss = bound;
  *contrast = found;
  for (gint64 e = 0; gradient != NULL && e < size; e++)
    gradient->values[e] = found.is_clamped ? 0.0 : slope->values[e];
  return TRUE;
}
