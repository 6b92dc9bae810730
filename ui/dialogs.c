/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GTK 4.8 has GtkFileChooserNative and GtkMessageDialog. Each dialog answers exactly once. */
#include "dialogs.h"

#include <glib/gi18n.h>

typedef struct
{
  ScopePathFunc path_func;
  ScopeDecisionFunc decision_func;
  gpointer data;
} Question;

static void
on_chosen (GtkNativeDialog *dialog, int response, Question *question)
{
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
  g_autofree char *path = response == GTK_RESPONSE_ACCEPT && file != NULL ? g_file_get_path (file) : NULL;

  question->path_func (path, question->data);
  g_free (question);
  g_object_unref (dialog);
}

static void
add_filter (GtkFileChooser *chooser, const char *name, const char *const *patterns)
{
  g_autoptr (GtkFileFilter) filter = gtk_file_filter_new ();

  gtk_file_filter_set_name (filter, name);
  for (gsize i = 0; patterns[i] != NULL; i++)
    gtk_file_filter_add_pattern (filter, patterns[i]);
  gtk_file_chooser_add_filter (chooser, filter);
}

static void
ask_for_path (GtkFileChooserNative *dialog, ScopePathFunc func, gpointer data)
{
  Question *question = g_new0 (Question, 1);

  question->path_func = func;
  question->data = data;
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_signal_connect (dialog, "response", G_CALLBACK (on_chosen), question);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

/* Asks for something that exists; a folder to export to may be made in the dialog. */
void
scope_dialog_open (GtkWindow *parent, const char *title, ScopeDialogKind kind, ScopePathFunc func, gpointer data)
{
  static const char *const tables[] = { "*.csv", "*.tsv", "*.txt", "*.csv.gz", "*.tsv.gz", "*.txt.gz", "*.h5ad", "*.parquet", NULL };
  static const char *const outlines[] = { "*.geojson", "*.json", NULL };
  static const char *const everything[] = { "*", NULL };
  gboolean is_folder = kind == SCOPE_DIALOG_SECTION_FOLDER || kind == SCOPE_DIALOG_EXPORT_FOLDER;
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new (
      title, parent, is_folder ? GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER : GTK_FILE_CHOOSER_ACTION_OPEN,
      kind == SCOPE_DIALOG_EXPORT_FOLDER ? _("_Export") : _("_Open"), NULL);

  gtk_file_chooser_set_create_folders (GTK_FILE_CHOOSER (dialog), kind == SCOPE_DIALOG_EXPORT_FOLDER);
  if (kind == SCOPE_DIALOG_TABLE)
    add_filter (GTK_FILE_CHOOSER (dialog), _("Tables (CSV, TSV, Parquet) and cells (h5ad)"), tables);
  if (kind == SCOPE_DIALOG_REGIONS)
    add_filter (GTK_FILE_CHOOSER (dialog), _("Regions (GeoJSON)"), outlines);
  if (!is_folder)
    add_filter (GTK_FILE_CHOOSER (dialog), _("All files"), everything);
  ask_for_path (dialog, func, data);
}

/* Asks for a file to write; the dialog itself asks before an existing one is replaced. */
void
scope_dialog_save (GtkWindow *parent, const char *title, const char *name, ScopePathFunc func, gpointer data)
{
  GtkFileChooserNative *dialog
    = gtk_file_chooser_native_new (title, parent, GTK_FILE_CHOOSER_ACTION_SAVE, _("_Save"), NULL);

  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), name);
  ask_for_path (dialog, func, data);
}

/* The dialog goes first, and lets go of its parent: the decision may be to close that. */
static void
on_decided (GtkDialog *dialog, int response, Question *question)
{
  g_autofree Question *answered = question;

  gtk_window_set_transient_for (GTK_WINDOW (dialog), NULL);
  gtk_window_destroy (GTK_WINDOW (dialog));
  answered->decision_func (response == GTK_RESPONSE_ACCEPT, answered->data);
}

static GtkWidget *
question_new (GtkWindow *parent, const char *text, const char *explanation, ScopeDecisionFunc func, gpointer data)
{
  GtkWidget *dialog = gtk_message_dialog_new (parent, GTK_DIALOG_MODAL | GTK_DIALOG_DESTROY_WITH_PARENT, GTK_MESSAGE_QUESTION,
                                              GTK_BUTTONS_NONE, "%s", text);
  Question *question = g_new0 (Question, 1);

  question->decision_func = func;
  question->data = data;
  gtk_message_dialog_format_secondary_text (GTK_MESSAGE_DIALOG (dialog), "%s", explanation);
  g_signal_connect (dialog, "response", G_CALLBACK (on_decided), question);
  return dialog;
}

/* Asks before something is lost; @yes names what is then done. */
void
scope_dialog_ask (GtkWindow *parent, const char *question, const char *explanation, const char *yes, ScopeDecisionFunc func,
                  gpointer data)
{
  GtkWidget *dialog = question_new (parent, question, explanation, func, data);

  gtk_dialog_add_button (GTK_DIALOG (dialog), _("_Cancel"), GTK_RESPONSE_CANCEL);
  GtkWidget *button = gtk_dialog_add_button (GTK_DIALOG (dialog), yes, GTK_RESPONSE_ACCEPT);
  gtk_widget_add_css_class (button, "destructive-action");
  gtk_dialog_set_default_response (GTK_DIALOG (dialog), GTK_RESPONSE_CANCEL);
  gtk_window_present (GTK_WINDOW (dialog));
}

/* Offers something good; @yes and @no name what is then done. */
void
scope_dialog_offer (GtkWindow *parent, const char *question, const char *explanation, const char *yes, const char *no,
                    ScopeDecisionFunc func, gpointer data)
{
  GtkWidget *dialog = question_new (parent, question, explanation, func, data);

  gtk_dialog_add_button (GTK_DIALOG (dialog), no, GTK_RESPONSE_REJECT);
  GtkWidget *button = gtk_dialog_add_button (GTK_DIALOG (dialog), yes, GTK_RESPONSE_ACCEPT);
  gtk_widget_add_css_class (button, "suggested-action");
  gtk_dialog_set_default_response (GTK_DIALOG (dialog), GTK_RESPONSE_ACCEPT);
  gtk_window_present (GTK_WINDOW (dialog));
}
