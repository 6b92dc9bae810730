/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Slanted lines over flagged spots, in whatever of black and white stands out. */
#pragma once

#include "colouring.h"

G_BEGIN_DECLS

guint32 scope_hatch_colour (guint32 colour);
void scope_hatch_spots (const ScopeColouring *colouring, const SmoothView *view, SmoothPicture *target);

G_END_DECLS
