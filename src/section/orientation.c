/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether spots lie on the tissue, or would do so mirrored, turned or at the scale of another picture.
 *
 * The score is that of smooth_section_get_tissue_contrast(): how much more colour the picture has under spots in the tissue
 * than under the others; where there are no others, than on a grid over the whole picture. A picture without colour, such as
 * one of fluorescence, scores alike in all orientations, and nothing is said about it.
 */
#include "section/section-private.h"

#include <math.h>
#include <string.h>

#define N_TURNS 8
#define GRID 20          /* points a side */
#define LEAST_SCORE 0.1  /* of an orientation that is worth a warning */
#define LEAST_GAIN 0.08  /* over the given one */
#define LEAST_INSIDE 0.9 /* of the spots in the tissue */

static const char *const turns[N_TURNS] = {
  "as they are", "mirrored left to right", "mirrored top to bottom", "turned by 180 degrees", "with x and y exchanged",
  "turned by 90 degrees clockwise", "turned by 90 degrees counter-clockwise", "mirrored on the rising diagonal",
};

/* The n spots of @coords in an orientation: bit 2 exchanges x and y, then bit 0 mirrors x and bit 1 y within the picture. */
static void
turn_spots (const SmoothSection *section, gint turn, double factor, const double *coords, gint64 n, double *turned)
{
  double width = section->picture->width / section->picture_scale, height = section->picture->height / section->picture_scale;

  for (gint64 i = 0; i < n; i++)
    {
      double x = factor * coords[2 * i + (turn & 4 ? 1 : 0)], y = factor * coords[2 * i + (turn & 4 ? 0 : 1)];
      turned[2 * i] = turn & 1 ? width - x : x;
      turned[2 * i + 1] = turn & 2 ? height - y : y;
    }
}

static double
share_inside (const SmoothSection *section, const double *coords)
{
  gint64 inside = 0, n = 0;

  for (gint64 i = 0; i < section->n_spots; i++)
    {
      double x = coords[2 * i] * section->picture_scale, y = coords[2 * i + 1] * section->picture_scale;
      if (!(section->spot_flags[i] & SMOOTH_SPOT_IN_TISSUE))
        continue;
      n++;
      inside += x >= 0.0 && y >= 0.0 && x < section->picture->width && y < section->picture->height;
    }
  return n > 0 ? (double) inside / (double) n : 0.0;
}

/* The spots, and behind them a grid of points off the tissue where no spot is. Returns: the number of all */
static gint64
add_grid (const SmoothSection *section, double *coords, guint8 *flags)
{
  gint64 n = section->n_spots;
  gboolean has_others = FALSE;

  memcpy (coords, section->coords, (gsize) (2 * n) * sizeof (double));
  for (gint64 i = 0; i < n; i++)
    {
      flags[i] = section->spot_flags[i] & SMOOTH_SPOT_IN_TISSUE;
      has_others |= flags[i] == 0;
    }
  for (gint k = 0; k < GRID * GRID && !has_others; k++, n++)
    {
      coords[2 * n] = (k % GRID + 0.5) / GRID * section->picture->width / section->picture_scale;
      coords[2 * n + 1] = (k / GRID + 0.5) / GRID * section->picture->height / section->picture_scale;
      flags[n] = 0;
    }
  return n;
}

/**
 * smooth_i_section_check_orientation:
 * @section: has spots, picture and scale
 * @scales: scales that the files state, in picture pixels for one full-resolution pixel
 *
 * Warns where spots lie clearly better on the tissue in another orientation, or at another of @scales. Nothing is changed.
 */
void
smooth_i_section_check_orientation (const SmoothSection *section, const double *scales, gint n_scales)
{
  gint64 room = section->n_spots + GRID * GRID;
  g_autofree double *coords = g_new (double, 2 * room);
  g_autofree double *turned = g_new (double, 2 * room);
  g_autofree guint8 *flags = g_new0 (guint8, room);
  SmoothSection with_grid = *section;
  double given = NAN, best = -1.0, best_scale = 0.0;
  gint best_turn = 0;

  with_grid.n_spots = add_grid (section, coords, flags);
  with_grid.spot_flags = flags;
  memcpy (turned, coords, (gsize) (2 * with_grid.n_spots) * sizeof (double));
  given = smooth_i_section_contrast (&with_grid, coords);
  for (gint s = -1; s < n_scales; s++) /* -1: the given one */
    for (gint turn = 0; turn < N_TURNS; turn++)
      {
        double scale = s < 0 ? section->picture_scale : scales[s];
        if (scale <= 0.0 || (s >= 0 && fabs (scale / section->picture_scale - 1.0) < 1e-3))
          continue;
        turn_spots (section, turn, scale / section->picture_scale, coords, section->n_spots, turned);
        double score = share_inside (section, turned) >= LEAST_INSIDE ? smooth_i_section_contrast (&with_grid, turned) : NAN;
        if (!(score > best))
          continue;
        best = score;
        best_turn = turn;
        best_scale = s < 0 ? 0.0 : scale;
      }
  gboolean is_inside = share_inside (section, section->coords) >= LEAST_INSIDE;
  if (best < LEAST_SCORE || (is_inside && !(best > given + LEAST_GAIN)) || (best_turn == 0 && best_scale == 0.0))
    return;
  g_autofree char *at_scale = best_scale > 0.0 ? g_strdup_printf (" and at the scale %.4g instead of %.4g", best_scale, section->picture_scale)
                                               : g_strdup ("");
  smooth_report_add (section->report, SMOOTH_REPORT_WARNING,
                     "the spots would lie better on the tissue %s%s (contrast of colour %.2f instead of %.2f): coordinates and picture may not "
                     "belong together; nothing was changed",
                     turns[best_turn], at_scale, best, isnan (given) ? 0.0 : given);
}
