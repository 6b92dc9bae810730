/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between a host's pixels and a section: what was drawn there becomes regions, a figure becomes layers. Knows no host. */
#pragma once

#include "placement.h"

G_BEGIN_DECLS

/* ---- From the host ---- */

/* Masks count from this value on, of 255: a feathered edge lies where half of it is selected. */
#define BRIDGE_THRESHOLD 128

/* Outlines stray from curves by no more than this, in pixels of the image. */
#define BRIDGE_PRECISION 0.25

/* One thing that was drawn, in pixels of the image: a selection, a channel, a path. It becomes one category. */
typedef struct
{
  char *name;
  gint64 colour;             /* 0xRRGGBB; -1: one that no other has */
  GArray *rings;             /* of SmoothRing: what lies in an odd number of them */
} BridgeShape;

BridgeShape *bridge_shape_new_mask (const char *name, gint64 colour, gint x, gint y, gint width, gint height, const guint8 *mask);
BridgeShape *bridge_shape_new_outline (const char *name, gint64 colour);
void bridge_shape_add_ring (BridgeShape *shape, const double *points, gint64 n_points);
void bridge_shape_free (BridgeShape *shape);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BridgeShape, bridge_shape_free)

SmoothRegions *bridge_regions_new (const GPtrArray *shapes, const cairo_matrix_t *placement, GError **error);

/* ---- To the host ---- */

typedef struct
{
  char *name;              /* for the list of layers */
  const char *part;        /* "spots", "outlines", "legend", "scale bar" */
  gint x, y;               /* of its corner in the image */
  SmoothPicture *picture;
  double opacity;          /* 0..1, of the layer */
  char *parameters;        /* JSON: what it shows */
} BridgeLayer;

/* What goes to the host as one group. */
typedef struct
{
  char *name;
  char *recipe;            /* JSON, to be kept with the group */
  char *section;           /* path of the section */
  double dpi;              /* pixels in an inch of the tissue; 0: not known */
  GPtrArray *layers;       /* of BridgeLayer, the lowest first */
} BridgeGroup;

BridgeGroup *bridge_group_new (const SmoothFigure *figure, const SmoothOutcome *outcome, const cairo_matrix_t *placement, gint width,
                               gint height, GError **error);
void bridge_group_free (BridgeGroup *group);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BridgeGroup, bridge_group_free)

/* Names under which hosts keep texts with images and layers. */
#define BRIDGE_RECIPE "smoothscope-recipe"   /* of a group: its recipe */
#define BRIDGE_PART "smoothscope-part"       /* of a layer: what it shows */
#define BRIDGE_SECTION "smoothscope-section" /* of an image: the path of its section */

G_END_DECLS
