/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzzes the reader of positions, and the scale that follows from them: finite and positive whatever the positions. */
#include "section/section-private.h"
#include "fuzz.h"

#include <math.h>

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothSection) section = smooth_i_section_new ();
  g_autofree char *path = fuzz_file (data, size);
  SmoothScaleFactors factors = { .spot_diameter = 90.0, .hires = 0.17, .lowres = 0.05 };

  if (!smooth_i_positions_load (section, path, NULL, &error))
    {
      fuzz_check_error (FALSE, error);
      return 0;
    }
  fuzz_check_error (TRUE, error);
  smooth_i_section_set_scale (section, &factors);
  FUZZ_CHECK (isfinite (section->um_per_pixel) && section->um_per_pixel > 0.0);
  FUZZ_CHECK (isfinite (section->pitch) && section->pitch > 0.0);
  for (gint64 i = 0; i < 2 * section->n_spots; i++)
    FUZZ_CHECK (isfinite (section->coords[i]));
  return 0;
}
