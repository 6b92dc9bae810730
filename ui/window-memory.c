/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The window comes back in the size in which it was left. */
#include "window-private.h"

#include "settings.h"

#define LEAST_WIDTH 800
#define LEAST_HEIGHT 500

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
}

void
scope_window_save_size (ScopeWindow *window)
{
  int width, height;

  gtk_window_get_default_size (GTK_WINDOW (window), &width, &height);
  scope_settings_set_int ("window-width", width);
  scope_settings_set_int ("window-height", height);
  scope_settings_set_boolean ("window-maximized", gtk_window_is_maximized (GTK_WINDOW (window)));
  scope_settings_set_int ("left-width", gtk_paned_get_position (GTK_PANED (window->left_pane)));
}
