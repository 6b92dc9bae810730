/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asks what a figure is to show and how large it is to be, with the figure beside it; copies or saves it. */
#pragma once

#include "figure-order.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_EXPORT_DIALOG (scope_export_dialog_get_type ())
G_DECLARE_FINAL_TYPE (ScopeExportDialog, scope_export_dialog, SCOPE, EXPORT_DIALOG, GtkWindow)

/* The figure was saved at @path. */
typedef void (*ScopeExportedFunc) (const char *path, gpointer data);

/* Returns: (transfer full): the session as it is */
typedef SmoothRecipe *(*ScopeRecipeFunc) (gpointer data);

GtkWidget *scope_export_dialog_new (GtkWindow *parent, const ScopeFigureOrder *order, const double view[4], ScopeRecipeFunc recipe_func,
                                    ScopeExportedFunc exported_func, gpointer data);

G_END_DECLS
