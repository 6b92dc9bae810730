/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the ways of choosing lambda and rho share. */
#pragma once

#include "model/choose.h"

G_BEGIN_DECLS

/* The job at hand: inputs and settings without NULLs, and what is made of them once. */
typedef struct
{
  const SmoothChooseInputs *inputs;
  SmoothChooseSettings settings;
  SmoothDeconvolutionSettings model;
  SmoothPrecisionSettings prior;
  SmoothPrepared *prepared;
  SmoothReduced *reduced;
  gint64 n_rhos;
  const double *rhos;
  SmoothPrecision **precisions; /* n_rhos */
  gint64 n_strengths;           /* of each rho */
  SmoothChoice *choice;         /* points with lambda, strength and rho, to be scored */
  SmoothRun *run;
} SmoothChoosing;

/* The point of the i-th strength of the r-th rho; lambda = 0 is point 0. */
static inline gint64
smooth_i_choosing_point (const SmoothChoosing *choosing, gint64 r, gint64 i)
{
  return 1 + r * choosing->n_strengths + i;
}

gboolean smooth_i_genes_can_be_split (const SmoothPrepared *prepared, GError **error);
gboolean smooth_i_split_genes (const SmoothChoosing *choosing, guint64 seed, SmoothReduced *halves[2], GError **error);
gboolean smooth_i_choose_by_halves (SmoothChoosing *choosing, GError **error);
gboolean smooth_i_choose_by_decay (SmoothChoosing *choosing, GError **error);
const double *smooth_i_choose_decay_rhos (gint64 *n_rhos);
gboolean smooth_i_choose_by_evidence (SmoothChoosing *choosing, GError **error);

G_END_DECLS
