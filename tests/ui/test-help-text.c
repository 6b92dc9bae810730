/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What of a page of help is translated, and that the page is otherwise the same; the first argument is the folder of pages. */
#include "help-pages.h"
#include "help-text.h"
#include "smooth.h"

#include <glib/gi18n.h>
#include <locale.h>
#include <md4c.h>
#include <string.h>

static const char *folder;

static const char *
take (const char *text, gpointer data)
{
  g_string_append_printf (data, "<%s>", text);
  return "said";
}

static const char *
leave (const char *text, G_GNUC_UNUSED gpointer data)
{
  return text;
}

static void
check (const char *page, const char *texts, const char *mapped)
{
  g_autoptr (GString) taken = g_string_new (NULL);
  g_autofree char *found = scope_help_text_map (page, take, taken);

  g_assert_cmpstr (taken->str, ==, texts);
  g_assert_cmpstr (found, ==, mapped);
}

static void
test_blocks (void)
{
  check ("# A title\nOne `code` and\n1970. no list, [link](x.md)  \n\n", "<A title><One `code` and 1970. no list, [link](x.md)>",
         "# said\nsaid\n\n\n");
  check ("Words:\n- an item that\n  goes on\n3. third\n    far in", "<Words:><an item that goes on><third far in>",
         "said\n- said\n3. said\n");
  check ("- one\n\n  more of one", "<one><more of one>", "- said\n\n  said\n");
  check ("![A picture\nof it](a/b.png)", "<A picture of it>", "![said](a/b.png)\n");
  check ("![An icon](i.png) and text (too)", "<![An icon](i.png) and text (too)>", "said\n");
  check ("Code:\n\n    x = words\n    - more of it\n\n*λ* = 3, `some words` 5", "<Code:>",
         "said\n\n    x = words\n    - more of it\n\n*λ* = 3, `some words` 5\n");
}

/* Names of parameters are no words; without the head 'name' all cells are. */
static void
test_tables (void)
{
  check ("| name | what | r |\n|---|---|---|\n| rho, range | large\\|small | `words` 1.0 |", "<name><what><large\\|small>",
         "| said | said | r |\n| --- | --- | --- |\n| rho, range | said | `words` 1.0 |\n");
  check ("| name |\n|--|\n\n| kind | |\n|---|---|\n| wide | x |", "<name><kind><wide>",
         "| said |\n| -- |\n\n| said |  |\n| --- | --- |\n| said | x |\n");
}

static int
on_enter_block (MD_BLOCKTYPE type, G_GNUC_UNUSED void *detail, void *data)
{
  g_string_append_printf (data, "\n{%d ", type);
  return 0;
}

static int
on_leave_block (G_GNUC_UNUSED MD_BLOCKTYPE type, G_GNUC_UNUSED void *detail, void *data)
{
  g_string_append_c (data, '}');
  return 0;
}

static int
on_enter_span (MD_SPANTYPE type, G_GNUC_UNUSED void *detail, void *data)
{
  g_string_append_printf (data, "[%d ", type);
  return 0;
}

static int
on_leave_span (G_GNUC_UNUSED MD_SPANTYPE type, G_GNUC_UNUSED void *detail, void *data)
{
  g_string_append_c (data, ']');
  return 0;
}

static int
on_text (MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE size, void *data)
{
  if (type == MD_TEXT_SOFTBR)
    g_string_append_c (data, ' ');
  else
    g_string_append_len (data, text, size);
  return 0;
}

/* What the window is told of a page. */
static char *
dup_parsed (const char *page)
{
  const MD_PARSER parser = { .flags = MD_FLAG_TABLES | MD_FLAG_NOHTML,
                             .enter_block = on_enter_block,
                             .leave_block = on_leave_block,
                             .enter_span = on_enter_span,
                             .leave_span = on_leave_span,
                             .text = on_text };
  GString *parsed = g_string_new (NULL);

  g_assert_cmpint (md_parse (page, (MD_SIZE) strlen (page), &parser, parsed), ==, 0);
  return g_string_free (parsed, FALSE);
}

/* A page in one line a block reads as it is written: blocks are where the reader of Markdown sees them. */
static void
test_pages (void)
{
  g_autoptr (GPtrArray) pages = scope_help_pages_read (folder);

  g_assert_cmpuint (pages->len, >, 10);
  for (guint i = 0; i < pages->len; i++)
    {
      const char *name = ((ScopeHelpPage *) pages->pdata[i])->name;
      g_autofree char *file = g_strconcat (name, ".md", NULL), *path = g_build_filename (folder, file, NULL), *original = NULL;

      g_assert_true (g_file_get_contents (path, &original, NULL, NULL));
      g_autofree char *mapped = scope_help_text_map (original, leave, NULL);
      g_autofree char *expected = dup_parsed (original), *found = dup_parsed (mapped);
      g_test_message ("%s", name);
      g_assert_cmpstr (found, ==, expected);
    }
}

/* In the user's language: text, title and what is searched in. */
static void
test_language (void)
{
  g_autoptr (GPtrArray) pages = scope_help_pages_read (folder);
  const ScopeHelpPage *page = scope_help_pages_find (pages, "start");

  if (g_str_equal (_ ("Search in all pages"), "Search in all pages"))
    {
      g_test_skip ("no German on this machine");
      return;
    }
  g_assert_nonnull (page);
  g_assert_cmpstr (page->title, ==, scope_help_text_say ("Start here: look, tune, keep"));
  g_assert_cmpstr (page->title, !=, "Start here: look, tune, keep");
  g_assert_nonnull (strstr (page->text, "](pictures/window.png)"));
  g_assert_true (scope_help_page_holds (page, "Gewebe SITZUNGEN"));
  g_assert_false (scope_help_page_holds (page, "sittings"));
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  smooth_language_bind ();
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 2);
  folder = argv[1];
  g_test_add_func ("/help-text/blocks", test_blocks);
  g_test_add_func ("/help-text/tables", test_tables);
  g_test_add_func ("/help-text/pages", test_pages);
  g_test_add_func ("/help-text/language", test_language);
  return g_test_run ();
}
