/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the readers of TIFF share: libtiff's error handlers are the process's. */
#pragma once

#include <glib.h>
#include <tiffio.h>

G_BEGIN_DECLS

/* The first member of every client handle that is given to libtiff. */
typedef struct
{
  char message[200]; /* what libtiff said first */
} SmoothTiffMessage;

/* A strip or tile as it is unpacked. */
typedef struct
{
  guint32 width, height;
  guint16 bits, n_samples; /* 8 or 16; those that lie together */
} SmoothTiffPart;

void smooth_i_tiff_set_handlers (void);
gboolean smooth_i_tiff_can_unpack (guint16 compression);
gboolean smooth_i_tiff_read_tile (TIFF *tiff, const SmoothTiffPart *part, guint8 *samples, guint32 left, guint32 top, guint16 pass,
                                  SmoothTiffMessage *said);
gboolean smooth_i_jpeg2000_decode (const guint8 *data, gsize length, const SmoothTiffPart *part, void *samples, SmoothTiffMessage *said);

G_END_DECLS
