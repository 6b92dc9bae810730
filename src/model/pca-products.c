/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gram matrices Y Q_t Y^T of sparse expression Y, genes x spots, lower triangles; nothing of the size of Y is made dense.
 *
 * Two ways, by what they cost: expression of some density is unpacked for a few hundred spots at a time, and the tiles of all
 * Gram matrices grow by dense products of these; very sparse expression is multiplied entry by entry, for each gene g
 * Y (Q_t y_g) over the spots that Q_t y_g reaches. Tiles and genes belong to one thread each and see the spots in one order,
 * so that the number of threads changes no bit.
 */
#include "model/pca-private.h"

#include "base/parallel.h"
#include "linalg/blas.h"
#include "linalg/tiles.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK 256       /* spots that are unpacked at a time */
#define FILL_BLOCK 16   /* spots */
#define GENE_BLOCK 8
#define MAX_THREADS 16  /* of the sparse way, for its scratch */
#define LANES 4

/* What both ways cost, in seconds: measured on one core of 2024, at vectors of 256 bits; only their ratio matters. */
#define COST_DENSE 2.2e-11 /* an addition and a product of a dense tile */
#define COST_SPARSE 1.6e-9 /* one entry of Y for one spot that a gene reaches, all terms at once */

G_STATIC_ASSERT (SMOOTH_N_TERMS == LANES);

typedef double Lanes __attribute__ ((vector_size (LANES * sizeof (double)), aligned (sizeof (double))));

/* One term of the dense way: the tiles of its Gram matrix grow by left right^T. */
typedef struct
{
  double *left;  /* n_genes x n_cols */
  double *right; /* n_genes x n_cols */
  gint n_cols;
  double *gram;
} Factor;

typedef struct
{
  const SmoothSparse *y;
  const SmoothTerms *terms;
  SmoothRun *run;
  double common;    /* the most frequent degree: only spots of another one need products of their own */
  gint64 first;     /* of the chunk */
  gint64 n_cols;    /* of the chunk */
  double *unpacked; /* n_genes x CHUNK */
  double *sums[SMOOTH_N_TERMS]; /* (nullable): n_genes x CHUNK: left factors */
  double *others;   /* (nullable): n_genes x CHUNK: unpacked spots of other degrees */
  gint places[CHUNK]; /* of each spot among these, or -1 */
  Factor factors[SMOOTH_N_TERMS];
  gint n_factors;
} Dense;

/* column += factor y_j */
static void
add_spot (const SmoothSparse *y, gint64 j, double factor, double *column)
{
  for (gint64 e = y->starts[j]; e < y->starts[j + 1]; e++)
    column[y->rows[e]] += factor * y->values[e];
}

static void
add_neighbours (const SmoothSparse *y, const SmoothSparse *weights, gint64 i, double *column)
{
  for (gint64 e = weights->starts[i]; e < weights->starts[i + 1]; e++)
    if (weights->values[e] != 0.0)
      add_spot (y, weights->rows[e], weights->values[e], column);
}

static void
fill_block (gint64 block, gint worker, gpointer data)
{
  Dense *dense = data;
  const SmoothTerms *terms = dense->terms;
  gint64 n_genes = dense->y->n_rows, last = MIN ((block + 1) * FILL_BLOCK, dense->n_cols);
  gsize size = (gsize) n_genes * sizeof (double);

  (void) worker;
  for (gint64 c = block * FILL_BLOCK; c < last && !smooth_run_is_cancelled (dense->run); c++)
    {
      gint64 i = dense->first + c;
      double *unpacked = dense->unpacked + c * n_genes;
      memset (unpacked, 0, size);
      add_spot (dense->y, i, 1.0, unpacked);
      if (dense->others != NULL && dense->places[c] >= 0)
        {
          double *other = dense->others + dense->places[c] * n_genes;
          double *left = dense->sums[SMOOTH_TERM_DEGREE] + dense->places[c] * n_genes;
          memcpy (other, unpacked, size);
          memset (left, 0, size);
          add_spot (dense->y, i, terms->degrees[i] - dense->common, left);
        }
      for (gint t = SMOOTH_TERM_NEIGHBOUR; t <= SMOOTH_TERM_SQUARE; t++)
        if (dense->sums[t] != NULL)
          {
            memset (dense->sums[t] + c * n_genes, 0, size);
            add_neighbours (dense->y, t == SMOOTH_TERM_SQUARE ? terms->weights : terms->symmetric, i, dense->sums[t] + c * n_genes);
          }
    }
}

static void
grow_tile (gint64 block, gint worker, gpointer data)
{
  const Dense *dense = data;
  gint64 n = dense->y->n_rows, n_tiles = smooth_i_count_tiles (n), row, col;
  const Factor *factor = &dense->factors[block / n_tiles];
  const int ld = (int) n;

  (void) worker;
  if (factor->n_cols == 0 || smooth_run_is_cancelled (dense->run))
    return;
  smooth_i_find_tile (block % n_tiles, &row, &col);
  gint n_rows = (gint) MIN (SMOOTH_TILE, n - row), n_cols = (gint) MIN (SMOOTH_TILE, n - col);
  double *gram = factor->gram + row + col * n;
  if (row == col && factor->left == factor->right)
    cblas_dsyrk (CblasColMajor, CblasLower, CblasNoTrans, n_rows, factor->n_cols, 1.0, factor->left + row, ld, 1.0, gram, ld);
  else
    cblas_dgemm (CblasColMajor, CblasNoTrans, CblasTrans, n_rows, n_cols, factor->n_cols, 1.0, factor->left + row, ld,
                 factor->right + col, ld, 1.0, gram, ld);
}

/* Numbers the spots of the chunk whose degree is not the common one. */
static gint
place_others (Dense *dense)
{
  gint n_others = 0;

  for (gint64 c = 0; c < dense->n_cols; c++)
    {
      gboolean is_other = dense->others != NULL && dense->terms->degrees[dense->first + c] != dense->common;
      dense->places[c] = is_other ? n_others++ : -1;
    }
  return n_others;
}

static void
list_factors (Dense *dense, SmoothMatrix *const *grams, const gboolean *wanted, gint n_others)
{
  gint n_cols = (gint) dense->n_cols;

  dense->n_factors = 0;
  if (wanted[SMOOTH_TERM_IDENTITY])
    dense->factors[dense->n_factors++] = (Factor){ dense->unpacked, dense->unpacked, n_cols, grams[SMOOTH_TERM_IDENTITY]->values };
  if (wanted[SMOOTH_TERM_DEGREE])
    dense->factors[dense->n_factors++]
        = (Factor){ dense->sums[SMOOTH_TERM_DEGREE], dense->others, n_others, grams[SMOOTH_TERM_DEGREE]->values };
  if (wanted[SMOOTH_TERM_NEIGHBOUR])
    dense->factors[dense->n_factors++]
        = (Factor){ dense->sums[SMOOTH_TERM_NEIGHBOUR], dense->unpacked, n_cols, grams[SMOOTH_TERM_NEIGHBOUR]->values };
  if (wanted[SMOOTH_TERM_SQUARE])
    {
      double *sums = dense->sums[SMOOTH_TERM_SQUARE] != NULL ? dense->sums[SMOOTH_TERM_SQUARE] : dense->sums[SMOOTH_TERM_NEIGHBOUR];
      dense->factors[dense->n_factors++] = (Factor){ sums, sums, n_cols, grams[SMOOTH_TERM_SQUARE]->values };
    }
}

/* Buffers for the terms that are wanted; W^T W shares that of a symmetric W. */
static gboolean
allocate_chunk (Dense *dense, const gboolean *wanted, GError **error)
{
  gint64 size = dense->y->n_rows * CHUNK;
  gboolean shared = wanted[SMOOTH_TERM_NEIGHBOUR] && dense->terms->weights == dense->terms->symmetric;

  dense->unpacked = smooth_i_try_alloc (size, sizeof (double), "Gram matrices", error);
  if (dense->unpacked == NULL)
    return FALSE;
  for (gint t = SMOOTH_TERM_DEGREE; t < SMOOTH_N_TERMS; t++)
    if (wanted[t] && !(t == SMOOTH_TERM_SQUARE && shared))
      {
        dense->sums[t] = smooth_i_try_alloc (size, sizeof (double), "Gram matrices", error);
        if (dense->sums[t] == NULL)
          return FALSE;
      }
  if (wanted[SMOOTH_TERM_DEGREE])
    dense->others = smooth_i_try_alloc (size, sizeof (double), "Gram matrices", error);
  return !wanted[SMOOTH_TERM_DEGREE] || dense->others != NULL;
}

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

/* The most frequent of n values, the smallest of equally frequent ones. */
static double
find_common (const double *values, gint64 n)
{
  g_autofree double *sorted = g_memdup2 (values, (gsize) n * sizeof (double));
  double common = 0.0;
  gint64 most = 0;

  qsort (sorted, (gsize) n, sizeof (double), compare_doubles);
  for (gint64 i = 0, first = 0; i < n; i++)
    {
      if (sorted[i] != sorted[first])
        first = i;
      if (i - first + 1 > most)
        {
          most = i - first + 1;
          common = sorted[i];
        }
    }
  return common;
}

static gboolean
compute_dense (const SmoothSparse *expression, const SmoothTerms *terms, SmoothMatrix *const *grams, const gboolean *wanted,
               SmoothRun *run, GError **error)
{
  Dense dense = { .y = expression, .terms = terms, .run = run };
  gint n_threads = smooth_run_get_n_threads (run);
  gint64 n = expression->n_cols, n_tiles = smooth_i_count_tiles (expression->n_rows);
  gboolean good = allocate_chunk (&dense, wanted, error);

  dense.common = wanted[SMOOTH_TERM_DEGREE] && n > 0 ? find_common (terms->degrees, n) : 0.0;
  for (dense.first = 0; good && dense.first < n; dense.first += CHUNK)
    {
      dense.n_cols = MIN (CHUNK, n - dense.first);
      list_factors (&dense, grams, wanted, place_others (&dense));
      smooth_i_parallel (n_threads, (dense.n_cols + FILL_BLOCK - 1) / FILL_BLOCK, fill_block, &dense);
      smooth_i_parallel (n_threads, dense.n_factors * n_tiles, grow_tile, &dense);
      smooth_run_report (run, (double) dense.first / (double) n, "Gram matrices");
      good = smooth_run_check (run, error);
    }
  for (gint64 j = 0; good && wanted[SMOOTH_TERM_DEGREE] && j < expression->n_rows; j++)
    for (gint64 i = j; i < expression->n_rows; i++)
      smooth_matrix_column (grams[SMOOTH_TERM_DEGREE], j)[i]
          += dense.common * smooth_matrix_column (grams[SMOOTH_TERM_IDENTITY], j)[i];
  smooth_i_free (dense.unpacked);
  smooth_i_free (dense.others);
  for (gint t = 0; t < SMOOTH_N_TERMS; t++)
    smooth_i_free (dense.sums[t]);
  return good;
}

/* The sparse way: scratch of one thread. */
typedef struct
{
  Lanes *reach;    /* n_spots: Q_t y_g of all terms */
  gint32 *marks;   /* n_spots: the last gene + 1 that reached the spot */
  gint32 *spots;   /* n_spots: those that this gene reaches */
  gint64 n_reached;
  double *half;    /* n_spots: W y_g */
  gint32 *half_marks;
  gint32 *half_spots;
  Lanes *sums;     /* n_genes */
} Scratch;

typedef struct
{
  const SmoothSparse *y;
  const SmoothSparse *genes;  /* y^T */
  const SmoothTerms *terms;
  const SmoothSparse *columns; /* (nullable): W by columns */
  SmoothMatrix *const *grams;
  const gboolean *wanted;
  SmoothRun *run;
  Scratch *scratch;
} Sparse;

static inline Lanes *
reach_spot (Scratch *scratch, gint32 spot, gint32 mark)
{
  if (scratch->marks[spot] != mark)
    {
      scratch->marks[spot] = mark;
      scratch->reach[spot] = (Lanes){ 0.0 };
      scratch->spots[scratch->n_reached++] = spot;
    }
  return &scratch->reach[spot];
}

/* W^T (W y_g) */
static void
reach_squares (const Sparse *sparse, Scratch *scratch, gint64 g, gint32 mark)
{
  const SmoothSparse *columns = sparse->columns, *rows = sparse->terms->weights;
  gint64 n_half = 0;

  for (gint64 e = sparse->genes->starts[g]; e < sparse->genes->starts[g + 1]; e++)
    for (gint64 f = columns->starts[sparse->genes->rows[e]]; f < columns->starts[sparse->genes->rows[e] + 1]; f++)
      {
        gint32 i = columns->rows[f];
        if (scratch->half_marks[i] != mark)
          {
            scratch->half_marks[i] = mark;
            scratch->half[i] = 0.0;
            scratch->half_spots[n_half++] = i;
          }
        scratch->half[i] += columns->values[f] * sparse->genes->values[e];
      }
  for (gint64 h = 0; h < n_half; h++)
    {
      gint32 i = scratch->half_spots[h];
      for (gint64 f = rows->starts[i]; f < rows->starts[i + 1]; f++)
        (*reach_spot (scratch, rows->rows[f], mark))[SMOOTH_TERM_SQUARE] += rows->values[f] * scratch->half[i];
    }
}

/* Q_t y_g for all terms that are wanted, over the spots that they reach. */
static void
reach_spots (const Sparse *sparse, Scratch *scratch, gint64 g)
{
  const SmoothSparse *genes = sparse->genes, *s = sparse->terms->symmetric;
  gint32 mark = (gint32) g + 1;

  scratch->n_reached = 0;
  for (gint64 e = genes->starts[g]; e < genes->starts[g + 1]; e++)
    {
      Lanes *own = reach_spot (scratch, genes->rows[e], mark);
      (*own)[SMOOTH_TERM_IDENTITY] = genes->values[e];
      if (sparse->wanted[SMOOTH_TERM_DEGREE])
        (*own)[SMOOTH_TERM_DEGREE] = genes->values[e] * sparse->terms->degrees[genes->rows[e]];
    }
  for (gint64 e = genes->starts[g]; sparse->wanted[SMOOTH_TERM_NEIGHBOUR] && e < genes->starts[g + 1]; e++)
    for (gint64 f = s->starts[genes->rows[e]]; f < s->starts[genes->rows[e] + 1]; f++)
      if (s->values[f] != 0.0)
        (*reach_spot (scratch, s->rows[f], mark))[SMOOTH_TERM_NEIGHBOUR] += s->values[f] * genes->values[e];
  if (sparse->wanted[SMOOTH_TERM_SQUARE])
    reach_squares (sparse, scratch, g, mark);
}

/* Columns of the Gram matrices, from the diagonal on. */
static void
multiply_block (gint64 block, gint worker, gpointer data)
{
  const Sparse *sparse = data;
  Scratch *scratch = &sparse->scratch[worker];
  const SmoothSparse *y = sparse->y;
  gint64 last = MIN ((block + 1) * GENE_BLOCK, y->n_rows);

  for (gint64 g = block * GENE_BLOCK; g < last && !smooth_run_is_cancelled (sparse->run); g++)
    {
      Lanes *sums = scratch->sums;
      reach_spots (sparse, scratch, g);
      memset (sums + g, 0, (gsize) (y->n_rows - g) * sizeof (Lanes));
      for (gint64 r = 0; r < scratch->n_reached; r++)
        {
          gint32 spot = scratch->spots[r];
          Lanes reach = scratch->reach[spot];
          for (gint64 e = y->starts[spot + 1] - 1; e >= y->starts[spot] && y->rows[e] >= g; e--)
            sums[y->rows[e]] += y->values[e] * reach;
        }
      for (gint t = 0; t < SMOOTH_N_TERMS; t++)
        for (gint64 i = g; sparse->wanted[t] && i < y->n_rows; i++)
          smooth_matrix_column (sparse->grams[t], g)[i] = sums[i][t];
    }
}

static gboolean
allocate_scratch (Scratch *scratch, gint64 n_spots, gint64 n_genes, gboolean with_half, GError **error)
{
  gint64 n_marks = with_half ? 4 * n_spots : 2 * n_spots;

  scratch->reach = smooth_i_try_alloc (n_spots, sizeof (Lanes), "Gram matrices", error);
  if (scratch->reach == NULL)
    return FALSE;
  scratch->marks = smooth_i_try_alloc (n_marks, sizeof (gint32), "Gram matrices", error);
  if (scratch->marks == NULL)
    return FALSE;
  scratch->spots = scratch->marks + n_spots;
  scratch->half_marks = scratch->marks + 2 * n_spots;
  scratch->half_spots = scratch->marks + 3 * n_spots;
  scratch->half = with_half ? smooth_i_try_alloc (n_spots, sizeof (double), "Gram matrices", error) : NULL;
  if (with_half && scratch->half == NULL)
    return FALSE;
  scratch->sums = smooth_i_try_alloc (n_genes, sizeof (Lanes), "Gram matrices", error);
  return scratch->sums != NULL;
}

static gboolean
compute_sparse (const SmoothSparse *expression, const SmoothTerms *terms, SmoothMatrix *const *grams, const gboolean *wanted,
                SmoothRun *run, GError **error)
{
  Scratch scratch[MAX_THREADS] = { 0 };
  gint n_threads = MIN (smooth_run_get_n_threads (run), MAX_THREADS);
  g_autoptr (SmoothSparse) genes = smooth_sparse_new_transpose (expression, error);
  g_autoptr (SmoothSparse) columns
      = genes != NULL && wanted[SMOOTH_TERM_SQUARE] ? smooth_sparse_new_transpose (terms->weights, error) : NULL;
  gboolean good = genes != NULL && (columns != NULL || !wanted[SMOOTH_TERM_SQUARE]);
  Sparse sparse = { expression, genes, terms, columns, grams, wanted, run, scratch };

  for (gint t = 0; good && t < n_threads; t++)
    good = allocate_scratch (&scratch[t], expression->n_cols, expression->n_rows, columns != NULL, error);
  if (good)
    {
      smooth_i_parallel (n_threads, (expression->n_rows + GENE_BLOCK - 1) / GENE_BLOCK, multiply_block, &sparse);
      good = smooth_run_check (run, error);
    }
  for (gint t = 0; t < n_threads; t++)
    {
      smooth_i_free (scratch[t].reach);
      smooth_i_free (scratch[t].marks);
      smooth_i_free (scratch[t].half);
      smooth_i_free (scratch[t].sums);
    }
  return good;
}

/* Whether the entry by entry way is the cheaper one. */
static gboolean
prefers_sparse (const SmoothSparse *expression, const SmoothTerms *terms, const gboolean *wanted)
{
  double n_genes = (double) expression->n_rows, n = (double) expression->n_cols, nnz = (double) smooth_sparse_get_nnz (expression);
  double degree = n > 0.0 && terms->symmetric != NULL ? (double) smooth_sparse_get_nnz (terms->symmetric) / n : 0.0, n_products = 0.0;

  for (gint t = 0; t < SMOOTH_N_TERMS; t++)
    n_products += wanted[t] ? (t == SMOOTH_TERM_DEGREE ? 0.2 : 1.0) : 0.0; /* most degrees are the common one */
  if (wanted[SMOOTH_TERM_SQUARE] && terms->prior == SMOOTH_PRIOR_SAR)
    degree *= 3.0;
  double reached = MIN (n, (1.0 + degree) * nnz / MAX (n_genes, 1.0));
  return COST_SPARSE * n_genes * reached * nnz / MAX (n, 1.0) * 0.5 < COST_DENSE * n_products * n_genes * n_genes * n * 0.5;
}

/**
 * smooth_i_compute_grams:
 * @grams: SMOOTH_N_TERMS matrices, n_genes x n_genes and zero, where wanted; where SMOOTH_TERM_DEGREE is wanted the one of
 *   SMOOTH_TERM_IDENTITY must be wanted too or be there already
 * @wanted: SMOOTH_N_TERMS flags
 *
 * Sets the lower triangles of Y Q_t Y^T; what lies above them means nothing. Either n_genes^2 n_spots operations a term, at the
 * speed of dense products, and 5 x 256 n_genes doubles, or about nnz^2 / n_spots for each entry of a row of Q, and 8 doubles a
 * spot and thread.
 */
gboolean
smooth_i_compute_grams (const SmoothSparse *expression, const SmoothTerms *terms, SmoothMatrix *const *grams, const gboolean *wanted,
                        SmoothRun *run, GError **error)
{
  smooth_i_blas_init ();
  return prefers_sparse (expression, terms, wanted) ? compute_sparse (expression, terms, grams, wanted, run, error)
                                                    : compute_dense (expression, terms, grams, wanted, run, error);
}
