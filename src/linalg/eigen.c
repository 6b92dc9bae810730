/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Selected eigenpairs of a dense symmetric matrix, in steps that can be cancelled and shared among threads.
 *
 * A = Q T Q^T with tridiagonal T: panels of a few columns by LAPACK's dlatrd, then A <- A - V W^T - W V^T on the rest, which is
 * cut into tiles that do not depend on the number of threads. The wanted eigenvalues of T by bisection, their vectors by
 * inverse iteration, orthogonalised within clusters (dstebz, dstein), and Q times these. All eigenvalues come with the
 * precision of |A|, whatever the gaps; an iteration of Krylov's kind would be faster where they are wide, and is lost where a
 * strong prior spreads the unwanted end of the spectrum over many powers of ten.
 */
#include "linalg/eigen.h"

#include "base/error.h"
#include "base/parallel.h"
#include "linalg/blas.h"
#include "linalg/tiles.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define LAST_PANEL 32 /* what is left then is done in one go */

/* One panel of a reduction: rows and columns first .. n - 1 of a. */
typedef struct
{
  double *a;
  gint64 n;     /* leading dimension too */
  gint64 first; /* of the rest that is updated */
  gint width;   /* of the panel */
  const double *v, *w;
  gint64 w_stride;
} Update;

static void
update_tile (gint64 tile, gint worker, gpointer data)
{
  const Update *update = data;
  gint64 row, col, size = update->n - update->first;

  (void) worker;
  smooth_i_find_tile (tile, &row, &col);
  gint n_rows = (gint) MIN (SMOOTH_TILE, size - row), n_cols = (gint) MIN (SMOOTH_TILE, size - col), lda = (gint) update->n, ldw = (gint) update->w_stride;
  double *c = update->a + update->first + row + (update->first + col) * update->n;
  if (row == col)
    {
      cblas_dsyr2k (CblasColMajor, CblasLower, CblasNoTrans, n_rows, update->width, -1.0, update->v + row, lda, update->w + row, ldw, 1.0,
                    c, lda);
      return;
    }
  cblas_dgemm (CblasColMajor, CblasNoTrans, CblasTrans, n_rows, n_cols, update->width, -1.0, update->v + row, lda, update->w + col, ldw,
               1.0, c, lda);
  cblas_dgemm (CblasColMajor, CblasNoTrans, CblasTrans, n_rows, n_cols, update->width, -1.0, update->w + row, ldw, update->v + col, lda,
               1.0, c, lda);
}

/* Columns between two looks at the run: about as many as take 10 ms. */
static gint
choose_width (gint64 size)
{
  double columns = 8e7 / ((double) size * (double) size);

  return (gint) CLAMP (columns, 8.0, 32.0);
}

/* A (lower triangle) becomes the reflectors of Q, with diagonal d and off-diagonal e of T, and tau. scratch: 32 n doubles. */
static gboolean
tridiagonalise (SmoothMatrix *a, double *d, double *e, double *tau, double *scratch, SmoothRun *run, GError **error)
{
  gint64 n = a->n_rows, i = 0;
  const int lda = (int) n;

  while (n - i > 2 * LAST_PANEL)
    {
      int size = (int) (n - i), width = choose_width (size);
      double *corner = a->values + i + i * n;
      if (!smooth_run_check (run, error))
        return FALSE;
      dlatrd_ ("L", &size, &width, corner, &lda, e + i, tau + i, scratch, &size, 1);
      Update update = { a->values, n, i + width, width, corner + width, scratch + width, size };
      smooth_i_parallel (smooth_run_get_n_threads (run), smooth_i_count_tiles (size - width), update_tile, &update);
      for (gint64 j = i; j < i + width; j++)
        {
          a->values[j + 1 + j * n] = e[j];
          d[j] = a->values[j + j * n];
        }
      i += width;
    }
  int size = (int) (n - i), info = 0;
  dsytd2_ ("L", &size, a->values + i + i * n, &lda, d + i, e + i, tau + i, &info, 1);
  return smooth_run_check (run, error);
}

/* The number of eigenvalues of T above 0: positive pivots of its factor (Sturm). */
static gint64
count_positive (const double *d, const double *e, gint64 n)
{
  gint64 count = 0;
  double pivot = 1.0;

  for (gint64 i = 0; i < n; i++)
    {
      pivot = d[i] - (i > 0 ? e[i - 1] * e[i - 1] / pivot : 0.0);
      if (fabs (pivot) < DBL_MIN)
        pivot = -DBL_MIN;
      count += pivot > 0.0;
    }
  return count;
}

/* The m largest eigenpairs of T: w ascending within blocks, z: n x m. */
static gboolean
solve_tridiagonal (const double *d, const double *e, gint64 n, gint64 m, double *w, double *z, GError **error)
{
  const int size = (int) n, low = (int) (n - m + 1), high = (int) n;
  const double unused = 0.0, tolerance = 2.0 * DBL_MIN;
  int n_found = 0, n_blocks = 0, info = 0;
  g_autofree int *integers = g_new (int, 5 * n + m + 1);
  g_autofree double *work = g_new (double, 5 * n + 1);
  int *block = integers, *split = integers + n, *scratch = integers + 2 * n, *failed = integers + 5 * n;

  dstebz_ ("I", "B", &size, &unused, &unused, &low, &high, &tolerance, d, e, &n_found, &n_blocks, w, block, split, work, scratch, &info, 1, 1);
  if (info == 0 && n_found == m)
    dstein_ (&size, d, e, &n_found, w, block, split, z, &size, work, scratch, failed, &info);
  if (info == 0 && n_found == m)
    return TRUE;
  smooth_error_set (error, SMOOTH_ERROR_NUMERIC,
                    "expected %" PRId64 " eigenvectors of a matrix of %" PRId64 " rows, found %d (LAPACK status %d)", m, n,
                    n_found, info);
  return FALSE;
}

/* z (n x m) <- Q z */
static void
transform_back (const SmoothMatrix *a, const double *tau, double *z, gint64 m)
{
  const int n = (int) a->n_rows, n_cols = (int) m, n_work = (int) (64 * m);
  g_autofree double *work = g_new (double, n_work);
  int info = 0;

  dormtr_ ("L", "L", "N", &n, &n_cols, a->values, &n, tau, z, &n, work, &n_work, &info, 1, 1, 1);
}

/* Writes the m pairs in falling order, as many vectors as there is room for. */
static void
sort_pairs (const double *w, const double *z, gint64 m, double *values, SmoothMatrix *vectors)
{
  gint64 n = vectors->n_rows;
  g_autofree gboolean *taken = g_new0 (gboolean, m);

  for (gint64 k = 0; k < m; k++)
    {
      gint64 best = -1;
      for (gint64 j = m - 1; j >= 0; j--)
        if (!taken[j] && (best < 0 || w[j] > w[best]))
          best = j;
      taken[best] = TRUE;
      values[k] = w[best];
      if (k < vectors->n_cols)
        memcpy (smooth_matrix_column (vectors, k), z + best * n, (gsize) n * sizeof (double));
    }
}

/**
 * smooth_i_eigen_top:
 * @a: n x n, finite; only its lower triangle is looked at; destroyed
 * @n_wanted: 1 .. n
 * @values: (out): n_wanted: the largest eigenvalues, falling
 * @vectors: n x up to n_wanted: set to the orthonormal eigenvectors of the first ones; signs as they come
 * @n_positive: (out) (optional): the number of all eigenvalues of @a above 0
 *
 * The same bits for any number of threads. 4/3 n^3 operations, half of them at the speed of memory.
 */
gboolean
smooth_i_eigen_top (SmoothMatrix *a, gint64 n_wanted, double *values, SmoothMatrix *vectors, gint64 *n_positive, SmoothRun *run,
                    GError **error)
{
  gint64 n = a->n_rows;

  g_return_val_if_fail (a->n_cols == n && n_wanted >= 1 && n_wanted <= n && vectors->n_rows == n && vectors->n_cols <= n_wanted, FALSE);
  smooth_i_blas_init ();
  double *memory = smooth_i_try_alloc ((36 + n_wanted) * n + 64, sizeof (double), "eigenvectors", error);
  if (memory == NULL)
    return FALSE;

  double *d = memory, *e = memory + n, *tau = memory + 2 * n, *w = memory + 3 * n, *scratch = memory + 4 * n, *z = memory + 36 * n + 64;
  gboolean done = tridiagonalise (a, d, e, tau, scratch, run, error) && solve_tridiagonal (d, e, n, n_wanted, w, z, error);
  if (done)
    {
      transform_back (a, tau, z, n_wanted);
      sort_pairs (w, z, n_wanted, values, vectors);
      if (n_positive != NULL)
        *n_positive = count_positive (d, e, n);
    }
  smooth_i_free (memory);
  return done;
}
