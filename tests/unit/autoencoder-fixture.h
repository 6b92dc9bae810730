/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small sections for tests of autoencoders. */
#pragma once

#include "base/rng.h"
#include "precision/loss.h"
#include "precision/precision.h"

#define SIDE 12
#define N_SPOTS (SIDE * SIDE)
#define N_GENES 20

/* Two halves of a square of spots, in each of which half of the genes are abundant. */
static inline SmoothSparse *
make_halves (void)
{
  g_autoptr (SmoothMatrix) dense = smooth_matrix_new (N_GENES, N_SPOTS, NULL);
  g_autoptr (GError) error = NULL;
  SmoothRng rng;

  smooth_i_rng_init (&rng, 5, 0);
  for (gint i = 0; i < N_SPOTS; i++)
    for (gint g = 0; g < N_GENES; g++)
      smooth_matrix_column (dense, i)[g] = (double) smooth_i_rng_poisson (&rng, (i % SIDE < SIDE / 2) == (g < N_GENES / 2) ? 6.0 : 1.0);
  SmoothSparse *counts = smooth_sparse_new_from_dense (dense, &error);
  g_assert_no_error (error);
  return counts;
}

static inline SmoothPrecision *
precision_from_dense (const SmoothMatrix *dense)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothSparse) q = smooth_sparse_new_from_dense (dense, &error);
  SmoothPrecision *precision = smooth_precision_new_from_matrix (q, &error);

  g_assert_no_error (error);
  return precision;
}

/* That of the square's lattice. */
static inline SmoothPrecision *
make_lattice (void)
{
  g_autoptr (SmoothMatrix) dense = smooth_matrix_new (N_SPOTS, N_SPOTS, NULL);

  for (gint i = 0; i < N_SPOTS; i++)
    {
      smooth_matrix_column (dense, i)[i] = 0.04;
      for (gint k = 0; k < 4; k++)
        {
          gint x = i % SIDE + (k == 0) - (k == 1), y = i / SIDE + (k == 2) - (k == 3);
          if (x >= 0 && y >= 0 && x < SIDE && y < SIDE)
            {
              smooth_matrix_column (dense, i)[y * SIDE + x] = -1.0;
              smooth_matrix_column (dense, i)[i] += 1.0;
            }
        }
    }
  return precision_from_dense (dense);
}

/* How rough numbers of spots are beside how much they vary. */
static inline double
measure_roughness (const SmoothMatrix *values, const SmoothPrecision *precision)
{
  double rough, sum = 0.0;

  g_assert_true (smooth_spatial_loss (precision, values, NULL, FALSE, &rough, NULL, NULL, NULL));
  for (gint64 k = 0; k < values->n_rows; k++)
    {
      double mean = 0.0;
      for (gint64 i = 0; i < values->n_cols; i++)
        mean += smooth_matrix_column (values, i)[k] / (double) values->n_cols;
      for (gint64 i = 0; i < values->n_cols; i++)
        sum += (smooth_matrix_column (values, i)[k] - mean) * (smooth_matrix_column (values, i)[k] - mean);
    }
  return rough / sum;
}

/* The share of the variance of the best dimension that two groups of spots, 0 and 1, explain. */
static inline double
measure_explained (const SmoothMatrix *values, const gint32 *groups)
{
  double best = 0.0;

  for (gint64 k = 0; k < values->n_rows; k++)
    {
      double sums[2] = { 0 }, sizes[2] = { 0 }, squares = 0.0;
      for (gint64 i = 0; i < values->n_cols; i++)
        {
          double value = smooth_matrix_column (values, i)[k];
          sums[groups[i]] += value;
          sizes[groups[i]] += 1.0;
          squares += value * value;
        }
      double all = (sums[0] + sums[1]) * (sums[0] + sums[1]) / (double) values->n_cols;
      best = MAX (best, (sums[0] * sums[0] / sizes[0] + sums[1] * sums[1] / sizes[1] - all) / (squares - all));
    }
  return best;
}

/* That of the halves. */
static inline double
measure_contrast (const SmoothMatrix *values)
{
  gint32 halves[N_SPOTS];

  for (gint i = 0; i < N_SPOTS; i++)
    halves[i] = i % SIDE < SIDE / 2;
  return measure_explained (values, halves);
}

/* Counts of some genes and spots; the first gene is found everywhere. */
static inline SmoothSparse *
make_few_counts (gint64 n_genes, gint64 n_spots, SmoothRng *rng)
{
  g_autoptr (SmoothMatrix) dense = smooth_matrix_new (n_genes, n_spots, NULL);
  g_autoptr (GError) error = NULL;

  for (gint64 e = 0; e < n_genes * n_spots; e++)
    {
      gint64 drawn = smooth_i_rng_poisson (rng, 2.0) - 1, least = e % n_genes == 0;
      dense->values[e] = (double) MAX (drawn, least);
    }
  SmoothSparse *counts = smooth_sparse_new_from_dense (dense, &error);
  g_assert_no_error (error);
  return counts;
}

/* The precision of a chain of spots. */
static inline SmoothPrecision *
make_chain (gint64 n)
{
  g_autoptr (SmoothMatrix) dense = smooth_matrix_new (n, n, NULL);

  for (gint64 i = 0; i < n; i++)
    {
      smooth_matrix_column (dense, i)[i] = 1.3 + 0.1 * (double) (i % 3);
      if (i > 0)
        smooth_matrix_column (dense, i)[i - 1] = smooth_matrix_column (dense, i - 1)[i] = -0.4;
    }
  return precision_from_dense (dense);
}
