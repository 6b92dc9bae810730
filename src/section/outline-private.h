/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between regions and masks of small square cells: which cells a region fills, and the outlines of filled cells. */
#pragma once

#include "section/regions.h"

G_BEGIN_DECLS

/* width x height cells of side `cell`, the first one's corner at (x, y); 1 where filled. */
typedef struct
{
  double x, y, cell;
  gint width, height;
  guint8 *filled; /* row by row */
} SmoothMask;

/* The edges of rings, sorted by the rows of a mask that they cross. */
typedef struct _SmoothRows SmoothRows;

SmoothRows *smooth_i_rows_new (const SmoothRing *rings, gint64 n_rings, const SmoothMask *mask);
void smooth_i_rows_free (SmoothRows *rows);
gboolean smooth_i_rows_contain (const SmoothRows *rows, double x, double y);
void smooth_i_rows_fill (const SmoothRows *rows, SmoothMask *mask);

GArray *smooth_i_mask_trace (const SmoothMask *mask, double tolerance);

G_END_DECLS
