/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inner loops of factors, one table of them for each instruction set. */
#pragma once

#include "linalg/symbolic-private.h"
#include "linalg/lanes.h"

G_BEGIN_DECLS

/* Columns of L that are eliminated in one go, and sums that registers hold side by side. */
#define SMOOTH_BLOCK 8

/* Matrices are column-major, with strides that are multiples of SMOOTH_STRIDE: m rows stand for as many as fill whole vectors,
 * and the rows that fill up may hold anything. */
typedef struct
{
  /* C = alpha A B^T + beta C; c: m x n, a: m x k, b: n x k; beta 0 reads no C */
  void (*multiply) (double *c, gint64 c_stride, gint64 m, gint64 n, const double *a, gint64 a_stride, const double *b, gint64 b_stride,
                    gint64 k, double alpha, double beta);

  /* X = X L^-T; x: m x n, l: n x n, lower, n <= SMOOTH_BLOCK; only the lower triangle of L is looked at */
  void (*divide) (double *x, gint64 x_stride, gint64 m, gint64 n, const double *l, gint64 l_stride);

  /* w = L^-1 w, w = L^-T w, and x^T Q x of each lane */
  void (*solve_forward) (const SmoothSymbolic *symbolic, const double *l, SmoothLanes *w);
  void (*solve_backward) (const SmoothSymbolic *symbolic, const double *l, SmoothLanes *w);
  void (*measure) (const SmoothSparse *q, const SmoothLanes *x, double *forms);
} SmoothLinalgKernels;

const SmoothLinalgKernels *smooth_i_linalg_kernels (void);

G_END_DECLS
