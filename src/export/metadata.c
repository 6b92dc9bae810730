/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds the recipe in a figure of any kind, and in PNG and SVG files. Whatever the bytes are, the answer is a text or an error.
 *
 * PNG: an iTXt chunk, compressed or not. SVG: an element of our namespace, wherever it is; an editor that wrote the file
 * anew may have moved it.
 */
#include "export/metadata-private.h"

#include "base/error.h"
#include "files/inflate.h"

#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#define LARGEST_FILE ((gsize) 1 << 31)

typedef enum
{
  KIND_NONE,
  KIND_PNG,
  KIND_PDF,
  KIND_SVG,
} Kind;

static const char *const kind_names[] = { N_("another file"), N_("a PNG picture"), N_("a PDF document"), N_("an SVG picture") };

/* ---- PNG ---- */

static guint32
get_be32 (const guint8 *data)
{
  return (guint32) data[0] << 24 | (guint32) data[1] << 16 | (guint32) data[2] << 8 | data[3];
}

/* Returns: (nullable): the text that zlib packed, of at most METADATA_LARGEST bytes */
char *
smooth_i_metadata_inflate (const guint8 *data, gsize length)
{
  gsize n;

  return (char *) smooth_i_inflate (data, length, METADATA_LARGEST, &n);
}

/* The text of one iTXt chunk: key, 0, compressed, method, language, 0, translated key, 0, text. NULL where it is another one. */
static char *
read_itxt (const guint8 *data, gsize length)
{
  gsize start = sizeof METADATA_KEY;

  if (length < start + 4 || memcmp (data, METADATA_KEY, start) != 0)
    return NULL;
  gboolean is_packed = data[start] == 1;
  start += 2;
  for (gint i = 0; i < 2; i++)
    {
      const guint8 *end = start < length ? memchr (data + start, 0, length - start) : NULL;
      if (end == NULL)
        return NULL;
      start = (gsize) (end - data) + 1;
    }
  return is_packed ? smooth_i_metadata_inflate (data + start, length - start) : g_strndup ((const char *) data + start, length - start);
}

char *
smooth_i_metadata_dup_from_png (const guint8 *data, gsize length, const char **what)
{
  gsize at = 8;

  *what = N_("without a recipe");
  while (at + 12 <= length)
    {
      guint32 size = get_be32 (data + at);
      if (size > length - at - 12)
        break;
      if (memcmp (data + at + 4, "IEND", 4) == 0)
        return NULL;
      if (memcmp (data + at + 4, "iTXt", 4) == 0 && size <= METADATA_LARGEST)
        {
          char *text = read_itxt (data + at + 8, size);
          if (text != NULL && crc32 (0, data + at + 4, size + 4) == get_be32 (data + at + 8 + size))
            return text;
          if (text != NULL)
            *what = N_("with a damaged recipe");
          g_free (text);
        }
      at += 12 + (gsize) size;
    }
  *what = N_("that is cut short");
  return NULL;
}

/* ---- SVG ---- */

typedef struct
{
  gint depth; /* within the element; 0: outside */
  GString *text;
} Search;

/* Whatever prefix the namespace has. */
static void
on_start (GMarkupParseContext *context, const char *name, const char **names, const char **values, gpointer data, GError **error)
{
  Search *search = data;
  const char *colon = strchr (name, ':');

  (void) context;
  (void) error;
  if (search->depth > 0)
    search->depth++;
  else if (colon != NULL && strcmp (colon + 1, "recipe") == 0)
    for (gsize i = 0; names[i] != NULL; i++)
      if (g_str_has_prefix (names[i], "xmlns") && strcmp (values[i], METADATA_NAMESPACE) == 0)
        search->depth = 1;
  /* An editor may have put the namespace on the root. */
  if (search->depth == 0 && g_str_equal (name, "smoothscope:recipe"))
    search->depth = 1;
}

static void
on_end (GMarkupParseContext *context, const char *name, gpointer data, GError **error)
{
  Search *search = data;

  (void) context;
  (void) name;
  (void) error;
  if (search->depth > 0)
    search->depth--;
}

static void
on_text (GMarkupParseContext *context, const char *text, gsize length, gpointer data, GError **error)
{
  Search *search = data;

  (void) context;
  (void) error;
  if (search->depth > 0 && search->text->len + length <= METADATA_LARGEST)
    g_string_append_len (search->text, text, (gssize) length);
}

char *
smooth_i_metadata_dup_from_svg (const guint8 *data, gsize length, const char **what)
{
  static const GMarkupParser parser = { .start_element = on_start, .end_element = on_end, .text = on_text };
  Search search = { 0, g_string_new (NULL) };
  GMarkupParseContext *context = g_markup_parse_context_new (&parser, G_MARKUP_TREAT_CDATA_AS_TEXT, &search, NULL);
  gboolean is_whole = g_markup_parse_context_parse (context, (const char *) data, (gssize) length, NULL)
                      && g_markup_parse_context_end_parse (context, NULL);

  g_markup_parse_context_free (context);
  g_strstrip (search.text->str);
  *what = is_whole ? N_("without a recipe") : N_("that is damaged");
  if (*search.text->str != '\0' && is_whole)
    return g_string_free (search.text, FALSE);
  g_string_free (search.text, TRUE);
  return NULL;
}

/* Returns: (transfer full): <title> and <metadata>, to follow the root's tag; @text: (nullable): the recipe */
char *
smooth_i_metadata_dup_for_svg (const char *title, const char *text)
{
  g_autofree char *escaped_title = g_markup_escape_text (title != NULL ? title : "", -1);
  g_autofree char *escaped = g_markup_escape_text (text != NULL ? text : "", -1);
  g_autoptr (GString) elements = g_string_new (NULL);

  if (*escaped_title != '\0')
    g_string_append_printf (elements, "\n<title>%s</title>", escaped_title);
  if (*escaped != '\0')
    g_string_append_printf (elements, "\n<metadata><smoothscope:recipe xmlns:smoothscope=\"%s\">%s</smoothscope:recipe></metadata>",
                            METADATA_NAMESPACE, escaped);
  return g_string_free (g_steal_pointer (&elements), FALSE);
}

/* ---- All ---- */

static Kind
find_kind (const guint8 *data, gsize length)
{
  if (length >= 8 && memcmp (data, "\x89PNG\r\n\x1a\n", 8) == 0)
    return KIND_PNG;
  if (length >= 5 && memcmp (data, "%PDF-", 5) == 0)
    return KIND_PDF;
  for (gsize i = length >= 3 && memcmp (data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0; i < length; i++)
    if (!g_ascii_isspace (data[i]))
      return data[i] == '<' ? KIND_SVG : KIND_NONE;
  return KIND_NONE;
}

/* Whether a file is one of the kinds that figures have, by its first bytes. */
gboolean
smooth_metadata_is_figure (const char *path)
{
  guint8 head[256];
  FILE *file = fopen (path, "rbe");

  if (file == NULL)
    return FALSE;
  gsize length = fread (head, 1, sizeof head, file);
  (void) fclose (file);
  return find_kind (head, length) != KIND_NONE;
}

/**
 * smooth_i_metadata_dup:
 * @data: all of a file
 * @path: named by errors
 *
 * Returns: (transfer full): the text of its recipe, valid UTF-8
 */
char *
smooth_i_metadata_dup (const guint8 *data, gsize length, const char *path, GError **error)
{
  Kind kind = find_kind (data, length);
  const char *what = "";
  g_autofree char *text = NULL;

  if (kind == KIND_PNG)
    text = smooth_i_metadata_dup_from_png (data, length, &what);
  else if (kind == KIND_PDF)
    text = smooth_i_metadata_dup_from_pdf (data, length, &what);
  else if (kind == KIND_SVG)
    text = smooth_i_metadata_dup_from_svg (data, length, &what);
  if (text != NULL && g_utf8_validate (text, -1, NULL))
    return g_steal_pointer (&text);
  /* Translators: a file; 'a PNG picture'; 'without a recipe' */
  smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s: expected a figure that Smoothscope made, found %s %s", path,
                    _(kind_names[kind]), text != NULL ? _("with a damaged recipe") : _(what));
  return NULL;
}

/**
 * smooth_metadata_load:
 * @path: of a figure
 *
 * Returns: (transfer full): the text of the recipe within
 */
char *
smooth_metadata_load (const char *path, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (GMappedFile) file = g_mapped_file_new (path, FALSE, &cause);

  if (file == NULL)
    {
      smooth_error_set (error, SMOOTH_ERROR_FILE, "%s: cannot be read: %s", path, cause->message);
      return NULL;
    }
  if (g_mapped_file_get_length (file) > LARGEST_FILE)
    {
      smooth_error_set (error, SMOOTH_ERROR_FILE, "%s: expected a figure of at most 2 GB, found a larger file", path);
      return NULL;
    }
  return smooth_i_metadata_dup ((const guint8 *) g_mapped_file_get_contents (file), g_mapped_file_get_length (file), path, error);
}
