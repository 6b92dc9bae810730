/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a table: every cell can be read, lines ascend, numbers are those of the C library. */
#include "files/table.h"

#include "fuzz.h"

#include <math.h>
#include <string.h>

static void
check_cell (const SmoothTable *table, gint64 row, gint64 col)
{
  g_autoptr (GError) error = NULL;
  const char *text = smooth_table_get_text (table, row, col);
  double value = 0.0;
  gboolean is_number = smooth_table_get_number (table, row, col, &value, &error);

  fuzz_check_error (is_number, error);
  FUZZ_CHECK (g_utf8_validate (text, -1, NULL));
  FUZZ_CHECK (!is_number || (isfinite (value) && value == g_ascii_strtod (text, NULL)));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = fuzz_file (data, size);
  g_autoptr (SmoothTable) table = smooth_table_load (path, &error);

  fuzz_check_error (table != NULL, error);
  if (table == NULL)
    return 0;
  FUZZ_CHECK (smooth_table_get_n_rows (table) > 0 && smooth_table_get_n_cols (table) > 0);
  if (size % 2 == 1)
    smooth_table_take_header (table);
  for (gint64 i = 0; i < smooth_table_get_n_rows (table); i++)
    {
      FUZZ_CHECK (i == 0 || smooth_table_get_line (table, i) > smooth_table_get_line (table, i - 1));
      for (gint64 j = 0; j < smooth_table_get_n_cols (table); j++)
        check_cell (table, i, j);
    }
  return 0;
}
