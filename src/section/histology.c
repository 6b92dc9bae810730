/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which picture a section shows, and its scale. */
#include "section/section-private.h"

#include "base/error.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#define LOWRES_SIDE 600.0 /* pixels: the longer side of every low-resolution picture of Space Ranger */

static gboolean
is_blank (const SmoothPicture *picture)
{
  guint32 first = smooth_picture_get_pixel (picture, 0, 0);

  for (gint y = 0; y < picture->height; y++)
    for (gint x = 0; x < picture->width; x++)
      if (smooth_picture_get_pixel (picture, x, y) != first)
        return FALSE;
  return TRUE;
}

static SmoothPicture *
load (SmoothSection *section, const char *path, SmoothRun *run, GError **error)
{
  SmoothPicture *picture = smooth_picture_load_measured (path, NULL, run, error);

  if (picture != NULL)
    smooth_i_section_add_input (section, path);
  return picture;
}

/* A blank high-resolution picture gives way to a low-resolution one that is not blank. */
static gboolean
load_tissue (SmoothSection *section, const SmoothSpaceRanger *files, const SmoothScaleFactors *factors, SmoothRun *run, GError **error)
{
  const char *path = files->hires != NULL ? files->hires : files->lowres;
  gboolean is_hires = files->hires != NULL;
  g_autoptr (SmoothPicture) picture = load (section, path, run, error);

  if (picture == NULL)
    return FALSE;
  if (is_blank (picture) && is_hires && files->lowres != NULL)
    {
      g_autoptr (SmoothPicture) lowres = load (section, files->lowres, run, error);
      if (lowres == NULL)
        return FALSE;
      if (!is_blank (lowres))
        {
          smooth_report_add (section->report, SMOOTH_REPORT_WARNING, "%s is blank (all one colour): %s is shown instead", files->hires,
                             files->lowres);
          g_clear_pointer (&picture, smooth_picture_unref);
          picture = g_steal_pointer (&lowres);
          path = files->lowres;
          is_hires = FALSE;
        }
    }
  if (is_blank (picture))
    smooth_report_add (section->report, SMOOTH_REPORT_WARNING, "%s is blank (all one colour)", path);

  section->picture_scale = is_hires ? factors->hires : factors->lowres;
  if (section->picture_scale == 0.0)
    {
      smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s: expected the member %s for the picture %s, found none",
                        files->scale_factors, is_hires ? "tissue_hires_scalef" : "tissue_lowres_scalef", path);
      return FALSE;
    }
  section->picture = g_steal_pointer (&picture);
  return TRUE;
}

/* Pictures with marks of Space Ranger: their scale follows from the size of the slide's picture. */
static gboolean
load_detected (SmoothSection *section, const SmoothSpaceRanger *files, const SmoothScaleFactors *factors, SmoothRun *run, GError **error)
{
  section->picture = load (section, files->detected, run, error);
  if (section->picture == NULL)
    return FALSE;
  section->picture_scale = MAX (section->picture->width, section->picture->height) * factors->lowres / LOWRES_SIDE;
  smooth_report_add (section->report, SMOOTH_REPORT_WARNING, "there is no tissue picture: %s is shown, which has marks drawn on it",
                     files->detected);
  return TRUE;
}

/* Warns of spots outside the picture. */
void
smooth_i_section_report_picture (const SmoothSection *section)
{
  gint64 outside = 0, n = 0;

  for (gint64 i = 0; i < section->n_spots; i++)
    if (section->spot_flags[i] & SMOOTH_SPOT_IN_TISSUE)
      {
        double x = section->coords[2 * i] * section->picture_scale, y = section->coords[2 * i + 1] * section->picture_scale;
        outside += !(x >= 0.0 && x < section->picture->width && y >= 0.0 && y < section->picture->height);
        n++;
      }
  if (outside == 0)
    return;
  smooth_report_add (section->report, SMOOTH_REPORT_WARNING,
                     "%s of %s spots on the tissue lie outside the picture of %d x %d pixels", smooth_i_grouped (outside).text,
                     smooth_i_grouped (n).text, section->picture->width, section->picture->height);
}

/**
 * smooth_i_section_set_picture:
 * @section: has its spots; gets its picture, or a warning that there is none
 * @run: (nullable): cancellation
 *
 * The high-resolution picture is preferred to the low-resolution one, and both to those with marks drawn on them. A file
 * that is there and cannot be read is an error.
 */
gboolean
smooth_i_section_set_picture (SmoothSection *section, const SmoothSpaceRanger *files, const SmoothScaleFactors *factors,
                              SmoothRun *run, GError **error)
{
  gboolean has_tissue = files->hires != NULL || files->lowres != NULL;

  if (files->scale_factors == NULL)
    {
      smooth_report_add (section->report, SMOOTH_REPORT_WARNING,
                         has_tissue || files->detected != NULL
                           ? N_("scalefactors_json.json is missing: the picture cannot be laid under the spots")
                           : N_("scalefactors_json.json is missing: the scale comes from the spots alone"));
      return TRUE;
    }
  if (has_tissue ? !load_tissue (section, files, factors, run, error)
                 : files->detected != NULL && factors->lowres > 0.0 && !load_detected (section, files, factors, run, error))
    return FALSE;
  if (section->picture == NULL)
    smooth_report_add (section->report, SMOOTH_REPORT_WARNING,
                       "there is no tissue picture (expected spatial/tissue_hires_image.png or tissue_lowres_image.png)");
  else
    {
      smooth_i_section_report_picture (section);
      smooth_i_section_check_orientation (section, (const double[]){ factors->hires, factors->lowres }, 2, run);
    }
  return smooth_run_check (run, error);
}
