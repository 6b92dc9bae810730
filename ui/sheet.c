/* SPDX-License-Identifier: GPL-3.0-or-later */
/* With a graphics card a sheet is a texture. Cairo's renderer converts a texture anew for every frame, which takes longer
 * than all else in it: there a sheet is a surface, which Cairo sends to the screen once and keeps. */
#include "sheet.h"

struct _ScopeSheet
{
  SmoothPicture *picture;
  GdkTexture *texture; /* either is made when it is first needed */
  cairo_surface_t *surface;
};

/**
 * scope_sheet_new:
 * @picture: referenced; must not change any more
 *
 * May be called on any thread; all else on the main loop's.
 */
ScopeSheet *
scope_sheet_new (SmoothPicture *picture)
{
  ScopeSheet *sheet = g_new0 (ScopeSheet, 1);

  sheet->picture = smooth_picture_ref (picture);
  return sheet;
}

void
scope_sheet_free (ScopeSheet *sheet)
{
  g_clear_object (&sheet->texture);
  g_clear_pointer (&sheet->surface, cairo_surface_destroy);
  smooth_picture_unref (sheet->picture);
  g_free (sheet);
}

/* Takes over what @older has made of the picture, where both are of the same one. */
void
scope_sheet_inherit (ScopeSheet *sheet, ScopeSheet *older)
{
  if (sheet == NULL || older == NULL || sheet->picture != older->picture || sheet->texture != NULL || sheet->surface != NULL)
    return;
  sheet->texture = g_steal_pointer (&older->texture);
  sheet->surface = g_steal_pointer (&older->surface);
}

/* In pixels. */
void
scope_sheet_get_size (const ScopeSheet *sheet, gint *width, gint *height)
{
  *width = sheet->picture->width;
  *height = sheet->picture->height;
}

static GdkTexture *
get_texture (ScopeSheet *sheet)
{
  SmoothPicture *picture = sheet->picture;

  if (sheet->texture == NULL)
    {
      gsize size = (gsize) picture->height * picture->stride;
      g_autoptr (GBytes) bytes = g_bytes_new_with_free_func (picture->pixels, size, (GDestroyNotify) smooth_picture_unref,
                                                             smooth_picture_ref (picture));
      sheet->texture = gdk_memory_texture_new (picture->width, picture->height, GDK_MEMORY_DEFAULT, bytes, picture->stride);
    }
  return sheet->texture;
}

/* Cairo keeps the surface for as long as a frame may be drawn from it; the pixels live as long. */
static cairo_surface_t *
get_surface (ScopeSheet *sheet)
{
  static const cairo_user_data_key_t key;
  SmoothPicture *picture = sheet->picture;

  if (sheet->surface == NULL)
    {
      sheet->surface = cairo_image_surface_create_for_data ((guchar *) picture->pixels, CAIRO_FORMAT_ARGB32, picture->width,
                                                            picture->height, (int) picture->stride);
      cairo_surface_set_user_data (sheet->surface, &key, smooth_picture_ref (picture),
                                   (cairo_destroy_func_t) smooth_picture_unref);
    }
  return sheet->surface;
}

static void
append_surface (ScopeSheet *sheet, GtkSnapshot *snapshot, const graphene_rect_t *place, const graphene_rect_t *visible)
{
  graphene_rect_t bounds;
  cairo_matrix_t to_pixels;

  if (!graphene_rect_intersection (place, visible, &bounds))
    return;
  cairo_matrix_init_scale (&to_pixels, sheet->picture->width / (double) place->size.width,
                           sheet->picture->height / (double) place->size.height);
  cairo_matrix_translate (&to_pixels, -(double) place->origin.x, -(double) place->origin.y);

  cairo_t *cairo = gtk_snapshot_append_cairo (snapshot, &bounds);
  cairo_set_source_surface (cairo, get_surface (sheet), 0.0, 0.0);
  cairo_pattern_set_matrix (cairo_get_source (cairo), &to_pixels);
  cairo_pattern_set_filter (cairo_get_source (cairo), CAIRO_FILTER_BILINEAR);
  cairo_pattern_set_extend (cairo_get_source (cairo), CAIRO_EXTEND_PAD);
  cairo_rectangle (cairo, (double) bounds.origin.x, (double) bounds.origin.y, (double) bounds.size.width,
                   (double) bounds.size.height);
  cairo_fill (cairo);
  cairo_destroy (cairo);
}

/**
 * scope_sheet_append:
 * @renderer: (nullable): what will draw the snapshot
 * @place: where the whole sheet lies, logical pixels
 * @visible: the part of the snapshot that can be seen
 */
void
scope_sheet_append (ScopeSheet *sheet, GtkSnapshot *snapshot, GskRenderer *renderer, const graphene_rect_t *place,
                    const graphene_rect_t *visible)
{
  if (renderer != NULL && GSK_IS_CAIRO_RENDERER (renderer))
    append_surface (sheet, snapshot, place, visible);
  else
    gtk_snapshot_append_texture (snapshot, get_texture (sheet), place);
}
