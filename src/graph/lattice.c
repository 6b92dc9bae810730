/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which regular lattice spots lie on, found from their positions alone.
 *
 * Edges between neighbours at an angle t add up to sum exp (6 i t) on a hexagonal lattice and to sum exp (4 i t) on a square one;
 * the other sum cancels. The argument of the larger sum is the lattice's angle. Places are then counted from neighbour to
 * neighbour, so that small errors of the angle or warps of the slide do not add up, and the lattice is fitted to them by least
 * squares. Pieces of tissue that touch no other are placed by the fit to the largest one.
 */
#include "graph/lattice.h"

#include "base/error.h"

#include <complex.h>
#include <math.h>
#include <string.h>

#define LONGEST_STEP 1.3    /* pitches: less than the diagonal of a square */
#define SHORTEST_STEP 0.7
#define LEAST_ORDER 0.8     /* of |sum| / edges: 1 on a lattice, near 0 for points at random */
#define LARGEST_RESIDUAL 0.25 /* pitches */

void
smooth_i_lattice_free (SmoothLattice *lattice)
{
  if (lattice == NULL)
    return;
  g_free (lattice->places);
  g_free (lattice);
}

/* The step from spot i to j in um; FALSE where it is not one of the lattice's shortest. */
static gboolean
get_step (const double *coords, gint64 i, gint64 j, double pitch, double step[2])
{
  step[0] = coords[2 * j] - coords[2 * i];
  step[1] = coords[2 * j + 1] - coords[2 * i + 1];
  double length = hypot (step[0], step[1]);
  return length >= SHORTEST_STEP * pitch && length <= LONGEST_STEP * pitch;
}

/* Sets kind, a and b. */
static gboolean
find_basis (SmoothLattice *lattice, const double *coords, const SmoothSparse *edges, double pitch, GError **error)
{
  double _Complex sums[2] = { 0.0, 0.0 };
  gint64 n_steps = 0;
  double step[2];

  for (gint64 i = 0; i < lattice->n_spots; i++)
    for (gint64 e = edges->starts[i]; e < edges->starts[i + 1]; e++)
      if (get_step (coords, i, edges->rows[e], pitch, step))
        {
          double t = atan2 (step[1], step[0]);
          sums[SMOOTH_LATTICE_HEXAGONAL] += cexp (6.0 * I * t);
          sums[SMOOTH_LATTICE_SQUARE] += cexp (4.0 * I * t);
          n_steps++;
        }
  lattice->kind = cabs (sums[SMOOTH_LATTICE_HEXAGONAL]) >= cabs (sums[SMOOTH_LATTICE_SQUARE]) ? SMOOTH_LATTICE_HEXAGONAL
                                                                                              : SMOOTH_LATTICE_SQUARE;
  double order = n_steps > 0 ? cabs (sums[lattice->kind]) / (double) n_steps : 0.0;
  if (order < LEAST_ORDER)
    {
      smooth_error_set (
          error, SMOOTH_ERROR_VALUE,
          "the spots do not lie on a hexagonal or square lattice (regularity %.2g, expected %g at least): there is no finer "
          "lattice; give positions instead",
          order, LEAST_ORDER);
      return FALSE;
    }
  gboolean is_square = lattice->kind == SMOOTH_LATTICE_SQUARE;
  double angle = carg (sums[lattice->kind]) / (is_square ? 4.0 : 6.0), between = is_square ? G_PI / 2.0 : G_PI / 3.0;
  lattice->a[0] = pitch * cos (angle);
  lattice->a[1] = pitch * sin (angle);
  lattice->b[0] = pitch * cos (angle + between);
  lattice->b[1] = pitch * sin (angle + between);
  return TRUE;
}

/* The nearest whole numbers of steps along a and b. */
static void
count_steps (const SmoothLattice *lattice, const double step[2], gint32 count[2])
{
  const double *a = lattice->a, *b = lattice->b;
  double area = a[0] * b[1] - a[1] * b[0];

  count[0] = (gint32) floor ((step[0] * b[1] - step[1] * b[0]) / area + 0.5);
  count[1] = (gint32) floor ((a[0] * step[1] - a[1] * step[0]) / area + 0.5);
}

/* Places the spots that are connected to @seed, which has its place; marks them by @mark. Returns: how many */
static gint64
walk (SmoothLattice *lattice, const double *coords, const SmoothSparse *edges, double pitch, gint64 seed, gint32 *marks,
      gint32 mark, gint32 *stack)
{
  gint64 depth = 0, n = 0;
  double step[2];

  marks[seed] = mark;
  stack[depth++] = (gint32) seed;
  while (depth > 0)
    {
      gint32 i = stack[--depth];
      n++;
      for (gint64 e = edges->starts[i]; e < edges->starts[i + 1]; e++)
        {
          gint32 j = edges->rows[e], count[2];
          if (marks[j] == mark || !get_step (coords, i, j, pitch, step))
            continue;
          count_steps (lattice, step, count);
          lattice->places[2 * j] = lattice->places[2 * i] + count[0];
          lattice->places[2 * j + 1] = lattice->places[2 * i + 1] + count[1];
          marks[j] = mark;
          stack[depth++] = j;
        }
    }
  return n;
}

/* Least squares of the spots of @mark (any: where it is 0) over their places. FALSE where they lie on one line: the basis stays. */
static gboolean
fit (SmoothLattice *lattice, const double *coords, const gint32 *marks, gint32 mark)
{
  double n = 0.0, means[4] = { 0.0 }, moments[4][4] = { { 0.0 } }; /* of the places along a and b, of x and y */

  for (gint pass = 0; pass < 2; pass++)
    {
      for (gint64 i = 0; i < lattice->n_spots; i++)
        {
          double v[4] = { lattice->places[2 * i], lattice->places[2 * i + 1], coords[2 * i], coords[2 * i + 1] };
          if (mark != 0 && marks[i] != mark)
            continue;
          n += pass == 0;
          for (gint p = 0; p < 4; p++)
            if (pass == 0)
              means[p] += v[p];
            else
              for (gint q = 0; q < 4; q++)
                moments[p][q] += (v[p] - means[p]) * (v[q] - means[q]);
        }
      for (gint p = 0; p < 4 && pass == 0; p++)
        means[p] /= n;
    }
  double span = moments[0][0] * moments[1][1] - moments[0][1] * moments[0][1];
  gboolean spans = span > 1e-6 * moments[0][0] * moments[1][1];
  for (gint c = 0; c < 2; c++)
    {
      const double *with = moments[2 + c];
      if (spans)
        {
          lattice->a[c] = (with[0] * moments[1][1] - with[1] * moments[0][1]) / span;
          lattice->b[c] = (with[1] * moments[0][0] - with[0] * moments[0][1]) / span;
        }
      lattice->origin[c] = means[2 + c] - lattice->a[c] * means[0] - lattice->b[c] * means[1];
    }
  return spans;
}

/* The largest distance of a spot from its place. */
static double
measure (const SmoothLattice *lattice, const double *coords)
{
  double worst = 0.0;

  for (gint64 i = 0; i < lattice->n_spots; i++)
    {
      double rest[2];
      for (gint c = 0; c < 2; c++)
        rest[c] = coords[2 * i + c] - lattice->origin[c] - lattice->places[2 * i] * lattice->a[c]
                  - lattice->places[2 * i + 1] * lattice->b[c];
      worst = MAX (worst, hypot (rest[0], rest[1]));
    }
  return worst;
}

/* Counts the places of the largest piece of tissue first and of all others from the fit to it. */
static gboolean
place_spots (SmoothLattice *lattice, const double *coords, const SmoothSparse *edges, double pitch, GError **error)
{
  g_autofree gint32 *marks = smooth_i_try_new (gint32, lattice->n_spots, "a lattice", error);
  g_autofree gint32 *stack = marks != NULL ? smooth_i_try_new (gint32, lattice->n_spots, "a lattice", error) : NULL;
  gint64 largest = 0, seed = 0;
  gint32 mark = 0;

  if (stack == NULL)
    return FALSE;
  for (gint64 i = 0; i < lattice->n_spots; i++)
    if (marks[i] == 0)
      {
        gint64 size = walk (lattice, coords, edges, pitch, i, marks, ++mark, stack);
        seed = size > largest ? i : seed;
        largest = MAX (largest, size);
      }
  fit (lattice, coords, marks, marks[seed]);
  for (gint64 i = 0, last = mark; i < lattice->n_spots; i++)
    {
      double step[2] = { coords[2 * i] - lattice->origin[0], coords[2 * i + 1] - lattice->origin[1] };
      if (marks[i] == marks[seed] || marks[i] > last)
        continue;
      count_steps (lattice, step, lattice->places + 2 * i);
      walk (lattice, coords, edges, pitch, i, marks, ++mark, stack);
    }
  fit (lattice, coords, marks, 0);
  lattice->residual = measure (lattice, coords);
  return TRUE;
}

/**
 * smooth_i_lattice_new:
 * @coords: n_spots x 2, row-major, um; finite
 * @pitch: um, the distance between neighbouring spots, to within some percent
 *
 * O(n).
 *
 * Returns: (transfer full): the lattice; an error where the spots do not lie on one
 */
SmoothLattice *
smooth_i_lattice_new (const double *coords, gint64 n_spots, double pitch, SmoothRun *run, GError **error)
{
  SmoothGraphSettings settings;
  g_autoptr (SmoothLattice) lattice = g_new0 (SmoothLattice, 1);

  smooth_params_init (&smooth_graph_params, &settings);
  g_autoptr (SmoothGraph) graph = smooth_graph_new (coords, n_spots, 2, pitch, &settings, run, error);
  if (graph == NULL)
    return NULL;
  lattice->n_spots = n_spots;
  lattice->places = smooth_i_try_new (gint32, 2 * n_spots, "a lattice", error);
  if (lattice->places == NULL || !find_basis (lattice, coords, graph->weights, pitch, error)
      || !place_spots (lattice, coords, graph->weights, pitch, error))
    return NULL;
  if (lattice->residual > LARGEST_RESIDUAL * pitch)
    {
      smooth_error_set (
          error, SMOOTH_ERROR_VALUE,
          "a spot lies %.3g um from its place on the lattice, expected at most %.3g: there is no finer lattice; "
          "give positions "
          "instead",
          lattice->residual, LARGEST_RESIDUAL * pitch);
      return NULL;
    }
  return g_steal_pointer (&lattice);
}

/* A squared length in fine steps, exact: i a + j b with a and b of length 1. */
static gint64
length2 (gint kind, gint64 i, gint64 j)
{
  return i * i + j * j + (kind == SMOOTH_LATTICE_HEXAGONAL ? i * j : 0);
}

/* Whether the fine point (i, j) is as near to (0, 0) as to every other point of the coarse lattice. */
static gboolean
is_in_cell (gint kind, gint factor, gint64 i, gint64 j)
{
  for (gint u = -1; u <= 1; u++)
    for (gint v = -1; v <= 1; v++)
      if (length2 (kind, i - u * factor, j - v * factor) < length2 (kind, i, j))
        return FALSE;
  return TRUE;
}

static gpointer
make_key (gint64 i, gint64 j)
{
  return GSIZE_TO_POINTER ((gsize) (i + G_MAXINT32) << 32 | (gsize) (j + G_MAXINT32));
}

static guint
hash_key (gconstpointer key)
{
  guint64 bits = (guint64) GPOINTER_TO_SIZE (key) * 0x9e3779b97f4a7c15u;
  return (guint) (bits >> 32);
}

/**
 * smooth_i_lattice_dup_finer:
 * @factor: 2 or more: steps of the finer lattice in one of the lattice's
 * @n_points: (out): how many
 *
 * Each spot has the part of the plane that is nearer to it than to any other place of the lattice, be there a spot or not. The
 * points are those of the finer lattice in these parts, borders included, without the spots themselves: so the tissue
 * reaches half a pitch beyond its outer spots, and a hole of even one spot stays one. O(n factor^2).
 *
 * Returns: (transfer full): n_points x 2, row-major, um, by the spots they belong to
 */
double *
smooth_i_lattice_dup_finer (const SmoothLattice *lattice, gint factor, gint64 *n_points, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (hash_key, g_direct_equal);
  g_autoptr (GArray) points = g_array_new (FALSE, FALSE, 2 * sizeof (double));

  for (gint64 s = 0; s < lattice->n_spots; s++)
    g_hash_table_add (seen,
                      make_key ((gint64) lattice->places[2 * s] * factor, (gint64) lattice->places[2 * s + 1] * factor));
  for (gint64 s = 0; s < lattice->n_spots; s++)
    for (gint i = -factor; i <= factor; i++)
      for (gint j = -factor; j <= factor; j++)
        {
          gint64 u = (gint64) lattice->places[2 * s] * factor + i, v = (gint64) lattice->places[2 * s + 1] * factor + j;
          double point[2];
          if (!is_in_cell (lattice->kind, factor, i, j) || !g_hash_table_add (seen, make_key (u, v)))
            continue;
          for (gint c = 0; c < 2; c++)
            point[c] = lattice->origin[c] + ((double) u * lattice->a[c] + (double) v * lattice->b[c]) / factor;
          g_array_append_vals (points, point, 1);
        }
  if (lattice->n_spots + (gint64) points->len >= G_MAXINT32)
    {
      smooth_error_set (error, SMOOTH_ERROR_MEMORY, "a lattice %d times finer has %" PRId64 " points: too many", factor,
                        lattice->n_spots + (gint64) points->len);
      return NULL;
    }
  *n_points = points->len;
  return (double *) (gpointer) g_array_free (g_steal_pointer (&points), FALSE);
}
