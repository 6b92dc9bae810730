/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GOption does the parsing and the help; this makes its entries from declared tables and keeps the texts by name. A recipe
 * fills the same texts. */
#include "cli/options.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define MAX_THREADS 1024

struct _CliOptions
{
  const CliCommand *command;
  char *recipe;       /* (nullable): path of the recipe that they come from */
  SmoothRegions *regions; /* (nullable): that it holds */
  char *turn;         /* (nullable): of the section's spots, that it names */
  char **arguments;   /* positional ones */
  GHashTable *values; /* flag name -> Value */
};

/* Where GOption puts what it finds. */
typedef struct
{
  char *text;
  gboolean is_set;
} Value;

static void
value_free (gpointer data)
{
  Value *value = data;

  g_free (value->text);
  g_free (value);
}

static char *
describe (const SmoothParam *param)
{
  g_autofree char *range = smooth_param_dup_range (param);
  g_autofree char *initial = smooth_param_dup_text (param, param->initial);

  /* Translators: the help of a parameter; its range; its default. */
  return g_strdup_printf (_("%s [%s; default %s]"), _(param->help), range, initial);
}

static const char *
value_name (const SmoothParam *param)
{
  switch (param->type)
    {
    case SMOOTH_PARAM_BOOL:
      return "BOOL";
    case SMOOTH_PARAM_CHOICE:
      return "NAME";
    case SMOOTH_PARAM_INT:
      return "N";
    case SMOOTH_PARAM_DOUBLE:
    default:
      return g_str_equal (param->unit, "um") ? "UM" : "X";
    }
}

static gboolean
has_parameter (const CliCommand *command, const SmoothParam *param)
{
  return command->without == NULL || !g_strv_contains (command->without, param->name);
}

/* Whether a table before number @t has a parameter of the same name, which is then the same flag. */
static gboolean
is_in_earlier_table (const CliCommand *command, gsize t, const SmoothParam *param)
{
  for (gsize before = 0; before < t; before++)
    if (smooth_params_find (command->tables[before], param->name) != NULL)
      return TRUE;
  return FALSE;
}

static void
add_value (CliOptions *options, const char *name)
{
  g_hash_table_insert (options->values, (gpointer) name, g_new0 (Value, 1));
}

/* Options without any value set. */
static CliOptions *
options_new (const CliCommand *command)
{
  CliOptions *options = g_new0 (CliOptions, 1);

  options->command = command;
  options->values = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, value_free);
  for (const CliFlag *flag = command->flags; flag->name != NULL; flag++)
    add_value (options, flag->name);
  for (gsize t = 0; command->tables != NULL && command->tables[t] != NULL; t++)
    for (gsize i = 0; i < command->tables[t]->n_params; i++)
      if (has_parameter (command, &command->tables[t]->params[i]))
        add_value (options, command->tables[t]->params[i].name);
  return options;
}

static void
add_flags (CliOptions *options, GOptionContext *context)
{
  g_autoptr (GArray) entries = g_array_new (TRUE, TRUE, sizeof (GOptionEntry));

  for (const CliFlag *flag = options->command->flags; flag->name != NULL; flag++)
    {
      Value *value = g_hash_table_lookup (options->values, flag->name);
      GOptionEntry entry = { .long_name = flag->name, .description = _(flag->help), .arg_description = flag->value_name };
      entry.arg = flag->value_name != NULL ? G_OPTION_ARG_FILENAME : G_OPTION_ARG_NONE;
      entry.arg_data = flag->value_name != NULL ? (gpointer) &value->text : (gpointer) &value->is_set;
      g_array_append_val (entries, entry);
    }
  g_option_context_add_main_entries (context, (GOptionEntry *) (gpointer) entries->data, NULL);
}

/* The texts live as long as the group, which owns them by `texts`. */
static void
add_table (CliOptions *options, GOptionContext *context, gsize t)
{
  const SmoothParamTable *table = options->command->tables[t];
  g_autoptr (GArray) entries = g_array_new (TRUE, TRUE, sizeof (GOptionEntry));
  GPtrArray *texts = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *title = g_strdup_printf (_("%s:"), _(table->label));
  GOptionGroup *group = g_option_group_new (table->name, title, _(table->label), texts, (GDestroyNotify) g_ptr_array_unref);

  for (gsize i = 0; i < table->n_params; i++)
    {
      const SmoothParam *param = &table->params[i];
      Value *value = g_hash_table_lookup (options->values, param->name);
      if (!has_parameter (options->command, param) || is_in_earlier_table (options->command, t, param))
        continue;
      GOptionEntry entry = { .long_name = param->name, .arg = G_OPTION_ARG_STRING, .arg_data = &value->text };
      entry.arg_description = value_name (param);
      entry.description = describe (param);
      g_ptr_array_add (texts, (gpointer) entry.description);
      g_array_append_val (entries, entry);
    }
  g_option_group_add_entries (group, (GOptionEntry *) (gpointer) entries->data);
  g_option_context_add_group (context, group);
}

/* `--help` alone shows the groups of parameters too, not only their names. */
static gboolean
print_help (GOptionContext *context)
{
  g_autofree char *help = g_option_context_get_help (context, FALSE, NULL);

  g_print ("%s", help);
  return TRUE;
}

static gboolean
asks_for_help (int argc, char **argv)
{
  for (int i = 1; i < argc; i++)
    if (g_str_equal (argv[i], "--help") || g_str_equal (argv[i], "-h"))
      return TRUE;
  return FALSE;
}

static gboolean
check_arguments (const CliOptions *options, GError **error)
{
  const CliCommand *command = options->command;
  guint n = g_strv_length (options->arguments);
  gboolean has_instead = command->instead != NULL && cli_options_get (options, command->instead) != NULL;
  guint expected = command->argument != NULL && !has_instead ? 1 : 0;

  if (n < expected && command->instead != NULL)
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE, "%s: expected %s or --%s, found neither", command->name,
                        command->argument, command->instead);
      return FALSE;
    }
  if (n != expected)
    {
      const char *first = n > expected ? options->arguments[expected] : "";
      if (expected == 1)
        smooth_error_set (error, SMOOTH_ERROR_VALUE, "%s: expected %s, found %u arguments: %s", command->name,
                          command->argument, n, first);
      else if (has_instead)
        smooth_error_set (error, SMOOTH_ERROR_VALUE, "%s: expected no argument beside --%s, found %u arguments: %s",
                          command->name, command->instead, n, first);
      else
        smooth_error_set (error, SMOOTH_ERROR_VALUE, "%s: expected no argument, found %u arguments: %s", command->name, n,
                          first);
      return FALSE;
    }
  for (const CliFlag *flag = command->flags; flag->name != NULL; flag++)
    if (flag->is_required && cli_options_get (options, flag->name) == NULL)
      {
        smooth_error_set (error, SMOOTH_ERROR_VALUE, "%s: --%s %s is needed: %s", command->name, flag->name,
                          flag->value_name, _(flag->help));
        return FALSE;
      }
  return TRUE;
}

/**
 * cli_options_parse:
 * @argc: number of words, the command's name being the first
 * @argv: the words
 *
 * Returns: (transfer full): the options; %NULL with @error set, or %NULL without an error where help was printed
 */
CliOptions *
cli_options_parse (const CliCommand *command, int argc, char **argv, GError **error)
{
  g_autoptr (CliOptions) options = options_new (command);
  g_autofree char *usage = g_strdup_printf ("%s - %s", command->argument ? command->argument : "", _(command->summary));
  g_autoptr (GOptionContext) context = g_option_context_new (usage);
  g_autofree char *program = g_strdup_printf ("smoothscope-cli %s", command->name);
  g_auto (GStrv) words = g_new0 (char *, argc + 1);

  for (int i = 0; i < argc; i++)
    words[i] = g_strdup (argv[i]);
  g_set_prgname (program);
  g_option_context_set_help_enabled (context, FALSE);
  add_flags (options, context);
  for (gsize i = 0; command->tables != NULL && command->tables[i] != NULL; i++)
    add_table (options, context, i);

  if (asks_for_help (argc, argv))
    {
      print_help (context);
      return NULL;
    }
  if (!g_option_context_parse_strv (context, &words, error))
    return NULL;
  options->arguments = g_strdupv (words + (words[0] != NULL));
  return check_arguments (options, error) ? g_steal_pointer (&options) : NULL;
}

/* A recipe calls the flag --signatures by what it names. */
static const char *
flag_name (const char *name)
{
  return strcmp (name, "signature") == 0 ? "signatures" : name;
}

typedef struct
{
  CliOptions *options;
  SmoothReport *report;
} Filling;

static void
fill_value (const char *name, const char *text, const char *where, gpointer data)
{
  const Filling *filling = data;
  CliOptions *options = filling->options;
  Value *value = g_hash_table_lookup (options->values, flag_name (name));

  if (options->command->argument != NULL && (strcmp (options->command->role, name) == 0 || strcmp (name, "section") == 0))
    {
      g_strfreev (options->arguments);
      options->arguments = g_strdupv ((char *[]){ (char *) text, NULL });
    }
  else if (value == NULL && strcmp (name, "turn") == 0 && *where == '\0')
    {
      g_free (options->turn);
      options->turn = g_strdup (text);
    }
  else if ((strcmp (name, "picture") == 0 || g_str_has_prefix (name, "categories")) && *where == '\0')
    return; /* what the window shows the tissue and its spots by: nothing is computed from it */
  else if (value != NULL)
    {
      g_free (value->text);
      value->text = g_strdup (text);
    }
  else if (options->command->without == NULL || !g_strv_contains (options->command->without, name))
    {
      g_autofree char *whole = *where != '\0' ? g_strdup_printf ("%s.%s", where, name) : g_strdup (name);
      smooth_report_add (filling->report, SMOOTH_REPORT_WARNING, "%s: %s is not known to this version and is ignored",
                       options->recipe, whole);
    }
}

/* A recipe that somebody else wrote must not choose what is overwritten here. */
static gboolean
names_no_output (const SmoothRecipe *recipe, GError **error)
{
  if (smooth_recipe_get_input (recipe, "output") == NULL && smooth_recipe_get_option (recipe, "output") == NULL)
    return TRUE;
  smooth_error_set (error, SMOOTH_ERROR_VALUE,
                    "%s: expected a recipe that does not say where to write, found the member 'output'; --output says it",
                    recipe->path);
  return FALSE;
}

/**
 * cli_options_new_from_recipe:
 * @output: the folder to write, which recipes do not hold
 * @report: told of what this version does not know
 *
 * Returns: (transfer full): the options with which @recipe was made
 */
CliOptions *
cli_options_new_from_recipe (const CliCommand *command, const SmoothRecipe *recipe, const char *output, SmoothReport *report,
                             GError **error)
{
  g_autoptr (CliOptions) options = options_new (command);
  Filling filling = { options, report };

  if (!names_no_output (recipe, error))
    return NULL;
  options->recipe = g_strdup (recipe->path);
  options->regions = recipe->regions != NULL ? smooth_regions_ref (recipe->regions) : NULL;
  options->arguments = g_new0 (char *, 1);
  smooth_recipe_foreach (recipe, fill_value, &filling);
  fill_value ("output", output, "", &filling);
  if (options->arguments[0] == NULL && (command->instead == NULL || cli_options_get (options, command->instead) == NULL))
    {
      smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s: expected the member '%s', found none", recipe->path, command->role);
      return NULL;
    }
  if (check_arguments (options, error))
    return g_steal_pointer (&options);
  smooth_error_prefix (error, "%s: ", recipe->path);
  return NULL;
}

void
cli_options_free (CliOptions *options)
{
  if (options == NULL)
    return;
  g_free (options->recipe);
  g_clear_pointer (&options->regions, smooth_regions_unref);
  g_free (options->turn);
  g_strfreev (options->arguments);
  g_hash_table_unref (options->values);
  g_free (options);
}

const CliCommand *
cli_options_get_command (const CliOptions *options)
{
  return options->command;
}

gboolean
cli_options_is_recipe (const CliOptions *options)
{
  return options->recipe != NULL;
}

/* Returns: (nullable): the name of the turn of the section's spots, by flag or recipe */
const char *
cli_options_get_turn (const CliOptions *options)
{
  const char *text = cli_options_get (options, "turn");

  return text != NULL ? text : options->turn;
}

/* Returns: (nullable): the regions that the recipe itself holds */
SmoothRegions *
cli_options_get_regions (const CliOptions *options)
{
  return options->regions;
}

/* Returns: (nullable): the positional argument */
const char *
cli_options_get_argument (const CliOptions *options)
{
  return options->arguments[0];
}

/* Returns: (nullable): the text given, "" for a flag without a value that is set, %NULL where it was not given, or where the
 * command has no such flag */
const char *
cli_options_get (const CliOptions *options, const char *name)
{
  const Value *value = g_hash_table_lookup (options->values, name);

  if (value == NULL)
    return NULL;
  return value->is_set ? "" : value->text;
}

/* The number that --threads gives; 0, which is all, without it. */
gboolean
cli_options_get_threads (const CliOptions *options, gint *n_threads, GError **error)
{
  const char *text = cli_options_get (options, "threads");
  gint64 number = 0;

  if (text != NULL && !g_ascii_string_to_signed (text, 10, 0, MAX_THREADS, &number, NULL))
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE, "--threads: expected a whole number 0 to %d, found '%s'", MAX_THREADS,
                        text);
      return FALSE;
    }
  *n_threads = (gint) number;
  return TRUE;
}

/* Sets the parameters of @table that were given on the command line. */
gboolean
cli_options_apply (const CliOptions *options, const SmoothParamTable *table, gpointer settings, GError **error)
{
  for (gsize i = 0; i < table->n_params; i++)
    {
      const SmoothParam *param = &table->params[i];
      const char *text = has_parameter (options->command, param) ? cli_options_get (options, param->name) : NULL;
      if (text == NULL || smooth_param_parse (param, settings, text, error))
        continue;
      if (options->recipe != NULL)
        smooth_error_prefix (error, "%s: parameters.%s: ", options->recipe, table->name);
      else
        smooth_error_prefix (error, "--");
      return FALSE;
    }
  return TRUE;
}
