/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Feature matrices of Cell Ranger in HDF5: compressed columns, one a barcode.
 *
 * Version 3 and later: a group /matrix
 *   shape     (features, barcodes)
 *   indptr, indices, data: see hdf5-matrix.c
 *   barcodes  texts
 *   features  a group of texts: id, name, feature_type, genome; of probes also gene_id, gene_name and filtered_probes
 *
 * Versions 1 and 2: one group for each genome, with shape, indptr, indices, data, barcodes, genes (ids) and gene_names.
 */
#include "files/hdf5.h"

#include "base/error.h"
#include "files/choice.h"
#include "files/hdf5-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Where a layout keeps the names of its genes. */
typedef struct
{
  const char *features; /* (nullable): the group of them; NULL: the group of the matrix itself */
  const char *id, *name;
} Layout;

static const Layout layout_3 = { "features", "id", "name" };
static const Layout layout_2 = { NULL, "genes", "gene_names" };

/* What is open while a file is read. */
typedef struct
{
  const char *path;
  const char *choice; /* (nullable): the genome, or the kind of features */
  const Layout *layout;
  SmoothRun *run;
  Hdf5Id file, matrix, features;
  char *matrix_place, *features_place; /* 'FILE: /matrix', for messages */
  gint64 n_features, n_barcodes;
} Reader;

static void
reader_clear (Reader *reader)
{
  hdf5_id_close (reader->features);
  hdf5_id_close (reader->matrix);
  hdf5_id_close (reader->file);
  g_free (reader->matrix_place);
  g_free (reader->features_place);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reader, reader_clear)

static herr_t
add_genome (hid_t root, const char *name, const H5L_info_t *info, void *names)
{
  g_auto (Hdf5Id) group = H5Oopen (root, name, H5P_DEFAULT);

  (void) info;
  if (group >= 0 && H5Iget_type (group) == H5I_GROUP && smooth_i_hdf5_has (group, "indptr", H5I_DATASET)
      && smooth_i_hdf5_has (group, "genes", H5I_DATASET) && g_utf8_validate (name, -1, NULL))
    g_ptr_array_add (names, g_strdup (name));
  return 0;
}

/* The number of entries of a genome; -1 where its group has no such list. */
static gint64
count_entries (const Reader *reader, const char *genome)
{
  g_auto (Hdf5Id) group = H5Gopen2 (reader->file, genome, H5P_DEFAULT);
  g_auto (Hdf5List) data = { .id = H5I_INVALID_HID };

  return group >= 0 && smooth_i_hdf5_list_open (&data, group, "", "data", NULL) ? data.length : -1;
}

static char *
join_names (const GPtrArray *names, const char *but)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < names->len; i++)
    if (names->pdata[i] != but)
      g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", (const char *) names->pdata[i]);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* The genome that was asked for, else the one with the most entries; the others are named in the report. */
static const char *
choose_genome (const Reader *reader, const GPtrArray *genomes, SmoothReport *report, GError **error)
{
  const char *chosen = NULL;
  gint64 most = -1;

  for (guint i = 0; i < genomes->len; i++)
    {
      gint64 n = count_entries (reader, genomes->pdata[i]);
      if (reader->choice != NULL ? g_str_equal (genomes->pdata[i], reader->choice) : chosen == NULL || n > most)
        {
          chosen = genomes->pdata[i];
          most = n;
        }
    }
  g_autofree char *others = join_names (genomes, chosen);
  if (chosen == NULL)
    smooth_i_refuse (reader->path, error, "expected the genome '%s', found %s", reader->choice, others);
  else if (genomes->len > 1)
    smooth_report_add (report, SMOOTH_REPORT_NOTE,
                       reader->choice != NULL
                         ? N_("the counts of genome %s are read, as asked for; the file also has those of %s: add '#' and the "
                              "name to the path to read them")
                         : N_("the counts of genome %s are read, which has the most; the file also has those of %s: add '#' and "
                              "the name to the path to read them"),
                       chosen, others);
  return chosen;
}

/* The file is no feature matrix: says what it is instead. */
static gboolean
fail_other_layout (const Reader *reader, GError **error)
{
  static const char expected[] = "expected a feature matrix of Cell Ranger (a group /matrix, or one for each genome)";
  g_autofree char *members = smooth_i_hdf5_dup_members (reader->file);

  if (smooth_i_hdf5_has (reader->file, "obs", H5I_GROUP) || smooth_i_hdf5_has (reader->file, "obs", H5I_DATASET))
    return smooth_i_refuse (reader->path, error, "%s, found an AnnData file (%s)", expected, members);
  return smooth_i_refuse (reader->path, error, "%s, found %s", expected, members);
}

/* Finds the layout, and the name of the group that holds the matrix. */
static const char *
find_matrix (Reader *reader, GPtrArray *genomes, SmoothReport *report, GError **error)
{
  if (smooth_i_hdf5_has (reader->file, "matrix", H5I_GROUP))
    {
      reader->layout = &layout_3;
      return "matrix";
    }
  reader->layout = &layout_2;
  H5Literate (reader->file, H5_INDEX_NAME, H5_ITER_INC, NULL, add_genome, genomes);
  if (genomes->len > 0)
    return choose_genome (reader, genomes, report, error);
  fail_other_layout (reader, error);
  return NULL;
}

static gboolean
open_groups (Reader *reader, SmoothReport *report, GError **error)
{
  g_autoptr (GPtrArray) genomes = g_ptr_array_new_with_free_func (g_free);

  reader->file = smooth_i_hdf5_open (reader->path, error);
  const char *name = reader->file >= 0 ? find_matrix (reader, genomes, report, error) : NULL;
  if (name == NULL)
    return FALSE;
  const char *features = reader->layout->features;
  reader->matrix_place = g_strdup_printf ("%s: /%s", reader->path, name);
  reader->features_place = g_strconcat (reader->matrix_place, features != NULL ? "/" : NULL, features, NULL);
  reader->matrix = H5Oopen (reader->file, name, H5P_DEFAULT);
  if (features != NULL && !smooth_i_hdf5_has (reader->matrix, features, H5I_GROUP))
    {
      g_autofree char *members = smooth_i_hdf5_dup_members (reader->matrix);
      return smooth_i_refuse (reader->matrix_place, error, "expected a group '%s', found %s", features, members);
    }
  reader->features = H5Oopen (reader->matrix, features != NULL ? features : ".", H5P_DEFAULT);
  return TRUE;
}

static gboolean
read_shape (Reader *reader, GError **error)
{
  g_auto (Hdf5List) list = { 0 };
  gint64 shape[2];

  if (!smooth_i_hdf5_list_open (&list, reader->matrix, reader->matrix_place, "shape", error)
      || !smooth_i_hdf5_list_need_numbers (&list, TRUE, error)
      || !smooth_i_hdf5_list_need_length (&list, 2, N_("genes and barcodes"), error)
      || !smooth_i_hdf5_list_read (&list, H5T_NATIVE_INT64, shape, NULL, error))
    return FALSE;
  for (gint i = 0; i < 2; i++)
    if (shape[i] < 0 || shape[i] >= G_MAXINT32)
      return smooth_i_refuse (list.name, error, "expected numbers of 0..%d, found %" PRId64, G_MAXINT32 - 1, shape[i]);
  reader->n_features = shape[0];
  reader->n_barcodes = shape[1];
  return TRUE;
}

/* Returns: (transfer full): @n texts of a list that must be there */
static char **
read_texts (hid_t group, const char *place, const char *name, gint64 n, const char *why, GError **error)
{
  g_auto (Hdf5List) list = { 0 };

  if (!smooth_i_hdf5_list_open (&list, group, place, name, error) || !smooth_i_hdf5_list_need_length (&list, n, why, error))
    return NULL;
  return smooth_i_hdf5_list_dup_texts (&list, error);
}

static char **
read_features (const Reader *reader, const char *name, GError **error)
{
  return read_texts (reader->features, reader->features_place, name, reader->n_features, N_("genes in shape"), error);
}

static gboolean
read_barcodes (Reader *reader, SmoothCounts *counts, GError **error)
{
  gint64 first;

  counts->barcodes
      = read_texts (reader->matrix, reader->matrix_place, "barcodes", reader->n_barcodes, "barcodes in shape", error);
  if (counts->barcodes == NULL)
    return FALSE;
  counts->n_barcodes = reader->n_barcodes;
  for (gint64 i = 0; i < counts->n_barcodes; i++)
    if (counts->barcodes[i][0] == '\0')
      return smooth_i_refuse (reader->matrix_place, error,
                              "barcodes: element %" PRId64 ": expected a barcode, found an empty text", i);
  gint64 again = smooth_i_find_repeated (counts->barcodes, counts->n_barcodes, &first);
  if (again >= 0)
    return smooth_i_refuse (reader->matrix_place, error,
                            "barcodes: expected every barcode once, found '%s' as elements %" PRId64 " and %" PRId64,
                            counts->barcodes[again], first, again);
  return TRUE;
}

/* Whether a list of flags says so; all where there is no such list. */
static gboolean *
read_flags (const Reader *reader, const char *name, GError **error)
{
  g_auto (Hdf5List) list = { 0 };

  if (!smooth_i_hdf5_has (reader->features, name, H5I_DATASET))
    {
      gboolean *flags = g_new (gboolean, reader->n_features + 1);
      for (gint64 i = 0; i < reader->n_features; i++)
        flags[i] = TRUE;
      return flags;
    }
  if (!smooth_i_hdf5_list_open (&list, reader->features, reader->features_place, name, error)
      || !smooth_i_hdf5_list_need_length (&list, reader->n_features, N_("genes in shape"), error))
    return NULL;
  return smooth_i_hdf5_list_dup_flags (&list, error);
}

/* Rows that are probes become the genes that they belong to. */
static gboolean
sum_probes (const Reader *reader, SmoothCounts *counts, char *const *types, GError **error)
{
  g_auto (GStrv) ids = read_features (reader, "gene_id", error);
  g_auto (GStrv) names = ids != NULL ? read_features (reader, "gene_name", error) : NULL;
  g_autofree gboolean *used = names != NULL ? read_flags (reader, "filtered_probes", error) : NULL;

  if (used == NULL)
    return FALSE;
  for (gint64 i = 0; i < reader->n_features; i++)
    used[i] = used[i] && (types == NULL || g_str_equal (types[i], SMOOTH_I_GENE_EXPRESSION));
  return smooth_i_counts_sum_probes (counts, ids, names, used, error);
}

static gboolean
are_probes (const Reader *reader)
{
  return reader->choice == NULL && smooth_i_hdf5_has (reader->features, "gene_id", H5I_DATASET)
         && smooth_i_hdf5_has (reader->features, "gene_name", H5I_DATASET);
}

static gboolean
read_all (Reader *reader, SmoothCounts *counts, GError **error)
{
  g_auto (GStrv) types = NULL;

  if (!open_groups (reader, counts->report, error) || !read_shape (reader, error) || !read_barcodes (reader, counts, error))
    return FALSE;
  counts->n_genes = reader->n_features;
  counts->gene_ids = read_features (reader, reader->layout->id, error);
  if (counts->gene_ids == NULL)
    return FALSE;
  counts->gene_names = read_features (reader, reader->layout->name, error);
  if (counts->gene_names == NULL)
    return FALSE;
  if (smooth_i_hdf5_has (reader->features, "feature_type", H5I_DATASET))
    {
      types = read_features (reader, "feature_type", error);
      if (types == NULL)
        return FALSE;
    }
  Hdf5Matrix matrix = { reader->matrix, reader->matrix_place, reader->n_features, reader->n_barcodes, counts->barcodes, N_("gene"), N_("barcode") };
  counts->matrix = smooth_i_hdf5_matrix_read (&matrix, reader->run, error);
  if (counts->matrix == NULL)
    return FALSE;
  if (are_probes (reader))
    return sum_probes (reader, counts, types, error);
  return smooth_i_counts_keep_genes (counts, types, reader->layout == &layout_3 ? reader->choice : NULL, error);
}

/**
 * smooth_hdf5_load:
 * @path: an HDF5 file that Cell Ranger, Space Ranger or Xenium's software wrote; where it holds several genomes (versions 1
 *   and 2) or kinds of features, '#' and the name of one of them may stand behind it: 'raw.h5#Antibody Capture'
 * @run: (nullable): progress and cancellation
 *
 * Without a choice the genome with the most entries and the features of the type 'Gene Expression' are read. Probes are
 * added up to genes, without those that the file marks as filtered out. Every list is checked against the others and
 * against what the file stores. Only one thread reads HDF5 at a time.
 *
 * Returns: (transfer full): the counts of the genes; what was left out is in its report
 */
SmoothCounts *
smooth_hdf5_load (const char *path, SmoothRun *run, GError **error)
{
  g_autofree char *choice = NULL;
  g_autofree char *file = smooth_i_choice_split (path, &choice);
  g_autoptr (SmoothCounts) counts = smooth_i_counts_new (file);
  gboolean good;

  smooth_i_counts_add_file (counts, file);
  smooth_i_hdf5_lock ();
  {
    g_auto (Reader) reader = { .path = file, .choice = choice, .run = run, .file = H5I_INVALID_HID, .matrix = H5I_INVALID_HID,
                               .features = H5I_INVALID_HID };
    good = read_all (&reader, counts, error);
  }
  smooth_i_hdf5_unlock ();
  return good ? g_steal_pointer (&counts) : NULL;
}
