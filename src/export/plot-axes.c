/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The frame of a plot: title, key, ticks and names of the axes, and how much room they leave for the marks. */
#include "export/figure-private.h"
#include "export/plot-private.h"

#include <math.h>

#define MAX_TICKS 32
#define MOST_KEYS_ABOVE 4    /* more stand beside the frame */
#define KEY_SHARE 0.3        /* of the width, at most, for keys beside the frame */
#define KEY_GAP 1.9          /* heights of the text: half of the last tick's name lies beside the frame */
#define KEYS_SHARE 0.45      /* where they need several columns */
#define ROW_SHARE 0.36       /* of the width, at most, for names of rows */
#define LEAST_FRAME 8.0

PlotColours
smooth_i_plot_colours (const SmoothPlotStyle *style)
{
  if (style->dark)
    return (PlotColours){ 0xf2f2f2, 0xa9abb0, 0x4a4c52, 0x1c1d20 };
  return (PlotColours){ 0x1c1d20, 0x62656b, 0xdcdde0, 0xffffff };
}

/* Returns: (transfer full): '1,500', '0.25', '12.5 %' */
char *
smooth_i_plot_dup_number (const PlotAxis *axis, double value, gint n_decimals, gboolean is_local)
{
  gboolean is_percent = axis->scale == SMOOTH_PLOT_PERCENT;
  double shown = is_percent ? 100.0 * value : value;
  char buffer[G_ASCII_DTOSTR_BUF_SIZE], format[16];
  gboolean is_plain = fabs (shown) < 1e6 && n_decimals <= 6;

  if (is_local && is_plain)
    return is_percent ? g_strdup_printf ("%'.*f %%", n_decimals, shown) : g_strdup_printf ("%'.*f", n_decimals, shown);
  if (is_local)
    return is_percent ? g_strdup_printf ("%.3g %%", shown) : g_strdup_printf ("%.3g", shown);
  g_snprintf (format, sizeof format, is_plain ? "%%.%df" : "%%.%dg", is_plain ? n_decimals : 3);
  g_ascii_formatd (buffer, sizeof buffer, format, shown);
  return is_percent ? g_strdup_printf ("%s %%", buffer) : g_strdup (buffer);
}

/* Decimals are those of what is written: of percentages where the axis has them. Returns the number of ticks. */
gint
smooth_i_plot_ticks (const PlotAxis *axis, gint max_ticks, double *ticks, gint *n_decimals)
{
  gint n;

  max_ticks = CLAMP (max_ticks, 2, MAX_TICKS);
  if (axis->scale == SMOOTH_PLOT_LOG)
    return smooth_i_log_ticks (axis->low, axis->high, max_ticks, ticks, n_decimals);
  if (axis->scale == SMOOTH_PLOT_LINEAR)
    return smooth_i_nice_ticks (axis->low, axis->high, max_ticks, ticks, n_decimals);
  n = smooth_i_nice_ticks (100.0 * axis->low, 100.0 * axis->high, max_ticks, ticks, n_decimals);
  for (gint i = 0; i < n; i++)
    ticks[i] /= 100.0;
  return n;
}

/* A page to measure text on: places do not depend on what is drawn on. */
static cairo_t *
scratch_new (void)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_A8, 1, 1);
  cairo_t *cairo = cairo_create (surface);

  cairo_surface_destroy (surface);
  return cairo;
}

static double
text_width (cairo_t *cairo, const char *text, double font)
{
  g_autoptr (PangoLayout) layout = smooth_i_figure_text (cairo, text, font, FIGURE_TEXT_NORMAL, -1.0, 1);

  return smooth_i_figure_text_width (layout);
}

static double
line_height (double font)
{
  return 1.35 * font;
}

static gint
count_y_ticks (const SmoothPlotStyle *style, double height)
{
  return (gint) (height / (2.4 * style->font));
}

static gint
count_x_ticks (const SmoothPlotStyle *style, double width)
{
  return (gint) (width / (5.5 * style->font));
}

static double
widest_y_label (const SmoothPlot *plot, const SmoothPlotStyle *style, cairo_t *cairo, double width, double height)
{
  const PlotAxis *axis = &plot->axes[SMOOTH_PLOT_Y];
  double ticks[MAX_TICKS], widest = 0.0;
  gint n_decimals;

  if (axis->rows != NULL)
    {
      for (gint64 i = 0; i < axis->n_rows; i++)
        widest = MAX (widest, text_width (cairo, axis->rows[i], style->font));
      return MIN (widest, ROW_SHARE * width);
    }
  gint n = smooth_i_plot_ticks (axis, count_y_ticks (style, height), ticks, &n_decimals);
  for (gint t = 0; t < n; t++)
    {
      g_autofree char *text = smooth_i_plot_dup_number (axis, ticks[t], n_decimals, style->local_numbers);
      widest = MAX (widest, text_width (cairo, text, style->font));
    }
  return widest;
}

static gboolean
has_keys_above (const SmoothPlot *plot)
{
  return plot->keys->len > 0 && plot->keys->len <= MOST_KEYS_ABOVE;
}

/* How the keys stand beside the frame: in columns down to the end of the page. */
typedef struct
{
  guint n_rows;
  double column; /* width of one */
  double width;  /* of all; 0: none stand there */
} KeyTable;

static KeyTable
arrange_keys (const SmoothPlot *plot, const SmoothPlotStyle *style, cairo_t *cairo, double width, double height)
{
  KeyTable table = { (guint) MAX (height / line_height (style->font), 1.0), 0.0, 0.0 };
  double widest = 0.0;

  if (plot->keys->len <= MOST_KEYS_ABOVE)
    return table;
  for (guint i = 0; i < plot->keys->len; i++)
    widest = MAX (widest, text_width (cairo, g_array_index (plot->keys, PlotKey, i).name, style->font));
  guint n_columns = (plot->keys->len + table.n_rows - 1) / table.n_rows;
  table.column = MIN (widest + 2.4 * style->font, (n_columns > 1 ? KEYS_SHARE : KEY_SHARE) * width / n_columns);
  table.width = table.column * n_columns;
  return table;
}

/**
 * smooth_plot_get_frame:
 * @width: of the page
 * @height: of the page
 * @frame: (out): where the marks are, in units of the page
 */
void
smooth_plot_get_frame (const SmoothPlot *plot, const SmoothPlotStyle *style, double width, double height, SmoothPlotBox *frame)
{
  cairo_t *cairo = scratch_new ();
  double font = style->font, line = line_height (font);
  double top = 0.6 * font + (plot->title != NULL ? 1.2 * line : 0.0) + (has_keys_above (plot) ? 1.15 * line : 0.0);
  double bottom = 0.4 * font + line + (plot->axes[SMOOTH_PLOT_X].name != NULL ? line : 0.0) + 0.3 * font;
  double left = 0.5 * font + (plot->axes[SMOOTH_PLOT_Y].name != NULL ? line : 0.0)
                + widest_y_label (plot, style, cairo, width, height - top - bottom) + 0.6 * font;
  double keys = arrange_keys (plot, style, cairo, width, height - top).width;
  double right = keys > 0.0 ? keys + KEY_GAP * font : 1.6 * font;

  cairo_destroy (cairo);
  /* On whole units: pictures of points are not blurred on the screen. */
  frame->x = ceil (left);
  frame->y = ceil (top);
  frame->width = MAX (floor (width - left - right), LEAST_FRAME);
  frame->height = MAX (floor (height - top - bottom), LEAST_FRAME);
}

static void
set_line (cairo_t *cairo, guint32 colour, double width)
{
  smooth_i_figure_set_colour (cairo, colour, 1.0);
  cairo_set_line_width (cairo, width);
}

static void
draw_x_ticks (const SmoothPlot *plot, const SmoothPlotStyle *style, cairo_t *cairo, double width, const SmoothPlotBox *frame)
{
  const PlotAxis *axis = &plot->axes[SMOOTH_PLOT_X];
  PlotColours colours = smooth_i_plot_colours (style);
  double ticks[MAX_TICKS], bottom = frame->y + frame->height;
  gint n_decimals;
  gint n = smooth_i_plot_ticks (axis, count_x_ticks (style, frame->width), ticks, &n_decimals);

  for (gint t = 0; t < n; t++)
    {
      double x = smooth_plot_get_place (plot, SMOOTH_PLOT_X, frame, ticks[t]);
      g_autofree char *text = smooth_i_plot_dup_number (axis, ticks[t], n_decimals, style->local_numbers);
      g_autoptr (PangoLayout) layout = smooth_i_figure_text (cairo, text, style->font, FIGURE_TEXT_NORMAL, -1.0, 1);
      double half = smooth_i_figure_text_width (layout) / 2.0;
      cairo_move_to (cairo, x, bottom);
      cairo_line_to (cairo, x, bottom + 0.3 * style->font);
      set_line (cairo, colours.faint, 0.08 * style->font);
      cairo_stroke (cairo);
      smooth_i_figure_show_text (cairo, layout, CLAMP (x - half, 0.0, MAX (width - 2.0 * half, 0.0)), bottom + 0.4 * style->font,
                                 colours.ink);
    }
}

static void
draw_y_label (const SmoothPlotStyle *style, cairo_t *cairo, const SmoothPlotBox *frame, const char *text, double y, double font,
              double max_width)
{
  g_autoptr (PangoLayout) layout = smooth_i_figure_text (cairo, text, font, FIGURE_TEXT_NORMAL, max_width, 1);
  double width = MIN (smooth_i_figure_text_width (layout), max_width);

  smooth_i_figure_show_text (cairo, layout, frame->x - 0.5 * style->font - width, y - smooth_i_figure_text_height (layout) / 2.0,
                             smooth_i_plot_colours (style).ink);
}

/* Names of rows get smaller where they are tight, and every second or further one is left out where they are tighter. */
static void
draw_rows (const SmoothPlot *plot, const SmoothPlotStyle *style, cairo_t *cairo, double width, const SmoothPlotBox *frame)
{
  const PlotAxis *axis = &plot->axes[SMOOTH_PLOT_Y];
  double room = frame->height / axis->high, font = CLAMP (room / 1.25, 0.75 * style->font, style->font);
  gint64 step = MAX ((gint64) ceil (1.15 * font / room), 1);

  for (gint64 i = 0; i < axis->n_rows; i += step)
    draw_y_label (style, cairo, frame, axis->rows[i], frame->y + ((double) i + 0.5) * room, font, ROW_SHARE * width + 1.0);
}

static void
draw_y_ticks (const SmoothPlot *plot, const SmoothPlotStyle *style, cairo_t *cairo, double width, const SmoothPlotBox *frame)
{
  const PlotAxis *axis = &plot->axes[SMOOTH_PLOT_Y];
  PlotColours colours = smooth_i_plot_colours (style);
  double ticks[MAX_TICKS];
  gint n_decimals;
  gint n = smooth_i_plot_ticks (axis, count_y_ticks (style, frame->height), ticks, &n_decimals);

  for (gint t = 0; t < n; t++)
    {
      double y = smooth_plot_get_place (plot, SMOOTH_PLOT_Y, frame, ticks[t]);
      g_autofree char *text = smooth_i_plot_dup_number (axis, ticks[t], n_decimals, style->local_numbers);
      cairo_move_to (cairo, frame->x, y);
      cairo_line_to (cairo, frame->x + frame->width, y);
      set_line (cairo, colours.grid, 0.06 * style->font);
      cairo_stroke (cairo);
      draw_y_label (style, cairo, frame, text, y, style->font, width);
    }
}

static void
draw_names (const SmoothPlot *plot, const SmoothPlotStyle *style, cairo_t *cairo, double width, double height, const SmoothPlotBox *frame)
{
  PlotColours colours = smooth_i_plot_colours (style);
  double font = style->font;

  if (plot->title != NULL)
    {
      g_autoptr (PangoLayout) title = smooth_i_figure_text (cairo, plot->title, 1.1 * font, FIGURE_TEXT_BOLD, width - font, 1);
      smooth_i_figure_show_text (cairo, title, 0.5 * font, 0.4 * font, colours.ink);
    }
  if (plot->axes[SMOOTH_PLOT_X].name != NULL)
    {
      g_autoptr (PangoLayout) name
        = smooth_i_figure_text (cairo, plot->axes[SMOOTH_PLOT_X].name, font, FIGURE_TEXT_NORMAL, width - frame->x, 1);
      double room = MIN (smooth_i_figure_text_width (name), width - frame->x);
      smooth_i_figure_show_text (cairo, name, frame->x + MAX ((frame->width - room) / 2.0, 0.0), height - line_height (font) - 0.2 * font,
                                 colours.faint);
    }
  if (plot->axes[SMOOTH_PLOT_Y].name != NULL)
    {
      g_autoptr (PangoLayout) name
        = smooth_i_figure_text (cairo, plot->axes[SMOOTH_PLOT_Y].name, font, FIGURE_TEXT_NORMAL, MAX (frame->height, 4.0 * font), 1);
      double length = MIN (smooth_i_figure_text_width (name), MAX (frame->height, 4.0 * font));
      cairo_save (cairo);
      cairo_translate (cairo, 0.3 * font, frame->y + (frame->height + length) / 2.0);
      cairo_rotate (cairo, -G_PI_2);
      smooth_i_figure_show_text (cairo, name, 0.0, 0.0, colours.faint);
      cairo_restore (cairo);
    }
}

/* Returns the width that it took. */
static double
draw_key (const SmoothPlotStyle *style, cairo_t *cairo, const PlotKey *key, double x, double y, double max_width)
{
  PlotColours colours = smooth_i_plot_colours (style);
  double font = style->font;
  g_autoptr (PangoLayout) layout = smooth_i_figure_text (cairo, key->name, font, FIGURE_TEXT_NORMAL, MAX (max_width - 1.2 * font, 1.0), 1);

  cairo_rectangle (cairo, x, y + 0.32 * font, 0.7 * font, 0.7 * font);
  smooth_i_figure_set_colour (cairo, key->is_ink ? colours.ink : key->colour, 1.0);
  cairo_fill (cairo);
  smooth_i_figure_show_text (cairo, layout, x + 1.1 * font, y, colours.ink);
  return MIN (smooth_i_figure_text_width (layout), max_width) + 2.2 * font;
}

static void
draw_keys (const SmoothPlot *plot, const SmoothPlotStyle *style, cairo_t *cairo, double width, double height, const SmoothPlotBox *frame)
{
  double font = style->font, line = line_height (font);
  double beside = frame->x + frame->width + KEY_GAP * font, x = frame->x, y = frame->y - 1.3 * line;
  KeyTable table = arrange_keys (plot, style, cairo, width, height - frame->y);

  for (guint i = 0; i < plot->keys->len; i++)
    {
      const PlotKey *key = &g_array_index (plot->keys, PlotKey, i);
      double left = beside + i / table.n_rows * table.column;
      if (has_keys_above (plot))
        x += draw_key (style, cairo, key, x, y, MAX (width - x - font, 2.0 * font));
      else
        draw_key (style, cairo, key, left, frame->y + i % table.n_rows * line, MIN (table.column, width - left));
    }
}

/* All but the marks. */
void
smooth_i_plot_draw_axes (const SmoothPlot *plot, const SmoothPlotStyle *style, cairo_t *cairo, double width, double height,
                         const SmoothPlotBox *frame)
{
  PlotColours colours = smooth_i_plot_colours (style);

  if (plot->axes[SMOOTH_PLOT_Y].rows != NULL)
    draw_rows (plot, style, cairo, width, frame);
  else
    draw_y_ticks (plot, style, cairo, width, frame);
  draw_x_ticks (plot, style, cairo, width, frame);
  cairo_move_to (cairo, frame->x, frame->y);
  cairo_line_to (cairo, frame->x, frame->y + frame->height);
  cairo_line_to (cairo, frame->x + frame->width, frame->y + frame->height);
  set_line (cairo, colours.faint, 0.09 * style->font);
  cairo_stroke (cairo);
  draw_names (plot, style, cairo, width, height, frame);
  draw_keys (plot, style, cairo, width, height, frame);
}
