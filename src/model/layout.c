/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Colours and renumbers the spots of a graph, so that spots of one colour can be solved at once, and those at hand stay in cache.
 *
 * Spots are first ordered by breadth-first search from a far end of each component, which keeps neighbours near each
 * other whatever order the barcodes have; then coloured greedily in that order. The search goes over the tissue front by front,
 * and neighbours are in one front or in two that follow each other. So the order is cut into strips of whole fronts, as large as
 * the second level of caches holds: every other strip can be worked on at the same time. Spots are sorted by strip, in a strip
 * by colour. The order depends on the pattern alone, explicit zeros included: cutting edges does not change it.
 */
#include "model/layout-private.h"

#include <string.h>

#define STRIP 2048          /* spots at least */
#define STRIP_BY_COLOUR 128 /* likewise, for each colour: they are filled up to whole tiles */
#define LEAST_STRIPS 8      /* fewer are not worth it, nor ... */
#define LARGEST_STRIP 8     /* ... where one has more than one in so many spots: threads would wait for it */

/* Appends the component of @start to the order; returns the new length. seen[] gets @mark. fronts: (nullable): where in the order
 * each front begins is added. */
static gint64
search (const SmoothSparse *pattern, gint32 start, gint32 mark, gint32 *seen, gint32 *order, gint64 n, GArray *fronts)
{
  gint64 head = n, front_end = n;

  seen[start] = mark;
  order[n++] = start;
  for (; head < n; head++)
    {
      if (head == front_end)
        {
          if (fronts != NULL)
            g_array_append_val (fronts, head);
          front_end = n;
        }
      for (gint64 e = pattern->starts[order[head]]; e < pattern->starts[order[head] + 1]; e++)
        {
          gint32 neighbour = pattern->rows[e];
          if (seen[neighbour] == mark)
            continue;
          seen[neighbour] = mark;
          order[n++] = neighbour;
        }
    }
  return n;
}

/* order: n_spots spots, neighbours near each other; fronts: where each begins. O(spots + entries). */
static gboolean
order_by_nearness (const SmoothSparse *pattern, gint64 n_spots, gint32 *order, GArray *fronts, GError **error)
{
  g_autofree gint32 *seen = smooth_i_try_new (gint32, n_spots, "the order of the spots", error);
  gint64 n = 0;

  if (seen == NULL)
    return FALSE;
  for (gint32 i = 0; i < n_spots; i++)
    {
      if (seen[i] != 0)
        continue;
      gint64 end = search (pattern, i, 1, seen, order, n, NULL);
      n = search (pattern, order[end - 1], 2, seen, order, n, fronts);
    }
  return TRUE;
}

/* Where in the order strips begin, and its end: all of it is one strip where cutting does not pay. */
static GArray *
cut_into_strips (const GArray *fronts, gint64 n_spots, gint n_colours)
{
  GArray *strips = g_array_new (FALSE, FALSE, sizeof (gint64));
  gint64 least = MAX (STRIP, STRIP_BY_COLOUR * n_colours), begin = 0, largest = 0;

  g_array_append_val (strips, begin);
  for (guint f = 1; f <= fronts->len; f++)
    {
      gint64 end = f < fronts->len ? g_array_index (fronts, gint64, f) : n_spots;
      if (end - begin < least && f < fronts->len)
        continue;
      g_array_append_val (strips, end);
      largest = MAX (largest, end - begin);
      begin = end;
    }
  if (strips->len - 1 < LEAST_STRIPS || largest * LARGEST_STRIP > n_spots)
    {
      g_array_set_size (strips, 1);
      g_array_append_val (strips, n_spots);
    }
  return strips;
}

/* The smallest colour that no neighbour has; returns the number of colours, 0 with @error. */
static gint
colour_greedily (const SmoothSparse *pattern, gint64 n_spots, const gint32 *order, gint32 *colours, GError **error)
{
  g_autofree gint64 *used = smooth_i_try_new (gint64, n_spots + 1, "the order of the spots", error);
  gint n_colours = 0;

  if (used == NULL)
    return 0;
  memset (used, -1, (gsize) (n_spots + 1) * sizeof (gint64));
  for (gint64 i = 0; i < n_spots; i++)
    colours[i] = -1;
  for (gint64 i = 0; i < n_spots; i++)
    {
      gint32 spot = order[i], colour = 0;
      for (gint64 e = pattern->starts[spot]; e < pattern->starts[spot + 1]; e++)
        if (pattern->rows[e] != spot && colours[pattern->rows[e]] >= 0)
          used[colours[pattern->rows[e]]] = i;
      while (used[colour] == i)
        colour++;
      colours[spot] = colour;
      n_colours = MAX (n_colours, colour + 1);
    }
  return n_colours;
}

static gboolean
allocate (SmoothLayout *layout, GError **error)
{
  layout->n_tiles = layout->n_positions / SMOOTH_TILE;
  layout->spots = smooth_i_try_alloc (layout->n_positions, sizeof (gint32), "the order of the spots", error);
  if (layout->spots != NULL)
    layout->positions = smooth_i_try_alloc (layout->n_spots, sizeof (gint32), "the order of the spots", error);
  if (layout->positions != NULL)
    layout->all_tiles = smooth_i_try_alloc (layout->n_tiles, sizeof (gint32), "the order of the spots", error);
  if (layout->all_tiles != NULL)
    layout->starts = smooth_i_try_alloc (layout->n_positions + 1, sizeof (gint64), "the order of the spots", error);
  return layout->starts != NULL;
}

/* Gives the spots their positions. strips: where in the order each begins, and its end. */
static gboolean
place (SmoothLayout *layout, const gint32 *order, const gint32 *colours, gint n_colours, const GArray *strips, GError **error)
{
  gint64 n_ranges = (gint64) (strips->len - 1) * n_colours;
  g_autofree gint64 *next = smooth_i_try_new (gint64, n_ranges, "the order of the spots", error);

  layout->n_colours = n_colours;
  layout->n_strips = strips->len - 1;
  layout->range_tiles = smooth_i_try_new (gint64, n_ranges + 1, "the order of the spots", error);
  if (next == NULL || layout->range_tiles == NULL)
    return FALSE;
  for (gint64 s = 0; s < layout->n_strips; s++)
    for (gint64 i = g_array_index (strips, gint64, s); i < g_array_index (strips, gint64, s + 1); i++)
      next[s * n_colours + colours[order[i]]]++;
  for (gint64 r = 0; r < n_ranges; r++)
    layout->range_tiles[r + 1] = layout->range_tiles[r] + (next[r] + SMOOTH_TILE - 1) / SMOOTH_TILE;
  layout->n_positions = layout->range_tiles[n_ranges] * SMOOTH_TILE;
  if (!allocate (layout, error))
    return FALSE;

  memset (layout->spots, -1, (gsize) layout->n_positions * sizeof (gint32));
  for (gint64 r = 0; r < n_ranges; r++)
    next[r] = layout->range_tiles[r] * SMOOTH_TILE;
  for (gint64 s = 0; s < layout->n_strips; s++)
    for (gint64 i = g_array_index (strips, gint64, s); i < g_array_index (strips, gint64, s + 1); i++)
      {
        gint64 position = next[s * n_colours + colours[order[i]]]++;
        layout->spots[position] = order[i];
        layout->positions[order[i]] = (gint32) position;
      }
  for (gint64 t = 0; t < layout->n_tiles; t++)
    layout->all_tiles[t] = (gint32) t;
  return TRUE;
}

static gboolean
renumber (SmoothLayout *layout, const SmoothSparse *pattern, GError **error)
{
  gint64 nnz = 0;

  layout->cols = smooth_i_try_alloc (smooth_sparse_get_nnz (pattern), sizeof (gint32), "the neighbours of the spots", error);
  if (layout->cols == NULL)
    return FALSE;
  for (gint64 p = 0; p < layout->n_positions; p++)
    {
      gint32 spot = layout->spots[p];
      if (spot >= 0)
        for (gint64 e = pattern->starts[spot]; e < pattern->starts[spot + 1]; e++)
          if (pattern->rows[e] != spot)
            layout->cols[nnz++] = layout->positions[pattern->rows[e]];
      layout->starts[p + 1] = nnz;
    }
  return TRUE;
}

/**
 * smooth_i_layout_new:
 * @pattern: n_spots x n_spots, symmetric; of the values only the places count
 *
 * Colours cost padding. A graph so dense that the padding would be several times the data is left uncoloured.
 *
 * O(n + nnz) time.
 */
SmoothLayout *
smooth_i_layout_new (gint64 n_spots, const SmoothSparse *pattern, GError **error)
{
  g_autoptr (SmoothLayout) layout = g_new0 (SmoothLayout, 1);
  g_autofree gint32 *order = smooth_i_try_new (gint32, n_spots, "the order of the spots", error);
  g_autofree gint32 *colours = order != NULL ? smooth_i_try_new (gint32, n_spots, "the order of the spots", error) : NULL;

  g_autoptr (GArray) fronts = g_array_new (FALSE, FALSE, sizeof (gint64));

  layout->n_spots = n_spots;
  if (colours == NULL || !order_by_nearness (pattern, n_spots, order, fronts, error))
    return NULL;
  gint n_colours = colour_greedily (pattern, n_spots, order, colours, error);
  if (n_colours == 0)
    return NULL;
  gboolean is_coloured = (gint64) n_colours * SMOOTH_TILE <= 2 * n_spots + 4096;
  if (!is_coloured)
    memset (colours, 0, (gsize) n_spots * sizeof (gint32));
  g_autoptr (GArray) strips = cut_into_strips (fronts, n_spots, n_colours);
  if (!place (layout, order, colours, is_coloured ? n_colours : 1, strips, error) || !renumber (layout, pattern, error))
    return NULL;
  if (!is_coloured)
    layout->n_colours = 0;
  return g_steal_pointer (&layout);
}

void
smooth_i_layout_free (SmoothLayout *layout)
{
  if (layout == NULL)
    return;
  g_free (layout->range_tiles);
  smooth_i_free (layout->spots);
  smooth_i_free (layout->positions);
  smooth_i_free (layout->all_tiles);
  smooth_i_free (layout->starts);
  smooth_i_free (layout->cols);
  g_free (layout);
}
