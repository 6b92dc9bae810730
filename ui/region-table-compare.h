/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A window that tests how two groups of spots differ. */
#pragma once

#include "document.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_REGION_COMPARE (scope_region_compare_get_type ())
G_DECLARE_FINAL_TYPE (ScopeRegionCompare, scope_region_compare, SCOPE, REGION_COMPARE, GtkWindow)

GtkWidget *scope_region_compare_new (GtkWindow *parent, ScopeDocument *document);

G_END_DECLS
