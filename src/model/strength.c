/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The curvature of the prior against that of the data.
 *
 * In 1/(G n) ||X B + 1 b - Y||^2 + lambda/(K n) sum_k c_k b_k'Q b_k the second derivatives are (2/n) H x I and
 * (2 lambda/(K n)) C x Q, with H = Xt'Xt / G (X centred over genes where there is a bias). Their mean diagonals give
 * (where each type has a prior of its own with mean (c_k q_k,ii) instead)
 *
 *     strength = lambda mean (c_k) mean (q_ii) / trace H      and      lambda = strength * unit,
 *     unit     = trace H / (mean (c_k) mean (q_ii)).
 *
 * Scaling Y scales B with it and leaves every ratio alone; scaling X by a scales H, and so the unit, by a^2 and B by 1/a;
 * more spots or more genes of the same kind change neither mean; scaling Q or c scales the unit back. So the proportions
 * for one strength are the same in all of these. At strength 1 an average type at an average spot listens to its
 * neighbours as much as to its own counts.
 *
 * The other models weigh residuals, and so H: by the mean weight of each gene over spots (dwls; lognormal, where a step db
 * of a fit y changes its logarithm by db / (y + offset)), by C (nusvr; of its plain distances, by what squares of the size
 * of the data would have in their place). One strength then means about as much smoothing in each of them.
 */
#include "model/strength.h"

#include "model/deconvolution-private.h"

#include <math.h>

/**
 * smooth_i_strength_unit:
 * @trace_h: of Xt'Xt / G
 * @mean_diagonal: of Q
 * @confidences: (nullable): n_types; %NULL for 1
 *
 * Returns: the lambda whose strength is 1; 1 where data or prior have no curvature, so that there is nothing to compare
 */
double
smooth_i_strength_unit (double trace_h, double mean_diagonal, const double *confidences, gint n_types)
{
  double confidence = 0.0;

  for (gint k = 0; k < n_types; k++)
    confidence += (confidences != NULL ? confidences[k] : 1.0) / n_types;
  double unit = trace_h / (confidence * mean_diagonal);
  return isfinite (unit) && unit > 0.0 ? unit : 1.0;
}

/* Of Q's symmetric part; 0 without a prior. O(n) */
double
smooth_i_precision_mean_diagonal (const SmoothPrecision *precision)
{
  double sum = 0.0;

  for (gint64 i = 0; precision != NULL && i < precision->n_spots; i++)
    sum += precision->diagonal[i];
  return precision != NULL && precision->n_spots > 0 ? sum / (double) precision->n_spots : 0.0;
}

/* Of squares whose residuals have the weight u of the data at hand; genes that are 0 in most spots are passed by. */
typedef struct
{
  double zero; /* where the value is 0 */
  double cap;  /* dwls */
  double largest;
  double offset; /* lognormal; else negative */
} Weigher;

static double
weigh (const Weigher *weigher, double value)
{
  if (weigher->offset >= 0.0)
    return 1.0 / ((fabs (value) + weigher->offset) * (fabs (value) + weigher->offset));
  double ratio = weigher->largest / MAX (fabs (value), 1.0 / weigher->cap);
  return MIN (ratio * ratio, weigher->cap);
}

/* Returns: (transfer full): n_genes: the mean weight of each gene over spots. O(nnz + n_genes) */
static double *
mean_weights (const SmoothReduced *reduced, const SmoothDeconvolutionSettings *settings)
{
  const SmoothSparse *y = reduced->expression;
  double *weights = g_new0 (double, reduced->n_genes), of_zeros = 0.0, n = (double) reduced->n_spots;
  Weigher weigher = { .cap = settings->dwls_cap,
                      .offset = settings->kind == SMOOTH_MODEL_LOGNORMAL ? settings->log_offset : -1.0 };

  for (gint64 i = 0; i < reduced->n_spots; i++)
    {
      weigher.largest = 1.0 / weigher.cap;
      for (gint64 e = y->starts[i]; e < y->starts[i + 1]; e++)
        weigher.largest = MAX (weigher.largest, fabs (y->values[e]));
      double zero = weigh (&weigher, 0.0);
      of_zeros += zero / n;
      for (gint64 e = y->starts[i]; e < y->starts[i + 1]; e++)
        weights[y->rows[e]] += (weigh (&weigher, y->values[e]) - zero) / n;
    }
  for (gint64 g = 0; g < reduced->n_genes; g++)
    weights[g] += of_zeros;
  return weights;
}

/* The trace of X' diag (w) X / G, X centred by the same weights where there is a bias. */
static double
weighted_trace (const SmoothReduced *reduced, const double *weights)
{
  double trace = 0.0, total = 0.0;

  for (gint64 g = 0; g < reduced->n_genes; g++)
    total += weights[g];
  for (gint k = 0; k < reduced->n_types; k++)
    {
      const double *x = smooth_matrix_column (reduced->signature, k);
      double centre = 0.0;
      for (gint64 g = 0; reduced->bias && g < reduced->n_genes; g++)
        centre += weights[g] / total * x[g];
      for (gint64 g = 0; g < reduced->n_genes; g++)
        trace += weights[g] * (x[g] - centre) * (x[g] - centre) / (double) reduced->n_genes;
    }
  return trace;
}

/* The curvature of the data's term: of least squares where @settings is NULL. */
static double
get_trace (const SmoothReduced *reduced, const SmoothDeconvolutionSettings *settings)
{
  SmoothModelKind kind = settings != NULL ? (SmoothModelKind) settings->kind : SMOOTH_MODEL_NNLS;
  double trace = 0.0;

  if (kind == SMOOTH_MODEL_DWLS || kind == SMOOTH_MODEL_LOGNORMAL)
    {
      g_autofree double *weights = mean_weights (reduced, settings);
      return weighted_trace (reduced, weights);
    }
  for (gint k = 0; k < reduced->n_types; k++)
    trace += reduced->h[k * reduced->n_types + k];
  if (kind == SMOOTH_MODEL_NUSVR && settings->svr_loss == SMOOTH_SVR_ABSOLUTE && reduced->total > 0.0)
    trace /= 2.0 * sqrt (reduced->total / (double) reduced->n_spots);
  if (kind == SMOOTH_MODEL_NUSVR)
    trace = settings->svr_cost * trace;
  return trace;
}

/* Of the prior that a solver has; O(n), and once through the data in the models that weigh genes. */
double
smooth_i_deconvolver_get_unit (const SmoothDeconvolver *solver, const SmoothDeconvolutionSettings *settings)
{
  const SmoothReduced *reduced = solver->reduced;
  g_autofree double *confidences = g_new (double, reduced->n_types);
  double sum = 0.0;

  for (gint64 p = 0; p < solver->layout->n_positions; p++)
    sum += solver->diagonal[p];
  for (gint k = 0; k < reduced->n_types; k++)
    confidences[k] = solver->confidences[k] * smooth_i_priors_get_scale (solver, k);
  return smooth_i_strength_unit (get_trace (reduced, settings), sum / (double) reduced->n_spots, confidences,
                                 reduced->n_types);
}

/**
 * smooth_strength_get_unit:
 * @settings: (nullable): of the model; %NULL for one of least squares. Of lambda nothing is looked at
 * @precision: (nullable): the prior; %NULL for none
 * @confidences: (nullable): n_types; %NULL for 1
 *
 * Returns: the lambda of strength 1: lambda = strength * unit. O(n_spots), and once through the data in the models that
 * weigh genes
 */
double
smooth_strength_get_unit (const SmoothReduced *reduced, const SmoothDeconvolutionSettings *settings,
                          const SmoothPrecision *precision, const double *confidences)
{
  return smooth_i_strength_unit (get_trace (reduced, settings), smooth_i_precision_mean_diagonal (precision), confidences,
                                 reduced->n_types);
}
