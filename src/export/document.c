/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PDF with its fonts, SVG with text that stays text; each may hold a recipe.
 *
 * A file is made in memory, then written beside its place and renamed.
 */
#include "export/document-private.h"

#include "export/figure-private.h"
#include "export/metadata-private.h"

#include "base/error.h"
#include "files/output.h"
#include "smooth-config.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <string.h>

#define SOFTWARE "Smoothscope " SMOOTH_VERSION

static cairo_status_t
on_bytes (gpointer bytes, const unsigned char *data, unsigned int length)
{
  g_byte_array_append (bytes, data, length);
  return smooth_run_is_cancelled (smooth_run_get_current ()) ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

/* Draws onto @surface, which is finished then. */
static gboolean
draw_on (const SmoothDocument *document, cairo_surface_t *surface, const char *path, GError **error)
{
  cairo_t *cairo = cairo_create (surface);

  document->draw (cairo, document->data);
  cairo_show_page (cairo);
  cairo_status_t status = cairo_status (cairo);
  cairo_destroy (cairo);
  cairo_surface_finish (surface);
  if (status == CAIRO_STATUS_SUCCESS)
    status = cairo_surface_status (surface);
  if (!smooth_run_check (smooth_run_get_current (), error))
    return FALSE;
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

gboolean
smooth_i_document_save_pdf (const SmoothDocument *document, const char *path, GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  cairo_surface_t *surface = cairo_pdf_surface_create_for_stream (on_bytes, bytes, document->width, document->height);
  cairo_pdf_surface_restrict_to_version (surface, CAIRO_PDF_VERSION_1_4); /* whose tables the attachment extends */
  cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_TITLE, document->title);
  cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_CREATOR, SOFTWARE);
  gboolean done = draw_on (document, surface, path, error);
  cairo_surface_destroy (surface);
  if (!done)
    return FALSE;
  if (document->recipe != NULL && !smooth_i_metadata_add_to_pdf (bytes, document->recipe))
    {
      smooth_error_set (error, SMOOTH_ERROR_FILE, "%s: this version of Cairo (%s) writes PDF documents that the recipe cannot be added to",
                   path, cairo_version_string ());
      return FALSE;
    }
  return write_bytes (path, bytes->data, bytes->len, error);
}

/* Cairo's document with title and recipe after the root's tag, and all text before its end. */
static char *
dup_svg (const SmoothDocument *document, GByteArray *bytes, const GString *texts)
{
  g_autofree char *metadata = smooth_i_metadata_dup_for_svg (document->title, document->recipe);
  g_autofree char *cairos = g_strndup ((const char *) bytes->data, bytes->len);
  char *root = strstr (cairos, "<svg"), *tag_end = root != NULL ? strchr (root, '>') : NULL;
  char *end = g_strrstr (cairos, "</svg>");

  if (tag_end == NULL || end == NULL || end < tag_end)
    return NULL;
  *end = '\0';
  g_autofree char *head = g_strndup (cairos, (gsize) (tag_end - cairos) + 1);
  return g_strconcat (head, metadata, tag_end + 1, "<g>\n", texts->str, "</g>\n</svg>\n", NULL);
}

/* Text is <text>, in the font that was found. */
gboolean
smooth_i_document_save_svg (const SmoothDocument *document, const char *path, GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autoptr (GString) texts = g_string_new (NULL);

  cairo_surface_t *surface = cairo_svg_surface_create_for_stream (on_bytes, bytes, document->width, document->height);
  cairo_svg_surface_set_document_unit (surface, CAIRO_SVG_UNIT_PT);
  smooth_i_figure_collect_text (surface, texts);
  gboolean done = draw_on (document, surface, path, error);
  cairo_surface_destroy (surface);
  if (!done)
    return FALSE;
  g_autofree char *svg = dup_svg (document, bytes, texts);
  if (svg == NULL)
    {
      smooth_error_set (error, SMOOTH_ERROR_FILE, "%s: this version of Cairo (%s) writes SVG pictures without a root", path,
                   cairo_version_string ());
      return FALSE;
    }
  return write_bytes (path, svg, strlen (svg), error);
}
