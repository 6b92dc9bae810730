/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes a section with a known truth and writes it as Space Ranger writes its output, with reference and truth beside. */
#include "section/simulate.h"

#include "files/hdf5-write.h"
#include "files/json-write.h"
#include "files/output.h"
#include "section/regions.h"
#include "section/signature.h"
#include "section/simulate-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <zlib.h>

#define SPOT_UM 55.0
#define FIDUCIAL_UM 144.0

static const SmoothParam params[] = {
  { "spots", N_("Spots"), SMOOTH_PARAM_INT, G_STRUCT_OFFSET (SmoothSimulateSettings, spots), 1500, 20, 1000000, N_("spots"), NULL,
    N_("How many spots lie on the tissue; more make a larger section"), SMOOTH_PARAM_LOG },
  { "types", N_("Cell types"), SMOOTH_PARAM_INT, G_STRUCT_OFFSET (SmoothSimulateSettings, types), 8, 2, 60, "types", NULL,
    N_("How many cell types there are; more are harder to tell apart"), 0 },
  { "genes", N_("Genes"), SMOOTH_PARAM_INT, G_STRUCT_OFFSET (SmoothSimulateSettings, genes), 400, 20, 20000, N_("genes"), NULL,
    N_("How many genes are measured; more make larger files and steadier proportions"), SMOOTH_PARAM_LOG },
  { "seed", N_("Seed"), SMOOTH_PARAM_INT, G_STRUCT_OFFSET (SmoothSimulateSettings, seed), 1, 0, G_MAXINT, "", NULL,
    N_("Another number gives another section; the same number gives the same one, on every computer"), 0 },
};

const SmoothParamTable smooth_simulate_params = {
  "simulate", N_("Simulation"), sizeof (SmoothSimulateSettings), params, G_N_ELEMENTS (params),
};

/* All that was made, and where it goes. */
typedef struct
{
  const char *folder;
  SimAnatomy anatomy;
  SimLattice *lattice;
  SimCounts *counts;
} Simulation;

static gboolean
save_gzip (const GString *text, const char *path, GError **error)
{
  z_stream stream = { 0 };

  /* 16 more bits of window ask for a gzip header; its time stays 0. */
  if (deflateInit2 (&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK)
    {
      smooth_error_set (error, SMOOTH_ERROR_MEMORY, "%s: not enough memory to compress it", path);
      return FALSE;
    }
  gsize room = deflateBound (&stream, text->len);
  g_autofree guint8 *bytes = g_malloc (room);
  stream.next_in = (Bytef *) text->str;
  stream.avail_in = (uInt) text->len;
  stream.next_out = bytes;
  stream.avail_out = (uInt) room;
  int status = deflate (&stream, Z_FINISH);
  gsize length = stream.total_out;
  deflateEnd (&stream);
  g_return_val_if_fail (status == Z_STREAM_END, FALSE);

  g_autoptr (SmoothOutput) output = smooth_output_new (path, error);
  if (output == NULL)
    return FALSE;
  smooth_output_write (output, bytes, length);
  return smooth_output_commit (output, error);
}

static void
add_features (SmoothHdf5Writer *writer, const SimCounts *counts)
{
  gint64 n = counts->n_genes;
  g_autofree const char **kinds = g_new (const char *, (gsize) n);
  g_autofree const char **genomes = g_new (const char *, (gsize) n);
  const char *const tags[] = { "genome" };

  for (gint64 g = 0; g < n; g++)
    {
      kinds[g] = "Gene Expression";
      genomes[g] = "simulated";
    }
  smooth_hdf5_writer_add_group (writer, "matrix/features");
  smooth_hdf5_writer_add_strings (writer, "matrix/features/_all_tag_keys", tags, 1);
  smooth_hdf5_writer_add_strings (writer, "matrix/features/feature_type", kinds, n);
  smooth_hdf5_writer_add_strings (writer, "matrix/features/genome", genomes, n);
  smooth_hdf5_writer_add_strings (writer, "matrix/features/id", (const char *const *) counts->gene_ids, n);
  smooth_hdf5_writer_add_strings (writer, "matrix/features/name", (const char *const *) counts->gene_names, n);
}

/* Cell Ranger 3 layout: a column a barcode. */
static gboolean
save_matrix (const Simulation *simulation, GError **error)
{
  const SimCounts *counts = simulation->counts;
  const SmoothSparse *sparse = counts->counts;
  gint64 nnz = smooth_sparse_get_nnz (sparse);
  g_autofree gint32 *values = g_new (gint32, (gsize) nnz + 1);
  g_autofree gint64 *rows = g_new (gint64, (gsize) nnz + 1);
  g_autofree const char **barcodes = g_new (const char *, (gsize) counts->n_spots + 1);
  g_autofree char *path = g_build_filename (simulation->folder, "filtered_feature_bc_matrix.h5", NULL);
  gint32 shape[2] = { (gint32) sparse->n_rows, (gint32) sparse->n_cols };
  const gint64 version = 2;

  for (gint64 i = 0; i < nnz; i++)
    {
      values[i] = (gint32) sparse->values[i];
      rows[i] = sparse->rows[i];
    }
  for (gint64 s = 0; s < counts->n_spots; s++)
    barcodes[s] = simulation->lattice->barcodes[simulation->lattice->tissue[s]];

  g_autoptr (SmoothHdf5Writer) writer = smooth_hdf5_writer_new (path, error);
  if (writer == NULL)
    return FALSE;
  smooth_hdf5_writer_set_text_attribute (writer, "/", "filetype", "matrix");
  smooth_hdf5_writer_set_text_attribute (writer, "/", "software_version", "Smoothscope simulation");
  smooth_hdf5_writer_set_attribute (writer, "/", "version", SMOOTH_HDF5_INT64, &version, 0, NULL);
  smooth_hdf5_writer_add_group (writer, "matrix");
  smooth_hdf5_writer_add_strings (writer, "matrix/barcodes", barcodes, counts->n_spots);
  smooth_hdf5_writer_add_vector (writer, "matrix/data", SMOOTH_HDF5_INT32, values, nnz);
  smooth_hdf5_writer_add_vector (writer, "matrix/indices", SMOOTH_HDF5_INT64, rows, nnz);
  smooth_hdf5_writer_add_vector (writer, "matrix/indptr", SMOOTH_HDF5_INT64, sparse->starts, sparse->n_cols + 1);
  smooth_hdf5_writer_add_vector (writer, "matrix/shape", SMOOTH_HDF5_INT32, shape, 2);
  add_features (writer, counts);
  return smooth_hdf5_writer_commit (writer, error);
}

static gboolean
save_positions (const Simulation *simulation, GError **error)
{
  const SimLattice *lattice = simulation->lattice;
  g_autofree char *path = g_build_filename (simulation->folder, "spatial", "tissue_positions.csv", NULL);
  g_autoptr (SmoothOutput) output = smooth_output_new (path, error);

  if (output == NULL)
    return FALSE;
  smooth_output_text (output, "barcode,in_tissue,array_row,array_col,pxl_row_in_fullres,pxl_col_in_fullres\n");
  for (gint64 i = 0; i < lattice->n_spots; i++)
    smooth_output_printf (output, "%s,%d,%d,%d,%d,%d\n", lattice->barcodes[i], lattice->in_tissue[i], lattice->rows[i],
                          lattice->cols[i], (gint) lattice->pixels[2 * i + 1], (gint) lattice->pixels[2 * i]);
  return smooth_output_commit (output, error);
}

static gboolean
save_scale_factors (const Simulation *simulation, GError **error)
{
  const SimFrame *frame = &simulation->lattice->frame;
  g_autofree char *path = g_build_filename (simulation->folder, "spatial", "scalefactors_json.json", NULL);
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  smooth_json_add_double (builder, "spot_diameter_fullres", SPOT_UM / frame->um_per_pixel);
  smooth_json_add_double (builder, "tissue_hires_scalef", frame->hires_scale);
  smooth_json_add_double (builder, "fiducial_diameter_fullres", FIDUCIAL_UM / frame->um_per_pixel);
  smooth_json_add_double (builder, "tissue_lowres_scalef", frame->lowres_scale);
  json_builder_end_object (builder);
  return smooth_json_save (builder, path, error);
}

static gboolean
save_pictures (const Simulation *simulation, guint64 seed, SmoothRun *run, GError **error)
{
  const SimFrame *frame = &simulation->lattice->frame;
  g_autofree char *hires_path = g_build_filename (simulation->folder, "spatial", "tissue_hires_image.png", NULL);
  g_autofree char *lowres_path = g_build_filename (simulation->folder, "spatial", "tissue_lowres_image.png", NULL);

  g_autoptr (SmoothPicture) hires = smooth_i_sim_draw_tissue (&simulation->anatomy, frame, seed, run, error);
  if (hires == NULL)
    return FALSE;
  g_autoptr (SmoothPicture) lowres = smooth_i_sim_shrink (hires, frame->lowres_width, frame->lowres_height, error);
  return lowres != NULL && smooth_picture_save_png (hires, hires_path, error)
         && smooth_picture_save_png (lowres, lowres_path, error);
}

static gboolean
save_signature (const Simulation *simulation, GError **error)
{
  const SimCounts *counts = simulation->counts;
  g_autofree char *path = g_build_filename (simulation->folder, "reference", "signature.csv", NULL);
  SmoothSignature signature = {
    .n_genes = counts->n_genes,
    .n_types = counts->n_types,
    .gene_names = counts->gene_names,
    .type_names = counts->type_names,
    .values = counts->signature,
    .scale = SMOOTH_SCALE_COUNTS,
  };

  return smooth_signature_save (&signature, path, error);
}

static char *
dup_cell_name (const SimCounts *counts, gint64 cell)
{
  return g_strdup_printf ("CELL%05d-%d", (gint) cell + 1, counts->cell_types[cell] + 1);
}

/* The reference cells: a matrix in three files as Cell Ranger writes them, and the type of each cell. */
static gboolean
save_cells (const Simulation *simulation, GError **error)
{
  const SimCounts *counts = simulation->counts;
  const SmoothSparse *cells = counts->cell_counts;
  g_autofree char *folder = g_build_filename (simulation->folder, "reference", "cells", NULL);
  g_autofree char *matrix_path = g_build_filename (folder, "matrix.mtx.gz", NULL);
  g_autofree char *feature_path = g_build_filename (folder, "features.tsv.gz", NULL);
  g_autofree char *barcode_path = g_build_filename (folder, "barcodes.tsv.gz", NULL);
  g_autofree char *type_path = g_build_filename (folder, "cell_types.csv", NULL);
  g_autoptr (GString) matrix = g_string_new ("%%MatrixMarket matrix coordinate integer general\n");
  g_autoptr (GString) features = g_string_new (NULL);
  g_autoptr (GString) barcodes = g_string_new (NULL);

  g_autoptr (SmoothOutput) types = smooth_output_new (type_path, error);
  if (types == NULL)
    return FALSE;
  smooth_output_text (types, "barcode,cell_type\n");
  g_string_append_printf (matrix, "%d %d %" G_GINT64_FORMAT "\n", (gint) cells->n_rows, (gint) cells->n_cols,
                          smooth_sparse_get_nnz (cells));
  for (gint64 c = 0; c < counts->n_cells; c++)
    {
      g_autofree char *name = dup_cell_name (counts, c);
      g_string_append_printf (barcodes, "%s\n", name);
      smooth_output_printf (types, "%s,%s\n", name, counts->type_names[counts->cell_types[c]]);
      for (gint64 i = cells->starts[c]; i < cells->starts[c + 1]; i++)
        g_string_append_printf (matrix, "%d %d %d\n", cells->rows[i] + 1, (gint) c + 1, (gint) cells->values[i]);
    }
  for (gint64 g = 0; g < counts->n_genes; g++)
    g_string_append_printf (features, "%s\t%s\tGene Expression\n", counts->gene_ids[g], counts->gene_names[g]);
  return save_gzip (matrix, matrix_path, error) && save_gzip (features, feature_path, error)
         && save_gzip (barcodes, barcode_path, error) && smooth_output_commit (types, error);
}

static gboolean
save_proportions (const Simulation *simulation, GError **error)
{
  const SimCounts *counts = simulation->counts;
  g_autofree char *path = g_build_filename (simulation->folder, "truth", "proportions.csv", NULL);
  g_autoptr (SmoothOutput) output = smooth_output_new (path, error);

  if (output == NULL)
    return FALSE;
  smooth_output_text (output, "barcode");
  for (gint64 k = 0; k < counts->n_types; k++)
    smooth_output_printf (output, ",%s", counts->type_names[k]);
  for (gint64 s = 0; s < counts->n_spots; s++)
    {
      smooth_output_printf (output, "\n%s", simulation->lattice->barcodes[simulation->lattice->tissue[s]]);
      for (gint64 k = 0; k < counts->n_types; k++)
        {
          smooth_output_text (output, ",");
          smooth_output_number (output, floor (smooth_matrix_column (counts->proportions, s)[k] * 1e6 + 0.5) / 1e6);
        }
    }
  smooth_output_text (output, "\n");
  return smooth_output_commit (output, error);
}

/* The edge of the tumour, as a pathologist would draw it. */
static gboolean
save_regions (const Simulation *simulation, GError **error)
{
  enum { N_POINTS = 72 };
  const SimAnatomy *anatomy = &simulation->anatomy;
  g_autofree char *path = g_build_filename (simulation->folder, "truth", "regions.geojson", NULL);
  double points[2 * N_POINTS];

  for (gint i = 0; i < N_POINTS; i++)
    {
      double angle = 2.0 * G_PI * i / N_POINTS, u = cos (angle), v = sin (angle);
      double edge = 1.0 / smooth_i_sim_blob_get_depth (&anatomy->tumour, anatomy->tumour.x + u, anatomy->tumour.y + v);
      double x, y;
      smooth_i_sim_frame_to_pixel (&simulation->lattice->frame, anatomy->radius * (anatomy->tumour.x + edge * u),
                                   anatomy->radius * (anatomy->tumour.y + edge * v), &x, &y);
      points[2 * i] = floor (x + 0.5);
      points[2 * i + 1] = floor (y + 0.5);
    }
  g_autoptr (SmoothRegions) empty = smooth_regions_new ();
  g_autoptr (SmoothRegions) regions = smooth_regions_new_with (empty, "Tumour", 0xbe1d2c, points, N_POINTS);
  return smooth_regions_save (regions, path, error);
}

static gboolean
make_folders (const char *folder, GError **error)
{
  static const char *const names[] = { "spatial", "reference/cells", "truth" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (folder, names[i], NULL);
      if (!smooth_folder_make (path, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
save_all (const Simulation *simulation, guint64 seed, SmoothRun *run, GError **error)
{
  smooth_run_report (run, 0.6, "writing tables");
  if (!make_folders (simulation->folder, error) || !save_positions (simulation, error) || !save_scale_factors (simulation, error)
      || !save_signature (simulation, error) || !save_cells (simulation, error) || !save_proportions (simulation, error)
      || !save_regions (simulation, error))
    return FALSE;
  smooth_run_report (run, 0.7, "drawing the tissue");
  if (!save_pictures (simulation, seed, run, error))
    return FALSE;
  smooth_run_report (run, 0.9, "writing counts");
  return smooth_run_check (run, error) && save_matrix (simulation, error);
}

/**
 * smooth_simulate:
 * @folder: made where it does not exist; files of the same names are replaced
 * @settings: (nullable): NULL for the defaults
 * @run: (nullable): threads, progress and cancellation
 * @error: a setting out of range, a file that cannot be written, cancellation
 *
 * Writes a section as Space Ranger does: filtered_feature_bc_matrix.h5 (Cell Ranger 3 layout), spatial/tissue_positions.csv,
 * spatial/scalefactors_json.json, spatial/tissue_hires_image.png and tissue_lowres_image.png. Beside them:
 * reference/signature.csv (genes x types, scale 'counts'), reference/cells/ (the cells that it was made from, with
 * cell_types.csv), truth/proportions.csv (spots in the tissue x types) and truth/regions.geojson (the tumour).
 *
 * The same settings give the same numbers in all tables, on any machine and with any number of threads. The matrix is
 * written last, so that an interrupted simulation does not look like a section.
 */
gboolean
smooth_simulate (const char *folder, const SmoothSimulateSettings *settings, SmoothRun *run, GError **error)
{
  SmoothSimulateSettings defaults;

  if (settings == NULL)
    {
      smooth_params_init (&smooth_simulate_params, &defaults);
      settings = &defaults;
    }
  if (!smooth_params_check (&smooth_simulate_params, settings, error))
    return FALSE;

  Simulation simulation = { .folder = folder };
  smooth_i_sim_anatomy_init (&simulation.anatomy, (guint64) settings->seed);
  g_autoptr (SimLattice) lattice = smooth_i_sim_lattice_new (&simulation.anatomy, settings->spots);
  simulation.lattice = lattice;
  smooth_run_report (run, 0.1, "drawing counts");
  g_autoptr (SimCounts) counts = smooth_i_sim_counts_new (&simulation.anatomy, lattice, settings, run, error);
  if (counts == NULL)
    return FALSE;
  simulation.counts = counts;
  if (!save_all (&simulation, (guint64) settings->seed, run, error))
    return FALSE;
  smooth_run_report (run, 1.0, "done");
  return TRUE;
}
