/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What each API of GIMP answers, for the answers that are the same for all. Items are known by their numbers; those that are gone
 * have nothing: the image may be closed between any two calls. */
#pragma once

#include "calls.h"

G_BEGIN_DECLS

#define CALLS_THUMBNAIL 128
#define CALLS_MOST_DPI 1048576.0 /* that GIMP takes */
#define CALLS_LEAST_DPI 0.005

/* An error with GIMP's own words of why a call failed. @what: name of what it was about */
void calls_i_set_error (GError **error, const char *what);

/* ---- Items ---- */

GArray *calls_i_list_items (gint32 image, CallsKind kind); /* of gint32: paths or channels, the lowest first */
char *calls_i_item_dup_name (gint32 item);                 /* (nullable) */
gint64 calls_i_channel_get_colour (gint32 channel);        /* 0xRRGGBB; -1: none */
guint64 calls_i_drawable_add_mark (guint64 mark, gint32 drawable);
gint32 calls_i_image_get_selection (gint32 image, gint box[4]); /* x1, y1, x2, y2; -1: nothing is selected */

/* ---- Strokes of paths ---- */

GArray *calls_i_path_list_strokes (gint32 path);           /* of gint */
double *calls_i_stroke_dup_controls (gint32 path, gint stroke, gsize *n_values, gboolean *closed); /* x, y of all control points */
double *calls_i_stroke_dup_line (gint32 path, gint stroke, gsize *n_values);                       /* x, y along it */

/* ---- Pixels ---- */

/* Returns: (nullable): the mask in the box as GIMP stores it, row by row: the selection is linear, a saved channel may be perceptual,
 * and turning one into the other would move feathered edges. NULL with an error where it is gone. */
guint8 *calls_i_drawable_dup_mask (gint32 drawable, const gint box[4], const char *name, GError **error);
gboolean calls_i_drawable_get_size (gint32 drawable, gint *width, gint *height);

G_END_DECLS
