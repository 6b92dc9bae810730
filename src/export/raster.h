/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The spot layer as pixels: thousands of antialiased discs in milliseconds, for the window and for figures. */
#pragma once

#include "base/run.h"
#include "files/picture.h"

G_BEGIN_DECLS

/* Which part of the plane the target shows: target pixel (0, 0) begins at (x, y), one unit is `scale` target pixels. */
typedef struct
{
  double x, y;
  double scale;
} SmoothView;

typedef enum
{
  SMOOTH_SPOT_DISC,
  SMOOTH_SPOT_SQUARE,
} SmoothSpotShape;

/* Spots that show what they are made of: wedges from 12 o'clock on, clockwise. Shares need not sum to 1; those that are not
 * positive have no wedge. */
typedef struct
{
  gint64 n_parts;
  const double *shares;   /* n_parts x pies, column-major */
  const gint32 *columns;  /* n_spots: of the shares; -1: this spot is no pie */
  const guint32 *palette; /* n_parts: 0xRRGGBB */
} SmoothPies;

void smooth_pies_free (SmoothPies *pies);
void smooth_pies_find_seen (const SmoothPies *pies, gint64 n_spots, gboolean *seen);

/* Which spots lie in which rows of a picture. Whoever keeps it knows that the positions are the same as long as their address is. */
typedef struct _SmoothSpotOrder SmoothSpotOrder;

SmoothSpotOrder *smooth_spot_order_new (void);
void smooth_spot_order_free (SmoothSpotOrder *order);

#define SMOOTH_PIE_LEAST 6.0 /* target pixels: smaller spots are plain, in their own colour */

typedef struct
{
  gint64 n_spots;
  const double *coords;   /* n_spots x 2, row-major (x, y), in the units of the view (full-resolution pixels) */
  const guint32 *colours; /* n_spots: 0xAARRGGBB, not premultiplied; alpha 0: not drawn */
  double diameter;        /* in the units of the view; drawn at least 1 target pixel wide */
  SmoothSpotShape shape;
  double opacity;         /* 0..1, times each spot's own alpha */
  double hole;            /* in the units of the view: they are rings around it; of squares too; 0: none */
  const SmoothPies *pies; /* (nullable) */
  SmoothSpotOrder *order; /* (nullable): kept from one picture of these spots to the next, which is quicker in the same view */
} SmoothSpotLayer;

gboolean smooth_raster_spots (const SmoothSpotLayer *layer, const SmoothView *view, SmoothPicture *target, SmoothRun *run);
gboolean smooth_raster_changed_spots (const SmoothSpotLayer *layer, const guint32 *before, const SmoothPicture *below,
                                      const SmoothView *view, SmoothPicture *target, SmoothRun *run);

G_END_DECLS
