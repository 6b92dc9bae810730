/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dense blocks of a sparse factor: elimination of some columns, and the inverse on the rows of these. */
#pragma once

#include "linalg/symbolic-private.h"

G_BEGIN_DECLS

/* The inverse on the columns J and the rows R below of a node: symmetric, both triangles. R starts at a rounded row. */
typedef struct
{
  double *values;
  gint64 stride; /* rounded n_cols + rounded n_below */
  gint64 below;  /* where R starts: rounded n_cols */
} SmoothInverseFront;

gboolean smooth_i_front_factor (double *panel, const SmoothNode *node, gint n_threads);
void smooth_i_front_update (double *update, const double *panel, const SmoothNode *node, gint n_threads);
void smooth_i_front_invert (SmoothInverseFront *front, const double *panel, const SmoothNode *node, double *scratch, gint n_threads);

static inline gint64
smooth_i_front_scratch (const SmoothNode *node)
{
  return (gint64) SMOOTH_ROUND (node->n_cols) * (node->n_cols + node->n_below);
}

G_END_DECLS
