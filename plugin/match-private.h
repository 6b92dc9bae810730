/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How alike two grey pictures are, and where one lies in the other. */
#pragma once

#include <smooth.h>

G_BEGIN_DECLS

/* Lightness, row by row. */
typedef struct
{
  gint width, height;
  float *values;
} Grey;

Grey *grey_new_from_picture (const SmoothPicture *picture);
Grey *grey_new_resized (const Grey *grey, gint width, gint height);
Grey *grey_new_turned (const Grey *grey, gint turn);
void grey_free (Grey *grey);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Grey, grey_free)

/* A place of a picture in a larger one. */
typedef struct
{
  double x, y;     /* of its corner, in pixels of the larger one */
  double likeness; /* correlation of lightness, -1..1 */
  double second;   /* the best one elsewhere */
} Match;

double grey_compare (const Grey *a, const Grey *b);
Match grey_find (const Grey *part, const Grey *whole, gboolean is_quick);

G_END_DECLS
