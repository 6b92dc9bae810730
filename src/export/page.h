/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A figure for a paper: one view of a section or a grid of them, of a stated size, as PNG, PDF or SVG. */
#pragma once

#include "base/params.h"
#include "export/figure.h"
#include "export/recipe.h"

G_BEGIN_DECLS

typedef enum
{
  SMOOTH_PAGE_PNG,
  SMOOTH_PAGE_PDF,
  SMOOTH_PAGE_SVG,
} SmoothPageFormat;

typedef enum
{
  SMOOTH_PAGE_LIGHT,
  SMOOTH_PAGE_DARK,
} SmoothPageTheme;

typedef struct
{
  gint format;         /* SmoothPageFormat */
  double width;        /* mm */
  double height;       /* mm; 0: as high as it needs */
  double dpi;          /* of PNG, and of pictures within PDF and SVG */
  double font;         /* pt */
  gint theme;          /* SmoothPageTheme */
  gint columns;        /* of a grid; 0: found */
  gboolean letters;    /* a, b, c before the names of panels */
  gboolean scale_bar;
  gboolean legend;
  gboolean same_limits; /* one scale of colours, and one legend, for all panels */
  gboolean outlines;   /* of regions */
  gboolean labels;     /* their names */
  gint vector_spots;   /* PDF and SVG: with more spots they become a picture */
} SmoothPageSettings;

extern const SmoothParamTable smooth_page_params;

/* All pointers are borrowed. Panels are views of one section and of one part of it: the first tells which. */
typedef struct
{
  SmoothPageSettings settings;
  const SmoothFigure *panels;
  gint64 n_panels;
  gboolean has_one_legend; /* that of the first panel is right for all */
  const char *title;       /* (nullable) above all */
} SmoothPage;

const char *smooth_page_get_suffix (SmoothPageFormat format);
void smooth_page_get_size (const SmoothPage *page, double *width, double *height);
void smooth_page_draw (const SmoothPage *page, cairo_t *cairo);
SmoothPicture *smooth_page_dup_picture (const SmoothPage *page, double dpi, GError **error);
gboolean smooth_page_save (const SmoothPage *page, const SmoothRecipe *recipe, const char *path, GError **error);

G_END_DECLS
