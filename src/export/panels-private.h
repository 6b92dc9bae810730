/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the name of a panel to its values, and from these to its colours. */
#pragma once

#include "export/panels.h"

G_BEGIN_DECLS

/* A column of values. */
typedef struct
{
  SmoothColourBy by;         /* of SMOOTH_BY_COUNTS to SMOOTH_BY_GENES */
  gint64 item;
  const SmoothLayer *layer;  /* (nullable): of SMOOTH_BY_LAYER */
  char *genes;               /* (nullable): of SMOOTH_BY_GENES */
  gboolean is_sum;
} PanelColumn;

/* One panel that is to be made. */
typedef struct
{
  PanelColumn column;        /* by may be SMOOTH_BY_RGB */
  PanelColumn channels[SMOOTH_N_CHANNELS];
  gboolean has_channel[SMOOTH_N_CHANNELS];
} PanelChoice;

/* The values of one panel with their scales. */
typedef struct
{
  const PanelChoice *choice;
  const SmoothPanelSide *side;
  SmoothValues *values;      /* of red, green and blue: the means of their places */
  SmoothValues *channels[SMOOTH_N_CHANNELS]; /* (nullable) */
  SmoothColourScale scale, scales[SMOOTH_N_CHANNELS];
} PanelItem;

GArray *smooth_i_panel_choices_new (const SmoothPanelSource *source, const char *const *names, GError **error);

void smooth_i_panel_read (PanelItem *item, const SmoothPanelSource *source, const PanelChoice *choice, const SmoothPanelSide *side);
void smooth_i_panel_subtract (PanelItem *item, const SmoothPanelSource *source, const PanelItem *before);
void smooth_i_panel_find_scales (PanelItem *item, const PanelItem *other, const SmoothPanelSource *source);
void smooth_i_panel_colour (SmoothPanels *panels, SmoothFigure *figure, PanelItem *item, const SmoothPanelSource *source, gboolean all);
gpointer smooth_i_panels_keep (SmoothPanels *panels, gpointer memory);

G_END_DECLS
