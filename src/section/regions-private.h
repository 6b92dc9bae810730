/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Making of regions and lists of them, for the readers of region files. */
#pragma once

#include "section/regions.h"

G_BEGIN_DECLS

SmoothRegions *smooth_i_regions_load_json (const char *path, GError **error);
SmoothRegion *smooth_i_region_new (const char *name, guint32 colour, GArray *rings);
void smooth_i_region_unref (gpointer region);
GPtrArray *smooth_i_regions_copy_list (const SmoothRegions *regions);
SmoothRegions *smooth_i_regions_new_take (GPtrArray *list, SmoothReport *report);
guint32 smooth_i_region_colour (const GPtrArray *list, const char *name);
gboolean smooth_i_ring_add (GArray *rings, const double *points, gint64 n_points);
void smooth_i_ring_clear (gpointer ring);
SmoothRegions *smooth_i_regions_new_replaced (const SmoothRegions *regions, gint64 i, GArray *rings);

/* Where an edge that crosses the line through y crosses it: computed from the edge's lower end, so that a point on an edge
 * that two regions share lies in exactly one of them. */
static inline double
smooth_i_edge_crossing (const double *a, const double *b, double y)
{
  const double *low = a[1] < b[1] ? a : b;
  const double *high = a[1] < b[1] ? b : a;

  return low[0] + (y - low[1]) / (high[1] - low[1]) * (high[0] - low[0]);
}

/* Whether the ray from (x, y) to the right crosses the edge from @a to @b, which is half-open in y. */
static inline gboolean
smooth_i_edge_crosses (const double *a, const double *b, double x, double y)
{
  return (a[1] > y) != (b[1] > y) && x < smooth_i_edge_crossing (a, b, y);
}

G_END_DECLS
