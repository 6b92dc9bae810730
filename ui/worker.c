/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two slots between the main loop and a thread: the request not yet taken and the answer not yet delivered. A newer
 * one replaces what lies in its slot, so that nothing queues up behind a hand that moves a slider. */
#include "worker.h"

/* Above redrawing, so that an answer is in the very next frame. */
#define DELIVERY_PRIORITY G_PRIORITY_DEFAULT

struct _ScopeWorker
{
  const ScopeWorkerFuncs *funcs;
  gpointer owner;
  GThread *thread;

  GMutex lock; /* guards what follows */
  GCond wake;     /* there is a request, or the end */
  GCond answered; /* there is an answer, or a request was done */
  gboolean quit;
  gpointer request; /* not yet taken */
  SmoothRun *run;   /* of the request that is being done; NULL while idle */
  gint64 started;   /* monotonic, us */
  gint64 pace;      /* what the last request that gave an answer took until its last one, us; 0: none has */
  gboolean has_published; /* the one that runs has given an answer */
  gpointer answer;  /* not yet delivered */
  GSource *idle;    /* will deliver it */
};

static gboolean
deliver (gpointer data)
{
  ScopeWorker *worker = data;

  g_mutex_lock (&worker->lock);
  gpointer answer = g_steal_pointer (&worker->answer);
  g_clear_pointer (&worker->idle, g_source_unref);
  g_mutex_unlock (&worker->lock);

  if (answer != NULL)
    worker->funcs->deliver (answer, worker->owner);
  return G_SOURCE_REMOVE;
}

/* Waits for a request; NULL at the end. */
static gpointer
take_request (ScopeWorker *worker, SmoothRun **run)
{
  gpointer request = NULL;

  g_mutex_lock (&worker->lock);
  g_clear_pointer (&worker->run, smooth_run_unref);
  g_cond_signal (&worker->answered);
  while (worker->request == NULL && !worker->quit)
    g_cond_wait (&worker->wake, &worker->lock);
  if (!worker->quit)
    {
      request = g_steal_pointer (&worker->request);
      worker->run = smooth_run_new (0);
      worker->started = g_get_monotonic_time ();
      worker->has_published = FALSE;
      *run = smooth_run_ref (worker->run);
    }
  g_mutex_unlock (&worker->lock);
  return request;
}

static gpointer
thread_main (gpointer data)
{
  ScopeWorker *worker = data;
  gpointer state = worker->funcs->state_new != NULL ? worker->funcs->state_new () : NULL;
  SmoothRun *run = NULL;
  gpointer request;

  while ((request = take_request (worker, &run)) != NULL)
    {
      worker->funcs->work (worker, request, run, state);
      worker->funcs->request_free (request);
      g_clear_pointer (&run, smooth_run_unref);
    }
  if (worker->funcs->state_free != NULL)
    worker->funcs->state_free (state);
  return NULL;
}

/**
 * scope_worker_new:
 * @funcs: (not copied): what it does
 * @owner: given to deliver(); must outlive the worker
 *
 * To be called on the main loop's thread, as all but scope_worker_publish() and scope_worker_has_newer().
 */
ScopeWorker *
scope_worker_new (const ScopeWorkerFuncs *funcs, gpointer owner)
{
  ScopeWorker *worker = g_new0 (ScopeWorker, 1);

  worker->funcs = funcs;
  worker->owner = owner;
  g_mutex_init (&worker->lock);
  g_cond_init (&worker->wake);
  g_cond_init (&worker->answered);
  worker->thread = g_thread_new (funcs->name, thread_main, worker);
  return worker;
}

/* Cancels what runs, waits for the thread (one cancellation interval) and drops what was not delivered. */
void
scope_worker_free (ScopeWorker *worker)
{
  g_mutex_lock (&worker->lock);
  worker->quit = TRUE;
  if (worker->run != NULL)
    smooth_run_cancel (worker->run);
  g_cond_signal (&worker->wake);
  g_mutex_unlock (&worker->lock);
  g_thread_join (worker->thread);

  if (worker->idle != NULL)
    {
      g_source_destroy (worker->idle);
      g_source_unref (worker->idle);
    }
  g_clear_pointer (&worker->request, worker->funcs->request_free);
  g_clear_pointer (&worker->answer, worker->funcs->answer_free);
  g_clear_pointer (&worker->run, smooth_run_unref);
  g_mutex_clear (&worker->lock);
  g_cond_clear (&worker->wake);
  g_cond_clear (&worker->answered);
  g_free (worker);
}

/**
 * scope_worker_request:
 * @request: (transfer full): what to do next
 * @patience: seconds that a running request may take without an answer before it is cancelled in favour of this one;
 *   one that has given an answer is cancelled at once
 *
 * Replaces a request that was not begun.
 */
void
scope_worker_request (ScopeWorker *worker, gpointer request, double patience)
{
  g_mutex_lock (&worker->lock);
  gpointer replaced = worker->request;
  worker->request = request;
  if (worker->run != NULL)
    {
      double seconds = (double) (g_get_monotonic_time () - worker->started) / G_USEC_PER_SEC;
      if (worker->has_published || seconds >= patience)
        smooth_run_cancel (worker->run);
    }
  g_cond_signal (&worker->wake);
  g_mutex_unlock (&worker->lock);

  if (replaced != NULL)
    worker->funcs->request_free (replaced);
}

/* Returns: what the last request that gave an answer took until its last one, us; 0 where none has */
gint64
scope_worker_get_pace (ScopeWorker *worker)
{
  g_mutex_lock (&worker->lock);
  gint64 pace = worker->pace;
  g_mutex_unlock (&worker->lock);
  return pace;
}

/**
 * scope_worker_wait:
 * @deadline: monotonic time, us
 *
 * Waits for an answer and delivers it, so that it is in the frame that is about to be painted and not in the one after.
 * Does not wait where the last request took longer than there is time, nor where nothing was asked for.
 *
 * Returns: whether an answer was delivered
 */
gboolean
scope_worker_wait (ScopeWorker *worker, gint64 deadline)
{
  gboolean in_time = TRUE;

  g_mutex_lock (&worker->lock);
  gint64 begin = worker->run != NULL && worker->request == NULL ? worker->started : g_get_monotonic_time ();
  gboolean is_quick = worker->pace > 0 && begin + worker->pace <= deadline;
  while (is_quick && in_time && worker->answer == NULL && (worker->request != NULL || worker->run != NULL))
    in_time = g_cond_wait_until (&worker->answered, &worker->lock, deadline);
  gboolean has_answer = worker->answer != NULL;
  if (worker->idle != NULL && has_answer)
    g_source_destroy (worker->idle);
  g_mutex_unlock (&worker->lock);

  if (has_answer)
    deliver (worker);
  return has_answer;
}

/* Asks what runs now to stop if a newer request waits. */
void
scope_worker_cancel_outdated (ScopeWorker *worker)
{
  g_mutex_lock (&worker->lock);
  if (worker->run != NULL && worker->request != NULL)
    smooth_run_cancel (worker->run);
  g_mutex_unlock (&worker->lock);
}

/* Drops a request that was not begun, and asks what runs to stop. */
void
scope_worker_cancel (ScopeWorker *worker)
{
  g_mutex_lock (&worker->lock);
  gpointer dropped = g_steal_pointer (&worker->request);
  if (worker->run != NULL)
    smooth_run_cancel (worker->run);
  g_mutex_unlock (&worker->lock);

  if (dropped != NULL)
    worker->funcs->request_free (dropped);
}

/**
 * scope_worker_publish:
 * @answer: (transfer full): goes to deliver() on the main loop
 *
 * To be called on the worker's thread. Replaces an answer that was not delivered yet.
 */
void
scope_worker_publish (ScopeWorker *worker, gpointer answer)
{
  g_mutex_lock (&worker->lock);
  gpointer replaced = worker->answer;
  worker->answer = answer;
  worker->has_published = TRUE;
  worker->pace = MAX (g_get_monotonic_time () - worker->started, 1);
  g_cond_signal (&worker->answered);
  if (worker->idle == NULL)
    {
      worker->idle = g_idle_source_new ();
      g_source_set_priority (worker->idle, DELIVERY_PRIORITY);
      g_source_set_static_name (worker->idle, worker->funcs->name);
      g_source_set_callback (worker->idle, deliver, worker, NULL);
      g_source_attach (worker->idle, NULL);
    }
  g_mutex_unlock (&worker->lock);

  if (replaced != NULL)
    worker->funcs->answer_free (replaced);
}

/* Whether a request waits behind the one that runs. */
gboolean
scope_worker_has_newer (ScopeWorker *worker)
{
  g_mutex_lock (&worker->lock);
  gboolean newer = worker->request != NULL || worker->quit;
  g_mutex_unlock (&worker->lock);
  return newer;
}
