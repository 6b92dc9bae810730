/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Colours of values: perceptually uniform maps and a palette for categories that colour-blind readers can tell apart. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  SMOOTH_COLOURMAP_VIRIDIS,
  SMOOTH_COLOURMAP_MAGMA,
  SMOOTH_COLOURMAP_CIVIDIS,
  SMOOTH_COLOURMAP_DIVERGING, /* blue - pale - red */
  SMOOTH_N_COLOURMAPS
} SmoothColourmap;

/* Which value takes which colour of a map. */
typedef struct
{
  SmoothColourmap map;
  double low, high; /* limits; both above 0 on a logarithmic scale */
  gboolean is_log;
  gboolean is_reversed;
} SmoothColourScale;

const char *smooth_colourmap_get_name (SmoothColourmap map);
guint32 smooth_colourmap_get (SmoothColourmap map, double t);
double smooth_colour_scale_get_place (const SmoothColourScale *scale, double value);
guint32 smooth_colour_scale_get_colour (const SmoothColourScale *scale, double place);
guint32 smooth_category_colour (gint64 i);
void smooth_value_limits (const double *values, gint64 n, double low_percentile, double high_percentile, double *low, double *high);
void smooth_colour_values (SmoothColourmap map, const double *values, gint64 n, double low, double high, guint32 missing,
                           guint32 *colours);

G_END_DECLS
