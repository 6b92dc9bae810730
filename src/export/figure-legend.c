/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The legend of a figure: a colour bar with ticks, or the names of categories in as many columns as they need. */
#include "export/figure-private.h"

#include <math.h>

#define BAR_WIDTH 1.15  /* fonts */
#define TICK 0.35       /* fonts */
#define MAX_TICKS 7
#define SWATCH 0.95     /* fonts */
#define LINE 1.5        /* fonts, from row to row */
#define COLUMN_GAP 1.2  /* fonts */
#define LEAST_TEXT 3.5  /* fonts: a narrower name says nothing */

typedef struct
{
  double values[MAX_TICKS];
  gint n, n_decimals;
} Ticks;

static Ticks
find_ticks (const SmoothFigure *figure, double height, double font)
{
  Ticks ticks = { .n = 0 };
  gint room = (gint) CLAMP (height / (2.2 * font), 2.0, MAX_TICKS);

  ticks.n = (figure->is_log ? smooth_i_log_ticks : smooth_i_nice_ticks) (figure->low, figure->high, room, ticks.values,
                                                                         &ticks.n_decimals);
  return ticks;
}

/* '0.25'; very large and very small ones with a power of ten. */
static char *
dup_tick_text (const Ticks *ticks, gint i)
{
  char format[16], text[64];
  double largest = MAX (fabs (ticks->values[0]), fabs (ticks->values[ticks->n - 1]));

  if (largest >= 1e6 || ticks->n_decimals > 5)
    g_snprintf (format, sizeof format, "%%.6g");
  else
    g_snprintf (format, sizeof format, "%%.%df", ticks->n_decimals);
  g_ascii_formatd (text, sizeof text, format, ticks->values[i]);
  if (text[0] != '-')
    return g_strdup (text);
  return g_strconcat ("\342\210\222", text + 1, NULL); /* a minus, not a hyphen */
}

static double
widest_tick (const FigurePage *page, const Ticks *ticks, double font)
{
  double widest = 0.0;

  for (gint i = 0; i < ticks->n; i++)
    {
      g_autofree char *text = dup_tick_text (ticks, i);
      g_autoptr (PangoLayout) layout = smooth_i_figure_text (page->cairo, text, font, FIGURE_TEXT_NORMAL, -1.0, 1);
      widest = MAX (widest, smooth_i_figure_text_width (layout));
    }
  return widest;
}

static FigureLegend
plan_bar (const FigurePage *page, double max_width, double max_height)
{
  FigureLegend legend = { .font = page->font };
  double least = 3.0 * page->font;

  if (max_height < least)
    return legend;
  if (page->figure->value_name != NULL)
    {
      g_autoptr (PangoLayout) name = smooth_i_figure_text (page->cairo, page->figure->value_name, page->font, FIGURE_TEXT_NORMAL,
                                                           MIN (max_width, 8.5 * page->font), 3);
      double needed = smooth_i_figure_text_height (name) + 0.6 * page->font;
      if (needed + least <= max_height)
        {
          legend.name_height = needed;
          legend.width = smooth_i_figure_text_width (name);
        }
    }
  if (page->figure->missing_name != NULL && legend.name_height + least + LINE * page->font <= max_height)
    {
      g_autoptr (PangoLayout) missing
        = smooth_i_figure_text (page->cairo, page->figure->missing_name, page->font, FIGURE_TEXT_NORMAL, -1.0, 1);
      double width = (BAR_WIDTH + 2.0 * TICK) * page->font + smooth_i_figure_text_width (missing);
      if (width <= max_width)
        {
          legend.missing_height = LINE * page->font;
          legend.width = MAX (legend.width, width);
        }
    }
  double around = legend.name_height + legend.missing_height;
  legend.height = around + CLAMP (0.55 * max_height, least, MIN (16.0 * page->font, max_height - around));
  Ticks ticks = find_ticks (page->figure, legend.height - around, page->font);
  double bar = (BAR_WIDTH + 2.0 * TICK) * page->font + widest_tick (page, &ticks, page->font);
  legend.width = MAX (legend.width, bar);
  if (bar > max_width)
    return (FigureLegend) { 0 };
  return legend;
}

/* Of a colour over paper, or over nothing. */
static void
draw_missing (const FigurePage *page, const FigureLegend *legend, double x, double y)
{
  g_autoptr (PangoLayout) text
    = smooth_i_figure_text (page->cairo, page->figure->missing_name, legend->font, FIGURE_TEXT_NORMAL, -1.0, 1);
  double middle = y + 0.5 * legend->missing_height + 0.25 * legend->font, size = SWATCH * legend->font;

  cairo_rectangle (page->cairo, x + 0.5 * (BAR_WIDTH * legend->font - size), middle - 0.5 * size, size, size);
  smooth_i_figure_set_colour (page->cairo, page->figure->missing, (page->figure->missing >> 24) / 255.0);
  cairo_fill (page->cairo);
  smooth_i_figure_show_text (page->cairo, text, x + (BAR_WIDTH + 2.0 * TICK) * legend->font,
                             middle - 0.5 * smooth_i_figure_text_height (text), page->ink);
}

static void
draw_bar (const FigurePage *page, const FigureLegend *legend, double x, double y)
{
  enum { N_STEPS = 128 };
  cairo_t *cairo = page->cairo;
  double font = legend->font, width = BAR_WIDTH * font, top = y + legend->name_height;
  double height = legend->height - legend->name_height - legend->missing_height;
  Ticks ticks = find_ticks (page->figure, height, font);
  SmoothColourScale scale = { page->figure->map, page->figure->low, page->figure->high, page->figure->is_log,
                              page->figure->is_reversed };

  if (legend->name_height > 0.0)
    {
      g_autoptr (PangoLayout) name
        = smooth_i_figure_text (cairo, page->figure->value_name, font, FIGURE_TEXT_NORMAL, legend->width + 1.0, 3);
      smooth_i_figure_show_text (cairo, name, x, y, page->ink);
    }

  cairo_pattern_t *ramp = cairo_pattern_create_linear (0, top + height, 0, top);
  for (gint i = 0; i <= N_STEPS; i++)
    {
      guint32 c = smooth_colour_scale_get_colour (&scale, (double) i / N_STEPS);
      cairo_pattern_add_color_stop_rgb (ramp, (double) i / N_STEPS, (c >> 16 & 0xff) / 255.0, (c >> 8 & 0xff) / 255.0, (c & 0xff) / 255.0);
    }
  cairo_rectangle (cairo, x, top, width, height);
  cairo_set_source (cairo, ramp);
  cairo_fill_preserve (cairo);
  cairo_pattern_destroy (ramp);
  smooth_i_figure_set_colour (cairo, page->faint, 1.0);
  cairo_set_line_width (cairo, 0.07 * font);
  cairo_stroke (cairo);

  for (gint i = 0; i < ticks.n; i++)
    {
      double at = top + height * (1.0 - smooth_colour_scale_get_place (&scale, ticks.values[i]));
      g_autofree char *text = dup_tick_text (&ticks, i);
      g_autoptr (PangoLayout) layout = smooth_i_figure_text (cairo, text, font, FIGURE_TEXT_NORMAL, -1.0, 1);
      double text_height = smooth_i_figure_text_height (layout);
      cairo_move_to (cairo, x + width, at);
      cairo_rel_line_to (cairo, TICK * font, 0);
      smooth_i_figure_set_colour (cairo, page->faint, 1.0);
      cairo_stroke (cairo);
      smooth_i_figure_show_text (cairo, layout, x + width + 2.0 * TICK * font,
                                 CLAMP (at - 0.5 * text_height, y + legend->name_height - 0.5 * text_height, top + height - 0.5 * text_height),
                                 page->ink);
    }
  if (legend->missing_height > 0.0)
    draw_missing (page, legend, x, top + height);
}

/* The categories, and what has none. */
gint64
smooth_i_figure_count_entries (const SmoothFigure *figure)
{
  return figure->n_entries > 0 ? figure->n_entries + (figure->missing_name != NULL) : 0;
}

static const char *
get_entry (const SmoothFigure *figure, gint64 i, guint32 *colour)
{
  *colour = i < figure->n_entries ? 0xff000000 | figure->entries[i].colour : figure->missing;
  return i < figure->n_entries ? figure->entries[i].name : figure->missing_name;
}

static double
widest_entry (const FigurePage *page, double font)
{
  double widest = 0.0;

  for (gint64 i = 0; i < smooth_i_figure_count_entries (page->figure); i++)
    {
      guint32 colour;
      g_autoptr (PangoLayout) layout
        = smooth_i_figure_text (page->cairo, get_entry (page->figure, i, &colour), font, FIGURE_TEXT_NORMAL, -1.0, 1);
      widest = MAX (widest, smooth_i_figure_text_width (layout));
    }
  return widest + 0.1 * font; /* so that rounding cuts nothing */
}

/* Columns and rows at one size of text. Returns: FALSE where there is no room for @n names of the least width */
static gboolean
arrange_entries (gint64 n, double font, double full, double least, double max_width, double max_height, FigureLegend *legend)
{
  gint64 n_rows = (gint64) floor (max_height / (LINE * font));
  double beside = (COLUMN_GAP + SWATCH + 0.5) * font;

  if (n_rows < 1)
    return FALSE;
  gint64 n_columns = (n + n_rows - 1) / n_rows;
  double room = (max_width + COLUMN_GAP * font) / (double) n_columns - beside;
  if (room < MIN (full, least))
    return FALSE;
  *legend = (FigureLegend){ .font = font, .row_height = LINE * font, .n_shown = n, .is_cut = room < full };
  legend->n_rows = (n + n_columns - 1) / n_columns;
  legend->text_width = MIN (room, full);
  legend->column_width = (SWATCH + 0.5) * font + legend->text_width;
  legend->width = (double) n_columns * (legend->column_width + COLUMN_GAP * font) - COLUMN_GAP * font;
  legend->height = (double) legend->n_rows * legend->row_height;
  return TRUE;
}

/* The largest text at which all names fit whole; else small text that cuts the least; where even that is too large the last row
 * tells how many are missing. */
static FigureLegend
plan_entries (const FigurePage *page, double max_width, double max_height)
{
  double least = page->least_font > 0.0 ? MIN (page->least_font / page->font, 1.0) : 0.62;
  const double sizes[] = { 1.0, 0.25 * least + 0.75, 0.5 * least + 0.5, 0.75 * least + 0.25, least };
  const double shares[] = { 40.0, 9.0, 6.0, LEAST_TEXT }; /* fonts: of a name that may be cut there */
  gint64 n = smooth_i_figure_count_entries (page->figure);
  FigureLegend legend = { 0 };

  for (gsize share = 0; share < G_N_ELEMENTS (shares); share++)
    for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
      {
        double font = sizes[share == 0 ? i : G_N_ELEMENTS (sizes) - 1 - i] * page->font; /* cut names are small: more is left of them */
        if (arrange_entries (n, font, widest_entry (page, font), shares[share] * font, max_width, max_height, &legend))
          return legend;
      }

  double font = least * page->font, full = widest_entry (page, font), beside = (COLUMN_GAP + SWATCH + 0.5) * font;
  gint64 n_columns = (gint64) floor ((max_width + COLUMN_GAP * font) / (beside + MIN (full, LEAST_TEXT * font)));
  gint64 n_rows = (gint64) floor (max_height / (LINE * font));
  if (n_columns < 1 || n_rows < 1 || !arrange_entries (n_columns * n_rows, font, full, LEAST_TEXT * font, max_width, max_height, &legend))
    return (FigureLegend){ 0 };
  return legend;
}

static void
draw_entries (const FigurePage *page, const FigureLegend *legend, double x, double y)
{
  cairo_t *cairo = page->cairo;
  double swatch = SWATCH * legend->font;
  gint64 n_missing = smooth_i_figure_count_entries (page->figure) - legend->n_shown;

  for (gint64 i = 0; i < legend->n_shown; i++)
    {
      double left = x + (double) (i / legend->n_rows) * (legend->column_width + COLUMN_GAP * legend->font);
      double middle = y + ((double) (i % legend->n_rows) + 0.5) * legend->row_height;
      gboolean is_rest = n_missing > 0 && i + 1 == legend->n_shown;
      g_autofree char *rest = g_strdup_printf ("+ %d", (gint) n_missing + 1);
      guint32 colour;
      const char *name = get_entry (page->figure, i, &colour);
      g_autoptr (PangoLayout) layout = smooth_i_figure_text (cairo, is_rest ? rest : name, legend->font,
                                                             FIGURE_TEXT_NORMAL, legend->text_width + 0.5, 1);
      if (!is_rest)
        {
          cairo_new_path (cairo);
          cairo_arc (cairo, left + 0.5 * swatch, middle, 0.5 * swatch, 0, 2.0 * G_PI);
          smooth_i_figure_set_colour (cairo, colour, (colour >> 24) / 255.0);
          cairo_fill (cairo);
        }
      smooth_i_figure_show_text (cairo, layout, left + swatch + 0.5 * legend->font,
                                 middle - 0.5 * smooth_i_figure_text_height (layout), page->ink);
    }
}

/**
 * smooth_i_figure_plan_legend:
 * @max_width: there is no more room
 * @max_height: there is no more room
 *
 * Returns: what fits; its width is 0 where nothing does
 */
FigureLegend
smooth_i_figure_plan_legend (const FigurePage *page, double max_width, double max_height)
{
  const SmoothFigure *figure = page->figure;

  if (figure->n_entries > 0)
    return plan_entries (page, max_width, max_height);
  if (figure->high > figure->low)
    return plan_bar (page, max_width, max_height);
  return (FigureLegend) { 0 };
}

void
smooth_i_figure_draw_legend (const FigurePage *page, const FigureLegend *legend, double x, double y)
{
  if (page->figure->n_entries > 0)
    draw_entries (page, legend, x, y);
  else
    draw_bar (page, legend, x, y);
}
