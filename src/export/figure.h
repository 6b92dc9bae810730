/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One view of a section: histology, coloured spots, region outlines, and what its legend says. Pages put them together. */
#pragma once

#include "export/colour.h"
#include "export/edges.h"
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
typedef struct _SmoothFigure SmoothFigure;
struct _SmoothFigure
{
  SmoothSection *section;
  SmoothRegions *regions;  /* (nullable) */
  const guint32 *colours;  /* section->n_spots: 0xAARRGGBB; alpha 0 is not drawn */
  double opacity;          /* of the spots */
  double spot_scale;       /* times their true size; 0: 1 */
  gboolean has_outlines;   /* around each spot */
  const SmoothPies *pies;  /* (nullable): what the spots are made of, in place of one colour each */
  const guint8 *hatched;   /* (nullable): n_spots: 1 where lines are drawn over the spot */
  gint64 n_points;         /* > 0: points that are drawn in place of the spots */
  const double *points;    /* n_points x 2, row-major (x, y), full-resolution pixels */
  const guint32 *point_colours; /* n_points: 0xAARRGGBB */
  double point_diameter;   /* full-resolution pixels */
  double histology_opacity;
  double brightness, contrast; /* of the histology: -1..1, 0: as it is */
  double crop[4];          /* x, y, width, height in full-resolution pixels: what is shown; width 0: the tissue */
  gboolean hides_labels;   /* regions without their names */
  const char *title;       /* (nullable) */
  const char *value_name;  /* (nullable) of the colour bar: 'Pax6, log counts' */
  SmoothColourmap map;     /* of the colour bar, unless there are entries */
  double low, high;        /* its limits */
  gboolean is_log;         /* between them, which are above 0 then */
  gboolean is_reversed;    /* the last colour of the map is at the lower limit */
  gint64 n_entries;        /* > 0: a legend of categories instead of a colour bar */
  const SmoothLegendEntry *entries;
  const char *missing_name; /* (nullable) in the legend: what spots of the missing colour are */
  guint32 missing;         /* 0xAARRGGBB */
  const SmoothOutcome *edges; /* (nullable): whose graph is drawn under the spots */
  const SmoothFigure *left; /* (nullable): shown in place of this one left of a line */
  double line;             /* full-resolution pixels: where the line is; 0: the middle */
};

void smooth_draw_scale_bar (cairo_t *cairo, double x, double y, double um_per_unit, double max_width, guint32 colour);

G_END_DECLS
