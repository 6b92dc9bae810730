/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Edges that lie in view are stroked one by one in a worker: cheaper than one long path, whose crossings Cairo would
 * have to resolve. */
#include "edges.h"

#include <cairo.h>
#include <math.h>

/* Closer spots than this (device pixels) make a grey mass of their edges, not a graph. */
#define SMALLEST_PITCH 5.0

typedef struct
{
  const SmoothOutcome *outcome;
  const SmoothView *view;
  cairo_t *cairo;
  double width, height;
  double largest; /* weight */
  double line;    /* width of a line, device pixels */
} Pen;

/* The weight of the edge after the regions had their say. */
static double
weight_now (const SmoothOutcome *outcome, gint64 i, gint32 j)
{
  const SmoothSparse *weights = outcome->graph->weights;
  gint64 low = weights->starts[i], high = weights->starts[i + 1];

  while (low < high)
    {
      gint64 middle = low + (high - low) / 2;
      if (weights->rows[middle] < j)
        low = middle + 1;
      else
        high = middle;
    }
  return low < weights->starts[i + 1] && weights->rows[low] == j ? weights->values[low] : 0.0;
}

static void
to_target (const Pen *pen, gint64 spot, double *x, double *y)
{
  const double *coords = pen->outcome->inputs.section->coords + 2 * (gsize) pen->outcome->spots[spot];

  *x = (coords[0] - pen->view->x) * pen->view->scale;
  *y = (coords[1] - pen->view->y) * pen->view->scale;
}

static gboolean
is_in_view (const Pen *pen, double x1, double y1, double x2, double y2)
{
  return MAX (x1, x2) >= 0.0 && MIN (x1, x2) <= pen->width && MAX (y1, y2) >= 0.0 && MIN (y1, y2) <= pen->height;
}

/* Dark lines are seen on pale tissue, pale ones on dark: every edge is a dark line on a pale, wider one. All pale lines are
 * drawn before all dark ones, so that none crosses out another. */
typedef enum
{
  HALO,
  LINE,
  N_PASSES
} Pass;

/* An edge between regions is orange and dashed, and solid again as the boundary lets more through. */
static void
stroke_edge (const Pen *pen, gint64 i, gint32 j, double weight, Pass pass)
{
  const gint32 *labels = pen->outcome->labels;
  double x1, y1, x2, y2;

  to_target (pen, i, &x1, &y1);
  to_target (pen, j, &x2, &y2);
  if (!is_in_view (pen, x1, y1, x2, y2))
    return;

  gboolean is_cut = labels != NULL && labels[i] != labels[j];
  double strength = 0.25 + 0.55 * weight / pen->largest;
  if (pass == HALO)
    {
      cairo_set_dash (pen->cairo, NULL, 0, 0.0);
      cairo_set_line_width (pen->cairo, (is_cut ? 1.6 : 1.0) * pen->line + 1.5);
      cairo_set_source_rgba (pen->cairo, 1.0, 1.0, 1.0, 0.7 * strength);
    }
  else if (is_cut)
    {
      const double dashes[] = { 3.0, 3.0 };
      double left = weight > 0.0 ? weight_now (pen->outcome, i, j) / weight : 0.0;
      cairo_set_dash (pen->cairo, dashes, left < 0.999 ? 2 : 0, 0.0);
      cairo_set_line_width (pen->cairo, 1.6 * pen->line);
      cairo_set_source_rgba (pen->cairo, 1.00, 0.45, 0.05, 1.0);
    }
  else
    {
      cairo_set_dash (pen->cairo, NULL, 0, 0.0);
      cairo_set_line_width (pen->cairo, pen->line);
      cairo_set_source_rgba (pen->cairo, 0.10, 0.12, 0.16, strength);
    }
  cairo_move_to (pen->cairo, x1, y1);
  cairo_line_to (pen->cairo, x2, y2);
  cairo_stroke (pen->cairo);
}

static double
largest_weight (const SmoothSparse *weights)
{
  double largest = 0.0;

  for (gint64 e = 0; e < smooth_sparse_get_nnz (weights); e++)
    largest = MAX (largest, weights->values[e]);
  return largest;
}

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
  const SmoothSection *section = outcome->inputs.section;
  const SmoothGraph *graph = outcome->base_graph;
  double pitch = section->pitch / section->um_per_pixel * view->scale;

  if (graph == NULL || pitch < SMALLEST_PITCH)
    return TRUE;

  const SmoothSparse *weights = graph->weights;
  cairo_surface_t *surface = cairo_image_surface_create_for_data ((guchar *) target->pixels, CAIRO_FORMAT_ARGB32, target->width,
                                                                  target->height, (int) target->stride);
  Pen pen = { outcome, view, cairo_create (surface), target->width, target->height, MAX (largest_weight (weights), 1e-300),
              CLAMP (pitch / 22.0, 0.7, 2.5) };
  gboolean go_on = TRUE;

  for (Pass pass = HALO; pass < N_PASSES && go_on; pass++)
    for (gint64 i = 0; i < graph->n_spots && go_on; i++)
      {
        for (gint64 e = weights->starts[i]; e < weights->starts[i + 1]; e++)
          if (weights->rows[e] != i && (weights->rows[e] > i || !graph->is_symmetric))
            stroke_edge (&pen, i, weights->rows[e], weights->values[e], pass);
        go_on = i % 512 != 0 || !smooth_run_is_cancelled (run);
      }
  cairo_destroy (pen.cairo);
  cairo_surface_destroy (surface);
  return go_on;
}
