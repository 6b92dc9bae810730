/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Edges that lie in view. As pixels each is stroked by itself: cheaper than one long path, whose crossings Cairo would have to
 * resolve. As shapes those of nearly one strength are one path: a file of a tenth of the size. */
#include "export/edges.h"

#include <math.h>

#define SMALLEST_PITCH 5.0 /* units: closer spots make a grey mass of their edges, not a graph */
#define LEVELS 12          /* of strength, as shapes */

/* Dark lines are seen on pale tissue, pale ones on dark: every edge is a dark line on a pale, wider one. All pale lines are
 * drawn before all dark ones, so that none crosses out another. */
typedef enum
{
  HALO,
  LINE,
  N_PASSES
} Pass;

/* An edge between regions is orange and dashed, and solid again as the boundary lets more through. */
typedef enum
{
  JOINS,
  CUT,      /* dashed */
  LET_THROUGH,
  N_KINDS
} Kind;

typedef struct
{
  const SmoothOutcome *outcome;
  const SmoothEdgesPlace *place;
  cairo_t *cairo;
  double largest; /* weight */
  double line;    /* width of a line */
} Pen;

/* The weight of the edge after the regions had their say. */
static double
weight_now (const SmoothOutcome *outcome, gint64 i, gint32 j)
{
  gint64 e = smooth_sparse_find (outcome->graph->weights, j, i);

  return e >= 0 ? outcome->graph->weights->values[e] : 0.0;
}

static void
to_target (const SmoothOutcome *outcome, const SmoothView *view, gint64 spot, double *x, double *y)
{
  const double *coords = outcome->inputs.section->coords + 2 * (gsize) outcome->spots[spot];

  *x = (coords[0] - view->x) * view->scale;
  *y = (coords[1] - view->y) * view->scale;
}

/* FALSE where the edge lies beyond the target. */
static gboolean
find_ends (const SmoothOutcome *outcome, const SmoothEdgesPlace *place, gint64 i, gint32 j, double ends[4])
{
  to_target (outcome, &place->view, i, &ends[0], &ends[1]);
  to_target (outcome, &place->view, j, &ends[2], &ends[3]);
  return MAX (ends[0], ends[2]) >= 0.0 && MIN (ends[0], ends[2]) <= place->width && MAX (ends[1], ends[3]) >= 0.0
         && MIN (ends[1], ends[3]) <= place->height;
}

static Kind
kind_of (const SmoothOutcome *outcome, gint64 i, gint32 j, double weight)
{
  const gint32 *labels = outcome->labels;

  if (labels == NULL || labels[i] == labels[j])
    return JOINS;
  return weight > 0.0 && weight_now (outcome, i, j) / weight >= 0.999 ? LET_THROUGH : CUT;
}

static void
set_pen (const Pen *pen, Kind kind, double strength, Pass pass)
{
  double unit = pen->place->unit, wide = kind == JOINS ? 1.0 : 1.6;
  const double dashes[] = { 3.0 * unit, 3.0 * unit };

  cairo_set_dash (pen->cairo, dashes, pass == LINE && kind == CUT ? 2 : 0, 0.0);
  cairo_set_line_width (pen->cairo, wide * pen->line + (pass == HALO ? 1.5 * unit : 0.0));
  if (pass == HALO)
    cairo_set_source_rgba (pen->cairo, 1.0, 1.0, 1.0, 0.7 * strength);
  else if (kind == JOINS)
    cairo_set_source_rgba (pen->cairo, 0.10, 0.12, 0.16, strength);
  else
    cairo_set_source_rgba (pen->cairo, 1.00, 0.45, 0.05, 1.0);
}

static double
strength_of (const Pen *pen, double weight)
{
  return 0.25 + 0.55 * weight / pen->largest;
}

/* Whether an edge is drawn from this end. */
static gboolean
is_first (const SmoothGraph *graph, gint64 i, gint32 j)
{
  return j != i && (j > i || !graph->is_symmetric);
}

static gboolean
stroke_each (const Pen *pen, SmoothRun *run)
{
  const SmoothGraph *graph = pen->outcome->base_graph;
  const SmoothSparse *weights = graph->weights;

  for (Pass pass = HALO; pass < N_PASSES; pass++)
    for (gint64 i = 0; i < graph->n_spots; i++)
      {
        for (gint64 e = weights->starts[i]; e < weights->starts[i + 1]; e++)
          {
            double ends[4];
            if (!is_first (graph, i, weights->rows[e]) || !find_ends (pen->outcome, pen->place, i, weights->rows[e], ends))
              continue;
            set_pen (pen, kind_of (pen->outcome, i, weights->rows[e], weights->values[e]), strength_of (pen, weights->values[e]), pass);
            cairo_move_to (pen->cairo, ends[0], ends[1]);
            cairo_line_to (pen->cairo, ends[2], ends[3]);
            cairo_stroke (pen->cairo);
          }
        if (i % 512 == 0 && smooth_run_is_cancelled (run))
          return FALSE;
      }
  return TRUE;
}

/* One path a kind and strength, with the strength of the middle of its level. */
static void
stroke_level (const Pen *pen, Kind kind, gint level, Pass pass)
{
  const SmoothGraph *graph = pen->outcome->base_graph;
  const SmoothSparse *weights = graph->weights;

  cairo_new_path (pen->cairo);
  for (gint64 i = 0; i < graph->n_spots; i++)
    for (gint64 e = weights->starts[i]; e < weights->starts[i + 1]; e++)
      {
        double share = weights->values[e] / pen->largest, ends[4];
        if (!is_first (graph, i, weights->rows[e]) || CLAMP ((gint) (share * LEVELS), 0, LEVELS - 1) != level
            || kind_of (pen->outcome, i, weights->rows[e], weights->values[e]) != kind
            || !find_ends (pen->outcome, pen->place, i, weights->rows[e], ends))
          continue;
        cairo_move_to (pen->cairo, ends[0], ends[1]);
        cairo_line_to (pen->cairo, ends[2], ends[3]);
      }
  if (!cairo_has_current_point (pen->cairo))
    return;
  set_pen (pen, kind, 0.25 + 0.55 * (level + (level == LEVELS - 1 ? 1.0 : 0.5)) / LEVELS, pass);
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

static double
pitch_of (const SmoothOutcome *outcome, const SmoothEdgesPlace *place)
{
  const SmoothSection *section = outcome->inputs.section;

  return section->pitch / section->um_per_pixel * place->view.scale;
}

/* Returns: how many edges smooth_edges_draw() draws */
gint64
smooth_edges_count (const SmoothOutcome *outcome, const SmoothEdgesPlace *place)
{
  const SmoothGraph *graph = outcome->base_graph;
  gint64 n = 0;

  if (graph == NULL || !(pitch_of (outcome, place) >= SMALLEST_PITCH * place->unit))
    return 0;
  for (gint64 i = 0; i < graph->n_spots; i++)
    for (gint64 e = graph->weights->starts[i]; e < graph->weights->starts[i + 1]; e++)
      {
        double ends[4];
        n += is_first (graph, i, graph->weights->rows[e]) && find_ends (outcome, place, i, graph->weights->rows[e], ends);
      }
  return n;
}

/**
 * smooth_edges_draw:
 * @outcome: with its graphs
 * @run: (nullable): is asked every few thousand edges
 *
 * Draws nothing where the spots are too close to each other to tell their edges apart. O(edges).
 *
 * Returns: FALSE if cancelled
 */
gboolean
smooth_edges_draw (const SmoothOutcome *outcome, const SmoothEdgesPlace *place, cairo_t *cairo, SmoothRun *run)
{
  double pitch = pitch_of (outcome, place);

  if (outcome->base_graph == NULL || !(pitch >= SMALLEST_PITCH * place->unit))
    return TRUE;
  Pen pen = { outcome, place, cairo, MAX (largest_weight (outcome->base_graph->weights), 1e-300),
              CLAMP (pitch / 22.0, 0.7 * place->unit, 2.5 * place->unit) };
  if (!place->is_vector)
    return stroke_each (&pen, run);
  for (Pass pass = HALO; pass < N_PASSES; pass++)
    for (Kind kind = JOINS; kind < N_KINDS; kind++)
      for (gint level = 0; level < LEVELS; level++)
        stroke_level (&pen, kind, level, pass);
  return TRUE;
}
