/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pages as files: PNG with its resolution, PDF with its fonts, SVG with text that stays text; each with the recipe within.
 *
 * A file is made in memory, then written beside its place and renamed.
 */
#include "export/metadata-private.h"
#include "export/page-private.h"

#include "base/error.h"
#include "files/output.h"
#include "smooth-config.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <string.h>

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

static cairo_status_t
on_bytes (gpointer bytes, const unsigned char *data, unsigned int length)
{
  g_byte_array_append (bytes, data, length);
  return CAIRO_STATUS_SUCCESS;
}

/* Draws onto @surface, which is finished then. */
static gboolean
draw_on (const SmoothPage *page, cairo_surface_t *surface, const char *path, GError **error)
{
  cairo_t *cairo = cairo_create (surface);

  smooth_page_draw (page, cairo);
  cairo_show_page (cairo);
  cairo_status_t status = cairo_status (cairo);
  cairo_destroy (cairo);
  cairo_surface_finish (surface);
  if (status == CAIRO_STATUS_SUCCESS)
    status = cairo_surface_status (surface);
  if (status == CAIRO_STATUS_SUCCESS)
    return TRUE;
  smooth_error_set (error, SMOOTH_ERROR_MEMORY, "%s: the figure cannot be drawn: %s", path, cairo_status_to_string (status));
  return FALSE;
}

static gboolean
write_bytes (const char *path, const void *data, gsize length, GError **error)
{
  g_autoptr (SmoothOutput) output = smooth_output_new (path, error);

  if (output == NULL)
    return FALSE;
  smooth_output_write (output, data, length);
  return smooth_output_commit (output, error);
}

static gboolean
save_pdf (const SmoothPage *page, const char *text, const char *path, GError **error)
{
  double width, height;
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  smooth_page_get_size (page, &width, &height);
  cairo_surface_t *surface = cairo_pdf_surface_create_for_stream (on_bytes, bytes, width, height);
  cairo_pdf_surface_restrict_to_version (surface, CAIRO_PDF_VERSION_1_4); /* whose tables the attachment extends */
  cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_TITLE, get_title (page));
  cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_CREATOR, SOFTWARE);
  gboolean done = draw_on (page, surface, path, error);
  cairo_surface_destroy (surface);
  if (!done)
    return FALSE;
  if (text != NULL && !smooth_i_metadata_add_to_pdf (bytes, text))
    {
      smooth_error_set (error, SMOOTH_ERROR_FILE,
                        "%s: this version of Cairo (%s) writes PDF documents that the recipe cannot be added to", path,
                        cairo_version_string ());
      return FALSE;
    }
  return write_bytes (path, bytes->data, bytes->len, error);
}

/* Cairo's document with title and recipe after the root's tag, and all text before its end. */
static char *
dup_svg (const SmoothPage *page, GByteArray *bytes, const GString *texts, const char *recipe)
{
  g_autofree char *metadata = smooth_i_metadata_dup_for_svg (get_title (page), recipe);
  g_autofree char *cairos = g_strndup ((const char *) bytes->data, bytes->len);
  char *root = strstr (cairos, "<svg"), *tag_end = root != NULL ? strchr (root, '>') : NULL;
  char *end = g_strrstr (cairos, "</svg>");

  if (tag_end == NULL || end == NULL || end < tag_end)
    return NULL;
  *end = '\0';
  g_autofree char *head = g_strndup (cairos, (gsize) (tag_end - cairos) + 1);
  return g_strconcat (head, metadata, tag_end + 1, "<g>\n", texts->str, "</g>\n</svg>\n", NULL);
}

static gboolean
save_svg (const SmoothPage *page, const char *text, const char *path, GError **error)
{
  double width, height;
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autoptr (GString) texts = g_string_new (NULL);

  smooth_page_get_size (page, &width, &height);
  cairo_surface_t *surface = cairo_svg_surface_create_for_stream (on_bytes, bytes, width, height);
  cairo_svg_surface_set_document_unit (surface, CAIRO_SVG_UNIT_PT);
  smooth_i_figure_collect_text (surface, texts);
  gboolean done = draw_on (page, surface, path, error);
  cairo_surface_destroy (surface);
  if (!done)
    return FALSE;
  g_autofree char *svg = dup_svg (page, bytes, texts, text);
  if (svg == NULL)
    {
      smooth_error_set (error, SMOOTH_ERROR_FILE, "%s: this version of Cairo (%s) writes SVG pictures without a root", path,
                        cairo_version_string ());
      return FALSE;
    }
  return write_bytes (path, svg, strlen (svg), error);
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
  switch ((SmoothPageFormat) page->settings.format)
    {
    case SMOOTH_PAGE_PDF:
      return save_pdf (page, text, path, error);
    case SMOOTH_PAGE_SVG:
      return save_svg (page, text, path, error);
    case SMOOTH_PAGE_PNG:
    default:
      return save_png (page, text, path, error);
    }
}
