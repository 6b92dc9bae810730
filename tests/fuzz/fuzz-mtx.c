/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzzes the reader of Matrix Market files, plain or gzip: what it accepts must be a valid matrix of counts. */
#include "files/mtx.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = fuzz_file (data, size);
  g_autoptr (SmoothSparse) sparse = smooth_mtx_load (path, NULL, &error);

  fuzz_check_error (sparse != NULL, error);
  if (sparse == NULL)
    return 0;
  FUZZ_CHECK (smooth_sparse_check (sparse, NULL));
  for (gint64 e = 0; e < smooth_sparse_get_nnz (sparse); e++)
    FUZZ_CHECK (sparse->values[e] >= 0.0);
  return 0;
}
