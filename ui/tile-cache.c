/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table of tiles and a list of them by when they were used, under one lock; reading is done without it. A tile that cannot be
 * read is remembered as such: it is not tried again, and what is coarser stays to be seen there. */
#include "tile-cache.h"

typedef struct
{
  gint64 key;
  SmoothPicture *picture; /* NULL: cannot be read */
} Entry;

struct _ScopeTileCache
{
  SmoothTiles *tiles;
  GMutex lock;       /* guards what follows */
  GHashTable *links; /* key -> link of `used` */
  GQueue used;       /* of Entry, the newest first */
  gsize bytes;
};

static gint64
key_of (gint level, gint column, gint row)
{
  return (gint64) level << 56 | (gint64) column << 28 | row;
}

static gsize
size_of (const Entry *entry)
{
  return entry->picture != NULL ? (gsize) entry->picture->height * entry->picture->stride : 0;
}

static void
free_entry (gpointer data)
{
  Entry *entry = data;

  smooth_picture_unref (entry->picture);
  g_free (entry);
}

/* @tiles: referenced */
ScopeTileCache *
scope_tile_cache_new (SmoothTiles *tiles)
{
  ScopeTileCache *cache = g_new0 (ScopeTileCache, 1);

  cache->tiles = smooth_tiles_ref (tiles);
  g_mutex_init (&cache->lock);
  g_queue_init (&cache->used);
  cache->links = g_hash_table_new (g_int64_hash, g_int64_equal); /* keys are those of the entries */
  return cache;
}

void
scope_tile_cache_free (ScopeTileCache *cache)
{
  g_hash_table_unref (cache->links);
  g_queue_clear_full (&cache->used, free_entry);
  g_mutex_clear (&cache->lock);
  smooth_tiles_unref (cache->tiles);
  g_free (cache);
}

SmoothTiles *
scope_tile_cache_get_tiles (ScopeTileCache *cache)
{
  return cache->tiles;
}

/* With the lock held: the link of a tile, which is the newest now; NULL where it is not there. */
static GList *
touch (ScopeTileCache *cache, gint64 key)
{
  GList *link = g_hash_table_lookup (cache->links, &key);

  if (link != NULL)
    {
      g_queue_unlink (&cache->used, link);
      g_queue_push_head_link (&cache->used, link);
    }
  return link;
}

/* Returns: (nullable) (transfer full): the tile, if it is there. May be called on any thread, as all here */
SmoothPicture *
scope_tile_cache_get (ScopeTileCache *cache, gint level, gint column, gint row)
{
  SmoothPicture *picture = NULL;

  g_mutex_lock (&cache->lock);
  GList *link = touch (cache, key_of (level, column, row));
  if (link != NULL && ((Entry *) link->data)->picture != NULL)
    picture = smooth_picture_ref (((Entry *) link->data)->picture);
  g_mutex_unlock (&cache->lock);
  return picture;
}

/* Whether it is there, or cannot be read. */
gboolean
scope_tile_cache_has (ScopeTileCache *cache, gint level, gint column, gint row)
{
  gint64 key = key_of (level, column, row);

  g_mutex_lock (&cache->lock);
  gboolean has = g_hash_table_contains (cache->links, &key);
  g_mutex_unlock (&cache->lock);
  return has;
}

/* With the lock held. */
static void
drop_oldest (ScopeTileCache *cache)
{
  Entry *entry = g_queue_pop_tail (&cache->used);

  g_hash_table_remove (cache->links, &entry->key);
  cache->bytes -= size_of (entry);
  free_entry (entry);
}

/* Reads a tile; those that were not used for longest make room for it. */
void
scope_tile_cache_load (ScopeTileCache *cache, gint level, gint column, gint row)
{
  g_autoptr (GError) error = NULL;
  Entry *entry = g_new0 (Entry, 1);

  entry->key = key_of (level, column, row);
  entry->picture = smooth_tiles_read (cache->tiles, level, column, row, &error);
  if (entry->picture == NULL)
    g_debug ("%s", error->message);
  g_mutex_lock (&cache->lock);
  if (g_hash_table_contains (cache->links, &entry->key))
    free_entry (entry);
  else
    {
      cache->bytes += size_of (entry);
      g_queue_push_head (&cache->used, entry);
      g_hash_table_insert (cache->links, &entry->key, cache->used.head);
      while (cache->bytes > SCOPE_TILE_CACHE_BYTES && cache->used.length > 1)
        drop_oldest (cache);
    }
  g_mutex_unlock (&cache->lock);
}

gsize
scope_tile_cache_get_bytes (ScopeTileCache *cache)
{
  g_mutex_lock (&cache->lock);
  gsize bytes = cache->bytes;
  g_mutex_unlock (&cache->lock);
  return bytes;
}
