/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signatures as values: made from labelled spots, shared, and written.
 *
 * The signature of a label is the mean over its spots of log (1 + D c / t), where c are the counts of a spot, t is their
 * total over all genes and D the depth: the very numbers that smooth_prepared_new() makes of spots at that depth.
 */
#include "section/signature-private.h"

#include "base/error.h"
#include "files/output.h"
#include "section/depth-private.h"
#include "section/prepare-private.h"

#include <math.h>
#include <string.h>

#define FEW_SPOTS 5

/* Returns: (transfer full): a signature of zeros without names, to be filled by its maker */
SmoothSignature *
smooth_i_signature_new (gint64 n_genes, gint64 n_types, GError **error)
{
  SmoothMatrix *values = smooth_matrix_new (n_genes, n_types, error);
  if (values == NULL)
    return NULL;

  SmoothSignature *signature = g_new0 (SmoothSignature, 1);
  g_atomic_ref_count_init (&signature->ref_count);
  signature->n_genes = n_genes;
  signature->n_types = n_types;
  signature->values = values;
  signature->gene_names = g_new0 (char *, n_genes + 1);
  signature->type_names = g_new0 (char *, n_types + 1);
  signature->report = smooth_report_new ();
  return signature;
}

SmoothSignature *
smooth_signature_ref (SmoothSignature *signature)
{
  g_atomic_ref_count_inc (&signature->ref_count);
  return signature;
}

void
smooth_signature_unref (SmoothSignature *signature)
{
  if (signature == NULL || !g_atomic_ref_count_dec (&signature->ref_count))
    return;
  g_strfreev (signature->gene_names);
  g_strfreev (signature->type_names);
  smooth_matrix_unref (signature->values);
  smooth_report_unref (signature->report);
  g_strfreev (signature->input_files);
  g_free (signature->path);
  g_free (signature);
}

static int
compare_names (const void *a, const void *b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Returns: (transfer full): the labels that occur on the spots, sorted; the strings are borrowed */
static GPtrArray *
dup_label_names (const char *const *labels, const gint32 *spots, gint64 n_spots)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  GPtrArray *names = g_ptr_array_new ();

  for (gint64 s = 0; s < n_spots; s++)
    {
      const char *label = labels[spots[s]];
      if (label != NULL && g_hash_table_add (seen, (gpointer) label))
        g_ptr_array_add (names, (gpointer) label);
    }
  if (names->len > 0)
    qsort (names->pdata, names->len, sizeof (gpointer), compare_names);
  return names;
}

static gint64
find_name (const GPtrArray *names, const char *name)
{
  const char *const *found = bsearch (&name, names->pdata, names->len, sizeof (gpointer), compare_names);

  return found != NULL ? (gint64) (found - (const char *const *) names->pdata) : -1;
}

/* Symbols that mean one gene alone name the genes, identifiers the others. */
static void
set_gene_names (SmoothSignature *signature, const SmoothSection *section)
{
  g_autoptr (GHashTable) uses = g_hash_table_new (g_str_hash, g_str_equal);

  for (gint64 i = 0; i < section->n_genes; i++)
    {
      char *id = section->gene_ids[i], *symbol = section->gene_names[i];
      g_hash_table_insert (uses, symbol, GINT_TO_POINTER (GPOINTER_TO_INT (g_hash_table_lookup (uses, symbol)) + 1));
      if (strcmp (id, symbol) != 0)
        g_hash_table_insert (uses, id, GINT_TO_POINTER (GPOINTER_TO_INT (g_hash_table_lookup (uses, id)) + 1));
    }
  for (gint64 i = 0; i < section->n_genes; i++)
    {
      char *symbol = section->gene_names[i];
      gboolean good = *symbol != '\0' && GPOINTER_TO_INT (g_hash_table_lookup (uses, symbol)) == 1;
      signature->gene_names[i] = g_strdup (good ? symbol : section->gene_ids[i]);
    }
}

/* Adds the spots' values to the columns of their labels. Sets n_used: the number of spots of each. */
static void
add_spots (SmoothSignature *signature, const SmoothSection *section, const char *const *labels, const GPtrArray *names,
           const gint32 *spots, gint64 n_spots, double depth, gint64 *n_used)
{
  const SmoothSparse *counts = section->counts;

  for (gint64 s = 0; s < n_spots; s++)
    {
      gint32 spot = spots[s];
      if (labels[spot] == NULL)
        continue;
      gint64 k = find_name (names, labels[spot]);
      double *column = smooth_matrix_column (signature->values, k);
      double total = section->total_counts[spot];
      for (gint64 e = counts->starts[spot]; e < counts->starts[spot + 1]; e++)
        {
          double scaled = counts->values[e] / total * depth;
          column[counts->rows[e]] += signature->scale == SMOOTH_SCALE_LOG1P ? log1p (scaled) : scaled;
        }
      n_used[k]++;
    }
  for (gint64 k = 0; k < signature->n_types; k++)
    {
      double *column = smooth_matrix_column (signature->values, k);
      for (gint64 i = 0; i < signature->n_genes; i++)
        column[i] /= (double) n_used[k];
    }
}

/* Tells how many spots were used, and which labels have few of them or none. */
static void
report_spots (SmoothSignature *signature, const SmoothSection *section, const char *const *labels, const gint64 *n_used, double depth)
{
  g_autoptr (GHashTable) missed = g_hash_table_new (g_str_hash, g_str_equal);
  gint64 total = 0;

  for (gint64 k = 0; k < signature->n_types; k++)
    {
      total += n_used[k];
      if (n_used[k] < FEW_SPOTS)
        smooth_report_add (signature->report, SMOOTH_REPORT_WARNING, "'%s' has only %" PRId64 " labelled spots with counts",
                           signature->type_names[k], n_used[k]);
    }
  for (gint64 s = 0; s < section->n_spots; s++)
    if (labels[s] != NULL && !g_strv_contains ((const char *const *) signature->type_names, labels[s])
        && g_hash_table_add (missed, (gpointer) labels[s]))
      smooth_report_add (signature->report, SMOOTH_REPORT_WARNING,
                         "'%s' is left out: none of its spots is in the tissue and has counts", labels[s]);
  smooth_report_count (signature->report, "signature_spots", total);
  smooth_report_count (signature->report, "signature_genes", signature->n_genes);
  smooth_report_count (signature->report, "signature_types", signature->n_types);
  smooth_report_add (signature->report, SMOOTH_REPORT_NOTE,
                     "signature of %" PRId64 " genes x %" PRId64 " types from %" PRId64
                     " spots, on the scale %s at a depth of %.10g",
                     signature->n_genes, signature->n_types, total, smooth_scale_get_name (signature->scale), depth);
}

/**
 * smooth_signature_new_mean:
 * @labels: n_spots labels; NULL: the spot is not used
 * @scale: SMOOTH_SCALE_LOG1P, or SMOOTH_SCALE_COUNTS for the mean of depth-normalised counts
 * @depth: the total that spots are scaled to; 0: the median total of all analysed spots, labelled or not
 *
 * Returns: (transfer full): the mean of each label over its analysed spots, types sorted by name; O(counts + genes x types)
 */
SmoothSignature *
smooth_signature_new_mean (const SmoothSection *section, const char *const *labels, SmoothScale scale, double depth, GError **error)
{
  gint64 n_spots;
  g_autofree gint32 *spots = smooth_section_dup_analysed (section, &n_spots);
  g_autoptr (GPtrArray) names = dup_label_names (labels, spots, n_spots);

  g_return_val_if_fail (depth >= 0.0 && isfinite (depth), NULL);
  g_return_val_if_fail (scale == SMOOTH_SCALE_LOG1P || scale == SMOOTH_SCALE_COUNTS, NULL);
  if (names->len == 0)
    {
      smooth_error_set (error, SMOOTH_ERROR_MISMATCH,
                        "expected labels on spots that are in the tissue and have counts, found none on the %" PRId64
                        " such spots of %s",
                        n_spots, section->name);
      return NULL;
    }

  SmoothSignature *signature = smooth_i_signature_new (section->n_genes, names->len, error);
  if (signature == NULL)
    return NULL;
  g_autofree gint64 *n_used = g_new0 (gint64, names->len);
  depth = depth > 0.0 ? depth : smooth_i_auto_depth (section, spots, n_spots);
  signature->scale = scale;
  signature->depth = scale == SMOOTH_SCALE_LOG1P ? depth : 0.0;
  for (guint k = 0; k < names->len; k++)
    signature->type_names[k] = g_strdup (g_ptr_array_index (names, k));
  set_gene_names (signature, section);
  add_spots (signature, section, labels, names, spots, n_spots, depth, n_used);
  report_spots (signature, section, labels, n_used, depth);
  return signature;
}

/* The same on the scale log1p. */
SmoothSignature *
smooth_signature_new_from_labels (const SmoothSection *section, const char *const *labels, double depth, GError **error)
{
  return smooth_signature_new_mean (section, labels, SMOOTH_SCALE_LOG1P, depth, error);
}

/* The values as markers are chosen by: logarithms. */
static SmoothMatrix *
dup_log_values (const SmoothSignature *signature, GError **error)
{
  const SmoothMatrix *values = signature->values;
  SmoothMatrix *logs = smooth_matrix_new_from_values (values->n_rows, values->n_cols, values->values, error);

  for (gint64 i = 0; logs != NULL && signature->scale == SMOOTH_SCALE_COUNTS && i < values->n_rows * values->n_cols; i++)
    logs->values[i] = log1p (values->values[i]);
  return logs;
}

/**
 * smooth_signature_new_of_markers:
 * @per_type: so many genes of each type, above 0; fewer where no more lead in it
 *
 * Keeps the genes that lead most in each type, chosen as preparation chooses them, on the scale of logarithms.
 *
 * Returns: (transfer full): the same signature with fewer genes; O(genes x types)
 */
SmoothSignature *
smooth_signature_new_of_markers (const SmoothSignature *signature, gint per_type, GError **error)
{
  gint64 n_genes = 0;
  g_autoptr (SmoothMatrix) logs = dup_log_values (signature, error);
  g_autofree gint32 *genes = logs != NULL ? smooth_i_choose_markers (logs, per_type, &n_genes) : NULL;
  g_autoptr (SmoothSignature) markers = genes != NULL ? smooth_i_signature_new (n_genes, signature->n_types, error) : NULL;

  g_return_val_if_fail (per_type > 0, NULL);
  if (markers == NULL)
    return NULL;
  markers->scale = signature->scale;
  markers->depth = signature->depth;
  for (gint64 k = 0; k < signature->n_types; k++)
    {
      markers->type_names[k] = g_strdup (signature->type_names[k]);
      for (gint64 i = 0; i < n_genes; i++)
        smooth_matrix_column (markers->values, k)[i] = smooth_matrix_column (signature->values, k)[genes[i]];
    }
  for (gint64 i = 0; i < n_genes; i++)
    markers->gene_names[i] = g_strdup (signature->gene_names[genes[i]]);
  smooth_report_append (markers->report, signature->report);
  smooth_report_count (markers->report, "signature_genes", n_genes);
  smooth_report_add (markers->report, SMOOTH_REPORT_NOTE, "%" PRId64 " genes are kept: up to %d markers of each type",
                     n_genes, per_type);
  return g_steal_pointer (&markers);
}

/* A name as one cell: in quotes where it holds a separator of any kind, a quote, or blanks at an end, which unquoted
 * cells lose. */
static void
write_name (SmoothOutput *output, const char *name)
{
  gsize length = strlen (name);
  gboolean padded = length > 0 && (name[0] == ' ' || name[length - 1] == ' ');

  if (!padded && strpbrk (name, ",;\t\"\r\n") == NULL)
    {
      smooth_output_text (output, name);
      return;
    }
  g_auto (GStrv) parts = g_strsplit (name, "\"", -1);
  g_autofree char *doubled = g_strjoinv ("\"\"", parts);
  smooth_output_text (output, "\"");
  smooth_output_text (output, doubled);
  smooth_output_text (output, "\"");
}

/**
 * smooth_signature_save:
 * @path: its ending decides: .tsv and .txt are separated by tabs, all others by commas
 *
 * Writes genes x types; the scale and the depth stand in the first cell. Numbers read back to the bit.
 */
gboolean
smooth_signature_save (const SmoothSignature *signature, const char *path, GError **error)
{
  if (g_str_has_suffix (path, ".gz"))
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE, "%s: expected a name that does not end in .gz: tables are written plain",
                        path);
      return FALSE;
    }
  g_autoptr (SmoothOutput) output = smooth_output_new (path, error);
  if (output == NULL)
    return FALSE;

  const char *separator = g_str_has_suffix (path, ".tsv") || g_str_has_suffix (path, ".txt") ? "\t" : ",";
  g_autofree char *tag = smooth_i_scale_dup_tag (signature->scale, signature->depth);
  smooth_output_printf (output, "gene %s", tag);
  for (gint64 k = 0; k < signature->n_types; k++)
    {
      smooth_output_text (output, separator);
      write_name (output, signature->type_names[k]);
    }
  smooth_output_text (output, "\n");
  for (gint64 i = 0; i < signature->n_genes; i++)
    {
      write_name (output, signature->gene_names[i]);
      for (gint64 k = 0; k < signature->n_types; k++)
        {
          smooth_output_text (output, separator);
          smooth_output_number (output, smooth_matrix_column (signature->values, k)[i]);
        }
      smooth_output_text (output, "\n");
    }
  return smooth_output_commit (output, error);
}
