/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What spots can be coloured by: a value of every spot of a section, with its name, and the limits of its colours. */
#pragma once

#include "export/colour.h"
#include "export/raster.h"
#include "pipeline/pipeline.h"
#include "result/layer.h"

G_BEGIN_DECLS

typedef enum
{
  SMOOTH_BY_COUNTS,        /* total counts */
  SMOOTH_BY_DETECTED,      /* how many genes were found */
  SMOOTH_BY_MITOCHONDRIAL, /* the share of counts of mitochondrial genes */
  SMOOTH_BY_GENE,          /* one gene, on the scale of the model */
  SMOOTH_BY_TYPE,          /* the proportion of one cell type */
  SMOOTH_BY_DOMINANT,      /* the most abundant cell type */
  SMOOTH_BY_REGION,        /* the region that has the spot */
  SMOOTH_BY_LAYER,         /* a column of what an analysis found */
  SMOOTH_BY_COMPOSITION,   /* all cell types, as a pie a spot; the most abundant one where there is no room for it */
  SMOOTH_BY_GENES,         /* the mean or sum of a list of genes */
  SMOOTH_BY_RGB,           /* three columns as red, green and blue */
} SmoothColourBy;

typedef enum
{
  SMOOTH_VALUES_NUMBERS,
  SMOOTH_VALUES_SHARES, /* of 1, written as percentages on the screen */
  SMOOTH_VALUES_SIGNED, /* on both sides of 0, which is the middle of the colours */
} SmoothValuesKind;

/* Values over all spots of a section; NAN where there is none. */
typedef struct
{
  char *title;       /* of a legend, in the user's language: 'Pax6, log-normalised' */
  char *name;        /* of the item alone: 'Pax6' */
  double *values;    /* n_spots of the section; of categories their number */
  char *unit;        /* of the values: 'proportion' */
  SmoothValuesKind kind;
  char **names;      /* (nullable): of categories; borrowed from the outcome or layer */
  SmoothPies *pies;  /* (nullable): of SMOOTH_BY_COMPOSITION, in the order of names; shares are borrowed from the outcome */
  gboolean is_difference; /* B - A; of categories those of B, missing where they are the same */
} SmoothValues;

#define SMOOTH_N_CHANNELS 3 /* red, green, blue */

double smooth_values_get_depth (const SmoothSection *section, const SmoothOutcome *outcome);
SmoothValues *smooth_values_new (const SmoothSection *section, const SmoothOutcome *outcome, const SmoothLayer *layer, SmoothColourBy by,
                                 gint64 item);
SmoothValues *smooth_values_new_after (const SmoothSection *section, const SmoothOutcome *outcome, const SmoothLayer *layer,
                                       SmoothColourBy by, gint64 item, const SmoothOutcome *before, const double *before_values);
SmoothValues *smooth_values_new_genes (const SmoothSection *section, const SmoothOutcome *outcome, const char *genes, gboolean is_sum);
SmoothValues *smooth_values_new_difference (const SmoothSection *section, SmoothValues *b, const SmoothValues *a);
void smooth_values_free (SmoothValues *values);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothValues, smooth_values_free)

typedef enum
{
  SMOOTH_LIMITS_AUTO,       /* from 0 to a round number that does not jump while a slider moves */
  SMOOTH_LIMITS_PERCENTILE, /* of the values */
  SMOOTH_LIMITS_TYPED,
} SmoothLimits;

double smooth_value_round_up (double value);
void smooth_colour_scale_find_limits (SmoothColourScale *scale, const double *values, gint64 n, SmoothValuesKind kind, SmoothLimits limits,
                                      const double percentiles[2], const double typed[2]);
void smooth_colour_scale_find_symmetric_limits (SmoothColourScale *scale, const double *values, gint64 n, SmoothValuesKind kind,
                                                SmoothLimits limits, const double percentiles[2], const double typed[2]);
void smooth_colour_channels (const double *const values[SMOOTH_N_CHANNELS], const SmoothColourScale scales[SMOOTH_N_CHANNELS], gint64 n,
                             guint32 missing, guint32 *colours, double *means);

G_END_DECLS
