/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The window comes back in the size in which it was left. */
#include "window-private.h"

#include "settings.h"

#define LEAST_WIDTH 800
#define LEAST_HEIGHT 500
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

void
scope_window_restore_size (ScopeWindow *window)
{
  int width = MAX (scope_settings_get_int ("window-width"), LEAST_WIDTH);
  int height = MAX (scope_settings_get_int ("window-height"), LEAST_HEIGHT);
  int left = scope_settings_get_int ("left-width");

  gtk_window_set_default_size (GTK_WINDOW (window), width, height);
  if (scope_settings_get_boolean ("window-maximized"))
    gtk_window_maximize (GTK_WINDOW (window));
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
}
