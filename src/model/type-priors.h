/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A prior of its own for each cell type: which kind, which rho, and how strongly, given by name. */
#pragma once

#include "precision/precision.h"

G_BEGIN_DECLS

/* Immutable, shared by reference. Types that are not named have the prior of the section and confidence 1. */
typedef struct
{
  char *path;
  gint64 n_types;
  char **names;             /* n_types, NULL-terminated */
  gint *kinds;              /* n_types: SmoothPriorKind; -1: as the section's */
  double *rhos;             /* n_types; NAN: as the section's */
  double *values;           /* n_types: confidences; NAN: 1 */
  gboolean has_confidences; /* whether the table has a column of them */

  /*< private >*/
  gatomicrefcount ref_count;
} SmoothTypePriors;

SmoothTypePriors *smooth_type_priors_load (const char *path, GError **error);
SmoothTypePriors *smooth_type_priors_ref (SmoothTypePriors *priors);
void smooth_type_priors_unref (SmoothTypePriors *priors);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothTypePriors, smooth_type_priors_unref)

double *smooth_type_priors_dup_confidences (const SmoothTypePriors *priors, const char *const *names, gint64 n_names);
SmoothPrecision **smooth_type_priors_dup_precisions (const SmoothTypePriors *priors, const char *const *names, gint64 n_names,
                                                     const SmoothGraph *graph, const SmoothPrecisionSettings *settings,
                                                     SmoothPrecision *precision, SmoothReport *report, SmoothRun *run, GError **error);

G_END_DECLS
