/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All that is asked of GIMP, by the numbers that it gives to images and items: one file for each of its APIs answers, and drawn.c what is
 * the same for all. GIMP hears one call at a time, from whatever thread: callers see to that. */
#pragma once

#include "bridge.h"

G_BEGIN_DECLS

/* A path of this name marks three matching points; it is no region. */
#define CALLS_POINTS "Matching points"

/* The selection has one colour, whatever else is drawn. */
#define CALLS_SELECTION_COLOUR 0xcc79a7

/* ---- Images ---- */

gboolean calls_image_exists (gint32 image);
GArray *calls_list_images (void);                               /* of gint32: all that are open */
char *calls_image_dup_path (gint32 image);                      /* (nullable): of the file that it was read from, else written to */
char *calls_image_dup_text (gint32 image, const char *name);    /* (nullable): kept with the image: BRIDGE_SECTION */
void calls_image_get_size (gint32 image, gint *width, gint *height);
guint64 calls_image_get_tissue_mark (gint32 image);             /* changes with size and pixels of the lowest layer */

/* The lowest layer from border to border of the image, with at most `longest` pixels a side. */
SmoothPicture *calls_image_dup_picture (gint32 image, gint longest, GError **error);

/* The first three points of the path CALLS_POINTS as x, y; FALSE without an error where there is no such path. */
gboolean calls_image_get_points (gint32 image, double points[6], GError **error);

/* ---- What was drawn ---- */

typedef enum
{
  CALLS_PATH,
  CALLS_CHANNEL,
  CALLS_SELECTION,
} CallsKind;

/* A path, a channel or the selection, without its pixels. */
typedef struct
{
  CallsKind kind;
  gint32 id;
  char *name;
  gint64 colour; /* 0xRRGGBB of a channel that has one of its own; -1: none */
  guint64 mark;  /* changes when name, colour or shape do, as far as a picture of 128 x 128 pixels tells */
} CallsDrawn;

void calls_drawn_free (CallsDrawn *drawn);
GPtrArray *calls_image_list_drawn (gint32 image);               /* of CallsDrawn: paths, channels, the selection; in each the lowest first */
BridgeShape *calls_image_read_drawn (gint32 image, const CallsDrawn *drawn, GError **error);

/* ---- Layers ---- */

/* Adds the group, in place of the one that was sent before, with resolution and texts: one step to undo. Returns its number,
 * -1 with an error. */
gint32 calls_image_put_group (gint32 image, const BridgeGroup *group, GError **error);

/* ---- Progress ---- */

/* In the status bar of the image or in a window of its own; nothing without a display. No GIMP tells a plug-in that its Cancel was
 * pressed: it ends the process at once. So it may be shown only while nothing would be lost by that: not while layers are added,
 * which would be half a step to undo. */
void calls_progress_start (const char *text);
void calls_progress_update (double fraction); /* from any thread; negative where it is not known */
void calls_progress_end (void);

/* ---- Messages ---- */

/* Tells the user, or whoever reads the console where nobody is. */
void calls_tell (const char *text);

/* ---- Marks ---- */

#define CALLS_MARK_START G_GUINT64_CONSTANT (0xcbf29ce484222325)

/* FNV-1a. */
static inline guint64
calls_mark_add (guint64 mark, gconstpointer bytes, gsize n)
{
  for (gsize i = 0; i < n; i++)
    mark = (mark ^ ((const guint8 *) bytes)[i]) * G_GUINT64_CONSTANT (0x100000001b3);
  return mark;
}

G_END_DECLS
