/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading likeness of spots, and weighing a graph by it.
 *
 * Features: a table with one row a spot; likeness of neighbours is the cosine of their rows, or falls with their distance, as for
 * expression (similarity.c). Pairs: a table with the columns from, to and similarity. A pair holds in both directions unless the
 * other one has a row of its own; neighbours without a row have likeness 0 and are joined no longer. Both multiply.
 */
#include "graph/likeness.h"

#include "base/error.h"
#include "files/table.h"
#include "section/section.h"

#include <math.h>
#include <string.h>

SmoothLikeness *
smooth_likeness_ref (SmoothLikeness *likeness)
{
  g_atomic_ref_count_inc (&likeness->ref_count);
  return likeness;
}

void
smooth_likeness_unref (SmoothLikeness *likeness)
{
  if (likeness == NULL || !g_atomic_ref_count_dec (&likeness->ref_count))
    return;
  smooth_columns_free (likeness->features);
  g_strfreev (likeness->from);
  g_strfreev (likeness->to);
  g_free (likeness->values);
  g_free (likeness->lines);
  g_free (likeness->path);
  g_free (likeness);
}

static gboolean
find_pair_columns (const SmoothTable *table, gint64 *columns, GError **error)
{
  static const char *const names[] = { "from", "to", "similarity" };

  for (gint c = 0; c < 3; c++)
    {
      columns[c] = smooth_table_find_column (table, names[c]);
      if (columns[c] >= 0)
        continue;
      g_autoptr (GString) found = g_string_new (NULL);
      for (gint64 col = 0; col < smooth_table_get_n_cols (table); col++)
        g_string_append_printf (found, "%s%s", col > 0 ? ", " : "", smooth_table_get_column_name (table, col));
      smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s: expected the columns from, to and similarity, found %s",
                        smooth_table_get_path (table), found->str);
      return FALSE;
    }
  return TRUE;
}

static gboolean
read_pairs (SmoothLikeness *likeness, const char *path, GError **error)
{
  g_autoptr (SmoothTable) table = smooth_table_load (path, error);
  gint64 columns[3];

  if (table == NULL)
    return FALSE;
  smooth_table_take_header (table);
  if (!find_pair_columns (table, columns, error))
    return FALSE;
  likeness->path = g_strdup (path);
  likeness->n_pairs = smooth_table_get_n_rows (table);
  likeness->from = g_new0 (char *, likeness->n_pairs + 1);
  likeness->to = g_new0 (char *, likeness->n_pairs + 1);
  likeness->values = g_new0 (double, likeness->n_pairs + 1);
  likeness->lines = g_new0 (gint64, likeness->n_pairs + 1);
  for (gint64 p = 0; p < likeness->n_pairs; p++)
    {
      likeness->from[p] = g_strdup (smooth_table_get_text (table, p, columns[0]));
      likeness->to[p] = g_strdup (smooth_table_get_text (table, p, columns[1]));
      likeness->lines[p] = smooth_table_get_line (table, p);
      if (!smooth_table_get_number (table, p, columns[2], &likeness->values[p], error))
        return FALSE;
      if (likeness->values[p] >= 0.0)
        continue;
      smooth_error_set (error, SMOOTH_ERROR_VALUE, "%s:%" PRId64 ": expected a similarity of at least 0, found %g", path,
                        likeness->lines[p], likeness->values[p]);
      return FALSE;
    }
  return TRUE;
}

/**
 * smooth_likeness_load:
 * @features_path: (nullable): a table with a header: names of spots, and columns of numbers
 * @similarity_path: (nullable): a table with the columns from, to and similarity; one of both is given
 *
 * Returns: (transfer full): what the files say; errors name file, line and what was expected
 */
SmoothLikeness *
smooth_likeness_load (const char *features_path, const char *similarity_path, GError **error)
{
  g_autoptr (SmoothLikeness) likeness = g_new0 (SmoothLikeness, 1);

  g_return_val_if_fail (features_path != NULL || similarity_path != NULL, NULL);

  g_atomic_ref_count_init (&likeness->ref_count);
  if (features_path != NULL)
    {
      likeness->features = smooth_columns_load (features_path, error);
      if (likeness->features == NULL)
        return NULL;
    }
  if (similarity_path != NULL && !read_pairs (likeness, similarity_path, error))
    return NULL;
  return g_steal_pointer (&likeness);
}

/* The spots of the graph by name; their numbers from 1 on. */
static GHashTable *
number_names (const char *const *names, gint64 n)
{
  GHashTable *numbers = g_hash_table_new (g_str_hash, g_str_equal);

  for (gint64 i = 0; i < n; i++)
    g_hash_table_insert (numbers, (gpointer) names[i], GSIZE_TO_POINTER ((gsize) i + 1));
  return numbers;
}

/* Returns: the number of the spot; -1 for one of the section that is not in the graph; -2 for a stranger, with @error */
static gint64
find_spot (GHashTable *numbers, const SmoothSection *section, const char *name, const char *path, gint64 line, GError **error)
{
  gint64 number = (gint64) GPOINTER_TO_SIZE (g_hash_table_lookup (numbers, name)) - 1;

  if (number >= 0 || (section != NULL && smooth_section_find_spot (section, name) >= 0))
    return number;
  if (line > 0)
    smooth_error_set (error, SMOOTH_ERROR_MISMATCH, "%s:%" PRId64 ": expected the name of a spot, found '%s'", path, line,
                      name);
  else
    smooth_error_set (error, SMOOTH_ERROR_MISMATCH, "%s: expected the names of spots, found '%s'", path, name);
  return -2;
}

/* ---- Features ---- */

static double *
compare_features (const SmoothColumns *columns, const SmoothGraph *graph, GHashTable *numbers, const char *const *names,
                  const SmoothSection *section, const SmoothScalingSettings *settings, SmoothReport *report, SmoothRun *run, GError **error)
{
  double bandwidth = settings->expression_bandwidth;

  for (gint64 row = 0; row < columns->n_rows; row++)
    if (find_spot (numbers, section, columns->row_names[row], columns->path, 0, error) < -1)
      return NULL;
  g_autoptr (SmoothMatrix) values = smooth_columns_dup_rows (columns, names, graph->n_spots, "analysed spot", error);
  g_autoptr (SmoothFeatures) features = values != NULL ? smooth_features_new_from_matrix (values, error) : NULL;
  if (features == NULL)
    return NULL;
  if (columns->n_rows > graph->n_spots)
    smooth_report_add (report, SMOOTH_REPORT_NOTE, "%s: %" PRId64 " rows of spots that are not analysed are left out",
                       columns->path, columns->n_rows - graph->n_spots);
  return smooth_graph_dup_similarities (graph, features, (SmoothSimilarity) settings->expression_metric, &bandwidth, 0.0, run, error);
}

/* ---- Pairs ---- */

/* The pairs as they stand, column i holding those from spot i; an error names a pair that comes twice. */
static SmoothSparse *
gather_pairs (const SmoothLikeness *likeness, GHashTable *numbers, gint64 n, const SmoothSection *section, GError **error)
{
  gint64 n_kept = 0;
  g_autofree gint32 *rows = smooth_i_try_new (gint32, likeness->n_pairs, "similarities", error);
  g_autofree gint32 *cols = rows != NULL ? smooth_i_try_new (gint32, likeness->n_pairs, "similarities", error) : NULL;
  g_autofree double *values = cols != NULL ? smooth_i_try_new (double, likeness->n_pairs, "similarities", error) : NULL;
  g_autofree gint64 *pairs = values != NULL ? smooth_i_try_new (gint64, likeness->n_pairs, "similarities", error) : NULL;

  if (pairs == NULL)
    return NULL;
  for (gint64 p = 0; p < likeness->n_pairs; p++)
    {
      gint64 from = find_spot (numbers, section, likeness->from[p], likeness->path, likeness->lines[p], error);
      gint64 to = from > -2 ? find_spot (numbers, section, likeness->to[p], likeness->path, likeness->lines[p], error) : -2;
      if (to < -1)
        return NULL;
      if (from < 0 || to < 0)
        continue;
      rows[n_kept] = (gint32) to;
      cols[n_kept] = (gint32) from;
      values[n_kept++] = 1.0;
    }
  /* Counts first: a pair that comes twice sums to 2. */
  g_autoptr (SmoothSparse) counts = smooth_sparse_new_from_triplets (n, n, n_kept, rows, cols, values, error);
  if (counts == NULL)
    return NULL;
  for (gint64 j = 0; j < n; j++)
    for (gint64 e = counts->starts[j]; e < counts->starts[j + 1]; e++)
      if (counts->values[e] > 1.0)
        {
          const char *a = NULL, *b = NULL;
          GHashTableIter iter;
          gpointer name, number;
          g_hash_table_iter_init (&iter, numbers);
          while (g_hash_table_iter_next (&iter, &name, &number))
            {
              a = GPOINTER_TO_SIZE (number) == (gsize) j + 1 ? name : a;
              b = GPOINTER_TO_SIZE (number) == (gsize) counts->rows[e] + 1 ? name : b;
            }
          smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s: expected every pair once, found %s to %s again", likeness->path,
                            a, b);
          return NULL;
        }
  for (gint64 p = 0, next = 0; p < likeness->n_pairs; p++)
    if (g_hash_table_contains (numbers, likeness->from[p]) && g_hash_table_contains (numbers, likeness->to[p]))
      values[next++] = likeness->values[p];
  return smooth_sparse_new_from_triplets (n, n, n_kept, rows, cols, values, error);
}

/* Adds the other direction of pairs that have a row for one alone. */
static SmoothSparse *
complete_pairs (const SmoothSparse *given, GError **error)
{
  gint64 n = given->n_cols, nnz = smooth_sparse_get_nnz (given), next = 0;
  g_autoptr (SmoothSparse) back = smooth_sparse_new_transpose (given, error);
  SmoothSparse *all = back != NULL ? smooth_sparse_new (n, n, 2 * nnz, error) : NULL;

  for (gint64 j = 0; all != NULL && j < n; j++)
    {
      gint64 e = given->starts[j], f = back->starts[j];
      while (e < given->starts[j + 1] || f < back->starts[j + 1])
        {
          gint32 own = e < given->starts[j + 1] ? given->rows[e] : G_MAXINT32, other = f < back->starts[j + 1] ? back->rows[f] : G_MAXINT32;
          all->rows[next] = MIN (own, other);
          all->values[next++] = own <= other ? given->values[e] : back->values[f];
          e += own <= other;
          f += other <= own;
        }
      all->starts[j + 1] = next;
    }
  return all;
}

static double *
compare_pairs (const SmoothLikeness *likeness, const SmoothGraph *graph, GHashTable *numbers, const SmoothSection *section,
               SmoothReport *report, GError **error)
{
  const SmoothSparse *w = graph->weights;
  gint64 n_cut = 0;
  g_autoptr (SmoothSparse) given = gather_pairs (likeness, numbers, graph->n_spots, section, error);
  g_autoptr (SmoothSparse) all = given != NULL ? complete_pairs (given, error) : NULL;
  double *factors = all != NULL ? smooth_graph_dup_given_similarities (graph, all, error) : NULL;

  for (gint64 j = 0; factors != NULL && j < w->n_cols; j++)
    for (gint64 e = w->starts[j]; e < w->starts[j + 1]; e++)
      {
        if (w->rows[e] == j)
          factors[e] = 1.0; /* of a spot without neighbours */
        n_cut += w->rows[e] != j && w->values[e] > 0.0 && factors[e] == 0.0;
      }
  if (factors != NULL && n_cut > 0)
    smooth_report_add (report, SMOOTH_REPORT_NOTE,
                       "%s: %" PRId64 " of %" PRId64 " directions of edges have no similarity above 0 and are cut",
                       likeness->path, n_cut, (graph->is_symmetric ? 2 : 1) * graph->n_edges);
  return factors;
}

/**
 * smooth_likeness_scale:
 * @graph: not scaled by rows
 * @names: n_spots of the graph
 * @section: (nullable): whose other spots rows may be of
 * @settings: metric and bandwidth of features are those of expression
 * @row_scale: divide each row by its sum afterwards
 *
 * Returns: (transfer full): the graph, its weights times the likeness; an error names a row that is no spot, or a spot without features
 */
SmoothGraph *
smooth_likeness_scale (const SmoothLikeness *likeness, const SmoothGraph *graph, const char *const *names, const SmoothSection *section,
                       const SmoothScalingSettings *settings, gboolean row_scale, SmoothReport *report, SmoothRun *run, GError **error)
{
  g_autoptr (GHashTable) numbers = number_names (names, graph->n_spots);
  g_autofree double *factors = NULL;

  if (likeness->features != NULL)
    {
      factors = compare_features (likeness->features, graph, numbers, names, section, settings, report, run, error);
      if (factors == NULL)
        return NULL;
    }
  if (likeness->path != NULL)
    {
      g_autofree double *given = compare_pairs (likeness, graph, numbers, section, report, error);
      if (given == NULL)
        return NULL;
      for (gint64 e = 0; factors != NULL && e < smooth_sparse_get_nnz (graph->weights); e++)
        given[e] *= factors[e];
      g_free (factors);
      factors = g_steal_pointer (&given);
    }
  return smooth_graph_new_scaled (graph, factors, row_scale, error);
}
