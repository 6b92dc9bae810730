/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The computation in the background: parameters in, outcomes out, the newest first. */
#pragma once

#include <glib-object.h>
#include <smooth.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_ENGINE (scope_engine_get_type ())
G_DECLARE_FINAL_TYPE (ScopeEngine, scope_engine, SCOPE, ENGINE, GObject)

ScopeEngine *scope_engine_new (void);
guint64 scope_engine_request (ScopeEngine *engine, const SmoothInputs *inputs, const SmoothParameters *parameters);
gboolean scope_engine_is_busy (ScopeEngine *engine);
void scope_engine_wait (ScopeEngine *engine, gint64 deadline);

G_END_DECLS
