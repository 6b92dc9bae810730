/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arrays of Zarr stores: their description and the unpacking of their chunks. */
#pragma once

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
typedef struct
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
} ZarrArray;

void zarr_array_clear (ZarrArray *array);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ZarrArray, zarr_array_clear)

gboolean smooth_i_zarr_array_parse (ZarrArray *array, const SmoothJson *json, gboolean is_v3, GError **error);
hid_t smooth_i_zarr_make_type (const ZarrArray *array);
char *smooth_i_zarr_dup_chunk_path (const char *folder, const ZarrArray *array, const gint64 *at);
gboolean smooth_i_zarr_step (const ZarrArray *array, gint64 *at);
GBytes *smooth_i_zarr_unpack (const ZarrArray *array, GBytes *packed, const char *place, GError **error);
char **smooth_i_zarr_dup_texts (GBytes *unpacked, gint64 n, const char *place, GError **error);

G_END_DECLS
