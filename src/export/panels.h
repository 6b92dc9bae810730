/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The panels of a page by their names: 'dominant', 'gene:Pax6', 'types'; with colours, limits and legends. */
#pragma once

#include "export/page.h"
#include "export/values.h"

G_BEGIN_DECLS

/* How two settings are shown, where there is another one. */
typedef enum
{
  SMOOTH_COMPARE_OFF,
  SMOOTH_COMPARE_SPLIT,      /* A and B side by side */
  SMOOTH_COMPARE_SWIPE,      /* A left of a line, B right of it */
  SMOOTH_COMPARE_DIFFERENCE, /* B - A as colours */
} SmoothCompareMode;

typedef struct
{
  gint map; /* SmoothColourmap */
  gboolean is_reversed;
  gboolean is_log;
  gint limits; /* SmoothLimits */
  double percentiles[2]; /* 0..100 */
  double typed[2];     /* in units of the values */
  double opacity;
  double spot_scale;   /* times their true size */
  gboolean has_outlines; /* around each spot */
  double histology_opacity;
  double brightness, contrast; /* of the histology: -1..1, 0: as it is */
  gboolean off_tissue;
  gboolean edges;      /* of the graph */
  gint compare;        /* SmoothCompareMode */
  double line;         /* full-resolution pixels: where A ends and B begins; 0: the middle */
} SmoothColourSettings;

extern const SmoothParamTable smooth_colour_params;

#define SMOOTH_N_OWN_COLOURS 128 /* later types and categories keep the colour of the palette */

/* Colours that the user chose. */
typedef struct
{
  guint32 missing;                          /* 0xAARRGGBB: of spots without a value */
  guint32 types[SMOOTH_N_OWN_COLOURS];      /* 0xFFRRGGBB; 0: of the palette */
  guint32 categories[SMOOTH_N_OWN_COLOURS]; /* the same, of the categories of layers */
} SmoothOwnColours;

#define SMOOTH_MISSING_COLOUR 0x5a909498u
#define SMOOTH_OFF_TISSUE_COLOUR 0x38909498u

/* What one setting gave. All pointers are borrowed. */
typedef struct
{
  SmoothOutcome *outcome;      /* (nullable): needed for cell types */
  SmoothRegions *regions;      /* (nullable): that are outlined */
  SmoothLayer *const *layers;  /* n_layers */
  gint64 n_layers;
  const char *title;           /* (nullable): of the setting, where two are compared: 'A: rho 0.9' */
} SmoothPanelSide;

/* What panels are made of. All pointers are borrowed, and must outlive the panels. */
typedef struct
{
  SmoothSection *section;
  SmoothPanelSide now;         /* the setting B, or the only one */
  SmoothPanelSide before;      /* the setting A, for comparisons; without an outcome there is none */
  SmoothColourSettings colours;
  SmoothOwnColours own;
  double crop[4];              /* as of SmoothFigure */
  gboolean is_plain;           /* texts are English, as in other files of results; else in the user's language */
} SmoothPanelSource;

typedef struct
{
  SmoothFigure *panels;
  gint64 n_panels;
  gboolean has_one_legend; /* that of the first panel is right for all */
  gint n_columns;          /* of pages that leave their number open; 0: any */

  /*< private >*/
  GPtrArray *values;
  GPtrArray *memory;
} SmoothPanels;

SmoothPanels *smooth_panels_new (const SmoothPanelSource *source, const char *const *names, const SmoothPageSettings *page, GError **error);
void smooth_panels_free (SmoothPanels *panels);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothPanels, smooth_panels_free)

void smooth_panels_fill_page (const SmoothPanels *panels, const SmoothPageSettings *settings, SmoothPage *page);

char **smooth_panels_split (const char *text);
char **smooth_panels_list_layers (const char *const *names);

G_END_DECLS
