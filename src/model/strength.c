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

static double
get_trace (const SmoothReduced *reduced)
{
  double trace = 0.0;

  for (gint k = 0; k < reduced->n_types; k++)
    trace += reduced->h[k * reduced->n_types + k];
  return trace;
}

/* Of the prior that a solver has; O(n). */
double
smooth_i_deconvolver_get_unit (const SmoothDeconvolver *solver)
{
  const SmoothReduced *reduced = solver->reduced;
  g_autofree double *confidences = g_new (double, reduced->n_types);
  double sum = 0.0;

  for (gint64 p = 0; p < solver->layout->n_positions; p++)
    sum += solver->diagonal[p];
  for (gint k = 0; k < reduced->n_types; k++)
    confidences[k] = solver->confidences[k] * smooth_i_priors_get_scale (solver, k);
  return smooth_i_strength_unit (get_trace (reduced), sum / (double) reduced->n_spots, confidences, reduced->n_types);
}

/**
 * smooth_strength_get_unit:
 * @precision: (nullable): the prior; %NULL for none
 * @confidences: (nullable): n_types; %NULL for 1
 *
 * Returns: the lambda of strength 1: lambda = strength * unit. O(n_spots)
 */
double
smooth_strength_get_unit (const SmoothReduced *reduced, const SmoothPrecision *precision, const double *confidences)
{
  return smooth_i_strength_unit (get_trace (reduced), smooth_i_precision_mean_diagonal (precision), confidences, reduced->n_types);
}
