/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GOption does the parsing and the help; this makes its entries from declared tables and keeps the texts by name. */
#include "cli/options.h"

struct _CliOptions
{
  const CliCommand *command;
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

  return g_strdup_printf ("%s [%s; default %s]", param->help, range, initial);
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

static Value *
add_value (CliOptions *options, const char *name)
{
  Value *value = g_new0 (Value, 1);

  g_hash_table_insert (options->values, (gpointer) name, value);
  return value;
}

static void
add_flags (CliOptions *options, GOptionContext *context)
{
  g_autoptr (GArray) entries = g_array_new (TRUE, TRUE, sizeof (GOptionEntry));

  for (const CliFlag *flag = options->command->flags; flag->name != NULL; flag++)
    {
      Value *value = add_value (options, flag->name);
      GOptionEntry entry = { .long_name = flag->name, .description = flag->help, .arg_description = flag->value_name };
      entry.arg = flag->value_name != NULL ? G_OPTION_ARG_FILENAME : G_OPTION_ARG_NONE;
      entry.arg_data = flag->value_name != NULL ? (gpointer) &value->text : (gpointer) &value->is_set;
      g_array_append_val (entries, entry);
    }
  g_option_context_add_main_entries (context, (GOptionEntry *) (gpointer) entries->data, NULL);
}

/* The texts live as long as the group, which owns them by `texts`. */
static void
add_table (CliOptions *options, GOptionContext *context, const SmoothParamTable *table)
{
  g_autoptr (GArray) entries = g_array_new (TRUE, TRUE, sizeof (GOptionEntry));
  GPtrArray *texts = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *title = g_strdup_printf ("%s:", table->label);
  GOptionGroup *group = g_option_group_new (table->name, title, table->label, texts, (GDestroyNotify) g_ptr_array_unref);

  for (gsize i = 0; i < table->n_params; i++)
    {
      const SmoothParam *param = &table->params[i];
      Value *value = add_value (options, param->name);
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
  guint n = g_strv_length (options->arguments);
  guint expected = options->command->argument != NULL ? 1 : 0;

  if (n != expected)
    {
      g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE, "%s: expected %s, found %u arguments%s%s", options->command->name,
                   expected ? options->command->argument : "no argument", n, n > expected ? ": " : "",
                   n > expected ? options->arguments[expected] : "");
      return FALSE;
    }
  for (const CliFlag *flag = options->command->flags; flag->name != NULL; flag++)
    if (flag->is_required && cli_options_get (options, flag->name) == NULL)
      {
        g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE, "%s: --%s %s is needed: %s", options->command->name, flag->name,
                     flag->value_name, flag->help);
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
  g_autoptr (CliOptions) options = g_new0 (CliOptions, 1);
  g_autofree char *usage = g_strdup_printf ("%s - %s", command->argument ? command->argument : "", command->summary);
  g_autoptr (GOptionContext) context = g_option_context_new (usage);
  g_autofree char *program = g_strdup_printf ("smoothscope-cli %s", command->name);
  g_auto (GStrv) words = g_new0 (char *, argc + 1);

  options->command = command;
  options->values = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, value_free);
  for (int i = 0; i < argc; i++)
    words[i] = g_strdup (argv[i]);
  g_set_prgname (program);
  g_option_context_set_help_enabled (context, FALSE);
  add_flags (options, context);
  for (gsize i = 0; command->tables != NULL && command->tables[i] != NULL; i++)
    add_table (options, context, command->tables[i]);

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

void
cli_options_free (CliOptions *options)
{
  if (options == NULL)
    return;
  g_strfreev (options->arguments);
  g_hash_table_unref (options->values);
  g_free (options);
}

const char *
cli_options_get_argument (const CliOptions *options)
{
  return options->arguments[0];
}

/* Returns: (nullable): the text given, "" for a flag without a value that is set, %NULL where it was not given */
const char *
cli_options_get (const CliOptions *options, const char *name)
{
  const Value *value = g_hash_table_lookup (options->values, name);

  g_return_val_if_fail (value != NULL, NULL);
  if (value->is_set)
    return "";
  return value->text;
}

gboolean
cli_options_get_int (const CliOptions *options, const char *name, gint initial, gint min, gint max, gint *value, GError **error)
{
  const char *text = cli_options_get (options, name);
  gint64 number = initial;

  if (text != NULL && !g_ascii_string_to_signed (text, 10, min, max, &number, NULL))
    {
      g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE, "--%s: expected a whole number %d to %d, found '%s'", name, min, max,
                   text);
      return FALSE;
    }
  *value = (gint) number;
  return TRUE;
}

/* Sets the parameters of @table that were given on the command line. */
gboolean
cli_options_apply (const CliOptions *options, const SmoothParamTable *table, gpointer settings, GError **error)
{
  for (gsize i = 0; i < table->n_params; i++)
    {
      const char *text = cli_options_get (options, table->params[i].name);
      if (text != NULL && !smooth_param_parse (&table->params[i], settings, text, error))
        {
          g_prefix_error (error, "--");
          return FALSE;
        }
    }
  return TRUE;
}
