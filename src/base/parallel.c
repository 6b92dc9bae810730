/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small pool of sleeping workers that share blocks through one atomic counter.
 *
 * The caller works too, and waits only for workers that have started, so that a busy machine costs nothing:
 * a worker that the system has not yet woken finds the work done and goes back to sleep. Workers sleep on a
 * condition variable, they never spin: on two cores spinning barriers slow everybody down. Only one caller at a
 * time has the pool; another one that comes meanwhile does its blocks alone, with the same result.
 */
#include "base/parallel.h"

#include <stdatomic.h>

#define MAX_WORKERS 64

typedef struct
{
  SmoothBlockFunc func;
  gpointer data;
  gint64 n_blocks;
  _Atomic gint64 next_block;
  gint n_wanted;  /* helpers that may still join; guarded by the lock */
  gint n_joined;  /* helpers that have joined; guarded by the lock */
  gint n_running; /* helpers that are inside; guarded by the lock */
} Job;

static struct
{
  GMutex lock;
  GCond wake;
  GCond done;
  Job *job; /* the job that helpers may join */
  gint n_workers;
  GMutex owner; /* held by the caller that has the pool */
} pool;

static void
work (Job *job, gint worker)
{
  for (;;)
    {
      gint64 block = atomic_fetch_add_explicit (&job->next_block, 1, memory_order_relaxed);
      if (block >= job->n_blocks)
        return;
      job->func (block, worker, job->data);
    }
}

static gpointer
worker_main (gpointer unused)
{
  (void) unused;
  g_mutex_lock (&pool.lock);
  for (;;)
    {
      while (pool.job == NULL || pool.job->n_wanted == 0)
        g_cond_wait (&pool.wake, &pool.lock);

      Job *job = pool.job;
      gint worker = ++job->n_joined;
      job->n_wanted--;
      job->n_running++;
      g_mutex_unlock (&pool.lock);

      work (job, worker);

      g_mutex_lock (&pool.lock);
      if (--job->n_running == 0)
        g_cond_signal (&pool.done);
    }
  return NULL;
}

/* Called with the owner lock held. */
static void
grow_pool (gint n_helpers)
{
  while (pool.n_workers < n_helpers)
    {
      g_autoptr (GThread) thread = g_thread_try_new ("smooth-worker", worker_main, NULL, NULL);
      if (thread == NULL)
        return; /* fewer helpers: slower, not wrong */
      pool.n_workers++;
    }
}

/**
 * smooth_i_parallel:
 * @n_threads: the most threads to use, the caller included
 * @n_blocks: the number of blocks
 * @func: does one block
 * @data: handed to @func
 *
 * Calls @func once for each block 0 .. @n_blocks - 1, in any order and on any thread, and returns when all are
 * done. Calls may not nest: an inner call runs on the thread that makes it.
 */
void
smooth_i_parallel (gint n_threads, gint64 n_blocks, SmoothBlockFunc func, gpointer data)
{
  gint n_helpers = (gint) MIN ((gint64) MIN (n_threads, MAX_WORKERS) - 1, n_blocks - 1);

  if (n_helpers <= 0 || !g_mutex_trylock (&pool.owner))
    {
      for (gint64 block = 0; block < n_blocks; block++)
        func (block, 0, data);
      return;
    }

  Job job = { .func = func, .data = data, .n_blocks = n_blocks, .n_wanted = n_helpers };

  grow_pool (n_helpers);
  g_mutex_lock (&pool.lock);
  pool.job = &job;
  g_cond_broadcast (&pool.wake);
  g_mutex_unlock (&pool.lock);

  work (&job, 0);

  g_mutex_lock (&pool.lock);
  pool.job = NULL; /* nobody joins any more */
  while (job.n_running > 0)
    g_cond_wait (&pool.done, &pool.lock);
  g_mutex_unlock (&pool.lock);
  g_mutex_unlock (&pool.owner);
}
