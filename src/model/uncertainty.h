/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How certain proportions are: posterior standard deviations of spots and of means over regions. */
#pragma once

#include "base/report.h"
#include "model/deconvolution.h"

G_BEGIN_DECLS

typedef enum
{
  SMOOTH_UNCERTAINTY_AUTO,    /* coupled where its factor has few enough entries, else blocks */
  SMOOTH_UNCERTAINTY_COUPLED, /* all types and spots together: exact within the model */
  SMOOTH_UNCERTAINTY_BLOCKS,  /* one type at a time: an approximation */
} SmoothUncertaintyMethod;

typedef struct
{
  gint method;         /* SmoothUncertaintyMethod */
  double most_entries; /* of the coupled factor */
} SmoothUncertaintySettings;

extern const SmoothParamTable smooth_uncertainty_params;

/* Immutable, one owner. Row k of the matrices is one type, column s one spot. */
typedef struct
{
  gint64 n_spots, n_types;
  gboolean is_exact;            /* FALSE: the block approximation */
  double noise;                 /* standard deviation of a gene in a spot, from the residuals */
  double freedom;               /* effective number of parameters that the abundances use */
  SmoothMatrix *abundances;     /* n_types x n_spots: standard deviations, >= 0; NAN where nothing can be said */
  SmoothMatrix *proportions;    /* the same of proportions */
  gint64 n_empty;               /* spots without any abundance: NAN */
  SmoothReport *report;

  /*< private >*/
  gpointer posterior;
} SmoothUncertainty;

SmoothUncertainty *smooth_uncertainty_new (SmoothReduced *reduced, SmoothPrecision *precision, const double *confidences,
                                           double lambda, SmoothMatrix *abundances, const SmoothUncertaintySettings *settings,
                                           SmoothRun *run, GError **error);
void smooth_uncertainty_free (SmoothUncertainty *uncertainty);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothUncertainty, smooth_uncertainty_free)

gboolean smooth_uncertainty_get_region (const SmoothUncertainty *uncertainty, const gint32 *spots, gint64 n_spots, double *means,
                                        double *deviations, SmoothRun *run, GError **error);

G_END_DECLS
