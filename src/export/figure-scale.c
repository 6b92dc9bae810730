/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Round numbers: ticks of a colour bar, lengths of a scale bar; and the scale bar itself. */
#include "export/figure-private.h"

#include <math.h>

#define BAR_FONT 13.0 /* of the scale bar in the window */

/**
 * smooth_i_nice_ticks:
 * @low: the lower limit
 * @high: the upper limit, larger
 * @max_ticks: at least 2
 * @ticks: (out): room for @max_ticks values between the limits
 * @n_decimals: (out): that tell them apart
 *
 * Multiples of 1, 2 or 5 times a power of ten, as many as there is room for.
 *
 * Returns: the number of ticks; 0 where the limits are no range
 */
gint
smooth_i_nice_ticks (double low, double high, gint max_ticks, double *ticks, gint *n_decimals)
{
  static const double steps[] = { 1.0, 2.0, 5.0, 10.0 };

  *n_decimals = 0;
  if (!(high > low) || !isfinite (low) || !isfinite (high) || !isfinite (high - low) || max_ticks < 2)
    return 0;

  double raw = (high - low) / max_ticks, power = pow (10.0, floor (log10 (raw)));
  for (gsize i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      double step = steps[i] * power, slack = 1e-9 * step;
      double first = ceil (low / step - 1e-9), last = floor (high / step + 1e-9);
      if (!(step > 0.0) || last - first + 1.0 > max_ticks || fabs (first) > 1e15)
        continue;
      gint n = (gint) (last - first) + 1;
      for (gint t = 0; t < n; t++)
        {
          ticks[t] = (first + t) * step;
          ticks[t] = fabs (ticks[t]) < slack ? 0.0 : ticks[t]; /* no minus zero */
        }
      *n_decimals = (gint) CLAMP (-floor (log10 (step) + 1e-9), 0.0, 12.0);
      return MAX (n, 0);
    }
  return 0;
}

/* The multiples of powers of ten that lie between the limits. Returns their number; of more than @max_ticks the first are listed. */
static gint
list_multiples (double low, double high, const double *multiples, gint n_multiples, gint max_ticks, double *ticks)
{
  gint n = 0;

  for (double e = floor (log10 (low)); e <= log10 (high); e += 1.0)
    for (gint i = 0; i < n_multiples; i++)
      {
        double tick = multiples[i] * pow (10.0, e);
        if (tick < low * (1.0 - 1e-9) || tick > high * (1.0 + 1e-9))
          continue;
        if (n < max_ticks)
          ticks[n] = tick;
        n++;
      }
  return n;
}

/**
 * smooth_i_log_ticks:
 *
 * As smooth_i_nice_ticks(), for a logarithmic scale: powers of ten, with 3 or with 2 and 5 times these where there is room
 * for all; every second or further power where there is too little. Nice ticks of the range itself where it holds none.
 */
gint
smooth_i_log_ticks (double low, double high, gint max_ticks, double *ticks, gint *n_decimals)
{
  static const double multiples[] = { 1.0, 2.0, 5.0, 1.0, 3.0, 1.0 };
  static const gint firsts[] = { 0, 3, 5 }, lengths[] = { 3, 2, 1 };
  gint n = 0;

  if (!(high > low) || !(low > 0.0) || !isfinite (high) || max_ticks < 2)
    return smooth_i_nice_ticks (low, high, max_ticks, ticks, n_decimals);
  for (gsize i = 0; i < G_N_ELEMENTS (firsts) && (n == 0 || n > max_ticks); i++)
    n = list_multiples (low, high, multiples + firsts[i], lengths[i], max_ticks, ticks);
  if (n > max_ticks)
    {
      gint step = (n + max_ticks - 1) / max_ticks;
      double first = ceil (log10 (low) - 1e-9);
      n = (n + step - 1) / step;
      for (gint t = 0; t < n; t++)
        ticks[t] = pow (10.0, first + t * step);
    }
  if (n < 2)
    return smooth_i_nice_ticks (low, high, max_ticks, ticks, n_decimals);
  *n_decimals = (gint) CLAMP (-floor (log10 (ticks[0]) + 1e-9), 0.0, 12.0);
  return n;
}

/**
 * smooth_i_nice_length:
 *
 * Returns: the largest of 1, 2 or 5 times a power of ten that is not above @max_length
 */
double
smooth_i_nice_length (double max_length)
{
  static const double steps[] = { 5.0, 2.0, 1.0 };
  double power = pow (10.0, floor (log10 (max_length) + 1e-12));

  for (gsize i = 0; i < G_N_ELEMENTS (steps); i++)
    if (steps[i] * power <= max_length * (1.0 + 1e-9))
      return steps[i] * power;
  return power;
}

/* A bar with its length above it; @halo: 0xRRGGBB of a rim, negative for none. */
void
smooth_i_figure_draw_scale_bar (cairo_t *cairo, double x, double y, double um_per_unit, double max_width, double font,
                                guint32 colour, gint64 halo)
{
  if (!(um_per_unit > 0.0) || !(max_width > 0.0) || !isfinite (um_per_unit * max_width))
    return;

  double um = smooth_i_nice_length (um_per_unit * max_width), width = um / um_per_unit, thickness = 0.28 * font, rim = 1.5 / 13.0 * font;
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (number, sizeof number, "%.6g", um >= 1000.0 ? um / 1000.0 : um);
  g_autofree char *text = g_strdup_printf ("%s %s", number, um >= 1000.0 ? "mm" : "\302\265m");
  g_autoptr (PangoLayout) layout = smooth_i_figure_text (cairo, text, font, FIGURE_TEXT_NORMAL, -1.0, 1);
  double text_x = x + MAX (0.5 * (width - smooth_i_figure_text_width (layout)), 0.0);
  double text_y = y - 2.5 / 13.0 * font - thickness - smooth_i_figure_text_height (layout);

  cairo_save (cairo);
  cairo_new_path (cairo);
  if (halo >= 0)
    {
      cairo_rectangle (cairo, x + rim, y - thickness - rim, MAX (width - 2.0 * rim, 0.1 * font), thickness);
      smooth_i_figure_set_colour (cairo, (guint32) halo, 0.7);
      cairo_set_line_width (cairo, 2.0 * rim);
      cairo_set_line_join (cairo, CAIRO_LINE_JOIN_ROUND);
      cairo_stroke (cairo);
    }
  cairo_rectangle (cairo, x, y - thickness - rim, width, thickness);
  smooth_i_figure_set_colour (cairo, colour, 1.0);
  cairo_fill (cairo);
  if (halo >= 0)
    smooth_i_figure_show_outlined_text (cairo, layout, text_x, text_y, colour, (guint32) halo);
  else
    smooth_i_figure_show_text (cairo, layout, text_x, text_y, colour);
  cairo_restore (cairo);
}

/**
 * smooth_draw_scale_bar:
 * @x: the left end of the bar
 * @y: the lower edge; about 25 units above it are used
 * @um_per_unit: micrometres in one unit of @cairo
 * @max_width: the bar is the longest with a round length that is not wider
 * @colour: 0xRRGGBB; a rim of the other lightness sets it off from any ground
 */
void
smooth_draw_scale_bar (cairo_t *cairo, double x, double y, double um_per_unit, double max_width, guint32 colour)
{
  guint32 brightness = 3 * (colour >> 16 & 0xff) + 6 * (colour >> 8 & 0xff) + (colour & 0xff);

  smooth_i_figure_draw_scale_bar (cairo, x, y, um_per_unit, max_width, BAR_FONT, colour, brightness > 1275 ? 0x000000 : 0xffffff);
}
