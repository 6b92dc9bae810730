/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two halves of the genes: every second one in a random order. */
#include "base/error.h"
#include "base/rng.h"
#include "model/choose-private.h"

#include <string.h>

#define LEAST_GENES_PER_TYPE 4 /* two in each half */

gboolean
smooth_i_genes_can_be_split (const SmoothPrepared *prepared, GError **error)
{
  gint64 least = LEAST_GENES_PER_TYPE * prepared->n_types;

  if (prepared->n_genes >= least)
    return TRUE;
  smooth_error_set (error, SMOOTH_ERROR_VALUE,
                    "genes can be split into halves where there are at least %d a type, %" PRId64 ": found %" PRId64,
                    LEAST_GENES_PER_TYPE, least, prepared->n_genes);
  return FALSE;
}

/* Of each gene: its row in its half. */
typedef struct
{
  guint8 *half;
  gint32 *row;
  gint64 n[2];
} Partition;

static void
make_partition (Partition *partition, gint64 n_genes, guint64 seed)
{
  g_autofree gint32 *order = g_new (gint32, n_genes);
  SmoothRng rng;

  smooth_i_rng_init (&rng, seed, G_MAXUINT64); /* not the stream of any block of spots */
  for (gint64 g = 0; g < n_genes; g++)
    {
      gint64 swap = smooth_i_rng_index (&rng, g + 1);
      order[g] = order[swap];
      order[swap] = (gint32) g;
    }
  for (gint64 i = 0; i < n_genes; i++)
    partition->half[order[i]] = (guint8) (i % 2);
  for (gint64 g = 0; g < n_genes; g++)
    partition->row[g] = (gint32) partition->n[partition->half[g]]++;
}

static SmoothReduced *
reduce_half (const SmoothChoosing *choosing, const Partition *partition, gint half, GError **error)
{
  const SmoothMatrix *x = choosing->prepared->signature;
  const SmoothSparse *y = choosing->prepared->expression;
  gint64 nnz = 0;

  for (gint64 e = 0; e < smooth_sparse_get_nnz (y); e++)
    nnz += partition->half[y->rows[e]] == half;
  g_autoptr (SmoothMatrix) signature = smooth_matrix_new (partition->n[half], x->n_cols, error);
  g_autoptr (SmoothSparse) expression = signature != NULL ? smooth_sparse_new (partition->n[half], y->n_cols, nnz, error) : NULL;
  if (expression == NULL)
    return NULL;
  for (gint64 k = 0; k < x->n_cols; k++)
    for (gint64 g = 0; g < x->n_rows; g++)
      if (partition->half[g] == half)
        smooth_matrix_column (signature, k)[partition->row[g]] = smooth_matrix_column (x, k)[g];
  nnz = 0;
  for (gint64 s = 0; s < y->n_cols; s++)
    {
      for (gint64 e = y->starts[s]; e < y->starts[s + 1]; e++)
        if (partition->half[y->rows[e]] == half)
          {
            expression->rows[nnz] = partition->row[y->rows[e]];
            expression->values[nnz++] = y->values[e];
          }
      expression->starts[s + 1] = nnz;
    }
  return smooth_reduced_new (signature, expression, choosing->model.bias, choosing->run, error);
}

/**
 * smooth_i_split_genes:
 * @halves: (out): the data of each half of the genes, to be unreferenced after an error too
 *
 * O(entries of the expression).
 */
gboolean
smooth_i_split_genes (const SmoothChoosing *choosing, guint64 seed, SmoothReduced *halves[2], GError **error)
{
  gint64 n_genes = choosing->prepared->n_genes;
  g_autofree guint8 *half = g_new (guint8, n_genes);
  g_autofree gint32 *row = g_new (gint32, n_genes);
  Partition partition = { .half = half, .row = row };

  make_partition (&partition, n_genes, seed);
  halves[0] = reduce_half (choosing, &partition, 0, error);
  halves[1] = halves[0] != NULL ? reduce_half (choosing, &partition, 1, error) : NULL;
  return halves[1] != NULL;
}
