/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes an outcome as AnnData. What stands where:
 *
 *   X                            counts, spots x genes
 *   obs                          in_tissue, array_row, array_col, total_counts, region
 *   var                          symbols (a repeated one gets a number, as scanpy does it), gene_ids
 *   obsm/spatial                 full-resolution pixels
 *   obsm/proportions, abundances tables of cell types
 *   obsp/spatial_connectivities  weights of the graph; spatial_distances: um. Beside a graph of others: smoothscope_...
 *   uns/spatial/SECTION          images/hires, scalefactors
 *   uns/smoothscope              recipe, version, objective, kkt_residual
 *
 * A section that was read from an .h5ad file is written as a copy of that file: all that is not named above, and X, obs
 * and var but for the column region, stay as they were.
 */
#include "export/anndata.h"

#include "base/error.h"
#include "files/anndata-write.h"
#include "files/anndata.h"
#include "smooth-config.h"

#include <math.h>
#include <string.h>

/* What is written, and which spots are its rows. */
typedef struct
{
  const SmoothOutcome *outcome;
  const SmoothSection *section;
  SmoothHdf5Writer *writer;
  gint64 n;             /* rows: spots that have counts */
  gint32 *spots;        /* n: of the section */
  gint32 *row_of;       /* n_spots of the section: the row, or -1 */
  const char **names;   /* n: barcodes; NULL-terminated */
} Export;

static void
export_clear (Export *export)
{
  smooth_hdf5_writer_free (export->writer);
  g_free (export->spots);
  g_free (export->row_of);
  g_free (export->names);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Export, export_clear)

static void
list_rows (Export *export)
{
  const SmoothSection *section = export->section;

  export->spots = g_new (gint32, section->n_spots + 1);
  export->row_of = g_new (gint32, section->n_spots + 1);
  export->names = g_new0 (const char *, section->n_spots + 1);
  for (gint64 i = 0; i < section->n_spots; i++)
    {
      gboolean has_counts = (section->spot_flags[i] & SMOOTH_SPOT_HAS_COUNTS) != 0;
      export->row_of[i] = has_counts ? (gint32) export->n : -1;
      if (!has_counts)
        continue;
      export->names[export->n] = section->barcodes[i];
      export->spots[export->n++] = (gint32) i;
    }
}

/* ---- The section ---- */

static void
add_obs_numbers (Export *export, const char *name, const gint32 *numbers)
{
  g_autofree gint32 *column = g_new (gint32, export->n + 1);

  for (gint64 r = 0; r < export->n; r++)
    column[r] = numbers[export->spots[r]];
  smooth_anndata_add_array (export->writer, name, SMOOTH_HDF5_INT32, column, 1, &export->n);
}

static void
add_obs (Export *export)
{
  static const char *const columns[] = { "in_tissue", "array_row", "array_col", "total_counts", NULL };
  const SmoothSection *section = export->section;
  g_autofree gint32 *in_tissue = g_new (gint32, section->n_spots + 1);
  g_autofree double *totals = g_new (double, export->n + 1);

  for (gint64 i = 0; i < section->n_spots; i++)
    in_tissue[i] = (section->spot_flags[i] & SMOOTH_SPOT_IN_TISSUE) != 0;
  for (gint64 r = 0; r < export->n; r++)
    totals[r] = section->total_counts[export->spots[r]];
  smooth_anndata_add_frame (export->writer, "obs", export->names, export->n, columns);
  add_obs_numbers (export, "obs/in_tissue", in_tissue);
  add_obs_numbers (export, "obs/array_row", section->array_rows);
  add_obs_numbers (export, "obs/array_col", section->array_cols);
  smooth_anndata_add_array (export->writer, "obs/total_counts", SMOOTH_HDF5_DOUBLE, totals, 1, &export->n);
}

/* Returns: (transfer full): symbols; the second of a name gets '-1', the third '-2', unless that is a name itself */
static char **
dup_unique_names (char *const *names, gint64 n)
{
  g_autoptr (GHashTable) taken = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) next = g_hash_table_new (g_str_hash, g_str_equal);
  char **unique = g_new0 (char *, n + 1);

  for (gint64 g = 0; g < n; g++)
    g_hash_table_add (taken, names[g]);
  for (gint64 g = 0; g < n; g++)
    {
      gint number = GPOINTER_TO_INT (g_hash_table_lookup (next, names[g]));
      unique[g] = g_strdup (names[g]);
      for (; number > 0 && g_hash_table_contains (taken, unique[g]); number++)
        {
          g_free (unique[g]);
          unique[g] = g_strdup_printf ("%s-%d", names[g], number);
        }
      g_hash_table_add (taken, unique[g]);
      g_hash_table_insert (next, names[g], GINT_TO_POINTER (MAX (number, 1)));
    }
  return unique;
}

static void
add_var (Export *export)
{
  static const char *const columns[] = { "gene_ids", NULL };
  const SmoothSection *section = export->section;
  g_auto (GStrv) names = dup_unique_names (section->gene_names, section->n_genes);

  smooth_anndata_add_frame (export->writer, "var", (const char *const *) names, section->n_genes, columns);
  smooth_anndata_add_texts (export->writer, "var/gene_ids", (const char *const *) section->gene_ids, section->n_genes);
}

static gboolean
add_counts (Export *export, GError **error)
{
  g_autoptr (SmoothSparse) columns = smooth_sparse_new_columns (export->section->counts, export->spots, export->n, error);

  if (columns == NULL)
    return FALSE;
  smooth_anndata_add_matrix (export->writer, "X", columns);
  return TRUE;
}

static void
add_coords (Export *export)
{
  const gint64 sizes[2] = { export->n, 2 };
  g_autofree double *coords = g_new (double, 2 * export->n + 1);

  for (gint64 r = 0; r < export->n; r++)
    memcpy (coords + 2 * r, export->section->coords + 2 * (gsize) export->spots[r], 2 * sizeof *coords);
  smooth_anndata_add_array (export->writer, "obsm/spatial", SMOOTH_HDF5_DOUBLE, coords, 2, sizes);
}

static void
add_picture (Export *export, const char *library)
{
  const SmoothPicture *picture = export->section->picture;
  const gint64 sizes[3] = { picture->height, picture->width, 3 };
  g_autofree char *name = g_strconcat (library, "/images/hires", NULL);
  g_autofree guint8 *bytes = g_malloc ((gsize) picture->height * (gsize) picture->width * 3);
  guint8 *byte = bytes;

  for (gint y = 0; y < picture->height; y++)
    for (gint x = 0; x < picture->width; x++)
      {
        guint32 pixel = smooth_picture_get_pixel (picture, x, y);
        *byte++ = (guint8) (pixel >> 16);
        *byte++ = (guint8) (pixel >> 8);
        *byte++ = (guint8) pixel;
      }
  smooth_anndata_add_array (export->writer, name, SMOOTH_HDF5_UINT8, bytes, 3, sizes);
}

/* uns/spatial/SECTION as scanpy.read_visium() makes it. */
static void
add_library (Export *export)
{
  const SmoothSection *section = export->section;
  g_autofree char *key = smooth_anndata_dup_key (section->name);
  g_autofree char *library = g_strconcat ("uns/spatial/", key, NULL);
  g_autofree char *images = g_strconcat (library, "/images", NULL);
  g_autofree char *factors = g_strconcat (library, "/scalefactors", NULL);
  g_autofree char *diameter = g_strconcat (factors, "/spot_diameter_fullres", NULL);
  g_autofree char *scale = g_strconcat (factors, "/tissue_hires_scalef", NULL);
  g_autofree char *pixel = g_strconcat (factors, "/microns_per_pixel", NULL);

  smooth_anndata_need_dict (export->writer, "uns/spatial");
  smooth_anndata_need_dict (export->writer, library);
  smooth_anndata_need_dict (export->writer, images);
  smooth_anndata_need_dict (export->writer, factors);
  smooth_anndata_add_number (export->writer, diameter, section->spot_diameter / section->um_per_pixel);
  if (section->um_is_known)
    smooth_anndata_add_number (export->writer, pixel, section->um_per_pixel);
  if (section->picture == NULL)
    return;
  smooth_anndata_add_number (export->writer, scale, section->picture_scale);
  add_picture (export, library);
}

static gboolean
add_section (Export *export, GError **error)
{
  static const char *const dicts[] = { "layers", "obsm", "obsp", "uns", "varm", "varp" };

  smooth_anndata_add_root (export->writer);
  if (!add_counts (export, error))
    return FALSE;
  add_obs (export);
  add_var (export);
  for (gsize i = 0; i < G_N_ELEMENTS (dicts); i++)
    smooth_anndata_need_dict (export->writer, dicts[i]);
  add_coords (export);
  add_library (export);
  return TRUE;
}

/* ---- What was computed ---- */

/* Makes room for a column of obs, or reports that there can be none. */
static gboolean
need_column (Export *export, const char *column, SmoothReport *report)
{
  gboolean can = smooth_anndata_add_to_frame (export->writer, "obs", column);

  if (!can)
    smooth_report_add (report, SMOOTH_REPORT_WARNING,
                       "the column '%s' is left out: the table of spots in the file has an encoding before that of 2020, to which no column can be added",
                       column);
  return can;
}

/* The category of each spot, with the colours where scanpy looks for them. */
static void
add_regions (Export *export, SmoothReport *report)
{
  const SmoothOutcome *outcome = export->outcome;
  gint64 n_categories = outcome->categories != NULL ? g_strv_length (outcome->categories) : 0;
  g_autofree gint32 *codes = g_new (gint32, export->n + 1);
  g_autoptr (GPtrArray) colours = g_ptr_array_new_with_free_func (g_free);

  if (n_categories == 0)
    return;
  if (!need_column (export, "region", report))
    return;
  for (gint64 r = 0; r < export->n; r++)
    codes[r] = -1;
  for (gint64 s = 0; s < outcome->n_spots; s++)
    codes[export->row_of[outcome->spots[s]]] = outcome->labels[s];
  smooth_anndata_add_categories (export->writer, "obs/region", codes, export->n, (const char *const *) outcome->categories);

  for (gint64 c = 0; c < n_categories; c++)
    for (gint64 i = 0; i < smooth_regions_get_n (outcome->inputs.regions); i++)
      {
        const SmoothRegion *region = smooth_regions_get (outcome->inputs.regions, i);
        if (!g_str_equal (region->name, outcome->categories[c]))
          continue;
        g_ptr_array_add (colours, g_strdup_printf ("#%06x", region->colour));
        break;
      }
  smooth_hdf5_writer_remove (export->writer, "uns/region_colors");
  if (colours->len == n_categories)
    smooth_anndata_add_texts (export->writer, "uns/region_colors", (const char *const *) colours->pdata, n_categories);
}

/* A table of cell types: NAN for spots that were not analysed. */
static void
add_types (Export *export, const char *name, const SmoothMatrix *values)
{
  const SmoothOutcome *outcome = export->outcome;
  g_autofree double *column = g_new (double, export->n + 1);

  smooth_hdf5_writer_remove (export->writer, name);
  smooth_anndata_add_frame (export->writer, name, export->names, export->n, (const char *const *) outcome->result->type_names);
  for (gint64 k = 0; k < values->n_rows; k++)
    {
      g_autofree char *key = smooth_anndata_dup_key (outcome->result->type_names[k]);
      g_autofree char *place = g_strconcat (name, "/", key, NULL);
      for (gint64 r = 0; r < export->n; r++)
        column[r] = NAN;
      for (gint64 s = 0; s < outcome->n_spots; s++)
        column[export->row_of[outcome->spots[s]]] = smooth_matrix_column (values, s)[k];
      smooth_anndata_add_array (export->writer, place, SMOOTH_HDF5_DOUBLE, column, 1, &export->n);
    }
}

/* A column of a layer, a row a spot. */
static double *
dup_rows (const Export *export, const SmoothLayer *layer, gint64 k)
{
  const double *values = smooth_layer_column (layer, k);
  double *rows = g_new (double, export->n + 1);

  for (gint64 r = 0; r < export->n; r++)
    rows[r] = values[export->spots[r]];
  return rows;
}

static void
add_frame (Export *export, const char *name, const SmoothLayer *layer)
{
  smooth_anndata_add_frame (export->writer, name, export->names, export->n, (const char *const *) layer->columns);
  for (gint64 k = 0; k < layer->n_columns; k++)
    {
      g_autofree char *key = smooth_anndata_dup_key (layer->columns[k]);
      g_autofree char *place = g_strconcat (name, "/", key, NULL);
      g_autofree double *rows = dup_rows (export, layer, k);
      smooth_anndata_add_array (export->writer, place, SMOOTH_HDF5_DOUBLE, rows, 1, &export->n);
    }
}

/* A plain array, as scanpy expects embeddings. */
static void
add_embedding (Export *export, const char *name, const SmoothLayer *layer)
{
  const gint64 sizes[2] = { export->n, layer->n_columns };
  g_autofree double *rows = g_new (double, sizes[0] * sizes[1] + 1);

  for (gint64 k = 0; k < layer->n_columns; k++)
    {
      const double *values = smooth_layer_column (layer, k);
      for (gint64 r = 0; r < export->n; r++)
        rows[r * layer->n_columns + k] = values[export->spots[r]];
    }
  smooth_anndata_add_array (export->writer, name, SMOOTH_HDF5_DOUBLE, rows, 2, sizes);
}

/* A column of obs. */
static void
add_categories (Export *export, const char *key, const SmoothLayer *layer, SmoothReport *report)
{
  const double *values = smooth_layer_column (layer, 0);
  g_autofree char *name = g_strconcat ("obs/", key, NULL);
  g_autofree gint32 *codes = g_new (gint32, export->n + 1);

  if (!need_column (export, key, report))
    return;
  for (gint64 r = 0; r < export->n; r++)
    codes[r] = isnan (values[export->spots[r]]) ? -1 : (gint32) values[export->spots[r]];
  smooth_anndata_add_categories (export->writer, name, codes, export->n, (const char *const *) layer->categories);
}

static void
add_layer (Export *export, const SmoothLayer *layer, SmoothReport *report)
{
  g_autofree char *key = smooth_anndata_dup_key (layer->key);
  g_autofree char *name = g_strconcat (layer->kind == SMOOTH_LAYER_SIGNED ? "obsm/X_" : "obsm/", key, NULL);

  if (layer->kind == SMOOTH_LAYER_CATEGORIES)
    {
      add_categories (export, key, layer, report);
      return;
    }
  smooth_hdf5_writer_remove (export->writer, name);
  (layer->kind == SMOOTH_LAYER_SIGNED ? add_embedding : add_frame) (export, name, layer);
}

/* A graph that others put into the file stays beside ours. */
static const char *
choose_graph_key (Export *export)
{
  gboolean is_ours = smooth_hdf5_writer_has (export->writer, "uns/smoothscope");
  gboolean has_ours = smooth_hdf5_writer_has (export->writer, "obsp/smoothscope_connectivities");

  return has_ours || (!is_ours && smooth_hdf5_writer_has (export->writer, "obsp/spatial_connectivities")) ? "smoothscope" : "spatial";
}

/* The edges of positive weight between different spots, and in the same places the distances. */
static gboolean
collect_edges (Export *export, SmoothSparse **connectivities, SmoothSparse **distances, GError **error)
{
  const SmoothOutcome *outcome = export->outcome;
  const SmoothSparse *weights = outcome->graph->weights;
  gint64 nnz = smooth_sparse_get_nnz (weights), e = 0;
  g_autoptr (SmoothSparse) moved = smooth_sparse_new (export->n, export->n, nnz, error);
  g_autoptr (SmoothSparse) lengths = moved != NULL ? smooth_sparse_new (export->n, export->n, nnz, error) : NULL;

  if (lengths == NULL)
    return FALSE;
  /* Analysed spots ascend in the section, and so do the rows: the order within columns stays. */
  for (gint64 s = 0, r = 0; r < export->n; r++)
    {
      moved->starts[r] = lengths->starts[r] = e;
      if (s >= outcome->n_spots || outcome->spots[s] != export->spots[r])
        continue;
      const double *from = export->section->coords + 2 * (gsize) outcome->spots[s];
      for (gint64 i = weights->starts[s]; i < weights->starts[s + 1]; i++)
        {
          gint32 neighbour = outcome->spots[weights->rows[i]];
          const double *to = export->section->coords + 2 * (gsize) neighbour;
          if (weights->values[i] <= 0.0 || weights->rows[i] == s)
            continue;
          moved->rows[e] = lengths->rows[e] = export->row_of[neighbour];
          moved->values[e] = weights->values[i];
          lengths->values[e++] = hypot (to[0] - from[0], to[1] - from[1]) * export->section->um_per_pixel;
        }
      s++;
    }
  moved->starts[export->n] = lengths->starts[export->n] = e;
  *connectivities = g_steal_pointer (&moved);
  *distances = g_steal_pointer (&lengths);
  return TRUE;
}

/* Where squidpy looks for the graph. */
static void
add_graph_keys (Export *export)
{
  smooth_hdf5_writer_remove (export->writer, "uns/spatial_neighbors");
  smooth_anndata_need_dict (export->writer, "uns/spatial_neighbors");
  smooth_anndata_add_text (export->writer, "uns/spatial_neighbors/connectivities_key", "spatial_connectivities");
  smooth_anndata_add_text (export->writer, "uns/spatial_neighbors/distances_key", "spatial_distances");
  smooth_anndata_need_dict (export->writer, "uns/spatial_neighbors/params");
}

static gboolean
add_graph (Export *export, GError **error)
{
  const char *key = choose_graph_key (export);
  g_autofree char *name = g_strdup_printf ("obsp/%s_connectivities", key);
  g_autofree char *distances_name = g_strdup_printf ("obsp/%s_distances", key);
  g_autoptr (SmoothSparse) connectivities = NULL;
  g_autoptr (SmoothSparse) distances = NULL;

  if (!collect_edges (export, &connectivities, &distances, error))
    return FALSE;
  smooth_anndata_need_dict (export->writer, "obsp");
  smooth_hdf5_writer_remove (export->writer, name);
  smooth_hdf5_writer_remove (export->writer, distances_name);
  smooth_anndata_add_matrix (export->writer, name, connectivities);
  smooth_anndata_add_matrix (export->writer, distances_name, distances);
  if (g_str_equal (key, "spatial"))
    add_graph_keys (export);
  return TRUE;
}

static void
add_facts (Export *export, const char *recipe)
{
  const SmoothResult *result = export->outcome->result;

  smooth_hdf5_writer_remove (export->writer, "uns/smoothscope");
  smooth_anndata_need_dict (export->writer, "uns/smoothscope");
  smooth_anndata_add_text (export->writer, "uns/smoothscope/version", SMOOTH_VERSION);
  if (recipe != NULL)
    smooth_anndata_add_text (export->writer, "uns/smoothscope/recipe", recipe);
  if (result == NULL)
    return;
  smooth_anndata_add_number (export->writer, "uns/smoothscope/objective", result->info.objective);
  smooth_anndata_add_number (export->writer, "uns/smoothscope/kkt_residual", result->info.kkt_residual);
}

static gboolean
add_outcome (Export *export, SmoothLayer *const *layers, gsize n_layers, const char *recipe, SmoothReport *report, GError **error)
{
  const SmoothOutcome *outcome = export->outcome;

  smooth_anndata_need_dict (export->writer, "obsm");
  smooth_anndata_need_dict (export->writer, "uns");
  add_regions (export, report);
  if (outcome->result != NULL)
    {
      add_types (export, "obsm/proportions", outcome->result->proportions);
      add_types (export, "obsm/abundances", outcome->result->abundances);
    }
  for (gsize i = 0; i < n_layers; i++)
    add_layer (export, layers[i], report);
  if (!add_graph (export, error))
    return FALSE;
  add_facts (export, recipe);
  return TRUE;
}

/* Returns: (transfer full) (nullable): the .h5ad file that the section was read from; NULL where it was read from others */
static char *
dup_original (const SmoothSection *section)
{
  const char *file = section->input_files[0];

  return file != NULL && section->input_files[1] == NULL && smooth_anndata_is_one (file) ? g_strdup (file) : NULL;
}

/**
 * smooth_export_anndata:
 * @layers: (nullable): @n_layers of the same section: signed ones become obsm/X_KEY, categories the column KEY of obs, others
 *   tables obsm/KEY
 * @recipe: (nullable): a recipe as JSON text, to be kept in uns/smoothscope/recipe
 * @path: of the .h5ad file
 * @report: gets what could not be written
 * @error: SMOOTH_ERROR_FILE
 *
 * Rows are the spots that have counts, in the order of the section. O(entries of the counts); twice their memory at most.
 */
gboolean
smooth_export_anndata (const SmoothOutcome *outcome, SmoothLayer *const *layers, gsize n_layers, const char *recipe, const char *path,
                       SmoothReport *report, GError **error)
{
  g_auto (Export) export = { .outcome = outcome, .section = outcome->inputs.section };
  g_autofree char *original = dup_original (outcome->inputs.section);

  list_rows (&export);
  export.writer = original != NULL ? smooth_hdf5_writer_new_copy (path, original, error) : smooth_hdf5_writer_new (path, error);
  if (export.writer == NULL || (original == NULL && !add_section (&export, error)))
    return FALSE;
  return add_outcome (&export, layers, n_layers, recipe, report, error) && smooth_hdf5_writer_commit (export.writer, error);
}
