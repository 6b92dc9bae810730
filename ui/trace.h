/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Measuring: with SMOOTHSCOPE_TRACE=FILE the program appends what happened when, one JSON object a line. */
#pragma once

#include <gtk/gtk.h>
#include <smooth.h>

G_BEGIN_DECLS

void scope_trace_init (void);
void scope_trace_finish (void);
gboolean scope_trace_is_on (void);
void scope_trace (const char *event, const char *detail);

void scope_trace_requested (guint64 generation);
void scope_trace_step (const char *event, guint64 generation, const char *detail);
gint64 scope_trace_cpu_time (void);
void scope_trace_frame_begins (void);
void scope_trace_frame (void);
void scope_trace_painted (guint64 generation, const SmoothOutcome *outcome, gboolean has_histology);

G_END_DECLS
