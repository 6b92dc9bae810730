/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How strongly each cell type is smoothed beside the others: given by name, or estimated from the data. */
#pragma once

#include "section/prepare.h"

G_BEGIN_DECLS

/* Immutable, shared by reference. */
typedef struct
{
  char *path;     /* (nullable): where they were read; NULL: they are to be estimated */
  gint64 n_types;
  char **names;   /* n_types, NULL-terminated */
  double *values; /* n_types, >= 0 */

  /*< private >*/
  gatomicrefcount ref_count;
} SmoothTypeConfidences;

SmoothTypeConfidences *smooth_type_confidences_load (const char *path, GError **error);
SmoothTypeConfidences *smooth_type_confidences_new_estimated (void);
SmoothTypeConfidences *smooth_type_confidences_ref (SmoothTypeConfidences *confidences);
void smooth_type_confidences_unref (SmoothTypeConfidences *confidences);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothTypeConfidences, smooth_type_confidences_unref)

double *smooth_type_confidences_dup_of (const SmoothTypeConfidences *confidences, const char *const *names, gint64 n_names, GError **error);
double *smooth_type_confidences_dup_for (const SmoothTypeConfidences *confidences, const SmoothPrepared *prepared, SmoothReport *report,
                                         GError **error);

G_END_DECLS
