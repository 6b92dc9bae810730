/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A button that chooses what an axis shows: a component, a cell type or a gene. */
#pragma once

#include "document.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Of what by is, the index: a gene, a type, or a column of the layer; by SCOPE_BY_COUNTS: nothing was found to show. */
typedef struct
{
  ScopeColourBy by;
  gint64 index;
  const char *layer; /* interned; NULL: none */
} ScopePlotSource;

#define SCOPE_TYPE_PLOT_AXIS (scope_plot_axis_get_type ())
G_DECLARE_FINAL_TYPE (ScopePlotAxis, scope_plot_axis, SCOPE, PLOT_AXIS, GtkBox)

GtkWidget *scope_plot_axis_new (const char *name);
void scope_plot_axis_set_document (ScopePlotAxis *axis, ScopeDocument *document, gint64 nth);
gboolean scope_plot_axis_update (ScopePlotAxis *axis);
ScopePlotSource scope_plot_axis_get_source (ScopePlotAxis *axis);

G_END_DECLS
