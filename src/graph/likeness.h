/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How alike spots are, from files: values of any kind by spot, whose likeness is computed, or the likeness itself by pair. */
#pragma once

#include "files/columns.h"
#include "graph/scaling.h"

G_BEGIN_DECLS

/* Immutable, shared by reference. */
typedef struct
{
  SmoothColumns *features;   /* (nullable): one row a spot */
  char *path;                /* (nullable): of the pairs */
  gint64 n_pairs;
  char **from, **to;         /* n_pairs, NULL-terminated: names of spots */
  double *values;            /* n_pairs, >= 0 */
  gint64 *lines;             /* n_pairs: of the file */

  /*< private >*/
  gatomicrefcount ref_count;
} SmoothLikeness;

SmoothLikeness *smooth_likeness_load (const char *features_path, const char *similarity_path, GError **error);
SmoothLikeness *smooth_likeness_ref (SmoothLikeness *likeness);
void smooth_likeness_unref (SmoothLikeness *likeness);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothLikeness, smooth_likeness_unref)

SmoothGraph *smooth_likeness_scale (const SmoothLikeness *likeness, const SmoothGraph *graph, const char *const *names,
                                    const SmoothSection *section, const SmoothScalingSettings *settings, gboolean row_scale,
                                    SmoothReport *report, SmoothRun *run, GError **error);

G_END_DECLS
