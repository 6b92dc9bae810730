/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How fast matrices of counts are read, beside what only unpacks the same file: in one run, since disks and loads differ. */
#include "bench.h"

#include "base/rng.h"
#include "files/hdf5.h"
#include "files/mtx.h"
#include "measure.h"

#include <glib/gstdio.h>
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <zlib.h>

#define CHUNK 80000 /* elements, as Cell Ranger writes them */
#define LEVEL 4     /* of deflate */
#define N_SPOTS 100000
#define N_GENES 20000
#define PER_SPOT 2000     /* genes: 2e8 entries */
#define N_TEXT_SPOTS 10000 /* as text: 2e7 entries */
#define MOST_MEMORY 1.5   /* of the matrix */

static double
children_cpu_ms (void)
{
  struct rusage usage;

  getrusage (RUSAGE_CHILDREN, &usage);
  return (double) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 + (double) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-3;
}

/* The rows and counts of one spot: a gene of every ten; counts of 1 mostly. */
static void
fill_spot (gint64 spot, gint64 *rows, gint32 *values)
{
  SmoothRng rng;

  smooth_i_rng_init (&rng, 1, (guint64) spot);
  for (gint64 i = 0; i < PER_SPOT; i++)
    {
      guint32 word = smooth_i_rng_next (&rng);
      rows[i] = i * (N_GENES / PER_SPOT) + word % (N_GENES / PER_SPOT);
      values[i] = 1;
      for (guint32 bits = word >> 8; (bits & 3) == 0 && values[i] < 12; bits >>= 2)
        values[i]++;
    }
}

/* ---- HDF5 ---- */

static hid_t
add_list (hid_t group, const char *name, hid_t type, gint64 n)
{
  hsize_t length = (hsize_t) n, chunk = (hsize_t) MIN (n, CHUNK);
  hid_t space = H5Screate_simple (1, &length, NULL), creation = H5Pcreate (H5P_DATASET_CREATE);

  H5Pset_chunk (creation, 1, &chunk);
  H5Pset_shuffle (creation);
  H5Pset_deflate (creation, LEVEL);
  hid_t list = H5Dcreate2 (group, name, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
  H5Pclose (creation);
  H5Sclose (space);
  bench_require (list >= 0, NULL);
  return list;
}

/* Writes (@values != NULL) or reads a part of a list. */
static void
move_part (hid_t list, hid_t type, gint64 first, gint64 n, gboolean writes, gpointer values)
{
  hsize_t start = (hsize_t) first, count = (hsize_t) n;
  hid_t in_file = H5Dget_space (list), in_memory = H5Screate_simple (1, &count, NULL);

  H5Sselect_hyperslab (in_file, H5S_SELECT_SET, &start, NULL, &count, NULL);
  herr_t code = writes ? H5Dwrite (list, type, in_memory, in_file, H5P_DEFAULT, values)
                       : H5Dread (list, type, in_memory, in_file, H5P_DEFAULT, values);
  H5Sclose (in_memory);
  H5Sclose (in_file);
  bench_require (code >= 0, NULL);
}

static void
add_names (hid_t group, const char *name, const char *head, gint64 n)
{
  enum { WIDTH = 24 };
  g_autofree char *names = g_malloc0 ((gsize) n * WIDTH);
  hid_t type = H5Tcopy (H5T_C_S1);

  H5Tset_size (type, WIDTH);
  for (gint64 i = 0; i < n; i++)
    g_snprintf (names + i * WIDTH, WIDTH, "%s%08d", head, (int) i);
  hid_t list = add_list (group, name, type, n);
  move_part (list, type, 0, n, TRUE, names);
  H5Dclose (list);
  H5Tclose (type);
}

static void
write_hdf5 (const char *path)
{
  gint64 shape[2] = { N_GENES, N_SPOTS };
  enum { SPOTS = CHUNK / PER_SPOT };
  g_autofree gint64 *rows = g_new (gint64, CHUNK), *starts = g_new (gint64, N_SPOTS + 1);
  g_autofree gint32 *values = g_new (gint32, CHUNK);
  hid_t file = H5Fcreate (path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);

  bench_require (file >= 0, NULL);
  hid_t matrix = H5Gcreate2 (file, "matrix", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  hid_t features = H5Gcreate2 (matrix, "features", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  hid_t indices = add_list (matrix, "indices", H5T_STD_I64LE, (gint64) N_SPOTS * PER_SPOT);
  hid_t data = add_list (matrix, "data", H5T_STD_I32LE, (gint64) N_SPOTS * PER_SPOT);
  hid_t indptr = add_list (matrix, "indptr", H5T_STD_I64LE, N_SPOTS + 1), sizes = add_list (matrix, "shape", H5T_STD_I64LE, 2);

  for (gint64 s = 0; s <= N_SPOTS; s++)
    starts[s] = s * PER_SPOT;
  for (gint64 s = 0; s < N_SPOTS; s += SPOTS)
    {
      for (gint64 i = 0; i < SPOTS; i++)
        fill_spot (s + i, rows + i * PER_SPOT, values + i * PER_SPOT);
      move_part (indices, H5T_NATIVE_INT64, s * PER_SPOT, CHUNK, TRUE, rows);
      move_part (data, H5T_NATIVE_INT32, s * PER_SPOT, CHUNK, TRUE, values);
    }
  move_part (indptr, H5T_NATIVE_INT64, 0, N_SPOTS + 1, TRUE, starts);
  move_part (sizes, H5T_NATIVE_INT64, 0, 2, TRUE, shape);
  add_names (matrix, "barcodes", "SPOT", N_SPOTS);
  add_names (features, "id", "ENSG", N_GENES);
  add_names (features, "name", "GENE", N_GENES);
  H5Dclose (sizes);
  H5Dclose (indptr);
  H5Dclose (data);
  H5Dclose (indices);
  H5Gclose (features);
  H5Gclose (matrix);
  H5Fclose (file);
}

/* All entries, a chunk at a time, as the file has them. */
static void
read_bare (const char *path)
{
  g_autofree gint64 *buffer = g_new (gint64, CHUNK);
  hid_t file = H5Fopen (path, H5F_ACC_RDONLY, H5P_DEFAULT);
  hid_t indices = H5Dopen2 (file, "matrix/indices", H5P_DEFAULT), data = H5Dopen2 (file, "matrix/data", H5P_DEFAULT);

  for (gint64 first = 0; first < (gint64) N_SPOTS * PER_SPOT; first += CHUNK)
    move_part (indices, H5T_NATIVE_INT64, first, CHUNK, FALSE, buffer);
  for (gint64 first = 0; first < (gint64) N_SPOTS * PER_SPOT; first += CHUNK)
    move_part (data, H5T_NATIVE_INT32, first, CHUNK, FALSE, buffer);
  H5Dclose (data);
  H5Dclose (indices);
  H5Fclose (file);
}

static double
read_by_us (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothCounts) counts = smooth_hdf5_load (path, NULL, &error);

  bench_require (counts != NULL, error);
  return (double) bench_sparse_bytes (counts->matrix);
}

/* ---- Matrix Market ---- */

static void
write_mtx (const char *path)
{
  gint64 rows[PER_SPOT];
  gint32 values[PER_SPOT];
  gzFile file = gzopen (path, "wb4");

  gzprintf (file, "%%%%MatrixMarket matrix coordinate integer general\n%%\n%d %d %d\n", N_GENES, N_TEXT_SPOTS, N_TEXT_SPOTS * PER_SPOT);
  for (gint s = 0; s < N_TEXT_SPOTS; s++)
    {
      fill_spot (s, rows, values);
      for (gint i = 0; i < PER_SPOT; i++)
        gzprintf (file, "%d %d %d\n", (int) rows[i] + 1, s + 1, values[i]);
    }
  bench_require (gzclose (file) == Z_OK, NULL);
}

static void
read_by_zcat (const char *path)
{
  g_autofree char *quoted = g_shell_quote (path), *command = g_strdup_printf ("zcat %s | wc >/dev/null", quoted);

  bench_require (system (command) == 0, NULL); // NOLINT(cert-env33-c)
}

static double
read_mtx (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothSparse) matrix = smooth_mtx_load (path, NULL, &error);

  bench_require (matrix != NULL, error);
  return (double) bench_sparse_bytes (matrix);
}

/* ---- Both ways ---- */

#define N_ROUNDS 3

static void
compare (const char *path, const char *name, const char *bare_name, void (*bare) (const char *), double (*ours) (const char *), double target)
{
  double least[2][2] = { { 1e30, 1e30 }, { 1e30, 1e30 } }; /* bare, ours: by the clock, CPU; ms */
  double bytes = 0.0, memory = 0.0;

  for (gint round = 0; round < N_ROUNDS; round++)
    for (gint which = 0; which < 2; which++)
      {
        double before = reset_peak_memory (), wall = wall_ms (), cpu = process_cpu_ms () + children_cpu_ms ();
        if (which == 0)
          bare (path);
        else
          bytes = ours (path);
        least[which][0] = MIN (least[which][0], wall_ms () - wall);
        least[which][1] = MIN (least[which][1], process_cpu_ms () + children_cpu_ms () - cpu);
        memory = which == 1 ? peak_memory () - before : memory;
      }
  double ratio = least[0][0] / least[1][0];
  printf ("%-22s %7.0f ms by the clock, %7.0f CPU; %s %7.0f, %7.0f CPU: %.2f x its speed (%.2f by CPU), target %.1f %s\n", name, least[1][0],
          least[1][1], bare_name, least[0][0], least[0][1], ratio, least[0][1] / least[1][1], target, ratio >= target ? "met" : "MISSED");
  printf ("%-22s %7.0f MB at most, %.2f x the matrix, target %.1f %s\n", "", memory / 1e6, memory / bytes, MOST_MEMORY,
          memory <= MOST_MEMORY * bytes ? "met" : "MISSED");
  fflush (stdout);
}

void
bench_reading (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("smoothscope-reading-XXXXXX", &error);

  bench_require (folder != NULL, error);
  g_autofree char *hdf5 = g_build_filename (folder, "counts.h5", NULL), *mtx = g_build_filename (folder, "matrix.mtx.gz", NULL);
  write_mtx (mtx);
  compare (mtx, "MEX .gz, 2e7 entries", "zcat | wc", read_by_zcat, read_mtx, 0.5);
  g_remove (mtx);
  write_hdf5 (hdf5);
  compare (hdf5, "10x H5, 2e8 entries", "H5Dread", read_bare, read_by_us, 0.6);
  g_remove (hdf5);
  g_rmdir (folder);
}
