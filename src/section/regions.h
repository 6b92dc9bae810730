/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Regions that a user drew on the tissue: named, coloured polygons in full-resolution pixels. */
#pragma once

#include "section/section.h"

G_BEGIN_DECLS

/* A closed ring: n_points x 2 row-major (x, y), full-resolution pixels; the first point is not repeated at the end. */
typedef struct
{
  gint64 n_points;
  double *points;
} SmoothRing;

/* One region: a name, a colour and rings that are filled by the even-odd rule, so that holes and several parts are
 * rings too. Regions of one name are one category. */
typedef struct
{
  char *name;
  guint32 colour; /* 0xRRGGBB */
  gint64 n_rings;
  SmoothRing *rings;
} SmoothRegion;

/* An immutable list of regions. Where regions overlap, the later one has the spot. */
typedef struct _SmoothRegions SmoothRegions;

SmoothRegions *smooth_regions_new (void);
SmoothRegions *smooth_regions_new_with (const SmoothRegions *regions, const char *name, guint32 colour, const double *points,
                                        gint64 n_points);
SmoothRegions *smooth_regions_new_without (const SmoothRegions *regions, gint64 i);
SmoothRegions *smooth_regions_new_renamed (const SmoothRegions *regions, gint64 i, const char *name, guint32 colour);
SmoothRegions *smooth_regions_new_with_rings (const SmoothRegions *regions, const char *name, guint32 colour, const SmoothRing *rings,
                                              gint64 n_rings);
SmoothRegions *smooth_regions_new_with_mask (const SmoothRegions *regions, const char *name, guint32 colour, const guint8 *filled,
                                             gint width, gint height, double tolerance);
SmoothRegions *smooth_regions_new_joined (const SmoothRegions *regions, const SmoothRegions *others);
SmoothRegions *smooth_regions_new_transformed (const SmoothRegions *regions, const double matrix[6]);
SmoothRegions *smooth_regions_load (const char *path, const SmoothSection *section, GError **error);
SmoothRegions *smooth_regions_new_from_labels (const SmoothRegions *regions, const SmoothSection *section, char *const *labels);
gboolean smooth_regions_save (const SmoothRegions *regions, const char *path, GError **error);
SmoothRegions *smooth_regions_new_from_json (const char *text, gsize length, const char *path, GError **error);
char *smooth_regions_dup_json (const SmoothRegions *regions);
SmoothRegions *smooth_regions_ref (SmoothRegions *regions);
void smooth_regions_unref (SmoothRegions *regions);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothRegions, smooth_regions_unref)

gint64 smooth_regions_get_n (const SmoothRegions *regions);
const SmoothRegion *smooth_regions_get (const SmoothRegions *regions, gint64 i);
SmoothReport *smooth_regions_get_report (const SmoothRegions *regions);
gboolean smooth_region_contains (const SmoothRegion *region, double x, double y);
void smooth_regions_label (const SmoothRegions *regions, const double *coords, gint64 n_spots, gint32 *labels);
char **smooth_regions_dup_categories (const SmoothRegions *regions);
gboolean smooth_region_equal (const SmoothRegion *a, const SmoothRegion *b);
gboolean smooth_regions_equal (const SmoothRegions *a, const SmoothRegions *b);
guint32 smooth_regions_next_colour (const SmoothRegions *regions);

G_END_DECLS
