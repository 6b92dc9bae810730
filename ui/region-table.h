/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The regions as a table: spots, the shown value, cell types; from here two of them are compared. */
#pragma once

#include "plot-panel.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_REGION_TABLE (scope_region_table_get_type ())
G_DECLARE_FINAL_TYPE (ScopeRegionTable, scope_region_table, SCOPE, REGION_TABLE, ScopePlotPanel)

GtkWidget *scope_region_table_new (void);

G_END_DECLS
