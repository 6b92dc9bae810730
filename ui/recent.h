/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was open lately: paths with a small picture each, in a file of the program's own. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef struct
{
  char *path;      /* of a section or a session */
  char *name;      /* to be shown */
  gint64 time;     /* when it was opened last, s since 1970 */
  char *picture;   /* path of a PNG, which may not be there */
} ScopeRecent;

void scope_recent_free (ScopeRecent *recent);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeRecent, scope_recent_free)

GPtrArray *scope_recent_load (void);
void scope_recent_add (const char *path, const char *name, GdkTexture *picture);
void scope_recent_clear (void);
gboolean scope_recent_is_there (const ScopeRecent *recent);

G_END_DECLS
