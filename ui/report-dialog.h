/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was read, matched and kept, and what may be wrong with it. */
#pragma once

#include <gtk/gtk.h>
#include <smooth.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_REPORT_DIALOG (scope_report_dialog_get_type ())
G_DECLARE_FINAL_TYPE (ScopeReportDialog, scope_report_dialog, SCOPE, REPORT_DIALOG, GtkWindow)

GtkWidget *scope_report_dialog_new (GtkWindow *parent, const SmoothReport *report);
void scope_report_dialog_add_action (ScopeReportDialog *dialog, const char *label, GAction *action);
guint scope_report_count_warnings (const SmoothReport *report);

G_END_DECLS
