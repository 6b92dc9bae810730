/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs a command: times its stages, notes what it was given, writes recipe and report, sums up. */
#include "cli/job.h"

#include <glib/gi18n-lib.h>
#include <string.h>

typedef struct
{
  const char *name;
  double seconds;
} Stage;

/* ---- Stages ---- */

/* What follows is not timed, or elsewhere. */
void
cli_job_end_stage (CliJob *job)
{
  gint64 now = g_get_monotonic_time ();

  if (job->stages->len > 0 && job->stage_start > 0)
    g_array_index (job->stages, Stage, job->stages->len - 1).seconds += (double) (now - job->stage_start) / G_USEC_PER_SEC;
  job->stage_start = 0;
}

/* Ends the stage before; its time goes into the report under @name, a static text. */
void
cli_job_begin_stage (CliJob *job, const char *name)
{
  cli_job_end_stage (job);
  cli_job_add_stage (job, name, 0.0);
  job->stage_start = g_get_monotonic_time ();
}

/* A stage that was timed elsewhere. */
void
cli_job_add_stage (CliJob *job, const char *name, double seconds)
{
  Stage stage = { name, seconds };

  cli_job_end_stage (job);
  g_array_append_val (job->stages, stage);
}

/* The stages of a pipeline that ran. */
void
cli_job_add_stages (CliJob *job, const SmoothOutcome *outcome)
{
  for (gint i = 0; i < SMOOTH_N_STAGES; i++)
    if (outcome->ran[i])
      cli_job_add_stage (job, smooth_stage_get_name (i), outcome->seconds[i]);
}

/* The time of a stage; one that came several times is summed. */
static double
get_seconds (const CliJob *job, const char *name)
{
  double seconds = 0.0;

  for (guint i = 0; i < job->stages->len; i++)
    {
      const Stage *stage = &g_array_index (job->stages, Stage, i);
      if (strcmp (stage->name, name) == 0)
        seconds += stage->seconds;
    }
  return seconds;
}

/* ---- What the command was given ---- */

/* Returns: (nullable): the path that @flag names; the recipe will name it too */
const char *
cli_job_get_input (CliJob *job, const char *flag)
{
  const char *path = cli_options_get (job->options, flag);

  if (path != NULL)
    smooth_recipe_add_input (job->recipe, flag, path, NULL);
  return path;
}

/* Returns: (nullable): the text of @flag */
const char *
cli_job_get_word (CliJob *job, const char *flag)
{
  const char *text = cli_options_get (job->options, flag);

  if (text != NULL)
    smooth_recipe_add_option (job->recipe, flag, text);
  return text;
}

/* Fills the struct that @table declares: the defaults and what was given. */
gboolean
cli_job_get_settings (CliJob *job, const SmoothParamTable *table, gpointer settings, GError **error)
{
  smooth_params_init (table, settings);
  if (!cli_options_apply (job->options, table, settings, error))
    return FALSE;
  smooth_recipe_add_parameters (job->recipe, table, settings);
  return TRUE;
}

static gboolean
has_table (const CliCommand *command, const SmoothParamTable *table)
{
  for (gsize i = 0; command->tables[i] != NULL; i++)
    if (command->tables[i] == table)
      return TRUE;
  return FALSE;
}

/* The same for the pipeline's groups; those that the command does not take keep their defaults. */
gboolean
cli_job_get_parameters (CliJob *job, SmoothParameters *parameters, GError **error)
{
  smooth_parameters_init (parameters);
  for (gsize i = 0; i < smooth_n_parameter_groups; i++)
    {
      const SmoothParameterGroup *group = &smooth_parameter_groups[i];
      if (has_table (cli_options_get_command (job->options), group->table)
          && !cli_job_get_settings (job, group->table, (char *) parameters + group->offset, error))
        return FALSE;
    }
  return TRUE;
}

/* ---- What it reads ---- */

/* Returns: (transfer full): the section that is the command's argument, turned as --turn or the recipe says */
SmoothSection *
cli_job_open_section (CliJob *job, GError **error)
{
  const char *name = cli_options_get_turn (job->options);
  gint turn = 0;

  if (name != NULL && !smooth_turn_from_name (name, &turn, error))
    {
      smooth_error_prefix (error, "--turn: ");
      return NULL;
    }
  g_autoptr (SmoothSection) read = smooth_section_load (cli_options_get_argument (job->options), job->run, error);
  if (read == NULL)
    return NULL;
  if (turn != 0 && read->picture == NULL)
    {
      smooth_error_set (error, SMOOTH_ERROR_MISMATCH,
                        "--turn: expected a section with a picture, on which the spots are turned; %s has none", read->path);
      return NULL;
    }
  SmoothSection *section = smooth_section_new_turned (read, turn);
  smooth_recipe_add_section (job->recipe, section);
  return section;
}

static char *
find_signature (CliJob *job, const SmoothSection *section, GError **error)
{
  const char *given = cli_options_get (job->options, "signatures");
  char *found;

  if (given != NULL)
    return g_strdup (given);
  found = smooth_section_find_reference (section->path, error);
  if (found == NULL)
    smooth_error_prefix (error, "without --signatures: ");
  return found;
}

/* Returns: (transfer full): the reference that was given, else the section's own; an error where there is none */
SmoothSignature *
cli_job_open_signature (CliJob *job, const SmoothSection *section, GError **error)
{
  const char *text = cli_options_get (job->options, "signature-scale");
  SmoothScale scale = SMOOTH_SCALE_GUESS;

  if (text != NULL && !smooth_scale_from_name (text, &scale, error))
    {
      smooth_error_prefix (error, "--signature-scale: ");
      return NULL;
    }
  g_autofree char *path = find_signature (job, section, error);
  SmoothSignature *signature = path != NULL ? smooth_signature_load (path, section, scale, error) : NULL;
  if (signature == NULL)
    return NULL;
  smooth_recipe_add_input (job->recipe, "signature", path, signature->input_files);
  smooth_recipe_add_option (job->recipe, "signature-scale", smooth_scale_get_name (signature->scale));
  return signature;
}

/* @regions: (out) (nullable) (transfer full): %NULL where none were given */
gboolean
cli_job_open_regions (CliJob *job, const SmoothSection *section, SmoothRegions **regions, GError **error)
{
  SmoothRegions *held = cli_options_get_regions (job->options);
  const char *path = held == NULL ? cli_job_get_input (job, "regions") : NULL;

  smooth_recipe_set_regions (job->recipe, held);
  *regions = held != NULL ? smooth_regions_ref (held) : path != NULL ? smooth_regions_load (path, section, error) : NULL;
  return path == NULL || *regions != NULL;
}

/* @likeness: (out) (nullable) (transfer full): %NULL where neither --features nor --similarity was given */
gboolean
cli_job_open_likeness (CliJob *job, SmoothLikeness **likeness, GError **error)
{
  const char *features = cli_job_get_input (job, "features"), *similarity = cli_job_get_input (job, "similarity");

  *likeness = features != NULL || similarity != NULL ? smooth_likeness_load (features, similarity, error) : NULL;
  return (features == NULL && similarity == NULL) || *likeness != NULL;
}

/* Fills in confidences and priors by type, as far as they were given. */
gboolean
cli_job_open_types (CliJob *job, SmoothInputs *inputs, GError **error)
{
  const char *text = cli_options_get (job->options, "confidences"), *path = cli_job_get_input (job, "type-priors");

  if (text != NULL && strcmp (text, "estimate") == 0)
    {
      cli_job_get_word (job, "confidences");
      inputs->confidences = smooth_type_confidences_new_estimated ();
    }
  else if (text != NULL)
    inputs->confidences = smooth_type_confidences_load (cli_job_get_input (job, "confidences"), error);
  if (text != NULL && inputs->confidences == NULL)
    return FALSE;
  if (path == NULL)
    return TRUE;
  inputs->type_priors = smooth_type_priors_load (path, error);
  if (inputs->type_priors == NULL || !inputs->type_priors->has_confidences || inputs->confidences == NULL)
    return inputs->type_priors != NULL;
  smooth_error_set (error, SMOOTH_ERROR_VALUE, "%s: expected --confidences or the column confidence, found both", path);
  return FALSE;
}

/* @confidences: (out) (nullable) (transfer full): of @names, in their order; %NULL where --confidences was not given */
gboolean
cli_job_load_confidences (CliJob *job, char *const *names, gint64 n_names, double **confidences, GError **error)
{
  const char *path = cli_job_get_input (job, "confidences");

  *confidences = NULL;
  if (path == NULL)
    return TRUE;
  g_autoptr (SmoothTypeConfidences) given = smooth_type_confidences_load (path, error);
  if (given != NULL)
    *confidences = smooth_type_confidences_dup_of (given, (const char *const *) names, n_names, error);
  return *confidences != NULL;
}

/* ---- What it writes ---- */

/* Makes the folder: from here on the command only writes. */
gboolean
cli_job_begin_output (CliJob *job, GError **error)
{
  cli_job_begin_stage (job, "write");
  return smooth_folder_make (job->output, error);
}

/* Returns: (transfer full): the path of a file in the output folder */
char *
cli_job_dup_path (const CliJob *job, const char *name)
{
  return g_build_filename (job->output, name, NULL);
}

/* What a solver says of its result decides the exit code. */
void
cli_job_set_status (CliJob *job, const SmoothInfo *info)
{
  job->status = smooth_status_get_name (info->status);
  job->is_converged = info->status == SMOOTH_STATUS_CONVERGED;
}

static gboolean
save_report (CliJob *job, GError **error)
{
  g_autofree char *path = cli_job_dup_path (job, "report.json");

  json_builder_set_member_name (job->numbers, "seconds");
  json_builder_begin_object (job->numbers);
  for (guint i = 0; i < job->stages->len; i++)
    {
      const char *name = g_array_index (job->stages, Stage, i).name;
      smooth_json_add_double (job->numbers, name, get_seconds (job, name)); /* a stage that came twice is one member */
    }
  json_builder_end_object (job->numbers);
  return smooth_export_report_end (job->numbers, job->status, job->report, path, error);
}

static gboolean
export (CliJob *job, GError **error)
{
  g_autofree char *recipe = cli_job_dup_path (job, "recipe.json");

  cli_job_end_stage (job);
  return smooth_recipe_save (job->recipe, recipe, error) && save_report (job, error);
}

/* ---- The frame ---- */

static void
job_init (CliJob *job, const CliOptions *options, gint n_threads, const SmoothReport *notes)
{
  const char *command = cli_options_get_command (options)->name;

  *job = (CliJob){ .options = options, .output = cli_options_get (options, "output"), .status = "done", .is_converged = TRUE };
  job->run = smooth_run_new (n_threads);
  job->report = smooth_report_new ();
  if (notes != NULL)
    smooth_report_append (job->report, notes);
  job->recipe = smooth_recipe_new (command);
  job->numbers = smooth_export_report_begin (command);
  job->summary = g_string_new (NULL);
  job->stages = g_array_new (FALSE, FALSE, sizeof (Stage));
}

static void
job_clear (CliJob *job)
{
  smooth_run_unref (job->run);
  smooth_report_unref (job->report);
  smooth_recipe_free (job->recipe);
  g_object_unref (job->numbers);
  g_string_free (job->summary, TRUE);
  g_array_unref (job->stages);
}

/**
 * cli_job_run:
 * @options: of a command that computes
 * @notes: (nullable): what is to be said before the report of the command
 *
 * Returns: the exit code; has printed the error, or the summary
 */
int
cli_job_run (const CliOptions *options, gint n_threads, const SmoothReport *notes)
{
  g_autoptr (GError) error = NULL;
  CliJob job;
  int code;

  job_init (&job, options, n_threads, notes);
  cli_job_begin_stage (&job, "read");
  if (cli_options_get_command (options)->compute (&job, &error) && export (&job, &error))
    {
      cli_print_report (job.report);
      /* Translators: the lines that sum up what was found, if any; a folder. */
      g_print (_("%swritten to %s\n"), job.summary->str, job.output);
      code = job.is_converged ? CLI_DONE : CLI_NOT_CONVERGED;
    }
  else
    code = cli_fail (error);
  job_clear (&job);
  return code;
}
