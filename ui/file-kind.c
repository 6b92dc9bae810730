/* SPDX-License-Identifier: GPL-3.0-or-later */
/* By name first; JSON files say what they are in their first bytes. */
#include "file-kind.h"

#include "session.h"

#include <stdio.h>
#include <string.h>

#define HEAD_SIZE 4096

static gboolean
begins_with_any (const char *name, const char *const *prefixes)
{
  for (gsize i = 0; prefixes[i] != NULL; i++)
    if (g_str_has_prefix (name, prefixes[i]))
      return TRUE;
  return FALSE;
}

static gboolean
ends_with_any (const char *name, const char *const *suffixes)
{
  for (gsize i = 0; suffixes[i] != NULL; i++)
    if (g_str_has_suffix (name, suffixes[i]))
      return TRUE;
  return FALSE;
}

static ScopeFileKind
kind_of_json (const char *path)
{
  char head[HEAD_SIZE + 1] = { 0 };
  FILE *file = fopen (path, "rb");

  if (file == NULL)
    return SCOPE_FILE_REGIONS;
  head[fread (head, 1, HEAD_SIZE, file)] = '\0';
  fclose (file);
  if (strstr (head, "\"smoothscope\"") != NULL) /* first: it names the files of its section */
    return SCOPE_FILE_RECIPE;
  return strstr (head, "scalef") != NULL ? SCOPE_FILE_SECTION : SCOPE_FILE_REGIONS;
}

/* Loupe Browser writes 'Barcode,<category>'; references begin with something else. */
static gboolean
begins_with_barcode (const char *path)
{
  char head[16] = { 0 };
  FILE *file = fopen (path, "rb");

  if (file == NULL)
    return FALSE;
  gsize n = fread (head, 1, sizeof head - 1, file);
  fclose (file);
  const char *text = n >= 3 && memcmp (head, "\xef\xbb\xbf", 3) == 0 ? head + 3 : head;
  text += *text == '"';
  return g_ascii_strncasecmp (text, "barcode", strlen ("barcode")) == 0;
}

/* A figure has a recipe within; other pictures may belong to a section. */
static gboolean
is_figure (const char *path, const char *name)
{
  if (g_str_has_suffix (name, ".pdf") || g_str_has_suffix (name, ".svg"))
    return TRUE;
  g_autofree char *recipe = g_str_has_suffix (name, ".png") ? smooth_metadata_load (path, NULL) : NULL;
  return recipe != NULL;
}

/* What cannot be told is taken for a section: reading it then says what was expected. */
ScopeFileKind
scope_file_kind_of (const char *path)
{
  static const char *const of_section[] = { "tissue_positions", "barcodes", "features", "genes.tsv", "matrix", NULL };
  static const char *const tables[] = { ".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz", NULL };
  static const char *const pictures[] = { ".tif", ".tiff", ".btf", ".svs", NULL };
  g_autofree char *base = g_path_get_basename (path);
  g_autofree char *name = g_ascii_strdown (base, -1);

  if (g_file_test (path, G_FILE_TEST_IS_DIR) || begins_with_any (name, of_section))
    return SCOPE_FILE_SECTION;
  if (g_str_has_suffix (name, SCOPE_SESSION_SUFFIX) || is_figure (path, name))
    return SCOPE_FILE_RECIPE;
  if (g_str_has_suffix (name, ".geojson"))
    return SCOPE_FILE_REGIONS;
  if (g_str_has_suffix (name, ".json"))
    return kind_of_json (path);
  if (ends_with_any (name, pictures))
    return SCOPE_FILE_PICTURE;
  if (ends_with_any (name, tables) && begins_with_barcode (path))
    return SCOPE_FILE_CATEGORIES;
  return ends_with_any (name, tables) ? SCOPE_FILE_SIGNATURE : SCOPE_FILE_SECTION;
}
