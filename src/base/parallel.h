/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parallel work in fixed blocks: the blocks, not the threads, own random streams and partial sums. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Does block number `block` of the work; `worker` (0 .. n_threads - 1) names a scratch area that no other call uses now. */
typedef void (*SmoothBlockFunc) (gint64 block, gint worker, gpointer data);

void smooth_i_parallel (gint n_threads, gint64 n_blocks, SmoothBlockFunc func, gpointer data);

G_END_DECLS
