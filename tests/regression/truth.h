/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sections with a known truth that lie beside the project, their signatures, and how well proportions agree with the truth. */
#pragma once

#include "smooth.h"

#include "base/rng.h"
#include "files/table.h"

#include <math.h>
#include <string.h>

/* One section with a signature and what is known of its spots. */
typedef struct
{
  SmoothSection *section;
  SmoothSignature *signature;
  gint64 n_spots;       /* analysed */
  gint n_types;
  double *truth;        /* n_types x n_spots: proportions, or 1 in the row of the spot's layer */
  gboolean *is_tested;  /* n_spots: not used for the signature */
  gboolean is_labels;   /* the truth is one layer a spot */
} Truth;

typedef struct
{
  double r;    /* Pearson, over all types and tested spots */
  double rmse;
  double jsd;  /* mean over spots of the Jensen-Shannon divergence, base 2 */
  double agreement; /* share of tested spots whose largest proportion is that of their layer */
} Accuracy;

static inline void
truth_clear (Truth *truth)
{
  g_clear_pointer (&truth->section, smooth_section_unref);
  g_clear_pointer (&truth->signature, smooth_signature_unref);
  g_clear_pointer (&truth->truth, g_free);
  g_clear_pointer (&truth->is_tested, g_free);
}

/* The folder of a data set; NULL, with the test skipped, where it is absent. */
static inline char *
truth_folder (const char *name)
{
  const char *shared = g_getenv ("SMOOTH_SHARED_DIR");
  char *path = g_build_filename (shared != NULL ? shared : "../shared", "data", name, NULL);

  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    return path;
  g_autofree char *reason = g_strdup_printf ("%s is absent", path);
  g_test_skip (reason);
  g_free (path);
  return NULL;
}

static inline SmoothTable *
truth_table (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;
  SmoothTable *table = smooth_table_load (path, &error);

  g_assert_no_error (error);
  return table;
}

static inline void
truth_allocate (Truth *truth)
{
  g_autofree gint32 *spots = smooth_section_dup_analysed (truth->section, &truth->n_spots);

  truth->truth = g_new0 (double, (gsize) truth->n_spots * (gsize) truth->n_types);
  truth->is_tested = g_new0 (gboolean, (gsize) truth->n_spots);
}

/* A section whose proportions are known, with its signature: paths within @folder. */
static inline void
truth_load_known (Truth *truth, const char *folder, const char *signature, const char *proportions)
{
  g_autofree char *path = g_build_filename (folder, signature, NULL);
  g_autoptr (GError) error = NULL;

  memset (truth, 0, sizeof *truth);
  truth->section = smooth_section_load (folder, NULL, &error);
  g_assert_no_error (error);
  truth->signature = smooth_signature_load (path, truth->section, SMOOTH_SCALE_GUESS, &error);
  g_assert_no_error (error);
  truth->n_types = (gint) truth->signature->n_types;
  truth_allocate (truth);

  g_autoptr (SmoothTable) table = truth_table (folder, proportions);
  g_autofree gint32 *spots = smooth_section_dup_analysed (truth->section, &truth->n_spots);
  smooth_table_take_header (table);
  for (gint64 row = 0; row < smooth_table_get_n_rows (table); row++)
    for (gint64 s = 0; s < truth->n_spots; s++)
      if (strcmp (smooth_table_get_text (table, row, 0), truth->section->barcodes[spots[s]]) == 0)
        {
          truth->is_tested[s] = TRUE;
          for (gint k = 0; k < truth->n_types; k++)
            {
              gint64 col = smooth_table_find_column (table, truth->signature->type_names[k]);
              g_assert_true (smooth_table_get_number (table, row, col, &truth->truth[k + s * truth->n_types], NULL));
            }
        }
}

/* Simulated spots of known cells. */
static inline gboolean
truth_load_lymph (Truth *truth)
{
  g_autofree char *folder = truth_folder ("truth_lymph_pseudospots_DERIVED");

  if (folder != NULL)
    truth_load_known (truth, folder, "reference/signature_types_x_genes.csv", "true_proportions.csv");
  return folder != NULL;
}

/* The sample in the source tree, made by smooth_simulate(). */
static inline void
truth_load_sample (Truth *truth)
{
  g_autofree char *folder = g_build_filename (g_getenv ("SMOOTH_TESTS_DIR"), "..", "data", "sample", NULL);

  truth_load_known (truth, folder, "reference/signature.csv", "truth/proportions.csv");
}

/* Human cortex with drawn layers: the signature from every second column of the matrix, tested on the other half. */
static inline gboolean
truth_load_cortex (Truth *truth)
{
  g_autofree char *folder = truth_folder ("dlpfc_151673");
  g_autoptr (SmoothReport) report = smooth_report_new ();
  g_autoptr (GError) error = NULL;

  memset (truth, 0, sizeof *truth);
  if (folder == NULL)
    return FALSE;
  g_autofree char *path = g_build_filename (folder, "annotations", "layers_HumanPilot_151673.csv", NULL);
  truth->section = smooth_section_load (folder, NULL, &error);
  g_assert_no_error (error);
  gint64 n = truth->section->n_spots;
  char **labels = smooth_labels_load (path, truth->section, NULL, report, &error);
  g_assert_no_error (error);
  g_autofree const char **used = g_new0 (const char *, (gsize) n);
  g_autofree char *barcodes = g_build_filename (folder, "filtered_feature_bc_matrix", "barcodes.tsv.gz", NULL);
  g_autoptr (SmoothText) text = smooth_text_open (barcodes, NULL);
  char *line;
  while (smooth_text_next_line (text, &line, NULL, NULL))
    if (smooth_text_get_line_number (text) % 2 == 1)
      {
        gint64 spot = smooth_section_find_spot (truth->section, line);
        used[spot] = labels[spot];
      }
  truth->signature = smooth_signature_new_from_labels (truth->section, used, 0, &error);
  g_assert_no_error (error);
  truth->n_types = (gint) truth->signature->n_types;
  truth->is_labels = TRUE;
  truth_allocate (truth);

  g_autofree gint32 *spots = smooth_section_dup_analysed (truth->section, &truth->n_spots);
  for (gint64 s = 0; s < truth->n_spots; s++)
    {
      truth->is_tested[s] = used[spots[s]] == NULL && labels[spots[s]] != NULL;
      for (gint k = 0; k < truth->n_types && labels[spots[s]] != NULL; k++)
        truth->truth[k + s * truth->n_types] = strcmp (labels[spots[s]], truth->signature->type_names[k]) == 0;
    }
  smooth_labels_free (labels, n);
  return TRUE;
}

/* The numbers of a table with a header and `n_names` leading columns of names: rows x columns, row-major. */
static inline double *
truth_numbers (SmoothTable *table, gint64 n_names, gint64 *n_rows, gint64 *n_cols)
{
  smooth_table_take_header (table);
  *n_rows = smooth_table_get_n_rows (table);
  *n_cols = smooth_table_get_n_cols (table) - n_names;
  double *numbers = g_new (double, (gsize) (*n_rows * *n_cols));
  for (gint64 i = 0; i < *n_rows; i++)
    for (gint64 j = 0; j < *n_cols; j++)
      g_assert_true (smooth_table_get_number (table, i, j + n_names, &numbers[i * *n_cols + j], NULL));
  return numbers;
}

/* Mean counts of each type's cells: for each gene non-negative least squares of counts on cell numbers, by coordinate
 * descent, over the spots with `use`. */
static inline void
truth_learn (const double *counts, const double *cells, const gboolean *use, gint64 n, gint64 n_genes, gint n_types, double *signature)
{
  g_autofree double *h = g_new0 (double, (gsize) (n_types * n_types));

  for (gint64 s = 0; s < n; s++)
    for (gint k = 0; use[s] && k < n_types; k++)
      for (gint l = 0; l < n_types; l++)
        h[k * n_types + l] += cells[s * n_types + k] * cells[s * n_types + l];
  for (gint64 g = 0; g < n_genes; g++)
    {
      g_autofree double *r = g_new0 (double, (gsize) n_types);
      for (gint64 s = 0; s < n; s++)
        for (gint k = 0; use[s] && k < n_types; k++)
          r[k] += cells[s * n_types + k] * counts[s * n_genes + g];
      for (gint sweep = 0; sweep < 200; sweep++)
        for (gint k = 0; k < n_types; k++)
          {
            double slope = r[k];
            for (gint l = 0; l < n_types; l++)
              slope -= l != k ? h[k * n_types + l] * signature[g + l * n_genes] : 0.0;
            signature[g + k * n_genes] = h[k * n_types + k] > 0.0 ? MAX (slope / h[k * n_types + k], 0.0) : 0.0;
          }
    }
}

static inline SmoothSection *
truth_make_section (const SmoothTable *counts_table, const double *counts, gint64 n_genes, const double *places, gint64 n)
{
  SmoothSection *section = g_new0 (SmoothSection, 1);
  g_autoptr (SmoothMatrix) dense = smooth_matrix_new_from_values (n_genes, n, counts, NULL);

  g_atomic_ref_count_init (&section->ref_count);
  section->name = g_strdup ("starmap");
  section->path = g_strdup ("starmap");
  section->n_spots = n;
  section->n_genes = n_genes;
  section->barcodes = g_new0 (char *, (gsize) n + 1);
  section->gene_ids = g_new0 (char *, (gsize) n_genes + 1);
  section->gene_names = g_new0 (char *, (gsize) n_genes + 1);
  section->spot_flags = g_new0 (guint8, (gsize) n);
  section->array_rows = g_new0 (gint32, (gsize) n);
  section->array_cols = g_new0 (gint32, (gsize) n);
  section->coords = g_new0 (double, 2 * (gsize) n);
  section->total_counts = g_new0 (double, (gsize) n);
  section->counts = smooth_sparse_new_from_dense (dense, NULL);
  section->report = smooth_report_new ();
  section->input_files = g_new0 (char *, 1);
  section->um_per_pixel = 1.0;
  section->pitch = 1.0;
  for (gint64 g = 0; g < n_genes; g++)
    {
      section->gene_ids[g] = g_strdup (smooth_table_get_column_name (counts_table, g));
      section->gene_names[g] = g_strdup (section->gene_ids[g]);
    }
  for (gint64 s = 0; s < n; s++)
    {
      section->barcodes[s] = g_strdup_printf ("spot-%" G_GINT64_FORMAT, s);
      section->spot_flags[s] = SMOOTH_SPOT_IN_TISSUE | SMOOTH_SPOT_HAS_COUNTS;
      section->coords[2 * s] = places[2 * s];
      section->coords[2 * s + 1] = places[2 * s + 1];
      for (gint64 g = 0; g < n_genes; g++)
        section->total_counts[s] += counts[s * n_genes + g];
    }
  return section;
}

static inline void
truth_make_signature (Truth *truth, const double *learnt, const SmoothTable *cells)
{
  SmoothSignature *signature = truth->signature = g_new0 (SmoothSignature, 1);

  g_atomic_ref_count_init (&signature->ref_count);
  signature->n_genes = truth->section->n_genes;
  signature->n_types = truth->n_types;
  signature->gene_names = g_strdupv (truth->section->gene_names);
  signature->type_names = g_new0 (char *, (gsize) truth->n_types + 1);
  for (gint k = 0; k < truth->n_types; k++)
    signature->type_names[k] = g_strdup (smooth_table_get_column_name (cells, k + 1));
  signature->values = smooth_matrix_new_from_values (signature->n_genes, truth->n_types, learnt, NULL);
  signature->scale = SMOOTH_SCALE_COUNTS;
  signature->report = smooth_report_new ();
}

/* Spots made of measured cells: the signature from a random half of the spots (by @seed), tested on the others. */
static inline gboolean
truth_load_starmap (Truth *truth, guint64 seed)
{
  g_autofree char *folder = truth_folder ("truth_starmap_visp_sim");
  gint64 n, n_genes, n_types, n_dims, n_rows;

  memset (truth, 0, sizeof *truth);
  if (folder == NULL)
    return FALSE;
  g_autoptr (SmoothTable) counts_table = truth_table (folder, "combined_spatial_count.txt");
  g_autoptr (SmoothTable) cells_table = truth_table (folder, "combined_spot_clusters.txt");
  g_autoptr (SmoothTable) places_table = truth_table (folder, "combined_Locations.txt");
  g_autofree double *counts = truth_numbers (counts_table, 0, &n, &n_genes);
  g_autofree double *cells = truth_numbers (cells_table, 1, &n_rows, &n_types);
  g_assert_cmpint (n_rows, ==, n);
  g_autofree double *places = truth_numbers (places_table, 0, &n_rows, &n_dims);
  g_assert_cmpint (n_rows, ==, n);
  g_assert_cmpint (n_dims, ==, 2);

  truth->section = truth_make_section (counts_table, counts, n_genes, places, n);
  truth->n_types = (gint) n_types;
  truth_allocate (truth);
  g_assert_cmpint (truth->n_spots, ==, n);
  g_autofree gint64 *order = g_new (gint64, (gsize) n);
  g_autofree gboolean *learns = g_new0 (gboolean, (gsize) n);
  SmoothRng rng;
  smooth_i_rng_init (&rng, seed, 0);
  for (gint64 s = 0; s < n; s++)
    {
      gint64 swap = smooth_i_rng_index (&rng, s + 1);
      order[s] = order[swap];
      order[swap] = s;
    }
  for (gint64 s = 0; s < n; s++)
    {
      double total = 0.0;
      learns[order[s]] = s < n / 2;
      truth->is_tested[order[s]] = s >= n / 2;
      for (gint k = 0; k < n_types; k++)
        total += cells[s * n_types + k];
      for (gint k = 0; k < n_types; k++)
        truth->truth[k + s * n_types] = cells[s * n_types + k] / total;
    }
  g_autofree double *learnt = g_new0 (double, (gsize) (n_genes * n_types));
  truth_learn (counts, cells, learns, n, n_genes, truth->n_types, learnt);
  truth_make_signature (truth, learnt, cells_table);
  return TRUE;
}

/* Of proportions p against q, n_types each: the Jensen-Shannon divergence in bits. */
static inline double
truth_divergence (const double *p, const double *q, gint n_types)
{
  double sum = 0.0;

  for (gint k = 0; k < n_types; k++)
    {
      double m = 0.5 * (p[k] + q[k]);
      sum += p[k] > 0.0 ? 0.5 * p[k] * log2 (p[k] / m) : 0.0;
      sum += q[k] > 0.0 ? 0.5 * q[k] * log2 (q[k] / m) : 0.0;
    }
  return sum;
}

/* @abundances: n_types x n_spots, made proportions here; negative ones count as 0 */
static inline Accuracy
truth_score (const Truth *truth, const double *abundances)
{
  gint n = truth->n_types;
  double count = 0.0, spots = 0.0, x = 0.0, y = 0.0, xx = 0.0, yy = 0.0, xy = 0.0, square = 0.0, divergence = 0.0, right = 0.0;
  g_autofree double *p = g_new (double, (gsize) n);

  for (gint64 s = 0; s < truth->n_spots; s++)
    {
      const double *b = abundances + s * n, *q = truth->truth + s * n;
      double total = 1e-8;
      gint best = 0, label = 0;
      if (!truth->is_tested[s])
        continue;
      for (gint k = 0; k < n; k++)
        total += MAX (b[k], 0.0);
      for (gint k = 0; k < n; k++)
        {
          p[k] = MAX (b[k], 0.0) / total;
          x += p[k], y += q[k], xx += p[k] * p[k], yy += q[k] * q[k], xy += p[k] * q[k];
          square += (p[k] - q[k]) * (p[k] - q[k]);
          best = p[k] > p[best] ? k : best;
          label = q[k] > q[label] ? k : label;
          count += 1.0;
        }
      divergence += truth_divergence (p, q, n);
      right += best == label;
      spots += 1.0;
    }
  return (Accuracy){
    .r = (xy - x * y / count) / sqrt ((xx - x * x / count) * (yy - y * y / count)),
    .rmse = sqrt (square / count),
    .jsd = divergence / spots,
    .agreement = right / spots,
  };
}
