/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The section by the path that was kept with the image, or by the folder of its file. The place by three points where they are
 * marked, here and in another open image that is placed by its tissue; else by the tissue. */
#include "site.h"

#define LONGEST 2048 /* pixels of a side: as the large picture of a section */

/* ---- The section ---- */

static gboolean
has (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

/* Whether sections are found from there: a folder as Space Ranger writes it, or one beside 'spatial'. */
static gboolean
is_of_section (const char *folder)
{
  static const char *const names[] = { "scalefactors_json.json", "tissue_positions.csv", "tissue_positions_list.csv",
                                       "tissue_positions.parquet", "spatial", "outs", "binned_outputs" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (has (folder, names[i]))
      return TRUE;
  return FALSE;
}

/* Returns: (transfer full) (nullable): a path for smooth_section_load(); NULL: the user has to say it */
char *
site_dup_section_path (gint32 image)
{
  g_autofree char *kept = calls_image_dup_text (image, BRIDGE_SECTION);
  g_autofree char *path = calls_image_dup_path (image);

  if (path != NULL)
    {
      g_autofree char *folder = g_path_get_dirname (path);
      if (is_of_section (folder))
        return g_steal_pointer (&folder);
    }
  return kept != NULL && g_file_test (kept, G_FILE_TEST_EXISTS) ? g_steal_pointer (&kept) : NULL;
}

/* ---- Looks ---- */

/* An image with its points. */
typedef struct
{
  BridgeImage image;
  double points[6];
} Marked;

struct _SiteLook
{
  Marked own;
  gboolean has_points;
  GPtrArray *others; /* of Marked: other open images with such points */
};

static void
marked_free (gpointer data)
{
  Marked *marked = data;

  g_clear_pointer (&marked->image.picture, smooth_picture_unref);
  g_free (marked);
}

void
site_look_free (SiteLook *look)
{
  if (look == NULL)
    return;
  g_clear_pointer (&look->own.image.picture, smooth_picture_unref);
  g_ptr_array_unref (look->others);
  g_free (look);
}

static gboolean
look_at (gint32 image, BridgeImage *seen, GError **error)
{
  calls_image_get_size (image, &seen->width, &seen->height);
  seen->picture = calls_image_dup_picture (image, LONGEST, error);
  return seen->picture != NULL;
}

static gboolean
look_at_others (SiteLook *look, gint32 image, GError **error)
{
  g_autoptr (GArray) images = calls_list_images ();

  for (guint i = 0; i < images->len; i++)
    {
      gint32 other = g_array_index (images, gint32, i);
      double points[6];
      if (other == image || !calls_image_get_points (other, points, NULL))
        continue;
      Marked *marked = g_new0 (Marked, 1);
      memcpy (marked->points, points, sizeof points);
      g_ptr_array_add (look->others, marked);
      if (!look_at (other, &marked->image, error))
        return FALSE;
    }
  return TRUE;
}

/* Asks GIMP. Returns: (transfer full): what it says now */
SiteLook *
site_look_new (gint32 image, GError **error)
{
  g_autoptr (SiteLook) look = g_new0 (SiteLook, 1);
  g_autoptr (GError) cause = NULL;

  look->others = g_ptr_array_new_with_free_func (marked_free);
  look->has_points = calls_image_get_points (image, look->own.points, &cause);
  if (cause != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&cause));
      return NULL;
    }
  if (!look_at (image, &look->own.image, error) || (look->has_points && !look_at_others (look, image, error)))
    return NULL;
  return g_steal_pointer (&look);
}

/* The points of another image are points of the section once that image is placed. */
static gboolean
place_by_points (const SiteLook *look, const SmoothSection *section, cairo_matrix_t *placement, GError **error)
{
  for (guint i = 0; i < look->others->len; i++)
    {
      const Marked *other = look->others->pdata[i];
      g_autofree char *how = NULL;
      cairo_matrix_t inverse;
      double points[6];
      if (!bridge_placement_find (section, &other->image, &inverse, &how, NULL) || cairo_matrix_invert (&inverse) != CAIRO_STATUS_SUCCESS)
        continue;
      memcpy (points, other->points, sizeof points);
      for (gint p = 0; p < 3; p++)
        cairo_matrix_transform_point (&inverse, &points[2 * p], &points[2 * p + 1]);
      return bridge_placement_new_of_points (points, look->own.points, placement, error);
    }
  smooth_error_set (error, SMOOTH_ERROR_VALUE,
               "the image has a path '%s', but no other open image shows the section %s and has one, too: open the section's own picture "
               "(tissue_hires_image) and mark the same three points there, in the same order",
               CALLS_POINTS, section->name);
  return FALSE;
}

/**
 * site_look_place:
 * @placement: (out): from full-resolution pixels of the section to pixels of the image
 * @how: (out): what the image is, in words
 *
 * On any thread. Errors: as of bridge_placement_find()
 */
gboolean
site_look_place (const SiteLook *look, const SmoothSection *section, cairo_matrix_t *placement, char **how, GError **error)
{
  if (!look->has_points)
    return bridge_placement_find (section, &look->own.image, placement, how, error);
  if (!place_by_points (look, section, placement, error))
    return FALSE;
  *how = g_strdup ("placed by three matching points");
  return TRUE;
}
