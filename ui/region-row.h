/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One region of the list: colour, name, number of spots, delete. */
#pragma once

#include "document.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_REGION_ROW (scope_region_row_get_type ())
G_DECLARE_FINAL_TYPE (ScopeRegionRow, scope_region_row, SCOPE, REGION_ROW, GtkBox)

GtkWidget *scope_region_row_new (ScopeDocument *document, gint64 i);
void scope_region_row_show (ScopeRegionRow *row, ScopeDocument *document, gint64 i);
void scope_region_row_set_count (ScopeRegionRow *row, gint64 n_spots);

G_END_DECLS
