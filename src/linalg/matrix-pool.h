/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Large matrices of one shape that follow each other: memory that nobody reads any more is used again. */
#pragma once

#include "linalg/dense.h"

G_BEGIN_DECLS

#define SMOOTH_POOLED_MATRICES 6

/* Owned by one thread; others may hold the matrices. All zero: empty. */
typedef struct
{
  SmoothMatrix *matrices[SMOOTH_POOLED_MATRICES]; /* (nullable) each, referenced: the latest that were given out */
  gint next; /* the one that was given out longest ago */
} SmoothMatrixPool;

SmoothMatrix *smooth_i_matrix_pool_get (SmoothMatrixPool *pool, gint64 n_rows, gint64 n_cols, GError **error);
void smooth_i_matrix_pool_clear (SmoothMatrixPool *pool);

G_END_DECLS
