/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small section in memory, for tests of drawing: a hexagonal lattice over a picture of soft colours. */
#pragma once

#include "section/section.h"

#include <math.h>

/* The colour of the picture's ground, which nothing else in a figure has. */
#define FIXTURE_GROUND 0xffe8b8d0

/* A disc of `n_across` spots in diameter; the picture is 8 um a pixel and goes 200 um beyond. To be freed by
 * fixture_section_free(). With `plain` the picture is of one colour, else it has bands. */
static inline SmoothSection *
fixture_section_new (gint n_across, gboolean plain)
{
  SmoothSection *section = g_new0 (SmoothSection, 1);
  gint n_rows = (gint) (n_across / 0.866), n_cols = n_across;
  double um = 100.0 * n_across;

  section->n_spots = (gint64) n_rows * n_cols;
  section->coords = g_new (double, 2 * (gsize) section->n_spots);
  section->spot_flags = g_new0 (guint8, (gsize) section->n_spots);
  section->um_per_pixel = 0.5;
  section->spot_diameter = 55.0;
  section->pitch = 100.0;
  for (gint64 s = 0; s < section->n_spots; s++)
    {
      double x = 100.0 * (double) (s % n_cols) + 50.0 * (double) (s / n_cols % 2) + 225.0, y = 86.6 * (double) (s / n_cols) + 250.0;
      double u = x - 0.5 * um - 200.0, v = y - 0.5 * um - 200.0;
      section->coords[2 * s] = 2.0 * x;
      section->coords[2 * s + 1] = 2.0 * y;
      if (u * u + v * v < 0.25 * um * um)
        section->spot_flags[s] = SMOOTH_SPOT_IN_TISSUE;
    }

  gint size = (gint) ((um + 400.0) / 8.0);
  section->picture = smooth_picture_new (size, size, NULL);
  section->picture_scale = 0.5 / 8.0;
  for (gint y = 0; y < size; y++)
    for (gint x = 0; x < size; x++)
      {
        guint32 shade = plain ? 0 : (guint32) (28.0 + 28.0 * sin (x * 0.23) * sin (y * 0.11));
        section->picture->pixels[(gsize) y * (section->picture->stride / 4) + (gsize) x] = FIXTURE_GROUND - shade * 0x010101;
      }
  return section;
}

static inline void
fixture_section_free (SmoothSection *section)
{
  smooth_picture_unref (section->picture);
  g_free (section->coords);
  g_free (section->spot_flags);
  g_free (section);
}
