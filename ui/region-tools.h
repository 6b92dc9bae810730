/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tools of the canvas do to the regions of a document: each call is one step of undo. */
#pragma once

#include "document.h"

G_BEGIN_DECLS

gint64 scope_region_find (ScopeDocument *document, double x, double y);
void scope_region_draw (ScopeDocument *document, const double *points, gint64 n_points);
void scope_region_paint (ScopeDocument *document, gint64 region, const guint8 *touched);
void scope_region_erase (ScopeDocument *document, const guint8 *touched);
void scope_region_of_spots (ScopeDocument *document, const guint8 *spots);
void scope_region_grow (ScopeDocument *document, const guint8 *touched);

G_END_DECLS
