/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lines run over the whole picture, so that neighbouring spots show one hatching; each shows it inside its disc. */
#include "hatch.h"

#include <math.h>

#define STEP 5.0  /* target pixels from one line to the next, along the rows */
#define WIDTH 1.7 /* of a line, along the rows */
#define LEAST_RADIUS 2.0 /* target pixels: smaller spots would hide the lines */

/* Returns: 0xRRGGBB: black or white, which @colour (0xRRGGBB) differs more from */
guint32
scope_hatch_colour (guint32 colour)
{
  double light = 0.30 * ((colour >> 16) & 255) + 0.59 * ((colour >> 8) & 255) + 0.11 * (colour & 255);

  return light > 115.0 ? 0x000000 : 0xffffff;
}

static guint32
blend (guint32 below, guint32 above, double alpha)
{
  guint32 mixed = 0xff000000u;

  for (gint shift = 0; shift < 24; shift += 8)
    {
      double a = (below >> shift) & 255, b = (above >> shift) & 255;
      mixed |= (guint32) lround (a + alpha * (b - a)) << shift;
    }
  return mixed;
}

/* How much of a pixel a line covers. */
static double
cover (gint x, gint y)
{
  double place = fmod ((double) x + (double) y, STEP);

  return CLAMP (WIDTH - place, 0.0, 1.0);
}

static void
hatch_disc (SmoothPicture *target, double cx, double cy, double radius, guint32 line)
{
  gint first_x = MAX ((gint) floor (cx - radius), 0), last_x = MIN ((gint) ceil (cx + radius), target->width - 1);
  gint first_y = MAX ((gint) floor (cy - radius), 0), last_y = MIN ((gint) ceil (cy + radius), target->height - 1);

  for (gint y = first_y; y <= last_y; y++)
    for (gint x = first_x; x <= last_x; x++)
      {
        double inside = CLAMP (radius + 0.5 - hypot (x + 0.5 - cx, y + 0.5 - cy), 0.0, 1.0), alpha = inside * cover (x, y);
        guint32 *pixel = &target->pixels[(gsize) y * (target->stride / 4) + (gsize) x];
        if (alpha > 0.0)
          *pixel = blend (*pixel, line, 0.9 * alpha);
      }
}

/* Over spots that are drawn already. O(pixels of flagged spots). */
void
scope_hatch_spots (const ScopeColouring *colouring, const SmoothView *view, SmoothPicture *target)
{
  const SmoothSection *section = colouring->section;
  double radius = MAX (0.5 * section->spot_diameter / section->um_per_pixel * view->scale, LEAST_RADIUS);

  for (gint64 i = 0; i < section->n_spots; i++)
    {
      double x = (section->coords[2 * i] - view->x) * view->scale, y = (section->coords[2 * i + 1] - view->y) * view->scale;
      if (!colouring->hatched[i] || colouring->colours[i] >> 24 == 0 || x < -radius || y < -radius || x > target->width + radius
          || y > target->height + radius)
        continue;
      hatch_disc (target, x, y, radius, scope_hatch_colour (colouring->colours[i]));
    }
}
