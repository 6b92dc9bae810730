/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Command-line options: flags of a command's own beside those that declared parameters give. */
#pragma once

#include "smooth.h"

G_BEGIN_DECLS

/* A flag of a command that is no declared parameter: its value is a text. */
typedef struct
{
  const char *name; /* without '--' */
  const char *value_name; /* 'DIR'; NULL for a flag without a value */
  const char *help;
  gboolean is_required;
} CliFlag;

/* What a command takes. */
typedef struct
{
  const char *name;
  const char *summary;
  const char *argument;      /* name of its one positional argument, or NULL */
  const CliFlag *flags;      /* ends with a NULL name */
  const SmoothParamTable *const *tables; /* NULL-terminated; NULL: none */
} CliCommand;

/* A parsed command line. */
typedef struct _CliOptions CliOptions;

CliOptions *cli_options_parse (const CliCommand *command, int argc, char **argv, GError **error);
void cli_options_free (CliOptions *options);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CliOptions, cli_options_free)

const char *cli_options_get_argument (const CliOptions *options);
const char *cli_options_get (const CliOptions *options, const char *name);
gboolean cli_options_get_int (const CliOptions *options, const char *name, gint initial, gint min, gint max, gint *value,
                              GError **error);
gboolean cli_options_apply (const CliOptions *options, const SmoothParamTable *table, gpointer settings, GError **error);

G_END_DECLS
