/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counts meet spots: barcodes of the matrix are looked up in the positions, and the report says who found whom. */
#include "section/section-private.h"

#include "base/error.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define NONE (-1)

/* Returns: the barcode's length without an ending such as '-1' or '-1.8' */
static gsize
stem_length (const char *barcode)
{
  const char *dash = strrchr (barcode, '-');

  if (dash == NULL) /* R makes dots of dashes in the names of columns */
    dash = strrchr (barcode, '.');
  if (dash == NULL || dash == barcode || !g_ascii_isdigit (dash[1]))
    return strlen (barcode);
  return strspn (dash + 1, "0123456789.") == strlen (dash + 1) ? (gsize) (dash - barcode) : strlen (barcode);
}

/* Returns: (transfer full): the barcode without such an ending */
char *
smooth_i_dup_stem (const char *barcode)
{
  return g_strndup (barcode, stem_length (barcode));
}

/* Finds the spot of each of the matrix's barcodes. Returns: how many were found */
static gint64
match_exactly (const SmoothSection *section, const SmoothCounts *counts, gint32 *spots)
{
  g_autoptr (GHashTable) table = g_hash_table_new (g_str_hash, g_str_equal);
  gint64 n = 0;

  for (gint64 i = 0; i < section->n_spots; i++)
    g_hash_table_insert (table, section->barcodes[i], GSIZE_TO_POINTER ((gsize) i + 1));
  for (gint64 j = 0; j < counts->n_barcodes; j++)
    {
      spots[j] = (gint32) GPOINTER_TO_SIZE (g_hash_table_lookup (table, counts->barcodes[j])) - 1;
      n += spots[j] != NONE;
    }
  return n;
}

/* The same without endings. Returns: how many were found; 0 where two barcodes of one side become alike */
static gint64
match_stems (const SmoothSection *section, const SmoothCounts *counts, gint32 *spots)
{
  g_autoptr (GHashTable) table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree gboolean *taken = g_new0 (gboolean, section->n_spots);
  gint64 n = 0;

  for (gint64 i = 0; i < section->n_spots; i++)
    if (!g_hash_table_insert (table, smooth_i_dup_stem (section->barcodes[i]),
                              GSIZE_TO_POINTER ((gsize) i + 1)))
      return 0;
  for (gint64 j = 0; j < counts->n_barcodes; j++)
    {
      g_autofree char *stem = smooth_i_dup_stem (counts->barcodes[j]);
      spots[j] = (gint32) GPOINTER_TO_SIZE (g_hash_table_lookup (table, stem)) - 1;
      if (spots[j] != NONE && taken[spots[j]])
        return 0;
      if (spots[j] != NONE)
        {
          taken[spots[j]] = TRUE;
          n++;
        }
    }
  return n;
}

/* Returns: (transfer full): up to two of @names: "'A', 'B'" */
static char *
two_of (char *const *names, gint64 n)
{
  return n > 1 ? g_strdup_printf ("'%s', '%s'", names[0], names[1]) : g_strdup_printf ("'%s'", names[0]);
}

static gboolean
match (const SmoothSection *section, const SmoothCounts *counts, const char *positions, gint32 *spots, gint64 *n_matched,
       GError **error)
{
  *n_matched = match_exactly (section, counts, spots);
  if (*n_matched > 0)
    return TRUE;

  g_autofree char *ours = two_of (section->barcodes, section->n_spots);
  g_autofree char *theirs = two_of (counts->barcodes, counts->n_barcodes);
  *n_matched = match_stems (section, counts, spots);
  if (*n_matched > 0)
    {
      smooth_report_add (section->report, SMOOTH_REPORT_WARNING,
                         "no barcode of the counts (%s) is among the positions (%s) as it is: they were matched without their endings",
                         theirs, ours);
      return TRUE;
    }
  smooth_error_set (error, SMOOTH_ERROR_MISMATCH,
                    "the counts and the positions belong to different sections: none of the %" PRId64
                    " barcodes of %s (%s) is among "
                    "the %" PRId64 " of %s (%s)",
                    counts->n_barcodes, counts->path, theirs, section->n_spots, positions, ours);
  return FALSE;
}

/* Whether every column of the matrix belongs to a spot, in the order of the spots, and nobody else holds it. */
static gboolean
is_in_order (const SmoothCounts *counts, const gint32 *spots)
{
  for (gint64 j = 0; j < counts->n_barcodes; j++)
    if (spots[j] == NONE || (j > 0 && spots[j] <= spots[j - 1]))
      return FALSE;
  return g_atomic_ref_count_compare (&counts->matrix->ref_count, 1);
}

/* The matrix with its columns in the order of the spots; spots without counts have empty columns. */
static SmoothSparse *
arrange (const SmoothSection *section, const SmoothCounts *counts, const gint32 *spots, GError **error)
{
  const SmoothSparse *from = counts->matrix;
  g_autofree gint32 *columns = g_new (gint32, section->n_spots);
  gint64 nnz = 0;

  for (gint64 i = 0; i < section->n_spots; i++)
    columns[i] = NONE;
  for (gint64 j = 0; j < counts->n_barcodes; j++)
    if (spots[j] != NONE)
      {
        columns[spots[j]] = (gint32) j;
        nnz += from->starts[j + 1] - from->starts[j];
      }
  SmoothSparse *to = smooth_i_sparse_new_raw (from->n_rows, section->n_spots, nnz, error);
  if (to == NULL)
    return NULL;
  for (gint64 i = 0; i < section->n_spots; i++)
    {
      gint64 n = columns[i] != NONE ? from->starts[columns[i] + 1] - from->starts[columns[i]] : 0;
      if (n > 0)
        {
          memcpy (to->rows + to->starts[i], from->rows + from->starts[columns[i]], (gsize) n * sizeof (gint32));
          memcpy (to->values + to->starts[i], from->values + from->starts[columns[i]], (gsize) n * sizeof (double));
        }
      to->starts[i + 1] = to->starts[i] + n;
    }
  return to;
}

static void
set_flags (SmoothSection *section, const SmoothCounts *counts, const gint32 *spots)
{
  for (gint64 j = 0; j < counts->n_barcodes; j++)
    if (spots[j] != NONE)
      section->spot_flags[spots[j]] |= SMOOTH_SPOT_HAS_COUNTS;
  for (gint64 i = 0; i < section->n_spots; i++)
    {
      double sum = 0.0;
      for (gint64 e = section->counts->starts[i]; e < section->counts->starts[i + 1]; e++)
        sum += section->counts->values[e];
      section->total_counts[i] = sum;
      if (sum == 0.0 && (section->spot_flags[i] & SMOOTH_SPOT_HAS_COUNTS))
        section->spot_flags[i] |= SMOOTH_SPOT_EMPTY;
    }
}

/* A sentence about a number, said only where there is something to count. */
#define SAY(report, level, count, one, many)                                                                                           \
  G_STMT_START                                                                                                                         \
  {                                                                                                                                    \
    if ((count) > 0)                                                                                                                   \
      smooth_report_add_n (report, level, count, one, many, smooth_i_grouped (count).text);                                            \
  }                                                                                                                                    \
  G_STMT_END

/* How many spots have all flags of @set and none of @clear. */
static gint64
count_spots (const SmoothSection *section, guint set, guint clear)
{
  gint64 n = 0;

  for (gint64 i = 0; i < section->n_spots; i++)
    n += (section->spot_flags[i] & set) == set && !(section->spot_flags[i] & clear);
  return n;
}

/* Barcodes of the matrix that have no position: how many, and two of them. */
static void
report_unplaced (const SmoothSection *section, const SmoothCounts *counts, const gint32 *spots, gint64 n_matched)
{
  char *examples[2] = { NULL, NULL };
  gint64 n = 0;

  for (gint64 j = 0; j < counts->n_barcodes && n < 2; j++)
    if (spots[j] == NONE)
      examples[n++] = counts->barcodes[j];
  if (n == 0)
    return;
  g_autofree char *names = two_of (examples, n);
  smooth_report_add (section->report, SMOOTH_REPORT_WARNING,
                     "barcodes of the counts that match the positions: %s of %s; the others were left out: %s%s",
                     smooth_i_grouped (n_matched).text, smooth_i_grouped (counts->n_barcodes).text, names,
                     counts->n_barcodes - n_matched > 2 ? ", ..." : "");
}

static void
report_counts (const SmoothSection *section, const SmoothCounts *counts, gint64 n_matched)
{
  SmoothReport *report = section->report;
  const struct { const char *name; gint64 count; } numbers[] = {
    { N_("positions_rows"), section->n_spots },
    { N_("in_tissue"), count_spots (section, SMOOTH_SPOT_IN_TISSUE, 0) },
    { N_("matrix_barcodes"), counts->n_barcodes },
    { N_("matched"), n_matched },
    { N_("analysed"), count_spots (section, SMOOTH_SPOT_IN_TISSUE | SMOOTH_SPOT_HAS_COUNTS, SMOOTH_SPOT_EMPTY) },
    { N_("without_counts"), count_spots (section, SMOOTH_SPOT_IN_TISSUE, SMOOTH_SPOT_HAS_COUNTS) },
    { N_("empty"), count_spots (section, SMOOTH_SPOT_IN_TISSUE | SMOOTH_SPOT_EMPTY, 0) },
    { N_("off_tissue_with_counts"), count_spots (section, SMOOTH_SPOT_HAS_COUNTS, SMOOTH_SPOT_IN_TISSUE) },
    { N_("without_position"), counts->n_barcodes - n_matched },
    { N_("genes"), section->n_genes },
    { N_("other_features"), counts->n_others },
    { N_("matrix_entries"), smooth_sparse_get_nnz (counts->matrix) },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    smooth_report_count (report, numbers[i].name, numbers[i].count);
  SAY (report, SMOOTH_REPORT_NOTE, section->n_spots, "%s row in the positions", "%s rows in the positions");
  SAY (report, SMOOTH_REPORT_NOTE, numbers[1].count, "%s spot on the tissue", "%s spots on the tissue");
  SAY (report, SMOOTH_REPORT_NOTE, counts->n_barcodes, "%s barcode in the counts", "%s barcodes in the counts");
  SAY (report, SMOOTH_REPORT_NOTE, n_matched, "%s of these barcodes has a position", "%s of these barcodes have a position");
  SAY (report, SMOOTH_REPORT_NOTE, numbers[4].count, "%s spot is analysed: on the tissue, with counts",
       "%s spots are analysed: on the tissue, with counts");
  SAY (report, SMOOTH_REPORT_NOTE, numbers[7].count, "%s spot off the tissue has counts and is not analysed",
       "%s spots off the tissue have counts and are not analysed");
  SAY (report, SMOOTH_REPORT_NOTE, section->n_genes, "%s gene", "%s genes");
  smooth_report_append (report, counts->report);
}

static void
warn (const SmoothSection *section)
{
  SmoothReport *report = section->report;

  SAY (report, SMOOTH_REPORT_WARNING, smooth_report_get_count (report, "without_counts"),
       "%s spot on the tissue has no counts: it is shown and not analysed",
       "%s spots on the tissue have no counts: they are shown and not analysed");
  SAY (report, SMOOTH_REPORT_WARNING, smooth_report_get_count (report, "empty"),
       "%s spot on the tissue has counts that are all zero: it is shown and not analysed",
       "%s spots on the tissue have counts that are all zero: they are shown and not analysed");
  if (smooth_report_get_count (report, "analysed") < 2)
    smooth_report_add (report, SMOOTH_REPORT_WARNING,
                       smooth_report_get_count (report, "analysed") == 1
                         ? N_("only one spot can be analysed, while a graph needs at least two spots")
                         : N_("no spot can be analysed, while a graph needs at least two spots"));
}

/**
 * smooth_i_section_set_counts:
 * @section: has its spots; gets genes, counts, flags, totals and the report
 * @counts: gives away the names of its genes
 * @positions: the path of the positions, for messages
 *
 * Barcodes are matched as they are and, only where none matches, without endings such as '-1'. That still none matches
 * is an error with examples of both sides.
 */
gboolean
smooth_i_section_set_counts (SmoothSection *section, SmoothCounts *counts, const char *positions, SmoothRun *run, GError **error)
{
  g_autofree gint32 *spots = g_new (gint32, MAX (counts->n_barcodes, 1));
  gint64 n_matched;

  if (counts->n_barcodes == 0 || counts->n_genes == 0)
    {
      smooth_error_set (error, SMOOTH_ERROR_FORMAT,
                        "%s: expected genes and barcodes, found %" PRId64 " genes and %" PRId64 " barcodes", counts->path,
                        counts->n_genes, counts->n_barcodes);
      return FALSE;
    }
  if (!smooth_run_check (run, error) || !match (section, counts, positions, spots, &n_matched, error))
    return FALSE;
  if (is_in_order (counts, spots))
    {
      if (counts->n_barcodes < section->n_spots && !smooth_i_sparse_spread (counts->matrix, spots, section->n_spots, error))
        return FALSE;
      section->counts = smooth_sparse_ref (counts->matrix);
    }
  else
    section->counts = arrange (section, counts, spots, error);
  if (section->counts == NULL)
    return FALSE;
  section->n_genes = counts->n_genes;
  section->gene_ids = g_steal_pointer (&counts->gene_ids);
  section->gene_names = g_steal_pointer (&counts->gene_names);
  set_flags (section, counts, spots);
  report_counts (section, counts, n_matched);
  report_unplaced (section, counts, spots, n_matched);
  warn (section);
  return TRUE;
}

/**
 * smooth_i_section_set_no_counts:
 * @section: has its spots; gets no genes, and the report
 */
gboolean
smooth_i_section_set_no_counts (SmoothSection *section, GError **error)
{
  g_autoptr (SmoothCounts) none = smooth_i_counts_new (section->path);

  section->counts = smooth_sparse_new (0, section->n_spots, 0, error);
  if (section->counts == NULL)
    return FALSE;
  none->matrix = smooth_sparse_ref (section->counts);
  section->gene_ids = g_new0 (char *, 1);
  section->gene_names = g_new0 (char *, 1);
  report_counts (section, none, 0);
  return TRUE;
}
