/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The colours that colour-blind people tell apart come first; GTK's own chooser has all others. */
#include "palette.h"

#include <glib/gi18n.h>
#include <smooth.h>

#define N_SWATCHES 12
#define SWATCH_SIZE 18

struct _ScopePalette
{
  GtkBox parent_instance;
  GtkWidget *flow;
};

G_DEFINE_FINAL_TYPE (ScopePalette, scope_palette, GTK_TYPE_BOX)

static guint chosen_signal;

static void
draw_swatch (GtkDrawingArea *area, cairo_t *cairo, int width, int height, gpointer data)
{
  guint rgb = GPOINTER_TO_UINT (data);

  cairo_set_source_rgb (cairo, (rgb >> 16 & 255) / 255.0, (rgb >> 8 & 255) / 255.0, (rgb & 255) / 255.0);
  cairo_arc (cairo, width / 2.0, height / 2.0, MIN (width, height) / 2.0 - 1.0, 0.0, 2.0 * G_PI);
  cairo_fill (cairo);
}

/* A round dab of colour. */
GtkWidget *
scope_swatch_new (int size)
{
  GtkWidget *area = gtk_drawing_area_new ();

  gtk_drawing_area_set_content_width (GTK_DRAWING_AREA (area), size);
  gtk_drawing_area_set_content_height (GTK_DRAWING_AREA (area), size);
  return area;
}

/* @colour: 0xRRGGBB; what is above does not count */
void
scope_swatch_set_colour (GtkWidget *swatch, guint32 colour)
{
  gtk_drawing_area_set_draw_func (GTK_DRAWING_AREA (swatch), draw_swatch, GUINT_TO_POINTER (colour & 0xffffff), NULL);
}

static void
choose (ScopePalette *palette, guint rgb)
{
  GtkWidget *popover = gtk_widget_get_ancestor (GTK_WIDGET (palette), GTK_TYPE_POPOVER);

  g_object_ref (palette);
  if (popover != NULL)
    gtk_popover_popdown (GTK_POPOVER (popover));
  g_signal_emit (palette, chosen_signal, 0, rgb);
  g_object_unref (palette);
}

static void
on_swatch (GtkButton *button, ScopePalette *palette)
{
  choose (palette, GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (button), "rgb")));
}

static void
on_response (GtkDialog *dialog, int response, ScopePalette *palette)
{
  GdkRGBA colour;

  gtk_color_chooser_get_rgba (GTK_COLOR_CHOOSER (dialog), &colour);
  gtk_window_destroy (GTK_WINDOW (dialog));
  if (response == GTK_RESPONSE_OK)
    choose (palette, ((guint) (colour.red * 255.0f + 0.5f) << 16) | ((guint) (colour.green * 255.0f + 0.5f) << 8)
                         | (guint) (colour.blue * 255.0f + 0.5f));
}

static void
on_other (ScopePalette *palette)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (palette));
  GtkWidget *popover = gtk_widget_get_ancestor (GTK_WIDGET (palette), GTK_TYPE_POPOVER);
  GtkWidget *dialog = gtk_color_chooser_dialog_new (_("Choose a colour"), GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL);

  gtk_color_chooser_set_use_alpha (GTK_COLOR_CHOOSER (dialog), FALSE);
  gtk_window_set_modal (GTK_WINDOW (dialog), TRUE);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_response), palette, 0);
  g_object_set_data_full (G_OBJECT (dialog), "palette", g_object_ref (palette), g_object_unref);
  if (popover != NULL)
    gtk_popover_popdown (GTK_POPOVER (popover));
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
add_swatch (ScopePalette *palette, gint number)
{
  guint32 rgb = smooth_category_colour (number) & 0xffffff;
  GtkWidget *button = gtk_button_new (), *swatch = scope_swatch_new (SWATCH_SIZE);
  g_autofree char *label = g_strdup_printf (_("Colour %d"), number + 1);

  scope_swatch_set_colour (swatch, rgb);
  gtk_button_set_child (GTK_BUTTON (button), swatch);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_add_css_class (button, "swatch-button");
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  g_object_set_data (G_OBJECT (button), "rgb", GUINT_TO_POINTER (rgb));
  g_signal_connect (button, "clicked", G_CALLBACK (on_swatch), palette);
  gtk_flow_box_insert (GTK_FLOW_BOX (palette->flow), button, -1);
}

static void
scope_palette_class_init (ScopePaletteClass *klass)
{
  /* chosen (guint rgb): 0xRRGGBB */
  chosen_signal =
      g_signal_new ("chosen", SCOPE_TYPE_PALETTE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
scope_palette_init (ScopePalette *palette)
{
  GtkWidget *other = gtk_button_new_with_label (_("Other…"));

  gtk_orientable_set_orientation (GTK_ORIENTABLE (palette), GTK_ORIENTATION_VERTICAL);
  gtk_box_set_spacing (GTK_BOX (palette), 4);
  palette->flow = gtk_flow_box_new ();
  gtk_flow_box_set_min_children_per_line (GTK_FLOW_BOX (palette->flow), 4);
  gtk_flow_box_set_max_children_per_line (GTK_FLOW_BOX (palette->flow), 4);
  gtk_flow_box_set_selection_mode (GTK_FLOW_BOX (palette->flow), GTK_SELECTION_NONE);
  gtk_flow_box_set_homogeneous (GTK_FLOW_BOX (palette->flow), TRUE);
  for (gint i = 0; i < N_SWATCHES; i++)
    add_swatch (palette, i);
  g_signal_connect_swapped (other, "clicked", G_CALLBACK (on_other), palette);
  gtk_box_append (GTK_BOX (palette), palette->flow);
  gtk_box_append (GTK_BOX (palette), other);
}

GtkWidget *
scope_palette_new (void)
{
  return g_object_new (SCOPE_TYPE_PALETTE, NULL);
}
