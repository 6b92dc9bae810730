/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The neighbour graph as lines over the tissue, for the window and for figures. */
#pragma once

#include "export/raster.h"
#include "pipeline/pipeline.h"

#include <cairo.h>

G_BEGIN_DECLS

/* Where edges are drawn. */
typedef struct
{
  SmoothView view;      /* of the section's plane, in units of the target */
  double width, height; /* of the target: edges beyond are left out */
  double unit;          /* of the target: what a pixel of the screen is; widths of lines follow it */
  gboolean is_vector;   /* lines of one strength are one path: small files */
} SmoothEdgesPlace;

gint64 smooth_edges_count (const SmoothOutcome *outcome, const SmoothEdgesPlace *place);
gboolean smooth_edges_draw (const SmoothOutcome *outcome, const SmoothEdgesPlace *place, cairo_t *cairo, SmoothRun *run);

G_END_DECLS
