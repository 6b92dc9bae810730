/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pages are read line by line: a line says by how it begins whether it goes on with the block before it. */
#include "help-text.h"

#include "smooth-config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

typedef struct
{
  ScopeHelpTextFunc replace;
  gpointer data;
  GString *out;
  GString *before;    /* what stands before the text of the open block: its indentation and mark */
  GString *text;      /* of the open block; empty: none is open */
  gboolean is_item;   /* the open block is one of a list */
  int row;            /* of the open table, 0 the head; -1: none is open */
  gboolean has_names; /* the first column of the table names parameters */
} Pass;

/* Two letters beside each other, outside of `code`: numbers, symbols and names alone are alike in all languages. */
static gboolean
has_words (const char *text)
{
  gboolean is_code = FALSE, after_letter = FALSE;

  for (const char *c = text; *c != '\0'; c = g_utf8_next_char (c))
    {
      gboolean is_letter = !is_code && g_unichar_isalpha (g_utf8_get_char (c));

      if (is_letter && after_letter)
        return TRUE;
      after_letter = is_letter;
      if (*c == '`')
        is_code = !is_code;
    }
  return FALSE;
}

static void
put_text (Pass *pass, const char *text)
{
  g_string_append (pass->out, has_words (text) ? pass->replace (text, pass->data) : text);
}

/* A picture alone: its words are text, its place is not. */
static gboolean
put_picture (Pass *pass, const char *text)
{
  const char *end = g_str_has_prefix (text, "![") && g_str_has_suffix (text, ")") ? strstr (text, "](") : NULL;

  if (end == NULL || strchr (end, ')')[1] != '\0')
    return FALSE;
  g_autofree char *words = g_strndup (text + 2, (gsize) (end - text - 2));

  g_string_append (pass->out, "![");
  put_text (pass, words);
  g_string_append (pass->out, end);
  return TRUE;
}

static void
end_block (Pass *pass)
{
  if (pass->text->len == 0)
    return;
  g_string_append (pass->out, pass->before->str);
  if (!put_picture (pass, pass->text->str))
    put_text (pass, pass->text->str);
  g_string_append_c (pass->out, '\n');
  g_string_truncate (pass->text, 0);
  pass->is_item = FALSE;
}

/* @line: a row with cells between bars; a bar of a text has a backslash before it. */
static void
put_row (Pass *pass, const char *line)
{
  const char *start = line + 1;

  pass->row++;
  g_string_append_c (pass->out, '|');
  for (int column = 0; *start != '\0'; column++)
    {
      const char *end = start;

      while (*end != '\0' && (*end != '|' || end[-1] == '\\'))
        end++;
      g_autofree char *cell = g_strndup (start, (gsize) (end - start));

      g_strstrip (cell);
      if (pass->row == 0 && column == 0)
        pass->has_names = g_str_equal (cell, "name");
      g_string_append_c (pass->out, ' ');
      if (pass->row > 0 && column == 0 && pass->has_names)
        g_string_append (pass->out, cell);
      else
        put_text (pass, cell);
      g_string_append (pass->out, " |");
      start = *end == '|' ? end + 1 : end;
    }
  g_string_append_c (pass->out, '\n');
}

/* Returns: how long the mark of a heading or a list item is, with the blank behind it; 0: there is none */
static gsize
measure_mark (const Pass *pass, const char *line)
{
  gsize n = strspn (line, "#");

  if (n > 0 && n <= 6 && line[n] == ' ')
    return n + 1;
  if (strchr ("-+*", *line) != NULL && line[1] == ' ')
    return 2;
  n = strspn (line, "0123456789");
  if (n == 0 || n > 9 || (line[n] != '.' && line[n] != ')') || line[n + 1] != ' ')
    return 0;
  /* Within a paragraph only a list that begins with 1 begins. */
  gboolean may_begin = pass->text->len == 0 || pass->is_item || (n == 1 && *line == '1');
  return may_begin ? n + 2 : 0;
}

static void
put_line (Pass *pass, const char *line)
{
  gsize indent = strspn (line, " ");
  const char *words = line + indent;

  if (*words != '|')
    pass->row = -1;
  if (*words == '\0' || *words == '|' || (indent >= 4 && pass->text->len == 0))
    {
      end_block (pass);
      if (*words == '|')
        put_row (pass, words);
      else
        g_string_append_printf (pass->out, "%s\n", *words == '\0' ? "" : line);
      return;
    }

  gsize mark = measure_mark (pass, words);

  if (mark > 0)
    end_block (pass);
  if (pass->text->len == 0)
    {
      g_string_assign (pass->before, line);
      g_string_truncate (pass->before, indent + mark);
      pass->is_item = mark > 0 && *words != '#';
      g_string_assign (pass->text, words + mark);
    }
  else
    g_string_append_printf (pass->text, " %s", words);
  if (mark > 0 && *words == '#')
    end_block (pass);
}

/**
 * scope_help_text_map:
 * @page: Markdown in UTF-8 of paragraphs, headings with #, lists, tables whose rows begin with a bar, and code that is indented by
 *   four blanks: what our pages are written in
 * @replace: is called for the text of each heading, paragraph, list item, cell of a table and picture alone, in their order, in
 *   one line and with the marks within it. Not for code, and not where there are no words; the first cells of a table whose head
 *   begins with 'name' are names of parameters and no words.
 *
 * Returns: (transfer full): the page with what @replace made of its texts, each block in one line
 */
char *
scope_help_text_map (const char *page, ScopeHelpTextFunc replace, gpointer data)
{
  g_autoptr (GString) before = g_string_new (NULL), text = g_string_new (NULL);
  g_auto (GStrv) lines = g_strsplit (page, "\n", -1);
  Pass pass = { .replace = replace, .data = data, .out = g_string_new (NULL), .before = before, .text = text, .row = -1 };

  for (int i = 0; lines[i] != NULL; i++)
    put_line (&pass, g_strchomp (lines[i]));
  end_block (&pass);
  return g_string_free (pass.out, FALSE);
}

/* Returns: (transfer none): a text of scope_help_text_map() in the user's language, itself where there is no translation */
const char *
scope_help_text_say (const char *text)
{
  return g_dgettext (SMOOTH_HELP_DOMAIN, text);
}

static const char *
say (const char *text, G_GNUC_UNUSED gpointer data)
{
  return scope_help_text_say (text);
}

/* Returns: (transfer full): the page in the user's language, as far as it is translated */
char *
scope_help_text_translate (const char *page)
{
  return scope_help_text_map (page, say, NULL);
}
