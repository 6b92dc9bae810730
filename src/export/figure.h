/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A figure of a section: histology, coloured spots, region outlines, legend, scale bar and title. */
#pragma once

#include "export/colour.h"
#include "export/raster.h"
#include "section/regions.h"
#include "section/section.h"

#include <cairo.h>

G_BEGIN_DECLS

typedef struct
{
  const char *name; /* of the category */
  guint32 colour;   /* 0xRRGGBB */
} SmoothLegendEntry;

/* What is drawn. All pointers are borrowed. */
typedef struct
{
  SmoothSection *section;
  SmoothRegions *regions;  /* (nullable) */
  const guint32 *colours;  /* section->n_spots: 0xAARRGGBB; alpha 0 is not drawn */
  double opacity;          /* of the spots */
  double histology_opacity;
  const char *title;       /* (nullable) */
  const char *value_name;  /* (nullable) of the colour bar: 'Pax6, log counts' */
  SmoothColourmap map;     /* of the colour bar, unless there are entries */
  double low, high;        /* its limits */
  gboolean is_log;         /* between them, which are above 0 then */
  gboolean is_reversed;    /* the last colour of the map is at the lower limit */
  gint64 n_entries;        /* > 0: a legend of categories instead of a colour bar */
  const SmoothLegendEntry *entries;
  gboolean dark;           /* light text on a dark page */
} SmoothFigure;

gboolean smooth_figure_save_png (const SmoothFigure *figure, gint width, gint height, const char *path, GError **error);
void smooth_figure_draw (const SmoothFigure *figure, cairo_t *cairo, double width, double height);
void smooth_draw_scale_bar (cairo_t *cairo, double x, double y, double um_per_unit, double max_width, guint32 colour);

G_END_DECLS
