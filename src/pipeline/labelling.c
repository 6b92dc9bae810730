/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Labels of spots follow an edit of the regions at the cost of the spots near it.
 *
 * Lists of regions share those that they have in common, so a comparison of pointers tells which were changed. By the even-odd
 * rule a spot can have changed sides of a region only if it lies within the box of the edges that the region had before or has
 * now, but not both: closed rings without their common edges are closed lines again, and beside such lines a ray crosses an
 * even number of edges. A grid of cells finds the spots of a box.
 */
#include "pipeline/labelling-private.h"

#include <math.h>
#include <string.h>

#define SPOTS_A_CELL 16
#define PADDING 1e-9 /* of a box, for what rounding does to crossings */

struct _SmoothLabelling
{
  gint64 n_spots;
  double *coords; /* n_spots x 2, pixels */

  /* Spots by cells of a grid. */
  double low[2], cell;
  gint64 n_cells[2];
  gint64 *starts;  /* cells + 1 */
  gint32 *members; /* n_spots */

  SmoothRegions *regions; /* (nullable): that the labels are of */
  gint32 *labels;         /* n_spots; a box counted by reference, not changed once shared */
  char **categories;
  GArray *changes; /* of gint32: spots whose label was another before */
};

typedef struct
{
  double low[2], high[2];
} Box;

/* ---- spots in space ---- */

static gint64
cell_of (const SmoothLabelling *labelling, gint d, double c)
{
  double at = floor ((c - labelling->low[d]) / labelling->cell);
  return (gint64) CLAMP (at, 0, (double) (labelling->n_cells[d] - 1));
}

static void
sort_spots (SmoothLabelling *labelling)
{
  gint64 n = labelling->n_spots;
  double high[2] = { -INFINITY, -INFINITY };

  labelling->low[0] = labelling->low[1] = INFINITY;
  for (gint64 e = 0; e < 2 * n; e++)
    {
      labelling->low[e % 2] = MIN (labelling->low[e % 2], labelling->coords[e]);
      high[e % 2] = MAX (high[e % 2], labelling->coords[e]);
    }
  double width = n > 0 ? high[0] - labelling->low[0] : 0, height = n > 0 ? high[1] - labelling->low[1] : 0;
  labelling->cell = MAX (sqrt (width * height * SPOTS_A_CELL / (double) MAX (n, 1)), MAX (width, height) / 4096);
  if (!(labelling->cell > 0))
    labelling->cell = 1;
  labelling->n_cells[0] = (gint64) (width / labelling->cell) + 1;
  labelling->n_cells[1] = (gint64) (height / labelling->cell) + 1;

  gint64 n_cells = labelling->n_cells[0] * labelling->n_cells[1];
  g_autofree gint64 *cells = g_new (gint64, MAX (n, 1));
  labelling->starts = g_new0 (gint64, n_cells + 2);
  labelling->members = g_new (gint32, MAX (n, 1));
  for (gint64 s = 0; s < n; s++)
    {
      cells[s] = cell_of (labelling, 1, labelling->coords[2 * s + 1]) * labelling->n_cells[0]
                 + cell_of (labelling, 0, labelling->coords[2 * s]);
      labelling->starts[cells[s] + 2]++;
    }
  for (gint64 c = 0; c < n_cells; c++)
    labelling->starts[c + 2] += labelling->starts[c + 1];
  for (gint64 s = 0; s < n; s++)
    labelling->members[labelling->starts[cells[s] + 1]++] = (gint32) s;
}

/* Appends the spots of a box that are not marked yet, and marks them. */
static void
find_spots (const SmoothLabelling *labelling, const Box *box, GArray *spots, guint8 *marks)
{
  if (!(box->low[0] <= box->high[0] && box->low[1] <= box->high[1]))
    return;
  for (gint64 y = cell_of (labelling, 1, box->low[1]); y <= cell_of (labelling, 1, box->high[1]); y++)
    for (gint64 x = cell_of (labelling, 0, box->low[0]); x <= cell_of (labelling, 0, box->high[0]); x++)
      {
        gint64 cell = y * labelling->n_cells[0] + x;
        for (gint64 i = labelling->starts[cell]; i < labelling->starts[cell + 1]; i++)
          {
            gint32 s = labelling->members[i];
            const double *at = labelling->coords + 2 * s;
            if (marks[s] || at[0] < box->low[0] || at[0] > box->high[0] || at[1] < box->low[1] || at[1] > box->high[1])
              continue;
            marks[s] = 1;
            g_array_append_val (spots, s);
          }
      }
}

/* ---- what changed ---- */

typedef struct
{
  double ends[4]; /* the lesser end first */
} Edge;

static guint
hash_edge (gconstpointer edge)
{
  guint64 bits[4], hash = 0;

  memcpy (bits, edge, sizeof bits);
  for (gint i = 0; i < 4; i++)
    hash = (hash ^ bits[i]) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15) + (hash >> 29);
  return (guint) (hash ^ hash >> 32);
}

static gboolean
equal_edges (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, sizeof (Edge)) == 0;
}

/* Each edge goes in or, if it is there, out. */
static void
toggle_edges (GHashTable *edges, const SmoothRegion *region)
{
  for (gint64 r = 0; r < region->n_rings; r++)
    {
      const SmoothRing *ring = &region->rings[r];
      for (gint64 i = 0; i < ring->n_points; i++)
        {
          const double *a = ring->points + 2 * i, *b = ring->points + 2 * ((i + 1) % ring->n_points);
          gboolean swap = a[0] > b[0] || (a[0] == b[0] && a[1] > b[1]);
          Edge edge;
          memcpy (edge.ends, swap ? b : a, 2 * sizeof (double));
          memcpy (edge.ends + 2, swap ? a : b, 2 * sizeof (double));
          if (!g_hash_table_remove (edges, &edge))
            g_hash_table_add (edges, g_memdup2 (&edge, sizeof edge));
        }
    }
}

/* Of the edges that one of both regions has; @other: (nullable): none. */
static Box
box_of_difference (const SmoothRegion *region, const SmoothRegion *other)
{
  g_autoptr (GHashTable) edges = g_hash_table_new_full (hash_edge, equal_edges, g_free, NULL);
  Box box = { { INFINITY, INFINITY }, { -INFINITY, -INFINITY } };
  GHashTableIter iter;
  gpointer key;

  toggle_edges (edges, region);
  if (other != NULL)
    toggle_edges (edges, other);
  g_hash_table_iter_init (&iter, edges);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    for (gint e = 0; e < 4; e++)
      {
        double c = ((const Edge *) key)->ends[e];
        box.low[e % 2] = MIN (box.low[e % 2], c);
        box.high[e % 2] = MAX (box.high[e % 2], c);
      }
  for (gint d = 0; d < 2; d++)
    {
      double padding = PADDING * (fabs (box.low[d]) + fabs (box.high[d]));
      box.low[d] -= padding;
      box.high[d] += padding;
    }
  return box;
}

/* Spots that regions in one list and not in the other may have relabelled. */
static GArray *
find_candidates (const SmoothLabelling *labelling, const SmoothRegions *old, const SmoothRegions *new)
{
  gint64 n_old = smooth_regions_get_n (old), n_new = smooth_regions_get_n (new), first = 0, last = 0;
  g_autofree guint8 *marks = g_new0 (guint8, MAX (labelling->n_spots, 1));
  GArray *spots = g_array_new (FALSE, FALSE, sizeof (gint32));

  while (first < MIN (n_old, n_new) && smooth_regions_get (old, first) == smooth_regions_get (new, first))
    first++;
  while (last < MIN (n_old, n_new) - first && smooth_regions_get (old, n_old - 1 - last) == smooth_regions_get (new, n_new - 1 - last))
    last++;
  const SmoothRegion *a = n_old - first - last == 1 ? smooth_regions_get (old, first) : NULL;
  const SmoothRegion *b = n_new - first - last == 1 ? smooth_regions_get (new, first) : NULL;
  if (a != NULL && b != NULL && strcmp (a->name, b->name) == 0)
    {
      Box box = box_of_difference (a, b);
      find_spots (labelling, &box, spots, marks);
      return spots;
    }
  for (gint64 i = first; i < n_old - last; i++)
    {
      Box box = box_of_difference (smooth_regions_get (old, i), NULL);
      find_spots (labelling, &box, spots, marks);
    }
  for (gint64 i = first; i < n_new - last; i++)
    {
      Box box = box_of_difference (smooth_regions_get (new, i), NULL);
      find_spots (labelling, &box, spots, marks);
    }
  return spots;
}

/* ---- labels ---- */

/* The new number of each old category, -1 for those that are no more. */
static gint32 *
match_categories (char **old, char **new, gboolean *is_same)
{
  gint32 *map = g_new (gint32, g_strv_length (old) + 1);

  *is_same = TRUE;
  for (gint32 i = 0; old[i] != NULL; i++)
    {
      map[i] = -1;
      for (gint32 j = 0; new[j] != NULL; j++)
        if (strcmp (old[i], new[j]) == 0)
          map[i] = j;
      *is_same &= map[i] == i;
    }
  return map;
}

/* Labels anew, and which spots had another one. */
static void
relabel (SmoothLabelling *labelling, const SmoothRegions *regions, char **categories, const GArray *candidates)
{
  gint64 n = labelling->n_spots, n_candidates = candidates->len;
  gboolean is_same;
  g_autofree gint32 *map = match_categories (labelling->categories, categories, &is_same);
  g_autofree double *coords = g_new (double, 2 * MAX (n_candidates, 1));
  g_autofree gint32 *found = g_new (gint32, MAX (n_candidates, 1));
  gint32 *labels = g_atomic_rc_box_dup ((gsize) MAX (n, 1) * sizeof (gint32), labelling->labels);

  for (gint64 i = 0; i < n_candidates; i++)
    memcpy (coords + 2 * i, labelling->coords + 2 * g_array_index (candidates, gint32, i), 2 * sizeof (double));
  smooth_regions_label (regions, coords, n_candidates, found);
  for (gint64 s = 0; !is_same && s < n; s++)
    labels[s] = labels[s] >= 0 ? map[labels[s]] : -1;
  g_array_set_size (labelling->changes, 0);
  for (gint64 i = 0; i < n_candidates; i++)
    {
      gint32 s = g_array_index (candidates, gint32, i), old = labelling->labels[s];
      if (old >= 0 ? map[old] != found[i] || map[old] < 0 : found[i] >= 0)
        g_array_append_val (labelling->changes, s);
      labels[s] = found[i];
    }
  g_atomic_rc_box_release (labelling->labels);
  labelling->labels = labels;
}

/**
 * smooth_i_labelling_set:
 * @regions: (nullable): none
 *
 * Labels are numbers of categories: regions of one name are one identity.
 *
 * O(spots in the boxes of what changed (number of regions + edges in their rows) + points of all regions), and a copy of the labels.
 */
void
smooth_i_labelling_set (SmoothLabelling *labelling, SmoothRegions *regions)
{
  g_autoptr (SmoothRegions) new = regions != NULL ? smooth_regions_ref (regions) : smooth_regions_new ();
  char **categories = smooth_regions_dup_categories (new);
  g_autoptr (GArray) candidates = find_candidates (labelling, labelling->regions, new);

  relabel (labelling, new, categories, candidates);
  g_strfreev (labelling->categories);
  labelling->categories = categories;
  smooth_regions_unref (labelling->regions);
  labelling->regions = g_steal_pointer (&new);
}

/* Of no regions. */
SmoothLabelling *
smooth_i_labelling_new (const SmoothSection *section, const gint32 *spots, gint64 n_spots)
{
  SmoothLabelling *labelling = g_new0 (SmoothLabelling, 1);

  labelling->n_spots = n_spots;
  labelling->coords = g_new (double, 2 * MAX (n_spots, 1));
  for (gint64 s = 0; s < n_spots; s++)
    memcpy (labelling->coords + 2 * s, section->coords + 2 * spots[s], 2 * sizeof (double));
  sort_spots (labelling);
  labelling->regions = smooth_regions_new ();
  labelling->labels = g_atomic_rc_box_alloc ((gsize) MAX (n_spots, 1) * sizeof (gint32));
  for (gint64 s = 0; s < n_spots; s++)
    labelling->labels[s] = -1;
  labelling->categories = g_new0 (char *, 1);
  labelling->changes = g_array_new (FALSE, FALSE, sizeof (gint32));
  return labelling;
}

void
smooth_i_labelling_free (SmoothLabelling *labelling)
{
  if (labelling == NULL)
    return;
  g_free (labelling->coords);
  g_free (labelling->starts);
  g_free (labelling->members);
  smooth_regions_unref (labelling->regions);
  g_atomic_rc_box_release (labelling->labels);
  g_strfreev (labelling->categories);
  g_array_unref (labelling->changes);
  g_free (labelling);
}

/* Returns: (transfer full): n_spots: category of each spot, -1 outside of all regions; g_atomic_rc_box_release() it */
gint32 *
smooth_i_labelling_ref_labels (const SmoothLabelling *labelling)
{
  return g_atomic_rc_box_acquire (labelling->labels);
}

const gint32 *
smooth_i_labelling_get_labels (const SmoothLabelling *labelling)
{
  return labelling->labels;
}

/* Returns: (transfer none): names, NULL-terminated */
char **
smooth_i_labelling_get_categories (const SmoothLabelling *labelling)
{
  return labelling->categories;
}

/* Returns: (transfer none): n: spots that were of another category, by name, before the last change of regions */
const gint32 *
smooth_i_labelling_get_changes (const SmoothLabelling *labelling, gint64 *n)
{
  *n = labelling->changes->len;
  return (const gint32 *) (gpointer) labelling->changes->data;
}
