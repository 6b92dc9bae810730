/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What can be done with what an analysis found, and what only one analysis asks for. */
#pragma once

#include "analyses.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_ANALYSES_EXTRAS (scope_analyses_extras_get_type ())
G_DECLARE_FINAL_TYPE (ScopeAnalysesExtras, scope_analyses_extras, SCOPE, ANALYSES_EXTRAS, GtkBox)

GtkWidget *scope_analyses_extras_new (SmoothAnalysisKind kind, ScopeDocument *document, ScopeAnalyses *analyses);

G_END_DECLS
