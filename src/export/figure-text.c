/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text of figures by Pango: any script, cut with an ellipsis where there is no room.
 *
 * Cairo writes text into SVG as outlines of letters, which nobody can edit, search or have read aloud. There text is not
 * drawn but collected as SVG elements, which the page puts over everything else. PDF has text of its own, with fonts embedded.
 */
#include "export/figure-private.h"

#include <string.h>

/* What papers ask for, and what has the same widths; then whatever there is. */
#define FAMILIES "Arial,Helvetica,Liberation Sans,Nimbus Sans,Sans"

static const cairo_user_data_key_t texts_key;

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

  pango_font_description_set_family (font, FAMILIES);
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

/**
 * smooth_i_figure_collect_text:
 * @texts: gets an SVG element for each line of text that is shown on @surface from now on; must outlive it
 */
void
smooth_i_figure_collect_text (cairo_surface_t *surface, GString *texts)
{
  cairo_surface_set_user_data (surface, &texts_key, texts, NULL);
}

/* What a line shows: its text, or the pieces of it that an ellipsis left. */
static char *
dup_shown (PangoLayout *layout, const PangoLayoutLine *line)
{
  const char *text = pango_layout_get_text (layout);
  g_autoptr (GString) shown = g_string_new (NULL);
  gboolean is_cut = FALSE;

  for (GSList *l = line->runs; l != NULL; l = l->next)
    {
      const PangoItem *item = ((PangoGlyphItem *) l->data)->item;
      gboolean is_ellipsis = (item->analysis.flags & PANGO_ANALYSIS_FLAG_IS_ELLIPSIS) != 0;
      is_cut |= is_ellipsis;
      if (is_ellipsis)
        g_string_append (shown, "\342\200\246");
      else
        g_string_append_len (shown, text + item->offset, item->length);
    }
  if (!is_cut) /* in the order of reading, whichever way that goes */
    g_string_append_len (g_string_truncate (shown, 0), text + line->start_index, line->length);
  g_strchomp (shown->str);
  return g_string_free (g_steal_pointer (&shown), FALSE);
}

static void
append_number (GString *texts, const char *before, double value)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (number, sizeof number, "%.3f", value);
  g_string_append_printf (texts, "%s%s", before, number);
}

/* One line of a layout as <text>; @stroke: the width of a rim in the same colour, 0 for none. */
static void
append_line (GString *texts, cairo_t *cairo, PangoLayout *layout, PangoLayoutIter *iter, double x, double y, guint32 colour, double stroke)
{
  const PangoLayoutLine *line = pango_layout_iter_get_line_readonly (iter);
  const PangoFontDescription *font = pango_layout_get_font_description (layout);
  g_autofree char *shown = dup_shown (layout, line);
  g_autofree char *escaped = g_markup_escape_text (shown, -1);
  cairo_matrix_t matrix;
  PangoRectangle place;

  if (*shown == '\0')
    return;
  PangoFont *found = line->runs != NULL ? ((PangoGlyphItem *) line->runs->data)->item->analysis.font : NULL;
  PangoFontDescription *described = found != NULL ? pango_font_describe (found) : NULL;
  g_autofree char *family = g_markup_escape_text (described != NULL ? pango_font_description_get_family (described) : "Arial", -1);
  g_clear_pointer (&described, pango_font_description_free);

  pango_layout_iter_get_line_extents (iter, NULL, &place);
  x += (double) place.x / PANGO_SCALE;
  y += (double) pango_layout_iter_get_baseline (iter) / PANGO_SCALE;
  cairo_get_matrix (cairo, &matrix);
  g_string_append (texts, "<text xml:space=\"preserve\"");
  if (matrix.xy == 0.0 && matrix.yx == 0.0 && matrix.xx == matrix.yy)
    {
      cairo_user_to_device (cairo, &x, &y);
      append_number (texts, " x=\"", x);
      append_number (texts, "\" y=\"", y);
    }
  else
    {
      cairo_user_to_device (cairo, &x, &y);
      append_number (texts, " transform=\"matrix(", matrix.xx);
      append_number (texts, " ", matrix.yx);
      append_number (texts, " ", matrix.xy);
      append_number (texts, " ", matrix.yy);
      append_number (texts, " ", x);
      append_number (texts, " ", y);
      g_string_append (texts, ")");
      matrix.xx = 1.0;
    }
  g_string_append_printf (texts, "\" font-family=\"&apos;%s&apos;, Arial, Helvetica, sans-serif\"", family);
  append_number (texts, " font-size=\"", pango_font_description_get_size (font) * matrix.xx / PANGO_SCALE);
  if (pango_font_description_get_weight (font) >= PANGO_WEIGHT_BOLD)
    g_string_append (texts, "\" font-weight=\"bold");
  g_string_append_printf (texts, "\" fill=\"#%06x\"", colour);
  if (stroke > 0.0)
    {
      g_string_append_printf (texts, " stroke=\"#%06x\" stroke-linejoin=\"round\" opacity=\"0.85\" aria-hidden=\"true\"", colour);
      append_number (texts, " stroke-width=\"", stroke * matrix.xx);
      g_string_append (texts, "\"");
    }
  g_string_append_printf (texts, ">%s</text>\n", escaped);
}

/* Returns: whether the text of @cairo is collected, as it now was */
static gboolean
collect (cairo_t *cairo, PangoLayout *layout, double x, double y, guint32 colour, double stroke)
{
  GString *texts = cairo_surface_get_user_data (cairo_get_target (cairo), &texts_key);

  if (texts == NULL)
    return FALSE;
  PangoLayoutIter *iter = pango_layout_get_iter (layout);
  do
    append_line (texts, cairo, layout, iter, x, y, colour, stroke);
  while (pango_layout_iter_next_line (iter));
  pango_layout_iter_free (iter);
  return TRUE;
}

/* (x, y): the upper left corner. */
void
smooth_i_figure_show_text (cairo_t *cairo, PangoLayout *layout, double x, double y, guint32 colour)
{
  if (collect (cairo, layout, x, y, colour, 0.0))
    return;
  cairo_move_to (cairo, x, y);
  smooth_i_figure_set_colour (cairo, colour, 1.0);
  pango_cairo_show_layout (cairo, layout);
}

/* The same with a rim of @halo, to be read over any ground. The letters lie over the rim as text. */
void
smooth_i_figure_show_outlined_text (cairo_t *cairo, PangoLayout *layout, double x, double y, guint32 colour, guint32 halo)
{
  double rim = 0.22 * smooth_i_figure_text_height (layout);

  if (collect (cairo, layout, x, y, halo, rim) && collect (cairo, layout, x, y, colour, 0.0))
    return;
  cairo_save (cairo);
  cairo_new_path (cairo);
  cairo_move_to (cairo, x, y);
  pango_cairo_layout_path (cairo, layout);
  smooth_i_figure_set_colour (cairo, halo, 0.85);
  cairo_set_line_width (cairo, rim);
  cairo_set_line_join (cairo, CAIRO_LINE_JOIN_ROUND);
  cairo_stroke (cairo);
  cairo_restore (cairo);
  smooth_i_figure_show_text (cairo, layout, x, y, colour);
}
