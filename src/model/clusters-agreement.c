/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How well two labellings of the same spots agree, whatever their labels are called. */
#include "model/clusters.h"

#include <math.h>
#include <string.h>

/* Counts of spots by both labels; only spots that have both. */
typedef struct
{
  gint64 n_rows, n_cols;
  gint64 n;
  gint64 *counts;  /* n_rows x n_cols, row-major */
  gint64 *rows;    /* n_rows: sums */
  gint64 *cols;    /* n_cols: sums */
} Contingency;

static gint64
count_codes (const gint32 *labels, gint64 n)
{
  gint32 last = -1;

  for (gint64 i = 0; i < n; i++)
    last = MAX (last, labels[i]);
  return (gint64) last + 1;
}

static void
contingency_init (Contingency *table, const gint32 *a, const gint32 *b, gint64 n)
{
  memset (table, 0, sizeof *table);
  table->n_rows = count_codes (a, n);
  table->n_cols = count_codes (b, n);
  table->counts = g_new0 (gint64, MAX (table->n_rows * table->n_cols, 1));
  table->rows = g_new0 (gint64, MAX (table->n_rows, 1));
  table->cols = g_new0 (gint64, MAX (table->n_cols, 1));
  for (gint64 i = 0; i < n; i++)
    if (a[i] >= 0 && b[i] >= 0)
      {
        table->counts[a[i] * table->n_cols + b[i]]++;
        table->rows[a[i]]++;
        table->cols[b[i]]++;
        table->n++;
      }
}

static void
contingency_clear (Contingency *table)
{
  g_free (table->counts);
  g_free (table->rows);
  g_free (table->cols);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Contingency, contingency_clear)

static double
sum_pairs (const gint64 *counts, gint64 n)
{
  double sum = 0.0;

  for (gint64 i = 0; i < n; i++)
    sum += 0.5 * (double) counts[i] * (double) (counts[i] - 1);
  return sum;
}

/**
 * smooth_labels_get_ari:
 * @a: n_labels codes from 0 on; negative: no label
 * @b: as @a
 *
 * The adjusted Rand index (L. Hubert, P. Arabie, 'Comparing partitions', 1985) over the spots that have both labels:
 * 1: the same groups, 0: as by chance. O(n_labels + codes of a x codes of b)
 *
 * Returns: the index; 1 where both put all spots into one group, or each into its own; NaN without a spot
 */
double
smooth_labels_get_ari (const gint32 *a, const gint32 *b, gint64 n_labels)
{
  g_auto (Contingency) table;

  contingency_init (&table, a, b, n_labels);
  if (table.n == 0)
    return NAN;
  double both = sum_pairs (table.counts, table.n_rows * table.n_cols);
  double rows = sum_pairs (table.rows, table.n_rows), cols = sum_pairs (table.cols, table.n_cols);
  double all = sum_pairs (&table.n, 1);
  double expected = all > 0.0 ? rows * cols / all : 0.0, highest = 0.5 * (rows + cols);
  return highest == expected ? 1.0 : (both - expected) / (highest - expected);
}

static double
get_entropy (const gint64 *counts, gint64 n, gint64 total)
{
  double sum = 0.0;

  for (gint64 i = 0; i < n; i++)
    if (counts[i] > 0)
      sum -= (double) counts[i] / (double) total * log ((double) counts[i] / (double) total);
  return sum;
}

/**
 * smooth_labels_get_nmi:
 * @a: n_labels codes from 0 on; negative: no label
 * @b: as @a
 *
 * Mutual information over the mean of both entropies, over the spots that have both labels.
 *
 * Returns: 0 to 1; 1 where both put all spots into one group; NaN without a spot
 */
double
smooth_labels_get_nmi (const gint32 *a, const gint32 *b, gint64 n_labels)
{
  g_auto (Contingency) table;

  contingency_init (&table, a, b, n_labels);
  if (table.n == 0)
    return NAN;
  double rows = get_entropy (table.rows, table.n_rows, table.n), cols = get_entropy (table.cols, table.n_cols, table.n);
  double both = get_entropy (table.counts, table.n_rows * table.n_cols, table.n);
  return rows + cols > 0.0 ? CLAMP (2.0 * (rows + cols - both) / (rows + cols), 0.0, 1.0) : 1.0;
}

/**
 * smooth_labels_dup_codes:
 * @labels: n_labels words; %NULL: none
 * @names: (out) (optional) (transfer full): the different words in the order of their first occurrence, %NULL-terminated
 *
 * Returns: (transfer full): n_labels numbers of words, -1 where there is none
 */
gint32 *
smooth_labels_dup_codes (char **labels, gint64 n_labels, char ***names)
{
  g_autoptr (GHashTable) known = g_hash_table_new (g_str_hash, g_str_equal);
  GPtrArray *words = g_ptr_array_new_with_free_func (g_free);
  gint32 *codes = g_new (gint32, MAX (n_labels, 1));

  for (gint64 i = 0; i < n_labels; i++)
    {
      gpointer code = NULL;
      codes[i] = -1;
      if (labels[i] == NULL)
        continue;
      if (!g_hash_table_lookup_extended (known, labels[i], NULL, &code))
        {
          code = GINT_TO_POINTER (words->len);
          g_hash_table_insert (known, labels[i], code);
          g_ptr_array_add (words, g_strdup (labels[i]));
        }
      codes[i] = GPOINTER_TO_INT (code);
    }
  g_ptr_array_add (words, NULL);
  if (names != NULL)
    *names = (char **) g_ptr_array_free (words, FALSE);
  else
    g_ptr_array_unref (words);
  return codes;
}

/* One row of the assignment: finds the shortest path of alternating columns to a free one and turns it over. Costs are
 * -counts; potentials u, v keep all reduced costs >= 0 (H. Kuhn; form of J. Edmonds, R. Karp, 1972). Row and column 0 are
 * none; match[j]: the row of column j. */
static void
assign_row (const double *cost, gint64 size, gint64 row, double *u, double *v, gint64 *match, gint64 *way, double *least, gboolean *used)
{
  gint64 j0 = 0;

  match[0] = row;
  for (gint64 j = 0; j <= size; j++)
    {
      least[j] = INFINITY;
      used[j] = FALSE;
    }
  do
    {
      gint64 i0 = match[j0], j1 = 0;
      double delta = INFINITY;
      used[j0] = TRUE;
      for (gint64 j = 1; j <= size; j++)
        {
          if (used[j])
            continue;
          double reduced = cost[(i0 - 1) * size + j - 1] - u[i0] - v[j];
          if (reduced < least[j])
            {
              least[j] = reduced;
              way[j] = j0;
            }
          if (least[j] < delta)
            {
              delta = least[j];
              j1 = j;
            }
        }
      for (gint64 j = 0; j <= size; j++)
        if (used[j])
          {
            u[match[j]] += delta;
            v[j] -= delta;
          }
        else
          least[j] -= delta;
      j0 = j1;
    }
  while (match[j0] != 0);
  for (; j0 != 0; j0 = way[j0])
    match[j0] = match[way[j0]];
}

/**
 * smooth_labels_dup_aligned:
 * @labels: n_labels codes from 0 on; negative: no label
 * @reference: as @labels
 *
 * Renames the codes of @labels so that as many spots as possible have the code that they have in @reference: a picture then
 * keeps its colours. Codes without a partner get the numbers that are left. O(codes^3)
 *
 * Returns: (transfer full): n_labels codes
 */
gint32 *
smooth_labels_dup_aligned (const gint32 *labels, const gint32 *reference, gint64 n_labels)
{
  g_auto (Contingency) table;
  gint32 *aligned = g_new (gint32, MAX (n_labels, 1));

  contingency_init (&table, labels, reference, n_labels);
  gint64 size = MAX (table.n_rows, table.n_cols);
  g_autofree double *cost = g_new0 (double, MAX (size * size, 1));
  g_autofree double *numbers = g_new0 (double, 3 * (size + 1));
  g_autofree gint64 *match = g_new0 (gint64, 2 * (size + 1));
  g_autofree gboolean *used = g_new0 (gboolean, size + 1);
  g_autofree gint32 *renamed = g_new0 (gint32, size + 1);
  for (gint64 i = 0; i < table.n_rows; i++)
    for (gint64 j = 0; j < table.n_cols; j++)
      cost[i * size + j] = -(double) table.counts[i * table.n_cols + j];
  for (gint64 i = 1; i <= size; i++)
    assign_row (cost, size, i, numbers, numbers + size + 1, match, match + size + 1, numbers + 2 * (size + 1), used);
  for (gint64 j = 1; j <= size; j++)
    renamed[match[j] - 1] = (gint32) (j - 1);
  for (gint64 i = 0; i < n_labels; i++)
    aligned[i] = labels[i] >= 0 ? renamed[labels[i]] : -1;
  return aligned;
}
