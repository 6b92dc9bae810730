/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Regions from what was drawn elsewhere: rings, masks, other lists, another plane. */
#include "section/outline-private.h"
#include "section/regions-private.h"

/* Returns: (transfer full): @regions with one more of these rings at its end, or without where there are none */
static SmoothRegions *
take_rings (const SmoothRegions *regions, const char *name, guint32 colour, GArray *rings)
{
  GPtrArray *list = smooth_i_regions_copy_list (regions);

  if (rings->len > 0)
    g_ptr_array_add (list, smooth_i_region_new (name, colour, rings));
  else
    g_array_unref (rings);
  return smooth_i_regions_new_take (list, smooth_report_new ());
}

/**
 * smooth_regions_new_with_rings:
 * @regions: (nullable): the list before
 * @name: of the category
 * @colour: 0xRRGGBB
 * @rings: n_rings, full-resolution pixels; finite; copied. What lies in an odd number of them is the region's; rings of fewer
 *   than three points that differ are left out
 *
 * Returns: (transfer full): @regions with one more at its end; a copy of @regions where no ring is left
 */
SmoothRegions *
smooth_regions_new_with_rings (const SmoothRegions *regions, const char *name, guint32 colour, const SmoothRing *rings, gint64 n_rings)
{
  GArray *copies = g_array_new (FALSE, FALSE, sizeof (SmoothRing));

  for (gint64 i = 0; i < n_rings; i++)
    smooth_i_ring_add (copies, rings[i].points, rings[i].n_points);
  return take_rings (regions, name, colour, copies);
}

/**
 * smooth_regions_new_with_mask:
 * @regions: (nullable): the list before
 * @name: of the category
 * @colour: 0xRRGGBB
 * @filled: width x height, row by row: 1 where the region is; cell (x, y) covers the unit square from that corner on
 * @tolerance: how far outlines may stray from the sides of cells, in cells: 0.75 straightens the steps of slanting ones
 *
 * Holes and parts that lie apart are rings of their own.
 *
 * Returns: (transfer full): @regions with one more at its end, in cells of the mask; a copy of @regions where nothing is filled.
 * O(cells), and O(n log n) corners as a rule.
 */
SmoothRegions *
smooth_regions_new_with_mask (const SmoothRegions *regions, const char *name, guint32 colour, const guint8 *filled, gint width,
                              gint height, double tolerance)
{
  SmoothMask mask = { 0.0, 0.0, 1.0, width, height, (guint8 *) filled };

  return take_rings (regions, name, colour, smooth_i_mask_trace (&mask, tolerance));
}

/* Returns: (transfer full): the regions of @regions, then those of @others, shared with both */
SmoothRegions *
smooth_regions_new_joined (const SmoothRegions *regions, const SmoothRegions *others)
{
  GPtrArray *list = smooth_i_regions_copy_list (regions);
  g_autoptr (GPtrArray) second = smooth_i_regions_copy_list (others);

  g_ptr_array_extend_and_steal (list, g_steal_pointer (&second));
  return smooth_i_regions_new_take (list, smooth_report_new ());
}

/**
 * smooth_regions_new_transformed:
 * @matrix: finite: a point (x, y) goes to (m[0] x + m[1] y + m[2], m[3] x + m[4] y + m[5])
 *
 * Returns: (transfer full): the same regions in another plane
 */
SmoothRegions *
smooth_regions_new_transformed (const SmoothRegions *regions, const double matrix[6])
{
  GPtrArray *list = smooth_i_regions_copy_list (NULL);

  for (gint64 i = 0; i < smooth_regions_get_n (regions); i++)
    {
      const SmoothRegion *region = smooth_regions_get (regions, i);
      GArray *rings = g_array_new (FALSE, FALSE, sizeof (SmoothRing));
      for (gint64 r = 0; r < region->n_rings; r++)
        {
          const SmoothRing *ring = &region->rings[r];
          g_autofree double *points = g_new (double, 2 * ring->n_points);
          for (gint64 p = 0; p < ring->n_points; p++)
            {
              const double *from = ring->points + 2 * p;
              points[2 * p] = matrix[0] * from[0] + matrix[1] * from[1] + matrix[2];
              points[2 * p + 1] = matrix[3] * from[0] + matrix[4] * from[1] + matrix[5];
            }
          smooth_i_ring_add (rings, points, ring->n_points);
        }
      if (rings->len > 0)
        g_ptr_array_add (list, smooth_i_region_new (region->name, region->colour, rings));
      else
        g_array_unref (rings);
    }
  return smooth_i_regions_new_take (list, smooth_report_new ());
}
