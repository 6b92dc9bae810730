/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A row edits the region of its number; after every edit it shows the one that has this number then. */
#include "region-row.h"

#include "palette.h"

#include <glib/gi18n.h>

struct _ScopeRegionRow
{
  GtkBox parent_instance;
  GtkWidget *colour, *swatch, *name, *count, *delete;
  ScopeDocument *document; /* borrowed: rows live within the window */
  gint64 i;
  guint32 rgb;
  char *shown; /* (nullable): the name that is shown where nobody types */
};

G_DEFINE_FINAL_TYPE (ScopeRegionRow, scope_region_row, GTK_TYPE_BOX)

static void
rename_region (ScopeRegionRow *row, const char *name, guint32 rgb, const char *what)
{
  SmoothRegions *regions = scope_document_get_regions (row->document);

  if (row->i >= smooth_regions_get_n (regions))
    return;
  g_autoptr (SmoothRegions) renamed = smooth_regions_new_renamed (regions, row->i, name, rgb);
  scope_document_edit_regions (row->document, renamed, what);
}

static void
on_editing (ScopeRegionRow *row)
{
  GtkEditableLabel *label = GTK_EDITABLE_LABEL (row->name);
  g_autofree char *name = NULL;

  if (row->document == NULL || gtk_editable_label_get_editing (label))
    return;
  name = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (label))));
  if (*name != '\0')
    rename_region (row, name, row->rgb, _("rename region"));
}

static void
on_colour (ScopeRegionRow *row, guint rgb)
{
  g_autofree char *name = g_strdup (gtk_editable_get_text (GTK_EDITABLE (row->name)));

  rename_region (row, name, rgb, _("colour region"));
}

static void
on_delete (ScopeRegionRow *row)
{
  SmoothRegions *regions = scope_document_get_regions (row->document);
  g_autoptr (SmoothRegions) rest = smooth_regions_new_without (regions, row->i);

  scope_document_edit_regions (row->document, rest, _("delete region"));
}

/* Shows the number of analysed spots within. */
void
scope_region_row_set_count (ScopeRegionRow *row, gint64 n_spots)
{
  g_autofree char *text = g_strdup_printf ("%'d", (int) n_spots);
  g_autofree char *tip = g_strdup_printf (ngettext ("%d analysed spot", "%d analysed spots", (gulong) n_spots), (int) n_spots);

  gtk_label_set_text (GTK_LABEL (row->count), text);
  gtk_widget_set_tooltip_text (row->count, tip);
}

/* What is typed into another region's name is dropped: @document is not set meanwhile. */
static void
leave_editing (ScopeRegionRow *row)
{
  row->document = NULL;
  if (gtk_editable_label_get_editing (GTK_EDITABLE_LABEL (row->name)))
    gtk_editable_label_stop_editing (GTK_EDITABLE_LABEL (row->name), FALSE);
  gtk_menu_button_popdown (GTK_MENU_BUTTON (row->colour));
}

/* Shows region @i of @document as it is now. */
void
scope_region_row_show (ScopeRegionRow *row, ScopeDocument *document, gint64 i)
{
  const SmoothRegion *region = smooth_regions_get (scope_document_get_regions (document), i);
  guint32 rgb = region->colour & 0xffffff;

  leave_editing (row);
  gtk_editable_set_text (GTK_EDITABLE (row->name), region->name);
  if (g_strcmp0 (row->shown, region->name) != 0)
    {
      g_autofree char *delete_label = g_strdup_printf (_("Delete %s"), region->name);
      g_autofree char *colour_label = g_strdup_printf (_("Colour of %s"), region->name);
      g_free (row->shown);
      row->shown = g_strdup (region->name);
      gtk_accessible_update_property (GTK_ACCESSIBLE (row->delete), GTK_ACCESSIBLE_PROPERTY_LABEL, delete_label, -1);
      gtk_accessible_update_property (GTK_ACCESSIBLE (row->colour), GTK_ACCESSIBLE_PROPERTY_LABEL, colour_label, -1);
    }
  if (rgb != row->rgb || row->i != i)
    scope_swatch_set_colour (row->swatch, rgb);
  row->i = i;
  row->rgb = rgb;
  row->document = document;
}

/* A row for region @i of @document. */
GtkWidget *
scope_region_row_new (ScopeDocument *document, gint64 i)
{
  ScopeRegionRow *row = g_object_new (SCOPE_TYPE_REGION_ROW, NULL);

  row->i = -1;
  gtk_accessible_update_property (GTK_ACCESSIBLE (row->name), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Name of the region"), -1);
  scope_region_row_show (row, document, i);
  return GTK_WIDGET (row);
}

static void
scope_region_row_finalize (GObject *object)
{
  g_free (SCOPE_REGION_ROW (object)->shown);
  G_OBJECT_CLASS (scope_region_row_parent_class)->finalize (object);
}

static void
scope_region_row_class_init (ScopeRegionRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = scope_region_row_finalize;
  g_type_ensure (SCOPE_TYPE_PALETTE);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/smoothscope/Smoothscope/region-row.ui");
  gtk_widget_class_bind_template_child (widget_class, ScopeRegionRow, colour);
  gtk_widget_class_bind_template_child (widget_class, ScopeRegionRow, swatch);
  gtk_widget_class_bind_template_child (widget_class, ScopeRegionRow, name);
  gtk_widget_class_bind_template_child (widget_class, ScopeRegionRow, count);
  gtk_widget_class_bind_template_child (widget_class, ScopeRegionRow, delete);
  gtk_widget_class_bind_template_callback (widget_class, on_editing);
  gtk_widget_class_bind_template_callback (widget_class, on_colour);
  gtk_widget_class_bind_template_callback (widget_class, on_delete);
}

static void
scope_region_row_init (ScopeRegionRow *row)
{
  gtk_widget_init_template (GTK_WIDGET (row));
}
