/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows are made again when the regions change, and get their numbers of spots from the newest outcome. */
#include "regions-panel.h"

#include "region-row.h"

#include <glib/gi18n.h>

struct _ScopeRegionsPanel
{
  GtkBox parent_instance;
  GtkWidget *hint, *scroller, *rows, *menu_button;
  ScopeDocument *document;
};

G_DEFINE_FINAL_TYPE (ScopeRegionsPanel, scope_regions_panel, GTK_TYPE_BOX)

/* Analysed spots in each category, shown with every region of that name. */
static void
show_counts (ScopeRegionsPanel *panel)
{
  const SmoothOutcome *outcome = scope_document_get_outcome (panel->document);
  SmoothRegions *regions = scope_document_get_regions (panel->document);
  GtkWidget *row = gtk_widget_get_first_child (panel->rows);

  if (outcome == NULL || outcome->inputs.regions != regions || row == NULL)
    return;
  guint n_categories = g_strv_length (outcome->categories);
  g_autofree gint64 *counts = g_new0 (gint64, n_categories + 1);
  for (gint64 s = 0; s < outcome->n_spots; s++)
    if (outcome->labels[s] >= 0)
      counts[outcome->labels[s]]++;
  for (gint64 i = 0; i < smooth_regions_get_n (regions) && row != NULL; i++, row = gtk_widget_get_next_sibling (row))
    for (guint c = 0; c < n_categories; c++)
      if (g_str_equal (outcome->categories[c], smooth_regions_get (regions, i)->name))
        scope_region_row_set_count (SCOPE_REGION_ROW (row), counts[c]);
}

static gboolean
fill (gpointer data)
{
  ScopeRegionsPanel *panel = data;
  if (panel->document == NULL)
    return G_SOURCE_REMOVE;

  gint64 n = smooth_regions_get_n (scope_document_get_regions (panel->document));
  GtkWidget *row = gtk_widget_get_first_child (panel->rows);

  for (gint64 i = 0; i < n; i++, row = row != NULL ? gtk_widget_get_next_sibling (row) : NULL)
    if (row != NULL)
      scope_region_row_show (SCOPE_REGION_ROW (row), panel->document, i);
    else
      gtk_box_append (GTK_BOX (panel->rows), scope_region_row_new (panel->document, i));
  while (row != NULL)
    {
      GtkWidget *next = gtk_widget_get_next_sibling (row);
      gtk_box_remove (GTK_BOX (panel->rows), row);
      row = next;
    }
  gtk_widget_set_visible (panel->hint, n == 0);
  gtk_widget_set_visible (panel->scroller, n > 0);
  show_counts (panel);
  return G_SOURCE_REMOVE;
}

/* Rows go away later: one of them may be what the change comes from. */
static void
on_changed (ScopeRegionsPanel *panel, guint changes)
{
  if (changes & SCOPE_CHANGED_REGIONS)
    g_idle_add_full (G_PRIORITY_DEFAULT, fill, g_object_ref (panel), g_object_unref);
  else if (changes & SCOPE_CHANGED_OUTCOME)
    show_counts (panel);
}

void
scope_regions_panel_set_document (ScopeRegionsPanel *panel, ScopeDocument *document)
{
  g_return_if_fail (panel->document == NULL);
  panel->document = g_object_ref (document);
  g_signal_connect_object (document, "changed", G_CALLBACK (on_changed), panel, G_CONNECT_SWAPPED);
  fill (panel);
}

static void
scope_regions_panel_dispose (GObject *object)
{
  g_clear_object (&SCOPE_REGIONS_PANEL (object)->document);
  G_OBJECT_CLASS (scope_regions_panel_parent_class)->dispose (object);
}

static void
scope_regions_panel_class_init (ScopeRegionsPanelClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = scope_regions_panel_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/smoothscope/Smoothscope/regions-panel.ui");
  gtk_widget_class_bind_template_child (widget_class, ScopeRegionsPanel, hint);
  gtk_widget_class_bind_template_child (widget_class, ScopeRegionsPanel, scroller);
  gtk_widget_class_bind_template_child (widget_class, ScopeRegionsPanel, rows);
  gtk_widget_class_bind_template_child (widget_class, ScopeRegionsPanel, menu_button);
}

static void
scope_regions_panel_init (ScopeRegionsPanel *panel)
{
  gtk_widget_init_template (GTK_WIDGET (panel));
}
