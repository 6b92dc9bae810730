/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prints the texts of the pages of help as a template for translators: list-texts PAGE.md... */
#include "help-text.h"

#include <stdio.h>

typedef struct
{
  GPtrArray *texts;  /* each once, in the order of the pages */
  GHashTable *pages; /* of text (owned) to what it is on: GPtrArray of names of files, not owned */
  const char *page;
} Template;

static const char *
add (const char *text, gpointer data)
{
  Template *template = data;
  GPtrArray *pages = g_hash_table_lookup (template->pages, text);

  if (pages == NULL)
    {
      char *key = g_strdup (text);

      pages = g_ptr_array_new ();
      g_hash_table_insert (template->pages, key, pages);
      g_ptr_array_add (template->texts, key);
    }
  if (!g_ptr_array_find (pages, template->page, NULL))
    g_ptr_array_add (pages, (gpointer) template->page);
  return text;
}

static void
print (const Template *template, const char *text)
{
  GPtrArray *pages = g_hash_table_lookup (template->pages, text);

  printf ("\n#:");
  for (guint i = 0; i < pages->len; i++)
    printf (" data/help/%s", (const char *) pages->pdata[i]);
  printf ("\nmsgid \"");
  for (const char *c = text; *c != '\0'; c++)
    printf (*c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
  printf ("\"\nmsgstr \"\"\n");
}

int
main (int argc, char **argv)
{
  Template template = { .texts = g_ptr_array_new (),
                        .pages = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref) };
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;

  for (int i = 1; i < argc; i++)
    {
      g_autofree char *page = NULL, *mapped = NULL;

      if (!g_file_get_contents (argv[i], &page, NULL, &error))
        {
          fprintf (stderr, "list-texts: %s\n", error->message);
          return 1;
        }
      template.page = g_path_get_basename (argv[i]);
      g_ptr_array_add (names, (gpointer) template.page);
      mapped = scope_help_text_map (page, add, &template);
    }
  printf ("msgid \"\"\nmsgstr \"\"\n\"Content-Type: text/plain; charset=UTF-8\\n\"\n");
  for (guint i = 0; i < template.texts->len; i++)
    print (&template, template.texts->pdata[i]);
  g_hash_table_unref (template.pages);
  g_ptr_array_unref (template.texts);
  return 0;
}
