/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A section with a known truth made ready for deconvolution under the default prior, and means over several. */
#pragma once

#include "truth.h"

typedef struct
{
  Truth truth;
  SmoothPrepared *prepared;
  SmoothGraph *graph;
  SmoothPrecision *precision; /* of the default prior */
  SmoothReduced *reduced;
  double unit; /* the lambda of strength 1, of least squares */
} Case;

static inline void
case_clear (Case *c)
{
  truth_clear (&c->truth);
  g_clear_pointer (&c->prepared, smooth_prepared_unref);
  g_clear_pointer (&c->graph, smooth_graph_unref);
  g_clear_pointer (&c->precision, smooth_precision_unref);
  g_clear_pointer (&c->reduced, smooth_reduced_unref);
}

/* Of a case whose truth has been loaded. */
static inline void
case_prepare (Case *c)
{
  g_autoptr (GError) error = NULL;

  c->prepared = smooth_prepared_new (c->truth.section, c->truth.signature, NULL, NULL, &error);
  g_assert_no_error (error);
  g_autofree double *coords = smooth_section_dup_coords_um (c->truth.section, c->prepared->spots, c->prepared->n_spots);
  SmoothGraphSettings settings;
  smooth_params_init (&smooth_graph_params, &settings);
  c->graph = smooth_graph_new (coords, c->prepared->n_spots, 2, c->truth.section->pitch, &settings, NULL, &error);
  g_assert_no_error (error);
  c->precision = smooth_precision_new (c->graph, NULL, NULL, &error);
  g_assert_no_error (error);
  c->reduced = smooth_reduced_new (c->prepared->signature, c->prepared->expression, TRUE, NULL, &error);
  g_assert_no_error (error);
  c->unit = smooth_strength_get_unit (c->reduced, NULL, c->precision, NULL);
}

static inline void
accuracy_add (Accuracy *sum, Accuracy a, double weight)
{
  sum->r += weight * a.r;
  sum->rmse += weight * a.rmse;
  sum->jsd += weight * a.jsd;
  sum->agreement += weight * a.agreement;
}

static inline void
accuracy_print (const char *what, Accuracy a)
{
  g_test_message ("%-28s r %.4f  RMSE %.4f  JSD %.4f  dominant %.3f", what, a.r, a.rmse, a.jsd, a.agreement);
}
