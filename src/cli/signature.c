/* SPDX-License-Identifier: GPL-3.0-or-later */
/* smoothscope-cli signature: mean expression of each label of a section's spots. */
#include "cli/job.h"

#include <glib/gi18n-lib.h>

typedef struct
{
  gint markers;
} Settings;

static const SmoothParam params[] = {
  { "marker-genes", N_("Marker genes"), SMOOTH_PARAM_INT, G_STRUCT_OFFSET (Settings, markers), 0, 0, 100000, N_("genes per type"), NULL,
    N_("Keeps so many genes of each type, those by which it leads the mean of the other types most in logarithms; 0 keeps all"), 0 },
};

static const SmoothParamTable params_table = { "signature", N_("Signature"), sizeof (Settings), params, G_N_ELEMENTS (params) };

static const CliFlag flags[] = {
  { "labels", "FILE", N_("table of barcodes and labels"), TRUE },
  { "column", "NAME", N_("the column of the labels [default: the only other one]"), FALSE },
  { "subset", "FILE", N_("use only the barcodes in the first column of this file"), FALSE },
  { "cells", NULL, N_("PATH is a matrix of single cells: an H5 file, or a folder of matrix.mtx, barcodes and features"), FALSE },
  { "output", "FILE", N_("the signature to write: genes x labels, its scale in the first cell"), TRUE },
  CLI_END_OF_FLAGS,
};

static const SmoothParamTable *const tables[] = { &params_table, &smooth_prepare_params, NULL };
static const char *const without[] = { "markers", NULL };

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

/* What the command was given. */
typedef struct
{
  Settings settings;
  SmoothPrepareSettings prepare;
} Given;

static SmoothSignature *
compute_signature (const SmoothSection *section, char **labels, const Given *given, GError **error)
{
  SmoothScale scale = given->prepare.scale == SMOOTH_PREPARE_COUNTS ? SMOOTH_SCALE_COUNTS : SMOOTH_SCALE_LOG1P;
  g_autoptr (SmoothSignature) signature
      = smooth_signature_new_mean (section, (const char *const *) labels, scale, given->prepare.depth, error);

  if (signature == NULL || given->settings.markers == 0)
    return g_steal_pointer (&signature);
  return smooth_signature_new_of_markers (signature, given->settings.markers, error);
}

static gboolean
make_signature (const CliOptions *options, const SmoothSection *section, char **labels, const Given *given, SmoothReport *report, GError **error)
{
  const char *subset = cli_options_get (options, "subset");

  if (subset != NULL && !apply_subset (subset, section, labels, report, error))
    return FALSE;
  g_autoptr (SmoothSignature) signature = compute_signature (section, labels, given, error);
  if (signature == NULL)
    return FALSE;
  cli_print_report (report);
  if (signature->report != NULL)
    cli_print_report (signature->report);
  return smooth_signature_save (signature, cli_options_get (options, "output"), error);
}

static int
run (const CliOptions *options)
{
  const char *path = cli_options_get_argument (options);
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothReport) report = smooth_report_new ();
  Given given;

  smooth_params_init (&params_table, &given.settings);
  smooth_params_init (&smooth_prepare_params, &given.prepare);
  if (!cli_options_apply (options, &params_table, &given.settings, &error)
      || !cli_options_apply (options, &smooth_prepare_params, &given.prepare, &error))
    return cli_fail (error);

  g_autoptr (SmoothSection) section = cli_options_get (options, "cells") != NULL ? smooth_section_load_cells (path, NULL, &error)
                                                                                 : smooth_section_load (path, NULL, &error);
  if (section == NULL)
    return cli_fail (error);
  char **labels = smooth_labels_load (cli_options_get (options, "labels"), section, cli_options_get (options, "column"), report, &error);
  gboolean ok = labels != NULL && make_signature (options, section, labels, &given, report, &error);
  smooth_labels_free (labels, section->n_spots);
  if (!ok)
    return cli_fail (error);
  g_print ("%s\n", cli_options_get (options, "output"));
  return CLI_DONE;
}

const CliCommand cli_signature_command = {
  .name = "signature",
  .summary = N_("make a reference from the labelled spots of a section, or from labelled cells"),
  .argument = "PATH",
  .flags = flags,
  .tables = tables,
  .without = without,
  .run = run,
};
