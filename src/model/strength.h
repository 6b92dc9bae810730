/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The weight of a spatial prior as a pure number that means the same on every data set. */
#pragma once

#include "model/deconvolution.h"

G_BEGIN_DECLS

double smooth_strength_get_unit (const SmoothReduced *reduced, const SmoothDeconvolutionSettings *settings,
                                 const SmoothPrecision *precision, const double *confidences);
double smooth_i_strength_unit (double trace_h, double mean_diagonal, const double *confidences, gint n_types);
double smooth_i_deconvolver_get_unit (const SmoothDeconvolver *solver, const SmoothDeconvolutionSettings *settings);
double smooth_i_precision_mean_diagonal (const SmoothPrecision *precision);

G_END_DECLS
