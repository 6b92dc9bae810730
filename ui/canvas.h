/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The canvas: the section as a picture that is zoomed, panned and drawn on. */
#pragma once

#include "document.h"
#include "view.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_CANVAS (scope_canvas_get_type ())
G_DECLARE_FINAL_TYPE (ScopeCanvas, scope_canvas, SCOPE, CANVAS, GtkWidget)

typedef enum
{
  SCOPE_TOOL_PAN,
  SCOPE_TOOL_LASSO,
  SCOPE_TOOL_POLYGON,
  SCOPE_TOOL_RECTANGLE,
  SCOPE_TOOL_BRUSH,
  SCOPE_TOOL_ERASER,
  SCOPE_TOOL_WAND,
} ScopeTool;

void scope_canvas_set_document (ScopeCanvas *canvas, ScopeDocument *document);
void scope_canvas_set_tool (ScopeCanvas *canvas, ScopeTool tool);
ScopeTool scope_canvas_get_tool (ScopeCanvas *canvas);
gboolean scope_canvas_cancel_drawing (ScopeCanvas *canvas);
void scope_canvas_scale_brush (ScopeCanvas *canvas, double factor);

void scope_canvas_turn_card (ScopeCanvas *canvas, ScopeCard card);
void scope_canvas_nudge_line (ScopeCanvas *canvas, double part);

void scope_canvas_zoom_by (ScopeCanvas *canvas, double factor);
void scope_canvas_pan_by (ScopeCanvas *canvas, double x, double y);
void scope_canvas_fit (ScopeCanvas *canvas);
void scope_canvas_one_to_one (ScopeCanvas *canvas);
ScopePlace scope_canvas_get_place (ScopeCanvas *canvas);
void scope_canvas_set_place (ScopeCanvas *canvas, const ScopePlace *place);

ScopeColouring *scope_canvas_get_colouring (ScopeCanvas *canvas);
gboolean scope_canvas_is_dark (ScopeCanvas *canvas);

G_END_DECLS
