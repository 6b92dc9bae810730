/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What imputation reaches on problems built backwards from an optimum, values kept or denoised, of any sign or non-negative: the
 * optimality conditions and the objective are computed again by plain loops. */
#include "model/imputation.h"
#include "../problem.h"

#include <math.h>

#define N_FEATURES 3
#define WEIGHT 10 /* of denoised problems' edges */
#define LIVE 1e-6
#define EXACT 1e-8

/* x is the optimum of  1/(n_o F) |x_o - y_o|^2 + lambda/(F n) sum x'Q x, or of the second term with x_o = y_o. */
typedef struct
{
  gint64 n, n_observed;
  SmoothImputationSettings settings;
  SmoothPrecision *precision;
  gint32 *observed;
  SmoothMatrix *values;  /* n_observed x F */
  SmoothMatrix *optimum; /* n x F */
} Built;

static void
built_clear (Built *built)
{
  g_clear_pointer (&built->precision, smooth_precision_unref);
  g_clear_pointer (&built->values, smooth_matrix_unref);
  g_clear_pointer (&built->optimum, smooth_matrix_unref);
  g_free (built->observed);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Built, built_clear)

static double
multiply_row (const SmoothSparse *q, const double *x, gint64 i)
{
  double sum = 0;

  for (gint64 e = q->starts[i]; e < q->starts[i + 1]; e++)
    sum += q->values[e] * x[q->rows[e]];
  return sum;
}

static double
choose_value (const Built *built, SmoothRng *rng)
{
  if (!built->settings.nonnegative)
    return smooth_i_rng_normal (rng);
  return smooth_i_rng_uniform (rng) < 0.4 ? 0 : 0.1 + smooth_i_rng_uniform (rng);
}

/* A lattice of spots that were not measured, each tied to one of its own that was: Q = [L + c, -c; -c, c + 1] with the lattice's
 * matrix L, whose smallest eigenvalue is next to 0. The measured value is what makes the chosen one optimal; with ties of c the
 * condition number of the equations is about 12 / c. */
static void
build_kept (Built *built, gint64 half, double tie, SmoothRng *rng)
{
  g_autoptr (SmoothPrecision) lattice = problem_lattice (rng, half, 1 - 1e-10, 0);
  const SmoothSparse *l = lattice->symmetric;
  gint64 nnz = 0, most = smooth_sparse_get_nnz (l) + 4 * half;
  g_autofree gint32 *rows = g_new (gint32, most), *cols = g_new (gint32, most);
  g_autofree double *entries = g_new (double, most);

  built->n = 2 * half;
  built->n_observed = half;
  built->observed = g_new (gint32, half);
  built->optimum = smooth_matrix_new (built->n, N_FEATURES, NULL);
  built->values = smooth_matrix_new (half, N_FEATURES, NULL);
  for (gint64 i = 0; i < half; i++)
    {
      const gint32 own = (gint32) i, other = (gint32) (half + i);
      const gint32 more_rows[] = { own, other, other, own }, more_cols[] = { own, own, other, other };
      const double more[] = { tie, -tie, tie + 1, -tie };
      for (gint64 e = l->starts[i]; e < l->starts[i + 1]; e++, nnz++)
        {
          rows[nnz] = l->rows[e];
          cols[nnz] = own;
          entries[nnz] = l->values[e];
        }
      for (gint k = 0; k < 4; k++, nnz++)
        {
          rows[nnz] = more_rows[k];
          cols[nnz] = more_cols[k];
          entries[nnz] = more[k];
        }
      built->observed[i] = other;
    }
  g_autoptr (SmoothSparse) q = smooth_sparse_new_from_triplets (built->n, built->n, nnz, rows, cols, entries, NULL);
  built->precision = smooth_precision_new_from_matrix (q, NULL);
  for (gint f = 0; f < N_FEATURES; f++)
    {
      double *x = smooth_matrix_column (built->optimum, f), *y = smooth_matrix_column (built->values, f);
      for (gint64 i = 0; i < half; i++)
        x[i] = choose_value (built, rng);
      for (gint64 i = 0; i < half; i++)
        {
          double multiplier = built->settings.nonnegative && x[i] == 0 ? smooth_i_rng_uniform (rng) : 0;
          y[i] = x[half + i] = (multiply_row (l, x, i) + tie * x[i] - multiplier) / tie;
        }
    }
}

/* Heavier edges let a prior outweigh values by more than the largest lambda does. */
static SmoothPrecision *
scale_precision (const SmoothPrecision *precision, double factor)
{
  const SmoothSparse *from = precision->symmetric;
  gint64 n = precision->n_spots, nnz = smooth_sparse_get_nnz (from);
  g_autofree gint32 *cols = g_new (gint32, nnz);
  g_autofree double *values = g_new (double, nnz);

  for (gint64 j = 0; j < n; j++)
    for (gint64 e = from->starts[j]; e < from->starts[j + 1]; e++)
      {
        cols[e] = (gint32) j;
        values[e] = factor * from->values[e];
      }
  g_autoptr (SmoothSparse) q = smooth_sparse_new_from_triplets (n, n, nnz, from->rows, cols, values, NULL);
  return smooth_precision_new_from_matrix (q, NULL);
}

/* A lattice, with spots that were not measured, none beside another: these take the weighted mean of their neighbours. Measured values
 * follow from the optimum. The condition number of the equations is about 12 WEIGHT lambda. */
static void
build_denoised (Built *built, gint64 n, double lambda, SmoothRng *rng)
{
  g_autofree guint8 *is_missing = g_new0 (guint8, n);
  g_autoptr (SmoothPrecision) lattice = problem_lattice (rng, n, 1 - 1e-10, 0);

  built->n = n;
  built->settings.lambda = lambda;
  built->precision = scale_precision (lattice, WEIGHT);
  built->observed = g_new (gint32, n);
  const SmoothSparse *q = built->precision->symmetric;
  for (gint64 i = 0; i < n; i++)
    {
      is_missing[i] = smooth_i_rng_uniform (rng) < 0.4;
      for (gint64 e = q->starts[i]; e < q->starts[i + 1]; e++)
        if (q->rows[e] < i && is_missing[q->rows[e]])
          is_missing[i] = FALSE;
      if (!is_missing[i])
        built->observed[built->n_observed++] = (gint32) i;
    }
  built->optimum = smooth_matrix_new (n, N_FEATURES, NULL);
  built->values = smooth_matrix_new (built->n_observed, N_FEATURES, NULL);
  double strength = lambda * (double) built->n_observed / (double) n;
  for (gint f = 0; f < N_FEATURES; f++)
    {
      double *x = smooth_matrix_column (built->optimum, f);
      for (gint64 k = 0; k < built->n_observed; k++)
        x[built->observed[k]] = choose_value (built, rng);
      for (gint64 i = 0; i < n; i++)
        for (gint64 e = q->starts[i]; is_missing[i] && e < q->starts[i + 1]; e++)
          if (q->rows[e] == i)
            x[i] = -multiply_row (q, x, i) / q->values[e];
      for (gint64 k = 0; k < built->n_observed; k++)
        {
          gint64 i = built->observed[k];
          double multiplier = built->settings.nonnegative && x[i] == 0 ? strength * smooth_i_rng_uniform (rng) : 0;
          smooth_matrix_column (built->values, f)[k] = x[i] + strength * multiply_row (q, x, i) - multiplier;
        }
    }
}

typedef struct
{
  double objective, kkt;
} Figures;

/* KKT: the largest violation as a gradient, against the largest part of the gradient that does not depend on what is unknown; where
 * a value has a bound, no more than its own diagonal entry times the value. */
static Figures
evaluate (const Built *built, const SmoothMatrix *all)
{
  const SmoothSparse *q = built->precision->symmetric;
  double worst = 0, largest = 0, observed = (double) built->n_observed, n = (double) built->n;
  double lambda = built->settings.fixed ? 1 : built->settings.lambda * observed / n; /* against (x - y)^2 */
  g_autofree gint64 *at = g_new (gint64, built->n);
  Figures figures = { 0 };

  for (gint64 i = 0; i < built->n; i++)
    at[i] = -1;
  for (gint64 k = 0; k < built->n_observed; k++)
    at[built->observed[k]] = k;
  for (gint f = 0; f < N_FEATURES; f++)
    {
      const double *x = smooth_matrix_column (all, f), *y = smooth_matrix_column (built->values, f);
      for (gint64 i = 0; i < built->n; i++)
        {
          double gradient = 0, fixed = 0, diagonal = 0;
          for (gint64 e = q->starts[i]; e < q->starts[i + 1]; e++)
            {
              gint64 j = q->rows[e];
              gradient += lambda * q->values[e] * x[j];
              fixed += built->settings.fixed && at[j] >= 0 ? lambda * q->values[e] * y[at[j]] : 0;
              diagonal += i == j ? lambda * q->values[e] : 0;
            }
          figures.objective += built->settings.lambda * x[i] * gradient / (lambda * n * N_FEATURES);
          if (at[i] >= 0 && built->settings.fixed)
            {
              g_assert_cmpfloat (x[i], ==, y[at[i]]);
              continue;
            }
          if (at[i] >= 0)
            {
              gradient += x[i] - y[at[i]];
              diagonal += 1;
              fixed -= y[at[i]];
              figures.objective += pow (x[i] - y[at[i]], 2) / (observed * N_FEATURES);
            }
          largest = MAX (largest, fabs (fixed));
          if (built->settings.nonnegative)
            {
              g_assert_cmpfloat (x[i], >=, 0);
              gradient = MIN (gradient, diagonal * x[i]);
            }
          worst = MAX (worst, fabs (gradient));
        }
    }
  figures.kkt = largest > 0 ? worst / largest : 0;
  return figures;
}

static void
check (Built *built, double condition, double tolerance)
{
  g_autoptr (GError) error = NULL;
  SmoothInfo info;
  Figures best = evaluate (built, built->optimum);

  g_assert_cmpfloat (best.kkt, <=, 1e-12); /* it is one */
  built->settings.tolerance = tolerance;
  g_autoptr (SmoothImputer) imputer
      = smooth_imputer_new (built->precision, built->observed, built->n_observed, &built->settings, NULL, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (SmoothMatrix) x = smooth_imputer_solve (imputer, built->values, &info, NULL, &error);
  g_assert_no_error (error);
  Figures figures = evaluate (built, x);
  double apart = 0;
  for (gint64 e = 0; e < built->n * N_FEATURES; e++)
    apart = MAX (apart, fabs (x->values[e] - built->optimum->values[e]));
  g_test_message ("%s, %s, %d spots, condition %g, tolerance %g: %s, KKT %.1e (said %.1e), %.1e over the optimum, values %.1e from "
                  "it, %.0f ms",
                  built->settings.fixed ? "kept" : "denoised", built->settings.nonnegative ? "non-negative" : "any sign",
                  (int) built->n, condition, tolerance, smooth_status_get_name (info.status), figures.kkt, info.kkt_residual, figures.objective / best.objective - 1,
                  apart, info.seconds * 1e3);
  g_assert_cmpint (info.status, ==, SMOOTH_STATUS_CONVERGED);
  g_assert_cmpfloat (figures.kkt, <=, tolerance);
  g_assert_cmpfloat_with_epsilon (info.objective, figures.objective, 1e-10 * best.objective);
  g_assert_cmpfloat (figures.objective - best.objective, <=, tolerance * best.objective);
  g_assert_cmpfloat (figures.objective - best.objective, >=, -1e-11 * best.objective);
}

static void
test_imputation (gconstpointer data)
{
  static const gint64 sizes[] = { 50, 4000, 100000 };
  static const double conditions[] = { 10, 1e4, 1e8 };
  gint kind = GPOINTER_TO_INT (data);

  for (gsize s = 0; s < G_N_ELEMENTS (sizes); s++)
    for (gsize c = 0; c < G_N_ELEMENTS (conditions); c++)
      {
        g_auto (Built) built = { 0 };
        SmoothRng rng;

        smooth_i_rng_init (&rng, 10 * s + c, 0);
        smooth_params_init (&smooth_imputation_params, &built.settings);
        built.settings.fixed = (kind & 1) != 0;
        built.settings.nonnegative = (kind & 2) != 0;
        built.settings.centre = FALSE;
        built.settings.max_iterations = 100000;
        if (built.settings.fixed)
          build_kept (&built, sizes[s] / 2, 12 / conditions[c], &rng);
        else
          build_denoised (&built, sizes[s], conditions[c] / (12 * WEIGHT), &rng);
        if (built.settings.nonnegative) /* else there is nothing to iterate */
          check (&built, conditions[c], LIVE);
        check (&built, conditions[c], EXACT);
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/certificates/imputation/denoised", GINT_TO_POINTER (0), test_imputation);
  g_test_add_data_func ("/certificates/imputation/kept", GINT_TO_POINTER (1), test_imputation);
  g_test_add_data_func ("/certificates/imputation/denoised-non-negative", GINT_TO_POINTER (2), test_imputation);
  g_test_add_data_func ("/certificates/imputation/kept-non-negative", GINT_TO_POINTER (3), test_imputation);
  return g_test_run ();
}
