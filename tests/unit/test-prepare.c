/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of section/prepare: the formulas of the scales, markers, threads, bad input, and two real sections. */
#include "base/error.h"
#include "files/text.h"
#include "section/labels.h"
#include "section/prepare-private.h"
#include "section/signature-private.h"

#include "made-section.h"

#include <math.h>

static const char *const barcodes[] = { "AAACCCGGGT-1", "CCCGGGTTTA-1", "GGGTTTAAAC-1", "TTTAAACCCG-1", NULL };
static const char *const genes[] = { "G1", "G2", "G3", "G4", "G5", NULL };
static const double counts[] = { 1, 2, 3, 4, 0, /**/ 0, 0, 5, 5, 10, /**/ 0, 0, 0, 0, 0, /**/ 2, 0, 40, 0, 0 };
static const double totals[] = { 10, 20, 0, 42 };

static SmoothSection *
new_section (void)
{
  return made_section_new (barcodes, genes, genes, counts);
}

/* A signature of n_genes genes x 2 types. @values: gene by gene. */
static SmoothSignature *
new_signature (const char *const *names, const double *values, SmoothScale scale, double depth)
{
  gint64 n = g_strv_length ((char **) names);
  SmoothSignature *signature = smooth_i_signature_new (n, 2, NULL);

  for (gint64 i = 0; i < n; i++)
    {
      signature->gene_names[i] = g_strdup (names[i]);
      for (int k = 0; k < 2; k++)
        smooth_matrix_column (signature->values, k)[i] = values[2 * i + k];
    }
  signature->type_names[0] = g_strdup ("T");
  signature->type_names[1] = g_strdup ("B");
  signature->scale = scale;
  signature->depth = depth;
  return signature;
}

static SmoothPrepared *
prepare (const SmoothSection *section, const SmoothSignature *signature, gint scale, double depth, gint markers, GError **error)
{
  SmoothPrepareSettings settings = { scale, depth, markers };

  return smooth_prepared_new (section, signature, &settings, NULL, error);
}

static const char *const table_genes[] = { "G3", "other", "g1", "G5", NULL };

static const double table_counts[] = { 4, 1, /**/ 5, 6, /**/ 2, 8, /**/ 1, 3 };

/* Checks a preparation of table_genes against the formulas, written out: shared are G1, G3, G5. */
static void
assert_formula (SmoothScale scale, double signature_depth, gint prepare_scale, double depth, double expected_depth)
{
  const int rows[] = { 2, 0, 3 }, shared[] = { 0, 2, 4 };
  g_autoptr (SmoothSection) section = new_section ();
  g_autoptr (GError) error = NULL;
  double values[8], linear[3][2], shares[3], sums[2] = { 0, 0 };

  for (int i = 0; i < 8; i++)
    values[i] = scale == SMOOTH_SCALE_LOG1P ? log1p (table_counts[i])
                : scale == SMOOTH_SCALE_LOG2 ? log2 (1 + table_counts[i])
                                             : table_counts[i];
  g_autoptr (SmoothSignature) signature = new_signature (table_genes, values, scale, signature_depth);
  g_autoptr (SmoothPrepared) prepared = prepare (section, signature, prepare_scale, depth, 0, &error);
  g_assert_no_error (error);
  g_assert_cmpint (prepared->n_genes, ==, 3);
  g_assert_cmpint (prepared->n_spots, ==, 3);
  g_assert_cmpfloat (prepared->depth, ==, expected_depth);

  for (int s = 0, spot = 0; s < 3; s++, spot += s == 2 ? 2 : 1)
    {
      double dense[3] = { 0, 0, 0 };
      g_assert_cmpint (prepared->spots[s], ==, spot);
      shares[s] = 0.0;
      for (gint64 e = prepared->expression->starts[s]; e < prepared->expression->starts[s + 1]; e++)
        dense[prepared->expression->rows[e]] = prepared->expression->values[e];
      for (int i = 0; i < 3; i++)
        {
          double count = counts[spot * 5 + shared[i]];
          double scaled = expected_depth > 0 ? count / totals[spot] * expected_depth : count;
          shares[s] += scaled;
          g_assert_cmpfloat_with_epsilon (dense[i], expected_depth > 0 ? log1p (scaled) : scaled, 1e-14);
        }
    }

  double u = MAX (MIN (shares[0], shares[1]), MIN (MAX (shares[0], shares[1]), shares[2]));
  for (int i = 0; i < 3; i++)
    for (int k = 0; k < 2; k++)
      sums[k] += linear[i][k] = table_counts[2 * rows[i] + k];
  double factor = u / (0.5 * (sums[0] + sums[1]));
  for (int i = 0; i < 3; i++)
    for (int k = 0; k < 2; k++)
      {
        double expected = expected_depth > 0 ? log1p (factor * linear[i][k]) : factor * linear[i][k];
        if (signature_depth > 0 && expected_depth > 0)
          expected = log1p (linear[i][k] * expected_depth / signature_depth);
        g_assert_cmpfloat_with_epsilon (smooth_matrix_column (prepared->signature, k)[i], expected, 1e-13);
      }
}

static void
test_formulas (void)
{
  assert_formula (SMOOTH_SCALE_COUNTS, 0, SMOOTH_PREPARE_LOG1P, 0, 20);
  assert_formula (SMOOTH_SCALE_LOG1P, 0, SMOOTH_PREPARE_LOG1P, 0, 20);
  assert_formula (SMOOTH_SCALE_LOG2, 0, SMOOTH_PREPARE_LOG1P, 1000, 1000);
  assert_formula (SMOOTH_SCALE_LOG1P, 35, SMOOTH_PREPARE_LOG1P, 0, 35);
  assert_formula (SMOOTH_SCALE_LOG1P, 35, SMOOTH_PREPARE_LOG1P, 70, 70);
  assert_formula (SMOOTH_SCALE_COUNTS, 0, SMOOTH_PREPARE_COUNTS, 0, 0);
  assert_formula (SMOOTH_SCALE_LOG1P, 35, SMOOTH_PREPARE_COUNTS, 0, 0);
}

/* A table whose types differ much in their sum is normalised first: then only shares count. */
static void
test_normalised (void)
{
  const double even[] = { 4, 1, /**/ 5, 6, /**/ 2, 8, /**/ 1, 3 };
  double uneven[8];
  g_autoptr (SmoothSection) section = new_section ();

  for (int i = 0; i < 8; i++)
    uneven[i] = even[i] * (i % 2 ? 18.0 * 100 : 12.0);
  g_autoptr (SmoothSignature) a = new_signature (table_genes, even, SMOOTH_SCALE_COUNTS, 0);
  g_autoptr (SmoothSignature) b = new_signature (table_genes, uneven, SMOOTH_SCALE_COUNTS, 0);
  g_autoptr (SmoothPrepared) of_a = prepare (section, a, SMOOTH_PREPARE_COUNTS, 0, 0, NULL);
  g_autoptr (SmoothPrepared) of_b = prepare (section, b, SMOOTH_PREPARE_COUNTS, 0, 0, NULL);
  const double *x = of_a->signature->values, *y = of_b->signature->values;

  g_assert_cmpfloat_with_epsilon (x[0] / x[3], 2.0 / 8.0, 1e-14);
  g_assert_cmpfloat_with_epsilon (y[0] / y[3], 2.0 / 12.0 / (8.0 / 18.0), 1e-14);
}

/* Checks the rows chosen from 6 genes x 3 types, whose leads are 4.5 1.5 1.5 -2.5 0 1, -3 1.5 1.5 3.5 0 -.5 and -1.5 -3
 * -3 -1 0 -.5: the third type has none. @expected ends with -1. */
static void
assert_markers (gint per_type, const gint32 *expected)
{
  const double values[] = { 5, 3, 3, 0, 1, 1, /**/ 0, 3, 3, 4, 1, 0, /**/ 1, 0, 0, 1, 1, 0 };
  g_autoptr (SmoothMatrix) signature = smooth_matrix_new_from_values (6, 3, values, NULL);
  gint64 n;
  g_autofree gint32 *rows = smooth_i_choose_markers (signature, per_type, &n);

  for (gint64 i = 0; i < n; i++)
    g_assert_cmpint (rows[i], ==, expected[i]);
  g_assert_cmpint (expected[n], ==, -1);
}

static void
test_markers (void)
{
  const double one_type[] = { 5, 3, 3, 0 };
  g_autoptr (SmoothMatrix) single = smooth_matrix_new_from_values (4, 1, one_type, NULL);
  gint64 n;
  g_autofree gint32 *rows = smooth_i_choose_markers (single, 3, &n);

  g_assert_cmpint (n, ==, 4);
  assert_markers (1, (const gint32[]){ 0, 3, -1 });
  assert_markers (2, (const gint32[]){ 0, 1, 3, -1 });
  assert_markers (3, (const gint32[]){ 0, 1, 2, 3, -1 });
  assert_markers (100, (const gint32[]){ 0, 1, 2, 3, 5, -1 });
  assert_markers (0, (const gint32[]){ 0, 1, 2, 3, 4, 5, -1 });
}

static gboolean
same_bits (const double *a, const double *b, gint64 n)
{
  return memcmp (a, b, (gsize) n * sizeof (double)) == 0;
}

/* A section large enough for several blocks gives the same bits with 1 and with 5 threads. */
static void
test_threads (void)
{
  enum { N = 3000, G = 40 };
  g_autoptr (GStrvBuilder) spot_names = g_strv_builder_new (), gene_names = g_strv_builder_new ();
  g_autofree double *table = g_new (double, N * G);
  g_autoptr (SmoothSignature) signature = smooth_i_signature_new (G, 3, NULL);
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);
  SmoothPrepared *prepared[2];

  for (int s = 0; s < N; s++)
    {
      g_autofree char *name = g_strdup_printf ("spot-%d", s);
      g_strv_builder_add (spot_names, name);
    }
  for (int i = 0; i < N * G; i++)
    table[i] = g_rand_int_range (rand, 0, 3) * g_rand_int_range (rand, 0, 60);
  for (int g = 0; g < G; g++)
    {
      g_autofree char *name = g_strdup_printf ("gene%d", g);
      g_strv_builder_add (gene_names, name);
      signature->gene_names[g] = g_strdup (name);
      for (int k = 0; k < 3; k++)
        smooth_matrix_column (signature->values, k)[g] = g_rand_double_range (rand, 0, 30);
    }
  for (int k = 0; k < 3; k++)
    signature->type_names[k] = g_strdup_printf ("type%d", k);
  signature->scale = SMOOTH_SCALE_COUNTS;

  g_auto (GStrv) spots = g_strv_builder_end (spot_names);
  g_auto (GStrv) symbols = g_strv_builder_end (gene_names);
  g_autoptr (SmoothSection) section
      = made_section_new ((const char *const *) spots, (const char *const *) symbols, (const char *const *) symbols, table);
  for (int i = 0; i < 2; i++)
    {
      g_autoptr (SmoothRun) run = smooth_run_new (i == 0 ? 1 : 5);
      prepared[i] = smooth_prepared_new (section, signature, NULL, run, NULL);
      g_assert_true (smooth_sparse_check (prepared[i]->expression, NULL));
    }
  gint64 nnz = smooth_sparse_get_nnz (prepared[0]->expression);
  g_assert_cmpint (prepared[0]->n_genes, >, 20);
  g_assert_cmpint (nnz, ==, smooth_sparse_get_nnz (prepared[1]->expression));
  g_assert_true (same_bits (prepared[0]->expression->values, prepared[1]->expression->values, nnz));
  g_assert_true (same_bits (prepared[0]->signature->values, prepared[1]->signature->values, prepared[0]->n_genes * 3));

  g_autoptr (SmoothRun) cancelled = smooth_run_new (2);
  g_autoptr (GError) error = NULL;
  smooth_run_cancel (cancelled);
  g_assert_null (smooth_prepared_new (section, signature, NULL, cancelled, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_CANCELLED);
  smooth_prepared_unref (prepared[0]);
  smooth_prepared_unref (prepared[1]);
}

static void
assert_refused (const SmoothSection *section, const char *const *names, const double *values, SmoothScale scale, gint markers,
                SmoothError code, const char *words)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothSignature) signature = new_signature (names, values, scale, 0);
  g_autoptr (SmoothPrepared) prepared = prepare (section, signature, SMOOTH_PREPARE_LOG1P, 0, markers, &error);

  g_assert_null (prepared);
  g_assert_error (error, SMOOTH_ERROR, (gint) code);
  if (strstr (error->message, words) == NULL)
    g_error ("expected '%s' in: %s", words, error->message);
}

static void
test_refused (void)
{
  const char *const strange[] = { "x", "y", NULL }, *const one[] = { "G1", "x", NULL }, *const silent[] = { "G2", "G4", NULL };
  const double same[] = { 1, 1, 2, 2, 3, 3, 4, 4 }, zero[] = { 1, 0, 2, 0, 3, 0, 4, 0 }, large[] = { 1, 2, 800, 3, 1, 1, 1, 1 };
  const char *const two_barcodes[] = { "A", "B", NULL };
  const double one_spot[] = { 1, 2, 3, 4, 0, /**/ 0, 0, 0, 0, 0 }, no_shared[] = { 1, 0, 3, 0, 0, /**/ 1, 0, 3, 0, 0 };
  g_autoptr (SmoothSection) section = new_section ();
  g_autoptr (SmoothSection) single = made_section_new (two_barcodes, genes, genes, one_spot);
  g_autoptr (SmoothSection) without = made_section_new (two_barcodes, genes, genes, no_shared);

  assert_refused (section, strange, same, SMOOTH_SCALE_COUNTS, 0, SMOOTH_ERROR_MISMATCH,
                  "found none: the section has G1, G2, G3, ..., the reference x, y");
  assert_refused (section, one, large, SMOOTH_SCALE_COUNTS, 0, SMOOTH_ERROR_MISMATCH, "expected at least as many genes as types (2), found 1");
  assert_refused (section, table_genes, same, SMOOTH_SCALE_COUNTS, 5, SMOOTH_ERROR_MISMATCH, "found 0 of the 3 shared genes");
  assert_refused (section, table_genes, zero, SMOOTH_SCALE_COUNTS, 0, SMOOTH_ERROR_VALUE, "expected expression of 'B', found a sum of 0");
  assert_refused (section, table_genes, large, SMOOTH_SCALE_LOG1P, 0, SMOOTH_ERROR_VALUE, "is the table on a logarithmic scale?");
  assert_refused (single, table_genes, table_counts, SMOOTH_SCALE_COUNTS, 0, SMOOTH_ERROR_VALUE, "expected at least 2 spots in the tissue");
  assert_refused (without, silent, table_counts, SMOOTH_SCALE_COUNTS, 0, SMOOTH_ERROR_MISMATCH, "found none in the section");
}

static void
test_warnings (void)
{
  const double values[] = { 4, 0, /**/ 5, 6, /**/ 2, 0, /**/ 1, 0 };
  g_autoptr (SmoothSection) section = new_section ();
  g_autoptr (SmoothSignature) signature = new_signature (table_genes, values, SMOOTH_SCALE_COUNTS, 0);
  g_autoptr (SmoothPrepared) prepared = prepare (section, signature, SMOOTH_PREPARE_LOG1P, 0, 0, NULL);

  g_assert_true (report_has (prepared->report, SMOOTH_REPORT_WARNING, "the type 'B' has no expression in the shared genes"));
  g_assert_true (report_has (prepared->report, SMOOTH_REPORT_WARNING, "share only 3 genes, of 4 genes of the reference and 5"));
  g_assert_true (report_has (prepared->report, SMOOTH_REPORT_WARNING, "only 3 genes tell 2 types apart"));
  g_assert_cmpint (smooth_report_get_count (prepared->report, "signature_genes"), ==, 4);
  g_assert_cmpint (smooth_report_get_count (prepared->report, "matched_genes"), ==, 3);
  g_assert_cmpint (smooth_report_get_count (prepared->report, "used_genes"), ==, 3);
}

static double
sum_of (const double *values, gint64 n)
{
  double sum = 0.0;

  for (gint64 i = 0; i < n; i++)
    sum += values[i];
  return sum;
}

/* What an independent computation of the same formulas gave for a real section. */
static void
assert_numbers (const SmoothPrepared *prepared, const SmoothSection *section, double depth, gint64 n_genes,
                const char *const *first_genes, double signature_sum, double expression_sum)
{
  double x = sum_of (prepared->signature->values, prepared->n_genes * prepared->n_types);
  double y = sum_of (prepared->expression->values, smooth_sparse_get_nnz (prepared->expression));

  g_assert_cmpfloat (prepared->depth, ==, depth);
  g_assert_cmpint (prepared->n_genes, ==, n_genes);
  for (int i = 0; first_genes[i] != NULL; i++)
    g_assert_cmpstr (section->gene_ids[prepared->genes[i]], ==, first_genes[i]);
  g_assert_cmpfloat_with_epsilon (x / signature_sum, 1.0, 1e-12);
  g_assert_cmpfloat_with_epsilon (y / expression_sum, 1.0, 1e-12);
}

static void
test_lymph (void)
{
  const char *const first[] = { "ISG15", "RBP7", "PLA2G2A", "DDOST", "HSPG2", NULL };
  g_autofree char *folder = shared_folder ("truth_lymph_pseudospots_DERIVED");
  g_autoptr (GError) error = NULL;

  if (folder == NULL)
    return;
  g_autofree char *table = g_build_filename (folder, "reference", "signature_types_x_genes.csv", NULL);
  g_autoptr (SmoothSection) section = smooth_section_load (folder, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (SmoothSignature) signature = smooth_signature_load (table, section, SMOOTH_SCALE_GUESS, &error);
  g_assert_no_error (error);
  g_autoptr (SmoothPrepared) prepared = smooth_prepared_new (section, signature, NULL, NULL, &error);
  g_assert_no_error (error);
  assert_numbers (prepared, section, 6937, 634, first, 4500.656040614445, 160437.9632427778);
}

/* Takes the labels away from every second barcode of the matrix. */
static void
keep_even_columns (const SmoothSection *section, const char *folder, char **labels)
{
  g_autofree char *path = g_build_filename (folder, "filtered_feature_bc_matrix", "barcodes.tsv.gz", NULL);
  g_autoptr (SmoothText) text = smooth_text_open (path, NULL);
  char *line;

  while (smooth_text_next_line (text, &line, NULL, NULL))
    for (gint64 s = 0; s < section->n_spots; s++)
      if (smooth_text_get_line_number (text) % 2 == 0 && strcmp (section->barcodes[s], line) == 0)
        g_clear_pointer (&labels[s], g_free);
}

static void
test_dlpfc (void)
{
  const char *const first[] = { "ENSG00000170445", "ENSG00000076928", "ENSG00000164695", "ENSG00000074696", "ENSG00000149823", NULL };
  g_autofree char *folder = shared_folder ("dlpfc_151673");
  g_autoptr (SmoothReport) report = smooth_report_new ();
  g_autoptr (GError) error = NULL;

  if (folder == NULL)
    return;
  g_autofree char *table = g_build_filename (folder, "annotations", "layers_HumanPilot_151673.csv", NULL);
  g_autoptr (SmoothSection) section = smooth_section_load (folder, NULL, &error);
  g_assert_no_error (error);
  char **labels = smooth_labels_load (table, section, NULL, report, &error);
  g_assert_no_error (error);
  g_assert_cmpint (smooth_report_get_count (report, "labelled_spots"), ==, 3611);
  keep_even_columns (section, folder, labels);
  g_autoptr (SmoothSignature) signature = smooth_signature_new_from_labels (section, (const char *const *) labels, 0, &error);
  g_assert_no_error (error);
  g_assert_cmpint (smooth_report_get_count (signature->report, "signature_spots"), ==, 1806);
  smooth_labels_free (labels, section->n_spots);

  g_autoptr (SmoothPrepared) prepared = smooth_prepared_new (section, signature, NULL, NULL, &error);
  g_assert_no_error (error);
  assert_numbers (prepared, section, 716, 236, first, 972.3661593399383, 508214.57895734656);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/prepare/formulas", test_formulas);
  g_test_add_func ("/prepare/normalised", test_normalised);
  g_test_add_func ("/prepare/markers", test_markers);
  g_test_add_func ("/prepare/threads", test_threads);
  g_test_add_func ("/prepare/refused", test_refused);
  g_test_add_func ("/prepare/warnings", test_warnings);
  g_test_add_func ("/prepare/lymph", test_lymph);
  g_test_add_func ("/prepare/dlpfc", test_dlpfc);
  return g_test_run ();
}
