/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What spatial PCA certifies on problems built backwards: patterns are eigenvectors of the prior, so that the components and
 * their eigenvalues are known; residual, angle and objective are computed again by plain loops. */
#include "base/rng.h"
#include "model/pca.h"
#include "../problem.h"

#include <math.h>

#define N_GENES 40
#define RANK 8
#define N_COMPONENTS 5
#define LAMBDA 0.2
#define EXACT 1e-8

typedef struct
{
  gint64 n;
  double *patterns; /* n x RANK: orthonormal eigenvectors of the path's Laplacian, none of them constant */
  double *loadings; /* G x RANK: orthonormal */
  double eigenvalues[RANK];
  SmoothSparse *expression;
  SmoothPrecision *precision;
} Planted;

static void
planted_clear (Planted *planted)
{
  g_free (planted->patterns);
  g_free (planted->loadings);
  g_clear_pointer (&planted->expression, smooth_sparse_unref);
  g_clear_pointer (&planted->precision, smooth_precision_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Planted, planted_clear)

/* The Laplacian of a path: its eigenvectors are cosines, cos (pi j (i + 1/2) / n), its eigenvalues 2 - 2 cos (pi j / n). */
static SmoothPrecision *
make_path (gint64 n)
{
  g_autofree gint32 *rows = g_new (gint32, 3 * n), *cols = g_new (gint32, 3 * n);
  g_autofree double *values = g_new (double, 3 * n);
  gint64 nnz = 0;

  for (gint64 i = 0; i < n; i++)
    for (gint64 j = MAX (i - 1, 0); j <= MIN (i + 1, n - 1); j++, nnz++)
      {
        rows[nnz] = (gint32) i;
        cols[nnz] = (gint32) j;
        values[nnz] = i != j ? -1 : i == 0 || i == n - 1 ? 1 : 2;
      }
  g_autoptr (SmoothSparse) q = smooth_sparse_new_from_triplets (n, n, nnz, rows, cols, values, NULL);
  return smooth_precision_new_from_matrix (q, NULL);
}

/* Y = U D W' with M = Y (I - lambda Q) Y' = U diag (eigenvalues) U'; the last eigenvalue is the first over the condition. */
static void
planted_init (Planted *planted, gint64 n, double condition, guint64 seed)
{
  SmoothRng rng;
  double sizes[RANK];

  memset (planted, 0, sizeof *planted);
  smooth_i_rng_init (&rng, seed, 0);
  planted->n = n;
  planted->precision = make_path (n);
  planted->loadings = problem_orthonormal (&rng, N_GENES, RANK, FALSE);
  planted->patterns = g_new (double, n * RANK);
  for (gint j = 0; j < RANK; j++)
    {
      double frequency = G_PI * (double) (1 + j * (n - 2) / RANK) / (double) n;
      for (gint64 i = 0; i < n; i++)
        planted->patterns[i + j * n] = sqrt (2 / (double) n) * cos (frequency * ((double) i + 0.5));
      planted->eigenvalues[j] = (double) n * pow (condition, -(double) j / (RANK - 1));
      sizes[j] = sqrt (planted->eigenvalues[j] / (1 - LAMBDA * (2 - 2 * cos (frequency))));
    }
  g_autoptr (SmoothMatrix) y = smooth_matrix_new (N_GENES, n, NULL);
  for (gint64 i = 0; i < n; i++)
    for (gint64 g = 0; g < N_GENES; g++)
      for (gint j = 0; j < RANK; j++)
        y->values[g + i * N_GENES] += planted->loadings[g + j * N_GENES] * sizes[j] * planted->patterns[i + j * n];
  planted->expression = smooth_sparse_new_from_dense (y, NULL);
}

/* |M u - theta u| from the expression itself; *explained: u'M u. */
static double
measure_residual (const Planted *planted, const double *u, double theta, double *explained)
{
  const SmoothSparse *y = planted->expression, *q = planted->precision->symmetric;
  g_autofree double *z = g_new0 (double, planted->n);
  double product[N_GENES] = { 0 }, sum = 0;

  for (gint64 i = 0; i < planted->n; i++)
    for (gint64 e = y->starts[i]; e < y->starts[i + 1]; e++)
      z[i] += u[y->rows[e]] * y->values[e];
  for (gint64 i = 0; i < planted->n; i++)
    {
      double smooth = z[i];
      for (gint64 e = q->starts[i]; e < q->starts[i + 1]; e++)
        smooth -= LAMBDA * q->values[e] * z[q->rows[e]];
      for (gint64 e = y->starts[i]; e < y->starts[i + 1]; e++)
        product[y->rows[e]] += y->values[e] * smooth;
    }
  *explained = 0;
  for (gint64 g = 0; g < N_GENES; g++)
    {
      *explained += product[g] * u[g];
      sum += pow (product[g] - theta * u[g], 2);
    }
  return sqrt (sum);
}

/* The sine of the largest angle of the columns to the span of the planted ones, about. */
static double
measure_angle (const Planted *planted, const SmoothMatrix *loadings)
{
  double sum = 0;

  for (gint64 k = 0; k < loadings->n_cols; k++)
    {
      double rest[N_GENES];
      memcpy (rest, smooth_matrix_column (loadings, k), sizeof rest);
      for (gint j = 0; j < N_COMPONENTS; j++)
        {
          double dot = 0;
          for (gint g = 0; g < N_GENES; g++)
            dot += rest[g] * planted->loadings[g + j * N_GENES];
          for (gint g = 0; g < N_GENES; g++)
            rest[g] -= dot * planted->loadings[g + j * N_GENES];
        }
      for (gint g = 0; g < N_GENES; g++)
        sum += rest[g] * rest[g];
    }
  return sqrt (sum);
}

static void
check (const Planted *planted, double condition, const SmoothPca *pca)
{
  const double *known = planted->eigenvalues;
  double worst = 0, objective = 0, best = 0, angle = measure_angle (planted, pca->loadings);
  /* Expression and Gram matrix are rounded, each entry to 1e-16 of the largest: that turns the planted subspace, too. */
  double rounding = 1e-14 * known[0], turn = rounding / (known[N_COMPONENTS - 1] - known[N_COMPONENTS]);

  g_assert_cmpint (pca->n_components, ==, N_COMPONENTS);
  for (gint k = 0; k < N_COMPONENTS; k++)
    {
      double explained;
      worst = MAX (worst, measure_residual (planted, smooth_matrix_column (pca->loadings, k), pca->eigenvalues[k], &explained));
      objective += explained / (double) (N_COMPONENTS * planted->n);
      best += known[k] / (double) (N_COMPONENTS * planted->n);
      g_assert_cmpfloat_with_epsilon (pca->eigenvalues[k], known[k], 10 * rounding);
    }
  g_test_message ("%d spots, condition %g: residual %.1e (said %.1e), angle %.1e (said %.1e), %.1e from the optimum", (int) planted->n,
                  condition, worst / known[0], pca->residual / known[0], angle, pca->angle, objective / best - 1);
  g_assert_cmpfloat (worst, <=, EXACT * known[0]);
  g_assert_cmpfloat (pca->residual, <=, EXACT * known[0]);
  g_assert_cmpfloat (worst, <=, pca->residual + 10 * rounding);
  g_assert_cmpfloat (angle, <=, pca->angle + 10 * turn);
  g_assert_cmpfloat (pca->angle, <=, EXACT);
  g_assert_cmpfloat_with_epsilon (pca->next, known[N_COMPONENTS], 10 * rounding);
  g_assert_cmpfloat_with_epsilon (pca->objective, objective, 1e-12 * best);
  g_assert_cmpfloat_with_epsilon (objective, best, 1e-12 * best);
}

static void
test_size (gconstpointer data)
{
  gint64 n = *(const gint64 *) data;
  static const double conditions[] = { 10, 1e4, 1e8 };

  for (gsize c = 0; c < G_N_ELEMENTS (conditions); c++)
    {
      g_auto (Planted) planted;
      SmoothPcaSettings settings;
      g_autoptr (GError) error = NULL;

      planted_init (&planted, n, conditions[c], c);
      smooth_params_init (&smooth_pca_params, &settings);
      settings.n_components = N_COMPONENTS;
      settings.lambda = LAMBDA;
      settings.scale = FALSE;
      settings.contrast = 0;
      g_autoptr (SmoothGrams) grams = smooth_grams_new_from_precision (planted.expression, planted.precision, NULL, NULL, &error);
      g_assert_no_error (error);
      g_autoptr (SmoothPca) pca = smooth_pca_new (grams, &settings, 0, NULL, &error);
      g_assert_no_error (error);
      check (&planted, conditions[c], pca);
    }
}

int
main (int argc, char **argv)
{
  static const gint64 sizes[] = { 50, 500, 4000, 20000, 100000 };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autofree char *path = g_strdup_printf ("/certificates/pca/%d", (int) sizes[i]);
      g_test_add_data_func (path, &sizes[i], test_size);
    }
  return g_test_run ();
}
