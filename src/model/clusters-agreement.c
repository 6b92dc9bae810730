/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How well two labellings of the same spots agree, whatever their labels are called. */
#include "model/clusters.h"

#include "linalg/dense.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_CODES 2000 /* that are aligned: it takes their square as memory and their cube as time */

/* Sizes of the groups of spots that have both labels: alike in both, in the first, in the second. However many codes there are,
 * no more groups than spots. */
typedef struct
{
  gint64 n;
  gint64 n_both, n_rows, n_cols;
  gint64 *both, *rows, *cols;
} Groups;

static int
compare_keys (gconstpointer a, gconstpointer b)
{
  guint64 x = *(const guint64 *) a, y = *(const guint64 *) b;

  return (x > y) - (x < y);
}

/* Sorts the keys. Returns: (transfer full): how often each occurs; NULL where there is not enough memory */
static gint64 *
count_runs (guint64 *keys, gint64 n, gint64 *n_runs)
{
  gint64 *runs = smooth_i_try_new (gint64, n, "labels", NULL);

  *n_runs = 0;
  if (runs == NULL)
    return NULL;
  qsort (keys, (gsize) n, sizeof *keys, compare_keys);
  for (gint64 i = 0; i < n; i++)
    {
      *n_runs += i == 0 || keys[i] != keys[i - 1];
      runs[*n_runs - 1]++;
    }
  return runs;
}

static gboolean
groups_init (Groups *groups, const gint32 *a, const gint32 *b, gint64 n_labels)
{
  g_autofree guint64 *keys = smooth_i_try_new (guint64, n_labels, "labels", NULL);
  gint64 n = 0;

  memset (groups, 0, sizeof *groups);
  for (gint64 i = 0; keys != NULL && i < n_labels; i++)
    if (a[i] >= 0 && b[i] >= 0)
      keys[n++] = (guint64) a[i] << 32 | (guint64) b[i];
  groups->n = n;
  groups->both = keys != NULL ? count_runs (keys, n, &groups->n_both) : NULL;
  g_autofree guint64 *one = groups->both != NULL ? smooth_i_try_new (guint64, n, "labels", NULL) : NULL;
  for (gint64 i = 0; one != NULL && i < n; i++)
    one[i] = keys[i] >> 32;
  groups->rows = one != NULL ? count_runs (one, n, &groups->n_rows) : NULL;
  for (gint64 i = 0; groups->rows != NULL && i < n; i++)
    one[i] = keys[i] & G_MAXUINT32;
  groups->cols = groups->rows != NULL ? count_runs (one, n, &groups->n_cols) : NULL;
  return groups->cols != NULL;
}

static void
groups_clear (Groups *groups)
{
  g_free (groups->both);
  g_free (groups->rows);
  g_free (groups->cols);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Groups, groups_clear)

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
 * 1: the same groups, 0: as by chance. O(n_labels log n_labels), 40 bytes a label at most, however many codes there are.
 *
 * Returns: the index; 1 where both put all spots into one group, or each into its own; NaN without a spot or without memory
 */
double
smooth_labels_get_ari (const gint32 *a, const gint32 *b, gint64 n_labels)
{
  g_auto (Groups) groups;

  if (!groups_init (&groups, a, b, n_labels) || groups.n == 0)
    return NAN;
  double both = sum_pairs (groups.both, groups.n_both);
  double rows = sum_pairs (groups.rows, groups.n_rows), cols = sum_pairs (groups.cols, groups.n_cols);
  double all = sum_pairs (&groups.n, 1);
  double expected = all > 0.0 ? rows * cols / all : 0.0, highest = 0.5 * (rows + cols);
  return highest == expected ? 1.0 : (both - expected) / (highest - expected);
}

static double
get_entropy (const gint64 *counts, gint64 n, gint64 total)
{
  double sum = 0.0;

  for (gint64 i = 0; i < n; i++)
    sum -= (double) counts[i] / (double) total * log ((double) counts[i] / (double) total);
  return sum;
}

/**
 * smooth_labels_get_nmi:
 * @a: n_labels codes from 0 on; negative: no label
 * @b: as @a
 *
 * Mutual information over the mean of both entropies, over the spots that have both labels; costs as smooth_labels_get_ari().
 *
 * Returns: 0 to 1; 1 where both put all spots into one group; NaN without a spot or without memory
 */
double
smooth_labels_get_nmi (const gint32 *a, const gint32 *b, gint64 n_labels)
{
  g_auto (Groups) groups;

  if (!groups_init (&groups, a, b, n_labels) || groups.n == 0)
    return NAN;
  double rows = get_entropy (groups.rows, groups.n_rows, groups.n), cols = get_entropy (groups.cols, groups.n_cols, groups.n);
  double both = get_entropy (groups.both, groups.n_both, groups.n);
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

static gint64
count_codes (const gint32 *labels, gint64 n)
{
  gint32 last = -1;

  for (gint64 i = 0; i < n; i++)
    last = MAX (last, labels[i]);
  return (gint64) last + 1;
}

/**
 * smooth_labels_dup_aligned:
 * @labels: n_labels codes from 0 on; negative: no label
 * @reference: as @labels
 *
 * Renames the codes of @labels so that as many spots as possible have the code that they have in @reference: a picture then
 * keeps its colours. Codes without a partner get the numbers that are left. O(codes^3)
 *
 * Returns: (transfer full): n_labels codes; %NULL where there are more than 2,000 different ones
 */
gint32 *
smooth_labels_dup_aligned (const gint32 *labels, const gint32 *reference, gint64 n_labels)
{
  gint64 n_codes = count_codes (labels, n_labels), size = MAX (n_codes, count_codes (reference, n_labels));
  gint32 *aligned = size <= MOST_CODES ? g_new (gint32, MAX (n_labels, 1)) : NULL;

  if (aligned == NULL)
    return NULL;
  g_autofree double *cost = g_new0 (double, MAX (size * size, 1));
  g_autofree double *numbers = g_new0 (double, 3 * (size + 1));
  g_autofree gint64 *match = g_new0 (gint64, 2 * (size + 1));
  g_autofree gboolean *used = g_new0 (gboolean, size + 1);
  g_autofree gint32 *renamed = g_new0 (gint32, size + 1);
  for (gint64 i = 0; i < n_labels; i++)
    if (labels[i] >= 0 && reference[i] >= 0)
      cost[labels[i] * size + reference[i]] -= 1.0;
  for (gint64 i = 1; i <= size; i++)
    assign_row (cost, size, i, numbers, numbers + size + 1, match, match + size + 1, numbers + 2 * (size + 1), used);
  for (gint64 j = 1; j <= size; j++)
    renamed[match[j] - 1] = (gint32) (j - 1);
  for (gint64 i = 0; i < n_labels; i++)
    aligned[i] = labels[i] >= 0 ? renamed[labels[i]] : -1;
  return aligned;
}
