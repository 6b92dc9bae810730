/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists of regions and the question which spot lies in which one.
 *
 * A list never changes; a changed one is a new list that shares the regions it has in common with the old one, so that
 * a history of edits is a list of lists.
 */
#include "section/outline-private.h"
#include "section/regions-private.h"

#include <math.h>
#include <string.h>

#define ROWS 512 /* that the edges of a region are sorted into to find its spots */

/* What the public pointers point into. */
typedef struct
{
  SmoothRegion region; /* first */
  gatomicrefcount ref_count;
} SharedRegion;

struct _SmoothRegions
{
  gatomicrefcount ref_count;
  GPtrArray *list; /* of SmoothRegion, shared */
  SmoothReport *report;
};

/* Okabe and Ito's colours, which colour-blind people tell apart, without black. */
static const guint32 palette[] = { 0xe69f00, 0x56b4e9, 0x009e73, 0xf0e442, 0x0072b2, 0xd55e00, 0xcc79a7 };

void
smooth_i_ring_clear (gpointer ring)
{
  g_free (((SmoothRing *) ring)->points);
}

/* Appends a copy of a ring to an array of SmoothRing, without a repeated first point at its end and without points
 * that repeat the one before them; FALSE, and nothing is appended, where fewer than three are left. */
gboolean
smooth_i_ring_add (GArray *rings, const double *points, gint64 n_points)
{
  SmoothRing ring = { .n_points = 0, .points = g_new (double, 2 * MAX (n_points, 1)) };

  for (gint64 i = 0; i < n_points; i++)
    {
      double *to = ring.points + 2 * ring.n_points;
      if (ring.n_points > 0 && to[-2] == points[2 * i] && to[-1] == points[2 * i + 1])
        continue;
      memcpy (to, points + 2 * i, 2 * sizeof (double));
      ring.n_points++;
    }
  while (ring.n_points > 1 && memcmp (ring.points, ring.points + 2 * (ring.n_points - 1), 2 * sizeof (double)) == 0)
    ring.n_points--;
  if (ring.n_points < 3)
    {
      g_free (ring.points);
      return FALSE;
    }
  g_array_append_val (rings, ring);
  return TRUE;
}

/* @rings: (transfer full): of SmoothRing */
SmoothRegion *
smooth_i_region_new (const char *name, guint32 colour, GArray *rings)
{
  SharedRegion *shared = g_new0 (SharedRegion, 1);

  g_atomic_ref_count_init (&shared->ref_count);
  shared->region.name = g_strdup (name);
  shared->region.colour = colour & 0xffffff;
  shared->region.n_rings = rings->len;
  g_array_set_clear_func (rings, NULL); /* the points move */
  shared->region.rings = (SmoothRing *) (gpointer) g_array_free (rings, FALSE);
  return &shared->region;
}

static SmoothRegion *
region_ref (const SmoothRegion *region)
{
  SharedRegion *shared = (SharedRegion *) region;

  g_atomic_ref_count_inc (&shared->ref_count);
  return &shared->region;
}

void
smooth_i_region_unref (gpointer region)
{
  SharedRegion *shared = region;

  if (!g_atomic_ref_count_dec (&shared->ref_count))
    return;
  for (gint64 i = 0; i < shared->region.n_rings; i++)
    smooth_i_ring_clear (&shared->region.rings[i]);
  g_free (shared->region.rings);
  g_free (shared->region.name);
  g_free (shared);
}

/* @list: (transfer full): of regions, with smooth_i_region_unref(); @report: (transfer full) */
SmoothRegions *
smooth_i_regions_new_take (GPtrArray *list, SmoothReport *report)
{
  SmoothRegions *regions = g_new0 (SmoothRegions, 1);

  g_atomic_ref_count_init (&regions->ref_count);
  regions->list = list;
  regions->report = report;
  return regions;
}

/* Returns: (transfer full): a list with room for changes, which shares the regions of @regions */
GPtrArray *
smooth_i_regions_copy_list (const SmoothRegions *regions)
{
  GPtrArray *list = g_ptr_array_new_with_free_func (smooth_i_region_unref);

  for (guint i = 0; regions != NULL && i < regions->list->len; i++)
    g_ptr_array_add (list, region_ref (g_ptr_array_index (regions->list, i)));
  return list;
}

/* Returns: (transfer full): a list without regions */
SmoothRegions *
smooth_regions_new (void)
{
  return smooth_i_regions_new_take (smooth_i_regions_copy_list (NULL), smooth_report_new ());
}

/**
 * smooth_regions_new_with:
 * @regions: (nullable): the list before
 * @name: of the category
 * @colour: 0xRRGGBB
 * @points: n_points x 2, row-major (x, y), full-resolution pixels; finite; copied. The first point may be repeated at the end
 * @n_points: at least 3 that differ
 *
 * Returns: (transfer full): @regions with one more at its end; a copy of @regions where the points span no area
 */
SmoothRegions *
smooth_regions_new_with (const SmoothRegions *regions, const char *name, guint32 colour, const double *points, gint64 n_points)
{
  GPtrArray *list = smooth_i_regions_copy_list (regions);
  GArray *rings = g_array_new (FALSE, FALSE, sizeof (SmoothRing));

  if (smooth_i_ring_add (rings, points, n_points))
    g_ptr_array_add (list, smooth_i_region_new (name, colour, rings));
  else
    g_array_unref (rings);
  return smooth_i_regions_new_take (list, smooth_report_new ());
}

/* Returns: (transfer full): @regions without the i-th */
SmoothRegions *
smooth_regions_new_without (const SmoothRegions *regions, gint64 i)
{
  g_return_val_if_fail (i >= 0 && i < smooth_regions_get_n (regions), NULL);

  GPtrArray *list = smooth_i_regions_copy_list (regions);
  g_ptr_array_remove_index (list, (guint) i);
  return smooth_i_regions_new_take (list, smooth_report_new ());
}

/* Returns: (transfer full): @regions with another name and colour of the i-th */
SmoothRegions *
smooth_regions_new_renamed (const SmoothRegions *regions, gint64 i, const char *name, guint32 colour)
{
  g_return_val_if_fail (i >= 0 && i < smooth_regions_get_n (regions), NULL);

  const SmoothRegion *old = smooth_regions_get (regions, i);
  GArray *rings = g_array_new (FALSE, FALSE, sizeof (SmoothRing));
  for (gint64 r = 0; r < old->n_rings; r++)
    smooth_i_ring_add (rings, old->rings[r].points, old->rings[r].n_points);

  GPtrArray *list = smooth_i_regions_copy_list (regions);
  smooth_i_region_unref (g_ptr_array_index (list, i));
  g_ptr_array_index (list, i) = smooth_i_region_new (name, colour, rings);
  return smooth_i_regions_new_take (list, smooth_report_new ());
}

/* Returns: (transfer full): @regions with other rings of the i-th, or without it where there are none
 * @rings: (transfer full): of SmoothRing */
SmoothRegions *
smooth_i_regions_new_replaced (const SmoothRegions *regions, gint64 i, GArray *rings)
{
  const SmoothRegion *old = smooth_regions_get (regions, i);
  GPtrArray *list = smooth_i_regions_copy_list (regions);

  if (rings->len == 0)
    {
      g_array_unref (rings);
      g_ptr_array_remove_index (list, (guint) i);
      return smooth_i_regions_new_take (list, smooth_report_new ());
    }
  SmoothRegion *region = smooth_i_region_new (old->name, old->colour, rings);
  smooth_i_region_unref (g_ptr_array_index (list, i));
  g_ptr_array_index (list, i) = region;
  return smooth_i_regions_new_take (list, smooth_report_new ());
}

SmoothRegions *
smooth_regions_ref (SmoothRegions *regions)
{
  g_atomic_ref_count_inc (&regions->ref_count);
  return regions;
}

void
smooth_regions_unref (SmoothRegions *regions)
{
  if (regions == NULL || !g_atomic_ref_count_dec (&regions->ref_count))
    return;
  g_ptr_array_unref (regions->list);
  smooth_report_unref (regions->report);
  g_free (regions);
}

gint64
smooth_regions_get_n (const SmoothRegions *regions)
{
  return regions->list->len;
}

/* Returns: (transfer none): the i-th region; lives as long as a list that has it */
const SmoothRegion *
smooth_regions_get (const SmoothRegions *regions, gint64 i)
{
  g_return_val_if_fail (i >= 0 && i < smooth_regions_get_n (regions), NULL);
  return g_ptr_array_index (regions->list, i);
}

/* Returns: (transfer none): what smooth_regions_load() left out; nothing for lists that were not loaded */
SmoothReport *
smooth_regions_get_report (const SmoothRegions *regions)
{
  return regions->report;
}

/* Whether the ray from (x, y) to the right crosses the ring an odd number of times. */
static gboolean
ring_contains (const SmoothRing *ring, double x, double y)
{
  gboolean inside = FALSE;
  const double *a = ring->points + 2 * (ring->n_points - 1);

  for (gint64 i = 0; i < ring->n_points; i++)
    {
      const double *b = ring->points + 2 * i;
      inside ^= smooth_i_edge_crosses (a, b, x, y);
      a = b;
    }
  return inside;
}

/**
 * smooth_region_contains:
 * @x: image column, full-resolution pixels
 * @y: image row
 *
 * Even-odd rule over all rings together: a hole is a ring inside a ring. O(number of points).
 */
gboolean
smooth_region_contains (const SmoothRegion *region, double x, double y)
{
  gboolean inside = FALSE;

  for (gint64 r = 0; r < region->n_rings; r++)
    inside ^= ring_contains (&region->rings[r], x, y);
  return inside;
}

/* left, top, right, bottom of all rings */
static void
get_box (const SmoothRegion *region, double box[4])
{
  box[0] = box[1] = INFINITY;
  box[2] = box[3] = -INFINITY;
  for (gint64 r = 0; r < region->n_rings; r++)
    for (gint64 i = 0; i < region->rings[r].n_points; i++)
      for (int d = 0; d < 2; d++)
        {
          double c = region->rings[r].points[2 * i + d];
          box[d] = MIN (box[d], c);
          box[d + 2] = MAX (box[d + 2], c);
        }
}

/* The number of each region's category: names are numbered in the order of their first region. */
static gint32 *
dup_category_numbers (const SmoothRegions *regions, gint32 *n_categories)
{
  g_autoptr (GHashTable) numbers = g_hash_table_new (g_str_hash, g_str_equal);
  gint32 *result = g_new (gint32, regions->list->len + 1);
  gint32 n = 0;

  for (guint i = 0; i < regions->list->len; i++)
    {
      const SmoothRegion *region = g_ptr_array_index (regions->list, i);
      gpointer known;
      if (!g_hash_table_lookup_extended (numbers, region->name, NULL, &known))
        {
          known = GINT_TO_POINTER (n++);
          g_hash_table_insert (numbers, region->name, known);
        }
      result[i] = GPOINTER_TO_INT (known);
    }
  *n_categories = n;
  return result;
}

/**
 * smooth_regions_label:
 * @coords: n_spots x 2, row-major (x, y), full-resolution pixels
 * @labels: n_spots; set to the number of the spot's category in smooth_regions_dup_categories(), -1 outside of all
 *   regions. Where regions overlap, the later one has the spot.
 *
 * O(points + n_spots (number of regions + edges of those whose bounding box has the spot that cross its row)), in ROWS rows.
 */
void
smooth_regions_label (const SmoothRegions *regions, const double *coords, gint64 n_spots, gint32 *labels)
{
  gint32 n_categories;
  g_autofree gint32 *categories = dup_category_numbers (regions, &n_categories);

  for (gint64 s = 0; s < n_spots; s++)
    labels[s] = -1;
  for (guint i = 0; i < regions->list->len; i++)
    {
      const SmoothRegion *region = g_ptr_array_index (regions->list, i);
      double box[4];
      get_box (region, box);
      if (!(box[3] > box[1])) /* without area */
        continue;
      SmoothMask mask = { box[0], box[1], (box[3] - box[1]) / ROWS, 0, ROWS + 1, NULL };
      SmoothRows *rows = smooth_i_rows_new (region->rings, region->n_rings, &mask);
      for (gint64 s = 0; s < n_spots; s++)
        {
          double x = coords[2 * s];
          double y = coords[2 * s + 1];
          if (x >= box[0] && x <= box[2] && y >= box[1] && y <= box[3] && smooth_i_rows_contain (rows, x, y))
            labels[s] = categories[i];
        }
      smooth_i_rows_free (rows);
    }
}

/* Returns: (transfer full): the names of the categories, NULL-terminated, in the order of their first region */
char **
smooth_regions_dup_categories (const SmoothRegions *regions)
{
  gint32 n_categories;
  g_autofree gint32 *categories = dup_category_numbers (regions, &n_categories);
  char **names = g_new0 (char *, n_categories + 1);

  for (guint i = 0; i < regions->list->len; i++)
    if (names[categories[i]] == NULL)
      names[categories[i]] = g_strdup (((SmoothRegion *) g_ptr_array_index (regions->list, i))->name);
  return names;
}

/* Returns: TRUE where name, colour and points are the same to the bit */
gboolean
smooth_region_equal (const SmoothRegion *a, const SmoothRegion *b)
{
  if (a == b)
    return TRUE;
  if (a->n_rings != b->n_rings || a->colour != b->colour || strcmp (a->name, b->name) != 0)
    return FALSE;
  for (gint64 r = 0; r < a->n_rings; r++)
    if (a->rings[r].n_points != b->rings[r].n_points
        || memcmp (a->rings[r].points, b->rings[r].points, (gsize) a->rings[r].n_points * 2 * sizeof (double)) != 0)
      return FALSE;
  return TRUE;
}

/* Returns: TRUE where both lists have the same regions in the same order: names, colours and points to the bit */
gboolean
smooth_regions_equal (const SmoothRegions *a, const SmoothRegions *b)
{
  if (a == b)
    return TRUE;
  if (a == NULL || b == NULL || a->list->len != b->list->len)
    return FALSE;
  for (guint i = 0; i < a->list->len; i++)
    if (!smooth_region_equal (g_ptr_array_index (a->list, i), g_ptr_array_index (b->list, i)))
      return FALSE;
  return TRUE;
}

/* The colour of a new region: that of its category, else the first of the palette that no region has. */
guint32
smooth_i_region_colour (const GPtrArray *list, const char *name)
{
  guint32 used = 0;

  for (guint i = 0; i < list->len; i++)
    {
      const SmoothRegion *region = g_ptr_array_index (list, i);
      if (name != NULL && strcmp (region->name, name) == 0)
        return region->colour;
      for (guint c = 0; c < G_N_ELEMENTS (palette); c++)
        used |= (region->colour == palette[c]) << c;
    }
  for (guint c = 0; c < G_N_ELEMENTS (palette); c++)
    if (!(used >> c & 1))
      return palette[c];
  return palette[list->len % G_N_ELEMENTS (palette)];
}

/* Returns: the first colour of a palette for colour-blind people that no region has; it starts again when all are taken */
guint32
smooth_regions_next_colour (const SmoothRegions *regions)
{
  return smooth_i_region_colour (regions->list, NULL);
}
