/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all overlays are drawn with: colours, cards, text, lines that show on any tissue. */
#include "pen.h"

#include <math.h>

/* 0xRRGGBB */
void
scope_set_colour (cairo_t *cairo, guint32 colour, double alpha)
{
  cairo_set_source_rgba (cairo, (colour >> 16 & 255) / 255.0, (colour >> 8 & 255) / 255.0, (colour & 255) / 255.0, alpha);
}

/* Returns: (transfer full): draws on a node with whole bounds around the rectangle */
cairo_t *
scope_append_cairo (GtkSnapshot *snapshot, double x, double y, double width, double height)
{
  graphene_rect_t bounds;

  graphene_rect_init (&bounds, (float) floor (x), (float) floor (y), (float) ceil (width + 1.0), (float) ceil (height + 1.0));
  return gtk_snapshot_append_cairo (snapshot, &bounds);
}

void
scope_trace_rounded (cairo_t *cairo, double x, double y, double width, double height, double radius)
{
  cairo_new_sub_path (cairo);
  cairo_arc (cairo, x + width - radius, y + radius, radius, -G_PI_2, 0.0);
  cairo_arc (cairo, x + width - radius, y + height - radius, radius, 0.0, G_PI_2);
  cairo_arc (cairo, x + radius, y + height - radius, radius, G_PI_2, G_PI);
  cairo_arc (cairo, x + radius, y + radius, radius, G_PI, 1.5 * G_PI);
  cairo_close_path (cairo);
}

/* The sheet that text lies on, legible over any tissue. */
void
scope_draw_card (cairo_t *cairo, double x, double y, double width, double height, gboolean dark)
{
  scope_trace_rounded (cairo, x + 0.5, y + 0.5, width - 1.0, height - 1.0, 6.0);
  scope_set_colour (cairo, dark ? 0x26272b : 0xffffff, 0.92);
  cairo_fill_preserve (cairo);
  scope_set_colour (cairo, dark ? 0xffffff : 0x000000, 0.14);
  cairo_set_line_width (cairo, 1.0);
  cairo_stroke (cairo);
}

guint32
scope_text_colour (gboolean dark)
{
  return dark ? 0xf2f2f2 : 0x1c1d20;
}

/* Returns: (transfer full): text in the font of @widget, @scale times its size */
PangoLayout *
scope_layout_new (GtkWidget *widget, double scale, const char *text)
{
  PangoLayout *layout = gtk_widget_create_pango_layout (widget, NULL);
  PangoAttrList *attributes = pango_attr_list_new ();

  pango_attr_list_insert (attributes, pango_attr_scale_new (scale));
  pango_layout_set_attributes (layout, attributes);
  pango_attr_list_unref (attributes);
  pango_layout_set_text (layout, text, -1);
  return layout;
}

/* Longer text ends in an ellipsis. */
void
scope_layout_limit (PangoLayout *layout, double width)
{
  pango_layout_set_width (layout, (int) (width * PANGO_SCALE));
  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
}

void
scope_draw_layout (cairo_t *cairo, PangoLayout *layout, double x, double y, guint32 colour, double alpha)
{
  scope_set_colour (cairo, colour, alpha);
  cairo_move_to (cairo, x, y);
  pango_cairo_show_layout (cairo, layout);
}

double
scope_layout_height (PangoLayout *layout)
{
  int height;

  pango_layout_get_pixel_size (layout, NULL, &height);
  return height;
}

double
scope_layout_width (PangoLayout *layout)
{
  int width;

  pango_layout_get_pixel_size (layout, &width, NULL);
  return width;
}

/* A light halo keeps the line visible on dark tissue, and the line itself on light. */
void
scope_stroke_with_halo (cairo_t *cairo, guint32 colour, double width)
{
  cairo_set_line_join (cairo, CAIRO_LINE_JOIN_ROUND);
  cairo_set_line_cap (cairo, CAIRO_LINE_CAP_ROUND);
  scope_set_colour (cairo, 0xffffff, 0.8);
  cairo_set_line_width (cairo, width + 2.5);
  cairo_stroke_preserve (cairo);
  scope_set_colour (cairo, colour, 1.0);
  cairo_set_line_width (cairo, width);
  cairo_stroke (cairo);
}
