/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GTK 4.8 has GtkFileChooserNative and GtkMessageDialog. Each dialog answers exactly once. */
#include "dialogs.h"

#include "access.h"
#include "session.h"
#include "settings.h"

#include <glib/gi18n.h>

typedef struct
{
  ScopeDialogKind kind;
  ScopePathFunc path_func;
  ScopeDecisionFunc decision_func;
  ScopeAnswerFunc answer_func;
  gpointer data;
} Question;

/* Each kind of dialog opens where it was left. */
static const char *const kind_names[] = {
  [SCOPE_DIALOG_SECTION_FOLDER] = "section", [SCOPE_DIALOG_EXPORT_FOLDER] = "export",  [SCOPE_DIALOG_TABLE] = "reference",
  [SCOPE_DIALOG_REGIONS] = "regions",        [SCOPE_DIALOG_SECTION_FILE] = "section", [SCOPE_DIALOG_SESSION] = "session",
  [SCOPE_DIALOG_PICTURE] = "section",
};

static void
remember_folder (GtkFileChooser *chooser, ScopeDialogKind kind)
{
  g_autoptr (GFile) folder = gtk_file_chooser_get_current_folder (chooser);
  g_autofree char *path = folder != NULL ? g_file_get_path (folder) : NULL;

  if (path != NULL)
    scope_settings_set_folder (kind_names[kind], path);
}

/* Where nothing is remembered it begins at @otherwise (nullable), or where sections were, or at home: never in a list of files
 * that other programs used last. */
static void
show_folder (GtkFileChooser *chooser, ScopeDialogKind kind, const char *otherwise)
{
  g_autofree char *path = scope_settings_dup_folder (kind_names[kind]);
  g_autofree char *sections = scope_settings_dup_folder (kind_names[SCOPE_DIALOG_SECTION_FOLDER]);
  const char *begin = path != NULL ? path : otherwise != NULL ? otherwise : sections != NULL ? sections : g_get_home_dir ();
  g_autoptr (GFile) folder = g_file_new_for_path (begin);

  gtk_file_chooser_set_current_folder (chooser, folder, NULL);
}

static void
on_chosen (GtkNativeDialog *dialog, int response, Question *question)
{
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
  g_autofree char *path = response == GTK_RESPONSE_ACCEPT && file != NULL ? g_file_get_path (file) : NULL;

  if (path != NULL)
    remember_folder (GTK_FILE_CHOOSER (dialog), question->kind);
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
ask_for_path (GtkFileChooserNative *dialog, ScopeDialogKind kind, ScopePathFunc func, gpointer data)
{
  Question *question = g_new0 (Question, 1);

  question->kind = kind;
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
  static const char *const tables[] = { "*.csv", "*.tsv", "*.txt", "*.csv.gz", "*.tsv.gz", "*.txt.gz", "*.h5ad", "*.h5", "*.mtx",
                                        "*.mtx.gz", "*.parquet", NULL };
  static const char *const outlines[] = { "*.geojson", "*.json", "*.csv", "*.csv.gz", "*.tsv", NULL };
  static const char *const openable[] = { "*.h5ad", "*.h5", "*.hdf5", "*.mtx", "*.mtx.gz", "*.csv", "*.csv.gz", "*.tsv", "*.tsv.gz", "*.txt",
                                          "*.txt.gz", "*.parquet", "*" SCOPE_SESSION_SUFFIX, "*.json", "*.geojson", "*.png", "*.pdf",
                                          "*.svg", NULL };
  static const char *const sections[] = { "*.h5ad", "*.h5", "*.hdf5", "*.mtx", "*.mtx.gz", "*.csv", "*.csv.gz", "*.tsv", "*.tsv.gz", "*.txt",
                                          "*.txt.gz", "*.parquet", NULL };
  static const char *const sessions[] = { "*" SCOPE_SESSION_SUFFIX, "*.json", "*.png", "*.pdf", "*.svg", NULL };
  static const char *const pictures[] = { "*.tif", "*.tiff", "*.btf", "*.svs", "*.TIF", "*.TIFF", NULL };
  static const char *const everything[] = { "*", NULL };
  gboolean is_folder = kind == SCOPE_DIALOG_SECTION_FOLDER || kind == SCOPE_DIALOG_EXPORT_FOLDER;
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new (
      title, parent, is_folder ? GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER : GTK_FILE_CHOOSER_ACTION_OPEN,
      kind == SCOPE_DIALOG_EXPORT_FOLDER ? _("_Export") : _("_Open"), NULL);

  gtk_file_chooser_set_create_folders (GTK_FILE_CHOOSER (dialog), kind == SCOPE_DIALOG_EXPORT_FOLDER);
  if (kind == SCOPE_DIALOG_TABLE)
    add_filter (GTK_FILE_CHOOSER (dialog), _("Tables (CSV, TSV, Parquet) and cells (h5ad, H5, MTX)"), tables);
  if (kind == SCOPE_DIALOG_REGIONS)
    add_filter (GTK_FILE_CHOOSER (dialog), _("Regions (GeoJSON), labels of spots (CSV)"), outlines);
  if (kind == SCOPE_DIALOG_SECTION_FILE)
    {
      add_filter (GTK_FILE_CHOOSER (dialog), _("All that can be opened"), openable);
      add_filter (GTK_FILE_CHOOSER (dialog), _("Sections (h5ad, H5, matrices, tables)"), sections);
      add_filter (GTK_FILE_CHOOSER (dialog), _("Sessions, recipes, figures with a recipe"), sessions);
    }
  if (kind == SCOPE_DIALOG_SESSION)
    add_filter (GTK_FILE_CHOOSER (dialog), _("Sessions, recipes, figures with a recipe"), sessions);
  if (kind == SCOPE_DIALOG_PICTURE)
    add_filter (GTK_FILE_CHOOSER (dialog), _("Tissue pictures (TIFF)"), pictures);
  if (!is_folder)
    add_filter (GTK_FILE_CHOOSER (dialog), _("All files"), everything);
  show_folder (GTK_FILE_CHOOSER (dialog), kind, NULL);
  ask_for_path (dialog, kind, func, data);
}

/**
 * scope_dialog_save_as:
 * @folder: (nullable): to begin in, where no dialog of @kind has been in another
 * @name: of the file, to begin with
 *
 * Asks for a file to write; the dialog itself asks before an existing one is replaced.
 */
void
scope_dialog_save_as (GtkWindow *parent, const char *title, ScopeDialogKind kind, const char *folder, const char *name,
                      ScopePathFunc func, gpointer data)
{
  GtkFileChooserNative *dialog
    = gtk_file_chooser_native_new (title, parent, GTK_FILE_CHOOSER_ACTION_SAVE, _("_Save"), NULL);

  show_folder (GTK_FILE_CHOOSER (dialog), kind, folder);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), name);
  ask_for_path (dialog, kind, func, data);
}

/* The same for what is exported. */
void
scope_dialog_save (GtkWindow *parent, const char *title, const char *name, ScopePathFunc func, gpointer data)
{
  scope_dialog_save_as (parent, title, SCOPE_DIALOG_EXPORT_FOLDER, NULL, name, func, data);
}

/* The dialog goes first, and lets go of its parent: the decision may be to close that. */
static void
on_decided (GtkDialog *dialog, int response, Question *question)
{
  g_autofree Question *answered = question;

  gtk_window_set_transient_for (GTK_WINDOW (dialog), NULL);
  gtk_window_destroy (GTK_WINDOW (dialog));
  if (answered->answer_func != NULL)
    answered->answer_func (response == GTK_RESPONSE_ACCEPT   ? SCOPE_ANSWER_YES
                           : response == GTK_RESPONSE_REJECT ? SCOPE_ANSWER_NO
                                                             : SCOPE_ANSWER_CANCEL,
                           answered->data);
  else
    answered->decision_func (response == GTK_RESPONSE_ACCEPT, answered->data);
}

static GtkWidget *
question_new (GtkWindow *parent, const char *text, const char *explanation, Question **asked)
{
  GtkWidget *dialog = gtk_message_dialog_new (parent, GTK_DIALOG_MODAL | GTK_DIALOG_DESTROY_WITH_PARENT, GTK_MESSAGE_QUESTION,
                                              GTK_BUTTONS_NONE, "%s", text);
  Question *question = g_new0 (Question, 1);

  *asked = question;
  gtk_message_dialog_format_secondary_text (GTK_MESSAGE_DIALOG (dialog), "%s", explanation);
  g_signal_connect (dialog, "response", G_CALLBACK (on_decided), question);
  return dialog;
}

/* Asks before something is lost; @yes names what is then done. */
void
scope_dialog_ask (GtkWindow *parent, const char *question, const char *explanation, const char *yes, ScopeDecisionFunc func,
                  gpointer data)
{
  Question *asked;
  GtkWidget *dialog = question_new (parent, question, explanation, &asked);

  asked->decision_func = func;
  asked->data = data;

  gtk_dialog_add_button (GTK_DIALOG (dialog), _("_Cancel"), GTK_RESPONSE_CANCEL);
  GtkWidget *button = gtk_dialog_add_button (GTK_DIALOG (dialog), yes, GTK_RESPONSE_ACCEPT);
  gtk_widget_add_css_class (button, "destructive-action");
  gtk_dialog_set_default_response (GTK_DIALOG (dialog), GTK_RESPONSE_CANCEL);
  scope_access_present (GTK_WINDOW (dialog));
}

/**
 * scope_dialog_choose:
 * @yes: what is done at best
 * @no: (nullable): another way to go on
 * @no_destroys: whether that way loses something
 *
 * Asks how to go on; the user may also call it off.
 */
void
scope_dialog_choose (GtkWindow *parent, const char *question, const char *explanation, const char *yes, const char *no,
                     gboolean no_destroys, ScopeAnswerFunc func, gpointer data)
{
  Question *asked;
  GtkWidget *dialog = question_new (parent, question, explanation, &asked);

  asked->answer_func = func;
  asked->data = data;
  if (no != NULL)
    {
      GtkWidget *button = gtk_dialog_add_button (GTK_DIALOG (dialog), no, GTK_RESPONSE_REJECT);
      if (no_destroys)
        gtk_widget_add_css_class (button, "destructive-action");
    }
  gtk_dialog_add_button (GTK_DIALOG (dialog), _("_Cancel"), GTK_RESPONSE_CANCEL);
  GtkWidget *button = gtk_dialog_add_button (GTK_DIALOG (dialog), yes, GTK_RESPONSE_ACCEPT);
  gtk_widget_add_css_class (button, "suggested-action");
  gtk_dialog_set_default_response (GTK_DIALOG (dialog), GTK_RESPONSE_ACCEPT);
  scope_access_present (GTK_WINDOW (dialog));
}

/* Offers something good; @yes and @no name what is then done. */
void
scope_dialog_offer (GtkWindow *parent, const char *question, const char *explanation, const char *yes, const char *no,
                    ScopeDecisionFunc func, gpointer data)
{
  Question *asked;
  GtkWidget *dialog = question_new (parent, question, explanation, &asked);

  asked->decision_func = func;
  asked->data = data;

  gtk_dialog_add_button (GTK_DIALOG (dialog), no, GTK_RESPONSE_REJECT);
  GtkWidget *button = gtk_dialog_add_button (GTK_DIALOG (dialog), yes, GTK_RESPONSE_ACCEPT);
  gtk_widget_add_css_class (button, "suggested-action");
  gtk_dialog_set_default_response (GTK_DIALOG (dialog), GTK_RESPONSE_ACCEPT);
  scope_access_present (GTK_WINDOW (dialog));
}
