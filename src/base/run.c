/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cancellation is one atomic load; progress is coalesced here so that callers may report as often as they like. */
#include "base/run.h"

#include "base/error.h"

#define REPORT_INTERVAL_US (G_USEC_PER_SEC / 10)

struct _SmoothRun
{
  gatomicrefcount ref_count;
  gint cancelled; /* atomic */
  gint n_threads;

  GMutex lock; /* guards what follows */
  SmoothProgressFunc progress;
  gpointer progress_data;
  gint64 last_report; /* monotonic time, us */
};

/**
 * smooth_run_new:
 * @n_threads: the most threads to use; 0 for one a processor
 *
 * Results never depend on the number of threads.
 *
 * Returns: (transfer full): a run that is not cancelled and reports to nobody
 */
SmoothRun *
smooth_run_new (gint n_threads)
{
  SmoothRun *run = g_new0 (SmoothRun, 1);

  g_atomic_ref_count_init (&run->ref_count);
  g_mutex_init (&run->lock);
  run->n_threads = n_threads > 0 ? n_threads : (gint) g_get_num_processors ();
  return run;
}

SmoothRun *
smooth_run_ref (SmoothRun *run)
{
  g_atomic_ref_count_inc (&run->ref_count);
  return run;
}

void
smooth_run_unref (SmoothRun *run)
{
  if (run == NULL || !g_atomic_ref_count_dec (&run->ref_count))
    return;
  g_mutex_clear (&run->lock);
  g_free (run);
}

void
smooth_run_set_progress (SmoothRun *run, SmoothProgressFunc func, gpointer data)
{
  g_mutex_lock (&run->lock);
  run->progress = func;
  run->progress_data = data;
  g_mutex_unlock (&run->lock);
}

/**
 * smooth_run_report:
 * @run: (nullable): the run
 * @fraction: the share that is done, or negative where it is not known
 * @what: what is being done, in a user's words
 *
 * May be called from any thread. Reports that follow each other within a tenth of a second are dropped, the
 * finishing one (fraction >= 1) excepted.
 */
void
smooth_run_report (SmoothRun *run, double fraction, const char *what)
{
  if (run == NULL)
    return;

  g_mutex_lock (&run->lock);
  gint64 now = g_get_monotonic_time ();
  gboolean due = fraction >= 1.0 || now - run->last_report >= REPORT_INTERVAL_US;
  if (due && run->progress != NULL)
    {
      run->last_report = now;
      run->progress (fraction, what, run->progress_data);
    }
  g_mutex_unlock (&run->lock);
}

void
smooth_run_cancel (SmoothRun *run)
{
  g_atomic_int_set (&run->cancelled, 1);
}

/**
 * smooth_run_is_cancelled:
 * @run: (nullable): the run
 *
 * One atomic load: cheap enough to be asked at least every 10 ms of work.
 */
gboolean
smooth_run_is_cancelled (const SmoothRun *run)
{
  return run != NULL && g_atomic_int_get (&run->cancelled) != 0;
}

/**
 * smooth_run_check:
 * @run: (nullable): the run
 * @error: set to SMOOTH_ERROR_CANCELLED where the run was cancelled
 *
 * Returns: TRUE to go on
 */
gboolean
smooth_run_check (const SmoothRun *run, GError **error)
{
  if (!smooth_run_is_cancelled (run))
    return TRUE;
  smooth_error_set (error, SMOOTH_ERROR_CANCELLED, "cancelled");
  return FALSE;
}

gint
smooth_run_get_n_threads (const SmoothRun *run)
{
  return run != NULL ? run->n_threads : (gint) g_get_num_processors ();
}

static GPrivate current = G_PRIVATE_INIT (NULL); /* SmoothRun */

/**
 * smooth_run_set_current:
 * @run: (nullable): of what this thread reads and writes from now on; borrowed until another takes its place
 *
 * Whoever starts the reading or writing of files knows the run; those who do it are many levels below, and none between them
 * works long. So tables and texts, all that is written, and figures ask the run of their thread: once it is cancelled they
 * fail as on a full disk, and nothing remains.
 *
 * Returns: the run before, to be set again afterwards
 */
SmoothRun *
smooth_run_set_current (SmoothRun *run)
{
  SmoothRun *before = g_private_get (&current);

  g_private_set (&current, run);
  return before;
}

/* Returns: (transfer none) (nullable): the run of what this thread reads and writes */
SmoothRun *
smooth_run_get_current (void)
{
  return g_private_get (&current);
}
