/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of the look whether spots lie on the tissue: each wrong orientation is named, right and undecidable ones are not. */
#include "section/section-private.h"

#include "made-section.h"

#include <math.h>
#include <string.h>

#define N 20          /* spots a side */
#define PITCH 30.0    /* full-resolution pixels */
#define SCALE 0.25    /* picture pixels in one of them */
#define WIDE 640.0    /* of the picture, in full-resolution pixels */
#define HIGH 600.0

/* Tissue has the shape of an F, which no turn maps to itself. */
static gboolean
is_tissue (gint col, gint row)
{
  return col >= 3 && row >= 2 && row <= 17 && (col <= 6 || (row <= 5 && col <= 16) || (row >= 9 && row <= 11 && col <= 12));
}

/* A section whose spots lie right; @only_tissue: without those off it; @grey: on a picture without colour. */
static SmoothSection *
make_section (gboolean only_tissue, gboolean grey)
{
  SmoothSection *section = g_new0 (SmoothSection, 1);
  gint64 n = 0;

  section->coords = g_new0 (double, 2 * N * N);
  section->spot_flags = g_new0 (guint8, N * N);
  section->report = smooth_report_new ();
  section->um_per_pixel = 1.0;
  section->spot_diameter = 20.0;
  section->picture_scale = SCALE;
  section->picture = smooth_picture_new ((gint) (WIDE * SCALE), (gint) (HIGH * SCALE), NULL);
  for (gint k = 0; k < section->picture->width * section->picture->height; k++)
    section->picture->pixels[k] = 0xffe0e0e0;
  for (gint k = 0; k < N * N; k++)
    {
      gint col = k % N, row = k / N;
      if (!is_tissue (col, row) && only_tissue)
        continue;
      section->coords[2 * n] = PITCH * (col + 0.5);
      section->coords[2 * n + 1] = PITCH * (row + 0.5);
      section->spot_flags[n++] = is_tissue (col, row) ? SMOOTH_SPOT_IN_TISSUE : 0;
      for (gint y = (gint) (PITCH * row * SCALE); y < PITCH * (row + 1) * SCALE; y++)
        for (gint x = (gint) (PITCH * col * SCALE); x < PITCH * (col + 1) * SCALE; x++)
          if (is_tissue (col, row))
            section->picture->pixels[y * section->picture->width + x] = grey ? 0xff606060 : 0xffd060a0;
    }
  section->n_spots = n;
  return section;
}

static void
free_section (SmoothSection *section)
{
  smooth_picture_unref (section->picture);
  smooth_report_unref (section->report);
  g_free (section->coords);
  g_free (section->spot_flags);
  g_free (section);
}

/* Puts the spots so that they lie right once they are turned as @turn says. */
static void
disturb (SmoothSection *section, gint turn)
{
  for (gint64 i = 0; i < section->n_spots; i++)
    {
      double x = section->coords[2 * i], y = section->coords[2 * i + 1];
      x = turn & 1 ? WIDE - x : x;
      y = turn & 2 ? HIGH - y : y;
      section->coords[2 * i] = turn & 4 ? y : x;
      section->coords[2 * i + 1] = turn & 4 ? x : y;
    }
}

static void
test_turns (void)
{
  static const char *const names[] = { NULL, "mirrored left to right (", "mirrored top to bottom (", "turned by 180 degrees (", "with x and y exchanged (",
                                       "turned by 90 degrees clockwise (", "turned by 90 degrees counter-clockwise (", "mirrored on the rising diagonal (" };

  for (gint only_tissue = 0; only_tissue < 2; only_tissue++)
    for (gint turn = 0; turn < 8; turn++)
      {
        SmoothSection *section = make_section (only_tissue, FALSE);
        disturb (section, turn);
        smooth_i_section_check_orientation (section, (const double[]){ SCALE, 0.0 }, 2, NULL);
        g_test_message ("%d: %s", turn, smooth_report_get_n_lines (section->report) > 0 ? smooth_report_get_line (section->report, 0, NULL) : "");
        g_assert_cmpuint (smooth_report_get_n_lines (section->report), ==, turn > 0);
        if (turn > 0)
          g_assert_true (report_has (section->report, SMOOTH_REPORT_WARNING, names[turn]));
        free_section (section);
      }
}

/* The turn that was found brings the spots to where they lie right; the advice is then gone, and 0 leads back. */
static void
test_turning (void)
{
  for (gint turn = 1; turn < 8; turn++)
    {
      SmoothSection *section = make_section (FALSE, FALSE), *right = make_section (FALSE, FALSE);
      disturb (section, turn);
      smooth_i_section_check_orientation (section, NULL, 0, NULL);
      g_assert_cmpint (section->better_turn, ==, turn);
      g_atomic_ref_count_init (&section->ref_count);
      g_autoptr (SmoothSection) turned = smooth_section_new_turned (section, turn);
      for (gint64 i = 0; i < 2 * section->n_spots; i++)
        g_assert_cmpfloat_with_epsilon (turned->coords[i], right->coords[i], 1e-9);
      g_assert_cmpint (turned->turn, ==, turn);
      g_assert_false (report_has (turned->report, SMOOTH_REPORT_WARNING, "would lie better"));
      g_assert_true (report_has (turned->report, SMOOTH_REPORT_NOTE, "as was asked for"));
      g_autoptr (SmoothSection) back = smooth_section_new_turned (turned, 0);
      g_assert_true (back == section);
      g_autoptr (SmoothSection) other = smooth_section_new_turned (turned, 3); /* from the spots as they were read */
      g_assert_true (turn == 3 || memcmp (other->coords, turned->coords, 2 * sizeof (double)) != 0);
      g_assert_cmpint (other->turn, ==, 3);
      g_clear_pointer (&other, smooth_section_unref);
      g_clear_pointer (&turned, smooth_section_unref);
      g_clear_pointer (&back, smooth_section_unref);
      free_section (section);
      free_section (right);
    }
}

/* Their names lead back to turns. */
static void
test_turn_names (void)
{
  g_autoptr (GError) error = NULL;
  gint turn = -1;

  for (gint i = 0; i < 8; i++)
    {
      g_assert_true (smooth_turn_from_name (smooth_turn_get_name (i), &turn, NULL));
      g_assert_cmpint (turn, ==, i);
    }
  g_assert_false (smooth_turn_from_name ("left", &turn, &error));
  g_assert_nonnull (strstr (error->message, "counter-clockwise"));
}

/* Coordinates of another picture: at its scale they lie right. */
static void
test_scale (void)
{
  SmoothSection *section = make_section (FALSE, FALSE);

  for (gint64 i = 0; i < 2 * section->n_spots; i++)
    section->coords[i] *= 3.0;
  smooth_i_section_check_orientation (section, (const double[]){ SCALE, SCALE / 3.0 }, 2, NULL);
  g_assert_true (report_has (section->report, SMOOTH_REPORT_WARNING, "as they are and at the scale 0.08333 instead of 0.25 ("));
  free_section (section);
}

/* Without colour nothing can be told, and nothing is said. */
static void
test_grey (void)
{
  SmoothSection *section = make_section (FALSE, TRUE);

  disturb (section, 1);
  smooth_i_section_check_orientation (section, NULL, 0, NULL);
  g_assert_cmpuint (smooth_report_get_n_lines (section->report), ==, 0);
  free_section (section);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/orientation/turns", test_turns);
  g_test_add_func ("/orientation/turning", test_turning);
  g_test_add_func ("/orientation/turn-names", test_turn_names);
  g_test_add_func ("/orientation/scale", test_scale);
  g_test_add_func ("/orientation/grey", test_grey);
  return g_test_run ();
}
