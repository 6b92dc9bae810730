/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of what was open lately, to be opened again by a click. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_RECENT_LIST (scope_recent_list_get_type ())
G_DECLARE_FINAL_TYPE (ScopeRecentList, scope_recent_list, SCOPE, RECENT_LIST, GtkBox)

G_END_DECLS
