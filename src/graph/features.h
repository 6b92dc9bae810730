/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What spots are compared by: expression or pixels, as they are or as principal components. */
#pragma once

#include "base/report.h"
#include "base/run.h"
#include "linalg/sparse.h"

G_BEGIN_DECLS

/* p features x n spots, column i belongs to spot i; one of both is there. Immutable. */
typedef struct
{
  gint64 n_features;
  gint64 n_spots;
  SmoothMatrix *dense;
  SmoothSparse *sparse;

  /*< private >*/
  gatomicrefcount ref_count;
} SmoothFeatures;

SmoothFeatures *smooth_features_new_from_matrix (const SmoothMatrix *matrix, GError **error);
SmoothFeatures *smooth_features_new_from_sparse (const SmoothSparse *sparse, GError **error);
SmoothFeatures *smooth_features_new_principal (const SmoothFeatures *features, gint n_dims, SmoothReport *report, SmoothRun *run,
                                               GError **error);
SmoothFeatures *smooth_features_ref (SmoothFeatures *features);
void smooth_features_unref (SmoothFeatures *features);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothFeatures, smooth_features_unref)

G_END_DECLS
