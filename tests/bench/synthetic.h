/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Synthetic sections for the benchmarks: a blob of tissue on a hexagonal lattice. */
#pragma once

#include "smooth.h"

G_BEGIN_DECLS

typedef struct
{
  gint64 n_spots;
  gint n_types;
  gint64 n_genes;
  double *coords;          /* n_spots x 2, row-major, in pitches */
  SmoothMatrix *signature; /* columns of unit variance, pairwise correlation about .9 */
  SmoothSparse *expression;
  double *confidences; /* n_types, .3 .. 1 */
  gint64 n_edges;
  gint32 *ends;    /* n_edges x 2 */
  double *weights; /* n_edges, .6 .. 1 */
} Synthetic;

Synthetic *synthetic_new (gint64 n_spots, gint n_types, gint64 n_genes, guint64 seed);
void synthetic_free (Synthetic *synthetic);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Synthetic, synthetic_free)

/* ICAR; edges that leave the circle of the given radius (in radii of the section) about the centre are cut: kept as
 * zeros. radius 0: none. n_cut: (nullable): how many. */
SmoothPrecision *synthetic_precision (const Synthetic *synthetic, double rho, double radius, gint64 *n_cut);

/* What a pipeline computes on. */
SmoothSection *synthetic_dup_section (Synthetic *synthetic);
SmoothSignature *synthetic_dup_signature (const Synthetic *synthetic);

G_END_DECLS
