/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Making of regions and lists of them, for the readers of region files. */
#pragma once

#include "section/regions.h"

G_BEGIN_DECLS

SmoothRegion *smooth_i_region_new (const char *name, guint32 colour, GArray *rings);
void smooth_i_region_unref (gpointer region);
SmoothRegions *smooth_i_regions_new_take (GPtrArray *list, SmoothReport *report);
guint32 smooth_i_region_colour (const GPtrArray *list, const char *name);
gboolean smooth_i_ring_add (GArray *rings, const double *points, gint64 n_points);
void smooth_i_ring_clear (gpointer ring);

G_END_DECLS
