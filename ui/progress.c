/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reports come from any thread; the main loop hears of them by one idle. */
#include "progress.h"

struct _ScopeProgress
{
  GObject parent_instance;
  SmoothRun *run;

  GMutex lock; /* guards what follows */
  double fraction;
  char *text;
  guint idle; /* holds a reference */
};

G_DEFINE_FINAL_TYPE (ScopeProgress, scope_progress, G_TYPE_OBJECT)

static guint changed_signal;

static gboolean
tell (gpointer data)
{
  ScopeProgress *progress = data;

  g_mutex_lock (&progress->lock);
  progress->idle = 0;
  g_mutex_unlock (&progress->lock);
  g_signal_emit (progress, changed_signal, 0);
  return G_SOURCE_REMOVE;
}

static void
on_report (double fraction, const char *what, gpointer data)
{
  ScopeProgress *progress = data;

  g_mutex_lock (&progress->lock);
  progress->fraction = fraction;
  if (what != NULL)
    {
      g_free (progress->text);
      progress->text = g_strdup (what);
    }
  if (progress->idle == 0)
    progress->idle = g_idle_add_full (G_PRIORITY_DEFAULT, tell, g_object_ref (progress), g_object_unref);
  g_mutex_unlock (&progress->lock);
}

/* @text: what is being done, until the work says it itself */
ScopeProgress *
scope_progress_new (const char *text)
{
  ScopeProgress *progress = g_object_new (SCOPE_TYPE_PROGRESS, NULL);

  progress->text = g_strdup (text);
  return progress;
}

/* Returns: (transfer none): to be given to the work */
SmoothRun *
scope_progress_get_run (ScopeProgress *progress)
{
  return progress->run;
}

/* Returns: 0..1, or negative where it is not known */
double
scope_progress_get_fraction (ScopeProgress *progress)
{
  g_mutex_lock (&progress->lock);
  double fraction = progress->fraction;
  g_mutex_unlock (&progress->lock);
  return fraction;
}

char *
scope_progress_dup_text (ScopeProgress *progress)
{
  g_mutex_lock (&progress->lock);
  char *text = g_strdup (progress->text);
  g_mutex_unlock (&progress->lock);
  return text;
}

void
scope_progress_cancel (ScopeProgress *progress)
{
  smooth_run_cancel (progress->run);
}

static void
scope_progress_finalize (GObject *object)
{
  ScopeProgress *progress = SCOPE_PROGRESS (object);

  smooth_run_set_progress (progress->run, NULL, NULL);
  smooth_run_unref (progress->run);
  g_free (progress->text);
  g_mutex_clear (&progress->lock);
  G_OBJECT_CLASS (scope_progress_parent_class)->finalize (object);
}

static void
scope_progress_class_init (ScopeProgressClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = scope_progress_finalize;
  changed_signal = g_signal_new ("changed", SCOPE_TYPE_PROGRESS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
scope_progress_init (ScopeProgress *progress)
{
  g_mutex_init (&progress->lock);
  progress->fraction = -1.0;
  progress->run = smooth_run_new (0);
  smooth_run_set_progress (progress->run, on_report, progress);
}
