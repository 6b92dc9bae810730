/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One analysis: its switch, its settings as rows of the declared tables, its state in words, progress and Cancel. */
#pragma once

#include "analyses.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_ANALYSES_SECTION (scope_analyses_section_get_type ())
G_DECLARE_FINAL_TYPE (ScopeAnalysesSection, scope_analyses_section, SCOPE, ANALYSES_SECTION, GtkBox)

GtkWidget *scope_analyses_section_new (SmoothAnalysisKind kind, ScopeDocument *document, ScopeAnalyses *analyses);

G_END_DECLS
