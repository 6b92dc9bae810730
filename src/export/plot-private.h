/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of plots share: axes and marks. */
#pragma once

#include "export/plot.h"
#include "files/picture.h"

G_BEGIN_DECLS

typedef struct
{
  char *name;
  double low, high;
  SmoothPlotScale scale;
  char **rows; /* (nullable): names of rows 0, 1, ... from top to bottom, each of height 1; the limits are 0 and their number */
  gint64 n_rows;
} PlotAxis;

typedef enum
{
  PLOT_BARS,        /* x: n + 1 edges, y: n heights, colours: of each */
  PLOT_OVERLAY,     /* the same in ink, narrower */
  PLOT_STACKS,      /* y: n x n_parts lengths from left to right, colours: of the parts, or of the rows where there is one part */
  PLOT_ROW_OVERLAY, /* y: n lengths */
  PLOT_LINE,        /* x, y: n */
  PLOT_BAND,        /* x, y, z: n: between y and z */
  PLOT_POINTS,      /* x: n x 2; colours: of each, 0xAARRGGBB */
  PLOT_RINGS,
  PLOT_DENSITY,     /* as points: cells that are as dense as the points in them */
  PLOT_RULE,        /* x: the value; side */
} PlotMarkKind;

typedef struct
{
  PlotMarkKind kind;
  gint64 n, n_parts;
  double *x, *y, *z;
  guint32 *colours;
  guint32 colour;
  SmoothPlotSide side;
  double size, opacity; /* of points, beside text of the size 11 */
  SmoothPicture *picture; /* (nullable): the points as they were rendered for one size of the page */
  SmoothPlotBox picture_frame;
  double picture_scale;   /* pixels of it in a unit of that page */
} PlotMark;

typedef struct
{
  char *name;
  guint32 colour;
  gboolean is_ink; /* whatever the ink is */
} PlotKey;

struct _SmoothPlot
{
  gatomicrefcount ref_count;
  char *title;
  PlotAxis axes[2];
  GArray *marks; /* of PlotMark */
  GArray *keys;  /* of PlotKey */
};

/* The ink and the paper of a style: 0xRRGGBB. */
typedef struct
{
  guint32 ink, faint, grid, paper;
} PlotColours;

PlotColours smooth_i_plot_colours (const SmoothPlotStyle *style);
char *smooth_i_plot_dup_number (const PlotAxis *axis, double value, gint n_decimals, gboolean is_local);
gint smooth_i_plot_ticks (const PlotAxis *axis, gint max_ticks, double *ticks, gint *n_decimals);
void smooth_i_plot_draw_axes (const SmoothPlot *plot, const SmoothPlotStyle *style, cairo_t *cairo, double width, double height,
                              const SmoothPlotBox *frame);
void smooth_i_plot_draw_marks (const SmoothPlot *plot, const SmoothPlotStyle *style, cairo_t *cairo, const SmoothPlotBox *frame);

G_END_DECLS
