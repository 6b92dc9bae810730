/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plots: axes with bars, lines, bands and points; drawn by the same code on the screen and in files. */
#pragma once

#include "base/run.h"
#include "export/colour.h"

#include <cairo.h>

G_BEGIN_DECLS

typedef enum
{
  SMOOTH_PLOT_X,
  SMOOTH_PLOT_Y,
} SmoothPlotSide;

typedef enum
{
  SMOOTH_PLOT_LINEAR,
  SMOOTH_PLOT_LOG,     /* both limits above 0 */
  SMOOTH_PLOT_PERCENT, /* values are shares of 1, written as percentages */
} SmoothPlotScale;

/* How a plot is drawn. */
typedef struct
{
  double font;            /* size of the text, in units of the page */
  gboolean dark;          /* light ink on dark paper */
  gboolean local_numbers; /* numbers as the locale writes them, for the screen; else with a decimal point */
  gboolean may_stretch;   /* points that were rendered for another size: for a screen, where better ones are on their way */
} SmoothPlotStyle;

typedef struct
{
  double x, y, width, height;
} SmoothPlotBox;

/* A description of axes and marks. Made by one thread, which adds what is to be seen, the last over the first; then it is
 * shared by reference and not changed any more. */
typedef struct _SmoothPlot SmoothPlot;

SmoothPlot *smooth_plot_new (const char *title);
SmoothPlot *smooth_plot_ref (SmoothPlot *plot);
void smooth_plot_unref (SmoothPlot *plot);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothPlot, smooth_plot_unref)

void smooth_plot_set_axis (SmoothPlot *plot, SmoothPlotSide side, const char *name, double low, double high, SmoothPlotScale scale);
void smooth_plot_set_rows (SmoothPlot *plot, const char *const *names, gint64 n_rows);

void smooth_plot_add_bars (SmoothPlot *plot, const double *edges, const double *heights, const guint32 *colours, gint64 n_bars);
void smooth_plot_add_overlay (SmoothPlot *plot, const char *name, const double *edges, const double *heights, gint64 n_bars);
void smooth_plot_add_stacks (SmoothPlot *plot, const double *parts, const guint32 *colours, gint64 n_rows, gint64 n_parts);
void smooth_plot_add_row_overlay (SmoothPlot *plot, const char *name, const double *lengths, gint64 n_rows);
void smooth_plot_add_line (SmoothPlot *plot, const char *name, const double *x, const double *y, gint64 n, guint32 colour);
void smooth_plot_add_band (SmoothPlot *plot, const double *x, const double *low, const double *high, gint64 n, guint32 colour);
void smooth_plot_add_points (SmoothPlot *plot, const double *xy, const guint32 *colours, gint64 n, double diameter, double opacity);
void smooth_plot_add_density (SmoothPlot *plot, const double *xy, const guint32 *colours, gint64 n, double cell);
void smooth_plot_add_rings (SmoothPlot *plot, const double *xy, const guint32 *colours, gint64 n, double diameter);
void smooth_plot_add_rule (SmoothPlot *plot, SmoothPlotSide side, double value);
void smooth_plot_add_key (SmoothPlot *plot, const char *name, guint32 colour);
gboolean smooth_plot_render_points (SmoothPlot *plot, const SmoothPlotStyle *style, double width, double height, double scale,
                                    SmoothRun *run);

const char *smooth_plot_get_title (const SmoothPlot *plot);
void smooth_plot_get_frame (const SmoothPlot *plot, const SmoothPlotStyle *style, double width, double height, SmoothPlotBox *frame);
double smooth_plot_get_place (const SmoothPlot *plot, SmoothPlotSide side, const SmoothPlotBox *frame, double value);
double smooth_plot_get_value (const SmoothPlot *plot, SmoothPlotSide side, const SmoothPlotBox *frame, double place);

void smooth_plot_draw (const SmoothPlot *plot, const SmoothPlotStyle *style, cairo_t *cairo, double width, double height);
gboolean smooth_plot_save (const SmoothPlot *plot, gboolean dark, double width_mm, double height_mm, double dpi, const char *path,
                           GError **error);

G_END_DECLS
