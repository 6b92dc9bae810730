/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeping of sessions: saved under a name, asked about before work is lost, and written to the journal meanwhile. */
#include "window-private.h"

#include "dialogs.h"
#include "session.h"
#include "trace.h"

#include <glib/gi18n.h>

/* Returns: (transfer full): the session as it is now */
SmoothRecipe *
scope_window_new_recipe (ScopeWindow *window)
{
  ScopePlace place = scope_canvas_get_place (window->canvas);
  SmoothRecipe *recipe = scope_session_new_recipe (window->document, &place, window->opened);

  return recipe;
}

/* Returns: (transfer full): the session as a text, relative to the root, without a look at any file */
char *
scope_window_dup_session_text (ScopeWindow *window)
{
  g_autoptr (SmoothRecipe) recipe = scope_window_new_recipe (window);

  recipe->flags |= SMOOTH_RECIPE_QUICK;
  return smooth_recipe_dup_json (recipe, "/", NULL);
}

/* What the journal keeps: where the session is saved, too. */
SmoothRecipe *
scope_window_new_journal_recipe (gpointer data)
{
  ScopeWindow *window = data;
  SmoothRecipe *recipe = scope_window_new_recipe (window);

  if (window->session_path != NULL)
    smooth_recipe_add_text (recipe, "journal", "session", window->session_path);
  return recipe;
}

/* Whether there is something to lose; the look of a section that was never saved is not worth a question. */
gboolean
scope_window_is_modified (ScopeWindow *window)
{
  return scope_document_is_modified (window->document, window->session_path != NULL);
}

/* To be called after every change: brings the journal up to date. */
void
scope_window_follow_journal (ScopeWindow *window, guint changes)
{
  const guint slow = SCOPE_CHANGED_PARAMETERS | SCOPE_CHANGED_LOOK;
  const guint all = slow | SCOPE_CHANGED_SECTION | SCOPE_CHANGED_SIGNATURE | SCOPE_CHANGED_REGIONS | SCOPE_CHANGED_PIN
                    | SCOPE_CHANGED_ANALYSES;
  const SmoothSection *section = scope_document_get_section (window->document);

  if (section == NULL || section->path == NULL || (changes & all) == 0)
    return;
  if (scope_document_is_modified (window->document, TRUE))
    scope_journal_follow (window->journal, (changes & slow) == 0);
  else
    scope_journal_discard (window->journal);
}

/* ---- Title ------------------------------------------------------------------------------------------------- */

/* The session's name, else that of the section; a dot marks what is not saved. */
void
scope_window_update_title (ScopeWindow *window)
{
  const SmoothSection *section = scope_document_get_section (window->document);
  g_autofree char *name = NULL;

  if (section == NULL)
    return;
  if (window->session_path != NULL)
    {
      name = g_path_get_basename (window->session_path);
      if (g_str_has_suffix (name, SCOPE_SESSION_SUFFIX))
        name[strlen (name) - strlen (SCOPE_SESSION_SUFFIX)] = '\0';
    }
  g_autofree char *title = g_strconcat (scope_window_is_modified (window) ? "• " : "", name != NULL ? name : section->name, NULL);
  if (g_str_equal (title, gtk_label_get_text (GTK_LABEL (window->title))))
    return;
  gtk_label_set_text (GTK_LABEL (window->title), title);
  gtk_window_set_title (GTK_WINDOW (window), title);
  gtk_widget_set_tooltip_text (window->title, window->session_path != NULL ? window->session_path : section->path);
}

/* ---- Saving ------------------------------------------------------------------------------------------------ */

typedef struct
{
  ScopeWindow *window;
  char *path;
  SmoothRecipe *recipe;
  ScopeState state; /* that the recipe holds */
  ScopeLook look;
  ScopeSavedFunc func; /* or NULL */
  gpointer data;
} SaveJob;

static void
save_job_free (SaveJob *job)
{
  g_object_unref (job->window);
  g_free (job->path);
  smooth_recipe_free (job->recipe);
  scope_state_clear (&job->state);
  g_free (job);
}

static void
end_save (SaveJob *job, gboolean is_saved)
{
  if (job->func != NULL)
    job->func (is_saved, job->data);
  save_job_free (job);
}

static void
write_session (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const SaveJob *job = data;
  GError *error = NULL;

  if (smooth_recipe_save (job->recipe, job->path, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* The state that was written is saved; what has changed meanwhile is not. */
static void
on_written (GObject *source, GAsyncResult *result, gpointer data)
{
  SaveJob *job = data;
  ScopeWindow *window = job->window;
  g_autoptr (GError) error = NULL;
  gboolean is_saved = g_task_propagate_boolean (G_TASK (result), &error);

  if (window->document != NULL && is_saved)
    {
      g_autofree char *text = g_strdup_printf (_("The session was saved as %s."), job->path);
      g_free (window->session_path);
      window->session_path = g_strdup (job->path);
      g_free (job->recipe->path);
      job->recipe->path = g_strdup (job->path);
      smooth_recipe_free (window->opened);
      window->opened = g_steal_pointer (&job->recipe);
      scope_document_mark_saved_as (window->document, &job->state, &job->look);
      scope_window_follow_journal (window, SCOPE_CHANGED_REGIONS);
      scope_window_update_title (window);
      scope_window_note_recent (window);
      scope_trace ("session-saved", NULL);
      scope_window_tell (window, text);
    }
  else if (window->document != NULL)
    scope_window_tell_error (window, error->message);
  end_save (job, is_saved);
}

static void
start_save (SaveJob *job)
{
  ScopeWindow *window = job->window;
  g_autoptr (GTask) task = g_task_new (window, NULL, on_written, job);

  job->recipe = scope_window_new_recipe (window);
  job->state = *scope_document_get_state (window->document);
  scope_state_ref (&job->state);
  job->look = *scope_document_get_look (window->document);
  g_task_set_priority (task, G_PRIORITY_DEFAULT);
  g_task_set_task_data (task, job, NULL);
  g_task_run_in_thread (task, write_session);
}

static void
on_replace_decided (gboolean yes, gpointer data)
{
  SaveJob *job = data;

  if (yes && job->window->document != NULL)
    start_save (job);
  else
    end_save (job, FALSE);
}

/* The dialog has asked whether to replace a file of the very name; with the suffix it may be another. */
static void
on_save_path (const char *path, gpointer data)
{
  SaveJob *job = data;

  if (path == NULL || job->window->document == NULL)
    {
      end_save (job, FALSE);
      return;
    }
  if (g_str_has_suffix (path, SCOPE_SESSION_SUFFIX))
    {
      job->path = g_strdup (path);
      start_save (job);
      return;
    }
  job->path = g_strconcat (path, SCOPE_SESSION_SUFFIX, NULL);
  if (!g_file_test (job->path, G_FILE_TEST_EXISTS))
    {
      start_save (job);
      return;
    }
  g_autofree char *question = g_strdup_printf (_("Replace %s?"), job->path);
  scope_dialog_ask (GTK_WINDOW (job->window), question, _("There is a session of this name already."), _("_Replace"),
                    on_replace_decided, job);
}

static void
ask_for_path (SaveJob *job)
{
  const SmoothSection *section = scope_document_get_section (job->window->document);
  const char *path = job->window->session_path;
  g_autofree char *folder = g_path_get_dirname (path != NULL ? path : section->path);
  g_autofree char *name = path != NULL ? g_path_get_basename (path) : g_strconcat (section->name, SCOPE_SESSION_SUFFIX, NULL);

  scope_dialog_save_as (GTK_WINDOW (job->window), _("Save session"), SCOPE_DIALOG_SESSION, folder, name, on_save_path, job);
}

static SaveJob *
save_job_new (ScopeWindow *window, ScopeSavedFunc func, gpointer data)
{
  SaveJob *job = g_new0 (SaveJob, 1);

  job->window = g_object_ref (window);
  job->func = func;
  job->data = data;
  return job;
}

/**
 * scope_window_save:
 * @func: (nullable): called once: with FALSE where the user called it off, or where it could not be written, which was told
 *
 * Saves the session under its name, and asks for one where it has none.
 */
void
scope_window_save (ScopeWindow *window, ScopeSavedFunc func, gpointer data)
{
  SaveJob *job = save_job_new (window, func, data);

  job->path = g_strdup (window->session_path);
  if (job->path != NULL)
    start_save (job);
  else
    ask_for_path (job);
}

void
scope_window_save_as (ScopeWindow *window)
{
  ask_for_path (save_job_new (window, NULL, NULL));
}

/* ---- Asking ------------------------------------------------------------------------------------------------ */

typedef struct
{
  ScopeWindow *window;
  ScopeSavedFunc func;
  gpointer data;
} Question;

static void
end_question (gboolean may_go_on, gpointer data)
{
  Question *question = data;

  question->func (may_go_on, question->data);
  g_object_unref (question->window);
  g_free (question);
}

static void
on_answer (ScopeAnswer answer, gpointer data)
{
  Question *question = data;

  if (answer == SCOPE_ANSWER_YES && question->window->document != NULL)
    scope_window_save (question->window, end_question, question);
  else
    end_question (answer == SCOPE_ANSWER_NO, question);
}

/**
 * scope_window_ask_to_save:
 * @func: called once: with TRUE where nothing is unsaved any more, or may be lost
 */
void
scope_window_ask_to_save (ScopeWindow *window, ScopeSavedFunc func, gpointer data)
{
  if (!scope_window_is_modified (window))
    {
      func (TRUE, data);
      return;
    }
  const SmoothSection *section = scope_document_get_section (window->document);
  g_autofree char *name
    = window->session_path != NULL ? g_path_get_basename (window->session_path) : g_strdup (section->name);
  g_autofree char *text = g_strdup_printf (_("Save the changes of %s?"), name);
  Question *question = g_new0 (Question, 1);
  question->window = g_object_ref (window);
  question->func = func;
  question->data = data;
  scope_dialog_choose (GTK_WINDOW (window), text,
                       _("Regions, parameters and all else that was changed are lost without it. The data themselves are never changed."),
                       window->session_path != NULL ? _("_Save") : _("_Save…"), _("_Discard"), TRUE, on_answer, question);
}
