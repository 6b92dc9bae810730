/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The row tells what was chosen; reading the file is left to who listens. */
#include "file-row.h"

#include "access.h"
#include "dialogs.h"
#include "tip.h"

#include <glib/gi18n.h>

struct _ScopeFileRow
{
  GtkBox parent_instance;
  const SmoothInputFileInfo *info;
  GtkWidget *choose, *name, *clear, *estimate; /* estimate: (nullable) */
  gboolean is_updating;
};

G_DEFINE_FINAL_TYPE (ScopeFileRow, scope_file_row, GTK_TYPE_BOX)

static guint chosen_signal;

static void
on_path (const char *path, gpointer data)
{
  ScopeFileRow *row = data;

  if (path != NULL && gtk_widget_get_root (GTK_WIDGET (row)) != NULL)
    g_signal_emit (row, chosen_signal, 0, path);
  g_object_unref (row);
}

static void
on_choose (ScopeFileRow *row)
{
  scope_dialog_open (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (row))), g_dgettext (GETTEXT_PACKAGE, row->info->label), SCOPE_DIALOG_TABLE,
                     on_path, g_object_ref (row));
}

static void
on_clear (ScopeFileRow *row)
{
  g_signal_emit (row, chosen_signal, 0, NULL);
}

static void
on_estimate (ScopeFileRow *row)
{
  gboolean is_on = gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (row->estimate));

  if (!row->is_updating)
    g_signal_emit (row, chosen_signal, 0, is_on ? SMOOTH_ESTIMATE : NULL);
}

/* @path: (nullable): the file; SMOOTH_ESTIMATE for none */
void
scope_file_row_set_path (ScopeFileRow *row, const char *path)
{
  gboolean is_estimated = path != NULL && row->info->can_estimate && g_str_equal (path, SMOOTH_ESTIMATE);
  g_autofree char *name = path != NULL && !is_estimated ? g_path_get_basename (path) : g_strdup (_("Choose…"));

  row->is_updating = TRUE;
  gtk_label_set_text (GTK_LABEL (row->name), name);
  gtk_widget_set_tooltip_text (row->choose, path != NULL && !is_estimated ? path : NULL);
  gtk_widget_set_visible (row->clear, path != NULL && !is_estimated);
  if (row->estimate != NULL)
    gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (row->estimate), is_estimated);
  row->is_updating = FALSE;
}

static void
scope_file_row_class_init (ScopeFileRowClass *klass)
{
  /* chosen (nullable string): a path, SMOOTH_ESTIMATE, or NULL for no table */
  chosen_signal = g_signal_new ("chosen", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
scope_file_row_init (ScopeFileRow *row)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (row), GTK_ORIENTATION_VERTICAL);
  gtk_box_set_spacing (GTK_BOX (row), 2);
}

static void
add_buttons (ScopeFileRow *row, const char *label, const char *help)
{
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  g_autofree char *choose_name = g_strdup_printf (_("Table of %s"), label), *clear_name = g_strdup_printf (_("No table of %s"), label);

  row->name = gtk_label_new (NULL);
  gtk_label_set_ellipsize (GTK_LABEL (row->name), PANGO_ELLIPSIZE_MIDDLE);
  row->choose = gtk_button_new ();
  gtk_button_set_child (GTK_BUTTON (row->choose), row->name);
  gtk_widget_set_hexpand (row->choose, TRUE);
  scope_access_name (row->choose, choose_name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row->choose), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, help, -1);
  g_signal_connect_swapped (row->choose, "clicked", G_CALLBACK (on_choose), row);
  gtk_box_append (GTK_BOX (line), row->choose);
  if (row->info->can_estimate)
    {
      row->estimate = gtk_toggle_button_new_with_label (_("Estimate"));
      scope_tip_set (row->estimate, _("Takes how much each type varies over the spots, in place of a table"));
      g_signal_connect_swapped (row->estimate, "toggled", G_CALLBACK (on_estimate), row);
      gtk_box_append (GTK_BOX (line), row->estimate);
    }
  row->clear = gtk_button_new_from_icon_name ("edit-clear-symbolic");
  gtk_widget_set_tooltip_text (row->clear, _("Go on without this table"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (row->clear), GTK_ACCESSIBLE_PROPERTY_LABEL, clear_name, -1);
  g_signal_connect_swapped (row->clear, "clicked", G_CALLBACK (on_clear), row);
  gtk_box_append (GTK_BOX (line), row->clear);
  gtk_box_append (GTK_BOX (row), line);
}

/* @info: of smooth_input_files */
GtkWidget *
scope_file_row_new (const SmoothInputFileInfo *info)
{
  ScopeFileRow *row = g_object_new (SCOPE_TYPE_FILE_ROW, NULL);
  const char *label = g_dgettext (GETTEXT_PACKAGE, info->label), *help = g_dgettext (GETTEXT_PACKAGE, info->help);
  GtkWidget *title = gtk_label_new (label);

  row->info = info;
  gtk_label_set_xalign (GTK_LABEL (title), 0);
  scope_tip_set (title, help);
  gtk_box_append (GTK_BOX (row), title);
  add_buttons (row, label, help);
  scope_file_row_set_path (row, NULL);
  return GTK_WIDGET (row);
}
