/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as GeoJSON: what is read can be written, and reads back as the same regions. */
#include "section/regions.h"

#include "fuzz.h"

#include <math.h>

/* Names, colours and the number of points must survive; rings may be reordered by their nesting. */
static void
check_same (const SmoothRegions *a, const SmoothRegions *b)
{
  FUZZ_CHECK (smooth_regions_get_n (a) == smooth_regions_get_n (b));
  for (gint64 i = 0; i < smooth_regions_get_n (a); i++)
    {
      const SmoothRegion *p = smooth_regions_get (a, i), *q = smooth_regions_get (b, i);
      FUZZ_CHECK (g_str_equal (p->name, q->name) && p->colour == q->colour && p->n_rings == q->n_rings);
      for (gint64 r = 0; r < p->n_rings; r++)
        for (gint64 t = 0; t < p->rings[r].n_points; t++)
          {
            const double *point = p->rings[r].points + 2 * t;
            FUZZ_CHECK (isfinite (point[0]) && isfinite (point[1]));
            FUZZ_CHECK (smooth_region_contains (p, point[0], point[1]) == smooth_region_contains (q, point[0], point[1]));
          }
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = fuzz_file (data, size);
  g_autoptr (SmoothRegions) regions = smooth_regions_load (path, NULL, &error);

  fuzz_check_error (regions != NULL, error);
  if (regions == NULL)
    return 0;
  FUZZ_CHECK (smooth_regions_save (regions, path, NULL));
  g_autoptr (SmoothRegions) again = smooth_regions_load (path, NULL, &error);
  FUZZ_CHECK (again != NULL);
  check_same (regions, again);

  const double coords[] = { 0, 0, 1, 1, 5, 5 };
  gint32 labels[3];
  smooth_regions_label (regions, coords, 3, labels);
  return 0;
}
