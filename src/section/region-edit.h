/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Editing of regions: corners that are moved, spots that are painted. Each edit gives a new list. */
#pragma once

#include "section/regions.h"

G_BEGIN_DECLS

/* Spots that a brush has touched. */
typedef struct
{
  gint64 n_spots;
  const double *coords;  /* n_spots x 2, row-major (x, y), full-resolution pixels; finite for touched ones */
  const guint8 *touched; /* n_spots: 1 or 0 */
  double pitch;          /* full-resolution pixels from one spot to the next; above 0 */
} SmoothStroke;

SmoothRegions *smooth_regions_new_moved (const SmoothRegions *regions, gint64 i, gint64 ring, gint64 point, double x, double y);
SmoothRegions *smooth_regions_new_painted (const SmoothRegions *regions, gint64 i, const SmoothStroke *stroke);
SmoothRegions *smooth_regions_new_with_spots (const SmoothRegions *regions, const char *name, guint32 colour,
                                              const SmoothStroke *stroke);
SmoothRegions *smooth_regions_new_erased (const SmoothRegions *regions, const SmoothStroke *stroke);

G_END_DECLS
