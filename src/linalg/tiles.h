/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lower triangle of a square matrix cut into square tiles, for products that are shared among threads. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define SMOOTH_TILE 256

/* The number of tiles of an n x n matrix. */
static inline gint64
smooth_i_count_tiles (gint64 n)
{
  gint64 side = (n + SMOOTH_TILE - 1) / SMOOTH_TILE;

  return side * (side + 1) / 2;
}

/* First row and column of tile number 0: (0, 0), 1: (1, 0), 2: (1, 1), 3: (2, 0) ... in units of tiles. */
static inline void
smooth_i_find_tile (gint64 tile, gint64 *row, gint64 *col)
{
  gint64 i = 0;

  while ((i + 1) * (i + 2) / 2 <= tile)
    i++;
  *row = i * SMOOTH_TILE;
  *col = (tile - i * (i + 1) / 2) * SMOOTH_TILE;
}

G_END_DECLS
