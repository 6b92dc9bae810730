/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal: the regular lattice that spots lie on, and points of a finer one between them. */
#pragma once

#include "graph/graph.h"

G_BEGIN_DECLS

typedef enum
{
  SMOOTH_LATTICE_HEXAGONAL, /* basis vectors 60 degrees apart: six neighbours */
  SMOOTH_LATTICE_SQUARE,    /* 90 degrees apart: four neighbours */
} SmoothLatticeKind;

/* Spot i lies near  origin + places[2 i] a + places[2 i + 1] b. */
typedef struct
{
  gint kind; /* SmoothLatticeKind */
  gint64 n_spots;
  double origin[2]; /* um, as all below */
  double a[2], b[2];
  gint32 *places;  /* n_spots x 2, row-major: whole numbers of steps along a and b */
  double residual; /* the largest distance of a spot from its place */
} SmoothLattice;

SmoothLattice *smooth_i_lattice_new (const double *coords, gint64 n_spots, double pitch, SmoothRun *run, GError **error);
void smooth_i_lattice_free (SmoothLattice *lattice);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothLattice, smooth_i_lattice_free)

double *smooth_i_lattice_dup_finer (const SmoothLattice *lattice, gint factor, gint64 *n_points, GError **error);

G_END_DECLS
