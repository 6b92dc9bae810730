/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text of figures by Pango: any script, cut with an ellipsis where there is no room. */
#include "export/figure-private.h"

void
smooth_i_figure_set_colour (cairo_t *cairo, guint32 colour, double alpha)
{
  cairo_set_source_rgba (cairo, (colour >> 16 & 0xff) / 255.0, (colour >> 8 & 0xff) / 255.0, (colour & 0xff) / 255.0, alpha);
}

/**
 * smooth_i_figure_text:
 * @text: what is no valid UTF-8 is replaced
 * @size: of the font, in units of the page
 * @max_width: lines are broken, and the last one cut, at this width; negative: no limit
 * @max_lines: 1 or more
 *
 * Returns: (transfer full): the text, laid out
 */
PangoLayout *
smooth_i_figure_text (cairo_t *cairo, const char *text, double size, FigureWeight weight, double max_width, gint max_lines)
{
  PangoLayout *layout = pango_cairo_create_layout (cairo);
  PangoFontDescription *font = pango_font_description_new ();
  cairo_font_options_t *options = cairo_font_options_create ();
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  /* Places of letters that do not depend on the scale of the page. */
  cairo_font_options_set_hint_style (options, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics (options, CAIRO_HINT_METRICS_OFF);
  cairo_font_options_set_antialias (options, CAIRO_ANTIALIAS_GRAY);
  pango_cairo_context_set_font_options (pango_layout_get_context (layout), options);
  cairo_font_options_destroy (options);
  pango_context_set_round_glyph_positions (pango_layout_get_context (layout), FALSE);

  pango_font_description_set_family (font, "Sans");
  pango_font_description_set_weight (font, weight == FIGURE_TEXT_BOLD ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
  pango_font_description_set_absolute_size (font, MAX (size, 1.0) * PANGO_SCALE);
  pango_layout_set_font_description (layout, font);
  pango_font_description_free (font);

  pango_layout_set_text (layout, valid, -1);
  pango_layout_set_single_paragraph_mode (layout, TRUE);
  if (max_width >= 0.0)
    {
      pango_layout_set_width (layout, (gint) (MIN (max_width, 1e6) * PANGO_SCALE));
      pango_layout_set_height (layout, -max_lines);
      pango_layout_set_wrap (layout, PANGO_WRAP_WORD_CHAR);
      pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
    }
  return layout;
}

double
smooth_i_figure_text_width (PangoLayout *layout)
{
  PangoRectangle rectangle;
  pango_layout_get_extents (layout, NULL, &rectangle);
  return (double) rectangle.width / PANGO_SCALE;
}

double
smooth_i_figure_text_height (PangoLayout *layout)
{
  PangoRectangle rectangle;
  pango_layout_get_extents (layout, NULL, &rectangle);
  return (double) rectangle.height / PANGO_SCALE;
}

/* (x, y): the upper left corner. */
void
smooth_i_figure_show_text (cairo_t *cairo, PangoLayout *layout, double x, double y, guint32 colour)
{
  cairo_move_to (cairo, x, y);
  smooth_i_figure_set_colour (cairo, colour, 1.0);
  pango_cairo_show_layout (cairo, layout);
}

/* The same with a rim of @halo, to be read over any ground. */
void
smooth_i_figure_show_outlined_text (cairo_t *cairo, PangoLayout *layout, double x, double y, guint32 colour, guint32 halo)
{
  cairo_save (cairo);
  cairo_new_path (cairo);
  cairo_move_to (cairo, x, y);
  pango_cairo_layout_path (cairo, layout);
  smooth_i_figure_set_colour (cairo, halo, 0.85);
  cairo_set_line_width (cairo, 0.22 * smooth_i_figure_text_height (layout));
  cairo_set_line_join (cairo, CAIRO_LINE_JOIN_ROUND);
  cairo_stroke_preserve (cairo);
  smooth_i_figure_set_colour (cairo, colour, 1.0);
  cairo_fill (cairo);
  cairo_restore (cairo);
}
