/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What red, green and blue show, by names that a user types. */
#pragma once

#include "document.h"

G_BEGIN_DECLS

gboolean scope_channel_find (ScopeDocument *document, const char *name, ScopeChannel *channel);
char *scope_channel_dup_name (ScopeDocument *document, const ScopeChannel *channel);
char *scope_channel_dup_suggestions (ScopeDocument *document, const char *name);
void scope_channel_find_top_types (const SmoothResult *result, gint64 types[SCOPE_N_CHANNELS]);

G_END_DECLS
