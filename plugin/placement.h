/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a section lies in the image of a host: found by comparing pictures, or by three matching points, or not at all. */
#pragma once

#include <cairo.h>
#include <smooth.h>

G_BEGIN_DECLS

/* The image of a host. */
typedef struct
{
  gint width, height;     /* pixels */
  SmoothPicture *picture; /* of the tissue in it, from border to border; may have fewer pixels */
} BridgeImage;

/* Placements are from full-resolution pixels of the section to pixels of the image. */
gboolean bridge_placement_find (const SmoothSection *section, const BridgeImage *image, cairo_matrix_t *placement, char **how,
                                GError **error);
gboolean bridge_placement_new_of_points (const double section[6], const double image[6], cairo_matrix_t *placement, GError **error);
double bridge_placement_get_scale (const cairo_matrix_t *placement);
void bridge_placement_get_array (const cairo_matrix_t *placement, double matrix[6]);

G_END_DECLS
