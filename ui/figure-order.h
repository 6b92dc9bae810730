/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A figure that is ordered: what it shows and all that it is drawn from, to be drawn and saved on any thread. */
#pragma once

#include "colouring.h"
#include "pin.h"

G_BEGIN_DECLS

typedef enum
{
  SCOPE_FIGURE_SCREEN, /* the colours on the screen */
  SCOPE_FIGURE_TYPES,  /* a panel for every cell type */
  SCOPE_FIGURE_GENES,  /* a panel for every gene of a list */
  SCOPE_FIGURE_LAYER,  /* a panel for every column of a layer */
} ScopeFigureKind;

typedef struct
{
  ScopeFigureKind kind;
  char *genes;               /* (nullable): their names, with commas between */
  char *layer;               /* (nullable): key */
  char *title;               /* (nullable): above all */
  SmoothPageSettings settings;
  double crop[4];            /* as of SmoothFigure */
  ScopeLook look;
  ScopeColouring *colouring; /* on the screen */
  SmoothRegions *regions;    /* (nullable) */
  GPtrArray *layers;         /* of SmoothLayer */
  SmoothAnalysisSettings analyses; /* that these were made with */

  /* The setting A, as far as the screen compares with it */
  ScopePin *pin;             /* (nullable) */
  SmoothOutcome *pinned;     /* (nullable) */
  GPtrArray *pinned_layers;  /* (nullable): of SmoothLayer */
  double line;               /* full-resolution pixels: of a swipe; 0: the middle */
} ScopeFigureOrder;

ScopeFigureOrder *scope_figure_order_copy (const ScopeFigureOrder *order);
void scope_figure_order_free (ScopeFigureOrder *order);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeFigureOrder, scope_figure_order_free)

SmoothPicture *scope_figure_order_draw (const ScopeFigureOrder *order, gint largest, double dpi, double *width, double *height, GError **error);
gboolean scope_figure_order_save (const ScopeFigureOrder *order, SmoothRecipe *recipe, const char *path, GError **error);

/* The colours on the screen as a panel. What it points to belongs to the colouring and to @texts. */
void scope_figure_fill (SmoothFigure *figure, const ScopeColouring *colouring, const ScopeLook *look, GPtrArray *texts);

G_END_DECLS
