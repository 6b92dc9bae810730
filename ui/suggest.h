/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A dialog that suggests lambda and rho: computed in the background, shown with the whole curve and the reasons; taken or left. */
#pragma once

#include "document.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_SUGGEST (scope_suggest_get_type ())
G_DECLARE_FINAL_TYPE (ScopeSuggest, scope_suggest, SCOPE, SUGGEST, GtkWindow)

GtkWidget *scope_suggest_new (GtkWindow *parent, ScopeDocument *document, SmoothChooseMethod method);

G_END_DECLS
