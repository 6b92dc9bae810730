/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Micrometres: the scale from the lattice that the slide has, and the distance between neighbours.
 *
 * On a Visium slide the spots of one row lie 100 um apart, rows sqrt(3)/2 of that, and every other row is shifted by
 * half: with array rows r and columns c (c counts halves, so r + c is even) the position is (50 c, 86.6 r) um but for a
 * rotation, a reflection and the scale. Positions in pixels are therefore an affine map of (c, r), found by least
 * squares, and the area of one lattice cell gives the scale. The spot diameter in scalefactors_json.json does not: it is
 * 55 um by the maker's description, and 65 to 70 um in files.
 */
#include "section/section-private.h"

#include "base/error.h"
#include "files/json.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PITCH 100.0         /* um between neighbours on a Visium slide */
#define SPOT_DIAMETER 55.0  /* um on a Visium slide */
#define FACTOR_DIAMETER 65.0 /* um of what files call the spot diameter: 65 to 70 on real slides */
#define MAX_RESIDUAL 0.25   /* of the pitch: more is no lattice */

/**
 * smooth_i_scale_factors_load:
 * @factors: (out): what the file says; 0 for what it does not
 * @path: scalefactors_json.json
 */
gboolean
smooth_i_scale_factors_load (SmoothScaleFactors *factors, const char *path, GError **error)
{
  g_autoptr (SmoothJson) json = smooth_json_load (path, error);
  const struct { const char *name; double *value; } members[] = {
    { "spot_diameter_fullres", &factors->spot_diameter }, { "tissue_hires_scalef", &factors->hires },
    { "tissue_lowres_scalef", &factors->lowres },         { "bin_size_um", &factors->bin_size },
    { "microns_per_pixel", &factors->microns_per_pixel },
  };

  *factors = (SmoothScaleFactors){ 0 };
  if (json == NULL)
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (members); i++)
    {
      double value = NAN;
      if (!smooth_json_get_number (json, members[i].name, SMOOTH_JSON_OPTIONAL, &value, error))
        return FALSE;
      if (isnan (value))
        continue;
      if (!(value > 0.0 && value < 1e9))
        {
          smooth_error_set (error, SMOOTH_ERROR_VALUE, "%s: %s: expected a number above 0 and below 1e9, found %g", path,
                            members[i].name, value);
          return FALSE;
        }
      *members[i].value = value;
    }
  return TRUE;
}

/* Points sorted into square cells. */
typedef struct
{
  const double *coords;
  const gint32 *spots; /* which points */
  double left, top, size;
  gint64 n_cols, n_rows;
  gint64 *starts; /* n_cols * n_rows + 1 */
  gint32 *order;  /* positions in spots, cell by cell */
} Cells;

static gint64
cell_of (const Cells *cells, const double *point, gint64 *col, gint64 *row)
{
  *col = CLAMP ((gint64) ((point[0] - cells->left) / cells->size), 0, cells->n_cols - 1);
  *row = CLAMP ((gint64) ((point[1] - cells->top) / cells->size), 0, cells->n_rows - 1);
  return *row * cells->n_cols + *col;
}

/* About one point a cell, and never many more cells than points. */
static void
cells_init (Cells *cells, const double *coords, const gint32 *spots, gint64 n)
{
  double low[2] = { INFINITY, INFINITY }, high[2] = { -INFINITY, -INFINITY };

  for (gint64 i = 0; i < n; i++)
    for (gint c = 0; c < 2; c++)
      {
        low[c] = MIN (low[c], coords[2 * spots[i] + c]);
        high[c] = MAX (high[c], coords[2 * spots[i] + c]);
      }
  double width = high[0] - low[0], height = high[1] - low[1];
  double size = MAX (sqrt (width * height / (double) n), MAX (width, height) / (double) n);
  *cells = (Cells){ coords, spots, low[0], low[1], size > 0.0 ? size : 1.0, 1, 1, NULL, NULL };
  cells->n_cols = 1 + (gint64) (width / cells->size);
  cells->n_rows = 1 + (gint64) (height / cells->size);
  cells->starts = g_new0 (gint64, cells->n_cols * cells->n_rows + 1);
  cells->order = g_new (gint32, n);

  gint64 col, row, n_cells = cells->n_cols * cells->n_rows;
  for (gint64 i = 0; i < n; i++)
    cells->starts[cell_of (cells, coords + 2 * spots[i], &col, &row)]++;
  for (gint64 c = 0, sum = 0; c <= n_cells; c++)
    sum = cells->starts[c] += sum; /* now: the end of each cell */
  for (gint64 i = n - 1; i >= 0; i--)
    cells->order[--cells->starts[cell_of (cells, coords + 2 * spots[i], &col, &row)]] = (gint32) i;
}

/* The squared distance from point @i to the nearest other one in the cells of ring @ring around it. */
static double
search_ring (const Cells *cells, gint64 i, gint64 ring)
{
  const double *point = cells->coords + 2 * cells->spots[i];
  double best = INFINITY;
  gint64 col, row;

  cell_of (cells, point, &col, &row);
  for (gint64 r = MAX (row - ring, 0); r <= MIN (row + ring, cells->n_rows - 1); r++)
    for (gint64 c = MAX (col - ring, 0); c <= MIN (col + ring, cells->n_cols - 1); c++)
      {
        if (MAX (ABS (r - row), ABS (c - col)) != ring)
          continue;
        for (gint64 k = cells->starts[r * cells->n_cols + c]; k < cells->starts[r * cells->n_cols + c + 1]; k++)
          {
            const double *other = cells->coords + 2 * cells->spots[cells->order[k]];
            double dx = other[0] - point[0], dy = other[1] - point[1];
            if (cells->order[k] != i)
              best = MIN (best, dx * dx + dy * dy);
          }
      }
  return best;
}

static int
compare_doubles (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

/**
 * smooth_i_median_nearest:
 * @coords: row-major (x, y)
 * @spots: @n numbers of rows of @coords
 *
 * O(n) where the points are spread evenly.
 *
 * Returns: the median over the points of the distance to the nearest other one; 0 where there are fewer than two
 */
double
smooth_i_median_nearest (const double *coords, const gint32 *spots, gint64 n)
{
  Cells cells;

  if (n < 2)
    return 0.0;
  cells_init (&cells, coords, spots, n);
  g_autofree double *distances = g_new (double, n);
  gint64 last = MAX (cells.n_cols, cells.n_rows);
  for (gint64 i = 0; i < n; i++)
    {
      double best = INFINITY;
      for (gint64 ring = 0; ring <= last; ring++)
        {
          best = MIN (best, search_ring (&cells, i, ring));
          if (best <= (double) (ring * ring) * cells.size * cells.size)
            break; /* whatever lies further out is further away */
        }
      distances[i] = sqrt (best);
    }
  g_free (cells.starts);
  g_free (cells.order);
  qsort (distances, (gsize) n, sizeof (double), compare_doubles);
  return distances[n / 2];
}

/* Least squares of positions over (1, c, r): the determinant of the linear part and the root mean square residual, both
 * in pixels. FALSE where the spots do not span the lattice. */
static gboolean
fit_lattice (const SmoothSection *section, double *determinant, double *residual)
{
  double n = (double) section->n_spots, means[4] = { 0 }, moments[4][4] = { { 0 } }; /* of c, r, x, y */

  for (gint pass = 0; pass < 2; pass++)
    for (gint64 i = 0; i < section->n_spots; i++)
      {
        double v[4] = { section->array_cols[i], section->array_rows[i], section->coords[2 * i], section->coords[2 * i + 1] };
        for (gint a = 0; a < 4; a++)
          if (pass == 0)
            means[a] += v[a] / n;
          else
            for (gint b = 0; b < 4; b++)
              moments[a][b] += (v[a] - means[a]) * (v[b] - means[b]) / n;
      }
  double span = moments[0][0] * moments[1][1] - moments[0][1] * moments[0][1];
  if (!(span > 1e-6 * moments[0][0] * moments[1][1]) || moments[0][0] < 0.1 || moments[1][1] < 0.1)
    return FALSE;

  double slopes[2][2], rest = 0.0;
  for (gint k = 0; k < 2; k++)
    {
      const double *with = moments[2 + k]; /* covariances of x or y with c and r */
      slopes[k][0] = (with[0] * moments[1][1] - with[1] * moments[0][1]) / span;
      slopes[k][1] = (with[1] * moments[0][0] - with[0] * moments[0][1]) / span;
      rest += MAX (with[2 + k] - slopes[k][0] * with[0] - slopes[k][1] * with[1], 0.0);
    }
  *determinant = fabs (slopes[0][0] * slopes[1][1] - slopes[0][1] * slopes[1][0]);
  *residual = sqrt (rest);
  return *determinant > 0.0;
}

/* Returns: um in a pixel by the hexagonal lattice of a Visium slide; 0 where the spots do not form one */
static double
scale_of_lattice (const SmoothSection *section)
{
  double determinant, residual;

  for (gint64 i = 0; i < section->n_spots; i++)
    if (section->array_rows[i] < 0 || section->array_cols[i] < 0 || (section->array_rows[i] + section->array_cols[i]) % 2 != 0)
      return 0.0;
  if (!fit_lattice (section, &determinant, &residual))
    return 0.0;
  double scale = sqrt (PITCH / 2.0 * PITCH * sqrt (0.75) / determinant);
  return residual * scale < MAX_RESIDUAL * PITCH ? scale : 0.0;
}

/* Spots in the tissue, or all where these are fewer than two. */
static gint32 *
spots_to_measure (const SmoothSection *section, gint64 *n)
{
  gint32 *spots = g_new (gint32, section->n_spots);

  *n = 0;
  for (gint64 i = 0; i < section->n_spots; i++)
    if (section->spot_flags[i] & SMOOTH_SPOT_IN_TISSUE)
      spots[(*n)++] = (gint32) i;
  for (gint64 i = 0; *n < 2 && i < section->n_spots; i++)
    spots[i] = (gint32) i;
  *n = *n < 2 ? section->n_spots : *n;
  return spots;
}

/* Without a lattice: neighbours are taken to be 100 um apart. */
static double
guess_scale (const SmoothScaleFactors *factors, double nearest)
{
  if (nearest > 0.0)
    return PITCH / nearest;
  return factors->spot_diameter > 0.0 ? FACTOR_DIAMETER / factors->spot_diameter : 1.0;
}

static void
compare_with_factors (const SmoothSection *section, const SmoothScaleFactors *factors)
{
  double um = factors->spot_diameter * section->um_per_pixel;

  if (um > 0.0 && (um < 0.8 * section->spot_diameter || um > 1.5 * section->spot_diameter))
    smooth_report_add (section->report, SMOOTH_REPORT_WARNING,
                       "the scale factors give spots of %.3g pixels, which are %.3g um by the distances of the spots; expected %.3g to %.3g um",
                       factors->spot_diameter, um, 0.8 * section->spot_diameter, 1.5 * section->spot_diameter);
}

/**
 * smooth_i_section_set_scale:
 * @section: has its spots; gets micrometres
 *
 * The scale is, in this order, what the file states, what the lattice gives, or a guess from the nearest neighbours.
 */
void
smooth_i_section_set_scale (SmoothSection *section, const SmoothScaleFactors *factors)
{
  gint64 n;
  g_autofree gint32 *spots = spots_to_measure (section, &n);
  double nearest = smooth_i_median_nearest (section->coords, spots, n);
  double lattice = scale_of_lattice (section);

  section->um_is_known = TRUE;
  section->spot_diameter = SPOT_DIAMETER;
  if (factors->microns_per_pixel > 0.0)
    section->um_per_pixel = factors->microns_per_pixel;
  else if (factors->bin_size > 0.0 && nearest > 0.0)
    section->um_per_pixel = factors->bin_size / nearest;
  else if (lattice > 0.0)
    section->um_per_pixel = lattice;
  else
    {
      section->um_is_known = FALSE;
      section->um_per_pixel = guess_scale (factors, nearest);
      smooth_report_add (section->report, SMOOTH_REPORT_WARNING,
                         nearest > 0.0 ? N_("the size of a pixel is not known, as the array positions do not form the lattice of a "
                                            "Visium slide: neighbours are taken to be 100 um apart")
                                       : N_("the size of a pixel is not known, as the array positions do not form the lattice of a "
                                            "Visium slide: it is a guess from the spot diameter"));
    }
  section->has_bins = factors->bin_size > 0.0;
  if (section->has_bins)
    section->spot_diameter = factors->bin_size;
  section->pitch = nearest > 0.0 ? nearest * section->um_per_pixel : PITCH;
  compare_with_factors (section, factors);
}
