/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of a figure one by one, as clear pictures that lie over an image of the tissue. */
#pragma once

#include "export/figure.h"

G_BEGIN_DECLS

typedef enum
{
  SMOOTH_OVERLAY_SPOTS,
  SMOOTH_OVERLAY_OUTLINES, /* of regions, with their names */
  SMOOTH_OVERLAY_LEGEND,
  SMOOTH_OVERLAY_SCALE_BAR,
  SMOOTH_N_OVERLAYS
} SmoothOverlayPart;

typedef struct
{
  SmoothOverlayPart part;
  gint x, y;              /* of the picture's corner, in pixels of the image */
  SmoothPicture *picture;
  double opacity;         /* that the picture is to have as a whole: it is drawn without */
} SmoothOverlay;

void smooth_overlay_free (SmoothOverlay *overlay);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothOverlay, smooth_overlay_free)

const char *smooth_overlay_part_get_name (SmoothOverlayPart part);
GPtrArray *smooth_overlays_draw (const SmoothFigure *figure, const double placement[6], gint width, gint height, GError **error);

G_END_DECLS
