/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Brightness and contrast of pictures. */
#pragma once

#include "files/picture.h"

G_BEGIN_DECLS

void smooth_picture_adjust (SmoothPicture *picture, double brightness, double contrast);
void smooth_i_pixels_adjust (guint32 *pixels, gint width, gint height, gsize stride, double brightness, double contrast);

G_END_DECLS
