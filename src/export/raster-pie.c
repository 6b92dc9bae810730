/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Wedges without trigonometry for each pixel: directions are counted along a square that stands on its tip, where the place of
 * a point is one division, d = |dx| / (|dx| + |dy|) within its quarter; the borders of wedges are looked up in a table.
 */
#include "export/raster-private.h"

#include <math.h>

#define SEEN 0.02 /* of a spot: thinner wedges need no name in a legend */

/* 0..SMOOTH_I_DIRECTIONS, clockwise from straight up; @dy goes down. */
static inline gint
get_direction (double dx, double dy)
{
  const double quarter = SMOOTH_I_DIRECTIONS / 4.0;
  double across = fabs (dx), along = fabs (dy), sum = across + along;
  double place = sum > 0.0 ? across / sum : 0.0;

  if (dx >= 0.0)
    return (gint) (quarter * (dy < 0.0 ? place : 2.0 - place));
  return (gint) (quarter * (dy >= 0.0 ? 2.0 + place : 4.0 - place));
}

void
smooth_i_pie_table_init (SmoothPieTable *table)
{
  for (gint i = 0; i < SMOOTH_I_TURN; i++)
    {
      double angle = 2.0 * G_PI * i / SMOOTH_I_TURN;
      table->direction[i] = (guint16) MIN (get_direction (sin (angle), -cos (angle)), SMOOTH_I_DIRECTIONS);
    }
  table->direction[0] = 0;
  table->direction[SMOOTH_I_TURN] = SMOOTH_I_DIRECTIONS;
}

/**
 * smooth_i_pie_init:
 * @spot: of the layer
 * @alpha: 0..255: of all wedges
 *
 * Returns: FALSE where the spot is no pie. O(n_parts + directions)
 */
gboolean
smooth_i_pie_init (SmoothPie *pie, const SmoothPieTable *table, const SmoothPies *pies, gint64 spot, guint32 alpha)
{
  gint32 column = pies->columns[spot];
  const double *shares = pies->shares + (gsize) MAX (column, 0) * (gsize) pies->n_parts;
  double total = 0.0, sum = 0.0;
  gint from = 0;

  for (gint64 k = 0; k < pies->n_parts && column >= 0; k++)
    total += shares[k] > 0.0 ? shares[k] : 0.0;
  if (!(total > 0.0) || !isfinite (total))
    return FALSE;
  for (gint64 k = 0; k < pies->n_parts; k++)
    {
      if (!(shares[k] > 0.0))
        continue;
      sum += shares[k];
      gint to = table->direction[(gint) (MIN (sum / total, 1.0) * SMOOTH_I_TURN + 0.5)];
      guint32 source = smooth_i_source_pixel (0xff000000u | pies->palette[k], alpha);
      for (; from < to; from++)
        pie->colours[from] = source;
    }
  for (; from < SMOOTH_I_DIRECTIONS; from++) /* what rounding has left */
    pie->colours[from] = pie->colours[from - 1];
  return TRUE;
}

/* The mean of four premultiplied pixels, rounded to the nearest. */
static inline guint32
mean_of_four (const guint32 c[4])
{
  guint32 rb = 0x00020002, ag = 0x00020002;

  for (gint i = 0; i < 4; i++)
    {
      rb += c[i] & 0x00ff00ff;
      ag += (c[i] >> 8) & 0x00ff00ff;
    }
  return ((rb >> 2) & 0x00ff00ff) | (((ag >> 2) & 0x00ff00ff) << 8);
}

/* The colour of the pixel whose middle is (@dx, @dy) from the centre: the mean of four points in it. */
guint32
smooth_i_pie_get (const SmoothPie *pie, double dx, double dy)
{
  guint32 c[4];

  for (gint i = 0; i < 4; i++)
    {
      gint direction = get_direction (dx + (i & 1 ? 0.25 : -0.25), dy + (i & 2 ? 0.25 : -0.25));
      c[i] = pie->colours[MIN (direction, SMOOTH_I_DIRECTIONS - 1)];
    }
  return c[0] == c[1] && c[0] == c[2] && c[0] == c[3] ? c[0] : mean_of_four (c);
}

/* @pies: (nullable): with columns and palette of its own; shares stay with their owner. */
void
smooth_pies_free (SmoothPies *pies)
{
  if (pies == NULL)
    return;
  g_free ((gpointer) pies->columns);
  g_free ((gpointer) pies->palette);
  g_free (pies);
}

/**
 * smooth_pies_find_seen:
 * @seen: (inout): n_parts: set where a part is more than a sliver of any spot
 *
 * A legend has to name these. O(spots x parts).
 */
void
smooth_pies_find_seen (const SmoothPies *pies, gint64 n_spots, gboolean *seen)
{
  for (gint64 i = 0; i < n_spots; i++)
    for (gint64 k = 0; k < pies->n_parts && pies->columns[i] >= 0; k++)
      seen[k] = seen[k] || pies->shares[(gsize) pies->columns[i] * (gsize) pies->n_parts + (gsize) k] > SEEN;
}
