/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A picture in memory, and its reading from PNG, JPEG and TIFF. */
#pragma once

#include "base/run.h"

G_BEGIN_DECLS

/* 8-bit sRGB; the layout is Cairo's CAIRO_FORMAT_ARGB32 (native-endian 0xAARRGGBB, premultiplied) so that pictures
 * go to Cairo and to GDK (GDK_MEMORY_DEFAULT) without a copy. */
typedef struct
{
  gint width, height;
  gsize stride; /* in bytes, a multiple of 4 */
  guint32 *pixels;

  /*< private >*/
  gatomicrefcount ref_count;
} SmoothPicture;

/* What a PNG file tells beside its pixels; zero and NULL: nothing. */
typedef struct
{
  double dpi;           /* dots an inch */
  const char *title;
  const char *software; /* that made it */
  const char *key;      /* of a text of any length, 1 to 79 letters */
  const char *text;
} SmoothPictureNotes;

SmoothPicture *smooth_picture_new (gint width, gint height, GError **error);
SmoothPicture *smooth_picture_load (const char *path, GError **error);
SmoothPicture *smooth_picture_load_measured (const char *path, double *um_per_pixel, SmoothRun *run, GError **error);
gboolean smooth_picture_save_png (const SmoothPicture *picture, const char *path, GError **error);
gboolean smooth_picture_save_png_noted (const SmoothPicture *picture, const SmoothPictureNotes *notes, const char *path, GError **error);
SmoothPicture *smooth_picture_copy (const SmoothPicture *picture);
SmoothPicture *smooth_picture_ref (SmoothPicture *picture);
void smooth_picture_unref (SmoothPicture *picture);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothPicture, smooth_picture_unref)

static inline guint32
smooth_picture_get_pixel (const SmoothPicture *picture, gint x, gint y)
{
  return picture->pixels[(gsize) y * (picture->stride / 4) + (gsize) x];
}

G_END_DECLS
