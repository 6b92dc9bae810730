/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The panels of a page by their names: 'dominant', 'gene:Pax6', 'types'; with colours, limits and legends. */
#pragma once

#include "export/page.h"
#include "export/values.h"

G_BEGIN_DECLS

typedef struct
{
  gint map; /* SmoothColourmap */
  gboolean is_reversed;
  gboolean is_log;
  gint limits; /* SmoothLimits */
  double low_percentile, high_percentile;
  double low, high;
  double opacity;
  double histology_opacity;
  gboolean off_tissue;
} SmoothColourSettings;

extern const SmoothParamTable smooth_colour_params;

#define SMOOTH_MISSING_COLOUR 0x5a909498u
#define SMOOTH_OFF_TISSUE_COLOUR 0x38909498u

/* What panels are made of. All pointers are borrowed, and must outlive the panels. */
typedef struct
{
  SmoothSection *section;
  SmoothOutcome *outcome;      /* (nullable): needed for cell types */
  SmoothRegions *regions;      /* (nullable): that are outlined */
  SmoothLayer *const *layers;  /* n_layers */
  gint64 n_layers;
  SmoothColourSettings colours;
  guint32 missing;             /* 0xAARRGGBB */
  const guint32 *type_colours; /* (nullable): n_own_colours: 0xFFRRGGBB; 0: of the palette */
  const guint32 *category_colours; /* (nullable): the same, of the categories of layers */
  gint64 n_own_colours;
  double crop[4];              /* as of SmoothFigure */
} SmoothPanelSource;

typedef struct
{
  SmoothFigure *panels;
  gint64 n_panels;
  gboolean has_one_legend; /* that of the first panel is right for all */

  /*< private >*/
  GPtrArray *values;
  GPtrArray *memory;
} SmoothPanels;

SmoothPanels *smooth_panels_new (const SmoothPanelSource *source, const char *const *names, const SmoothPageSettings *page, GError **error);
void smooth_panels_free (SmoothPanels *panels);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothPanels, smooth_panels_free)

char **smooth_panels_split (const char *text);

G_END_DECLS
