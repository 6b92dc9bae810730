/* SPDX-License-Identifier: GPL-3.0-or-later */
/* smoothscope-cli signature: mean expression of each label of a section's spots. */
#include "cli/commands.h"

#include "smooth-config.h"

static const CliFlag flags[] = {
  { "labels", "FILE", "table of barcodes and labels", TRUE },
  { "column", "NAME", "the column of the labels [default: the only other one]", FALSE },
  { "subset", "FILE", "use only the barcodes in the first column of this file", FALSE },
  { "output", "FILE", "the signature to write: genes x labels, its scale in the first cell", TRUE },
  { NULL, NULL, NULL, FALSE },
};

static const SmoothParamTable *const tables[] = { &smooth_prepare_params, NULL };

/* Takes the labels away from spots that are not in the subset. */
static gboolean
apply_subset (const char *path, const SmoothSection *section, char **labels, SmoothReport *report, GError **error)
{
  g_autofree gboolean *wanted = smooth_barcodes_load (path, section, report, error);

  if (wanted == NULL)
    return FALSE;
  for (gint64 i = 0; i < section->n_spots; i++)
    if (!wanted[i])
      g_clear_pointer (&labels[i], g_free);
  return TRUE;
}

static void
free_labels (char **labels, gint64 n)
{
  for (gint64 i = 0; labels != NULL && i < n; i++)
    g_free (labels[i]);
  g_free (labels);
}

static gboolean
make_signature (const CliOptions *options, const SmoothSection *section, char **labels, double depth, SmoothReport *report,
                GError **error)
{
  const char *subset = cli_options_get (options, "subset");
  const char *output = cli_options_get (options, "output");

  if (subset != NULL && !apply_subset (subset, section, labels, report, error))
    return FALSE;

  g_autoptr (SmoothSignature) signature = smooth_signature_new_from_labels (section, (const char *const *) labels, depth, error);
  if (signature == NULL)
    return FALSE;
  cli_print_report (report);
  if (signature->report != NULL)
    cli_print_report (signature->report);
  return smooth_signature_save (signature, output, error);
}

static int
run (const CliOptions *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothReport) report = smooth_report_new ();
  SmoothPrepareSettings settings;

  smooth_params_init (&smooth_prepare_params, &settings);
  if (!cli_options_apply (options, &smooth_prepare_params, &settings, &error))
    return cli_fail (error);

  g_autoptr (SmoothSection) section = smooth_section_load (cli_options_get_argument (options), NULL, &error);
  if (section == NULL)
    return cli_fail (error);
  char **labels = smooth_labels_load (cli_options_get (options, "labels"), section, cli_options_get (options, "column"), report, &error);
  gboolean ok = labels != NULL && make_signature (options, section, labels, settings.depth, report, &error);
  free_labels (labels, section->n_spots);
  if (!ok)
    return cli_fail (error);
  g_print ("%s\n", cli_options_get (options, "output"));
  return CLI_DONE;
}

const CliCommand cli_signature_command = {
  .name = "signature",
  .summary = "make a reference from the labelled spots of a section",
  .argument = "PATH",
  .flags = flags,
  .tables = tables,
  .run = run,
};
