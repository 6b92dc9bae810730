/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Changes are gathered while a panel is hidden and refreshed at once when it is shown, so that hidden plots cost nothing. */
#include "plot-panel.h"

typedef struct
{
  ScopeDocument *document;
  ScopeCanvas *canvas;
  GtkWidget *options;
  guint waiting; /* changes since the last refresh */
} ScopePlotPanelPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (ScopePlotPanel, scope_plot_panel, GTK_TYPE_BOX)

static ScopePlotPanelPrivate *
get (ScopePlotPanel *panel)
{
  return scope_plot_panel_get_instance_private (panel);
}

/* Tells the panel that something has changed. */
void
scope_plot_panel_refresh (ScopePlotPanel *panel, guint changes)
{
  ScopePlotPanelPrivate *private = get (panel);

  private->waiting |= changes;
  if (private->document == NULL || private->waiting == 0 || !gtk_widget_get_mapped (GTK_WIDGET (panel)))
    return;
  changes = private->waiting;
  private->waiting = 0;
  SCOPE_PLOT_PANEL_GET_CLASS (panel)->refresh (panel, changes);
}

static void
on_changed (ScopePlotPanel *panel, guint changes)
{
  scope_plot_panel_refresh (panel, changes);
}

static void
on_coloured (ScopePlotPanel *panel)
{
  scope_plot_panel_refresh (panel, SCOPE_PLOT_CHANGED_COLOURS);
}

void
scope_plot_panel_set_document (ScopePlotPanel *panel, ScopeDocument *document, ScopeCanvas *canvas)
{
  ScopePlotPanelPrivate *private = get (panel);

  g_return_if_fail (private->document == NULL);
  private->document = g_object_ref (document);
  private->canvas = g_object_ref (canvas);
  g_signal_connect_object (document, "changed", G_CALLBACK (on_changed), panel, G_CONNECT_SWAPPED);
  g_signal_connect_object (canvas, "coloured", G_CALLBACK (on_coloured), panel, G_CONNECT_SWAPPED);
  scope_plot_panel_refresh (panel, SCOPE_PLOT_CHANGED_ALL);
}

ScopeDocument *
scope_plot_panel_get_document (ScopePlotPanel *panel)
{
  return get (panel)->document;
}

/* Returns: (nullable) (transfer none): the colours on the canvas, if they belong to the present section */
ScopeColouring *
scope_plot_panel_get_colouring (ScopePlotPanel *panel)
{
  ScopePlotPanelPrivate *private = get (panel);
  ScopeColouring *colouring = private->canvas != NULL ? scope_canvas_get_colouring (private->canvas) : NULL;

  return colouring != NULL && colouring->section == scope_document_get_section (private->document) ? colouring : NULL;
}

/* Adds a control to the line above the plot. */
void
scope_plot_panel_add_option (ScopePlotPanel *panel, GtkWidget *option)
{
  gtk_box_append (GTK_BOX (get (panel)->options), option);
  gtk_widget_set_visible (get (panel)->options, TRUE);
}

void
scope_plot_panel_set_content (ScopePlotPanel *panel, GtkWidget *content)
{
  gtk_box_append (GTK_BOX (panel), content);
}

static void
scope_plot_panel_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (scope_plot_panel_parent_class)->map (widget);
  scope_plot_panel_refresh (SCOPE_PLOT_PANEL (widget), 0);
}

static void
scope_plot_panel_dispose (GObject *object)
{
  ScopePlotPanelPrivate *private = get (SCOPE_PLOT_PANEL (object));

  g_clear_object (&private->document);
  g_clear_object (&private->canvas);
  G_OBJECT_CLASS (scope_plot_panel_parent_class)->dispose (object);
}

static void
scope_plot_panel_class_init (ScopePlotPanelClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = scope_plot_panel_dispose;
  GTK_WIDGET_CLASS (klass)->map = scope_plot_panel_map;
}

static void
scope_plot_panel_init (ScopePlotPanel *panel)
{
  ScopePlotPanelPrivate *private = get (panel);

  gtk_orientable_set_orientation (GTK_ORIENTABLE (panel), GTK_ORIENTATION_VERTICAL);
  gtk_widget_add_css_class (GTK_WIDGET (panel), "plot-panel");
  private->options = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  gtk_widget_add_css_class (private->options, "plot-options");
  gtk_widget_set_visible (private->options, FALSE);
  gtk_box_append (GTK_BOX (panel), private->options);
}
