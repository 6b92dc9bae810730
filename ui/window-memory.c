/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The window comes back in the size in which it was left; what was open in it, with a picture, is in the list of recent ones. */
#include "window-private.h"

#include "recent.h"
#include "settings.h"

#define LEAST_WIDTH 800
#define LEAST_HEIGHT 500
#define PICTURE_WIDTH 224
#define PICTURE_HEIGHT 168
#define PICTURE_SECONDS 5
#define PLOTS_HEIGHT 230 /* until it is changed */

/* The height that was chosen counts from below: it stays when the window changes. */
static void
place_plots (ScopeWindow *window)
{
  int height = gtk_widget_get_height (window->plot_pane), wanted = scope_settings_get_int ("plots-height");

  if (height > 0)
    gtk_paned_set_position (GTK_PANED (window->plot_pane), height - (wanted > 0 ? wanted : PLOTS_HEIGHT));
}

static void
on_plot_pane_allocated (ScopeWindow *window)
{
  if (gtk_widget_get_height (window->plot_pane) <= 0)
    return;
  g_signal_handlers_disconnect_by_func (window->plot_pane, on_plot_pane_allocated, window);
  place_plots (window);
}

static void
save_plots (ScopeWindow *window)
{
  gboolean are_shown = gtk_widget_get_visible (GTK_WIDGET (window->plot_area));

  scope_settings_set_boolean ("plots", are_shown);
  if (are_shown && gtk_widget_get_height (GTK_WIDGET (window->plot_area)) > 0)
    scope_settings_set_int ("plots-height", gtk_widget_get_height (GTK_WIDGET (window->plot_area)));
}

void
scope_window_show_plots (ScopeWindow *window, gboolean are_shown)
{
  if (!are_shown)
    save_plots (window);
  gtk_widget_set_visible (GTK_WIDGET (window->plot_area), are_shown);
  if (are_shown)
    place_plots (window);
}

/* The right panel keeps its own width, which is known from the left end once the window has one. */
static gboolean
place_right (GtkWidget *pane, GdkFrameClock *clock, gpointer data)
{
  int width = gtk_widget_get_width (pane);

  if (width <= 0)
    return G_SOURCE_CONTINUE;
  gtk_paned_set_position (GTK_PANED (pane), MAX (width - scope_settings_get_int ("right-width"), 0));
  return G_SOURCE_REMOVE;
}

void
scope_window_restore_size (ScopeWindow *window)
{
  int width = MAX (scope_settings_get_int ("window-width"), LEAST_WIDTH);
  int height = MAX (scope_settings_get_int ("window-height"), LEAST_HEIGHT);
  int left = scope_settings_get_int ("left-width");

  gtk_window_set_default_size (GTK_WINDOW (window), width, height);
  if (scope_settings_get_boolean ("window-maximized"))
    gtk_window_maximize (GTK_WINDOW (window));
  if (left > 0 && !scope_settings_get_boolean ("side-panels")) /* 0: there are no settings at all */
    g_action_group_change_action_state (G_ACTION_GROUP (window), "panels", g_variant_new_boolean (FALSE));
  if (scope_settings_get_int ("right-width") > 0)
    gtk_widget_add_tick_callback (window->right_pane, place_right, NULL, NULL);
  if (left > 0)
    gtk_paned_set_position (GTK_PANED (window->left_pane), left);
  g_signal_connect_object (window->plot_pane, "notify::max-position", G_CALLBACK (on_plot_pane_allocated), window, G_CONNECT_SWAPPED);
  if (scope_settings_get_boolean ("plots"))
    g_action_group_change_action_state (G_ACTION_GROUP (window), "plots", g_variant_new_boolean (TRUE));
}

void
scope_window_save_size (ScopeWindow *window)
{
  int width, height;

  gtk_window_get_default_size (GTK_WINDOW (window), &width, &height);
  scope_settings_set_int ("window-width", width);
  scope_settings_set_int ("window-height", height);
  scope_settings_set_boolean ("window-maximized", gtk_window_is_maximized (GTK_WINDOW (window)));
  save_plots (window);
  scope_settings_set_int ("left-width", gtk_paned_get_position (GTK_PANED (window->left_pane)));
  if (gtk_widget_get_mapped (window->right))
    scope_settings_set_int ("right-width",
                            gtk_widget_get_width (window->right_pane) - gtk_paned_get_position (GTK_PANED (window->right_pane)));
}

/* Returns: (transfer full) (nullable): the canvas as it is on the screen, small */
static GdkTexture *
take_picture (ScopeWindow *window)
{
  GtkWidget *canvas = GTK_WIDGET (window->canvas);
  GskRenderer *renderer = gtk_native_get_renderer (GTK_NATIVE (window));
  int width = gtk_widget_get_width (canvas), height = gtk_widget_get_height (canvas);

  if (renderer == NULL || !gtk_widget_get_mapped (canvas) || width <= 0 || height <= 0)
    return NULL;
  double scale = MIN (PICTURE_WIDTH / (double) width, PICTURE_HEIGHT / (double) height);
  g_autoptr (GdkPaintable) paintable = gtk_widget_paintable_new (canvas);
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  gdk_paintable_snapshot (paintable, snapshot, width * scale, height * scale);
  GskRenderNode *node = gtk_snapshot_free_to_node (snapshot);
  if (node == NULL)
    return NULL;
  const graphene_rect_t whole = GRAPHENE_RECT_INIT (0, 0, (float) (width * scale), (float) (height * scale));
  GdkTexture *texture = gsk_renderer_render_texture (renderer, node, &whole);
  gsk_render_node_unref (node);
  return texture;
}

/* What is open now, as it looks now. */
void
scope_window_note_recent (ScopeWindow *window)
{
  const SmoothSection *section = scope_document_get_section (window->document);
  const char *path = window->session_path != NULL ? window->session_path : section != NULL ? section->path : NULL;

  if (path == NULL)
    return;
  g_autoptr (GdkTexture) picture = scope_canvas_get_colouring (window->canvas) != NULL ? take_picture (window) : NULL;
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  g_autofree char *name = window->session_path != NULL ? g_path_get_basename (absolute) : g_strdup (section->name);
  scope_recent_add (absolute, name, picture);
}

static gboolean
on_settled (gpointer data)
{
  ScopeWindow *window = data;

  window->note_timeout = 0;
  scope_window_note_recent (window);
  return G_SOURCE_REMOVE;
}

/* Now, and once more when its picture has had the time to appear. */
void
scope_window_note_opened (ScopeWindow *window)
{
  scope_window_note_recent (window);
  g_clear_handle_id (&window->note_timeout, g_source_remove);
  window->note_timeout = g_timeout_add_seconds (PICTURE_SECONDS, on_settled, window);
}
