/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a deconvolution gives: abundances and proportions of every analysed spot. */
#pragma once

#include "base/edit.h"
#include "linalg/dense.h"
#include "model/info.h"

G_BEGIN_DECLS

/* Immutable. Row k of the matrices is one cell type, column s one analysed spot. */
typedef struct
{
  gint64 n_spots;
  gint64 n_types;
  char **type_names;         /* n_types, NULL-terminated */
  SmoothMatrix *abundances;  /* n_types x n_spots, >= 0 */
  SmoothMatrix *proportions; /* n_types x n_spots: max (b, 0) / (sum over types + 1e-8) */
  double *means;             /* n_types: of the proportions, over spots */
  SmoothInfo info;

  /*< private >*/
  gatomicrefcount ref_count;
  SmoothEdit edit; /* by spots */
} SmoothResult;

SmoothResult *smooth_result_new (SmoothMatrix *abundances, const char *const *type_names, const SmoothInfo *info, GError **error);
SmoothResult *smooth_i_result_new_in (SmoothMatrix *abundances, SmoothMatrix *proportions, const char *const *type_names,
                                      const SmoothInfo *info, gint n_threads);
SmoothResult *smooth_i_result_new_edited (const SmoothResult *last, SmoothResult *spare, const SmoothMatrix *moved,
                                          const gint32 *spots, const SmoothInfo *info, GError **error);
SmoothResult *smooth_result_ref (SmoothResult *result);
void smooth_result_unref (SmoothResult *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothResult, smooth_result_unref)

gint32 *smooth_result_dup_dominant (const SmoothResult *result);

G_END_DECLS
