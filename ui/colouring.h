/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the spots are coloured by: from a choice to values, colours, limits and a legend. */
#pragma once

#include <smooth.h>

G_BEGIN_DECLS

typedef enum
{
  SCOPE_BY_COUNTS,   /* total counts */
  SCOPE_BY_GENE,     /* one gene, on the scale of the model */
  SCOPE_BY_TYPE,     /* the proportion of one cell type */
  SCOPE_BY_DOMINANT, /* the most abundant cell type */
} ScopeColourBy;

/* How the section is looked at: a plain record, compared and copied by value. */
typedef struct
{
  ScopeColourBy by;
  gint64 gene;             /* of the section */
  gint64 type;             /* of the signature */
  SmoothColourmap map;
  double opacity;          /* of the spots */
  double histology_opacity;
  gboolean show_off_tissue;
  gboolean show_graph;
  gboolean show_regions;
  gboolean show_legend;    /* and the scale bar */
} ScopeLook;

/* Immutable. */
typedef struct
{
  SmoothSection *section;
  SmoothOutcome *outcome;  /* (nullable): what the values are taken from */
  char *title;             /* of the legend: 'Pax6, log-normalised' */
  SmoothColourmap map;
  double low, high;        /* limits of the map */
  gboolean is_share;       /* values are shares of 1, written as percentages */
  double *values;          /* n_spots of the section: NAN where missing; of categories their number */
  guint32 *colours;        /* n_spots: 0xAARRGGBB */
  gint64 n_entries;        /* > 0: categories instead of a colour bar */
  SmoothLegendEntry *entries; /* names belong to the outcome */
  gint64 n_missing;        /* analysable spots without a value: drawn in the missing colour */

  /*< private >*/
  gatomicrefcount ref_count;
} ScopeColouring;

#define SCOPE_MISSING_COLOUR 0x5a909498u
#define SCOPE_OFF_TISSUE_COLOUR 0x38909498u

void scope_look_init (ScopeLook *look);
gboolean scope_look_colours_equal (const ScopeLook *a, const ScopeLook *b);

ScopeColouring *scope_colouring_new (SmoothSection *section, SmoothOutcome *outcome, const ScopeLook *look);
ScopeColouring *scope_colouring_ref (ScopeColouring *colouring);
void scope_colouring_unref (ScopeColouring *colouring);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeColouring, scope_colouring_unref)

char *scope_colouring_dup_value (const ScopeColouring *colouring, gint64 spot);

G_END_DECLS
