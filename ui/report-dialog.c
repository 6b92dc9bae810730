/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Warnings first, then notes, then the counts. */
#include "report-dialog.h"

#include <glib/gi18n.h>

struct _ScopeReportDialog
{
  GtkWindow parent_instance;
  GtkWidget *lines;
  GString *text; /* all of it, for the clipboard */
};

G_DEFINE_FINAL_TYPE (ScopeReportDialog, scope_report_dialog, GTK_TYPE_WINDOW)

guint
scope_report_count_warnings (const SmoothReport *report)
{
  guint n = 0;

  for (guint i = 0; i < smooth_report_get_n_lines (report); i++)
    {
      SmoothReportLevel level;
      smooth_report_get_line (report, i, &level);
      n += level == SMOOTH_REPORT_WARNING;
    }
  return n;
}

static GtkWidget *
text_label_new (const char *text)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (label), 0.0f);
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  gtk_widget_set_can_focus (label, FALSE);
  gtk_widget_set_hexpand (label, TRUE);
  return label;
}

static void
add_lines (ScopeReportDialog *dialog, const SmoothReport *report, SmoothReportLevel wanted, const char *icon)
{
  for (guint i = 0; i < smooth_report_get_n_lines (report); i++)
    {
      SmoothReportLevel level;
      const char *text = smooth_report_get_line (report, i, &level);
      if (level != wanted)
        continue;
      GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8), *image = gtk_image_new_from_icon_name (icon);
      gtk_widget_set_valign (image, GTK_ALIGN_START);
      gtk_widget_add_css_class (image, wanted == SMOOTH_REPORT_WARNING ? "warning" : "dim-label");
      gtk_box_append (GTK_BOX (box), image);
      gtk_box_append (GTK_BOX (box), text_label_new (text));
      gtk_box_append (GTK_BOX (dialog->lines), box);
      g_string_append_printf (dialog->text, "%s%s\n", wanted == SMOOTH_REPORT_WARNING ? _("Warning: ") : "", text);
    }
}

static void
add_counts (ScopeReportDialog *dialog, const SmoothReport *report)
{
  GtkWidget *grid = gtk_grid_new ();

  gtk_grid_set_column_spacing (GTK_GRID (grid), 24);
  gtk_grid_set_row_spacing (GTK_GRID (grid), 2);
  gtk_widget_add_css_class (grid, "counts");
  for (guint i = 0; i < smooth_report_get_n_counts (report); i++)
    {
      const char *name = smooth_report_get_count_name (report, i);
      g_autofree char *words = smooth_report_dup_count_label (report, i);
      g_autofree char *number = g_strdup_printf ("%'" G_GINT64_FORMAT, smooth_report_get_count (report, name));
      GtkWidget *label = gtk_label_new (words), *value = gtk_label_new (number);
      gtk_label_set_xalign (GTK_LABEL (label), 0.0f);
      gtk_label_set_xalign (GTK_LABEL (value), 1.0f);
      gtk_widget_add_css_class (label, "dim-label");
      gtk_widget_add_css_class (value, "numeric");
      gtk_grid_attach (GTK_GRID (grid), label, 0, (int) i, 1, 1);
      gtk_grid_attach (GTK_GRID (grid), value, 1, (int) i, 1, 1);
      g_string_append_printf (dialog->text, "%s: %s\n", words, number);
    }
  gtk_box_append (GTK_BOX (dialog->lines), grid);
}

static void
on_copy (ScopeReportDialog *dialog)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (dialog)), dialog->text->str);
}

GtkWidget *
scope_report_dialog_new (GtkWindow *parent, const SmoothReport *report)
{
  ScopeReportDialog *dialog = g_object_new (SCOPE_TYPE_REPORT_DIALOG, "transient-for", parent, NULL);

  add_lines (dialog, report, SMOOTH_REPORT_WARNING, "dialog-warning-symbolic");
  add_lines (dialog, report, SMOOTH_REPORT_NOTE, "object-select-symbolic");
  add_counts (dialog, report);
  return GTK_WIDGET (dialog);
}

static void
on_action (GtkWidget *button, GAction *action)
{
  g_action_activate (action, NULL);
  gtk_window_close (GTK_WINDOW (gtk_widget_get_root (button)));
}

/* A button above the lines: something that can be done about them. */
void
scope_report_dialog_add_action (ScopeReportDialog *dialog, const char *label, GAction *action)
{
  GtkWidget *button = gtk_button_new_with_label (label);

  gtk_widget_set_halign (button, GTK_ALIGN_START);
  g_signal_connect_object (button, "clicked", G_CALLBACK (on_action), action, 0);
  gtk_box_prepend (GTK_BOX (dialog->lines), button);
}

static void
scope_report_dialog_finalize (GObject *object)
{
  g_string_free (SCOPE_REPORT_DIALOG (object)->text, TRUE);
  G_OBJECT_CLASS (scope_report_dialog_parent_class)->finalize (object);
}

static void
scope_report_dialog_class_init (ScopeReportDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = scope_report_dialog_finalize;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/smoothscope/Smoothscope/report-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, ScopeReportDialog, lines);
  gtk_widget_class_bind_template_callback (widget_class, on_copy);
}

static void
scope_report_dialog_init (ScopeReportDialog *dialog)
{
  dialog->text = g_string_new (NULL);
  gtk_widget_init_template (GTK_WIDGET (dialog));
}
