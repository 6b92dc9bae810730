/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes a Cell Ranger 3 matrix file from a list of words, so that the tests can write damaged ones too.
 *
 * usage: make-h5 GROUP OUTPUT.h5 < WORDS
 * WORDS: n_genes n_spots nnz n_starts, then n_spots barcodes, n_genes ids, n_genes names, nnz gene numbers, nnz counts,
 * n_starts column starts. Nothing is checked: that is the point.
 */
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>

#define WORD 64

static long
read_number (void)
{
  long number = 0;

  if (scanf ("%ld", &number) != 1)
    exit (2);
  return number;
}

static void
write_strings (hid_t group, const char *name, hsize_t n)
{
  char *text = calloc (n + 1, WORD);

  for (hsize_t i = 0; i < n; i++)
    if (text == NULL || scanf ("%63s", text + i * WORD) != 1)
      exit (2);

  hid_t type = H5Tcopy (H5T_C_S1);
  H5Tset_size (type, WORD);
  hid_t space = H5Screate_simple (1, &n, NULL);
  hid_t set = H5Dcreate2 (group, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  H5Dwrite (set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text);
  H5Dclose (set);
  H5Sclose (space);
  H5Tclose (type);
  free (text);
}

static void
write_values (hid_t group, const char *name, hsize_t n, const long *values, hid_t type)
{
  hid_t space = H5Screate_simple (1, &n, NULL);
  hid_t set = H5Dcreate2 (group, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);

  H5Dwrite (set, H5T_NATIVE_LONG, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
  H5Dclose (set);
  H5Sclose (space);
}

static void
write_numbers (hid_t group, const char *name, hsize_t n, hid_t type)
{
  long *values = calloc (n + 1, sizeof *values);

  for (hsize_t i = 0; i < n && values != NULL; i++)
    values[i] = read_number ();
  write_values (group, name, n, values, type);
  free (values);
}

int
main (int argc, char **argv)
{
  if (argc != 3)
    return 2;

  long n_genes = read_number (), n_spots = read_number (), nnz = read_number (), n_starts = read_number ();
  hid_t file = H5Fcreate (argv[2], H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  hid_t group = H5Gcreate2 (file, argv[1], H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  hid_t features = H5Gcreate2 (group, "features", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);

  write_strings (group, "barcodes", (hsize_t) n_spots);
  write_strings (features, "id", (hsize_t) n_genes);
  write_strings (features, "name", (hsize_t) n_genes);
  write_numbers (group, "indices", (hsize_t) nnz, H5T_STD_I64LE);
  write_numbers (group, "data", (hsize_t) nnz, H5T_STD_I32LE);
  write_numbers (group, "indptr", (hsize_t) n_starts, H5T_STD_I64LE);
  write_values (group, "shape", 2, (const long[]){ n_genes, n_spots }, H5T_STD_I32LE);

  H5Gclose (features);
  H5Gclose (group);
  return H5Fclose (file) < 0;
}
