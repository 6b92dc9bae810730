/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An image is the whole picture of the section at any size, or a part of it at one of the sizes that Space Ranger writes; either
 * may be turned by right angles and mirrored. Whichever it is, the tissue in it has to look like that of the section: sizes alone
 * do not tell a picture from its mirror image. */
#include "placement.h"

#include "match-private.h"

#include <math.h>
#include <string.h>

#define N_TURNS 8
#define LEAST_LIKENESS 0.8  /* of the whole picture, which may have been worked on */
#define LEAST_PART 0.9      /* of a part: there are many places for it */
#define LEAST_LEAD 0.03     /* over the next best turn or place */
#define MAX_SHEAR 0.03      /* of three points: a placement has one scale and keeps right angles */
#define LEAST_TRIANGLE 0.02 /* height over base: flatter points tell nothing across them */

double
bridge_placement_get_scale (const cairo_matrix_t *placement)
{
  return sqrt (fabs (placement->xx * placement->yy - placement->xy * placement->yx));
}

/* As functions of the core take it. */
void
bridge_placement_get_array (const cairo_matrix_t *m, double matrix[6])
{
  const double values[6] = { m->xx, m->xy, m->x0, m->yx, m->yy, m->y0 };

  memcpy (matrix, values, sizeof values);
}

/* From a picture of that size to the same, turned as grey_new_turned() does. */
static cairo_matrix_t
turn_matrix (gint turn, double width, double height)
{
  cairo_matrix_t matrix, mirror;

  if (turn & 4)
    cairo_matrix_init (&matrix, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0);
  else
    cairo_matrix_init_identity (&matrix);
  double w = turn & 4 ? height : width, h = turn & 4 ? width : height;
  cairo_matrix_init (&mirror, turn & 1 ? -1.0 : 1.0, 0.0, 0.0, turn & 2 ? -1.0 : 1.0, turn & 1 ? w : 0.0, turn & 2 ? h : 0.0);
  cairo_matrix_multiply (&matrix, &matrix, &mirror);
  return matrix;
}

static const char *
turn_name (gint turn)
{
  static const char *const names[N_TURNS]
      = { "", ", mirrored left to right", ", mirrored top to bottom", ", turned by 180 degrees", ", mirrored along its diagonal",
          ", turned by 90 degrees", ", turned by 270 degrees", ", mirrored along its other diagonal" };

  return names[turn];
}

/* ---- Sizes ---- */

/* A size of the picture that Space Ranger knows. */
typedef struct
{
  const char *name;
  double scale; /* pixels in one full-resolution pixel */
} Size;

/* The factor of the small picture, which a section does not keep; 0 where it is not known. */
static double
find_lowres_scale (const SmoothSection *section)
{
  for (gsize i = 0; section->input_files != NULL && section->input_files[i] != NULL; i++)
    if (g_str_has_suffix (section->input_files[i], "scalefactors_json.json"))
      {
        g_autoptr (SmoothJson) json = smooth_json_load (section->input_files[i], NULL);
        double scale = 0.0;
        if (json != NULL && smooth_json_get_number (json, "tissue_lowres_scalef", SMOOTH_JSON_OPTIONAL, &scale, NULL) && scale > 0.0)
          return scale;
      }
  return 0.0;
}

static gint
list_sizes (const SmoothSection *section, Size sizes[3])
{
  double lowres = find_lowres_scale (section);
  gint n = 0;

  sizes[n++] = (Size){ "the picture of the section", section->picture_scale };
  if (lowres > 0.0 && fabs (lowres - section->picture_scale) > 1e-9)
    sizes[n++] = (Size){ "the small picture of the section", lowres };
  if (section->picture_scale != 1.0)
    sizes[n++] = (Size){ "the full-resolution picture of the section", 1.0 };
  return n;
}

/* ---- Whole pictures ---- */

/* Pixels of the image in one of the turned picture, across and down; FALSE where the shapes differ by more than rounding. */
static gboolean
find_ratio (const SmoothSection *section, const BridgeImage *image, gint turn, double ratio[2])
{
  double w = turn & 4 ? section->picture->height : section->picture->width;
  double h = turn & 4 ? section->picture->width : section->picture->height;
  double scale = sqrt (image->width * (double) image->height / (w * h));

  ratio[0] = image->width / w;
  ratio[1] = image->height / h;
  return fabs (image->width - w * scale) <= 1.0 + scale && fabs (image->height - h * scale) <= 1.0 + scale;
}

/* A factor that a file states is better than one from rounded sizes. */
static const char *
use_known_ratio (const SmoothSection *section, const BridgeImage *image, gint turn, double ratio[2])
{
  double w = turn & 4 ? section->picture->height : section->picture->width;
  double h = turn & 4 ? section->picture->width : section->picture->height;
  Size sizes[3];
  gint n = list_sizes (section, sizes);

  for (gint i = 0; i < n; i++)
    {
      double known = sizes[i].scale / section->picture_scale, slack = 1.0 + known;
      if (fabs (known * w - image->width) > slack || fabs (known * h - image->height) > slack)
        continue;
      ratio[0] = ratio[1] = known;
      return sizes[i].name;
    }
  return "the picture of the section at another size";
}

static void
set_whole (const SmoothSection *section, gint turn, const double ratio[2], cairo_matrix_t *placement)
{
  cairo_matrix_t turned = turn_matrix (turn, section->picture->width, section->picture->height), scaled;

  cairo_matrix_init_scale (placement, section->picture_scale, section->picture_scale);
  cairo_matrix_multiply (placement, placement, &turned);
  cairo_matrix_init_scale (&scaled, ratio[0], ratio[1]);
  cairo_matrix_multiply (placement, placement, &scaled);
}

/* The best turn so far. */
typedef struct
{
  double likeness, second;
  gint turn;
} Best;

static void
note (Best *best, double likeness, gint turn)
{
  if (likeness > best->likeness)
    *best = (Best){ likeness, best->likeness, turn };
  else
    best->second = MAX (best->second, likeness);
}

static gboolean
find_whole (const SmoothSection *section, const BridgeImage *image, const Grey *picture, const Grey *seen, cairo_matrix_t *placement,
            char **how)
{
  Best best = { -1.0, -1.0, 0 };
  double ratio[2];

  for (gint turn = 0; turn < N_TURNS; turn++)
    if (find_ratio (section, image, turn, ratio))
      {
        g_autoptr (Grey) turned = grey_new_turned (picture, turn);
        note (&best, grey_compare (turned, seen), turn);
      }
  if (best.likeness < LEAST_LIKENESS || best.likeness - best.second < LEAST_LEAD)
    return FALSE;
  find_ratio (section, image, best.turn, ratio);
  const char *name = use_known_ratio (section, image, best.turn, ratio);
  set_whole (section, best.turn, ratio, placement);
  *how = g_strconcat (name, turn_name (best.turn), NULL);
  return TRUE;
}

/* ---- Parts ---- */

/* A part of the turned picture, at a known size. */
static void
set_part (const SmoothSection *section, gint turn, double ratio, const Match *match, cairo_matrix_t *placement)
{
  const double both[2] = { 1.0, 1.0 };
  cairo_matrix_t moved;

  set_whole (section, turn, both, placement);
  cairo_matrix_init (&moved, ratio, 0.0, 0.0, ratio, -ratio * match->x, -ratio * match->y);
  cairo_matrix_multiply (placement, placement, &moved);
}

/* Where a part may lie. */
typedef struct
{
  double ratio; /* pixels of the image in one of the picture */
  const char *name;
  gint turn;
  Match match;
} Candidate;

static Match
try_candidate (const Candidate *candidate, const BridgeImage *image, const Grey *picture, const Grey *seen, gboolean is_quick)
{
  g_autoptr (Grey) part
    = grey_new_resized (seen, (gint) round (image->width / candidate->ratio), (gint) round (image->height / candidate->ratio));
  g_autoptr (Grey) turned = grey_new_turned (picture, candidate->turn);

  return grey_find (part, turned, is_quick);
}

static gboolean
find_part (const SmoothSection *section, const BridgeImage *image, const Grey *picture, const Grey *seen, cairo_matrix_t *placement,
           char **how)
{
  Size sizes[3];
  gint n_sizes = list_sizes (section, sizes);
  Candidate best = { .match = { .likeness = -1.0 } };
  double second = -1.0;

  for (gint i = 0; i < n_sizes * N_TURNS; i++)
    {
      Candidate here = { sizes[i / N_TURNS].scale / section->picture_scale, sizes[i / N_TURNS].name, i % N_TURNS, { 0 } };
      if (MAX (image->width, image->height) / here.ratio > MAX (picture->width, picture->height))
        continue;
      here.match = try_candidate (&here, image, picture, seen, TRUE);
      second = MAX (second, MIN (here.match.likeness, best.match.likeness));
      best = here.match.likeness > best.match.likeness ? here : best;
    }
  if (best.match.likeness < LEAST_PART || best.match.likeness - MAX (second, best.match.second) < LEAST_LEAD)
    return FALSE;
  best.match = try_candidate (&best, image, picture, seen, FALSE);
  set_part (section, best.turn, best.ratio, &best.match, placement);
  *how = g_strconcat ("a part of ", best.name, turn_name (best.turn), NULL);
  return TRUE;
}

/* ---- All of it ---- */

/**
 * bridge_placement_find:
 * @placement: (out)
 * @how: (out): what the image is: 'the small picture of the section, turned by 180 degrees'
 *
 * A part is placed to a pixel of the section's own picture. Nothing is guessed: where the tissue does not look alike, or alike in
 * two ways, that is an error, which says what to do.
 *
 * Cost: some 0.2 s for a whole picture; up to seconds for a part.
 */
gboolean
bridge_placement_find (const SmoothSection *section, const BridgeImage *image, cairo_matrix_t *placement, char **how, GError **error)
{
  if (section->picture == NULL || !(section->picture_scale > 0.0))
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE,
                   "the section %s has no picture that the image could be compared with: give three matching points", section->name);
      return FALSE;
    }
  g_autoptr (Grey) picture = grey_new_from_picture (section->picture);
  g_autoptr (Grey) seen = grey_new_from_picture (image->picture);
  if (find_whole (section, image, picture, seen, placement, how) || find_part (section, image, picture, seen, placement, how))
    return TRUE;
  smooth_error_set (error, SMOOTH_ERROR_VALUE,
               "the image of %d x %d pixels is not placed on the section %s: expected its picture (%d x %d) whole at any size, or a part of "
               "it at one of its own sizes, turned by right angles or not, found neither; give three matching points",
               image->width, image->height, section->name, section->picture->width, section->picture->height);
  return FALSE;
}

/* Twice the area of the triangle, with a sign, over its longest side squared. */
static double
flatness (const double p[6])
{
  double area = (p[2] - p[0]) * (p[5] - p[1]) - (p[4] - p[0]) * (p[3] - p[1]);
  double a = hypot (p[2] - p[0], p[3] - p[1]), b = hypot (p[4] - p[0], p[5] - p[1]), c = hypot (p[4] - p[2], p[5] - p[3]);
  double longest = MAX (MAX (a, b), c);

  return longest > 0.0 ? area / (longest * longest) : 0.0;
}

/**
 * bridge_placement_new_of_points:
 * @section: three points as x, y in full-resolution pixels
 * @image: the same three in pixels of the image
 * @placement: (out)
 *
 * Turns by any angle and mirrors are taken; shear and two different scales are refused, as points that do not match give them.
 */
gboolean
bridge_placement_new_of_points (const double section[6], const double image[6], cairo_matrix_t *placement, GError **error)
{
  if (!(fabs (flatness (section)) > LEAST_TRIANGLE) || !(fabs (flatness (image)) > LEAST_TRIANGLE))
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE, "expected three matching points that span a triangle, found them on a line");
      return FALSE;
    }
  cairo_matrix_t from, to;
  cairo_matrix_init (&from, section[2] - section[0], section[3] - section[1], section[4] - section[0], section[5] - section[1], section[0],
                     section[1]);
  cairo_matrix_init (&to, image[2] - image[0], image[3] - image[1], image[4] - image[0], image[5] - image[1], image[0], image[1]);
  cairo_matrix_invert (&from);
  cairo_matrix_multiply (placement, &from, &to);

  double across = hypot (placement->xx, placement->yx), down = hypot (placement->xy, placement->yy);
  double lean = fabs (placement->xx * placement->xy + placement->yx * placement->yy) / (across * down);
  if (fabs (across / down - 1.0) <= MAX_SHEAR && lean <= MAX_SHEAR)
    return TRUE;
  smooth_error_set (error, SMOOTH_ERROR_VALUE,
               "the three points do not match: they would make the section %.1f %% wider than high and lean by %.1f %%",
               100.0 * (across / down - 1.0), 100.0 * lean);
  return FALSE;
}
