/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Long work in the background: how far it is, and how it is stopped. */
#pragma once

#include <glib-object.h>
#include <smooth.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_PROGRESS (scope_progress_get_type ())
G_DECLARE_FINAL_TYPE (ScopeProgress, scope_progress, SCOPE, PROGRESS, GObject)

ScopeProgress *scope_progress_new (const char *text);
SmoothRun *scope_progress_get_run (ScopeProgress *progress);
double scope_progress_get_fraction (ScopeProgress *progress);
char *scope_progress_dup_text (ScopeProgress *progress);
void scope_progress_cancel (ScopeProgress *progress);

G_END_DECLS
