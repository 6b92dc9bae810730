/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a command was given, on a command line or by a recipe: flags of its own beside those that declared parameters give. */
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

typedef struct _CliOptions CliOptions;
typedef struct _CliJob CliJob;

/* What a command takes, and what does it: one of compute and run is set. */
typedef struct
{
  const char *name;
  const char *summary;
  const char *argument;      /* name of its one positional argument, or NULL */
  const char *role;          /* what a recipe calls the argument: "section" */
  const char *instead;       /* the flag that may stand in place of the argument; NULL: none */
  const CliFlag *flags;      /* ends with a NULL name */
  const SmoothParamTable *const *tables; /* NULL-terminated; NULL: none */
  const char *const *without; /* NULL-terminated: parameters of the tables that have no effect here; NULL: none */
  gboolean (*compute) (CliJob *job, GError **error); /* writes into a folder, see job.h; recipes name such commands */
  int (*run) (const CliOptions *options);            /* does anything else; returns the exit code */
} CliCommand;

CliOptions *cli_options_parse (const CliCommand *command, int argc, char **argv, GError **error);
CliOptions *cli_options_new_from_recipe (const CliCommand *command, const SmoothRecipe *recipe, const char *output, SmoothReport *report,
                                         GError **error);
void cli_options_free (CliOptions *options);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CliOptions, cli_options_free)

const CliCommand *cli_options_get_command (const CliOptions *options);
gboolean cli_options_is_recipe (const CliOptions *options);
const char *cli_options_get_turn (const CliOptions *options);
SmoothRegions *cli_options_get_regions (const CliOptions *options);
const char *cli_options_get_argument (const CliOptions *options);
const char *cli_options_get (const CliOptions *options, const char *name);
gboolean cli_options_get_threads (const CliOptions *options, gint *n_threads, GError **error);
gboolean cli_options_apply (const CliOptions *options, const SmoothParamTable *table, gpointer settings, GError **error);

G_END_DECLS
