/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The edges that the core draws, as pixels of the canvas. */
#include "edges.h"

/**
 * scope_edges_draw:
 * @outcome: with its graphs
 * @run: is asked every few thousand edges
 *
 * Draws nothing where the spots are too close to each other in @view to tell their edges apart.
 *
 * Returns: FALSE if cancelled
 */
gboolean
scope_edges_draw (const SmoothOutcome *outcome, const SmoothView *view, SmoothPicture *target, SmoothRun *run)
{
  SmoothEdgesPlace place = { .view = *view, .width = target->width, .height = target->height, .unit = 1.0 };
  cairo_surface_t *surface = cairo_image_surface_create_for_data ((guchar *) target->pixels, CAIRO_FORMAT_ARGB32, target->width,
                                                                  target->height, (int) target->stride);
  cairo_t *cairo = cairo_create (surface);
  gboolean go_on = smooth_edges_draw (outcome, &place, cairo, run);

  cairo_destroy (cairo);
  cairo_surface_destroy (surface);
  return go_on;
}
