/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a table of counts and as coordinates: what is accepted is a valid matrix that can be turned, and spots. */
#include "section/section-private.h"

#include "fuzz.h"

#include <math.h>

static void
check_counts (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothCounts) counts = smooth_counts_load_table (path, NULL, &error);

  fuzz_check_error (counts != NULL, error);
  for (gint turn = 0; counts != NULL && turn < 2; turn++)
    {
      FUZZ_CHECK (smooth_sparse_check (counts->matrix, NULL));
      FUZZ_CHECK (g_strv_length (counts->gene_ids) == (guint) counts->matrix->n_rows);
      FUZZ_CHECK (counts->barcodes == NULL || g_strv_length (counts->barcodes) == (guint) counts->matrix->n_cols);
      if (counts->barcodes == NULL || !smooth_i_counts_turn (counts, NULL))
        return;
    }
}

static void
check_coordinates (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothTable) table = smooth_table_load (path, NULL);
  g_autoptr (SmoothSection) section = smooth_i_section_new ();
  SmoothCoordinateColumns columns;

  if (table == NULL)
    return;
  smooth_table_take_header (table);
  if (!smooth_i_coordinates_find (table, &columns))
    return;
  gboolean good = smooth_i_coordinates_load (section, table, &columns, &error);
  fuzz_check_error (good, error);
  if (!good)
    return;
  smooth_i_coordinates_set_scale (section, columns.unit, smooth_i_coordinates_get_diameter (table, &columns));
  FUZZ_CHECK (isfinite (section->um_per_pixel) && section->um_per_pixel > 0.0);
  FUZZ_CHECK (isfinite (section->spot_diameter) && section->spot_diameter > 0.0);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *path = fuzz_file (data, size);

  check_counts (path);
  check_coordinates (path);
  return 0;
}
