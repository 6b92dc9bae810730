/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a Parquet file: what is accepted is a table all of whose cells are texts. */
#include "files/table-private.h"

#include "fuzz.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothTable) table = smooth_i_parquet_read (data, size, "input", &error);

  fuzz_check_error (table != NULL, error);
  if (table == NULL)
    return 0;
  gint64 n_rows = smooth_table_get_n_rows (table), n_cols = smooth_table_get_n_cols (table);
  FUZZ_CHECK (n_rows >= 1 && n_cols >= 1);
  for (gint64 row = 0; row < MIN (n_rows, 1000); row++)
    for (gint64 col = 0; col < n_cols; col++)
      FUZZ_CHECK (g_utf8_validate (smooth_table_get_text (table, row, col), -1, NULL));
  return 0;
}
