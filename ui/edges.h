/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The neighbour graph as lines over the tissue. */
#pragma once

#include <smooth.h>

G_BEGIN_DECLS

gboolean scope_edges_draw (const SmoothOutcome *outcome, const SmoothView *view, SmoothPicture *target, SmoothRun *run);

G_END_DECLS
