/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Entries of the inverse on the pattern of the Cholesky factor, without the inverse.
 *
 * With A = L L^T, Z = A^-1, and for a supernode with columns J and rows R below them (Takahashi's equations, in blocks):
 *
 *     Y    = L_RJ L_JJ^-1
 *     Z_RJ = -Z_RR Y
 *     Z_JJ = L_JJ^-T L_JJ^-1 - Y^T Z_RJ
 *
 * from the last supernode to the first. All of Z_RR is at hand: the rows R of a supernode are nested in the patterns of
 * its ancestors. Sources: K. Takahashi, J. Fagan, M. Chen, PICA 1973; A. Erisman, W. Tinney, Comm. ACM 18 (1975) 177.
 */
#include "base/error.h"
#include "linalg/blas.h"
#include "linalg/cholesky-private.h"

#include <string.h>

/* One supernode: its columns, its rows (the columns first) and its panel, n_rows x n_cols, column-major. */
typedef struct
{
  gint64 first_col, n_cols;
  gint64 n_rows;
  const SuiteSparse_long *rows;
  gint64 panel; /* offset of its panel */
} Node;

typedef struct
{
  SmoothCholesky *cholesky;
  gint32 *places; /* n: where a row is in the panel that was looked at last */
  double *y;      /* R x J */
  double *z_rr;   /* R x R, lower triangle */
} Workspace;

static Node
get_node (const SmoothCholesky *cholesky, gsize s)
{
  const cholmod_factor *factor = cholesky->factor;
  const SuiteSparse_long *super = factor->super, *pi = factor->pi, *px = factor->px;

  return (Node){
    .first_col = super[s],
    .n_cols = super[s + 1] - super[s],
    .n_rows = pi[s + 1] - pi[s],
    .rows = (const SuiteSparse_long *) factor->s + pi[s],
    .panel = px[s],
  };
}

/* Fills the lower triangle of z_rr from the panels of the ancestors that own the rows R. */
static void
gather (Workspace *w, const Node *node, gint64 n_below)
{
  const SuiteSparse_long *below = node->rows + node->n_cols;
  gint64 owner = -1;
  Node ancestor = { 0 };

  for (gint64 c = 0; c < n_below; c++)
    {
      if (w->cholesky->owner[below[c]] != owner)
        {
          owner = w->cholesky->owner[below[c]];
          ancestor = get_node (w->cholesky, (gsize) owner);
          for (gint64 i = 0; i < ancestor.n_rows; i++)
            w->places[ancestor.rows[i]] = (gint32) i;
        }
      const double *column = w->cholesky->inverse + ancestor.panel + (below[c] - ancestor.first_col) * ancestor.n_rows;
      for (gint64 r = c; r < n_below; r++)
        w->z_rr[r + c * n_below] = column[w->places[below[r]]];
    }
}

/* Writes the lower triangle of L_JJ^-T L_JJ^-1 into the head of the panel of Z. */
static void
invert_head (const Node *node, const double *l, double *z)
{
  int n = (int) node->n_cols, ld = (int) node->n_rows, info;

  for (gint64 j = 0; j < node->n_cols; j++)
    memcpy (z + j * node->n_rows + j, l + j * node->n_rows + j, (gsize) (node->n_cols - j) * sizeof (double));
  dpotri_ ("L", &n, z, &ld, &info);
}

static void
invert_node (Workspace *w, gsize s)
{
  Node node = get_node (w->cholesky, s);
  gint64 n_below = node.n_rows - node.n_cols;
  const double *l = (const double *) w->cholesky->factor->x + node.panel;
  double *z = w->cholesky->inverse + node.panel;
  int m = (int) n_below, n = (int) node.n_cols, ld = (int) node.n_rows;

  invert_head (&node, l, z);
  if (n_below == 0)
    return;

  for (gint64 j = 0; j < node.n_cols; j++)
    memcpy (w->y + j * n_below, l + j * node.n_rows + node.n_cols, (gsize) n_below * sizeof (double));
  cblas_dtrsm (CblasColMajor, CblasRight, CblasLower, CblasNoTrans, CblasNonUnit, m, n, 1.0, l, ld, w->y, m);
  gather (w, &node, n_below);
  cblas_dsymm (CblasColMajor, CblasLeft, CblasLower, m, n, -1.0, w->z_rr, m, w->y, m, 0.0, z + node.n_cols, ld);

  /* Only the lower triangle of the head is used; the strict upper one is overwritten with what is symmetric to it. */
  cblas_dgemm (CblasColMajor, CblasTrans, CblasNoTrans, n, n, m, -1.0, w->y, m, z + node.n_cols, ld, 1.0, z, ld);
}

static gboolean
prepare_workspace (Workspace *w, SmoothCholesky *cholesky, GError **error)
{
  const cholmod_factor *factor = cholesky->factor;
  gint64 most_below = 0, most_panel = 0;

  w->cholesky = cholesky;
  if (cholesky->owner == NULL)
    cholesky->owner = smooth_i_try_alloc (cholesky->n, sizeof (gint32), "the selected inverse", error);
  if (cholesky->owner == NULL)
    return FALSE;
  for (gsize s = 0; s < factor->nsuper; s++)
    {
      Node node = get_node (cholesky, s);
      gint64 n_below = node.n_rows - node.n_cols;
      most_below = MAX (most_below, n_below);
      most_panel = MAX (most_panel, n_below * node.n_cols);
      for (gint64 j = 0; j < node.n_cols; j++)
        cholesky->owner[node.first_col + j] = (gint32) s;
    }
  w->places = smooth_i_try_alloc (cholesky->n, sizeof (gint32), "the selected inverse", error);
  if (w->places != NULL)
    w->y = smooth_i_try_alloc (most_panel, sizeof (double), "the selected inverse", error);
  if (w->y != NULL)
    w->z_rr = smooth_i_try_alloc (most_below * most_below, sizeof (double), "the selected inverse", error);
  if (w->z_rr != NULL && cholesky->inverse == NULL)
    cholesky->inverse = smooth_i_try_alloc ((gint64) factor->xsize, sizeof (double), "the selected inverse", error);
  return w->z_rr != NULL && cholesky->inverse != NULL;
}

/* Makes cholesky->inverse, in the memory of the one before if there is one. */
static gboolean
invert (SmoothCholesky *cholesky, GError **error)
{
  Workspace w = { 0 };

  if (cholesky->is_inverted)
    return TRUE;
  cholesky->is_inverted = prepare_workspace (&w, cholesky, error);
  for (gsize s = cholesky->is_inverted ? cholesky->factor->nsuper : 0; s-- > 0;)
    invert_node (&w, s);
  smooth_i_free (w.places);
  smooth_i_free (w.y);
  smooth_i_free (w.z_rr);
  return cholesky->is_inverted;
}

/**
 * smooth_cholesky_dup_inverse_diagonal:
 *
 * Time as for the factor, and once more its memory.
 *
 * Returns: (transfer full): n: the diagonal of A^-1; to be freed with smooth_i_free()
 */
double *
smooth_cholesky_dup_inverse_diagonal (SmoothCholesky *cholesky, GError **error)
{
  g_return_val_if_fail (cholesky->is_factored, NULL);

  if (!invert (cholesky, error))
    return NULL;
  double *diagonal = smooth_i_try_alloc (cholesky->n, sizeof (double), "a diagonal", error);
  const SuiteSparse_long *perm = cholesky->factor->Perm;
  for (gsize s = 0; diagonal != NULL && s < cholesky->factor->nsuper; s++)
    {
      Node node = get_node (cholesky, s);
      for (gint64 j = 0; j < node.n_cols; j++)
        diagonal[perm[node.first_col + j]] = cholesky->inverse[node.panel + j * node.n_rows + j];
    }
  return diagonal;
}

/* Entry (a, b) of the inverse in the order of L; a and b are coupled in L. */
static double
look_up (const SmoothCholesky *cholesky, gint64 a, gint64 b)
{
  gint64 col = MIN (a, b), row = MAX (a, b);
  Node node = get_node (cholesky, (gsize) cholesky->owner[col]);
  gint64 low = 0, high = node.n_rows - 1;

  while (low < high)
    {
      gint64 middle = (low + high) / 2;
      if (node.rows[middle] < row)
        low = middle + 1;
      else
        high = middle;
    }
  g_return_val_if_fail (node.rows[low] == row, 0.0);
  return cholesky->inverse[node.panel + (col - node.first_col) * node.n_rows + low];
}

/**
 * smooth_cholesky_new_selected_inverse:
 * @pattern: the matrix that was analysed, or one with fewer entries
 *
 * Returns: (transfer full): A^-1 on the entries of @pattern
 */
SmoothSparse *
smooth_cholesky_new_selected_inverse (SmoothCholesky *cholesky, const SmoothSparse *pattern, GError **error)
{
  g_return_val_if_fail (cholesky->is_factored && pattern->n_cols == cholesky->n, NULL);

  if (!invert (cholesky, error))
    return NULL;
  SmoothSparse *result = smooth_sparse_new (cholesky->n, cholesky->n, smooth_sparse_get_nnz (pattern), error);
  gint32 *position = smooth_i_try_alloc (cholesky->n, sizeof (gint32), "the selected inverse", error);
  if (result == NULL || position == NULL)
    {
      smooth_sparse_unref (result);
      smooth_i_free (position);
      return NULL;
    }

  const SuiteSparse_long *perm = cholesky->factor->Perm;
  for (gint64 k = 0; k < cholesky->n; k++)
    position[perm[k]] = (gint32) k;
  memcpy (result->starts, pattern->starts, (gsize) (cholesky->n + 1) * sizeof (gint64));
  for (gint64 j = 0; j < cholesky->n; j++)
    for (gint64 e = pattern->starts[j]; e < pattern->starts[j + 1]; e++)
      {
        result->rows[e] = pattern->rows[e];
        result->values[e] = look_up (cholesky, position[pattern->rows[e]], position[j]);
      }
  smooth_i_free (position);
  return result;
}
