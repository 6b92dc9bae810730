/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tiles of a picture that is too large for memory: as many of those that were used last as there is room for. */
#pragma once

#include <smooth.h>

G_BEGIN_DECLS

#define SCOPE_TILE_CACHE_BYTES ((gsize) 128 << 20)

typedef struct _ScopeTileCache ScopeTileCache;

ScopeTileCache *scope_tile_cache_new (SmoothTiles *tiles);
void scope_tile_cache_free (ScopeTileCache *cache);
SmoothTiles *scope_tile_cache_get_tiles (ScopeTileCache *cache);
SmoothPicture *scope_tile_cache_get (ScopeTileCache *cache, gint level, gint column, gint row);
gboolean scope_tile_cache_has (ScopeTileCache *cache, gint level, gint column, gint row);
void scope_tile_cache_load (ScopeTileCache *cache, gint level, gint column, gint row);
gsize scope_tile_cache_get_bytes (ScopeTileCache *cache);

G_END_DECLS
