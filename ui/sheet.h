/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A picture as the renderers want it: shown again and again, at any place and size. */
#pragma once

#include <gtk/gtk.h>
#include <smooth.h>

G_BEGIN_DECLS

typedef struct _ScopeSheet ScopeSheet;

ScopeSheet *scope_sheet_new (SmoothPicture *picture);
void scope_sheet_free (ScopeSheet *sheet);
void scope_sheet_inherit (ScopeSheet *sheet, ScopeSheet *older);
void scope_sheet_get_size (const ScopeSheet *sheet, gint *width, gint *height);
void scope_sheet_append (ScopeSheet *sheet, GtkSnapshot *snapshot, GskRenderer *renderer, const graphene_rect_t *place,
                         const graphene_rect_t *visible);

G_END_DECLS
