/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where values are: the analysed spots of a section, or given points, with their graph and prior. */
#pragma once

#include "cli/job.h"

G_BEGIN_DECLS

typedef struct
{
  SmoothSection *section;  /* (nullable): NULL for points */
  SmoothOutcome *outcome;  /* (nullable): of the section: its graph and prior come from it */
  SmoothColumns *points;   /* (nullable) */
  gint64 n_spots;
  gint32 *spots;           /* (nullable): n_spots: numbers in the section */
  const char **barcodes;   /* n_spots, NULL-terminated; the strings belong to section or points */
  gint n_dims;             /* 2 or 3 */
  double *coords;          /* n_spots x n_dims, row-major, um */
  SmoothGraph *graph;
  SmoothPrecision *precision;
} CliSite;

#define CLI_SITE_FLAGS CLI_COORDINATES_FLAG, CLI_REGIONS_FLAG, CLI_LIKENESS_FLAGS
#define CLI_SITE_ARGUMENT .argument = "PATH", .role = "section", .instead = "coordinates"

gboolean cli_site_open (CliSite *site, CliJob *job, GError **error);
gboolean cli_site_find_pitch (const CliSite *site, CliJob *job, double *pitch, GError **error);
gboolean cli_site_compute (CliSite *site, CliJob *job, const SmoothParameters *parameters, GError **error);
void cli_site_clear (CliSite *site);
char **cli_dup_numbered_names (const char *prefix, gint64 n);

SmoothColumns *cli_site_load_columns (const CliSite *site, CliJob *job, const char *flag, GError **error);
SmoothMatrix *cli_site_dup_values (const CliSite *site, CliJob *job, const SmoothColumns *columns, GError **error);
gboolean cli_site_save (const CliSite *site, const CliJob *job, const char *name, const char *const *column_names, const SmoothMatrix *values,
                        GError **error);

G_END_DECLS
