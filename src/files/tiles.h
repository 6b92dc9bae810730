/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A picture that is too large for memory: read tile by tile, at the level of its pyramid that is needed. */
#pragma once

#include "base/run.h"
#include "files/picture.h"

G_BEGIN_DECLS

/* One level: the whole picture, `scale` times as wide as the first. Tiles at the right and
 * lower edge are smaller. */
typedef struct
{
  gint width, height;
  double scale;
  gint tile_width, tile_height;
  gint n_across, n_down;
} SmoothTileLevel;

/* Immutable but for the position in its file, which a lock guards: threads may share it. */
typedef struct _SmoothTiles SmoothTiles;

SmoothTiles *smooth_tiles_open (const char *path, GError **error);
SmoothTiles *smooth_tiles_ref (SmoothTiles *tiles);
void smooth_tiles_unref (SmoothTiles *tiles);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothTiles, smooth_tiles_unref)

gint smooth_tiles_get_n_levels (const SmoothTiles *tiles);
const SmoothTileLevel *smooth_tiles_get_level (const SmoothTiles *tiles, gint level);
SmoothPicture *smooth_tiles_read (SmoothTiles *tiles, gint level, gint column, gint row, GError **error);
SmoothPicture *smooth_tiles_read_reduced (SmoothTiles *tiles, gint64 max_pixels, SmoothRun *run, GError **error);

G_END_DECLS
