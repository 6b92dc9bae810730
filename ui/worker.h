/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A thread that does the newest request only, and hands its newest answer to the main loop. */
#pragma once

#include <smooth.h>

G_BEGIN_DECLS

typedef struct _ScopeWorker ScopeWorker;

/* What a worker does. `state` belongs to the thread alone; `owner` to the main loop. */
typedef struct
{
  const char *name;                 /* of the thread */
  gpointer (*state_new) (void);     /* (nullable), on the thread; NULL: work needs no memory of what was before */
  void (*state_free) (gpointer state); /* (nullable) */
  /* On the thread: does one request and publishes answers on the way; borrows the request. */
  void (*work) (ScopeWorker *worker, gpointer request, SmoothRun *run, gpointer state);
  void (*deliver) (gpointer answer, gpointer owner); /* on the main loop; owns the answer */
  GDestroyNotify request_free;
  GDestroyNotify answer_free;
} ScopeWorkerFuncs;

ScopeWorker *scope_worker_new (const ScopeWorkerFuncs *funcs, gpointer owner);
void scope_worker_free (ScopeWorker *worker);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeWorker, scope_worker_free)

void scope_worker_request (ScopeWorker *worker, gpointer request, double patience);
gint64 scope_worker_get_pace (ScopeWorker *worker);
gboolean scope_worker_wait (ScopeWorker *worker, gint64 deadline);
void scope_worker_cancel_outdated (ScopeWorker *worker);
void scope_worker_cancel (ScopeWorker *worker);
void scope_worker_publish (ScopeWorker *worker, gpointer answer);
gboolean scope_worker_has_newer (ScopeWorker *worker);

G_END_DECLS
