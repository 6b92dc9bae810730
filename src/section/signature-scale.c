/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The scale of a table of signatures: written in its first cell by us, guessed from the numbers otherwise.
 *
 * The rule was chosen on public references in counts, counts per million, log1p and log2. Its tests, in order, the first
 * that holds decides, on the whole table V of N numbers and K types:
 *   the largest is above 25, or at most 0.5, or all are integers         counts: no logarithm of counts reaches 25
 *   K > 1 and the sums of the columns are alike                           counts: CPM, CP10K, shares
 *   K > 1 and the sums of exp (V) - 1 are alike                           log1p
 *   the largest 1 % of the numbers make more than 24 % of the total       counts: a logarithm has no such tail
 *   a column has a sum of exp (V) - 1 above 1.1e6                         log2: as log1p it would exceed a million counts
 *   otherwise                                                             log1p
 * Sums are alike where their standard deviation is at most 1e-3 of their mean.
 */
#include "section/signature-private.h"

#include "base/error.h"
#include "files/decimal.h"
#include "files/table.h"

#include <math.h>
#include <string.h>

#define LARGEST_LOG 25.0
#define LARGEST_SHARE 0.5
#define ALIKE 1e-3
#define TAIL 0.24
#define MOST_COUNTS 1.1e6

/* The standard deviation of n numbers over their mean; infinite where the mean is not positive. */
static double
variation (const double *values, gint64 n)
{
  double sum = 0.0, squares = 0.0;

  for (gint64 i = 0; i < n; i++)
    sum += values[i];
  double mean = sum / (double) n;
  for (gint64 i = 0; i < n; i++)
    squares += (values[i] - mean) * (values[i] - mean);
  return mean > 0.0 ? sqrt (squares / (double) n) / mean : INFINITY;
}

static int
compare_falling (const void *a, const void *b)
{
  double x = *(const double *) a;
  double y = *(const double *) b;

  return (x < y) - (x > y);
}

/* What share of the total the largest hundredth of the values makes. */
static double
tail_share (const SmoothMatrix *values)
{
  gint64 n = values->n_rows * values->n_cols;
  g_autofree double *sorted = g_new (double, n);
  double top = 0.0, total = 0.0;

  memcpy (sorted, values->values, (gsize) n * sizeof (double));
  qsort (sorted, (gsize) n, sizeof (double), compare_falling);
  for (gint64 i = 0; i < n; i++)
    {
      total += sorted[i];
      if (i < MAX (1, n / 100))
        top += sorted[i];
    }
  return top / total;
}

/**
 * smooth_i_scale_guess:
 * @values: a whole table, >= 0, not all 0
 * @reason: empty; gets why, to stand behind 'since'
 *
 * Returns: the scale by the rule above; O(N log N)
 */
SmoothScale
smooth_i_scale_guess (const SmoothMatrix *values, SmoothWording *reason)
{
  gint64 n_types = values->n_cols;
  g_autofree double *sums = g_new0 (double, n_types);
  g_autofree double *exp_sums = g_new0 (double, n_types);
  double largest = 0.0, largest_sum = 0.0;
  gboolean whole = TRUE;

  for (gint64 k = 0; k < n_types; k++)
    {
      const double *column = smooth_matrix_column (values, k);
      for (gint64 i = 0; i < values->n_rows; i++)
        {
          sums[k] += column[i];
          exp_sums[k] += expm1 (column[i]);
          largest = MAX (largest, column[i]);
          whole = whole && column[i] == floor (column[i]);
        }
      largest_sum = MAX (largest_sum, exp_sums[k]);
    }

  if (largest > LARGEST_LOG || largest <= LARGEST_SHARE)
    smooth_i_word (reason, "the largest value is %.4g", largest);
  else if (whole)
    smooth_i_word (reason, "all values are whole numbers");
  else if (n_types > 1 && variation (sums, n_types) <= ALIKE)
    smooth_i_word (reason, "all types have the same total");
  else if (n_types > 1 && variation (exp_sums, n_types) <= ALIKE)
    {
      smooth_i_word (reason, "all types have the same total once the logarithm is undone");
      return SMOOTH_SCALE_LOG1P;
    }
  else
    {
      double share = tail_share (values);
      smooth_i_word (reason, "the largest 1 %% of the values make %.0f %% of their sum", 100.0 * share);
      if (share <= TAIL && largest_sum <= MOST_COUNTS)
        return SMOOTH_SCALE_LOG1P;
      if (share <= TAIL)
        {
          smooth_i_wording_clear (reason);
          smooth_i_word (reason, "the values have no long tail, yet as log1p they would stand for %.2g counts", largest_sum);
          return SMOOTH_SCALE_LOG2;
        }
    }
  return SMOOTH_SCALE_COUNTS;
}

/* Returns: (transfer full): '[scale=log1p depth=716]'; the depth only where it is known */
char *
smooth_i_scale_dup_tag (SmoothScale scale, double depth)
{
  char text[SMOOTH_I_DECIMAL_SIZE];

  if (depth <= 0.0)
    return g_strdup_printf ("[scale=%s]", smooth_scale_get_name (scale));
  smooth_i_format_number (depth, text);
  return g_strdup_printf ("[scale=%s depth=%s]", smooth_scale_get_name (scale), text);
}

static gboolean
read_word (const char *word, SmoothScale *scale, double *depth)
{
  if (g_str_has_prefix (word, "scale="))
    return smooth_scale_from_name (word + strlen ("scale="), scale, NULL) && *scale != SMOOTH_SCALE_GUESS;
  if (g_str_has_prefix (word, "depth="))
    return smooth_i_parse_number (word + strlen ("depth="), depth) && *depth > 0.0;
  return *word == '\0'; /* blanks */
}

/**
 * smooth_i_scale_read_tag:
 * @cell: the first cell of a table
 * @scale: (inout): untouched where the cell has no tag
 * @depth: (inout): likewise
 *
 * Returns: FALSE with an error where there is a tag that cannot be understood
 */
gboolean
smooth_i_scale_read_tag (const char *cell, const char *path, SmoothScale *scale, double *depth, GError **error)
{
  const char *tag = strstr (cell, "[scale=");
  const char *end = tag != NULL ? strchr (tag, ']') : NULL;
  SmoothScale found_scale = SMOOTH_SCALE_GUESS;
  double found_depth = 0.0;

  if (tag == NULL)
    return TRUE;
  g_autofree char *inner = end != NULL ? g_strndup (tag + 1, (gsize) (end - tag - 1)) : g_strdup ("?");
  g_auto (GStrv) words = g_strsplit (inner, " ", -1);
  for (gsize i = 0; words[i] != NULL; i++)
    if (!read_word (words[i], &found_scale, &found_depth))
      {
        smooth_error_set (error, SMOOTH_ERROR_FORMAT,
                          "%s: first cell: expected a scale as in '[scale=log1p depth=10000]', found '%s'", path, tag);
        return FALSE;
      }
  *scale = found_scale;
  *depth = found_depth;
  return TRUE;
}
