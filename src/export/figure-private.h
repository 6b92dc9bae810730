/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of a figure: text, legend, scale bar, and the section itself. */
#pragma once

#include "export/figure.h"

#include <pango/pangocairo.h>

G_BEGIN_DECLS

typedef struct
{
  double x, y, width, height;
} FigureBox;

/* What all parts share: where to draw, the size of the text in units of the page, and the colours. */
typedef struct
{
  cairo_t *cairo;
  const SmoothFigure *figure;
  double font;
  guint32 ink, faint, paper; /* 0xRRGGBB */
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

/* The legend, once it is known what fits. */
typedef struct
{
  double width, height; /* of the whole; 0: there is no legend */
  double font;
  /* of a colour bar */
  double name_height;
  /* of categories */
  gint64 n_shown, n_rows;
  double row_height, column_width, text_width;
} FigureLegend;

FigureLegend smooth_i_figure_plan_legend (const FigurePage *page, double max_width, double max_height);
void smooth_i_figure_draw_legend (const FigurePage *page, const FigureLegend *legend, double x, double y);

gint smooth_i_log_ticks (double low, double high, gint max_ticks, double *ticks, gint *n_decimals);
gint smooth_i_nice_ticks (double low, double high, gint max_ticks, double *ticks, gint *n_decimals);
double smooth_i_nice_length (double max_length);

FigureBox smooth_i_figure_find_crop (const SmoothSection *section);
void smooth_i_figure_draw_section (const FigurePage *page, const FigureBox *crop, const FigureBox *box);
void smooth_i_figure_draw_scale_bar (cairo_t *cairo, double x, double y, double um_per_unit, double max_width, double font,
                                     guint32 colour, guint32 halo);

G_END_DECLS
