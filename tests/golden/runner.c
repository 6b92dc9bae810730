/* SPDX-License-Identifier: GPL-3.0-or-later */
/* golden-runner [--if-present] [FOLDER]: runs every golden case below FOLDER and prints how many agree.
 *
 * A case is a folder with a params.json. Each prints one line, 'ok NAME', 'FAIL NAME reason' or 'skip NAME reason', and the
 * last line is the total. Exits with 1 where a case failed or there is none; with 77, as meson's tests are skipped, where
 * --if-present is given and FOLDER is absent.
 */
#include "golden.h"

#include <glib/gstdio.h>
#include <string.h>

#define EXIT_SKIPPED 77

/* The longest prefix of a case's name says what it is. */
static const struct
{
  const char *prefix;
  GoldenFunc run;
  const char *reason; /* why there is nothing to run */
} kinds[] = {
  { "w", golden_run_weights, NULL },
  { "s", golden_run_expression, NULL },
  { "s08_", golden_run_identity, NULL },
  { "s09_", golden_run_histology, NULL },
  { "p01_", golden_run_precision, NULL },
  { "l01_", golden_run_loss, NULL },
  { "l02_", golden_run_loss, NULL },
  { "l03_", golden_run_kl, NULL },
  { "l04_", golden_run_contrastive, NULL },
  { "l05_", golden_run_confidences, NULL },
  { "c", golden_run_decay, NULL },
  { "d_nnls", golden_run_deconvolution, NULL },
  { "d_linear", golden_run_deconvolution, NULL },
  { "d_dwls", golden_run_dwls, NULL },
  { "d_nusvr", golden_run_nusvr, NULL },
  { "d_lognorm", golden_run_lognormal, NULL },
  { "e", golden_run_pca, NULL },
  { "i_", golden_run_imputation, NULL },
};

static gint
find_kind (const char *name)
{
  gint found = -1;

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_has_prefix (name, kinds[i].prefix) && (found < 0 || strlen (kinds[i].prefix) > strlen (kinds[found].prefix)))
      found = (gint) i;
  return found;
}

/* Python writes NaN and Infinity into JSON, which has no such words. They stand in remarks that are not
 * compared, and become 0. Changes text in place. */
static void
replace_infinities (char *text)
{
  static const char *const words[] = { "-Infinity", "Infinity", "NaN" };
  gboolean in_string = FALSE;

  for (char *c = text; *c != '\0'; c++)
    {
      if (*c == '\\' && in_string && c[1] != '\0')
        c++;
      else if (*c == '"')
        in_string = !in_string;
      for (gsize i = 0; i < G_N_ELEMENTS (words) && !in_string; i++)
        if (g_str_has_prefix (c, words[i]))
          {
            memset (c, ' ', strlen (words[i]));
            *c = '0';
          }
    }
}

static GoldenOutcome
run_parsed (GoldenCase *c, gint kind)
{
  g_autofree char *path = g_build_filename (c->folder, "params.json", NULL);
  g_autofree char *text = NULL;
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;

  if (!g_file_get_contents (path, &text, NULL, &error))
    {
      golden_fail_error (c, error);
      return GOLDEN_FAILED;
    }
  replace_infinities (text);
  if (!json_parser_load_from_data (parser, text, -1, &error))
    {
      golden_fail (c, "%s: %s", path, error->message);
      return GOLDEN_FAILED;
    }
  JsonNode *root = json_parser_get_root (parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    {
      golden_fail (c, "%s: expected an object", path);
      return GOLDEN_FAILED;
    }
  c->params = json_node_get_object (root);
  GoldenOutcome outcome = kinds[kind].run (c);
  return outcome == GOLDEN_PASSED ? golden_verdict (c) : outcome;
}

static void
print_line (const GoldenCase *c, GoldenOutcome outcome)
{
  static const char *const words[] = { "ok", "FAIL", "skip" };

  g_print ("%s %s%s%s", words[outcome], c->name, c->failure->len > 0 ? " " : "", c->failure->str);
  for (guint i = 0; i < c->not_covered->len; i++)
    g_print ("%s%s", i == 0 ? " (without " : ", ", (const char *) c->not_covered->pdata[i]);
  g_print ("%s\n", c->not_covered->len > 0 ? ")" : "");
}

static GoldenOutcome
run_case (const char *parent, const char *name)
{
  g_autofree char *folder = g_build_filename (parent, name, NULL);
  g_autoptr (GString) failure = g_string_new (NULL);
  g_autoptr (GPtrArray) not_covered = g_ptr_array_new_with_free_func (g_free);
  GoldenCase c = { .name = name, .folder = folder, .failure = failure, .not_covered = not_covered };
  gint kind = find_kind (name);
  GoldenOutcome outcome = GOLDEN_SKIPPED;

  if (kind < 0)
    g_string_assign (failure, "this kind of case is not known");
  else if (kinds[kind].run == NULL)
    g_string_assign (failure, kinds[kind].reason);
  else
    outcome = run_parsed (&c, kind);
  print_line (&c, outcome);
  return outcome;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Returns: (transfer full): the names of the folders with a params.json, sorted; NULL where there is no such folder */
static GPtrArray *
list_cases (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  if (dir == NULL)
    return NULL;
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, "params.json", NULL);
      if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
        g_ptr_array_add (names, g_strdup (name));
    }
  g_ptr_array_sort (names, compare_names);
  return names;
}

static int
run_folder (const char *folder)
{
  gint totals[3] = { 0 };
  g_autoptr (GPtrArray) names = list_cases (folder);

  for (guint i = 0; names != NULL && i < names->len; i++)
    totals[run_case (folder, names->pdata[i])]++;
  if (names == NULL || names->len == 0)
    g_print ("no golden case in %s\n", folder);
  g_print ("%d passed, %d failed, %d skipped\n", totals[GOLDEN_PASSED], totals[GOLDEN_FAILED], totals[GOLDEN_SKIPPED]);
  return totals[GOLDEN_FAILED] > 0 || names == NULL || names->len == 0;
}

int
main (int argc, char **argv)
{
  gboolean if_present = argc > 1 && strcmp (argv[1], "--if-present") == 0;
  const char *tests = g_getenv ("SMOOTH_TESTS_DIR");
  g_autofree char *own = tests != NULL ? g_build_filename (tests, "golden", NULL) : g_strdup (GOLDEN_DIR);
  int first = if_present ? 2 : 1;

  if (argc > first + 1)
    {
      g_printerr ("usage: golden-runner [--if-present] [FOLDER]\n");
      return 2;
    }
  const char *folder = argc > first ? argv[first] : own;
  if (if_present && !g_file_test (folder, G_FILE_TEST_IS_DIR))
    {
      g_print ("skipped: %s is not there\n", folder);
      return EXIT_SKIPPED;
    }
  return run_folder (folder);
}
