/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The picture of the canvas, painted by a thread: histology, graph edges and spots as one sheet. */
#pragma once

#include "colouring.h"
#include "plate.h"
#include "selection.h"
#include "sheet.h"

G_BEGIN_DECLS

/* What is to be painted. */
typedef struct
{
  SmoothSection *section;
  ScopeSource source;     /* of the present setting, B */
  ScopeSource pinned;     /* of the setting A; all NULL where look.colours.compare is off */
  ScopePlate *plate;      /* (nullable): no histology */
  ScopeLook look;
  SmoothView view;        /* of the sheet: device pixels */
  gint width, height;     /* of the sheet */
  guint32 background;     /* 0xRRGGBB */
  guint64 generation;     /* of the outcome: handed through */
  GBytes *marked;         /* (nullable): a byte a spot, 1 where a tool has touched it */
  guint32 mark_colour;    /* 0xRRGGBB: of these */
  ScopeSelection *selection; /* (nullable): spots that get a ring */
  double line;            /* target pixels in a logical one: how wide the lines of rings are */
  guint64 serial;         /* a larger one for every scene: handed through */
} ScopeScene;

/* What was painted. Immutable. */
typedef struct
{
  ScopeSheet *sheet;
  ScopeSheet *sheet_a;         /* (nullable): the same view of the setting A, beside it or left of a line */
  SmoothView view;
  ScopeColouring *colouring;   /* of the sheet */
  ScopeColouring *colouring_a; /* (nullable): of the setting A, wherever it is compared: also under a difference */
  ScopeColouring *colouring_b; /* (nullable): of the present one, likewise */
  SmoothCompareMode compare;
  guint64 generation, serial; /* of the scene */

  /*< private >*/
  gatomicrefcount ref_count;
} ScopePainting;

ScopePainting *scope_painting_ref (ScopePainting *painting);
void scope_painting_unref (ScopePainting *painting);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopePainting, scope_painting_unref)

#define SCOPE_TYPE_PAINTER (scope_painter_get_type ())
G_DECLARE_FINAL_TYPE (ScopePainter, scope_painter, SCOPE, PAINTER, GObject)

ScopePainter *scope_painter_new (void);
void scope_painter_request (ScopePainter *painter, const ScopeScene *scene);
gint64 scope_painter_get_pace (ScopePainter *painter);
gboolean scope_painter_wait (ScopePainter *painter, gint64 deadline);

G_END_DECLS
