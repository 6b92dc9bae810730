/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Zarr stores: their files, the description of arrays, the unpacking of chunks. */
#pragma once

#include "files/counts.h"
#include "files/json.h"

#include <hdf5.h>

G_BEGIN_DECLS

#define ZARR_MAX_RANK 3
#define ZARR_MAX_CODECS 4
#define ZARR_MAX_CHUNK ((gsize) 1 << 28) /* bytes of one chunk, packed or not */
#define ZARR_TEXT_BYTES 24 /* that a text takes in memory at least */

typedef enum
{
  ZARR_GZIP, /* or zlib */
  ZARR_ZSTD,
  ZARR_BLOSC,
  ZARR_CRC32C,
} ZarrCodec;

/* What the metadata of an array say. */
typedef struct _ZarrArray ZarrArray;
struct _ZarrArray
{
  gint rank;
  gint64 shape[ZARR_MAX_RANK], chunk[ZARR_MAX_RANK];
  gint64 n_elements, chunk_elements;
  char kind;          /* 'f', 'i', 'u', 'b' (flags) or 's' (texts); 0: another, whose name is in type */
  gsize item;         /* bytes of an element; 0 of texts */
  gboolean is_big;    /* big-endian */
  char separator;     /* between the numbers of a chunk's name */
  gboolean has_c;     /* names of chunks begin with 'c' */
  gint n_codecs;
  ZarrCodec codecs[ZARR_MAX_CODECS]; /* in the order of unpacking */
  double fill;        /* of chunks that are not stored */
  char *type;         /* of its elements, as the file calls it */
  ZarrArray *shard;   /* (nullable): what a chunk is cut into: an array of that shape, in one file with an index */
  gboolean index_is_first, index_has_sum;
};

void zarr_array_clear (ZarrArray *array);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ZarrArray, zarr_array_clear)

/* A store while it is read. */
typedef struct
{
  const char *root;     /* of the table */
  SmoothCounts *counts; /* gets the files that were read */
  SmoothReport *report;
  SmoothRun *run;
  gint64 n_bytes;       /* of all arrays so far, unpacked */
} ZarrStore;

/* A group or an array, by the metadata in its folder. */
typedef struct
{
  gboolean is_v3, is_array;
  SmoothJson *json;       /* (nullable): NULL: the folder is none of the store */
  SmoothJson *texts;      /* (nullable): .zattrs of version 2 */
  JsonObject *attributes; /* (nullable): borrowed of one of the two */
} ZarrNode;

void zarr_node_clear (ZarrNode *node);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ZarrNode, zarr_node_clear)

char *smooth_i_zarr_dup_member (const char *folder, const char *name, GFileTest test);
GPtrArray *smooth_i_zarr_list_folders (const char *folder);
gboolean smooth_i_zarr_node_load (ZarrNode *node, ZarrStore *store, const char *folder, GError **error);
gboolean smooth_i_zarr_check_stored (ZarrStore *store, const char *folder, const ZarrArray *array, GError **error);
gboolean smooth_i_zarr_read_chunk (ZarrStore *store, const char *folder, const ZarrArray *array, const gint64 *at, GBytes **bytes, GError **error);

gboolean smooth_i_zarr_add_picture (ZarrStore *store, const char *path, hid_t file, GError **error);

gboolean smooth_i_zarr_array_parse (ZarrArray *array, const SmoothJson *json, gboolean is_v3, GError **error);
hid_t smooth_i_zarr_make_type (const ZarrArray *array);
void smooth_i_zarr_get_fill (const ZarrArray *array, guint8 *element);
char *smooth_i_zarr_dup_chunk_path (const char *folder, const ZarrArray *array, const gint64 *at);
void smooth_i_zarr_copy_chunk (const ZarrArray *array, const gint64 *at, guint8 *whole, guint8 *chunk, gboolean to_chunk);
gboolean smooth_i_zarr_select (const ZarrArray *array, const gint64 *at, hid_t list, hid_t *memory, hid_t *space);
gboolean smooth_i_zarr_step (const ZarrArray *array, gint64 *at);
GBytes *smooth_i_zarr_unpack (const ZarrArray *array, GBytes *packed, const char *place, GError **error);
char **smooth_i_zarr_dup_texts (GBytes *unpacked, gint64 n, const char *place, GError **error);

G_END_DECLS
