/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pixels, for the parts of the rasteriser. */
#pragma once

#include "export/raster.h"

G_BEGIN_DECLS

/* All four channels of @c times @k / 255, rounded to the nearest. */
static inline guint32
smooth_i_scale_pixel (guint32 c, guint32 k)
{
  guint32 rb = (c & 0x00ff00ff) * k + 0x00800080;
  guint32 ag = ((c >> 8) & 0x00ff00ff) * k + 0x00800080;

  rb = ((rb + ((rb >> 8) & 0x00ff00ff)) >> 8) & 0x00ff00ff;
  ag = (ag + ((ag >> 8) & 0x00ff00ff)) & 0xff00ff00;
  return rb | ag;
}

static inline guint32
smooth_i_over (guint32 source, guint32 below)
{
  return source + smooth_i_scale_pixel (below, 255 - (source >> 24));
}

/* Not premultiplied to premultiplied, times the opacity 0..255. */
static inline guint32
smooth_i_source_pixel (guint32 colour, guint32 opacity)
{
  guint32 alpha = ((colour >> 24) * opacity + 127) / 255;
  return (alpha << 24) | (smooth_i_scale_pixel (colour, alpha) & 0x00ffffff);
}

#define SMOOTH_I_DIRECTIONS 512 /* a multiple of 4 */
#define SMOOTH_I_TURN 1024

/* What all pies of a picture share: the direction, as smooth_i_pie_get() counts them, at each 1024th of a turn. */
typedef struct
{
  guint16 direction[SMOOTH_I_TURN + 1];
} SmoothPieTable;

/* One pie: the premultiplied colour of each direction. */
typedef struct
{
  guint32 colours[SMOOTH_I_DIRECTIONS];
} SmoothPie;

void smooth_i_pie_table_init (SmoothPieTable *table);
gboolean smooth_i_pie_init (SmoothPie *pie, const SmoothPieTable *table, const SmoothPies *pies, gint64 spot, guint32 alpha);
guint32 smooth_i_pie_get (const SmoothPie *pie, double dx, double dy);

G_END_DECLS
