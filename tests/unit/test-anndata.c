/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of AnnData files: every encoding of tables and matrices, the choice of counts, sections and references from them. */
#include "base/error.h"
#include "files/hdf5-private.h"
#include "section/labels.h"
#include "section/section-private.h"
#include "section/signature.h"

#include "made-section.h"

#include <hdf5.h>
#include <math.h>
#include <zstd.h>

#define N_OBS 4
#define N_VARS 3

static char *path;

static const char *const names[] = { "c0", "c1", "c2", "c3" };
static const char *const genes[] = { "Pax6", "Sox2", "Tgm3" };
static const char *const ids[] = { "ENSG1", "ENSG2", "ENSG3" };
static const char *const types[] = { "B", "T", "B", "T" };
static const char *const categories[] = { "B", "T" };
static const double codes[] = { 0, 1, 0, 1 };

/* Observations x variables, row-major. */
static const double counts[N_OBS * N_VARS] = { 1, 0, 2, /**/ 0, 3, 0, /**/ 4, 0, 5, /**/ 0, 6, 7 };

typedef enum
{
  FRAME_LIST,   /* compounds: until 2019 */
  FRAME_OLD,    /* __categories: 2020 and 2021 */
  FRAME_CODES,  /* codes and categories: since 2022 */
  FRAME_TEXTS,  /* a list of texts */
  FRAME_MASKED, /* texts with a mask: since 2025 */
  N_FRAMES
} Frame;

typedef enum
{
  MATRIX_ROWS,
  MATRIX_COLUMNS,
  MATRIX_OLD_ROWS,
  MATRIX_DENSE,
  MATRIX_CHUNKED,
  N_MATRICES
} Matrix;

static void
put_numbers (hid_t parent, const char *name, hid_t type, const double *values, hsize_t n)
{
  hid_t space = H5Screate_simple (1, &n, NULL);
  hid_t list = H5Dcreate2 (parent, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);

  g_assert_cmpint (H5Dwrite (list, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), >=, 0);
  H5Dclose (list);
  H5Sclose (space);
}

static void
put_texts (hid_t parent, const char *name, const char *const *texts, hsize_t n)
{
  hid_t space = H5Screate_simple (1, &n, NULL);
  hid_t type = H5Tcopy (H5T_C_S1);

  H5Tset_size (type, H5T_VARIABLE);
  hid_t list = H5Dcreate2 (parent, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  g_assert_cmpint (H5Dwrite (list, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, texts), >=, 0);
  H5Dclose (list);
  H5Tclose (type);
  H5Sclose (space);
}

static void
put_attribute (hid_t object, const char *name, const char *text)
{
  hid_t space = H5Screate (H5S_SCALAR);
  hid_t type = H5Tcopy (H5T_C_S1);

  H5Tset_size (type, H5T_VARIABLE);
  hid_t attribute = H5Acreate2 (object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
  g_assert_cmpint (H5Awrite (attribute, type, &text), >=, 0);
  H5Aclose (attribute);
  H5Tclose (type);
  H5Sclose (space);
}

static hid_t
put_group (hid_t parent, const char *name)
{
  return H5Gcreate2 (parent, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
}

static void
put_grid (hid_t parent, const char *name, int rank, const hsize_t *dims, hid_t type, const double *values, gboolean chunked)
{
  hid_t space = rank > 0 ? H5Screate_simple (rank, dims, NULL) : H5Screate (H5S_SCALAR);
  hid_t creation = H5Pcreate (H5P_DATASET_CREATE);

  if (chunked)
    {
      H5Pset_chunk (creation, rank, (const hsize_t[]){ 2, 2, 2 });
      H5Pset_deflate (creation, 4);
    }
  hid_t grid = H5Dcreate2 (parent, name, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
  g_assert_cmpint (H5Dwrite (grid, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), >=, 0);
  H5Dclose (grid);
  H5Pclose (creation);
  H5Sclose (space);
}

static void
put_matrix (hid_t parent, const char *name, Matrix kind, const double *values)
{
  double starts[N_OBS + 1] = { 0 }, indices[N_OBS * N_VARS], data[N_OBS * N_VARS];
  gboolean by_var = kind == MATRIX_COLUMNS;
  gint n_major = by_var ? N_VARS : N_OBS, n_minor = by_var ? N_OBS : N_VARS, n = 0;

  if (kind >= MATRIX_DENSE)
    {
      put_grid (parent, name, 2, (const hsize_t[]){ N_OBS, N_VARS }, H5T_IEEE_F32LE, values, kind == MATRIX_CHUNKED);
      return;
    }
  for (gint i = 0; i < n_major; i++)
    {
      for (gint j = 0; j < n_minor; j++)
        {
          double value = by_var ? values[j * N_VARS + i] : values[i * N_VARS + j];
          indices[n] = j;
          data[n] = value;
          n += value != 0.0;
        }
      starts[i + 1] = n;
    }
  hid_t group = put_group (parent, name);
  put_attribute (group, kind == MATRIX_OLD_ROWS ? "h5sparse_format" : "encoding-type",
                 by_var ? "csc_matrix" : kind == MATRIX_OLD_ROWS ? "csr" : "csr_matrix");
  put_numbers (group, "indptr", H5T_STD_I32LE, starts, (hsize_t) n_major + 1);
  put_numbers (group, "indices", H5T_STD_I32LE, indices, (hsize_t) n);
  put_numbers (group, "data", H5T_IEEE_F32LE, data, (hsize_t) n);
  H5Gclose (group);
}

/* obs as a list of compounds: a text, a code and a number. */
static void
put_list (hid_t file)
{
  struct { char name[4]; gint8 type; float in_tissue; } rows[N_OBS];
  hid_t text = H5Tcopy (H5T_C_S1), compound = H5Tcreate (H5T_COMPOUND, sizeof *rows);
  hsize_t n = N_OBS;
  hid_t space = H5Screate_simple (1, &n, NULL);

  H5Tset_size (text, 4);
  for (gint i = 0; i < N_OBS; i++)
    {
      g_strlcpy (rows[i].name, names[i], 4);
      rows[i].type = (gint8) codes[i];
      rows[i].in_tissue = 1.0f;
    }
  H5Tinsert (compound, "index", HOFFSET (typeof (*rows), name), text);
  H5Tinsert (compound, "type", HOFFSET (typeof (*rows), type), H5T_NATIVE_INT8);
  H5Tinsert (compound, "in_tissue", HOFFSET (typeof (*rows), in_tissue), H5T_NATIVE_FLOAT);
  hid_t list = H5Dcreate2 (file, "obs", compound, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  g_assert_cmpint (H5Dwrite (list, compound, H5S_ALL, H5S_ALL, H5P_DEFAULT, rows), >=, 0);
  H5Dclose (list);
  H5Sclose (space);
  H5Tclose (compound);
  H5Tclose (text);
  hid_t uns = put_group (file, "uns");
  put_texts (uns, "type_categories", categories, 2);
  H5Gclose (uns);
}

static void
put_obs (hid_t file, Frame kind)
{
  if (kind == FRAME_LIST)
    {
      put_list (file);
      return;
    }
  hid_t obs = put_group (file, "obs");
  put_attribute (obs, "_index", "cell");
  if (kind == FRAME_MASKED)
    {
      hid_t index = put_group (obs, "cell");
      put_texts (index, "values", names, N_OBS);
      put_numbers (index, "mask", H5T_STD_I8LE, (const double[]){ 0, 0, 0, 0 }, N_OBS);
      H5Gclose (index);
    }
  else
    put_texts (obs, "cell", names, N_OBS);
  hid_t group = kind == FRAME_OLD ? put_group (obs, "__categories") : kind != FRAME_TEXTS ? put_group (obs, "type") : -1;
  if (kind == FRAME_TEXTS)
    put_texts (obs, "type", types, N_OBS);
  else if (kind == FRAME_MASKED)
    {
      put_texts (group, "values", types, N_OBS);
      put_numbers (group, "mask", H5T_STD_I8LE, (const double[]){ 0, 0, 1, 0 }, N_OBS);
    }
  else
    {
      put_numbers (kind == FRAME_OLD ? obs : group, kind == FRAME_OLD ? "type" : "codes", H5T_STD_I8LE, codes, N_OBS);
      put_texts (group, kind == FRAME_OLD ? "type" : "categories", categories, 2);
    }
  if (group >= 0)
    H5Gclose (group);
  H5Gclose (obs);
}

static void
put_var (hid_t parent, const char *const *index, const char *column, const char *const *texts)
{
  hid_t var = put_group (parent, "var");

  put_attribute (var, "_index", "_index");
  put_texts (var, "_index", index, N_VARS);
  if (column != NULL)
    put_texts (var, column, texts, N_VARS);
  H5Gclose (var);
}

/* A good file, left open to be added to or spoilt. */
static hid_t
write_file (Frame frame, Matrix matrix, const double *values)
{
  hid_t file = H5Fcreate (path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);

  put_matrix (file, "X", matrix, values);
  put_obs (file, frame);
  put_var (file, genes, "gene_ids", ids);
  return file;
}

static void
put_coords (hid_t file)
{
  static const double coords[] = { 10, 5, 20, 6, 30, 7, 40, 8 };
  hid_t obsm = put_group (file, "obsm");

  put_grid (obsm, "spatial", 2, (const hsize_t[]){ N_OBS, 2 }, H5T_STD_I64LE, coords, FALSE);
  H5Gclose (obsm);
}

static SmoothAnnData *
load (const char *choice)
{
  g_autofree char *full = choice != NULL ? g_strconcat (path, "#", choice, NULL) : g_strdup (path);
  g_autoptr (GError) error = NULL;
  SmoothAnnData *anndata = smooth_anndata_load (full, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (smooth_sparse_check (anndata->counts->matrix, NULL));
  return anndata;
}

static void
assert_matrix (const SmoothAnnData *anndata, const double *values)
{
  const SmoothCounts *read = anndata->counts;
  double dense[N_OBS * N_VARS] = { 0 };

  g_assert_cmpint (read->n_genes, ==, N_VARS);
  g_assert_cmpint (read->n_barcodes, ==, N_OBS);
  for (gint64 i = 0; i < N_OBS; i++)
    for (gint64 e = read->matrix->starts[i]; e < read->matrix->starts[i + 1]; e++)
      dense[i * N_VARS + read->matrix->rows[e]] = read->matrix->values[e];
  for (gint i = 0; i < N_OBS * N_VARS; i++)
    g_assert_cmpfloat_with_epsilon (dense[i], values[i], 1e-6 * values[i] + 1e-12);
}

static void
test_encodings (void)
{
  for (Frame frame = 0; frame < N_FRAMES; frame++)
    for (Matrix matrix = 0; matrix < N_MATRICES; matrix++)
      {
        H5Fclose (write_file (frame, matrix, counts));
        g_assert_true (smooth_anndata_is_one (path));
        g_autoptr (SmoothAnnData) anndata = load (NULL);
        assert_matrix (anndata, counts);
        g_assert_cmpstr (anndata->counts->barcodes[3], ==, "c3");
        g_assert_cmpstr (anndata->counts->gene_names[1], ==, "Sox2");
        g_assert_cmpstr (anndata->counts->gene_ids[1], ==, "ENSG2");
        g_assert_cmpint (anndata->n_labels, ==, 1);
        g_assert_cmpstr (anndata->labels[0].name, ==, "type");
        for (gint i = 0; i < N_OBS; i++)
          g_assert_cmpstr (anndata->labels[0].labels[i], ==, frame == FRAME_MASKED && i == 2 ? NULL : types[i]);
        g_assert_true ((anndata->in_tissue != NULL) == (frame == FRAME_LIST));
        g_assert_null (anndata->coords);
        g_assert_true (report_has (anndata->report, SMOOTH_REPORT_NOTE, "counts are those of X, whose numbers are whole"));
      }
}

/* The index may be either symbols or identifiers. */
static void
test_gene_names (void)
{
  static const struct { const char *const *index; const char *column; const char *const *texts, *const *names, *const *ids; } cases[] = {
    { genes, NULL, NULL, genes, genes }, { genes, "gene_ids", ids, genes, ids },
    { ids, "gene_symbols", genes, genes, ids }, { ids, "feature_name", genes, genes, ids },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      hid_t file = write_file (FRAME_TEXTS, MATRIX_ROWS, counts);
      H5Ldelete (file, "var", H5P_DEFAULT);
      put_var (file, cases[i].index, cases[i].column, cases[i].texts);
      H5Fclose (file);
      g_autoptr (SmoothAnnData) anndata = load (NULL);
      for (gint g = 0; g < N_VARS; g++)
        {
          g_assert_cmpstr (anndata->counts->gene_names[g], ==, cases[i].names[g]);
          g_assert_cmpstr (anndata->counts->gene_ids[g], ==, cases[i].ids[g]);
        }
    }
}

/* Whole numbers are preferred to others, those to negative ones, and what is asked for to all; logarithms are undone. */
static void
test_choice (void)
{
  double logs[N_OBS * N_VARS], scaled[N_OBS * N_VARS], large[N_OBS * N_VARS], other[N_OBS * N_VARS];

  for (gint i = 0; i < N_OBS * N_VARS; i++)
    {
      logs[i] = log1p (counts[i]);
      scaled[i] = counts[i] - 1.5;
      large[i] = counts[i] * 10.25;
      other[i] = counts[i] + 1.0;
    }
  hid_t file = write_file (FRAME_CODES, MATRIX_DENSE, scaled);
  hid_t layers = put_group (file, "layers");
  put_matrix (layers, "a_log", MATRIX_ROWS, logs);
  put_matrix (layers, "large", MATRIX_ROWS, large);
  H5Gclose (layers);
  H5Fclose (file);
  g_autoptr (SmoothAnnData) undone = load (NULL);
  assert_matrix (undone, counts);
  g_assert_true (report_has (undone->report, SMOOTH_REPORT_WARNING, "a_log holds no whole numbers, the largest is 2.079: they are taken for log"));
  g_autoptr (SmoothAnnData) kept = load ("large");
  assert_matrix (kept, large);
  g_assert_true (report_has (kept->report, SMOOTH_REPORT_WARNING, "large holds no whole numbers, the largest is 71.75: they are used as if"));

  file = H5Fopen (path, H5F_ACC_RDWR, H5P_DEFAULT);
  hid_t raw = put_group (file, "raw");
  put_matrix (raw, "X", MATRIX_ROWS, counts);
  put_var (raw, ids, NULL, NULL);
  H5Gclose (raw);
  H5Fclose (file);
  g_autoptr (SmoothAnnData) whole = load (NULL);
  assert_matrix (whole, counts);
  g_assert_cmpstr (whole->counts->gene_names[0], ==, "ENSG1");
  g_assert_true (report_has (whole->report, SMOOTH_REPORT_NOTE, "counts are those of raw, whose numbers are whole"));
  g_assert_true (report_has (whole->report, SMOOTH_REPORT_NOTE, "path: X, a_log, large"));

  file = H5Fopen (path, H5F_ACC_RDWR, H5P_DEFAULT);
  layers = H5Gopen2 (file, "layers", H5P_DEFAULT);
  put_matrix (layers, "z_counts", MATRIX_ROWS, other);
  H5Gclose (layers);
  H5Fclose (file);
  g_autoptr (SmoothAnnData) layer = load (NULL);
  assert_matrix (layer, other);
  g_autoptr (SmoothAnnData) asked = load ("raw");
  assert_matrix (asked, counts);
  g_assert_null (asked->unused_choice);
  g_autoptr (SmoothAnnData) unknown = load ("type");
  g_assert_cmpstr (unknown->unused_choice, ==, "type");
}

static void
assert_refused (const char *expected)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (smooth_anndata_load (path, NULL, &error));
  if (error->domain != SMOOTH_ERROR || strstr (error->message, expected) == NULL || strstr (error->message, path) == NULL)
    g_error ("expected '%s' in '%s'", expected, error->message);
}

static void
test_bad_files (void)
{
  static const struct { const char *name, *message; } absent[] = {
    { "X", "expected counts (numbers of 0 or more) in X, raw or a layer, found none in nothing" },
    { "obs", "/obs: expected a table (a group, or a list of compounds), found none" },
    { "var", "/var: expected a table (a group, or a list of compounds), found none" },
    { "obs/cell", "/obs/cell: expected a list, found none" },
    { "obs/type/categories", "/obs/categories: expected a list, found none" },
    { "X/indptr", "/X/indptr: expected a list, found none" },
  };
  double bad[N_OBS * N_VARS];

  for (gsize i = 0; i < G_N_ELEMENTS (absent); i++)
    {
      hid_t file = write_file (FRAME_CODES, MATRIX_ROWS, counts);
      H5Ldelete (file, absent[i].name, H5P_DEFAULT);
      H5Fclose (file);
      assert_refused (absent[i].message);
    }
  memcpy (bad, counts, sizeof bad);
  bad[5] = NAN;
  H5Fclose (write_file (FRAME_CODES, MATRIX_DENSE, bad));
  assert_refused ("expected counts (numbers of 0 or more) in X, raw or a layer, found none in X");

  hid_t file = write_file (FRAME_CODES, MATRIX_ROWS, counts);
  H5Ldelete (file, "obs/type/codes", H5P_DEFAULT);
  put_numbers (file, "obs/type/codes", H5T_STD_I8LE, (const double[]){ 0, 1, 2, 0 }, N_OBS);
  H5Fclose (file);
  assert_refused ("/obs/codes: element 2: expected a code of -1..1, found 2");

  file = write_file (FRAME_CODES, MATRIX_ROWS, counts);
  H5Ldelete (file, "obs/cell", H5P_DEFAULT);
  put_texts (file, "obs/cell", (const char *const[]){ "a", "b", "a", "c" }, N_OBS);
  H5Fclose (file);
  assert_refused ("expected every name once, found 'a' as elements 0 and 2");

  file = write_file (FRAME_CODES, MATRIX_DENSE, counts);
  H5Ldelete (file, "var", H5P_DEFAULT);
  put_var (file, names, NULL, NULL);
  H5Ldelete (file, "obs", H5P_DEFAULT);
  put_obs (file, FRAME_TEXTS);
  H5Ldelete (file, "obs/cell", H5P_DEFAULT);
  put_texts (file, "obs/cell", names, 3);
  H5Ldelete (file, "obs/type", H5P_DEFAULT);
  H5Fclose (file);
  assert_refused ("/X: expected 3 observations x 3 variables, found 4 x 3");
}

/* A matrix that claims 10^11 numbers and stores none. */
static void
test_huge_claim (void)
{
  hid_t file = write_file (FRAME_CODES, MATRIX_DENSE, counts);
  hid_t creation = H5Pcreate (H5P_DATASET_CREATE);
  hid_t space = H5Screate_simple (2, (const hsize_t[]){ 1000000, 100000 }, NULL);

  H5Ldelete (file, "X", H5P_DEFAULT);
  H5Pset_chunk (creation, 2, (const hsize_t[]){ 1, 1 });
  H5Dclose (H5Dcreate2 (file, "X", H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, creation, H5P_DEFAULT));
  H5Sclose (space);
  H5Pclose (creation);
  H5Fclose (file);
  assert_refused ("found none in X");
  g_autofree char *asked = g_strconcat (path, "#X", NULL);
  g_autoptr (GError) error = NULL;
  g_assert_null (smooth_anndata_load (asked, NULL, &error));
  g_assert_nonnull (strstr (error->message, "expected 100000000000 elements, found only 0 stored bytes"));
}

/* Chunks packed by LZF and zstd: filters that the library does not have by itself. */
static void
test_filters (void)
{
  /* 3.0f twice, then twelve times 0, 4 bytes each: four bytes as they are, four from four back, a 0 and 39 more */
  static const guint8 lzf[] = { 3, 0x00, 0x00, 0x40, 0x40, 0x40, 3, 0, 0x00, 0xe0, 30, 0 };
  float values[N_OBS * N_VARS] = { 3, 3 };
  double expected[N_OBS * N_VARS] = { 3, 3 };
  guint8 packed[200], unpacked[64];

  g_assert_cmpuint (smooth_i_unpack_lzf (lzf, sizeof lzf, unpacked, sizeof values), ==, sizeof values);
  g_assert_cmpint (memcmp (unpacked, values, sizeof values), ==, 0);
  g_assert_cmpuint (smooth_i_unpack_lzf (lzf, sizeof lzf, unpacked, sizeof values - 1), ==, 0);
  g_assert_cmpuint (smooth_i_unpack_lzf (lzf, sizeof lzf - 1, unpacked, sizeof values), ==, 0);
  g_assert_cmpuint (smooth_i_unpack_lzf (lzf + 5, 4, unpacked, sizeof values), ==, 0); /* from before the beginning */
  for (gint kind = 0; kind < 2; kind++)
    {
      size_t n = kind == 0 ? sizeof lzf : ZSTD_compress (packed, sizeof packed, values, sizeof values, 3);
      hid_t file = write_file (FRAME_CODES, MATRIX_DENSE, counts);
      hid_t creation = H5Pcreate (H5P_DATASET_CREATE);
      const hsize_t dims[2] = { N_OBS, N_VARS }, zero[2] = { 0, 0 };
      hid_t space = H5Screate_simple (2, dims, NULL);
      H5Ldelete (file, "X", H5P_DEFAULT);
      H5Pset_chunk (creation, 2, dims);
      H5Pset_filter (creation, kind == 0 ? 32000 : 32015, H5Z_FLAG_OPTIONAL, kind == 0 ? 3 : 0, (const unsigned[]){ 4, 261, 8 }); /* too small a hint */
      hid_t x = H5Dcreate2 (file, "X", H5T_IEEE_F32LE, space, H5P_DEFAULT, creation, H5P_DEFAULT);
      g_assert_cmpint (H5Dwrite_chunk (x, H5P_DEFAULT, 0, zero, n, kind == 0 ? lzf : packed), >=, 0);
      H5Dclose (x);
      H5Sclose (space);
      H5Pclose (creation);
      H5Fclose (file);
      g_autoptr (SmoothAnnData) anndata = load (NULL);
      assert_matrix (anndata, expected);
    }
}

static void
put_library (hid_t file, gboolean with_hires)
{
  static const double hires[] = { 1, 0.5, 0, /**/ 0, 0, 0, /**/ 0, 0, 1, /**/ 1, 1, 1, /**/ 0, 1, 0, /**/ 0.2, 0.2, 0.2 };
  static const double lowres[] = { 255, 128, 0, 255, /**/ 10, 20, 30, 255 };
  static const double factors[] = { 0.5, 0.1, 22.0 };
  static const char *const members[] = { "tissue_hires_scalef", "tissue_lowres_scalef", "spot_diameter_fullres" };
  hid_t uns = put_group (file, "uns"), spatial = put_group (uns, "spatial"), library = put_group (spatial, "slide 1");
  hid_t images = put_group (library, "images"), scale = put_group (library, "scalefactors");

  if (with_hires)
    put_grid (images, "hires", 3, (const hsize_t[]){ 2, 3, 3 }, H5T_IEEE_F32LE, hires, TRUE);
  else
    put_grid (images, "hires", 0, NULL, H5T_STD_I64LE, (const double[]){ 0 }, FALSE);
  put_grid (images, "lowres", 3, (const hsize_t[]){ 1, 2, 4 }, H5T_STD_U8LE, lowres, FALSE);
  for (gsize i = 0; i < G_N_ELEMENTS (members); i++)
    put_grid (scale, members[i], 0, NULL, H5T_NATIVE_DOUBLE, &factors[i], FALSE);
  H5Gclose (scale);
  H5Gclose (images);
  H5Gclose (library);
  H5Gclose (spatial);
  H5Gclose (uns);
}

static void
test_section (void)
{
  for (gint with_hires = 0; with_hires < 2; with_hires++)
    {
      g_autoptr (GError) error = NULL;
      hid_t file = write_file (FRAME_CODES, MATRIX_COLUMNS, counts);
      put_coords (file);
      put_library (file, with_hires);
      H5Fclose (file);
      g_autoptr (SmoothSection) section = smooth_section_load (path, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpint (section->n_spots, ==, N_OBS);
      g_assert_cmpstr (section->barcodes[2], ==, "c2");
      g_assert_cmpfloat (section->coords[4], ==, 30); /* x, then y */
      g_assert_cmpfloat (section->coords[5], ==, 7);
      g_assert_cmpfloat (section->total_counts[3], ==, 13);
      g_assert_cmpint (section->spot_flags[0], ==, SMOOTH_SPOT_IN_TISSUE | SMOOTH_SPOT_HAS_COUNTS);
      g_assert_cmpint (section->picture->width, ==, with_hires ? 3 : 2);
      g_assert_cmpint (section->picture->height, ==, with_hires ? 2 : 1);
      g_assert_cmphex (smooth_picture_get_pixel (section->picture, 0, 0), ==, 0xffff8000);
      g_assert_cmphex (smooth_picture_get_pixel (section->picture, 1, 0), ==, with_hires ? 0xff000000 : 0xff0a141e);
      g_assert_cmpfloat (section->picture_scale, ==, with_hires ? 0.5 : 0.1);
      g_assert_true (report_has (section->report, SMOOTH_REPORT_NOTE, "the file has labels of the spots: type"));
      g_assert_cmpstr (section->path, ==, path);
      g_assert_cmpuint (g_strv_length (section->input_files), ==, 1);

      g_autoptr (SmoothReport) report = smooth_report_new ();
      char **labels = smooth_labels_load (path, section, "type", report, &error);
      g_assert_no_error (error);
      for (gint i = 0; i < N_OBS; i++)
        g_assert_cmpstr (labels[i], ==, types[i]);
      smooth_labels_free (labels, N_OBS);
    }
}

static void
assert_no_section (const char *choice, const char *expected)
{
  g_autofree char *full = g_strconcat (path, choice, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (smooth_section_load (full, NULL, &error));
  if (strstr (error->message, expected) == NULL)
    g_error ("expected '%s' in '%s'", expected, error->message);
}

static void
test_no_section (void)
{
  hid_t file = write_file (FRAME_CODES, MATRIX_ROWS, counts);

  H5Fclose (file);
  assert_no_section ("", "expected coordinates in obsm/spatial, found none beside 4 observations of 3 variables; such a file can be a "
                         "reference (its labels: type)");
  file = H5Fopen (path, H5F_ACC_RDWR, H5P_DEFAULT);
  put_coords (file);
  H5Fclose (file);
  assert_no_section ("#nothing", "expected a matrix 'nothing' (X, raw or a layer), found none of that name");
  file = H5Fopen (path, H5F_ACC_RDWR, H5P_DEFAULT);
  H5Ldelete (file, "obsm/spatial", H5P_DEFAULT);
  put_grid (file, "obsm/spatial", 2, (const hsize_t[]){ 2, 2 }, H5T_NATIVE_DOUBLE, counts, FALSE);
  H5Fclose (file);
  assert_no_section ("", "/obsm/spatial: expected 4 x 2 coordinates, found 2 x 2");
}

/* The reference is the mean over the cells of a type of log (1 + D c / t), D being the median total. */
static void
test_reference (void)
{
  static const char *const barcodes[] = { "s1", "s2", NULL }, *const symbols[] = { "Tgm3", "Pax6", NULL };
  static const char *const section_ids[] = { "ENSG3", "ENSG1", NULL }, *const others[] = { "x", "y", NULL };
  static const double values[] = { 1, 2, 3, 4 };
  g_autofree char *by_type = g_strconcat (path, "#type", NULL);
  g_autofree char *by_other = g_strconcat (path, "#other", NULL);
  const double depth = 6.0;

  H5Fclose (write_file (FRAME_CODES, MATRIX_ROWS, counts));
  for (gint i = 0; i < 3; i++) /* symbols; identifiers alone; symbols with a choice */
    {
      g_autoptr (SmoothSection) section = made_section_new (barcodes, section_ids, i == 1 ? section_ids : symbols, values);
      g_autoptr (GError) error = NULL;
      g_autoptr (SmoothSignature) signature = smooth_signature_load (i == 2 ? by_type : path, section, SMOOTH_SCALE_GUESS, &error);
      g_assert_no_error (error);
      g_assert_cmpint (signature->n_types, ==, 2);
      g_assert_cmpstr (signature->type_names[0], ==, "B");
      g_assert_cmpint (signature->scale, ==, SMOOTH_SCALE_LOG1P);
      g_assert_cmpfloat (signature->depth, ==, depth);
      g_assert_cmpstr (signature->gene_names[0], ==, i == 1 ? "ENSG1" : "Pax6");
      double expected = 0.5 * (log1p (depth * 1 / 3) + log1p (depth * 4 / 9));
      g_assert_cmpfloat_with_epsilon (smooth_matrix_column (signature->values, 0)[0], expected, 1e-12);
      g_assert_cmpint (smooth_report_get_count (signature->report, "matched_genes"), ==, 2);
      g_assert_true (report_has (signature->report, SMOOTH_REPORT_NOTE, "the types are those of the column 'type'"));
    }
  g_autoptr (SmoothSection) section = made_section_new (barcodes, others, others, values);
  g_autoptr (GError) error = NULL;
  g_assert_null (smooth_signature_load (path, section, SMOOTH_SCALE_GUESS, &error));
  g_assert_nonnull (strstr (error->message, "expected genes of the section (x, y), found none of them: genes are Pax6, Sox2, Tgm3"));
  g_clear_error (&error);
  g_assert_null (smooth_signature_load (by_other, section, SMOOTH_SCALE_GUESS, &error));
  g_assert_nonnull (strstr (error->message, "expected a column of labels 'other', found type"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_autofree char *folder = g_dir_make_tmp ("smooth-anndata-XXXXXX", NULL);
  path = g_build_filename (folder, "a.h5ad", NULL);
  H5open ();
  g_test_add_func ("/anndata/encodings", test_encodings);
  g_test_add_func ("/anndata/gene-names", test_gene_names);
  g_test_add_func ("/anndata/choice", test_choice);
  g_test_add_func ("/anndata/bad-files", test_bad_files);
  g_test_add_func ("/anndata/huge-claim", test_huge_claim);
  g_test_add_func ("/anndata/filters", test_filters);
  g_test_add_func ("/anndata/section", test_section);
  g_test_add_func ("/anndata/no-section", test_no_section);
  g_test_add_func ("/anndata/reference", test_reference);
  int status = g_test_run ();
  g_unlink (path);
  g_rmdir (folder);
  g_free (path);
  return status;
}
