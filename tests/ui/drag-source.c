/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small window of files to be dragged from it by the mouse, as out of a file manager.
 *
 * usage: drag-source FILE...   all of them at once; says "dragged" after each drag that was taken, "left" after one that was not
 */
#include <gtk/gtk.h>
#include <stdio.h>

static GdkContentProvider *
on_prepare (G_GNUC_UNUSED GtkDragSource *source, G_GNUC_UNUSED double x, G_GNUC_UNUSED double y, gpointer files)
{
  return gdk_content_provider_new_typed (GDK_TYPE_FILE_LIST, files);
}

static void
on_end (G_GNUC_UNUSED GtkDragSource *source, GdkDrag *drag, G_GNUC_UNUSED gboolean delete_data, G_GNUC_UNUSED gpointer data)
{
  puts (gdk_drag_get_selected_action (drag) != 0 ? "dragged" : "left");
  fflush (stdout);
}

int
main (int argc, char **argv)
{
  gtk_init ();
  GSList *list = NULL;
  for (int i = argc - 1; i > 0; i--)
    list = g_slist_prepend (list, g_file_new_for_commandline_arg (argv[i]));
  GdkFileList *files = gdk_file_list_new_from_list (list);
  GtkWidget *window = gtk_window_new (), *label = gtk_label_new ("Files");
  GtkDragSource *source = gtk_drag_source_new ();
  GMainLoop *loop = g_main_loop_new (NULL, FALSE);

  g_signal_connect (source, "prepare", G_CALLBACK (on_prepare), files);
  g_signal_connect (source, "drag-end", G_CALLBACK (on_end), NULL);
  g_signal_connect_swapped (window, "destroy", G_CALLBACK (g_main_loop_quit), loop);
  gtk_widget_add_controller (label, GTK_EVENT_CONTROLLER (source));
  gtk_window_set_title (GTK_WINDOW (window), "drag-source");
  gtk_window_set_child (GTK_WINDOW (window), label);
  gtk_window_set_default_size (GTK_WINDOW (window), 120, 90);
  gtk_window_present (GTK_WINDOW (window));
  g_main_loop_run (loop);
  g_boxed_free (GDK_TYPE_FILE_LIST, files);
  g_slist_free_full (list, g_object_unref);
  g_main_loop_unref (loop);
  return 0;
}
