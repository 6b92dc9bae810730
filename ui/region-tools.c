/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tools of the canvas as edits of regions: shapes that are drawn, and spots that are touched. */
#include "region-tools.h"

#include <glib/gi18n.h>
#include <string.h>

/* 'Region 3': the first number that is free. */
static char *
dup_free_name (const SmoothRegions *regions)
{
  for (gint64 number = 1;; number++)
    {
      g_autofree char *name = g_strdup_printf (_("Region %d"), (int) number);
      gboolean taken = FALSE;
      for (gint64 i = 0; i < smooth_regions_get_n (regions) && !taken; i++)
        taken = strcmp (smooth_regions_get (regions, i)->name, name) == 0;
      if (!taken)
        return g_steal_pointer (&name);
    }
}

/* Returns: the uppermost region at a point of the section's plane, or -1 */
gint64
scope_region_find (ScopeDocument *document, double x, double y)
{
  SmoothRegions *regions = scope_document_get_regions (document);

  for (gint64 i = smooth_regions_get_n (regions) - 1; i >= 0; i--)
    if (smooth_region_contains (smooth_regions_get (regions, i), x, y))
      return i;
  return -1;
}

/* Adds a polygon (n_points x 2, full-resolution pixels) as a region of its own. */
void
scope_region_draw (ScopeDocument *document, const double *points, gint64 n_points)
{
  SmoothRegions *old = scope_document_get_regions (document);
  g_autofree char *name = dup_free_name (old);
  g_autoptr (SmoothRegions) regions =
      smooth_regions_new_with (old, name, smooth_regions_next_colour (old), points, n_points);

  scope_document_edit_regions (document, regions, _("draw region"));
}

/* A single spot has no pitch; its own size will do. */
static SmoothStroke
stroke_new (ScopeDocument *document, const guint8 *touched)
{
  const SmoothSection *section = scope_document_get_section (document);
  double pitch = section->pitch > 0.0 ? section->pitch : MAX (section->spot_diameter, 1.0);

  return (SmoothStroke){ section->n_spots, section->coords, touched, pitch / section->um_per_pixel };
}

static void
add_spots (ScopeDocument *document, const guint8 *touched, const char *what)
{
  SmoothRegions *old = scope_document_get_regions (document);
  SmoothStroke stroke = stroke_new (document, touched);
  g_autofree char *name = dup_free_name (old);
  g_autoptr (SmoothRegions) regions = smooth_regions_new_with_spots (old, name, smooth_regions_next_colour (old), &stroke);

  scope_document_edit_regions (document, regions, what);
}

/**
 * scope_region_paint:
 * @region: the one that gets the spots; -1: a new one
 * @touched: of the section's spots: 1 or 0
 */
void
scope_region_paint (ScopeDocument *document, gint64 region, const guint8 *touched)
{
  SmoothRegions *old = scope_document_get_regions (document);
  SmoothStroke stroke = stroke_new (document, touched);

  if (region < 0 || region >= smooth_regions_get_n (old))
    {
      add_spots (document, touched, _("paint region"));
      return;
    }
  g_autoptr (SmoothRegions) regions = smooth_regions_new_painted (old, region, &stroke);
  scope_document_edit_regions (document, regions, _("paint region"));
}

/* Takes spots out of all regions. */
void
scope_region_erase (ScopeDocument *document, const guint8 *touched)
{
  SmoothStroke stroke = stroke_new (document, touched);
  g_autoptr (SmoothRegions) regions = smooth_regions_new_erased (scope_document_get_regions (document), &stroke);

  scope_document_edit_regions (document, regions, _("erase from regions"));
}

/* A new region of spots that are alike. */
void
scope_region_grow (ScopeDocument *document, const guint8 *touched)
{
  add_spots (document, touched, _("grow region"));
}

/* A new region of the spots that are selected. */
void
scope_region_of_spots (ScopeDocument *document, const guint8 *spots)
{
  add_spots (document, spots, _("make region of selection"));
}
