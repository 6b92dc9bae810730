/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two files a window in $XDG_STATE_HOME/smoothscope/journal:
 *
 *     ID.lock         locked as long as the window is there; the system unlocks it when the program dies
 *     ID.smoothscope  the session as it would be saved, replaced at once; its group of texts "journal" says when that was
 *                     and under which path the session is saved otherwise
 *
 * It is written on a thread after every change, the newest first, and deleted when the window is closed. To write takes as
 * long as the disk takes. The main loop waits for it only where the hand was faster than the disk: a change that is written
 * at once waits, not for long, for the one before, so that a crash loses the last one at most. */
#include "journal.h"

#include "session.h"
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define GROUP "journal"
#define ASIDE "old"
#define KEPT_DAYS 60 /* what was put aside is deleted after so long */
#define REST_MS 250  /* while a slider moves its state is written so often at most */
#define WAIT_US (G_USEC_PER_SEC / 2) /* for the change before */

struct _ScopeJournal
{
  ScopeWorker *worker;
  ScopeJournalMakeFunc make;
  ScopeJournalFunc failed;
  gpointer data;
  char *id;
  gboolean has_failed; /* and that was told */
  guint64 serial;      /* of the newest request */
  guint rest;          /* source: will write */

  GMutex lock; /* guards what follows and the files, while they are written, too */
  int lock_file;      /* -1: not made yet */
  guint64 written;    /* of the entry in the files */
  gboolean has_files;

  GMutex done_lock;
  GCond done_cond;
  guint64 done; /* of the newest entry that was tried; guarded by done_lock */
};

/* What one file holds. */
typedef struct
{
  ScopeJournal *journal;
  guint64 serial;
  SmoothRecipe *recipe;
} Entry;

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  smooth_recipe_free (entry->recipe);
  g_free (entry);
}

/* Returns: (transfer full): where recovery files are */
char *
scope_journal_dup_folder (void)
{
  return g_build_filename (g_get_user_state_dir (), "smoothscope", "journal", NULL);
}

/* Returns: (transfer full): where those are that the user did not want */
char *
scope_journal_dup_aside (void)
{
  g_autofree char *folder = scope_journal_dup_folder ();

  return g_build_filename (folder, ASIDE, NULL);
}

/* Returns: (transfer full): the path of one of the files of @id */
static char *
dup_file (const char *id, const char *suffix)
{
  g_autofree char *folder = scope_journal_dup_folder ();
  g_autofree char *name = g_strconcat (id, suffix, NULL);

  return g_build_filename (folder, name, NULL);
}

/* Returns: a locked file, or -1 where somebody else has locked it or it cannot be made */
static int
take_lock (const char *id)
{
  g_autofree char *path = dup_file (id, ".lock");
  int file = g_open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

  if (file >= 0 && flock (file, LOCK_EX | LOCK_NB) != 0)
    {
      close (file);
      return -1;
    }
  return file;
}

static void
delete_file (const char *id, const char *suffix)
{
  g_autofree char *path = dup_file (id, suffix);

  g_unlink (path);
}

static gboolean
make_folder (ScopeJournal *journal, GError **error)
{
  g_autofree char *folder = scope_journal_dup_folder ();

  if (g_mkdir_with_parents (folder, 0700) != 0)
    {
      smooth_error_set (error, SMOOTH_ERROR_FILE, "%s cannot be made: %s", folder, g_strerror (errno));
      return FALSE;
    }
  if (journal->lock_file < 0)
    journal->lock_file = take_lock (journal->id);
  return TRUE;
}

/* Writes an entry unless a newer one is there. */
static gboolean
write_entry (ScopeJournal *journal, const Entry *entry, GError **error)
{
  g_autofree char *path = dup_file (journal->id, SCOPE_SESSION_SUFFIX);

  if (entry->serial <= journal->written)
    return TRUE;
  if (!make_folder (journal, error) || !smooth_recipe_save (entry->recipe, path, error))
    return FALSE;
  journal->has_files = TRUE;
  journal->written = entry->serial;
  return TRUE;
}

static void
work (ScopeWorker *worker, gpointer request, SmoothRun *run, gpointer state)
{
  const Entry *entry = request;
  GError *error = NULL;

  g_mutex_lock (&entry->journal->lock);
  write_entry (entry->journal, entry, &error);
  g_mutex_unlock (&entry->journal->lock);
  if (error != NULL)
    scope_worker_publish (worker, error); /* before it is done: who waits for that finds the failure on its way */
  g_mutex_lock (&entry->journal->done_lock);
  entry->journal->done = entry->serial;
  g_cond_signal (&entry->journal->done_cond);
  g_mutex_unlock (&entry->journal->done_lock);
}

/* One complaint is enough. */
static void
deliver (gpointer answer, gpointer owner)
{
  ScopeJournal *journal = owner;
  g_autoptr (GError) error = answer;

  if (!journal->has_failed)
    journal->failed (error, journal->data);
  journal->has_failed = TRUE;
}

static void
free_error (gpointer error)
{
  g_error_free (error);
}

static const ScopeWorkerFuncs funcs = {
  .name = "journal",
  .work = work,
  .deliver = deliver,
  .request_free = entry_free,
  .answer_free = free_error,
};

/**
 * scope_journal_new:
 * @make: makes what is to be written, on the main loop
 * @failed: is told once where it cannot be written
 *
 * Nothing is written before there is something to lose.
 */
ScopeJournal *
scope_journal_new (ScopeJournalMakeFunc make, ScopeJournalFunc failed, gpointer data)
{
  static guint n_journals = 0;
  ScopeJournal *journal = g_new0 (ScopeJournal, 1);

  g_mutex_init (&journal->lock);
  g_mutex_init (&journal->done_lock);
  g_cond_init (&journal->done_cond);
  journal->lock_file = -1;
  journal->id =
      g_strdup_printf ("%" G_GINT64_FORMAT "-%d-%u", g_get_real_time () / G_USEC_PER_SEC, (int) getpid (), n_journals++);
  journal->make = make;
  journal->failed = failed;
  journal->data = data;
  journal->worker = scope_worker_new (&funcs, journal);
  return journal;
}

/* What was written stays; without a lock it counts as left behind. */
void
scope_journal_free (ScopeJournal *journal)
{
  g_clear_handle_id (&journal->rest, g_source_remove);
  scope_worker_free (journal->worker);
  if (journal->lock_file >= 0)
    close (journal->lock_file);
  g_mutex_clear (&journal->lock);
  g_mutex_clear (&journal->done_lock);
  g_cond_clear (&journal->done_cond);
  g_free (journal->id);
  g_free (journal);
}

/* Deletes the files: what they hold is kept elsewhere, or not wanted. */
void
scope_journal_discard (ScopeJournal *journal)
{
  g_clear_handle_id (&journal->rest, g_source_remove);
  if (journal->serial == 0)
    return;
  g_mutex_lock (&journal->lock);
  journal->written = journal->serial; /* what waits is not written any more */
  if (journal->has_files)
    delete_file (journal->id, SCOPE_SESSION_SUFFIX);
  journal->has_files = FALSE;
  if (journal->lock_file >= 0)
    {
      delete_file (journal->id, ".lock");
      close (journal->lock_file);
      journal->lock_file = -1;
    }
  g_mutex_unlock (&journal->lock);
}

/* Waits until the newest entry was tried, at most until @deadline (monotonic, us). */
static void
wait_done (ScopeJournal *journal, gint64 deadline)
{
  g_mutex_lock (&journal->done_lock);
  while (journal->done < journal->serial && g_cond_wait_until (&journal->done_cond, &journal->done_lock, deadline))
    ;
  g_mutex_unlock (&journal->done_lock);
}

static void
write_now (ScopeJournal *journal)
{
  Entry *entry = g_new0 (Entry, 1);
  g_autofree char *now = g_strdup_printf ("%" G_GINT64_FORMAT, g_get_real_time () / G_USEC_PER_SEC);

  g_clear_handle_id (&journal->rest, g_source_remove);
  entry->journal = journal;
  entry->serial = ++journal->serial;
  entry->recipe = journal->make (journal->data);
  entry->recipe->flags |= SMOOTH_RECIPE_QUICK;
  smooth_recipe_add_text (entry->recipe, GROUP, "saved", now);
  scope_worker_request (journal->worker, entry, G_MAXDOUBLE);
}

static gboolean
on_rest (gpointer data)
{
  ScopeJournal *journal = data;

  journal->rest = 0;
  write_now (journal);
  return G_SOURCE_REMOVE;
}

/**
 * scope_journal_follow:
 * @at_once: FALSE: a little later, together with the changes until then
 *
 * To be called whenever there is something new that would be lost. Writes it in the background.
 */
void
scope_journal_follow (ScopeJournal *journal, gboolean at_once)
{
  if (at_once)
    {
      wait_done (journal, g_get_monotonic_time () + WAIT_US);
      write_now (journal);
    }
  else if (journal->rest == 0)
    journal->rest = g_timeout_add (REST_MS, on_rest, journal);
}

/* Waits until the newest state has been written; a failure was or will be told. */
void
scope_journal_flush (ScopeJournal *journal)
{
  if (journal->rest != 0)
    write_now (journal);
  wait_done (journal, g_get_monotonic_time () + 2 * G_USEC_PER_SEC);
}

/* What was left behind */

static gboolean
read_files (ScopeRecovery *recovery, GError **error)
{
  g_autofree char *path = dup_file (recovery->id, SCOPE_SESSION_SUFFIX);
  g_autoptr (SmoothReport) report = smooth_report_new ();
  gint64 saved = 0;

  recovery->recipe = smooth_recipe_read (path, report, error);
  if (recovery->recipe == NULL)
    return FALSE;
  const char *text = smooth_recipe_get_text (recovery->recipe, GROUP, "saved");
  if (text != NULL)
    g_ascii_string_to_signed (text, 10, 0, G_MAXINT64, &saved, NULL);
  recovery->saved = g_date_time_new_from_unix_local (saved);
  recovery->session = g_strdup (smooth_recipe_get_text (recovery->recipe, GROUP, "session"));
  if (smooth_recipe_get_input (recovery->recipe, "section") != NULL)
    return TRUE;
  smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s: expected the member 'section', found none", path);
  return FALSE;
}

/* Takes what nobody has locked; NULL where it cannot be read, too. */
static ScopeRecovery *
recovery_new (const char *id)
{
  int lock = take_lock (id);
  g_autoptr (GError) error = NULL;

  if (lock < 0)
    return NULL;
  ScopeRecovery *recovery = g_new0 (ScopeRecovery, 1);
  recovery->id = g_strdup (id);
  recovery->lock = lock;
  if (read_files (recovery, &error))
    return recovery;
  g_debug ("%s: %s", id, error->message);
  scope_recovery_free (recovery);
  return NULL;
}

static gint64
saved_at (const ScopeRecovery *recovery)
{
  return recovery->saved != NULL ? g_date_time_to_unix (recovery->saved) : 0;
}

static gint
compare_times (gconstpointer a, gconstpointer b)
{
  gint64 time_a = saved_at (*(ScopeRecovery *const *) a), time_b = saved_at (*(ScopeRecovery *const *) b);

  return time_a > time_b ? -1 : time_a < time_b;
}

/* Returns: (transfer full): of ScopeRecovery: what windows left behind whose program did not end well, the newest first. The
 * array does not free what it holds: each is to be freed, put aside or deleted. */
GPtrArray *
scope_recovery_find_all (void)
{
  g_autofree char *folder = scope_journal_dup_folder ();
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  GPtrArray *all = g_ptr_array_new ();
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      if (!g_str_has_suffix (name, SCOPE_SESSION_SUFFIX))
        continue;
      g_autofree char *id = g_strndup (name, strlen (name) - strlen (SCOPE_SESSION_SUFFIX));
      ScopeRecovery *recovery = recovery_new (id);
      if (recovery != NULL)
        g_ptr_array_add (all, recovery);
    }
  g_ptr_array_sort (all, compare_times);
  return all;
}

/* Lets go of it: the files stay and are found again. */
void
scope_recovery_free (ScopeRecovery *recovery)
{
  smooth_recipe_free (recovery->recipe);
  g_free (recovery->session);
  g_clear_pointer (&recovery->saved, g_date_time_unref);
  g_free (recovery->id);
  close (recovery->lock);
  g_free (recovery);
}

typedef void (*FileFunc) (const char *folder, const char *name);

/* All files of an ID. */
static void
each_file (const ScopeRecovery *recovery, FileFunc func)
{
  g_autofree char *folder = scope_journal_dup_folder ();
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;
  gsize length = strlen (recovery->id);

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (strncmp (name, recovery->id, length) == 0 && name[length] == '.')
      g_ptr_array_add (names, g_strdup (name));
  for (guint i = 0; i < names->len; i++)
    func (folder, names->pdata[i]);
}

static void
delete_one (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_unlink (path);
}

static void
move_one (const char *folder, const char *name)
{
  g_autofree char *from = g_build_filename (folder, name, NULL);
  g_autofree char *to = g_build_filename (folder, ASIDE, name, NULL);

  if (g_str_has_suffix (name, ".lock"))
    g_unlink (from);
  else if (g_rename (from, to) != 0)
    g_debug ("%s: %s", to, g_strerror (errno));
}

/* What has lain aside for long goes. */
static void
clear_aside (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  gint64 oldest = g_get_real_time () / G_USEC_PER_SEC - KEPT_DAYS * 24 * 3600;
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      GStatBuf status;
      if (g_stat (path, &status) == 0 && status.st_mtime < oldest)
        g_unlink (path);
    }
}

/* The user does not want it now: it is kept in a folder beside, for some weeks. Frees it. */
void
scope_recovery_put_aside (ScopeRecovery *recovery)
{
  g_autofree char *aside = scope_journal_dup_aside ();

  g_mkdir_with_parents (aside, 0700);
  clear_aside (aside);
  each_file (recovery, move_one);
  scope_recovery_free (recovery);
}

/* It is in the window, and so in the window's own journal. Frees it. */
void
scope_recovery_delete (ScopeRecovery *recovery)
{
  each_file (recovery, delete_one);
  scope_recovery_free (recovery);
}
