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
/* Writes columns begin .. end - 1 of the abundances; on several threads at once. */
typedef void (*SmoothFillFunc) (gint64 begin, gint64 end, SmoothMatrix *abundances, gconstpointer data);

SmoothResult *smooth_i_result_new_filled (SmoothMatrix *abundances, SmoothMatrix *proportions, const char *const *type_names,
                                          const SmoothInfo *info, SmoothFillFunc fill, gconstpointer data, gint n_threads);
SmoothResult *smooth_i_result_new_edited (const SmoothResult *last, SmoothResult *spare, const SmoothMatrix *moved,
                                          const gint32 *spots, const SmoothInfo *info, GError **error);
SmoothResult *smooth_result_ref (SmoothResult *result);
void smooth_result_unref (SmoothResult *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothResult, smooth_result_unref)

gint32 *smooth_result_dup_dominant (const SmoothResult *result);
gint32 smooth_result_get_dominant (const SmoothResult *result, gint64 spot);
gboolean smooth_result_get_changes (const SmoothResult *result, const SmoothResult *before, const gint32 **spots, gint64 *n);

G_END_DECLS
