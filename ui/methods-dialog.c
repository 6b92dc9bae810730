/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The text is that of the core, in English: it goes into a paper. */
#include "methods-dialog.h"

#include "help-topic.h"
#include "dialogs.h"

#include <glib/gi18n.h>

struct _ScopeMethodsDialog
{
  GtkWindow parent_instance;
  GtkWidget *text, *message;
  SmoothOutcome *outcome;
};

G_DEFINE_FINAL_TYPE (ScopeMethodsDialog, scope_methods_dialog, GTK_TYPE_WINDOW)

static void
tell (ScopeMethodsDialog *dialog, const char *text)
{
  gtk_label_set_text (GTK_LABEL (dialog->message), text);
  gtk_widget_set_visible (dialog->message, TRUE);
}

static void
on_copy (ScopeMethodsDialog *dialog)
{
  g_autofree char *text = smooth_methods_dup_text (dialog->outcome);

  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (dialog)), text);
  tell (dialog, _("The text is in the clipboard."));
}

static void
on_path (const char *path, gpointer data)
{
  g_autoptr (ScopeMethodsDialog) dialog = data;
  g_autoptr (GError) error = NULL;

  if (path == NULL || dialog->outcome == NULL)
    return;
  g_autofree char *done = g_strdup_printf (_("The text was saved as %s."), path);
  tell (dialog, smooth_methods_save (dialog->outcome, path, &error) ? done : error->message);
}

static void
on_save (ScopeMethodsDialog *dialog)
{
  g_autofree char *name = g_strdup_printf ("%s-methods.txt", dialog->outcome->inputs.section->name);

  scope_dialog_save (GTK_WINDOW (dialog), _("Save methods paragraph"), name, on_path, g_object_ref (dialog));
}

GtkWidget *
scope_methods_dialog_new (GtkWindow *parent, SmoothOutcome *outcome)
{
  ScopeMethodsDialog *dialog = g_object_new (SCOPE_TYPE_METHODS_DIALOG, "transient-for", parent, NULL);
  g_autofree char *text = smooth_methods_dup_text (outcome);

  dialog->outcome = smooth_outcome_ref (outcome);
  gtk_text_buffer_set_text (gtk_text_view_get_buffer (GTK_TEXT_VIEW (dialog->text)), text, -1);
  return GTK_WIDGET (dialog);
}

static void
scope_methods_dialog_dispose (GObject *object)
{
  g_clear_pointer (&SCOPE_METHODS_DIALOG (object)->outcome, smooth_outcome_unref);
  G_OBJECT_CLASS (scope_methods_dialog_parent_class)->dispose (object);
}

static void
scope_methods_dialog_class_init (ScopeMethodsDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = scope_methods_dialog_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/smoothscope/Smoothscope/methods-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, ScopeMethodsDialog, text);
  gtk_widget_class_bind_template_child (widget_class, ScopeMethodsDialog, message);
  gtk_widget_class_bind_template_callback (widget_class, on_copy);
  gtk_widget_class_bind_template_callback (widget_class, on_save);
}

static void
scope_methods_dialog_init (ScopeMethodsDialog *dialog)
{
  gtk_widget_init_template (GTK_WIDGET (dialog));
  scope_help_set_place (GTK_WIDGET (dialog), "methods");
}
