/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pages as files: PNG with its resolution, and documents; each with the recipe within. */
#include "export/document-private.h"
#include "export/metadata-private.h"
#include "export/page-private.h"

#include "base/error.h"
#include "smooth-config.h"

#define SOFTWARE "Smoothscope " SMOOTH_VERSION

static const char *
get_title (const SmoothPage *page)
{
  return page->title != NULL && page->title[0] != '\0' ? page->title : page->panels[0].section->name;
}

static gboolean
save_png (const SmoothPage *page, const char *text, const char *path, GError **error)
{
  SmoothPictureNotes notes = { .dpi = page->settings.dpi, .title = get_title (page), .software = SOFTWARE, .key = METADATA_KEY, .text = text };
  g_autoptr (SmoothPicture) picture = smooth_page_dup_picture (page, page->settings.dpi, error);

  if (picture == NULL)
    {
      smooth_error_prefix (error, "%s: ", path);
      return FALSE;
    }
  return smooth_picture_save_png_noted (picture, &notes, path, error);
}

static void
draw (cairo_t *cairo, gconstpointer page)
{
  smooth_page_draw (page, cairo);
}

/* Inputs are named from the folder of the figure. */
static char *
dup_recipe (const SmoothRecipe *recipe, const char *path, GError **error)
{
  g_autofree char *base = g_path_get_dirname (path);

  return smooth_recipe_dup_json (recipe, base, error);
}

/**
 * smooth_page_save:
 * @page: its settings tell the format, whatever @path is called
 * @recipe: (nullable): goes into the file; smooth_recipe_load() finds it there
 * @path: the file; it is replaced only once the new one is complete
 */
gboolean
smooth_page_save (const SmoothPage *page, const SmoothRecipe *recipe, const char *path, GError **error)
{
  g_return_val_if_fail (page->n_panels > 0, FALSE);

  g_autofree char *text = recipe != NULL ? dup_recipe (recipe, path, error) : NULL;
  if (recipe != NULL && text == NULL)
    return FALSE;
  SmoothDocument document = { .draw = draw, .data = page, .title = get_title (page), .recipe = text };
  smooth_page_get_size (page, &document.width, &document.height);
  switch ((SmoothPageFormat) page->settings.format)
    {
    case SMOOTH_PAGE_PDF:
      return smooth_i_document_save_pdf (&document, path, error);
    case SMOOTH_PAGE_SVG:
      return smooth_i_document_save_svg (&document, path, error);
    case SMOOTH_PAGE_PNG:
    default:
      return save_png (page, text, path, error);
    }
}
