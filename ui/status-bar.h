/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the picture shows: the parameters behind it, and what the solver claims about it. */
#pragma once

#include "document.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_STATUS_BAR (scope_status_bar_get_type ())
G_DECLARE_FINAL_TYPE (ScopeStatusBar, scope_status_bar, SCOPE, STATUS_BAR, GtkBox)

void scope_status_bar_set_document (ScopeStatusBar *bar, ScopeDocument *document);

G_END_DECLS
