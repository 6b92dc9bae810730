/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What screen readers and keyboards need and GTK does not do by itself. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

void scope_access_name_parts (GtkWidget *root);
void scope_access_present (GtkWindow *window);
void scope_access_name (GtkWidget *widget, const char *name);
void scope_access_name_by (GtkWidget *widget, GtkWidget *label);
gboolean scope_access_focus_next (GtkWidget *const *panes, gsize n_panes, gboolean forward);

G_END_DECLS
