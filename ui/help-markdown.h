/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A page of Markdown as widgets: one for each paragraph, list item, table and picture. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

GtkWidget *scope_help_markdown_new (const char *text, const char *folder, GCallback on_link, gpointer data);

G_END_DECLS
