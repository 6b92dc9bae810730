/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading the parameters and files of a golden case, and comparing numbers. */
#include "golden.h"

#include "files/table.h"

#include <math.h>

#define MAX_FAILURE_LENGTH 400

void
golden_fail (GoldenCase *c, const char *format, ...)
{
  va_list args;

  if (c->failure->len > MAX_FAILURE_LENGTH)
    return;
  if (c->failure->len > 0)
    g_string_append (c->failure, "; ");
  va_start (args, format);
  g_string_append_vprintf (c->failure, format, args);
  va_end (args);
}

void
golden_fail_error (GoldenCase *c, const GError *error)
{
  golden_fail (c, "%s", error != NULL ? error->message : "failed without a message");
}

GoldenOutcome
golden_verdict (GoldenCase *c)
{
  return c->failure->len > 0 ? GOLDEN_FAILED : GOLDEN_PASSED;
}

double
golden_number (GoldenCase *c, const char *member)
{
  if (json_object_has_member (c->params, member))
    return json_object_get_double_member (c->params, member);
  golden_fail (c, "params.json has no member '%s'", member);
  return 0.0;
}

gboolean
golden_boolean (GoldenCase *c, const char *member, gboolean otherwise)
{
  return json_object_get_boolean_member_with_default (c->params, member, otherwise);
}

const char *
golden_text (GoldenCase *c, const char *member, const char *otherwise)
{
  return json_object_get_string_member_with_default (c->params, member, otherwise);
}

/* The number expected.member, or expected.key.member where a key is given. */
double
golden_expected (GoldenCase *c, const char *key, const char *member)
{
  JsonObject *object =
      json_object_has_member (c->params, "expected") ? json_object_get_object_member (c->params, "expected") : NULL;

  if (object != NULL && key != NULL)
    object = json_object_has_member (object, key) ? json_object_get_object_member (object, key) : NULL;
  if (object != NULL && json_object_has_member (object, member))
    return json_object_get_double_member (object, member);
  golden_fail (c, "params.json expects no %s%s%s", key != NULL ? key : "", key != NULL ? "." : "", member);
  return NAN;
}

/* Returns: (transfer container): the names in params.json of an object */
GList *
golden_list_members (GoldenCase *c, const char *object)
{
  if (!json_object_has_member (c->params, object))
    {
      golden_fail (c, "params.json has no member '%s'", object);
      return NULL;
    }
  return json_object_get_members (json_object_get_object_member (c->params, object));
}

gboolean
golden_has_file (GoldenCase *c, const char *file)
{
  g_autofree char *path = g_build_filename (c->folder, file, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static SmoothTable *
load_table (GoldenCase *c, const char *file)
{
  g_autofree char *path = g_build_filename (c->folder, file, NULL);
  g_autoptr (GError) error = NULL;
  SmoothTable *table = smooth_table_load (path, &error);

  if (table == NULL)
    golden_fail_error (c, error);
  return table;
}

/* Returns: (transfer full): the numbers of a table in the order of the file */
double *
golden_load_row_major (GoldenCase *c, const char *file, gint64 *n_rows, gint64 *n_cols)
{
  g_autoptr (SmoothTable) table = load_table (c, file);
  if (table == NULL)
    return NULL;

  *n_rows = smooth_table_get_n_rows (table);
  *n_cols = smooth_table_get_n_cols (table);
  g_autofree double *values = g_new (double, *n_rows **n_cols);
  for (gint64 i = 0; i < *n_rows; i++)
    for (gint64 j = 0; j < *n_cols; j++)
      {
        g_autoptr (GError) error = NULL;
        if (!smooth_table_get_number (table, i, j, &values[i * *n_cols + j], &error))
          {
            golden_fail_error (c, error);
            return NULL;
          }
      }
  return g_steal_pointer (&values);
}

/* The transpose of a table: a row of the file becomes a column. */
SmoothMatrix *
golden_load_transposed (GoldenCase *c, const char *file)
{
  gint64 n_rows, n_cols;
  g_autofree double *values = golden_load_row_major (c, file, &n_rows, &n_cols);

  return values != NULL ? smooth_matrix_new_from_values (n_cols, n_rows, values, NULL) : NULL;
}

SmoothMatrix *
golden_load_matrix (GoldenCase *c, const char *file)
{
  g_autoptr (SmoothMatrix) transposed = golden_load_transposed (c, file);
  if (transposed == NULL)
    return NULL;

  SmoothMatrix *matrix = smooth_matrix_new (transposed->n_cols, transposed->n_rows, NULL);
  for (gint64 i = 0; i < matrix->n_rows; i++)
    for (gint64 j = 0; j < matrix->n_cols; j++)
      matrix->values[i + j * matrix->n_rows] = transposed->values[j + i * matrix->n_cols];
  return matrix;
}

/* A list of row, column and value under a header, as n x n matrix. */
SmoothSparse *
golden_load_sparse (GoldenCase *c, const char *file, gint64 n)
{
  g_autoptr (SmoothTable) table = load_table (c, file);
  if (table == NULL)
    return NULL;
  smooth_table_take_header (table);

  gint64 nnz = smooth_table_get_n_rows (table);
  g_autofree gint32 *rows = g_new (gint32, MAX (nnz, 1));
  g_autofree gint32 *cols = g_new (gint32, MAX (nnz, 1));
  g_autofree double *values = g_new (double, MAX (nnz, 1));
  g_autoptr (GError) error = NULL;
  for (gint64 e = 0; e < nnz; e++)
    {
      double row, col;
      if (!smooth_table_get_number (table, e, 0, &row, &error) || !smooth_table_get_number (table, e, 1, &col, &error)
          || !smooth_table_get_number (table, e, 2, &values[e], &error))
        {
          golden_fail_error (c, error);
          return NULL;
        }
      rows[e] = (gint32) row;
      cols[e] = (gint32) col;
    }
  SmoothSparse *sparse = smooth_sparse_new_from_triplets (n, n, nnz, rows, cols, values, &error);
  if (sparse == NULL)
    golden_fail_error (c, error);
  return sparse;
}

/* A graph from the matrix W in a file. */
SmoothGraph *
golden_load_graph (GoldenCase *c, const char *file, gint64 n)
{
  g_autoptr (SmoothSparse) w = golden_load_sparse (c, file, n);
  if (w == NULL)
    return NULL;

  g_autoptr (SmoothSparse) transposed = smooth_sparse_new_transpose (w, NULL);
  g_autoptr (GError) error = NULL;
  SmoothGraph *graph = smooth_graph_new_from_weights (transposed, &error);
  if (graph == NULL)
    golden_fail_error (c, error);
  return graph;
}

SmoothMatrix *
golden_densify (const SmoothSparse *sparse)
{
  SmoothMatrix *matrix = smooth_matrix_new (sparse->n_rows, sparse->n_cols, NULL);

  for (gint64 j = 0; j < sparse->n_cols; j++)
    for (gint64 e = sparse->starts[j]; e < sparse->starts[j + 1]; e++)
      smooth_matrix_column (matrix, j)[sparse->rows[e]] = sparse->values[e];
  return matrix;
}

/* |found - expected| <= tolerance max (1, |expected|); NaN agrees with nothing. */
void
golden_compare_number (GoldenCase *c, const char *what, double found, double expected, double tolerance)
{
  if (!(fabs (found - expected) <= tolerance * MAX (1.0, fabs (expected))))
    golden_fail (c, "%s: expected %.13g, found %.13g", what, expected, found);
}

/* |found - expected| <= absolute, or relative |expected|, for every entry. */
void
golden_compare_matrix (GoldenCase *c, const char *what, const SmoothMatrix *found, const SmoothMatrix *expected,
                       double absolute, double relative)
{
  if (found == NULL || expected == NULL)
    {
      golden_fail (c, "%s: nothing to compare", what);
      return;
    }
  if (found->n_rows != expected->n_rows || found->n_cols != expected->n_cols)
    {
      golden_fail (
          c, "%s: expected %" G_GINT64_FORMAT " x %" G_GINT64_FORMAT ", found %" G_GINT64_FORMAT " x %" G_GINT64_FORMAT,
          what, expected->n_rows, expected->n_cols, found->n_rows, found->n_cols);
      return;
    }
  for (gint64 j = 0; j < found->n_cols; j++)
    for (gint64 i = 0; i < found->n_rows; i++)
      {
        gint64 e = i + j * found->n_rows;
        if (fabs (found->values[e] - expected->values[e]) <= MAX (absolute, relative * fabs (expected->values[e])))
          continue;
        golden_fail (c, "%s (%" G_GINT64_FORMAT ", %" G_GINT64_FORMAT "): expected %.13g, found %.13g", what, i, j,
                     expected->values[e], found->values[e]);
        return;
      }
}

/**
 * golden_compare_weights:
 * @expected: W; zeros may be stored or not
 * @left_out: (nullable): n flags: rows and columns that are not compared
 *
 * Edges must agree exactly, weights to the tolerance.
 */
void
golden_compare_weights (GoldenCase *c, const char *what, const SmoothGraph *graph, const SmoothSparse *expected,
                        const guint8 *left_out)
{
  gint64 n = expected->n_cols;

  if (graph->n_spots != n)
    {
      golden_fail (c, "%s: expected %" G_GINT64_FORMAT " spots, found %" G_GINT64_FORMAT, what, n, graph->n_spots);
      return;
    }
  g_autoptr (SmoothMatrix) found = golden_densify (graph->weights); /* W^T */
  g_autoptr (SmoothMatrix) w = golden_densify (expected);
  for (gint64 i = 0; i < n; i++)
    for (gint64 j = 0; j < n; j++)
      {
        double x = found->values[j + i * n], y = w->values[i + j * n];
        gboolean agree = (x != 0.0) == (y != 0.0) && fabs (x - y) <= GOLDEN_TOLERANCE * MAX (1.0, fabs (y));
        if (agree || (left_out != NULL && (left_out[i] || left_out[j])))
          continue;
        golden_fail (c, "%s: edge %" G_GINT64_FORMAT " -> %" G_GINT64_FORMAT ": expected %.13g, found %.13g", what, i, j, y,
                     x);
        return;
      }
}
