/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The paragraph for the methods section of a paper, to be read, copied and saved. */
#pragma once

#include <gtk/gtk.h>
#include <smooth.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_METHODS_DIALOG (scope_methods_dialog_get_type ())
G_DECLARE_FINAL_TYPE (ScopeMethodsDialog, scope_methods_dialog, SCOPE, METHODS_DIALOG, GtkWindow)

GtkWidget *scope_methods_dialog_new (GtkWindow *parent, SmoothOutcome *outcome);

G_END_DECLS
