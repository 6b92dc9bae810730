/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The window comes back in the size in which it was left. */
#include "window-private.h"

#define GROUP "window"

static char *
dup_path (void)
{
  return g_build_filename (g_get_user_state_dir (), "smoothscope", "window.ini", NULL);
}

static gint
get_number (GKeyFile *file, const char *key, gint least, gint otherwise)
{
  gint number = g_key_file_get_integer (file, GROUP, key, NULL);

  return number >= least && number < 20000 ? number : otherwise;
}

void
scope_window_restore_size (ScopeWindow *window)
{
  g_autofree char *path = dup_path ();
  g_autoptr (GKeyFile) file = g_key_file_new ();

  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL))
    return;
  gtk_window_set_default_size (GTK_WINDOW (window), get_number (file, "width", 800, 1280), get_number (file, "height", 500, 820));
  if (g_key_file_get_boolean (file, GROUP, "maximized", NULL))
    gtk_window_maximize (GTK_WINDOW (window));
  gtk_paned_set_position (GTK_PANED (window->left_pane), get_number (file, "left", 200, 248));
}

/* A size that cannot be kept is no reason to trouble anybody. */
void
scope_window_save_size (ScopeWindow *window)
{
  g_autofree char *path = dup_path ();
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  int width, height;

  gtk_window_get_default_size (GTK_WINDOW (window), &width, &height);
  g_key_file_set_integer (file, GROUP, "width", width);
  g_key_file_set_integer (file, GROUP, "height", height);
  g_key_file_set_boolean (file, GROUP, "maximized", gtk_window_is_maximized (GTK_WINDOW (window)));
  g_key_file_set_integer (file, GROUP, "left", gtk_paned_get_position (GTK_PANED (window->left_pane)));
  if (g_mkdir_with_parents (folder, 0700) == 0)
    g_key_file_save_to_file (file, path, NULL);
}
