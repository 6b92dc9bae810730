/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One run of a long computation: how it is cancelled, where its progress goes and how many threads it may use. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _SmoothRun SmoothRun;

/* fraction: 0..1, or negative where the length is not known. Called from any thread, at most ten times a second. */
typedef void (*SmoothProgressFunc) (double fraction, const char *what, gpointer data);

SmoothRun *smooth_run_new (gint n_threads);
SmoothRun *smooth_run_ref (SmoothRun *run);
void smooth_run_unref (SmoothRun *run);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothRun, smooth_run_unref)

void smooth_run_set_progress (SmoothRun *run, SmoothProgressFunc func, gpointer data);
void smooth_run_report (SmoothRun *run, double fraction, const char *what);

void smooth_run_cancel (SmoothRun *run);
gboolean smooth_run_is_cancelled (const SmoothRun *run);
gboolean smooth_run_check (const SmoothRun *run, GError **error);

SmoothRun *smooth_run_set_current (SmoothRun *run);
SmoothRun *smooth_run_get_current (void);

gint smooth_run_get_n_threads (const SmoothRun *run);

G_END_DECLS
