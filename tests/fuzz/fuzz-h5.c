/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzzes the reader of feature matrices with damaged HDF5 files. */
#include "files/hdf5.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = fuzz_file (data, size);
  g_autoptr (SmoothCounts) counts = smooth_hdf5_load (path, NULL, &error);

  fuzz_check_error (counts != NULL, error);
  if (counts != NULL)
    FUZZ_CHECK (smooth_sparse_check (counts->matrix, NULL));
  return 0;
}
