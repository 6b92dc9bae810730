/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Deconvolution problems with weights, tubes or logarithms: random ones, and their objective computed from scratch. */
#pragma once

#include "model/problem-private.h"
#include "../problem.h"

#include <glib.h>
#include <math.h>
#include <string.h>

typedef struct
{
  gint64 n, n_genes;
  gint n_types, n_precisions;
  SmoothMatrix *signature;
  SmoothSparse *expression;
  SmoothMatrix *values; /* G x n: the expression */
  SmoothPrecision **precisions;
  double *confidences;
  SmoothDeconvolutionSettings settings;
} Regression;

typedef gboolean (*RegressionSolve) (const SmoothProblem *problem, const SmoothDeconvolutionSettings *settings,
                                     SmoothIterate *iterate, SmoothIterateFunc improved, gpointer improved_data,
                                     SmoothInfo *info, SmoothRun *run, GError **error);

static inline SmoothIterate
iterate_new (const Regression *r)
{
  return (SmoothIterate){ smooth_matrix_new (r->n_types, r->n, NULL), g_new0 (double, MAX (r->n, 1)), 0 };
}

static inline void
iterate_clear (SmoothIterate *iterate)
{
  g_clear_pointer (&iterate->abundances, smooth_matrix_unref);
  g_clear_pointer (&iterate->bias, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SmoothIterate, iterate_clear)

static inline void
regression_clear (Regression *r)
{
  g_clear_pointer (&r->signature, smooth_matrix_unref);
  g_clear_pointer (&r->expression, smooth_sparse_unref);
  g_clear_pointer (&r->values, smooth_matrix_unref);
  for (gint k = 0; k < r->n_precisions; k++)
    smooth_precision_unref (r->precisions[k]);
  g_free (r->precisions);
  g_free (r->confidences);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Regression, regression_clear)

static inline SmoothProblem
regression_problem (const Regression *r)
{
  return (SmoothProblem){ r->signature, r->expression, r->precisions, r->n_precisions, r->confidences };
}

static inline void
regression_take_values (Regression *r)
{
  g_clear_pointer (&r->expression, smooth_sparse_unref);
  r->expression = smooth_sparse_new_from_dense (r->values, NULL);
}

/* Mixtures of two types in each spot, noise, some genes not seen; one lattice prior, or one for each type. */
static inline void
regression_init (Regression *r, gint64 n, gint n_types, gint64 n_genes, double lambda, gint n_precisions, guint64 seed)
{
  SmoothRng rng;

  smooth_i_rng_init (&rng, seed, 0);
  memset (r, 0, sizeof *r);
  r->n = n;
  r->n_types = n_types;
  r->n_genes = n_genes;
  r->n_precisions = n_precisions;
  r->signature = smooth_matrix_new (n_genes, n_types, NULL);
  r->values = smooth_matrix_new (n_genes, n, NULL);
  r->precisions = g_new0 (SmoothPrecision *, n_precisions + 1);
  r->confidences = g_new (double, n_types + 1);
  for (gint k = 0; k < n_types; k++)
    r->confidences[k] = 0.3 + 0.7 * smooth_i_rng_uniform (&rng);
  for (gint k = 0; k < n_precisions; k++)
    r->precisions[k] = problem_lattice (&rng, n, 0.99 - 0.1 * k, 0.05);
  for (gint64 e = 0; e < n_genes * n_types; e++)
    r->signature->values[e] =
        0.2 + smooth_i_rng_uniform (&rng) + (smooth_i_rng_uniform (&rng) < 0.3 ? 2 * smooth_i_rng_uniform (&rng) : 0);
  for (gint64 i = 0; i < n; i++)
    for (gint part = 0; part < 2; part++)
      {
        gint64 k = smooth_i_rng_index (&rng, n_types);
        double share = smooth_i_rng_uniform (&rng);
        for (gint64 g = 0; g < n_genes; g++)
          {
            double *y = &smooth_matrix_column (r->values, i)[g];
            *y += share * smooth_matrix_column (r->signature, k)[g] + 0.1 * smooth_i_rng_normal (&rng);
            if (part == 1)
              *y = smooth_i_rng_uniform (&rng) < 0.3 || *y < 0 ? 0 : *y;
          }
      }
  regression_take_values (r);
  smooth_params_init (&smooth_deconvolution_params, &r->settings);
  r->settings.lambda = lambda;
  r->settings.tolerance = 1e-9;
}

/* (Q_k b_k)_i: through the operator, so that it serves any prior. */
static inline SmoothMatrix *
regression_pull (const Regression *r, const SmoothMatrix *abundances)
{
  SmoothMatrix *pull = smooth_matrix_new (r->n_types, r->n, NULL);
  g_autoptr (SmoothMatrix) all = smooth_matrix_new (r->n_types, r->n, NULL);

  for (gint p = 0; p < r->n_precisions; p++)
    {
      g_assert_true (smooth_precision_apply (r->precisions[p], abundances, all, NULL, NULL));
      for (gint64 e = 0; e < r->n * r->n_types; e++)
        if (r->n_precisions == 1 || e % r->n_types == p)
          pull->values[e] =
              all->values[e] * 2 * r->settings.lambda * r->confidences[e % r->n_types] / (double) (r->n_types * r->n);
    }
  return pull; /* the prior's gradient */
}

static inline double
regression_fit (const Regression *r, const SmoothIterate *iterate, gint64 g, gint64 i)
{
  double fit = iterate->bias[i];

  for (gint k = 0; k < r->n_types; k++)
    fit += r->signature->values[g + k * r->n_genes] * smooth_matrix_column (iterate->abundances, i)[k];
  return fit;
}

/* u_gi, as the formula says it. */
static inline double
regression_weight (const Regression *r, gint64 g, gint64 i)
{
  const double *y = smooth_matrix_column (r->values, i);
  double cap = r->settings.dwls_cap, least = cap * cap, own = 0;

  for (gint64 h = 0; h < r->n_genes; h++)
    {
      double v = fmin (1 / (y[h] * y[h]), cap * cap);
      least = fmin (least, v);
      if (h == g)
        own = v;
    }
  return fmin (own / least, cap);
}

typedef struct
{
  double data, spatial, objective;
} RegressionTerms;

/* Plain loops over every value. */
static inline RegressionTerms
regression_evaluate (const Regression *r, const SmoothIterate *iterate)
{
  const SmoothDeconvolutionSettings *s = &r->settings;
  double size = (double) (r->n_genes * r->n);
  g_autoptr (SmoothMatrix) pull = regression_pull (r, iterate->abundances);
  RegressionTerms terms = { 0 };

  for (gint64 i = 0; i < r->n; i++)
    for (gint64 g = 0; g < r->n_genes; g++)
      {
        double fit = regression_fit (r, iterate, g, i), y = smooth_matrix_column (r->values, i)[g];
        double beyond = fmax (fabs (fit - y) - iterate->tube, 0);
        if (s->kind == SMOOTH_MODEL_DWLS)
          terms.data += regression_weight (r, g, i) * (fit - y) * (fit - y) / size;
        else if (s->kind == SMOOTH_MODEL_NUSVR)
          terms.data += s->svr_cost * (s->svr_loss == SMOOTH_SVR_SQUARED ? beyond * beyond : beyond) / size;
        else
          terms.data += pow (log (fit + s->log_offset) - log (y + s->log_offset), 2) / size;
      }
  if (s->kind == SMOOTH_MODEL_NUSVR)
    terms.data += s->svr_cost * s->svr_nu * iterate->tube;
  for (gint64 e = 0; e < r->n * r->n_types; e++)
    {
      double b = iterate->abundances->values[e];
      terms.spatial += 0.5 * pull->values[e] * b;
      if (s->kind == SMOOTH_MODEL_NUSVR)
        terms.data += b * b / (2 * (double) (r->n * r->n_types));
    }
  terms.objective = terms.data + terms.spatial;
  return terms;
}
