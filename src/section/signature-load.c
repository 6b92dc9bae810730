/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading of signatures from tables: which side has the genes, which scale the numbers are on. */
#include "base/error.h"
#include "files/choice.h"
#include "files/table.h"
#include "section/genes-private.h"
#include "section/section-private.h"
#include "section/signature-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define N_EXAMPLES 3

/* A table whose first row and column are names, turned so that rows are genes. */
typedef struct
{
  const SmoothTable *table;
  gboolean genes_are_columns;
  gint64 n_genes, n_types;
  char **genes;         /* n_genes names, borrowed */
  char **types;         /* n_types names, borrowed */
  SmoothGeneMatch *match;
} Oriented;

static void
clear_oriented (Oriented *oriented)
{
  g_free (oriented->genes);
  g_free (oriented->types);
  smooth_i_gene_match_free (oriented->match);
}

/* The names in the first row, or in the first column, without the cell in the corner; the strings are borrowed. */
static char **
dup_names (const SmoothTable *table, gboolean columns, gint64 *n)
{
  *n = columns ? smooth_table_get_n_cols (table) - 1 : smooth_table_get_n_rows (table);
  char **names = g_new0 (char *, *n + 1);

  for (gint64 i = 0; i < *n; i++)
    names[i] = (char *) (columns ? smooth_table_get_column_name (table, i + 1) : smooth_table_get_text (table, i, 0));
  return names;
}

static void
set_nothing_shared_error (const Oriented *oriented, const SmoothSection *section, GError **error)
{
  if (section->n_genes == 0)
    {
      smooth_error_set (
          error, SMOOTH_ERROR_MISMATCH,
          "%s: expected counts of genes (such as filtered_feature_bc_matrix.h5), found spots and a picture alone",
          section->path);
      return;
    }
  g_autofree char *rows = smooth_i_dup_examples (oriented->genes, oriented->n_genes, N_EXAMPLES);
  g_autofree char *cols = smooth_i_dup_examples (oriented->types, oriented->n_types, N_EXAMPLES);
  g_autofree char *ids = smooth_i_dup_examples (section->gene_ids, section->n_genes, N_EXAMPLES);
  g_autofree char *symbols = smooth_i_dup_examples (section->gene_names, section->n_genes, N_EXAMPLES);

  smooth_error_set (
      error, SMOOTH_ERROR_MISMATCH,
      "%s: expected genes of the section (identifiers %s; symbols %s), found none of them: rows are %s, columns are %s",
      smooth_table_get_path (oriented->table), ids, symbols, rows, cols);
}

/* Finds out on which side the genes are: the one with more names that the section knows. */
static gboolean
orient (Oriented *oriented, const SmoothTable *table, const SmoothSection *section, GError **error)
{
  g_autoptr (SmoothGeneIndex) index = smooth_i_gene_index_new (section);
  gint64 n_rows, n_cols;
  char **rows = dup_names (table, FALSE, &n_rows);
  char **cols = dup_names (table, TRUE, &n_cols);
  SmoothGeneMatch *row_match = smooth_i_gene_match_new (index, rows, n_rows);
  SmoothGeneMatch *col_match = smooth_i_gene_match_new (index, cols, n_cols);
  gboolean by_column = col_match->n_matched > row_match->n_matched;

  *oriented = (Oriented){ .table = table, .genes_are_columns = by_column };
  oriented->n_genes = by_column ? n_cols : n_rows;
  oriented->n_types = by_column ? n_rows : n_cols;
  oriented->genes = by_column ? cols : rows;
  oriented->types = by_column ? rows : cols;
  oriented->match = by_column ? col_match : row_match;
  smooth_i_gene_match_free (by_column ? row_match : col_match);
  if (oriented->match->n_matched > 0)
    return TRUE;
  set_nothing_shared_error (oriented, section, error);
  return FALSE;
}

/* Where the name of type k stands: 'line 7', 'column 3'. */
static char *
dup_type_place (const Oriented *oriented, gint64 k)
{
  if (oriented->genes_are_columns)
    return g_strdup_printf (_("line %" PRId64), smooth_table_get_line (oriented->table, k));
  return g_strdup_printf (_("column %" PRId64), k + 2);
}

/* Types need names, and each its own. */
static gboolean
check_types (const Oriented *oriented, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  const char *path = smooth_table_get_path (oriented->table);

  for (gint64 k = 0; k < oriented->n_types; k++)
    {
      g_autofree char *place = dup_type_place (oriented, k);
      if (*oriented->types[k] == '\0')
        {
          smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s: %s: expected the name of a type, found none", path, place);
          return FALSE;
        }
      if (!g_hash_table_add (seen, oriented->types[k]))
        {
          smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s: %s: expected every type once, found '%s' again", path, place,
                            oriented->types[k]);
          return FALSE;
        }
    }
  return TRUE;
}

/* The number of gene i and type k, which must not be negative. */
static gboolean
read_value (const Oriented *oriented, gint64 i, gint64 k, double *value, GError **error)
{
  gint64 row = oriented->genes_are_columns ? k : i;
  gint64 col = (oriented->genes_are_columns ? i : k) + 1;

  if (!smooth_table_get_number (oriented->table, row, col, value, error))
    return FALSE;
  if (*value >= 0.0)
    return TRUE;

  g_autofree char *place = smooth_table_dup_place (oriented->table, row, col);
  smooth_error_set (
      error, SMOOTH_ERROR_VALUE,
      "%s: expected a number >= 0, found %s: a signature is mean expression, neither centred nor a fold change", place,
      smooth_table_get_text (oriented->table, row, col));
  return FALSE;
}

static SmoothSignature *
read_values (const Oriented *oriented, GError **error)
{
  g_autoptr (SmoothSignature) signature = smooth_i_signature_new (oriented->n_genes, oriented->n_types, error);
  double largest = 0.0;

  if (signature == NULL)
    return NULL;
  for (gint64 i = 0; i < oriented->n_genes; i++)
    signature->gene_names[i] = g_strdup (oriented->genes[i]);
  for (gint64 k = 0; k < oriented->n_types; k++)
    {
      double *column = smooth_matrix_column (signature->values, k);
      signature->type_names[k] = g_strdup (oriented->types[k]);
      for (gint64 i = 0; i < oriented->n_genes; i++)
        {
          if (!read_value (oriented, i, k, &column[i], error))
            return NULL;
          largest = MAX (largest, column[i]);
        }
    }
  if (largest > 0.0)
    return g_steal_pointer (&signature);
  smooth_error_set (error, SMOOTH_ERROR_VALUE, "%s: expected mean expression, found only zeros",
                    smooth_table_get_path (oriented->table));
  return NULL;
}

/* The scale: as asked for, else as the first cell says, else guessed; and what the report says about it. */
static gboolean
set_scale (SmoothSignature *signature, const SmoothTable *table, SmoothScale wanted, GError **error)
{
  const char *corner = smooth_table_get_column_name (table, 0);
  const char *path = smooth_table_get_path (table);
  SmoothScale written = SMOOTH_SCALE_GUESS;

  if (!smooth_i_scale_read_tag (corner, path, &written, &signature->depth, error))
    return FALSE;
  if (written == SMOOTH_SCALE_GUESS && wanted == SMOOTH_SCALE_GUESS)
    {
      SmoothWording reason = { NULL };
      signature->scale = smooth_i_scale_guess (signature->values, &reason);
      smooth_report_add (signature->report, SMOOTH_REPORT_NOTE,
                         "the scale of the reference is guessed to be %s, since %s; where that is wrong, choose another scale",
                         smooth_scale_get_name (signature->scale), smooth_i_wording_say (&reason));
      smooth_i_wording_clear (&reason);
      return TRUE;
    }

  signature->scale = wanted != SMOOTH_SCALE_GUESS ? wanted : written;
  if (written == SMOOTH_SCALE_GUESS)
    smooth_report_add (signature->report, SMOOTH_REPORT_NOTE, "the scale of the reference is %s, as asked for",
                       smooth_scale_get_name (wanted));
  else if (signature->scale == written)
    smooth_report_add (signature->report, SMOOTH_REPORT_NOTE, "the scale of the reference is %s, as its first cell says",
                       smooth_scale_get_name (written));
  else
    {
      signature->depth = 0.0;
      smooth_report_add (signature->report, SMOOTH_REPORT_WARNING,
                         "the scale of the reference is taken to be %s, as asked for, although its first cell says %s",
                         smooth_scale_get_name (wanted), smooth_scale_get_name (written));
    }
  if (signature->scale != SMOOTH_SCALE_LOG1P)
    signature->depth = 0.0;
  return TRUE;
}

static void
report_genes (SmoothSignature *signature, const Oriented *oriented, const SmoothSection *section)
{
  SmoothReport *report = signature->report;

  smooth_report_count (report, "signature_genes", signature->n_genes);
  smooth_report_count (report, "signature_types", signature->n_types);
  smooth_report_count (report, "matched_genes", oriented->match->n_matched);
  smooth_report_add (report, SMOOTH_REPORT_NOTE,
                     oriented->genes_are_columns ? N_("the reference has %s genes (its columns) and %" PRId64 " types")
                                                 : N_("the reference has %s genes (its rows) and %" PRId64 " types"),
                     smooth_i_grouped (signature->n_genes).text, signature->n_types);
  smooth_i_gene_match_report (oriented->match, oriented->genes, report);
  smooth_i_gene_match_warn (oriented->match, section->n_genes, report);
}

/* The signature that the table holds, on its scale. */
static SmoothSignature *
read_types (const Oriented *oriented, const SmoothSection *section, SmoothScale scale, GError **error)
{
  g_autoptr (SmoothSignature) signature = check_types (oriented, error) ? read_values (oriented, error) : NULL;

  if (signature == NULL || !set_scale (signature, oriented->table, scale, error))
    return NULL;
  signature->path = g_strdup (smooth_table_get_path (oriented->table));
  report_genes (signature, oriented, section);
  return g_steal_pointer (&signature);
}

/* What smooth_signature_load() does once the table is read. */
static SmoothSignature *
read_table (SmoothTable *table, const char *path, const SmoothSection *section, SmoothScale scale, GError **error)
{
  Oriented oriented = { .table = table };
  g_autoptr (SmoothSignature) signature = NULL;

  smooth_table_take_header (table);
  if (smooth_table_get_n_rows (table) < 1 || smooth_table_get_n_cols (table) < 2)
    {
      smooth_error_set (error, SMOOTH_ERROR_FORMAT,
                        "%s: expected a table with names in its first row and first column, found %" PRId64
                        " rows and %" PRId64 " columns",
                        smooth_table_get_path (table), smooth_table_get_n_rows (table) + 1, smooth_table_get_n_cols (table));
      return NULL;
    }
  gboolean is_oriented = orient (&oriented, table, section, error);
  if (is_oriented && oriented.n_types > SMOOTH_I_MOST_TYPES)
    signature = smooth_i_signature_load_cells (path, !oriented.genes_are_columns, section, error);
  else if (is_oriented)
    signature = read_types (&oriented, section, scale, error);
  clear_oriented (&oriented);
  return g_steal_pointer (&signature);
}

/* A folder, a matrix among its files, or an HDF5 file; not a table. */
static gboolean
is_matrix_of_cells (const char *path)
{
  g_autofree char *column = NULL, *file = smooth_i_choice_split (path, &column);

  return g_file_test (file, G_FILE_TEST_IS_DIR) || g_str_has_suffix (file, ".h5") || g_str_has_suffix (file, ".mtx")
         || g_str_has_suffix (file, ".mtx.gz");
}

/**
 * smooth_signature_load:
 * @path: a table of genes x types or types x genes, as smooth_table_load() reads it; or single cells: an .h5ad file or Zarr store, see
 *   smooth_i_signature_load_anndata(), or a matrix (HDF5, a folder of matrix.mtx, a table) with a table of labels beside it, see
 *   smooth_i_signature_load_cells()
 * @section: its genes tell which way round the table is
 * @scale: of the values; SMOOTH_SCALE_GUESS: as the first cell of the table says, else guessed
 *
 * Genes are matched by identifier or symbol, exactly first. Of genes that come twice the first is used, and the report
 * names some. The report tells the numbers of genes, how they match, and the scale with its reason.
 *
 * Returns: (transfer full): all genes of the table, also those that the section does not have. Errors: no gene is
 *   shared, a type comes twice, a value is no number or negative (with its line and column), all values are 0
 */
SmoothSignature *
smooth_signature_load (const char *path, const SmoothSection *section, SmoothScale scale, GError **error)
{
  if (smooth_anndata_is_one (path))
    return smooth_i_signature_load_anndata (path, section, error);
  if (is_matrix_of_cells (path))
    return smooth_i_signature_load_cells (path, FALSE, section, error);
  g_autofree char *column = NULL, *file = smooth_i_choice_split (path, &column);
  g_autoptr (SmoothTable) table = smooth_table_load (file, error);

  return table != NULL ? read_table (table, path, section, scale, error) : NULL;
}
