/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Colours to choose from, and any other one. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_PALETTE (scope_palette_get_type ())
G_DECLARE_FINAL_TYPE (ScopePalette, scope_palette, SCOPE, PALETTE, GtkBox)

GtkWidget *scope_palette_new (void);
GtkWidget *scope_swatch_new (int size);
void scope_swatch_set_colour (GtkWidget *swatch, guint32 colour);

G_END_DECLS
