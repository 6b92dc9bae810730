/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dense blocks of a sparse factor, by own kernels where they are small and by BLAS where they are large.
 *
 * BLAS is for blocks that fill caches: among thousands of blocks of 30 rows its calls cost more than the work. Large products
 * are cut into tiles, which threads share; the cut follows from the sizes, so that the bits do not depend on the threads.
 */
#include "linalg/fronts.h"

#include "base/parallel.h"
#include "linalg/blas.h"
#include "linalg/kernels-private.h"

#include <math.h>
#include <string.h>

#define OUTER 64      /* columns after which the rest is brought up to date by one larger product */
#define TILE 192      /* columns of a tile of a large product, ... */
#define TILE_ROWS 1024 /* ... and rows: BLAS copies what it multiplies, the less often the taller a tile is */
#define LARGE 262144.0 /* multiplications from which on BLAS is faster */

/* C = alpha A B^T + beta C; c: m x n, a: m x k, b: n x k. */
typedef struct
{
  double *c;
  gint64 c_stride, m, n;
  const double *a;
  gint64 a_stride;
  const double *b;
  gint64 b_stride, k;
  double alpha, beta;
} Product;

static void
multiply_tile (gint64 tile, gint worker, gpointer data)
{
  const Product *p = data;
  gint64 n_down = (p->m + TILE_ROWS - 1) / TILE_ROWS, i = tile % n_down * TILE_ROWS, j = tile / n_down * TILE;

  (void) worker;
  cblas_dgemm (CblasColMajor, CblasNoTrans, CblasTrans, (int) MIN (TILE_ROWS, p->m - i), (int) MIN (TILE, p->n - j), (int) p->k, p->alpha, p->a + i,
               (int) p->a_stride, p->b + j, (int) p->b_stride, p->beta, p->c + i + j * p->c_stride, (int) p->c_stride);
}

static void
multiply (Product p, gint n_threads)
{
  if (p.m <= 0 || p.n <= 0)
    return;
  if ((double) p.m * (double) p.n * (double) p.k < LARGE || p.n < 2 * SMOOTH_BLOCK)
    smooth_i_linalg_kernels ()->multiply (p.c, p.c_stride, p.m, p.n, p.a, p.a_stride, p.b, p.b_stride, p.k, p.alpha, p.beta);
  else
    smooth_i_parallel (n_threads, ((p.m + TILE_ROWS - 1) / TILE_ROWS) * ((p.n + TILE - 1) / TILE), multiply_tile, &p);
}

/* The same where C is symmetric: only its lower triangle is meant, somewhat more is written. */
static void
multiply_lower (Product p, gint n_threads)
{
  gint64 step = (double) p.n * (double) p.n * (double) p.k < 2.0 * LARGE ? SMOOTH_BLOCK : TILE;

  for (gint64 j = 0; j < p.n; j += step)
    {
      Product part = p;
      part.c += j + j * p.c_stride;
      part.a += j;
      part.b += j;
      part.m = p.m - j;
      part.n = MIN (step, p.n - j);
      multiply (part, n_threads);
    }
}

/* Eliminates n <= SMOOTH_BLOCK columns within their first SMOOTH_BLOCK rows. */
static gboolean
factor_block (double *x, gint64 stride, gint64 n)
{
  for (gint64 j = 0; j < n; j++)
    {
      double *column = x + j * stride;
      if (!(column[j] > 0.0))
        return FALSE;
      double root = sqrt (column[j]);
      column[j] = root;
      for (gint64 i = j + 1; i < SMOOTH_BLOCK; i++)
        column[i] /= root;
      for (gint64 k = j + 1; k < n; k++)
        for (gint64 i = k; i < SMOOTH_BLOCK; i++)
          x[i + k * stride] -= column[i] * column[k];
    }
  return TRUE;
}

/**
 * smooth_i_front_factor:
 * @panel: the columns of @node, with all that earlier columns subtract from them; becomes that of L
 *
 * Returns: FALSE where a pivot was not positive
 */
gboolean
smooth_i_front_factor (double *panel, const SmoothNode *node, gint n_threads)
{
  const SmoothLinalgKernels *kernels = smooth_i_linalg_kernels ();
  gint64 stride = node->stride, n = node->n_cols, n_rows = node->n_cols + node->n_below;

  for (gint64 first = 0; first < n; first += OUTER)
    {
      gint64 end = MIN (first + OUTER, n);
      multiply ((Product){ .c = panel + first + first * stride, .c_stride = stride, .m = n_rows - first, .n = end - first, .a = panel + first,
                           .a_stride = stride, .b = panel + first, .b_stride = stride, .k = first, .alpha = -1.0, .beta = 1.0 },
                n_threads);
      for (gint64 j = first; j < end; j += SMOOTH_BLOCK)
        {
          gint64 width = MIN (SMOOTH_BLOCK, end - j);
          double *corner = panel + j + j * stride;
          const double *left = panel + j + first * stride;
          kernels->multiply (corner, stride, n_rows - j, width, left, stride, left, stride, j - first, -1.0, 1.0);
          if (!factor_block (corner, stride, width))
            return FALSE;
          kernels->divide (corner + SMOOTH_BLOCK, stride, n_rows - j - SMOOTH_BLOCK, width, corner, stride);
        }
    }
  return TRUE;
}

/**
 * smooth_i_front_update:
 * @update: n_below x n_below, lower triangle, of a rounded stride: what the node's columns take away is subtracted
 * @panel: of L
 */
void
smooth_i_front_update (double *update, const double *panel, const SmoothNode *node, gint n_threads)
{
  gint64 n = node->n_below, stride = SMOOTH_ROUND (n);
  const double *below = panel + node->n_cols;

  multiply_lower ((Product){ .c = update, .c_stride = stride, .m = n, .n = n, .a = below, .a_stride = node->stride, .b = below,
                             .b_stride = node->stride, .k = node->n_cols, .alpha = -1.0, .beta = 1.0 },
                  n_threads);
}

/* t (n x n, upper) = L_JJ^-T: what elimination makes of rows of the identity below. */
static void
invert_head (double *t, const double *panel, const SmoothNode *node, gint n_threads)
{
  const SmoothLinalgKernels *kernels = smooth_i_linalg_kernels ();
  gint64 n = node->n_cols, t_stride = SMOOTH_ROUND (n), stride = node->stride;

  memset (t, 0, (gsize) (n * t_stride) * sizeof *t);
  for (gint64 j = 0; j < n; j++)
    t[j + j * t_stride] = 1.0;
  for (gint64 first = 0; first < n; first += OUTER)
    {
      gint64 end = MIN (first + OUTER, n);
      multiply ((Product){ .c = t + first * t_stride, .c_stride = t_stride, .m = first, .n = end - first, .a = t, .a_stride = t_stride,
                           .b = panel + first, .b_stride = stride, .k = first, .alpha = -1.0, .beta = 1.0 },
                n_threads);
      for (gint64 j = first; j < end; j += SMOOTH_BLOCK)
        {
          gint64 width = MIN (SMOOTH_BLOCK, end - j);
          kernels->multiply (t + j * t_stride, t_stride, j, width, t + first * t_stride, t_stride, panel + j + first * stride, stride,
                             j - first, -1.0, 1.0);
          kernels->divide (t + j * t_stride, t_stride, j + SMOOTH_BLOCK, width, panel + j + j * stride, stride);
        }
    }
}

/* to (n x m) = from^T, from: m x n */
static void
transpose (double *to, gint64 to_stride, const double *from, gint64 from_stride, gint64 m, gint64 n)
{
  for (gint64 first = 0; first < m; first += SMOOTH_BLOCK)
    for (gint64 j = 0; j < n; j++)
      for (gint64 i = first; i < MIN (first + SMOOTH_BLOCK, m); i++)
        to[j + i * to_stride] = from[i + j * from_stride];
}

/**
 * smooth_i_front_invert:
 * @front: of the inverse Z, with Z_RR; the rest is filled in
 * @panel: of L
 * @scratch: smooth_i_front_scratch() of @node
 *
 * See linalg/selected-inverse.c for the equations.
 */
void
smooth_i_front_invert (SmoothInverseFront *front, const double *panel, const SmoothNode *node, double *scratch, gint n_threads)
{
  gint64 n = node->n_cols, m = node->n_below, t_stride = SMOOTH_ROUND (n), stride = front->stride;
  double *t = scratch, *y = scratch + n * t_stride; /* L_JJ^-T; Y^T, n x m */
  double *z_jj = front->values, *z_rj = z_jj + front->below, *z_jr = z_jj + front->below * stride, *z_rr = z_jr + front->below;

  invert_head (t, panel, node, n_threads);
  for (gint64 i = 0; i < n; i += OUTER)
    multiply ((Product){ .c = y + i, .c_stride = t_stride, .m = MIN (OUTER, n - i), .n = m, .a = t + i + i * t_stride, .a_stride = t_stride,
                         .b = panel + n + i * node->stride, .b_stride = node->stride, .k = n - i, .alpha = 1.0, .beta = 0.0 },
              n_threads);
  multiply ((Product){ .c = z_rj, .c_stride = stride, .m = m, .n = n, .a = z_rr, .a_stride = stride, .b = y, .b_stride = t_stride, .k = m,
                       .alpha = -1.0, .beta = 0.0 },
            n_threads);
  transpose (z_jr, stride, z_rj, stride, m, n);
  for (gint64 j = 0; j < n; j += OUTER)
    multiply_lower ((Product){ .c = z_jj + j + j * stride, .c_stride = stride, .m = n - j, .n = MIN (OUTER, n - j), .a = t + j + j * t_stride,
                               .a_stride = t_stride, .b = t + j + j * t_stride, .b_stride = t_stride, .k = n - j, .alpha = 1.0, .beta = 0.0 },
                    n_threads);
  multiply_lower ((Product){ .c = z_jj, .c_stride = stride, .m = n, .n = n, .a = y, .a_stride = t_stride, .b = z_jr, .b_stride = stride, .k = m,
                             .alpha = -1.0, .beta = 1.0 },
                  n_threads);
  for (gint64 j = 0; j < n; j++)
    for (gint64 i = j + 1; i < n; i++)
      z_jj[j + i * stride] = z_jj[i + j * stride];
}
