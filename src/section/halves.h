/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A section's counts split at random into two halves, each prepared as the whole: one to fit, the other to score. */
#pragma once

#include "section/prepare.h"

G_BEGIN_DECLS

/* Immutable once made; one owner. */
typedef struct
{
  double depth;                /* that each half is scaled to: half of the whole's; 0 for raw counts */
  SmoothMatrix *signature;     /* n_genes x n_types, at that depth */
  SmoothSparse *expression[2]; /* n_genes x n_spots: genes and spots are those of the whole */
} SmoothHalves;

gboolean smooth_halves_are_possible (const SmoothSection *section, GError **error);
SmoothHalves *smooth_halves_new (const SmoothSection *section, const SmoothSignature *signature,
                                 const SmoothPrepareSettings *settings, const SmoothPrepared *whole, guint64 seed, SmoothRun *run,
                                 GError **error);
void smooth_halves_free (SmoothHalves *halves);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothHalves, smooth_halves_free)

G_END_DECLS
