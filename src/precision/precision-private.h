/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the precision folder: products, inverses, symmetric parts and the definiteness of a prior. */
#pragma once

#include "precision/precision.h"

G_BEGIN_DECLS

/* Work over columns is split in blocks of so many. */
#define SMOOTH_COLUMN_BLOCK 4096

SmoothSparse *smooth_i_symmetric_part (const SmoothSparse *matrix, GError **error);
SmoothSparse *smooth_i_gram (const SmoothSparse *transposed, SmoothRun *run, GError **error);
gboolean smooth_i_invert_diagonal (SmoothPrecision *precision, SmoothRun *run, GError **error);

gboolean smooth_i_standardise (SmoothPrecision *precision, SmoothRun *run, GError **error);
void smooth_i_standardise_factor (SmoothSparse *transposed);

/* The interval of rho in which diag - rho W is positive semidefinite, and whether it is for one rho. */
typedef struct
{
  double rho_min, rho_max;
  double upper; /* no eigenvalue is larger */
} SmoothInterval;

gboolean
smooth_i_find_interval (const SmoothGraph *graph, gint kind, SmoothInterval *interval, SmoothRun *run, GError **error);

G_END_DECLS
