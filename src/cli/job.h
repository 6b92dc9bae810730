/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The frame of every command that computes: inputs in, a folder with tables, recipe.json and report.json out. */
#pragma once

#include "cli/commands.h"

G_BEGIN_DECLS

/* One computation. What is asked for by the functions below goes into the recipe. */
struct _CliJob
{
  const CliOptions *options;
  const char *output;    /* the folder to write */
  SmoothRun *run;
  SmoothReport *report;  /* notes and warnings of all that was read and computed */
  SmoothRecipe *recipe;
  JsonBuilder *numbers;  /* inside of the object of report.json: commands add what they found */
  GString *summary;      /* lines to print at the end */
  const char *status;    /* "done" unless a solver says otherwise */
  gboolean is_converged; /* TRUE unless a solver says otherwise */

  /*< private >*/
  GArray *stages;
  gint64 stage_start;
};

/* Flags of every job, and of those that take points in place of a section. */
#define CLI_JOB_FLAGS                                                                                                                  \
  { "threads", "N", N_("threads to use; 0 is all; the result does not depend on it [default 0]"), FALSE },                             \
  { "output", "DIR", N_("the folder to write"), TRUE }
#define CLI_COORDINATES_FLAG                                                                                                           \
  { "coordinates", "FILE", N_("points in place of a section: table with the columns barcode, x, y and perhaps z, um"), FALSE }
#define CLI_REGIONS_FLAG { "regions", "FILE", N_("regions as GeoJSON, or a table of barcodes and labels, as Loupe Browser writes it; smoothing respects their borders"), FALSE }
#define CLI_LIKENESS_FLAGS                                                                                                             \
  { "features", "FILE",                                                                                                                \
    N_("table with the column barcode and any others: unlike neighbours are joined less, compared as expression-metric and "           \
       "expression-bandwidth say"), FALSE },                                                                                           \
  { "similarity", "FILE",                                                                                                              \
    N_("how alike neighbours are: table with the columns from, to and similarity, by which weights are multiplied; pairs without a row "\
       "are not joined"), FALSE }
#define CLI_TYPES_FLAGS                                                                                                                \
  { "confidences", "FILE|estimate",                                                                                                    \
    N_("how strongly each type is smoothed beside the others: table of types and one column of numbers, or estimate, which takes how " \
       "much a type varies over the spots [default: 1 for all]"), FALSE },                                                             \
  { "type-priors", "FILE",                                                                                                             \
    N_("a prior for each type: table with the column type and one or more of prior, rho and confidence; what is left empty, and types "\
       "without a row, are as the other flags say"), FALSE }
#define CLI_SIGNATURE_FLAGS                                                                                                            \
  { "signatures", "FILE",                                                                                                              \
    N_("reference: a table of mean expression by cell type (CSV or TSV, either way round), or labelled cells (.h5ad, or a matrix "      \
       "with a table of labels beside it) [default: reference/signature.csv in the folder]"), FALSE },                                                                             \
  { "signature-scale", "NAME",                                                                                                         \
    N_("scale of that table: counts, log1p, log2 or guess [default guess; a table that smoothscope wrote says itself]"), FALSE }
#define CLI_END_OF_FLAGS { NULL, NULL, NULL, FALSE }

int cli_job_run (const CliOptions *options, gint n_threads, const SmoothReport *notes);

void cli_job_begin_stage (CliJob *job, const char *name);
void cli_job_end_stage (CliJob *job);
void cli_job_add_stage (CliJob *job, const char *name, double seconds);
void cli_job_add_stages (CliJob *job, const SmoothOutcome *outcome);
const char *cli_job_get_input (CliJob *job, const char *flag);
const char *cli_job_get_word (CliJob *job, const char *flag);
gboolean cli_job_get_settings (CliJob *job, const SmoothParamTable *table, gpointer settings, GError **error);
gboolean cli_job_get_parameters (CliJob *job, SmoothParameters *parameters, GError **error);
gboolean cli_job_begin_output (CliJob *job, GError **error);
char *cli_job_dup_path (const CliJob *job, const char *name);
void cli_job_set_status (CliJob *job, const SmoothInfo *info);

SmoothSection *cli_job_open_section (CliJob *job, GError **error);
SmoothSignature *cli_job_open_signature (CliJob *job, const SmoothSection *section, GError **error);
gboolean cli_job_load_confidences (CliJob *job, char *const *names, gint64 n_names, double **confidences, GError **error);
gboolean cli_job_open_regions (CliJob *job, const SmoothSection *section, SmoothRegions **regions, GError **error);
gboolean cli_job_open_likeness (CliJob *job, SmoothLikeness **likeness, GError **error);
gboolean cli_job_open_types (CliJob *job, SmoothInputs *inputs, GError **error);

G_END_DECLS
