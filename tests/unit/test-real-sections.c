/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Published sections, where they lie beside the project: known counts, and coordinates that land on the tissue. */
#include "base/error.h"
#include "files/hdf5.h"
#include "files/mtx.h"
#include "section/section-private.h"

#include "made-section.h"

#include <math.h>
#include <string.h>

/* Returns: (transfer full) (nullable): the path of that data; the test is skipped where it is absent */
static char *
find_data (const char *name)
{
  const char *shared = g_getenv ("SMOOTH_SHARED_DIR");
  char *path = g_build_filename (shared != NULL ? shared : "../shared", "data", name, NULL);

  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return path;
  g_autofree char *reason = g_strdup_printf ("%s is absent", path);
  g_test_skip (reason);
  g_free (path);
  return NULL;
}

typedef struct
{
  const char *folder;
  gint64 positions, in_tissue, barcodes, matched, analysed, without_counts, empty, genes, entries;
  gint picture_width;
  double um_per_pixel;
  const char *warning; /* (nullable): there is one with this text */
} Known;

static const Known known[] = {
  { "mouse_placenta_SR3", 4992, 2898, 2898, 2898, 2898, 0, 0, 19465, 1069459, 600, 4.667, NULL },
  { "mouse_placenta_SR3/filtered_feature_bc_matrix", 4992, 2898, 2898, 2898, 2898, 0, 0, 19465, 1069459, 600, 4.667, NULL },
  { "dlpfc_151673", 4992, 3639, 3611, 3611, 3611, 28, 0, 580, 358960, 600, 0.7245, "28 spots on the tissue have no counts" },
  { "human_lymph_node_V1", 4992, 4039, 1000, 1000, 1000, 3039, 0, 2000, 335319, 576, 0.7246, "3,039 spots on the tissue have no counts" },
  { "truth_lymph_pseudospots_DERIVED/spatial", 4992, 391, 391, 391, 391, 0, 0, 9756, 862264, 576, 0.7246, NULL },
  { "mouse_brain_anterior_seurat", 4992, 2695, 2695, 2695, 2689, 0, 6, 100, 50355, 600, 0.7248, "6 spots on the tissue have counts that are all zero" },
  { "scanpy_visium_1.0.0", 4992, 4235, 100, 100, 100, 4135, 0, 100, 656, 600, 0.7252, "tissue_hires_image.png is blank" },
  { "format_zoo/sfe_toy_SR2/sample01", 12, 12, 12, 12, 12, 0, 0, 5, 60, 45, 0.3437, "12 of 12 spots on the tissue lie outside the picture" },
  { "format_zoo/sfe_toy_SR2/sample02/outs/spatial", 13, 13, 13, 13, 13, 0, 0, 5, 62, 44, 0.3439, "13 of 13 spots" },
};

static void
check_count (const SmoothSection *section, const char *name, gint64 expected)
{
  if (smooth_report_get_count (section->report, name) != expected)
    g_error ("%s: %s is %" G_GINT64_FORMAT ", expected %" G_GINT64_FORMAT, section->path, name,
             smooth_report_get_count (section->report, name), expected);
}

static void
check_warnings (const SmoothSection *section, const char *expected)
{
  gboolean found = expected == NULL;

  for (guint i = 0; i < smooth_report_get_n_lines (section->report); i++)
    {
      SmoothReportLevel level;
      const char *line = smooth_report_get_line (section->report, i, &level);
      if (level != SMOOTH_REPORT_WARNING)
        continue;
      if (expected == NULL || strstr (line, expected) == NULL)
        g_test_message ("%s: %s", section->path, line);
      if (expected == NULL)
        g_error ("%s: unexpected warning: %s", section->path, line);
      found |= strstr (line, expected) != NULL;
    }
  if (!found)
    g_error ("%s: no warning says '%s'", section->path, expected);
}

static void
test_load (gconstpointer data)
{
  const Known *expected = data;
  g_autofree char *path = find_data (expected->folder);
  g_autoptr (GError) error = NULL;
  gint64 n;

  if (path == NULL)
    return;
  g_autoptr (SmoothSection) section = smooth_section_load (path, NULL, &error);
  g_assert_no_error (error);
  check_count (section, "positions_rows", expected->positions);
  check_count (section, "in_tissue", expected->in_tissue);
  check_count (section, "matrix_barcodes", expected->barcodes);
  check_count (section, "matched", expected->matched);
  check_count (section, "analysed", expected->analysed);
  check_count (section, "without_counts", expected->without_counts);
  check_count (section, "empty", expected->empty);
  check_count (section, "genes", expected->genes);
  check_count (section, "matrix_entries", expected->entries);
  check_warnings (section, expected->warning);
  g_free (smooth_section_dup_analysed (section, &n));
  g_assert_cmpint (n, ==, expected->analysed);
  g_assert_cmpint (section->picture->width, ==, expected->picture_width);
  g_assert_cmpfloat_with_epsilon (section->um_per_pixel, expected->um_per_pixel, 1e-3);
  g_assert_cmpfloat_with_epsilon (section->pitch, 100.0, 1.0);
  g_assert_cmpfloat (section->spot_diameter, ==, 55.0);
  g_assert_true (section->um_is_known);
  g_assert_true (smooth_sparse_check (section->counts, &error));
}

/* The same section from H5 and from MEX is the same to the bit. */
static void
test_both_formats (void)
{
  g_autofree char *path = find_data ("mouse_placenta_SR3");

  if (path == NULL)
    return;
  g_autofree char *mex_path = g_build_filename (path, "filtered_feature_bc_matrix", NULL);
  g_autoptr (SmoothSection) h5 = smooth_section_load (path, NULL, NULL);
  g_autoptr (SmoothSection) mex = smooth_section_load (mex_path, NULL, NULL);
  gsize nnz = (gsize) smooth_sparse_get_nnz (h5->counts);
  g_assert_cmpint (smooth_sparse_get_nnz (mex->counts), ==, (gint64) nnz);
  g_assert_true (memcmp (h5->counts->starts, mex->counts->starts, ((gsize) h5->n_spots + 1) * sizeof (gint64)) == 0);
  g_assert_true (memcmp (h5->counts->rows, mex->counts->rows, nnz * sizeof (gint32)) == 0);
  g_assert_true (memcmp (h5->counts->values, mex->counts->values, nnz * sizeof (double)) == 0);
  g_assert_true (g_strv_equal ((const char *const *) h5->gene_ids, (const char *const *) mex->gene_ids));
  g_assert_true (g_strv_equal ((const char *const *) h5->gene_names, (const char *const *) mex->gene_names));
}

/* Tissue has colour and glass has not: spots in the tissue must lie on coloured pixels, and clearly more so than mirrored
 * left to right (1), top to bottom (2), both (3), or with x and y exchanged (4): the mistakes that readers make. */
static void
test_saturation (gconstpointer data)
{
  g_autofree char *path = find_data (data);

  if (path == NULL)
    return;
  g_autoptr (SmoothSection) section = smooth_section_load (path, NULL, NULL);
  g_autofree double *coords = g_new (double, 2 * section->n_spots);
  double contrast = smooth_section_get_tissue_contrast (section);
  double width = section->picture->width / section->picture_scale, height = section->picture->height / section->picture_scale;

  g_assert_cmpfloat (contrast, >, 0.2);
  for (gint turn = 1; turn <= 4; turn++)
    {
      for (gint64 i = 0; i < section->n_spots; i++)
        {
          double x = section->coords[2 * i], y = section->coords[2 * i + 1];
          coords[2 * i] = turn & 1 ? width - x : x;
          coords[2 * i + 1] = turn & 2 ? height - y : y;
          if (turn & 4)
            {
              double swap = coords[2 * i];
              coords[2 * i] = coords[2 * i + 1];
              coords[2 * i + 1] = swap;
            }
        }
      double other = smooth_i_section_contrast (section, coords);
      g_test_message ("%s: %.3f, mistake %d: %.3f", (const char *) data, contrast, turn, other);
      g_assert_false (isnan (other));
      g_assert_cmpfloat (contrast, >, other + 0.08);
    }
}

static void
assert_refused (const char *name, const char *expected)
{
  g_autofree char *path = find_data (name);
  g_autoptr (GError) error = NULL;

  if (path == NULL)
    return;
  g_assert_null (smooth_section_load (path, NULL, &error));
  if (strstr (error->message, expected) == NULL)
    g_error ("expected '%s' in '%s'", expected, error->message);
}

static void
test_refused (void)
{
  assert_refused ("format_zoo/mex/integer_ids", "which have 6 genes and 5 barcodes; found: barcodes.tsv, features.tsv, matrix.mtx");
}

/* Visium HD: bins of 8 um unless others are named; barcodes that do not match are said. */
static void
test_bins (void)
{
  static const struct { const char *folder; gint64 positions, in_tissue, matched, analysed; double bin; } cases[] = {
    { "mouse_intestine_visiumHD_seurat", 4992, 2516, 2695, 1366, 8.0 },
    { "mouse_intestine_visiumHD_seurat/binned_outputs/square_016um", 1248, 655, 642, 336, 16.0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = find_data (cases[i].folder);
      g_autoptr (GError) error = NULL;
      if (path == NULL)
        return;
      g_autoptr (SmoothSection) section = smooth_section_load (path, NULL, &error);
      g_assert_no_error (error);
      check_count (section, "positions_rows", cases[i].positions);
      check_count (section, "in_tissue", cases[i].in_tissue);
      check_count (section, "matched", cases[i].matched);
      check_count (section, "analysed", cases[i].analysed);
      g_assert_cmpfloat (section->spot_diameter, ==, cases[i].bin);
      g_assert_cmpfloat_with_epsilon (section->um_per_pixel, 0.27376126715315274, 1e-15);
      g_assert_true (i == 0 || report_has (section->report, SMOOTH_REPORT_WARNING, "match the positions: 642 of 2,695"));
    }
}

/* Spots and a picture without counts are shown, with a warning. */
static void
test_no_counts (void)
{
  g_autofree char *path = find_data ("format_zoo/mousebrain_spatial_only/section1");
  g_autoptr (GError) error = NULL;

  if (path == NULL)
    return;
  g_autoptr (SmoothSection) section = smooth_section_load (path, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (section->n_genes, ==, 0);
  check_count (section, "in_tissue", 3355);
  check_count (section, "analysed", 0);
  check_warnings (section, "there are no counts, so nothing can be computed");
  check_warnings (section, "lie better on the tissue turned by 90 degrees counter-clockwise"); /* as the published files are */
  g_assert_cmpfloat (smooth_section_get_tissue_contrast (section), >, 0.05);
}

/* Sections without the layout of Space Ranger and without a picture. */
typedef struct
{
  const char *folder;
  gint64 positions, analysed, genes, entries;
  double um_per_pixel, pitch, diameter;
  gboolean um_is_known;
  const char *warning; /* (nullable): there is one with this text */
} Plain;

static const Plain plain[] = {
  { "human_PDAC_ST", 428, 428, 14574, 408577, 1.0, 200.0, 100.0, TRUE, NULL },
  { "human_PDAC_ST/filtered_feature_bc_matrix", 428, 428, 14574, 408577, 1.0, 200.0, 100.0, TRUE, NULL },
  { "mouse_cerebellum_slideseq_spacexr", 100, 100, 378, 7226, 1.0, 106.1, 53.1, FALSE, "the unit of the coordinates is not stated" },
  { "truth_starmap_visp_sim", 189, 189, 882, 116520, 100.0, 100.0, 50.0, FALSE, "are matched in their order" },
  { "xenium_SpatialExperiment", 36602, 36553, 248, 2611055, 1.0, 13.0, 19.1, TRUE, "49 spots on the tissue have counts that are all zero" },
  { "format_zoo/xenium_toy", 569, 569, 27, 8504, 1.0, 13.4, 19.6, TRUE, "does not say how large its pixels are" },
};

static void
test_plain (gconstpointer data)
{
  const Plain *expected = data;
  g_autofree char *path = find_data (expected->folder);
  g_autoptr (GError) error = NULL;

  if (path == NULL)
    return;
  g_autoptr (SmoothSection) section = smooth_section_load (path, NULL, &error);
  g_assert_no_error (error);
  check_count (section, "positions_rows", expected->positions);
  check_count (section, "matched", expected->positions);
  check_count (section, "analysed", expected->analysed);
  check_count (section, "genes", expected->genes);
  check_count (section, "matrix_entries", expected->entries);
  check_warnings (section, expected->warning);
  g_assert_null (section->picture);
  g_assert_cmpfloat (section->um_per_pixel, ==, expected->um_per_pixel);
  g_assert_cmpfloat_with_epsilon (section->pitch, expected->pitch, 0.05);
  g_assert_cmpfloat_with_epsilon (section->spot_diameter, expected->diameter, 0.05);
  g_assert_true (section->um_is_known == expected->um_is_known);
  g_assert_true (smooth_sparse_check (section->counts, &error));
}

typedef struct
{
  const char *path;
  gint64 n_genes, n_barcodes, n_others;
  const char *refusal; /* or an error that says this */
} Matrix;

static const Matrix matrices[] = {
  { "format_zoo/h5_10x/v3_cellranger3.0_filtered_feature_bc_matrix.h5", 507, 1107, 0, NULL },
  { "format_zoo/h5_10x/spaceranger2.1_raw_probe_bc_matrix.h5", 671, 4987, 0, NULL },
  { "format_zoo/h5_10x/v2_cellranger1.2_filtered_gene_bc_matrices.h5", 343, 12, 0, NULL },
  { "format_zoo/h5_10x/v2_cellranger1.2_multiple_genomes.h5", 343, 12, 0, NULL },
  { "format_zoo/h5ad/scanpy_tcells..1.h5ad", 0, 0, 0, "found an AnnData file" },
  { "format_zoo/xenium_toy/cell_feature_matrix.h5", 27, 569, 514, NULL },
  { "xenium_SpatialExperiment/cell_feature_matrix.h5", 248, 36602, 293, NULL },
  { "format_zoo/mex/cellranger1.2/filtered_gene_bc_matrices/hg19_chr21", 343, 12, 0, NULL },
  { "format_zoo/mex/cellranger3.0/filtered_feature_bc_matrix", 507, 1107, 0, NULL },
  { "format_zoo/mex/integer_ids", 6, 5, 0, NULL },
  { "human_PDAC_ST/filtered_feature_bc_matrix", 14574, 428, 0, NULL },
};

static void
test_matrix (gconstpointer data)
{
  const Matrix *expected = data;
  g_autofree char *path = find_data (expected->path);
  g_autoptr (GError) error = NULL;

  if (path == NULL)
    return;
  gboolean mex = g_file_test (path, G_FILE_TEST_IS_DIR);
  g_autoptr (SmoothCounts) counts = mex ? smooth_mex_load (path, NULL, &error) : smooth_hdf5_load (path, NULL, &error);
  if (expected->refusal != NULL)
    {
      g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FORMAT);
      if (strstr (error->message, expected->refusal) == NULL)
        g_error ("expected '%s' in '%s'", expected->refusal, error->message);
      return;
    }
  g_assert_no_error (error);
  g_assert_cmpint (counts->n_genes, ==, expected->n_genes);
  g_assert_cmpint (counts->n_barcodes, ==, expected->n_barcodes);
  g_assert_cmpint (counts->n_others, ==, expected->n_others);
  g_assert_true (smooth_sparse_check (counts->matrix, &error));
}

/* AnnData files: those with coordinates are sections, all are references. */
typedef struct
{
  const char *path;
  gint64 n_obs, n_vars, n_labels;
  gboolean has_coords;
  double total;          /* of the counts, once a logarithm is undone */
  const char *said;      /* in the report */
} AnnFile;

static const AnnFile ann_files[] = {
  { "format_zoo/h5ad/scanpy_neighbors.2025-01-20.1.h5ad", 100, 5, 1, FALSE, 0.0, "counts are those of X" },
  { "format_zoo/h5ad/scanpy_pbmc68k_reduced_b.2024-06-03.1.h5ad", 700, 765, 3, FALSE, 1386299.6171077583, "counts are those of raw" },
  { "format_zoo/h5ad/scanpy_pbmc68k_reduced_b.2025-11-07.2.h5ad", 700, 765, 3, FALSE, 1386299.6171077583, "counts are those of raw" },
  { "format_zoo/h5ad/scanpy_tcells..1.h5ad", 8, 4, 48, FALSE, 12.0, "counts are those of raw_counts" },
  { "format_zoo/h5ad/squidpy_ligrec.2026-07-07.2.h5ad", 25, 25, 2, FALSE, 212.8709632249305, "counts are those of means" },
  { "format_zoo/h5ad/squidpy_test_data.2020-10-29.4.h5ad", 49, 100, 0, TRUE, 2101.0, "counts are those of X, whose numbers are whole" },
  { "format_zoo/h5ad/squidpy_test_data.2020-11-23.3.h5ad", 49, 1999, 1, TRUE, 262237.8331825306, "the largest is 8.309" },
  { "format_zoo/h5ad/squidpy_test_data.2020-11-23.6.h5ad", 49, 1999, 1, TRUE, 262237.8331825306, "the largest is 8.309" },
  { "format_zoo/h5ad/squidpy_test_data.2021-08-15.5.h5ad", 49, 1999, 1, TRUE, 262237.8331825306, "a picture is left out: " },
  { "human_lymph_node_V1/reference/reference.h5ad", 330, 10237, 1, FALSE, 1469024.0, "counts are those of X, whose numbers are whole" },
};

static void
test_anndata (gconstpointer data)
{
  const AnnFile *expected = data;
  g_autofree char *path = find_data (expected->path);
  g_autoptr (GError) error = NULL;
  double total = 0.0;

  if (path == NULL)
    return;
  g_autoptr (SmoothAnnData) anndata = smooth_anndata_load (path, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (smooth_sparse_check (anndata->counts->matrix, NULL));
  for (gint64 e = 0; e < smooth_sparse_get_nnz (anndata->counts->matrix); e++)
    total += anndata->counts->matrix->values[e];
  g_assert_cmpint (anndata->counts->n_barcodes, ==, expected->n_obs);
  g_assert_cmpint (anndata->counts->n_genes, ==, expected->n_vars);
  g_assert_cmpint (anndata->n_labels, ==, expected->n_labels);
  g_assert_cmpfloat_with_epsilon (total, expected->total, 1e-9 * expected->total + 1e-12);
  g_assert_true (report_has (anndata->report, SMOOTH_REPORT_NOTE, expected->said)
                 || report_has (anndata->report, SMOOTH_REPORT_WARNING, expected->said));

  g_autoptr (SmoothSection) section = smooth_section_load (path, NULL, &error);
  g_assert_true ((section != NULL) == expected->has_coords);
  if (section == NULL)
    return;
  check_count (section, "analysed", expected->n_obs);
  g_assert_cmpint (section->picture->width, ==, 49);
  g_assert_cmpint (section->picture->height, ==, 88);
}

int
main (int argc, char **argv)
{
  static const char *const sections[] = { "mouse_placenta_SR3", "dlpfc_151673", "human_lymph_node_V1" };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
    {
      g_autofree char *name = g_strconcat ("/real/load/", known[i].folder, NULL);
      g_test_add_data_func (name, &known[i], test_load);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (plain); i++)
    {
      g_autofree char *name = g_strconcat ("/real/plain/", plain[i].folder, NULL);
      g_test_add_data_func (name, &plain[i], test_plain);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (sections); i++)
    {
      g_autofree char *name = g_strconcat ("/real/saturation/", sections[i], NULL);
      g_test_add_data_func (name, sections[i], test_saturation);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (ann_files); i++)
    {
      g_autofree char *name = g_strconcat ("/real/anndata/", ann_files[i].path, NULL);
      g_test_add_data_func (name, &ann_files[i], test_anndata);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (matrices); i++)
    {
      g_autofree char *name = g_strconcat ("/real/matrix/", matrices[i].path, NULL);
      g_test_add_data_func (name, &matrices[i], test_matrix);
    }
  g_test_add_func ("/real/both-formats", test_both_formats);
  g_test_add_func ("/real/refused", test_refused);
  g_test_add_func ("/real/no-counts", test_no_counts);
  g_test_add_func ("/real/bins", test_bins);
  return g_test_run ();
}
