/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Painted regions stay polygons: the brush fills or clears the cells that lie nearest to the spots that it has touched,
 * and the outline of what is filled then is the region. Wherever it was not touched it keeps its shape to within a cell, an
 * eighth of the pitch, and every other spot keeps its label. */
#include "section/region-edit.h"

#include "section/outline-private.h"
#include "section/regions-private.h"

#include <math.h>
#include <string.h>

#define CELLS_PER_PITCH 8.0
#define MAX_CELLS 4e6
#define REACH 0.75     /* pitches: cells farther from every spot belong to none */
#define STRAIGHTEN 0.8 /* cells that a straight outline may leave out */

typedef struct
{
  const SmoothStroke *stroke;
  SmoothMask mask;
  gint32 *owners; /* a cell: the nearest spot within reach, or -1 */
  gint64 n_inside;
  gint64 *inside; /* spots whose centre lies in the mask */
} Canvas;

/* left, top, right, bottom; grows around a point */
static void
widen (double box[4], double x, double y, double border)
{
  box[0] = MIN (box[0], x - border);
  box[1] = MIN (box[1], y - border);
  box[2] = MAX (box[2], x + border);
  box[3] = MAX (box[3], y + border);
}

/* A mask around the rings and the touched spots. */
static void
canvas_init (Canvas *canvas, const SmoothStroke *stroke, const SmoothRing *rings, gint64 n_rings)
{
  double box[4] = { INFINITY, INFINITY, -INFINITY, -INFINITY };

  for (gint64 r = 0; r < n_rings; r++)
    for (gint64 i = 0; i < rings[r].n_points; i++)
      widen (box, rings[r].points[2 * i], rings[r].points[2 * i + 1], 0.0);
  for (gint64 s = 0; s < stroke->n_spots; s++)
    if (stroke->touched[s])
      widen (box, stroke->coords[2 * s], stroke->coords[2 * s + 1], stroke->pitch);

  double width = MAX (box[2] - box[0], 0.0), height = MAX (box[3] - box[1], 0.0);
  double cell = MAX (stroke->pitch / CELLS_PER_PITCH, sqrt (width * height / MAX_CELLS));
  canvas->stroke = stroke;
  canvas->mask =
      (SmoothMask){ box[0] - cell, box[1] - cell, cell, (gint) (width / cell) + 3, (gint) (height / cell) + 3, NULL };
  gsize n_cells = (gsize) canvas->mask.width * (gsize) canvas->mask.height;
  canvas->mask.filled = g_malloc0 (n_cells);
  canvas->owners = g_new (gint32, n_cells);
  canvas->inside = g_new (gint64, MAX (stroke->n_spots, 1));
  canvas->n_inside = 0;
}

static void
canvas_clear (Canvas *canvas)
{
  g_free (canvas->mask.filled);
  g_free (canvas->owners);
  g_free (canvas->inside);
}

/* The cell that holds a point, or -1. */
static gint64
cell_of (const SmoothMask *mask, double x, double y)
{
  double column = floor ((x - mask->x) / mask->cell), row = floor ((y - mask->y) / mask->cell);

  if (!(column >= 0.0 && row >= 0.0 && column < mask->width && row < mask->height))
    return -1;
  return (gint64) row * mask->width + (gint64) column;
}

/* Gives a spot the cells within reach that are nearer to it than to those before it. */
static void
claim_cells (Canvas *canvas, gint64 spot, float *distances)
{
  const SmoothMask *mask = &canvas->mask;
  double x = (canvas->stroke->coords[2 * spot] - mask->x) / mask->cell - 0.5;
  double y = (canvas->stroke->coords[2 * spot + 1] - mask->y) / mask->cell - 0.5;
  double reach = REACH * canvas->stroke->pitch / mask->cell;

  for (gint row = (gint) MAX (ceil (y - reach), 0.0); row <= MIN (floor (y + reach), mask->height - 1.0); row++)
    for (gint column = (gint) MAX (ceil (x - reach), 0.0); column <= MIN (floor (x + reach), mask->width - 1.0); column++)
      {
        gsize i = (gsize) row * mask->width + column;
        double square = (column - x) * (column - x) + (row - y) * (row - y);
        if (square <= reach * reach && square < (double) distances[i])
          {
            distances[i] = (float) square;
            canvas->owners[i] = (gint32) spot;
          }
      }
}

/* Only where touched spots are: elsewhere nothing changes. */
static void
find_owners (Canvas *canvas)
{
  const SmoothMask *mask = &canvas->mask;
  const SmoothStroke *stroke = canvas->stroke;
  const double *coords = stroke->coords;
  gsize n_cells = (gsize) mask->width * (gsize) mask->height;
  g_autofree float *distances = g_new (float, n_cells);
  double box[4] = { INFINITY, INFINITY, -INFINITY, -INFINITY };

  for (gint64 s = 0; s < stroke->n_spots; s++)
    if (stroke->touched[s])
      widen (box, coords[2 * s], coords[2 * s + 1], 2.0 * REACH * stroke->pitch);
  for (gsize i = 0; i < n_cells; i++)
    {
      distances[i] = INFINITY;
      canvas->owners[i] = -1;
    }
  for (gint64 s = 0; s < stroke->n_spots; s++)
    {
      double x = coords[2 * s], y = coords[2 * s + 1];
      if (x >= box[0] && y >= box[1] && x <= box[2] && y <= box[3])
        claim_cells (canvas, s, distances);
      if (cell_of (mask, coords[2 * s], coords[2 * s + 1]) >= 0)
        canvas->inside[canvas->n_inside++] = s;
    }
}

/* Whether rings give every spot of the mask the label that it should have. */
static gboolean
labels_hold (const Canvas *canvas, const GArray *rings, const guint8 *wanted)
{
  SmoothRows *rows = smooth_i_rows_new ((const SmoothRing *) (gconstpointer) rings->data, rings->len, &canvas->mask);
  gboolean hold = TRUE;

  for (gint64 i = 0; i < canvas->n_inside && hold; i++)
    {
      const double *at = canvas->stroke->coords + 2 * canvas->inside[i];
      hold = smooth_i_rows_contain (rows, at[0], at[1]) == (gboolean) wanted[i];
    }
  smooth_i_rows_free (rows);
  return hold;
}

static void
rings_free (GArray *rings)
{
  g_array_set_clear_func (rings, smooth_i_ring_clear);
  g_array_unref (rings);
}

/* Fills what was filled and what was touched, or clears the latter; each spot's own cell has the last word. */
static void
fill_mask (Canvas *canvas, const SmoothRows *rows, gboolean fills, guint8 *wanted)
{
  SmoothMask *mask = &canvas->mask;
  const SmoothStroke *stroke = canvas->stroke;
  gsize n_cells = (gsize) mask->width * (gsize) mask->height;

  smooth_i_rows_fill (rows, mask);
  find_owners (canvas);
  for (gsize i = 0; i < n_cells; i++)
    if (canvas->owners[i] >= 0 && stroke->touched[canvas->owners[i]])
      mask->filled[i] = (guint8) fills;
  for (gint64 i = 0; i < canvas->n_inside; i++)
    {
      gint64 s = canvas->inside[i];
      const double *at = stroke->coords + 2 * s;
      wanted[i] = (guint8) (stroke->touched[s] ? fills : smooth_i_rows_contain (rows, at[0], at[1]));
      mask->filled[cell_of (mask, at[0], at[1])] = wanted[i];
    }
}

/* Returns: (transfer full): of SmoothRing; those of a region after a stroke */
static GArray *
paint (const SmoothRing *rings, gint64 n_rings, const SmoothStroke *stroke, gboolean fills)
{
  Canvas canvas;

  canvas_init (&canvas, stroke, rings, n_rings);
  g_autofree guint8 *wanted = g_malloc0 ((gsize) MAX (stroke->n_spots, 1));
  SmoothRows *rows = smooth_i_rows_new (rings, n_rings, &canvas.mask);
  fill_mask (&canvas, rows, fills, wanted);
  smooth_i_rows_free (rows);

  GArray *painted = smooth_i_mask_trace (&canvas.mask, STRAIGHTEN);
  if (!labels_hold (&canvas, painted, wanted))
    {
      rings_free (painted);
      painted = smooth_i_mask_trace (&canvas.mask, 0.0);
    }
  canvas_clear (&canvas);
  return painted;
}

static gboolean
touches_any (const SmoothStroke *stroke)
{
  return memchr (stroke->touched, 1, (gsize) stroke->n_spots) != NULL;
}

/* Whether a touched spot lies in the region. */
static gboolean
is_touched (const SmoothRegion *region, const SmoothStroke *stroke)
{
  for (gint64 s = 0; s < stroke->n_spots; s++)
    if (stroke->touched[s] && smooth_region_contains (region, stroke->coords[2 * s], stroke->coords[2 * s + 1]))
      return TRUE;
  return FALSE;
}

/* Takes the touched spots out of regions @from and later, but for those of the category @kept (nullable). */
static SmoothRegions *
take_out (const SmoothRegions *regions, gint64 from, const char *kept, const SmoothStroke *stroke)
{
  SmoothRegions *result = smooth_regions_ref ((SmoothRegions *) regions);

  for (gint64 i = smooth_regions_get_n (regions) - 1; i >= from; i--)
    {
      const SmoothRegion *region = smooth_regions_get (regions, i);
      if (g_strcmp0 (region->name, kept) == 0 || !is_touched (region, stroke))
        continue;
      SmoothRegions *next = smooth_i_regions_new_replaced (result, i, paint (region->rings, region->n_rings, stroke, FALSE));
      smooth_regions_unref (result);
      result = next;
    }
  return result;
}

/**
 * smooth_regions_new_moved:
 * @ring: of the i-th region
 * @point: of that ring
 * @x: where to, full-resolution pixels; finite
 *
 * Returns: (transfer full): @regions with one corner of the i-th at another place; a copy where it has no such corner or
 *   the region would have no area left
 */
SmoothRegions *
smooth_regions_new_moved (const SmoothRegions *regions, gint64 i, gint64 ring, gint64 point, double x, double y)
{
  const SmoothRegion *region = smooth_regions_get (regions, i);
  GArray *rings = g_array_new (FALSE, FALSE, sizeof (SmoothRing));

  for (gint64 r = 0; r < region->n_rings; r++)
    {
      const SmoothRing *old = &region->rings[r];
      g_autofree double *points = g_memdup2 (old->points, (gsize) old->n_points * 2 * sizeof (double));
      if (r == ring && point >= 0 && point < old->n_points)
        {
          points[2 * point] = x;
          points[2 * point + 1] = y;
        }
      smooth_i_ring_add (rings, points, old->n_points);
    }
  if (rings->len < region->n_rings)
    {
      rings_free (rings);
      return smooth_regions_ref ((SmoothRegions *) regions);
    }
  return smooth_i_regions_new_replaced (regions, i, rings);
}

/**
 * smooth_regions_new_painted:
 * @i: the region that gets the touched spots
 *
 * Regions of other categories that lie over it give the spots up, so that every touched spot has the label of the i-th
 * afterwards; all other spots keep theirs.
 *
 * O(n_spots + cells); 9 bytes a cell, of which there are 64 on a square pitch, in all at most 4 million.
 *
 * Returns: (transfer full): the new list; a copy where nothing was touched
 */
SmoothRegions *
smooth_regions_new_painted (const SmoothRegions *regions, gint64 i, const SmoothStroke *stroke)
{
  g_return_val_if_fail (stroke->pitch > 0.0, NULL);

  const SmoothRegion *region = smooth_regions_get (regions, i);
  if (!touches_any (stroke))
    return smooth_regions_ref ((SmoothRegions *) regions);
  g_autoptr (SmoothRegions) painted =
      smooth_i_regions_new_replaced (regions, i, paint (region->rings, region->n_rings, stroke, TRUE));
  return take_out (painted, i + 1, region->name, stroke);
}

/**
 * smooth_regions_new_with_spots:
 * @regions: (nullable): the list before
 * @name: of the category
 * @colour: 0xRRGGBB
 *
 * Cost as of smooth_regions_new_painted().
 *
 * Returns: (transfer full): @regions with one more at its end, around the touched spots; a copy where nothing was touched
 */
SmoothRegions *
smooth_regions_new_with_spots (const SmoothRegions *regions, const char *name, guint32 colour, const SmoothStroke *stroke)
{
  static const double corner[] = { 0.0, 0.0, 1.0, 0.0, 0.0, 1.0 };

  g_return_val_if_fail (stroke->pitch > 0.0, NULL);
  g_autoptr (SmoothRegions) longer = smooth_regions_new_with (regions, name, colour, corner, 3);

  if (!touches_any (stroke))
    return smooth_regions_new_without (longer, smooth_regions_get_n (longer) - 1);
  return smooth_i_regions_new_replaced (longer, smooth_regions_get_n (longer) - 1, paint (NULL, 0, stroke, TRUE));
}

/**
 * smooth_regions_new_erased:
 *
 * Cost as of smooth_regions_new_painted(), for each region that a touched spot lies in.
 *
 * Returns: (transfer full): the new list, in which no touched spot has a label; regions that lost all of their area are gone
 */
SmoothRegions *
smooth_regions_new_erased (const SmoothRegions *regions, const SmoothStroke *stroke)
{
  g_return_val_if_fail (stroke->pitch > 0.0, NULL);
  return take_out (regions, 0, NULL, stroke);
}
