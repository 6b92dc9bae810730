/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figures and the methods paragraph: what the window hands to their dialogs, and where a saved figure is shown. */
#include "window-private.h"

#include "access.h"
#include "export-dialog.h"
#include "methods-dialog.h"
#include "trace.h"

#include <glib/gi18n.h>
#include <string.h>

static GPtrArray *
dup_layers (ScopeDocument *document)
{
  GPtrArray *layers = g_ptr_array_new_with_free_func ((GDestroyNotify) smooth_layer_unref);

  for (guint i = 0; i < scope_document_get_n_layers (document); i++)
    g_ptr_array_add (layers, smooth_layer_ref (scope_document_get_nth_layer (document, i)));
  return layers;
}

/* What the canvas, or one of two panes beside each other, shows: in full-resolution pixels. */
static void
get_view (ScopeCanvas *canvas, gboolean is_split, double view[4])
{
  ScopePlace place = scope_canvas_get_place (canvas);
  double width = gtk_widget_get_width (GTK_WIDGET (canvas)) / (is_split ? 2.0 : 1.0) / place.view.zoom, height = gtk_widget_get_height (GTK_WIDGET (canvas)) / place.view.zoom;

  view[0] = place.view.x - 0.5 * width;
  view[1] = place.view.y - 0.5 * height;
  view[2] = width;
  view[3] = height;
}

/* The newest file of the program, in the file manager; its folder where that knows no better. */
static void
on_shown (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree char *folder = data;
  g_autoptr (GVariant) answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);

  if (answer == NULL)
    g_app_info_launch_default_for_uri (folder, NULL, NULL);
}

void
scope_window_show_told_file (ScopeWindow *window)
{
  g_autoptr (GFile) file = window->told_path != NULL ? g_file_new_for_path (window->told_path) : NULL;
  g_autoptr (GFile) parent = file != NULL ? g_file_get_parent (file) : NULL;
  GDBusConnection *bus = g_application_get_dbus_connection (G_APPLICATION (gtk_window_get_application (GTK_WINDOW (window))));

  if (parent == NULL)
    return;
  g_autofree char *uri = g_file_get_uri (file);
  char *folder = g_file_get_uri (parent);
  const char *const uris[] = { uri, NULL };
  scope_trace ("folder-shown", NULL);
  if (bus != NULL)
    {
      g_dbus_connection_call (bus, "org.freedesktop.FileManager1", "/org/freedesktop/FileManager1", "org.freedesktop.FileManager1", "ShowItems",
                              g_variant_new ("(^ass)", uris, ""), NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, on_shown, folder);
      return;
    }
  g_app_info_launch_default_for_uri (folder, NULL, NULL);
  g_free (folder);
}

static void
on_exported (const char *path, gpointer data)
{
  ScopeWindow *window = data;
  g_autofree char *text = g_strdup_printf (_("The figure was saved as %s."), path);

  if (window->document == NULL)
    return;
  scope_window_tell_file (window, text, path);
  scope_trace ("figure-saved", NULL);
}

static SmoothRecipe *
on_recipe (gpointer data)
{
  return scope_window_new_recipe (data);
}

void
scope_window_export_figure (ScopeWindow *window)
{
  ScopeColouring *colouring = scope_canvas_get_colouring (window->canvas);
  const ScopeLook *look = scope_document_get_look (window->document);
  double view[4];

  if (colouring == NULL)
    return;
  g_autoptr (GPtrArray) layers = dup_layers (window->document);
  gboolean has_gene = look->by == SCOPE_BY_GENE && look->gene >= 0 && look->gene < colouring->section->n_genes;
  ScopeFigureOrder order = {
    .genes = has_gene ? colouring->section->gene_names[look->gene] : (char *) look->genes,
    .title = colouring->section->name,
    .look = *look,
    .colouring = colouring,
    .regions = look->show_regions ? scope_document_get_regions (window->document) : NULL,
    .layers = layers,
    .analyses = *scope_document_get_analyses (window->document),
    .pin = scope_document_get_state (window->document)->pin,
    .pinned = scope_document_get_pinned_outcome (window->document),
    .pinned_layers = scope_document_get_pinned_layers (window->document),
  };
  get_view (window->canvas, look->colours.compare == SMOOTH_COMPARE_SPLIT && order.pinned != NULL, view);
  order.line = view[0] + look->swipe * view[2];
  scope_access_present (GTK_WINDOW (scope_export_dialog_new (GTK_WINDOW (window), &order, view, on_recipe, on_exported, window)));
}

void
scope_window_show_methods (ScopeWindow *window)
{
  SmoothOutcome *outcome = scope_document_get_outcome (window->document);

  if (outcome != NULL)
    scope_access_present (GTK_WINDOW (scope_methods_dialog_new (GTK_WINDOW (window), outcome)));
}
