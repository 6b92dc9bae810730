/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The curve of a suggestion: how well each lambda and rho does, or how the prior and the data fall off with the distance. */
#pragma once

#include "export/plot.h"
#include "model/choose.h"

G_BEGIN_DECLS

/* What the plot says in words, in the language of who looks. */
typedef struct
{
  const char *title;
  const char *x, *y;     /* of the axes */
  const char *plain;     /* of the line at lambda = 0 */
  const char *data;      /* decay: of the likeness of expression */
} SmoothChoiceWords;

double smooth_choice_point_get_lambda (const SmoothChoicePoint *point, gint unit);
SmoothPlot *smooth_plot_new_of_choice (const SmoothChoice *choice, gint unit, double present, const SmoothChoiceWords *words);

G_END_DECLS
