/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cells are filled by the even-odd rule at their centres. Outlines run along the sides of cells with the filled ones at
 * their right; where two filled cells touch at a corner only, each has an outline of its own. Steps are then straightened
 * by the rule of D. Douglas and T. Peucker (1973). */
#include "section/outline-private.h"

#include "section/regions-private.h"

#include <math.h>

struct _SmoothRows
{
  double y, height; /* of the first row; of each */
  gint n_rows;
  gint64 *starts;       /* n_rows + 1 */
  const double **edges; /* pairs of ends, those of row r at 2 starts[r] ... */
};

/* The rows that an edge crosses; FALSE for none. */
static gboolean
get_rows (const SmoothRows *rows, const double *a, const double *b, gint *first, gint *last)
{
  double low = (MIN (a[1], b[1]) - rows->y) / rows->height, high = (MAX (a[1], b[1]) - rows->y) / rows->height;

  if (a[1] == b[1] || high < 0.0 || low >= rows->n_rows)
    return FALSE;
  *first = (gint) MAX (floor (low), 0.0);
  *last = (gint) MIN (floor (high), rows->n_rows - 1.0);
  return TRUE;
}

/* One pass of a counting sort: counts where there are no edges yet, else places. */
static void
sort_edges (SmoothRows *rows, const SmoothRing *ring, gint64 *next)
{
  const double *a = ring->points + 2 * (ring->n_points - 1);

  for (gint64 i = 0; i < ring->n_points; i++)
    {
      const double *b = ring->points + 2 * i;
      gint first, last;
      if (get_rows (rows, a, b, &first, &last))
        for (gint r = first; r <= last; r++, next[r - 1]++)
          if (rows->edges != NULL)
            {
              rows->edges[2 * next[r]] = a;
              rows->edges[2 * next[r] + 1] = b;
            }
      a = b;
    }
}

/* The rings are borrowed. O(points + edges times the rows that each crosses). */
SmoothRows *
smooth_i_rows_new (const SmoothRing *rings, gint64 n_rings, const SmoothMask *mask)
{
  SmoothRows *rows = g_new0 (SmoothRows, 1);
  g_autofree gint64 *next = g_new0 (gint64, mask->height + 1);

  rows->y = mask->y;
  rows->height = mask->cell;
  rows->n_rows = mask->height;
  rows->starts = g_new0 (gint64, mask->height + 1);
  for (gint64 i = 0; i < n_rings; i++)
    sort_edges (rows, &rings[i], next);
  for (gint r = 0; r < rows->n_rows; r++)
    {
      rows->starts[r + 1] = rows->starts[r] + next[r];
      next[r] = rows->starts[r];
    }
  rows->edges = g_new (const double *, MAX (2 * rows->starts[rows->n_rows], 1));
  for (gint64 i = 0; i < n_rings; i++)
    sort_edges (rows, &rings[i], next);
  return rows;
}

void
smooth_i_rows_free (SmoothRows *rows)
{
  g_free (rows->starts);
  g_free (rows->edges);
  g_free (rows);
}

/* As smooth_region_contains(), for points within the rows; FALSE outside of them. */
gboolean
smooth_i_rows_contain (const SmoothRows *rows, double x, double y)
{
  double row = floor ((y - rows->y) / rows->height);
  gboolean inside = FALSE;

  if (!(row >= 0.0 && row < rows->n_rows))
    return FALSE;
  for (gint64 e = rows->starts[(gint) row]; e < rows->starts[(gint) row + 1]; e++)
    inside ^= smooth_i_edge_crosses (rows->edges[2 * e], rows->edges[2 * e + 1], x, y);
  return inside;
}

static int
compare (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

/* Fills one row: a cell is inside where an odd number of crossings lies right of its centre. */
static void
fill_row (const SmoothRows *rows, gint row, SmoothMask *mask, GArray *crossings)
{
  double y = mask->y + (row + 0.5) * mask->cell;
  guint8 *filled = mask->filled + (gsize) row * (gsize) mask->width;

  g_array_set_size (crossings, 0);
  for (gint64 e = rows->starts[row]; e < rows->starts[row + 1]; e++)
    if ((rows->edges[2 * e][1] > y) != (rows->edges[2 * e + 1][1] > y))
      {
        double x = smooth_i_edge_crossing (rows->edges[2 * e], rows->edges[2 * e + 1], y);
        g_array_append_val (crossings, x);
      }
  g_array_sort (crossings, compare);
  guint n_left = 0;
  for (gint c = 0; c < mask->width && n_left < crossings->len; c++)
    {
      double x = mask->x + (c + 0.5) * mask->cell;
      while (n_left < crossings->len && !(x < g_array_index (crossings, double, n_left)))
        n_left++;
      filled[c] = (crossings->len - n_left) % 2;
    }
}

/* The mask must be empty and have the rows of @rows. */
void
smooth_i_rows_fill (const SmoothRows *rows, SmoothMask *mask)
{
  g_autoptr (GArray) crossings = g_array_new (FALSE, FALSE, sizeof (double));

  for (gint r = 0; r < mask->height; r++)
    if (rows->starts[r + 1] > rows->starts[r])
      fill_row (rows, r, mask, crossings);
}

static gboolean
is_filled (const SmoothMask *mask, gint x, gint y)
{
  return x >= 0 && y >= 0 && x < mask->width && y < mask->height && mask->filled[(gsize) y * mask->width + x];
}

static const gint steps[4][2] = { { 1, 0 }, { 0, 1 }, { -1, 0 }, { 0, -1 } }; /* right, down, left, up */

/* Whether an outline runs from corner (x, y) in a direction: a filled cell at its right, an empty one at its left. */
static gboolean
has_side (const SmoothMask *mask, gint x, gint y, gint direction)
{
  static const gint right[4][2] = { { 0, 0 }, { -1, 0 }, { -1, -1 }, { 0, -1 } };
  static const gint left[4][2] = { { 0, -1 }, { 0, 0 }, { -1, 0 }, { -1, -1 } };

  return is_filled (mask, x + right[direction][0], y + right[direction][1])
         && !is_filled (mask, x + left[direction][0], y + left[direction][1]);
}

/* Walks around from the upper side of cell (x, y); appends a corner (in cells) wherever the outline turns. */
static GArray *
walk (const SmoothMask *mask, gint start_x, gint start_y, guint8 *is_walked)
{
  GArray *points = g_array_new (FALSE, FALSE, sizeof (double));
  gint x = start_x, y = start_y, direction = 0;

  do
    {
      if (direction == 0)
        is_walked[(gsize) y * mask->width + x] = 1;
      x += steps[direction][0];
      y += steps[direction][1];
      gint turn = (direction + 1) % 4; /* at a saddle this stays with the same cell */
      if (!has_side (mask, x, y, turn))
        turn = has_side (mask, x, y, direction) ? direction : (direction + 3) % 4;
      if (turn != direction)
        {
          double corner[2] = { x, y };
          g_array_append_vals (points, corner, 2);
        }
      direction = turn;
    }
  while (x != start_x || y != start_y || direction != 0);
  return points;
}

static double
distance_to_chord (const double *p, const double *a, const double *b)
{
  double dx = b[0] - a[0], dy = b[1] - a[1], length = hypot (dx, dy);

  if (length == 0.0)
    return hypot (p[0] - a[0], p[1] - a[1]);
  return fabs (dx * (p[1] - a[1]) - dy * (p[0] - a[0])) / length;
}

/* Marks the points between two kept ones that a chord would miss by more than the tolerance. */
static void
keep_between (const double *points, gint64 n, gint64 from, gint64 to, double tolerance, guint8 *is_kept)
{
  double worst = tolerance;
  gint64 at = -1;

  for (gint64 i = from + 1; i < to; i++)
    {
      double distance = distance_to_chord (points + 2 * i, points + 2 * from, points + 2 * (to % n));
      if (distance > worst)
        {
          worst = distance;
          at = i;
        }
    }
  if (at < 0)
    return;
  is_kept[at] = 1;
  keep_between (points, n, from, at, tolerance, is_kept);
  keep_between (points, n, at, to, tolerance, is_kept);
}

/* Takes corners in cells and gives a ring in the mask's plane: straightened, or as it is for a tolerance of 0. */
static void
add_ring (GArray *rings, const SmoothMask *mask, const GArray *corners, double tolerance)
{
  const double *points = (const double *) (gconstpointer) corners->data;
  gint64 n = corners->len / 2, farthest = 0, n_kept = 0;
  g_autofree guint8 *is_kept = g_malloc0 ((gsize) n);
  g_autofree double *kept = g_new (double, 2 * n);

  for (gint64 i = 1; i < n; i++)
    if (hypot (points[2 * i] - points[0], points[2 * i + 1] - points[1])
        > hypot (points[2 * farthest] - points[0], points[2 * farthest + 1] - points[1]))
      farthest = i;
  is_kept[0] = is_kept[farthest] = 1;
  keep_between (points, n, 0, farthest, tolerance, is_kept);
  keep_between (points, n, farthest, n, tolerance, is_kept);
  for (gint64 i = 0; i < n; i++)
    if (is_kept[i])
      {
        kept[2 * n_kept] = mask->x + points[2 * i] * mask->cell;
        kept[2 * n_kept++ + 1] = mask->y + points[2 * i + 1] * mask->cell;
      }
  smooth_i_ring_add (rings, kept, n_kept);
}

/**
 * smooth_i_mask_trace:
 * @tolerance: how far an outline may stray from the sides of cells, in cells; rings that shrink to nothing are left out
 *
 * Returns: (transfer full): of SmoothRing; outer outlines and those of holes. O(cells), and O(n log n) corners as a rule.
 */
GArray *
smooth_i_mask_trace (const SmoothMask *mask, double tolerance)
{
  GArray *rings = g_array_new (FALSE, FALSE, sizeof (SmoothRing));
  g_autofree guint8 *is_walked = g_malloc0 ((gsize) mask->width * mask->height);

  for (gint y = 0; y < mask->height; y++)
    for (gint x = 0; x < mask->width; x++)
      if (has_side (mask, x, y, 0) && !is_walked[(gsize) y * mask->width + x])
        {
          g_autoptr (GArray) corners = walk (mask, x, y, is_walked);
          add_ring (rings, mask, corners, tolerance);
        }
  return rings;
}
