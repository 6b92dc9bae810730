/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Comparing two pictures as an eye does: blurred first, so that a shifted edge counts little and a missing one much. */
#pragma once

#include "files/picture.h"

G_BEGIN_DECLS

typedef struct
{
  double mean;    /* of the absolute differences of all channels, 0..255, after the blur */
  double largest; /* of a pixel's largest channel, 0..255, after the blur */
} Difference;

Difference compare_pictures (const SmoothPicture *a, const SmoothPicture *b, gint radius, SmoothPicture **shown);

G_END_DECLS
