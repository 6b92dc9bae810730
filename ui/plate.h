/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The histology at every size that is needed: a pyramid of halved pictures. */
#pragma once

#include <smooth.h>

G_BEGIN_DECLS

/* Immutable, but for tiles that it holds. */
typedef struct _ScopePlate ScopePlate;

ScopePlate *scope_plate_new (SmoothPicture *picture, double picture_scale);
ScopePlate *scope_plate_new_tiled (SmoothPicture *coarse, double coarse_scale, SmoothTiles *tiles, double tiles_scale);
ScopePlate *scope_plate_ref (ScopePlate *plate);
void scope_plate_unref (ScopePlate *plate);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopePlate, scope_plate_unref)

void scope_plate_draw (const ScopePlate *plate, const SmoothView *view, double opacity, double brightness, double contrast,
                       SmoothPicture *target);
SmoothPicture *scope_plate_dup_adjusted (const SmoothPicture *picture, double brightness, double contrast);
gboolean scope_plate_load_tile (ScopePlate *plate, const SmoothView *view, gint width, gint height);
SmoothPicture *scope_plate_get_small (const ScopePlate *plate, gint largest);
void scope_plate_get_size (const ScopePlate *plate, double *width, double *height);

G_END_DECLS
