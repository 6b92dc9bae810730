/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a session needs comes first, then the model, then what tells about it; pages that this list does not know follow. */
#include "help-pages.h"

#include "help-text.h"

#include "smooth-config.h"

#include <gio/gio.h>
#include <string.h>

static const char *const order[] = {
  "start",      "picture",  "regions",    "plots",      "sessions", "figures", "preparation", "deconvolution",
  "strength",   "priors",   "graphs",     "losses",     "choosing", "decay",   "sensitivity", "uncertainty",
  "components", "clusters", "autoencoder", "imputation", "comparison", "tables",   "gimp",    "limits",
};

static void
page_free (gpointer data)
{
  ScopeHelpPage *page = data;

  g_free (page->name);
  g_free (page->title);
  g_free (page->text);
  g_free (page->plain);
  g_free (page);
}

/* Without the marks of Markdown: what a reader sees, about. */
static char *
dup_plain (const char *text)
{
  g_autoptr (GString) plain = g_string_sized_new (strlen (text));

  for (const char *c = text; *c != '\0'; c++)
    if (strchr ("*`#|", *c) == NULL)
      g_string_append_c (plain, *c == '\n' ? ' ' : *c);
  return g_utf8_casefold (plain->str, -1);
}

/* Returns: (transfer full): the first heading, or the name where there is none */
static char *
dup_title (const char *text, const char *name)
{
  const char *start = g_str_has_prefix (text, "# ") ? text : strstr (text, "\n# ");

  if (start == NULL)
    return g_strdup (name);
  start = strchr (start, '#') + 2;
  g_autofree char *title = g_strndup (start, strcspn (start, "\n"));
  return g_strdup (g_strstrip (title));
}

static guint
place_of (const char *name)
{
  guint i = 0;

  while (i < G_N_ELEMENTS (order) && !g_str_equal (order[i], name))
    i++;
  return i;
}

static int
compare_pages (gconstpointer a, gconstpointer b)
{
  const ScopeHelpPage *first = *(ScopeHelpPage *const *) a, *second = *(ScopeHelpPage *const *) b;
  int difference = (int) place_of (first->name) - (int) place_of (second->name);

  return difference != 0 ? difference : strcmp (first->name, second->name);
}

/* Returns: (transfer full): the folder where the pages should be */
char *
scope_help_dup_folder (void)
{
  const char *from_environment = g_getenv ("SMOOTHSCOPE_DATA_DIR");

  return g_build_filename (from_environment != NULL ? from_environment : SMOOTH_DATA_DIR, "help", NULL);
}

/**
 * scope_help_pages_read:
 * @folder: of *.md files in UTF-8; others are passed over
 *
 * Returns: (transfer full) (element-type ScopeHelpPage): in reading order and in the user's language, as far as they are
 *   translated; empty where there are none
 */
GPtrArray *
scope_help_pages_read (const char *folder)
{
  GPtrArray *pages = g_ptr_array_new_with_free_func (page_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *file;

  while (dir != NULL && (file = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, file, NULL), *original = NULL, *text = NULL;

      if (!g_str_has_suffix (file, ".md") || !g_file_get_contents (path, &original, NULL, NULL)
          || !g_utf8_validate (original, -1, NULL))
        continue;
      text = scope_help_text_translate (original);
      ScopeHelpPage *page = g_new0 (ScopeHelpPage, 1);
      page->name = g_strndup (file, strlen (file) - 3);
      page->title = dup_title (text, page->name);
      page->plain = dup_plain (text);
      page->text = g_steal_pointer (&text);
      g_ptr_array_add (pages, page);
    }
  g_ptr_array_sort (pages, compare_pages);
  return pages;
}

/* Returns: (transfer none) (nullable): the page of that name */
const ScopeHelpPage *
scope_help_pages_find (GPtrArray *pages, const char *name)
{
  for (guint i = 0; i < pages->len; i++)
    if (g_str_equal (((ScopeHelpPage *) pages->pdata[i])->name, name))
      return pages->pdata[i];
  return NULL;
}

static gboolean
holds_words (const char *folded_text, const char *words)
{
  g_autofree char *folded = g_utf8_casefold (words, -1);
  g_auto (GStrv) parts = g_strsplit_set (folded, " \t", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    if (strstr (folded_text, parts[i]) == NULL)
      return FALSE;
  return TRUE;
}

/* Whether each of the words, parted by spaces, is anywhere on the page, in any case. */
gboolean
scope_help_page_holds (const ScopeHelpPage *page, const char *words)
{
  return holds_words (page->plain, words);
}

/* Whether each of the words is in the title. */
gboolean
scope_help_page_is_titled (const ScopeHelpPage *page, const char *words)
{
  g_autofree char *folded = g_utf8_casefold (page->title, -1);

  return holds_words (folded, words);
}
