/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether spots lie on the tissue, or would do so mirrored, turned or at the scale of another picture.
 *
 * The score is that of smooth_section_get_tissue_contrast(): how much more colour the picture has under spots in the tissue
 * than under the others; where there are no others, than on a grid over the whole picture. A picture without colour, such as
 * one of fluorescence, scores alike in all orientations, and nothing is said about it.
 */
#include "section/section-private.h"

#include "base/error.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#define N_TURNS 8
#define GRID 20          /* points a side */
#define LEAST_SCORE 0.1  /* of an orientation that is worth a warning */
#define LEAST_GAIN 0.08  /* over the given one */
#define LEAST_INSIDE 0.9 /* of the spots in the tissue */

/* What every warning of a better orientation begins with. */
#define WARNING_HEAD "the spots would lie better on the tissue "

static const char *const turns[N_TURNS] = {
  N_("as they are"), N_("mirrored left to right"), N_("mirrored top to bottom"), N_("turned by 180 degrees"), N_("with x and y exchanged"),
  N_("turned by 90 degrees clockwise"), N_("turned by 90 degrees counter-clockwise"), N_("mirrored on the rising diagonal"),
};

static const char *const turn_names[N_TURNS] = {
  "none", "mirror-x", "mirror-y", "half", "exchange", "clockwise", "counter-clockwise", "diagonal",
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
smooth_i_section_check_orientation (const SmoothSection *section, const double *scales, gint n_scales, SmoothRun *run)
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
        if (smooth_run_is_cancelled (run))
          return;
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
  if (best_scale <= 0.0)
    ((SmoothSection *) section)->better_turn = best_turn; /* it is being made */
  if (best_scale > 0.0)
    smooth_report_add (section->report, SMOOTH_REPORT_WARNING,
                       "the spots would lie better on the tissue %s and at the scale %.4g instead of %.4g (contrast of colour %.2f instead of %.2f): coordinates "
                                    "and picture may not belong together; nothing was changed",
                       _(turns[best_turn]), best_scale, section->picture_scale, best, isnan (given) ? 0.0 : given);
  else
    smooth_report_add (section->report, SMOOTH_REPORT_WARNING,
                       "the spots would lie better on the tissue %s (contrast of colour %.2f instead of %.2f): coordinates and picture may not belong together; "
                                    "nothing was changed",
                       _(turns[best_turn]), best, isnan (given) ? 0.0 : given);
}

/* ---- Turning ----------------------------------------------------------------------------------------------- */

/* The report of the section as it was read, without the advice that was followed. */
static SmoothReport *
dup_report (const SmoothReport *report, gint turn)
{
  SmoothReport *copy = smooth_report_new ();

  for (guint i = 0; i < smooth_report_get_n_lines (report); i++)
    if (!g_str_has_prefix (smooth_report_get_plain (report, i), WARNING_HEAD))
      smooth_report_append_line (copy, report, i);
  for (guint i = 0; i < smooth_report_get_n_counts (report); i++)
    {
      const char *name = smooth_report_get_count_name (report, i);
      smooth_report_count (copy, name, smooth_report_get_count (report, name));
    }
  smooth_report_add (copy, SMOOTH_REPORT_NOTE, "the spots were %s on the picture, as was asked for", _(turns[turn]));
  return copy;
}

/**
 * smooth_section_new_turned:
 * @section: has a picture, unless @turn is 0
 * @turn: of the spots as they were read, within the picture; the picture stays. 0: none
 *
 * Returns: (transfer full): the section with its spots turned; it shares all else with @section. O(n_spots)
 */
SmoothSection *
smooth_section_new_turned (SmoothSection *section, gint turn)
{
  SmoothSection *base = section->unturned != NULL ? section->unturned : section;

  g_return_val_if_fail (turn >= 0 && turn < N_TURNS, NULL);
  if (turn == 0 || base->picture == NULL)
    return smooth_section_ref (base);
  SmoothSection *turned = g_memdup2 (base, sizeof *base);
  g_atomic_ref_count_init (&turned->ref_count);
  turned->lookup = 0;
  turned->unturned = smooth_section_ref (base);
  turned->turn = turn;
  turned->coords = g_new (double, 2 * (gsize) MAX (base->n_spots, 1));
  turn_spots (base, turn, 1.0, base->coords, base->n_spots, turned->coords);
  turned->report = dup_report (base->report, turn);
  return turned;
}

/* Returns: the name of a turn, in recipes and for --turn */
const char *
smooth_turn_get_name (gint turn)
{
  return turn_names[CLAMP (turn, 0, N_TURNS - 1)];
}

/* Returns: what it does, in words: 'turned by 180 degrees' */
const char *
smooth_turn_get_words (gint turn)
{
  return turns[CLAMP (turn, 0, N_TURNS - 1)];
}

gboolean
smooth_turn_from_name (const char *name, gint *turn, GError **error)
{
  g_autofree char *names = NULL;

  for (gint i = 0; i < N_TURNS; i++)
    if (strcmp (turn_names[i], name) == 0)
      {
        *turn = i;
        return TRUE;
      }
  names = g_strjoin (", ", turn_names[0], turn_names[1], turn_names[2], turn_names[3], turn_names[4], turn_names[5], turn_names[6],
                     turn_names[7], NULL);
  smooth_error_set (error, SMOOTH_ERROR_VALUE, "expected one of %s, found '%s'", names, name);
  return FALSE;
}
