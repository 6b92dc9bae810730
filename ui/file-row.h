/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A row for a table that a computation may be given: its name, the file or a button that asks for one, and a way back. */
#pragma once

#include <gtk/gtk.h>
#include <smooth.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_FILE_ROW (scope_file_row_get_type ())
G_DECLARE_FINAL_TYPE (ScopeFileRow, scope_file_row, SCOPE, FILE_ROW, GtkBox)

GtkWidget *scope_file_row_new (const SmoothInputFileInfo *info);
void scope_file_row_set_path (ScopeFileRow *row, const char *path);

G_END_DECLS
