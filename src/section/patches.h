/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What lies around each spot in a picture: square patches of pixels, or their mean colours. */
#pragma once

#include "base/run.h"
#include "files/picture.h"
#include "linalg/dense.h"

G_BEGIN_DECLS

/* Where pixels come from: a picture, or numbers. Borrowed. */
typedef struct
{
  gint width, height, n_channels;
  const SmoothPicture *picture; /* 3 channels: red, green, blue; or NULL */
  const double *values;         /* height x width x n_channels, row-major; or NULL */
  gboolean is_integer;          /* the means that pad patches are rounded */
} SmoothPixels;

void smooth_pixels_init_from_picture (SmoothPixels *pixels, const SmoothPicture *picture);

SmoothMatrix *smooth_patches_new (const SmoothPixels *pixels, const double *centres, gint64 n_spots, gint half_width, gboolean mean_only,
                                  gint64 *n_outside, SmoothRun *run, GError **error);

G_END_DECLS
