/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Three files a window in $XDG_STATE_HOME/smoothscope/journal:
 *
 *     ID.lock        locked as long as the window is there; the system unlocks it when the program dies
 *     ID-N.geojson   the regions; N counts, so that a file is never changed
 *     ID.ini         section, reference, parameters and which regions: replaced at once, last of all
 *
 * They are written on a thread after every change that can be undone, the newest first, and deleted when the window is
 * closed. To write takes as long as the disk takes: the main loop never waits for it but when a window is closed. */
#include "journal.h"

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

struct _ScopeJournal
{
  ScopeWorker *worker;
  ScopeJournalFunc failed;
  gpointer data;
  char *id;
  gboolean has_failed;     /* and that was told */
  guint64 serial;          /* of the newest request */
  guint rest;              /* source: will write the document */
  ScopeDocument *document; /* borrowed: that is to be written then */

  GMutex lock; /* guards what follows and the files, while they are written, too */
  int lock_file;      /* -1: not made yet */
  guint64 written;    /* of the entry in the files */
  char *regions_name; /* of their file; NULL: none */
};

/* The state of a document: what one set of files holds. */
typedef struct
{
  ScopeJournal *journal;
  guint64 serial;
  char *section, *signature;
  SmoothScale scale;
  SmoothParameters parameters;
  SmoothRegions *regions;
} Entry;

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_free (entry->section);
  g_free (entry->signature);
  smooth_regions_unref (entry->regions);
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

static GKeyFile *
key_file_new (const Entry *entry, const char *regions_name)
{
  GKeyFile *file = g_key_file_new ();

  g_key_file_set_string (file, GROUP, "section", entry->section);
  if (entry->signature != NULL)
    g_key_file_set_string (file, GROUP, "signature", entry->signature);
  g_key_file_set_integer (file, GROUP, "scale", entry->scale);
  g_key_file_set_string (file, GROUP, "regions", regions_name);
  g_key_file_set_int64 (file, GROUP, "saved", g_get_real_time () / G_USEC_PER_SEC);
  for (gsize g = 0; g < smooth_n_parameter_groups; g++)
    {
      const SmoothParamTable *table = smooth_parameter_groups[g].table;
      const char *settings = (const char *) &entry->parameters + smooth_parameter_groups[g].offset;
      for (gsize i = 0; i < table->n_params; i++)
        {
          g_autofree char *text = smooth_param_dup_text (&table->params[i], smooth_param_get (&table->params[i], settings));
          g_key_file_set_string (file, table->name, table->params[i].name, text);
        }
    }
  return file;
}

static gboolean
make_folder (ScopeJournal *journal, GError **error)
{
  g_autofree char *folder = scope_journal_dup_folder ();

  if (g_mkdir_with_parents (folder, 0700) != 0)
    {
      g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FILE, _("%s cannot be made: %s"), folder, g_strerror (errno));
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
  if (entry->serial <= journal->written)
    return TRUE;
  if (!make_folder (journal, error))
    return FALSE;
  g_autofree char *suffix = g_strdup_printf ("-%" G_GUINT64_FORMAT ".geojson", entry->serial);
  g_autofree char *regions_path = dup_file (journal->id, suffix);
  g_autofree char *path = dup_file (journal->id, ".ini");
  g_autofree char *regions_name = g_path_get_basename (regions_path);
  g_autoptr (GKeyFile) file = key_file_new (entry, regions_name);

  if (!smooth_regions_save (entry->regions, regions_path, error))
    return FALSE;
  if (!g_key_file_save_to_file (file, path, error))
    {
      g_unlink (regions_path);
      return FALSE;
    }
  if (journal->regions_name != NULL)
    delete_file (journal->regions_name, "");
  g_free (journal->regions_name);
  journal->regions_name = g_steal_pointer (&regions_name);
  journal->written = entry->serial;
  return TRUE;
}

static gpointer
state_new (void)
{
  return NULL;
}

static void
state_free (gpointer state)
{
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
    scope_worker_publish (worker, error);
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
  .state_new = state_new,
  .state_free = state_free,
  .work = work,
  .deliver = deliver,
  .request_free = entry_free,
  .answer_free = free_error,
};

/* Nothing is written before there is something to lose. */
ScopeJournal *
scope_journal_new (ScopeJournalFunc failed, gpointer data)
{
  static guint n_journals = 0;
  ScopeJournal *journal = g_new0 (ScopeJournal, 1);

  g_mutex_init (&journal->lock);
  journal->lock_file = -1;
  journal->id =
      g_strdup_printf ("%" G_GINT64_FORMAT "-%d-%u", g_get_real_time () / G_USEC_PER_SEC, (int) getpid (), n_journals++);
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
  g_free (journal->id);
  g_free (journal->regions_name);
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
  if (journal->regions_name != NULL)
    {
      delete_file (journal->id, ".ini");
      delete_file (journal->regions_name, "");
      g_clear_pointer (&journal->regions_name, g_free);
    }
  if (journal->lock_file >= 0)
    {
      delete_file (journal->id, ".lock");
      close (journal->lock_file);
      journal->lock_file = -1;
    }
  g_mutex_unlock (&journal->lock);
}

static Entry *
entry_new (ScopeJournal *journal, ScopeDocument *document)
{
  const SmoothSection *section = scope_document_get_section (document);
  const SmoothSignature *signature = scope_document_get_signature (document);
  Entry *entry = g_new0 (Entry, 1);

  entry->journal = journal;
  entry->serial = ++journal->serial;
  entry->section = g_canonicalize_filename (section->path, NULL);
  entry->signature = signature != NULL && signature->path != NULL ? g_canonicalize_filename (signature->path, NULL) : NULL;
  entry->scale = scope_document_get_asked_scale (document);
  entry->parameters = *scope_document_get_parameters (document);
  entry->regions = smooth_regions_ref (scope_document_get_regions (document));
  return entry;
}

static gboolean
on_rest (gpointer data)
{
  ScopeJournal *journal = data;

  journal->rest = 0;
  scope_journal_follow (journal, journal->document, TRUE);
  return G_SOURCE_REMOVE;
}

/**
 * scope_journal_follow:
 * @document: must outlive the journal
 * @at_once: FALSE: a little later, together with the changes until then
 *
 * To be called whenever section, reference, regions or parameters of @document have changed. Writes its state in the
 * background; where nothing can be undone there is nothing to lose, and the files go.
 */
void
scope_journal_follow (ScopeJournal *journal, ScopeDocument *document, gboolean at_once)
{
  const SmoothSection *section = scope_document_get_section (document);

  journal->document = document;
  if (section == NULL || section->path == NULL
      || (scope_document_get_undo (document) == NULL && scope_document_get_redo (document) == NULL))
    scope_journal_discard (journal);
  else if (at_once)
    {
      g_clear_handle_id (&journal->rest, g_source_remove);
      scope_worker_request (journal->worker, entry_new (journal, document), G_MAXDOUBLE);
    }
  else if (journal->rest == 0)
    journal->rest = g_timeout_add (REST_MS, on_rest, journal);
}

/* Waits until the newest state has been written; a failure was or will be told. */
void
scope_journal_flush (ScopeJournal *journal)
{
  gboolean is_written = FALSE;

  if (journal->rest != 0)
    scope_journal_follow (journal, journal->document, TRUE);
  for (gint i = 0; i < 1000 && !is_written; i++)
    {
      g_mutex_lock (&journal->lock);
      is_written = journal->written >= journal->serial;
      g_mutex_unlock (&journal->lock);
      if (!is_written)
        g_usleep (1000);
    }
}

/* What was left behind */

static gboolean
read_parameters (GKeyFile *file, SmoothParameters *parameters, GError **error)
{
  smooth_parameters_init (parameters);
  for (gsize g = 0; g < smooth_n_parameter_groups; g++)
    {
      const SmoothParamTable *table = smooth_parameter_groups[g].table;
      char *settings = (char *) parameters + smooth_parameter_groups[g].offset;
      for (gsize i = 0; i < table->n_params; i++)
        {
          g_autofree char *text = g_key_file_get_string (file, table->name, table->params[i].name, NULL);
          if (text != NULL && !smooth_param_parse (&table->params[i], settings, text, error))
            return FALSE;
        }
    }
  return TRUE;
}

static gboolean
read_files (ScopeRecovery *recovery, GError **error)
{
  g_autofree char *path = dup_file (recovery->id, ".ini");
  g_autoptr (GKeyFile) file = g_key_file_new ();

  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, error))
    return FALSE;
  recovery->section = g_key_file_get_string (file, GROUP, "section", error);
  recovery->signature = g_key_file_get_string (file, GROUP, "signature", NULL);
  recovery->scale =
      (SmoothScale) CLAMP (g_key_file_get_integer (file, GROUP, "scale", NULL), SMOOTH_SCALE_GUESS, SMOOTH_SCALE_LOG2);
  recovery->saved = g_date_time_new_from_unix_local (g_key_file_get_int64 (file, GROUP, "saved", NULL));
  g_autofree char *name = recovery->section != NULL ? g_key_file_get_string (file, GROUP, "regions", error) : NULL;
  if (name == NULL || !read_parameters (file, &recovery->parameters, error))
    return FALSE;
  g_autofree char *base = g_path_get_basename (name);
  g_autofree char *regions_path = dup_file (base, "");
  recovery->regions = smooth_regions_load (regions_path, error);
  return recovery->regions != NULL;
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

/* Returns: (transfer full) (nullable): the newest state that a program left behind when it did not end well */
ScopeRecovery *
scope_recovery_find (void)
{
  g_autofree char *folder = scope_journal_dup_folder ();
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  ScopeRecovery *newest = NULL;
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      if (!g_str_has_suffix (name, ".ini"))
        continue;
      g_autofree char *id = g_strndup (name, strlen (name) - strlen (".ini"));
      ScopeRecovery *recovery = recovery_new (id);
      if (recovery != NULL && (newest == NULL || saved_at (recovery) > saved_at (newest)))
        {
          g_clear_pointer (&newest, scope_recovery_free);
          newest = g_steal_pointer (&recovery);
        }
      g_clear_pointer (&recovery, scope_recovery_free);
    }
  return newest;
}

/* Lets go of it: the files stay and are found again. */
void
scope_recovery_free (ScopeRecovery *recovery)
{
  g_free (recovery->section);
  g_free (recovery->signature);
  g_clear_pointer (&recovery->regions, smooth_regions_unref);
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
    if (strncmp (name, recovery->id, length) == 0 && (name[length] == '.' || name[length] == '-'))
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
