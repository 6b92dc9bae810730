/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pages of help: a list that can be searched, and the page that is read. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_HELP_WINDOW (scope_help_window_get_type ())
G_DECLARE_FINAL_TYPE (ScopeHelpWindow, scope_help_window, SCOPE, HELP_WINDOW, GtkWindow)

GtkWidget *scope_help_window_new (GtkApplication *application);
void scope_help_window_show_page (ScopeHelpWindow *window, const char *name);

G_END_DECLS
