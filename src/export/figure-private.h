/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of a figure: text, legend, scale bar, and the section itself. */
#pragma once

#include "export/figure.h"

#include <pango/pangocairo.h>

G_BEGIN_DECLS

#define FIGURE_LEAST_FONT 6.0 /* pt: smaller text cannot be read in print */

typedef struct
{
  double x, y, width, height;
} FigureBox;

/* The histology as all panels of a page share it. */
typedef struct
{
  cairo_surface_t *surface; /* NULL: not made yet */
  FigureBox crop, place;    /* what was asked for; where the surface lies, in full-resolution pixels */
  double scale, opacity, brightness, contrast;
  const SmoothSection *section;
} FigureGround;

/* What all parts share: where to draw, the size of the text in units of the page, and the colours. */
typedef struct
{
  cairo_t *cairo;
  const SmoothFigure *figure; /* the panel at hand */
  double font;
  double least_font;         /* legends go down to it; 0: 0.62 times the font */
  guint32 ink, faint, paper; /* 0xRRGGBB */
  double resolution;         /* pixels in one unit of the page */
  gboolean is_vector;        /* shapes stay shapes */
  gint64 max_vector_spots;   /* unless there are more */
  FigureGround *ground;
} FigurePage;

typedef enum
{
  FIGURE_TEXT_NORMAL,
  FIGURE_TEXT_BOLD,
} FigureWeight;

void smooth_i_figure_set_colour (cairo_t *cairo, guint32 colour, double alpha);
PangoLayout *smooth_i_figure_text (cairo_t *cairo, const char *text, double size, FigureWeight weight, double max_width,
                                   gint max_lines);
double smooth_i_figure_text_width (PangoLayout *layout);
double smooth_i_figure_text_height (PangoLayout *layout);
void smooth_i_figure_show_text (cairo_t *cairo, PangoLayout *layout, double x, double y, guint32 colour);
void smooth_i_figure_show_outlined_text (cairo_t *cairo, PangoLayout *layout, double x, double y, guint32 colour, guint32 halo);
void smooth_i_figure_collect_text (cairo_surface_t *surface, GString *texts);

/* The legend, once it is known what fits. */
typedef struct
{
  double width, height; /* of the whole; 0: there is no legend */
  double font;
  /* of a colour bar */
  double name_height, missing_height;
  /* of categories */
  gint64 n_shown, n_rows;
  double row_height, column_width, text_width;
  gboolean is_cut; /* names have lost their ends */
} FigureLegend;

FigureLegend smooth_i_figure_plan_legend (const FigurePage *page, double max_width, double max_height);
gint64 smooth_i_figure_count_entries (const SmoothFigure *figure);
void smooth_i_figure_draw_legend (const FigurePage *page, const FigureLegend *legend, double x, double y);

gint smooth_i_log_ticks (double low, double high, gint max_ticks, double *ticks, gint *n_decimals);
gint smooth_i_nice_ticks (double low, double high, gint max_ticks, double *ticks, gint *n_decimals);
double smooth_i_nice_length (double max_length);

FigureBox smooth_i_figure_find_crop (const SmoothFigure *figure);
double smooth_i_figure_find_line (const SmoothFigure *figure, const FigureBox *crop);
void smooth_i_figure_draw_section (const FigurePage *page, const FigureBox *crop, const FigureBox *box);
void smooth_i_figure_draw_scale_bar (cairo_t *cairo, double x, double y, double um_per_unit, double max_width, double font,
                                     guint32 colour, gint64 halo);
cairo_surface_t *smooth_i_figure_get_ground (const FigurePage *page, const FigureBox *crop, double scale);
void smooth_i_figure_clear_ground (FigureGround *ground);
void smooth_i_figure_draw_spots (const FigurePage *page, const FigureBox *crop, double scale);

/* How a page is laid out; @height of 0 is as high as it needs. */
typedef struct
{
  double width, height;
  FigureBox crop;
  gint n_columns, n_rows;
  double panel_width, panel_height; /* of the section in a panel */
  double heading, own_legend;       /* above each section; right of it */
  double step_x, step_y;            /* from panel to panel */
  double x, y;                      /* of the first section */
  FigureLegend legend;              /* of all panels, or of the only one */
  double legend_x, legend_y;
  PangoLayout *title;               /* (nullable) */
  double title_x, title_y;
  double bar_x, bar_y, bar_width;   /* width 0: no scale bar */
} FigureLayout;

G_END_DECLS
