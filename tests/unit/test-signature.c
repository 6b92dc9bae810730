/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of section/signature and section/labels: orientation, matching, scales, bad tables, labels by barcode. */
#include "base/error.h"
#include "section/labels.h"
#include "section/signature-private.h"

#include "made-section.h"

#include <math.h>

static const char *const barcodes[] = { "AAACCCGGGT-1", "CCCGGGTTTA-1", "GGGTTTAAAC-1", "TTTAAACCCG-1", NULL };
static const char *const ids[] = { "ENSG00000000001", "ENSG00000000002", "ENSG00000000003.4", "ENSG00000000004", "ENSG00000000005", NULL };
static const char *const symbols[] = { "CD4", "CD8A", "MS4A1", "DUP", "DUP", NULL };
static const double counts[] = { 1, 2, 3, 4, 0, /**/ 0, 0, 5, 5, 10, /**/ 2, 0, 0, 0, 0, /**/ 0, 0, 0, 0, 0 };

static SmoothSection *
new_section (void)
{
  return made_section_new (barcodes, ids, symbols, counts);
}

static SmoothSignature *
load (const char *text, SmoothScale scale, GError **error)
{
  g_autoptr (SmoothSection) section = new_section ();
  char *path = made_file (".csv", text);
  SmoothSignature *signature = smooth_signature_load (path, section, scale, error);

  made_file_remove (path);
  return signature;
}

static double
value_at (const SmoothSignature *signature, gint64 gene, gint64 type)
{
  return smooth_matrix_column (signature->values, type)[gene];
}

static void
test_orientation (void)
{
  const char *tables[] = { "gene,T,B\nCD4,30,0.5\nMS4A1,0,70\nother,1,2\n", "type,CD4,MS4A1,other\nT,30,0,1\nB,0.5,70,2\n",
                           "\"T\" \"B\"\n\"CD4\" 30 0.5\n\"MS4A1\" 0 70\n\"other\" 1 2\n" };

  for (gsize i = 0; i < G_N_ELEMENTS (tables); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (SmoothSignature) signature = load (tables[i], SMOOTH_SCALE_GUESS, &error);
      g_assert_no_error (error);
      g_assert_cmpint (signature->n_genes, ==, 3);
      g_assert_cmpint (signature->n_types, ==, 2);
      g_assert_cmpstr (signature->gene_names[1], ==, "MS4A1");
      g_assert_cmpstr (signature->type_names[1], ==, "B");
      g_assert_cmpfloat (value_at (signature, 0, 0), ==, 30.0);
      g_assert_cmpfloat (value_at (signature, 0, 1), ==, 0.5);
      g_assert_cmpfloat (value_at (signature, 1, 1), ==, 70.0);
      g_assert_cmpint (signature->scale, ==, SMOOTH_SCALE_COUNTS);
      g_assert_cmpint (smooth_report_get_count (signature->report, "signature_genes"), ==, 3);
      g_assert_cmpint (smooth_report_get_count (signature->report, "matched_genes"), ==, 2);
    }
}

/* Identifiers with and without version, symbols, other case, names that come twice. */
static void
test_matching (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothSignature) signature
      = load ("gene,T,B\nENSG00000000003.11,30,0.5\ncd8a,1,2\nCD4,1,2\nCD4,5,5\nDUP,1,1\nno1,1,1\nno2,1,1\nensg00000000005.2,1,1\n",
              SMOOTH_SCALE_COUNTS, &error);

  g_assert_no_error (error);
  g_assert_cmpint (smooth_report_get_count (signature->report, "matched_genes"), ==, 5);
  g_assert_true (report_has (signature->report, SMOOTH_REPORT_NOTE, "5 of 8 genes of the reference are in the section: 2 by symbol, "
                                                                    "1 by identifier, 2 only without regard"));
  g_assert_true (report_has (signature->report, SMOOTH_REPORT_NOTE, "2 genes of the reference not in the section: no1, no2"));
  g_assert_true (report_has (signature->report, SMOOTH_REPORT_WARNING, "1 gene of the reference left out, as the same gene came before under this or another name: CD4"));
  g_assert_true (report_has (signature->report, SMOOTH_REPORT_WARNING, "share only 5 genes, of 8 genes of the reference and 5"));
}

static void
assert_refused (const char *text, SmoothError code, const char *words)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothSignature) signature = load (text, SMOOTH_SCALE_GUESS, &error);

  g_assert_null (signature);
  g_assert_error (error, SMOOTH_ERROR, (gint) code);
  if (strstr (error->message, words) == NULL)
    g_error ("expected '%s' in: %s", words, error->message);
}

static void
test_bad_tables (void)
{
  assert_refused ("gene,T,B\nCD4,1,nan\n", SMOOTH_ERROR_VALUE, ":2: column 'B': expected a number, found 'nan'");
  assert_refused ("gene,T,B\nCD4,1,2\n\nMS4A1,,2\n", SMOOTH_ERROR_VALUE, ":4: column 'T': expected a number, found an empty cell");
  assert_refused ("gene,T,B\nCD4,1,-2\n", SMOOTH_ERROR_VALUE, ":2: column 'B': expected a number >= 0, found -2");
  assert_refused ("type,CD4,MS4A1\nT,1,x\n", SMOOTH_ERROR_VALUE, ":2: column 'MS4A1': expected a number, found 'x'");
  assert_refused ("gene,T,T\nCD4,1,2\n", SMOOTH_ERROR_FORMAT, "column 3: expected every type once, found 'T' again");
  assert_refused ("type,CD4,MS4A1\nT,1,2\nT,1,2\n", SMOOTH_ERROR_FORMAT, "line 3: expected every type once, found 'T' again");
  assert_refused ("gene,T,\nCD4,1,2\n", SMOOTH_ERROR_FORMAT, "column 3: expected the name of a type, found none");
  assert_refused ("gene,T,B\nx,1,2\ny,3,4\n", SMOOTH_ERROR_MISMATCH, "rows are x, y, columns are T, B");
  assert_refused ("gene,T,B\nx,1,2\ny,3,4\n", SMOOTH_ERROR_MISMATCH, "symbols CD4, CD8A, MS4A1, ...");
  assert_refused ("gene,T,B\nCD4,0,0\n", SMOOTH_ERROR_VALUE, "found only zeros");
  assert_refused ("gene,T,B\n", SMOOTH_ERROR_FORMAT, "found 1 rows and 3 columns");
  assert_refused ("CD4\nCD8A\n", SMOOTH_ERROR_FORMAT, "found 2 rows and 1 columns");
  assert_refused ("gene [scale=log3],T,B\nCD4,1,2\n", SMOOTH_ERROR_FORMAT, "first cell: expected a scale");
  assert_refused ("gene [scale=log1p depth=-1],T,B\nCD4,1,2\n", SMOOTH_ERROR_FORMAT, "first cell: expected a scale");
  assert_refused ("gene [scale=log1p,T,B\nCD4,1,2\n", SMOOTH_ERROR_FORMAT, "first cell: expected a scale");
}

static void
test_scale (void)
{
  g_autoptr (SmoothSignature) tagged = load ("gene [scale=log1p depth=716.5],T,B\nCD4,30,2\n", SMOOTH_SCALE_GUESS, NULL);
  g_autoptr (SmoothSignature) forced = load ("gene [scale=log1p depth=716.5],T,B\nCD4,30,2\n", SMOOTH_SCALE_COUNTS, NULL);
  g_autoptr (SmoothSignature) asked = load ("gene,T,B\nCD4,30,2\n", SMOOTH_SCALE_LOG2, NULL);

  g_assert_cmpint (tagged->scale, ==, SMOOTH_SCALE_LOG1P);
  g_assert_cmpfloat (tagged->depth, ==, 716.5);
  g_assert_cmpint (forced->scale, ==, SMOOTH_SCALE_COUNTS);
  g_assert_cmpfloat (forced->depth, ==, 0.0);
  g_assert_true (report_has (forced->report, SMOOTH_REPORT_WARNING, "although its first cell says log1p"));
  g_assert_cmpint (asked->scale, ==, SMOOTH_SCALE_LOG2);
}

/* Tables made by a known rule, each on the scale that the guess must find. */
static void
test_guess (void)
{
  enum { N = 3000, K = 4 };
  g_autoptr (SmoothMatrix) counts_table = smooth_matrix_new (N, K, NULL);
  g_autoptr (SmoothMatrix) table = smooth_matrix_new (N, K, NULL);
  const double totals[K] = { 3000, 9000, 4000, 7000 };
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);

  for (int k = 0; k < K; k++)
    {
      double sum = 0.0;
      double *column = smooth_matrix_column (counts_table, k);
      for (int i = 0; i < N; i++)
        sum += column[i] = exp (2.0 * sqrt (-2.0 * log (1.0 - g_rand_double (rand))) * cos (6.283185307 * g_rand_double (rand)));
      for (int i = 0; i < N; i++)
        column[i] *= totals[k] / sum;
    }
  for (int which = 0; which < 6; which++)
    {
      static const SmoothScale expected[] = { SMOOTH_SCALE_COUNTS, SMOOTH_SCALE_COUNTS, SMOOTH_SCALE_COUNTS,
                                              SMOOTH_SCALE_LOG1P,  SMOOTH_SCALE_LOG1P,  SMOOTH_SCALE_LOG2 };
      SmoothWording reason = { NULL };
      for (int i = 0; i < N * K; i++)
        {
          double v = counts_table->values[i];
          double per_million = v / totals[i / N] * 1e6;
          table->values[i] = which == 0   ? v
                             : which == 1 ? per_million
                             : which == 2 ? per_million / 1e6
                             : which == 3 ? log1p (v)
                             : which == 4 ? log1p (per_million / 100)
                                          : log2 (1 + 30 * per_million);
        }
      g_assert_cmpint (smooth_i_scale_guess (table, &reason), ==, expected[which]);
      g_assert_nonnull (reason.shown);
      smooth_i_wording_clear (&reason);
    }
}

/* Small fractional values: a few large ones among them speak for counts, none for logarithms. */
static void
test_guess_tail (void)
{
  double values[400];
  SmoothWording with = { NULL }, without = { NULL };

  for (int i = 0; i < 400; i++)
    values[i] = (i % 100 == 0 ? 20.5 : 0.1 + 0.0001 * (i % 200)) * (i < 200 ? 1 : 1.1);
  g_autoptr (SmoothMatrix) tail = smooth_matrix_new_from_values (200, 2, values, NULL);
  g_assert_cmpint (smooth_i_scale_guess (tail, &with), ==, SMOOTH_SCALE_COUNTS);
  g_assert_nonnull (strstr (with.shown, "the largest 1 % of the values make"));
  for (int i = 0; i < 400; i += 100)
    values[i] = 0.6 + 0.001 * i;
  g_autoptr (SmoothMatrix) flat = smooth_matrix_new_from_values (200, 2, values, NULL);
  g_assert_cmpint (smooth_i_scale_guess (flat, &without), ==, SMOOTH_SCALE_LOG1P);
  smooth_i_wording_clear (&with);
  smooth_i_wording_clear (&without);
}

static void
test_new_from_labels (void)
{
  g_autoptr (SmoothSection) section = new_section ();
  const char *labels[] = { "b", "a", "b", "empty", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothSignature) signature = smooth_signature_new_from_labels (section, labels, 0.0, &error);

  g_assert_no_error (error);
  g_assert_cmpint (signature->n_types, ==, 2);
  g_assert_cmpstr (signature->type_names[0], ==, "a");
  g_assert_cmpstr (signature->gene_names[0], ==, "CD4");
  g_assert_cmpstr (signature->gene_names[3], ==, "ENSG00000000004");
  g_assert_cmpint (signature->scale, ==, SMOOTH_SCALE_LOG1P);
  g_assert_cmpfloat (signature->depth, ==, 10.0); /* the median of 10, 20 and 2 */
  g_assert_cmpfloat_with_epsilon (value_at (signature, 2, 0), log1p (2.5), 1e-15);
  g_assert_cmpfloat_with_epsilon (value_at (signature, 0, 1), (log1p (1.0) + log1p (10.0)) / 2, 1e-15);
  g_assert_true (report_has (signature->report, SMOOTH_REPORT_WARNING, "'a' has only 1 labelled spots"));
  g_assert_true (report_has (signature->report, SMOOTH_REPORT_WARNING, "'empty' is left out"));

  const char *none[] = { NULL, NULL, NULL, "empty", NULL };
  g_assert_null (smooth_signature_new_from_labels (section, none, 0.0, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_MISMATCH);
}

/* What is saved reads back to the bit, names with commas and quotes too. */
static void
test_save (void)
{
  const char *endings[] = { ".csv", ".tsv" };
  g_autoptr (SmoothSection) section = new_section ();
  const char *labels[] = { "T, \"naive\"", " a\tb", NULL, NULL, NULL };
  g_autoptr (SmoothSignature) signature = smooth_signature_new_from_labels (section, labels, 1.0 / 3.0, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (endings); i++)
    {
      g_autoptr (GError) error = NULL;
      char *path = made_file (endings[i], "");
      g_assert_true (smooth_signature_save (signature, path, &error));
      g_assert_no_error (error);
      g_autoptr (SmoothSignature) again = smooth_signature_load (path, section, SMOOTH_SCALE_GUESS, &error);
      g_assert_no_error (error);
      made_file_remove (path);
      g_assert_cmpint (again->scale, ==, SMOOTH_SCALE_LOG1P);
      g_assert_cmpfloat (again->depth, ==, 1.0 / 3.0);
      g_assert_true (g_strv_equal ((const char *const *) again->type_names, (const char *const *) signature->type_names));
      g_assert_true (g_strv_equal ((const char *const *) again->gene_names, (const char *const *) signature->gene_names));
      g_assert_true (memcmp (again->values->values, signature->values->values, 5 * 2 * sizeof (double)) == 0);
    }
  g_autoptr (GError) error = NULL;
  g_assert_false (smooth_signature_save (signature, "x.csv.gz", &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
}

/* The labels of the four spots joined by '|', '-' for none; or the error's message. */
static char *
read_labels (const char *text, const char *column, SmoothReport *report)
{
  g_autoptr (SmoothSection) section = new_section ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) all = g_string_new (NULL);
  char *path = made_file (".csv", text);
  char **labels = smooth_labels_load (path, section, column, report, &error);

  made_file_remove (path);
  if (labels == NULL)
    return g_strdup (strchr (error->message, ':'));
  for (int s = 0; s < 4; s++)
    g_string_append_printf (all, "%s|", labels[s] != NULL ? labels[s] : "-");
  smooth_labels_free (labels, section->n_spots);
  return g_string_free (g_steal_pointer (&all), FALSE);
}

static void
test_labels (void)
{
  const struct
  {
    const char *text, *column, *expected;
  } cases[] = {
    { "barcode,label\nGGGTTTAAAC-1,x\nAAACCCGGGT-1,y z\n", NULL, "y z|-|x|-|" },
    { "AAACCCGGGT-1,1\nCCCGGGTTTA-1,NA\nGGGTTTAAAC-1,\n", NULL, "1|-|-|-|" },
    { "n,barcode,layer,k\n5,AAACCCGGGT-1,L1,3\n6,TTTAAACCCG-1,L2,4\n", NULL, "L1|-|-|L2|" },
    { "n,barcode,layer,k\n5,AAACCCGGGT-1,L1,3\n6,TTTAAACCCG-1,L2,4\n", "k", "3|-|-|4|" },
    { "\"layer\" \"sample\"\n\"AAACCCGGGT-1.8\" \"L3\" \"151673\"\n\"CCCGGGTTTA-1.3\" NA \"151673\"\n", NULL, "L3|-|-|-|" },
    { "b,l\nAAACCCGGGT-1,x\nAAAAAAAAAA-1,y\n", NULL, "x|-|-|-|" },
    { "b,l\nAAACCCGGGT-1,x\n", "m", ": expected a column 'm', found the columns l" },
    { "b,k,l\nAAACCCGGGT-1,1,2\n", NULL, ": expected a column of words as labels, found only numbers: name the column, one of k, l" },
    { "b\nAAACCCGGGT-1\n", NULL, ": expected barcodes and labels, found one column" },
    { "b,l\nAAACCCGGGT-1,x\nAAACCCGGGT-1,x\n", NULL, ":3: expected every barcode once, found AAACCCGGGT-1 again (first in line 2)" },
    { "b,l\nno,x\n", NULL,
      ": expected barcodes of the section such as AAACCCGGGT-1, found none of them in 2 rows; the last row begins with 'no'" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (SmoothReport) report = smooth_report_new ();
      g_autofree char *found = read_labels (cases[i].text, cases[i].column, report);
      g_assert_cmpstr (found, ==, cases[i].expected);
      g_assert_cmpint (report_has (report, SMOOTH_REPORT_WARNING, "only without what stands behind"), ==, i == 4);
    }
}

static void
test_barcodes (void)
{
  const char *texts[] = { "AAACCCGGGT-1\nGGGTTTAAAC-1\nxx\n", "barcode,n\nAAACCCGGGT-1,3\nGGGTTTAAAC-1,4\n" };
  g_autoptr (SmoothSection) section = new_section ();

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (SmoothReport) report = smooth_report_new ();
      g_autoptr (GError) error = NULL;
      char *path = made_file (".txt", texts[i]);
      g_autofree gboolean *listed = smooth_barcodes_load (path, section, report, &error);
      made_file_remove (path);
      g_assert_no_error (error);
      g_assert_true (listed[0] && !listed[1] && listed[2] && !listed[3]);
      g_assert_cmpint (smooth_report_get_count (report, "listed_spots"), ==, 2);
    }
}

/* Real tables: how many genes they have, how many match, which scale they are on. */
static void
test_real_tables (void)
{
  const struct
  {
    const char *section, *table;
    gint64 n_genes, n_types, n_matched;
    SmoothScale scale;
  } cases[] = {
    { "truth_lymph_pseudospots_DERIVED", "truth_lymph_pseudospots_DERIVED/reference/signature_types_x_genes.csv", 10237, 11, 9756,
      SMOOTH_SCALE_COUNTS },
    { "human_lymph_node_V1", "human_lymph_node_V1/reference/signature_types_x_genes.csv", 10237, 11, 558, SMOOTH_SCALE_COUNTS },
    { "human_lymph_node_V1", "signatures/human_tumour_SpaCET_19090x18.csv.gz", 19090, 18, 1006, SMOOTH_SCALE_COUNTS },
    { "dlpfc_151673", "dlpfc_151673/smoother/DLPFC_151673_marker_log_exp_by_layer.txt", 350, 7, 19, SMOOTH_SCALE_LOG2 },
  };
  g_autofree char *data = shared_folder ("");

  for (gsize i = 0; data != NULL && i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *folder = g_build_filename (data, cases[i].section, NULL);
      g_autofree char *table = g_build_filename (data, cases[i].table, NULL);
      g_autoptr (SmoothSection) section = smooth_section_load (folder, NULL, &error);
      g_assert_no_error (error);
      g_autoptr (SmoothSignature) signature = smooth_signature_load (table, section, SMOOTH_SCALE_GUESS, &error);
      g_assert_no_error (error);
      g_assert_cmpint (signature->n_genes, ==, cases[i].n_genes);
      g_assert_cmpint (signature->n_types, ==, cases[i].n_types);
      g_assert_cmpint (smooth_report_get_count (signature->report, "matched_genes"), ==, cases[i].n_matched);
      g_assert_cmpint (signature->scale, ==, cases[i].scale);
      g_assert_cmpint (report_has (signature->report, SMOOTH_REPORT_WARNING, "share only 19 genes, of 350 genes of the reference and 580"),
                       ==, cases[i].n_matched == 19);
    }
}

/* On the scale of counts a value is the mean of depth-normalised counts, and markers keep values, names and order. */
static void
test_scales_and_markers (void)
{
  static const char *const spots[] = { "S1-1", "S2-1", "S3-1", NULL }, *const genes[] = { "A", "B", "C", "D", NULL };
  static const char *const labels[] = { "x", "x", "y" };
  static const double numbers[] = { 6, 2, 1, 1, 4, 0, 4, 2, 1, 5, 3, 1 }; /* of totals 10 */
  g_autoptr (SmoothSection) section = made_section_new (spots, genes, genes, numbers);
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothSignature) signature = smooth_signature_new_mean (section, labels, SMOOTH_SCALE_COUNTS, 100.0, &error);

  g_assert_no_error (error);
  g_assert_cmpint (signature->scale, ==, SMOOTH_SCALE_COUNTS);
  g_assert_cmpfloat (signature->depth, ==, 0.0);
  static const double expected[] = { 50, 10, 25, 15, 10, 50, 30, 10 };
  for (gint i = 0; i < 8; i++)
    g_assert_cmpfloat_with_epsilon (signature->values->values[i], expected[i], 1e-12);

  /* Leads in logarithms: x by A (1.53) and D (0.37), y by B (1.53) and C (0.18). */
  g_autoptr (SmoothSignature) one = smooth_signature_new_of_markers (signature, 1, &error);
  g_assert_cmpint (one->n_genes, ==, 2);
  g_assert_cmpstr (one->gene_names[0], ==, "A");
  g_assert_cmpstr (one->gene_names[1], ==, "B");
  g_assert_cmpfloat (smooth_matrix_column (one->values, 1)[1], ==, smooth_matrix_column (signature->values, 1)[1]);
  g_assert_cmpint (one->scale, ==, SMOOTH_SCALE_COUNTS);
  g_autoptr (SmoothSignature) all = smooth_signature_new_of_markers (signature, 5, &error);
  g_assert_cmpint (all->n_genes, ==, 4);
  g_assert_cmpstr (all->type_names[1], ==, "y");
}

static void
test_cells (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (g_getenv ("SMOOTH_TESTS_DIR"), "..", "data", "sample", "reference", "cells", NULL);
  g_autofree char *none = g_build_filename (g_getenv ("SMOOTH_TESTS_DIR"), "unit", NULL);
  g_autoptr (SmoothSection) cells = smooth_section_load_cells (path, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpint (cells->n_spots, ==, 320);
  g_assert_cmpint (cells->n_genes, ==, 400);
  g_assert_cmpstr (cells->barcodes[0], ==, "CELL00001-1");
  g_assert_cmpint (cells->spot_flags[319], ==, SMOOTH_SPOT_IN_TISSUE | SMOOTH_SPOT_HAS_COUNTS);
  g_assert_cmpint (g_strv_length (cells->input_files), ==, 3);
  g_assert_null (smooth_section_load_cells (none, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FILE);
}

/* Single cells as a reference: a folder, the matrix in it, or a table; the types come from a table beside. */
static void
test_cells_as_reference (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *sample = g_build_filename (g_getenv ("SMOOTH_TESTS_DIR"), "..", "data", "sample", NULL);
  g_autofree char *folder = g_build_filename (sample, "reference", "cells", NULL);
  g_autofree char *matrix = g_build_filename (folder, "matrix.mtx.gz", NULL);
  g_autofree char *column = g_strconcat (folder, "#cell_type", NULL);
  g_autofree char *wrong = g_strconcat (folder, "#cluster", NULL);
  g_autofree char *labels = g_build_filename (folder, "cell_types.csv", NULL);
  g_autoptr (SmoothSection) section = smooth_section_load (sample, NULL, &error);
  g_autoptr (SmoothSection) cells = smooth_section_load_cells (folder, NULL, &error);
  g_autoptr (SmoothReport) report = smooth_report_new ();
  char **types = smooth_labels_load (labels, cells, NULL, report, &error);
  g_autoptr (SmoothSignature) expected = smooth_signature_new_from_labels (cells, (const char *const *) types, 0.0, &error);
  const char *const paths[] = { folder, matrix, column };
  gint size = (gint) (expected->n_genes * expected->n_types) * (gint) sizeof (double);

  smooth_labels_free (types, cells->n_spots);
  for (gint i = 0; i < 3; i++)
    {
      g_autoptr (SmoothSignature) signature = smooth_signature_load (paths[i], section, SMOOTH_SCALE_GUESS, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (signature->path, ==, paths[i]);
      g_assert_cmpint (signature->scale, ==, SMOOTH_SCALE_LOG1P);
      g_assert_cmpint (signature->n_types, ==, expected->n_types);
      g_assert_cmpmem (signature->values->values, size, expected->values->values, size);
      g_assert_true (g_strv_contains ((const char *const *) signature->input_files, labels));
      g_assert_cmpint (g_strv_length (signature->input_files), ==, 4);
      g_assert_true (report_has (signature->report, SMOOTH_REPORT_NOTE, "cell_types.csv"));
    }
  g_assert_null (smooth_signature_load (wrong, section, SMOOTH_SCALE_GUESS, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_MISMATCH);
  g_assert_nonnull (strstr (error->message, "expected a column of labels 'cluster', found cell_type"));
}

/* A table with more columns, or rows, than there are types in the world holds cells. */
static void
test_table_of_cells (void)
{
  static const char *const spots[] = { "S1-1", "S2-1", NULL }, *const genes[] = { "A", "B", "C", NULL };
  static const double numbers[] = { 6, 2, 1, 1, 4, 0 };
  g_autoptr (SmoothSection) section = made_section_new (spots, genes, genes, numbers);
  g_autofree char *folder = g_dir_make_tmp ("smooth-cells-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "counts.csv", NULL), *labels = g_build_filename (folder, "types.tsv", NULL);

  for (gint turned = 0; turned < 2; turned++)
    {
      g_autoptr (GString) table = g_string_new ("id"), types = g_string_new ("cell\ttype\tbatch\tn\n");
      g_autoptr (GError) error = NULL;
      gint n_rows = turned ? 3 : 600, n_columns = turned ? 600 : 3;
      for (gint c = 0; c < n_columns; c++)
        g_string_append_printf (table, turned ? ",cell%d" : ",%c", turned ? c : 'A' + c);
      for (gint r = 0; r < n_rows; r++)
        {
          g_string_append_printf (table, turned ? "\n%c" : "\ncell%d", turned ? 'A' + r : r);
          for (gint c = 0; c < n_columns; c++)
            g_string_append_printf (table, ",%d", (turned ? c % 2 == r : r % 2 == c) ? 9 : 1);
        }
      for (gint i = 0; i < 600; i++)
        g_string_append_printf (types, "cell%d\t%s\tone\t%d\n", i, i % 2 ? "odd" : "even", i);
      g_assert_true (g_file_set_contents (path, table->str, -1, NULL));
      g_remove (labels);
      g_assert_null (smooth_signature_load (path, section, SMOOTH_SCALE_GUESS, &error));
      g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FILE);
      g_assert_nonnull (strstr (error->message, "expected a table of barcodes and labels"));
      g_clear_error (&error);
      g_assert_true (g_file_set_contents (labels, types->str, -1, NULL));
      g_autoptr (SmoothSignature) signature = smooth_signature_load (path, section, SMOOTH_SCALE_GUESS, &error);
      g_assert_no_error (error);
      g_assert_cmpint (signature->n_types, ==, 2);
      g_assert_cmpstr (signature->type_names[0], ==, "even");
      g_assert_cmpfloat_with_epsilon (signature->values->values[0], log1p (9), 1e-12);
      g_assert_cmpfloat_with_epsilon (signature->values->values[1], log1p (1), 1e-12);
      g_assert_cmpfloat_with_epsilon (smooth_matrix_column (signature->values, 1)[1], log1p (9), 1e-12);
    }
  g_remove (path);
  g_remove (labels);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/signature/orientation", test_orientation);
  g_test_add_func ("/signature/matching", test_matching);
  g_test_add_func ("/signature/bad-tables", test_bad_tables);
  g_test_add_func ("/signature/scale", test_scale);
  g_test_add_func ("/signature/guess", test_guess);
  g_test_add_func ("/signature/guess-tail", test_guess_tail);
  g_test_add_func ("/signature/new-from-labels", test_new_from_labels);
  g_test_add_func ("/signature/save", test_save);
  g_test_add_func ("/signature/scales-and-markers", test_scales_and_markers);
  g_test_add_func ("/signature/cells", test_cells);
  g_test_add_func ("/signature/cells-as-reference", test_cells_as_reference);
  g_test_add_func ("/signature/table-of-cells", test_table_of_cells);
  g_test_add_func ("/labels/load", test_labels);
  g_test_add_func ("/labels/barcodes", test_barcodes);
  g_test_add_func ("/signature/real-tables", test_real_tables);
  return g_test_run ();
}
