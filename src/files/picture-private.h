/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The decoders behind smooth_picture_load(). */
#pragma once

#include "files/picture.h"

G_BEGIN_DECLS

#define SMOOTH_I_PICTURE_MAX_SIDE 40000
#define SMOOTH_I_PICTURE_MAX_PIXELS ((gint64) 1 << 31)

/* An encoded picture in memory. */
typedef struct
{
  const guint8 *data;
  gsize length;
  const char *path;  /* named by errors */
  gint64 max_pixels; /* more are refused */
  SmoothRun *run;    /* (nullable): cancellation */
} SmoothPictureSource;

SmoothPicture *smooth_i_picture_decode (const SmoothPictureSource *source, double *um_per_pixel, GError **error);
SmoothPicture *smooth_i_png_decode (const SmoothPictureSource *source, GError **error);
SmoothPicture *smooth_i_tiff_decode (const SmoothPictureSource *source, double *um_per_pixel, GError **error);
SmoothPicture *smooth_i_jpeg_decode (const SmoothPictureSource *source, GError **error);
gboolean smooth_i_picture_check_size (const SmoothPictureSource *source, gint64 width, gint64 height, GError **error);

G_END_DECLS
