/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening of sessions and recipes: their inputs are compared with the checksums, looked for where they moved, and asked for
 * where they are not found. What was open stays until all has been read. */
#include "window-private.h"

#include "dialogs.h"
#include "loader.h"
#include "session.h"
#include "trace.h"

#include <glib/gi18n.h>

/* The inputs that a session of the window may have. */
static const char *const single_inputs[] = { "section", "signature", "regions", "features", "similarity", "confidences", "type-priors", "picture" };

#define N_SINGLE_INPUTS G_N_ELEMENTS (single_inputs)
#define N_INPUTS (N_SINGLE_INPUTS + SCOPE_MOST_CATEGORIES)

/* What is asked about each, and how it is chosen; the last one for all files of categories. */
static const struct
{
  const char *where, *missing, *changed, *without;
  ScopeDialogKind kind;
} questions[N_SINGLE_INPUTS + 1] = {
  { N_ ("Where is the section now?"), N_ ("The section was not found"), N_ ("Open it with the changed section?"), NULL, SCOPE_DIALOG_SECTION_FILE },
  { N_ ("Where is the reference now?"), N_ ("The reference was not found"), N_ ("Open it with the changed reference?"),
    N_ ("Open _without the reference"), SCOPE_DIALOG_TABLE },
  { N_ ("Where are the regions now?"), N_ ("The regions were not found"), N_ ("Open it with the changed regions?"), N_ ("Open _without the regions"),
    SCOPE_DIALOG_REGIONS },
  { N_ ("Where are the features now?"), N_ ("The features of spots were not found"), N_ ("Open it with the changed features?"),
    N_ ("Open _without them"), SCOPE_DIALOG_TABLE },
  { N_ ("Where are the similarities now?"), N_ ("The similarities of spots were not found"), N_ ("Open it with the changed similarities?"),
    N_ ("Open _without them"), SCOPE_DIALOG_TABLE },
  { N_ ("Where are the confidences now?"), N_ ("The confidences of types were not found"), N_ ("Open it with the changed confidences?"),
    N_ ("Open _without them"), SCOPE_DIALOG_TABLE },
  { N_ ("Where are the priors by type now?"), N_ ("The priors by type were not found"), N_ ("Open it with the changed priors by type?"),
    N_ ("Open _without them"), SCOPE_DIALOG_TABLE },
  { N_ ("Where is the tissue picture now?"), N_ ("The tissue picture was not found"), N_ ("Open it with the changed tissue picture?"),
    N_ ("Open _without it"), SCOPE_DIALOG_PICTURE },
  { N_ ("Where are the categories now?"), N_ ("The categories of spots were not found"), N_ ("Open it with the changed categories?"),
    N_ ("Open _without them"), SCOPE_DIALOG_TABLE },
};

typedef struct
{
  ScopeWindow *window;
  guint64 serial;
  char *path;              /* of the file */
  SmoothRecipe *recipe;
  SmoothReport *report;    /* what is to be told when it is open */
  ScopeRecovery *recovery; /* or NULL */
  gboolean accepts[N_INPUTS]; /* the user goes on with a changed one */

  gsize problem;           /* of inputs */
  SmoothInputState state;  /* of that one */
  char *what;
  ScopeLoaded *loaded;
  SmoothSignature *signature; /* (nullable) */
  SmoothInputFiles *files;    /* (nullable) */
} Opening;

static void check (Opening *opening);

static const char *
get_name (gsize input)
{
  return input < N_SINGLE_INPUTS ? single_inputs[input] : scope_session_categories[input - N_SINGLE_INPUTS];
}

static Opening *
opening_new (ScopeWindow *window, const char *path)
{
  Opening *opening = g_new0 (Opening, 1);

  opening->window = g_object_ref (window);
  opening->path = g_strdup (path);
  opening->report = smooth_report_new ();
  return opening;
}

static void
opening_free (Opening *opening)
{
  g_object_unref (opening->window);
  g_free (opening->path);
  smooth_recipe_free (opening->recipe);
  smooth_report_unref (opening->report);
  g_clear_pointer (&opening->recovery, scope_recovery_free);
  g_free (opening->what);
  g_clear_pointer (&opening->loaded, scope_loaded_free);
  g_clear_pointer (&opening->signature, smooth_signature_unref);
  g_clear_pointer (&opening->files, smooth_input_files_unref);
  g_free (opening);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Opening, opening_free)

/* Whether nobody waits for it any more: the window has gone or opens something else. */
static gboolean
is_over (const Opening *opening)
{
  return opening->window->document == NULL || opening->serial != opening->window->load_serial;
}

static void
fail (Opening *opening, const GError *error)
{
  scope_window_set_progress (opening->window, NULL);
  if (!g_error_matches (error, SMOOTH_ERROR, SMOOTH_ERROR_CANCELLED))
    scope_window_tell_error (opening->window, error->message);
}

static ScopeProgress *
begin_progress (Opening *opening)
{
  g_autofree char *name = g_path_get_basename (opening->path);
  g_autofree char *text = g_strdup_printf (_("Reading %s"), name);
  ScopeProgress *progress = scope_progress_new (text);

  opening->serial = ++opening->window->load_serial;
  scope_window_set_progress (opening->window, progress);
  return progress;
}

/* ---- The end ----------------------------------------------------------------------------------------------- */

/* Whether it is a file of the journal, offered after a crash or found by the user. */
static gboolean
was_left_behind (const Opening *opening)
{
  return smooth_recipe_get_text (opening->recipe, "journal", "saved") != NULL;
}

/* What was recovered is not saved yet, and stays in its file until it is in that of the window. */
static void
finish_recovery (Opening *opening)
{
  ScopeWindow *window = opening->window;
  ScopeRecovery *recovery = g_steal_pointer (&opening->recovery);

  if (!was_left_behind (opening))
    return;
  scope_document_mark_recovered (window->document);
  scope_window_follow_journal (window, SCOPE_CHANGED_REGIONS);
  scope_journal_flush (window->journal);
  if (recovery != NULL)
    scope_recovery_delete (recovery);
  scope_trace ("recovered", NULL);
}

/* What is to be told in the end: what could not be taken over as it was. */
static void
tell_report (Opening *opening)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < smooth_report_get_n_lines (opening->report); i++)
    g_string_append_printf (text, "%s%s", i > 0 ? "\n" : "", smooth_report_get_line (opening->report, i, NULL));
  if (text->len > 0)
    scope_window_tell_error (opening->window, text->str);
  else if (was_left_behind (opening))
    scope_window_tell (opening->window, _("What was not saved was restored. It is not saved yet."));
}

/* The file that Save writes; that of a recipe of an export is none. */
static char *
dup_session_path (const Opening *opening)
{
  if (was_left_behind (opening))
    return g_strdup (smooth_recipe_get_text (opening->recipe, "journal", "session"));
  return scope_session_is_in (opening->recipe) && g_str_has_suffix (opening->path, SCOPE_SESSION_SUFFIX)
             ? g_canonicalize_filename (opening->path, NULL)
             : NULL;
}

static void
finish (Opening *opening)
{
  ScopeWindow *window = opening->window;
  SmoothSignature *signature = opening->signature;
  const ScopeLoaded *loaded = opening->loaded;
  g_autoptr (GError) error = NULL;
  ScopeState state;
  ScopeLook look;
  ScopePlace place;

  if (!scope_session_read_state (opening->recipe, loaded->section, signature, opening->files, &state, opening->report, &error))
    {
      fail (opening, error);
      return;
    }
  scope_window_set_progress (window, NULL);
  scope_window_hide_notice (window);
  scope_window_note_recent (window);
  scope_session_read_look (opening->recipe, loaded->section, signature, &look, opening->report);
  g_free (window->session_path);
  window->session_path = dup_session_path (opening);
  scope_document_open (window->document, loaded->section, loaded->plate, loaded->genes, &state, &look);
  scope_state_clear (&state);
  if (scope_session_read_place (opening->recipe, &place))
    scope_canvas_set_place (window->canvas, &place);
  scope_trace ("session-opened", NULL);
  tell_report (opening);
  finish_recovery (opening);
  smooth_recipe_free (window->opened);
  window->opened = g_steal_pointer (&opening->recipe);
  if (smooth_recipe_get_input (window->opened, "picture") != NULL)
    scope_window_open_picture (window, smooth_recipe_get_input (window->opened, "picture"));
  for (gsize i = 0; i < SCOPE_MOST_CATEGORIES; i++)
    if (smooth_recipe_get_input (window->opened, scope_session_categories[i]) != NULL)
      scope_window_add_categories (window, smooth_recipe_get_input (window->opened, scope_session_categories[i]));
  scope_window_update_title (window);
  scope_window_update_actions (window);
  scope_window_note_opened (window);
  if (scope_host_is_live (window->host))
    scope_window_load_host_regions (window);
}

/* ---- Reading ----------------------------------------------------------------------------------------------- */

static void
on_files (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Opening) opening = data;
  g_autoptr (GError) error = NULL;

  opening->files = scope_load_files_finish (result, &error);
  if (is_over (opening))
    return;
  if (opening->files == NULL)
    smooth_report_add (opening->report, SMOOTH_REPORT_WARNING, _("Opened without the tables of likeness, confidences and priors: %s"), error->message);
  finish (opening);
}

/* The tables, where the recipe names any. Takes over @opening. */
static void
load_files (Opening *opening)
{
  const char *paths[SMOOTH_N_INPUT_FILES];
  gboolean any = FALSE;

  for (gint i = 0; i < SMOOTH_N_INPUT_FILES; i++)
    {
      paths[i] = smooth_recipe_get_input (opening->recipe, smooth_input_files[i].name);
      if (paths[i] == NULL && smooth_input_files[i].can_estimate && smooth_recipe_get_option (opening->recipe, smooth_input_files[i].name) != NULL)
        paths[i] = SMOOTH_ESTIMATE;
      any = any || paths[i] != NULL;
    }
  if (any)
    {
      scope_load_files_async (paths, on_files, opening);
      return;
    }
  finish (opening);
  opening_free (opening);
}

static void
on_signature (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Opening) opening = data;
  g_autoptr (GError) error = NULL;

  opening->signature = scope_load_signature_finish (result, &error);
  if (is_over (opening))
    return;
  if (opening->signature == NULL)
    smooth_report_add (opening->report, SMOOTH_REPORT_WARNING, _("Opened without its reference: %s"), error->message);
  load_files (g_steal_pointer (&opening));
}

static void
on_section (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Opening) opening = data;
  g_autoptr (GError) error = NULL;

  opening->loaded = scope_load_section_finish (result, &error);
  if (is_over (opening))
    return;
  if (opening->loaded == NULL)
    {
      fail (opening, error);
      return;
    }
  const char *signature = smooth_recipe_get_input (opening->recipe, "signature");
  if (signature == NULL)
    {
      load_files (g_steal_pointer (&opening));
      return;
    }
  Opening *next = g_steal_pointer (&opening);
  scope_load_signature_async (signature, next->loaded->section, scope_session_read_scale (next->recipe), next->window->progress, on_signature, next);
}

static void
load (Opening *opening)
{
  ScopeProgress *progress = begin_progress (opening);

  scope_load_section_async (smooth_recipe_get_input (opening->recipe, "section"), progress, on_section, opening);
}

/* ---- Missing inputs ---------------------------------------------------------------------------------------- */

static void
on_path (const char *path, gpointer data)
{
  g_autoptr (Opening) opening = data;

  if (path == NULL || is_over (opening))
    return;
  smooth_recipe_move_input (opening->recipe, get_name (opening->problem), path);
  check (g_steal_pointer (&opening));
}

/* Asks where an input is now. */
static void
choose_path (Opening *opening)
{
  ScopeDialogKind kind = questions[MIN (opening->problem, N_SINGLE_INPUTS)].kind;

  if (opening->problem == 0 && smooth_recipe_input_is_folder (opening->recipe, get_name (0)))
    kind = SCOPE_DIALOG_SECTION_FOLDER;
  scope_dialog_open (GTK_WINDOW (opening->window), _(questions[MIN (opening->problem, N_SINGLE_INPUTS)].where), kind, on_path, opening);
}

static void
on_missing_answer (ScopeAnswer answer, gpointer data)
{
  g_autoptr (Opening) opening = data;

  if (answer == SCOPE_ANSWER_CANCEL || is_over (opening))
    return;
  if (answer == SCOPE_ANSWER_YES)
    {
      choose_path (g_steal_pointer (&opening));
      return;
    }
  smooth_recipe_remove_input (opening->recipe, get_name (opening->problem));
  check (g_steal_pointer (&opening));
}

static void
on_changed_answer (ScopeAnswer answer, gpointer data)
{
  g_autoptr (Opening) opening = data;

  if (answer == SCOPE_ANSWER_CANCEL || is_over (opening))
    return;
  if (answer == SCOPE_ANSWER_NO)
    {
      choose_path (g_steal_pointer (&opening));
      return;
    }
  opening->accepts[opening->problem] = TRUE;
  smooth_report_add (opening->report, SMOOTH_REPORT_WARNING, "%s: results may differ", opening->what);
  check (g_steal_pointer (&opening));
}

static void
ask_about_missing (Opening *opening)
{
  const char *path = smooth_recipe_get_input (opening->recipe, get_name (opening->problem));
  const char *no = questions[MIN (opening->problem, N_SINGLE_INPUTS)].without;
  g_autofree char *explanation = g_strdup_printf (_("It was looked for at\n%s\nand beside the session, by its checksum. Choose where it is now."), path);

  scope_dialog_choose (GTK_WINDOW (opening->window), _(questions[MIN (opening->problem, N_SINGLE_INPUTS)].missing), explanation, _("C_hoose…"),
                       no != NULL ? _(no) : NULL, FALSE, on_missing_answer, opening);
}

static void
ask_about_changed (Opening *opening)
{
  g_autofree char *explanation
    = g_strdup_printf (_("%s. Results may differ from those that were saved."), opening->what);

  scope_dialog_choose (GTK_WINDOW (opening->window), _(questions[MIN (opening->problem, N_SINGLE_INPUTS)].changed), explanation, _("_Open"), _("Choose _another…"),
                       FALSE, on_changed_answer, opening);
}

/* ---- Looking at inputs ------------------------------------------------------------------------------------- */

/* Looks beside the session for an input that is not where it was. */
static gboolean
find_beside (Opening *opening, const char *name)
{
  g_autofree char *folder = g_path_get_dirname (opening->path);
  g_autofree char *what = NULL;

  if (opening->recovery != NULL || !smooth_recipe_find_input (opening->recipe, name, folder))
    return FALSE;
  return smooth_recipe_check_input (opening->recipe, name, &what) == SMOOTH_INPUT_SAME;
}

/* On a thread: to the first input that the user has to be asked about. */
static void
check_inputs (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Opening *opening = data;
  GError *error = NULL;
  SmoothParameters parameters;

  if (opening->recipe == NULL)
    opening->recipe = smooth_recipe_read (opening->path, opening->report, &error);
  if (opening->recipe == NULL || !smooth_recipe_get_parameters (opening->recipe, &parameters, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  opening->state = SMOOTH_INPUT_SAME;
  for (gsize i = 0; i < N_INPUTS && opening->state == SMOOTH_INPUT_SAME; i++)
    {
      if (smooth_recipe_get_input (opening->recipe, get_name (i)) == NULL || opening->accepts[i])
        continue;
      g_clear_pointer (&opening->what, g_free);
      opening->problem = i;
      opening->state = smooth_recipe_check_input (opening->recipe, get_name (i), &opening->what);
      if (opening->state == SMOOTH_INPUT_MISSING && find_beside (opening, get_name (i)))
        opening->state = SMOOTH_INPUT_SAME;
    }
  g_task_return_boolean (task, TRUE);
}

static void
on_checked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Opening) opening = data;
  g_autoptr (GError) error = NULL;
  gboolean is_read = g_task_propagate_boolean (G_TASK (result), &error);

  if (is_over (opening))
    return;
  if (!is_read)
    {
      fail (opening, error);
      return;
    }
  if (opening->state == SMOOTH_INPUT_SAME)
    {
      load (g_steal_pointer (&opening));
      return;
    }
  scope_window_set_progress (opening->window, NULL);
  scope_trace ("input-asked", NULL);
  if (opening->state == SMOOTH_INPUT_MISSING)
    ask_about_missing (g_steal_pointer (&opening));
  else
    ask_about_changed (g_steal_pointer (&opening));
}

/* Takes over @opening. */
static void
check (Opening *opening)
{
  g_autoptr (GTask) task = g_task_new (opening->window, NULL, on_checked, opening);

  begin_progress (opening);
  g_task_set_priority (task, G_PRIORITY_DEFAULT);
  g_task_set_task_data (task, opening, NULL);
  g_task_run_in_thread (task, check_inputs);
}

static void
on_may_go_on (gboolean yes, gpointer data)
{
  g_autoptr (Opening) opening = data;

  if (yes && opening->window->document != NULL)
    check (g_steal_pointer (&opening));
}

/* Opens a session or a recipe of 'deconvolve', after what is open was saved or may go. */
void
scope_window_open_session (ScopeWindow *window, const char *path)
{
  scope_window_ask_to_save (window, on_may_go_on, opening_new (window, path));
}

/* The same of a recipe that was read from within another file; takes it over. */
void
scope_window_open_recipe (ScopeWindow *window, SmoothRecipe *recipe)
{
  Opening *opening = opening_new (window, recipe->path);

  opening->recipe = recipe;
  scope_window_ask_to_save (window, on_may_go_on, opening);
}

/* Opens what @recovery holds; takes it over. */
void
scope_window_recover (ScopeWindow *window, ScopeRecovery *recovery)
{
  Opening *opening = opening_new (window, recovery->recipe->path);

  opening->recipe = g_steal_pointer (&recovery->recipe);
  opening->recovery = recovery;
  check (opening);
}
