/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of loading a section: which file is what, positions, scale, picture, and the joining of counts to spots. */
#pragma once

#include "files/anndata.h"
#include "files/counts.h"
#include "files/table.h"
#include "section/section.h"

G_BEGIN_DECLS

/* The files of one Space Ranger folder. */
typedef struct
{
  char *root;          /* the folder, absolute */
  char *path;          /* what finds the same files again: the folder, or the matrix where it was not the usual one */
  char *counts;        /* (nullable): an H5 file, or a MEX folder, with '#' and a choice where one was made */
  gboolean counts_are_mex;
  SmoothReport *report;/* which files were chosen, where that may not be what was expected */
  char *positions;
  char *scale_factors; /* (nullable) */
  char *hires, *lowres;/* (nullable) */
  char *detected;      /* (nullable): a picture with marks of Space Ranger on it */
} SmoothSpaceRanger;

char *smooth_i_spaceranger_find_root (const char *path);
char *smooth_i_folder_list (const char *folder, GError **error);
SmoothSpaceRanger *smooth_i_spaceranger_find (const char *path, GError **error);
void smooth_i_spaceranger_free (SmoothSpaceRanger *files);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothSpaceRanger, smooth_i_spaceranger_free)

/* What scalefactors_json.json says; 0 where it does not say it. */
typedef struct
{
  double spot_diameter;    /* full-resolution pixels */
  double hires, lowres;    /* picture pixels in one full-resolution pixel */
  double bin_size;         /* um, of square bins */
  double microns_per_pixel;
} SmoothScaleFactors;

typedef enum
{
  SMOOTH_UNIT_UNKNOWN,
  SMOOTH_UNIT_UM,
  SMOOTH_UNIT_PIXEL,
} SmoothUnit;

/* The columns of a table of coordinates; -1 for what it has not. */
typedef struct
{
  gint64 x, y;
  gint64 array_row, array_col; /* on the lattice of the slide; both or neither */
  gint64 barcode, in_tissue, area;
  SmoothUnit unit;
} SmoothCoordinateColumns;

SmoothSection *smooth_i_section_new (void);
void smooth_i_section_alloc_spots (SmoothSection *section, gint64 n);
gboolean smooth_i_section_check_barcodes (const SmoothSection *section, const SmoothTable *table, GError **error);
gboolean smooth_i_coordinates_find (const SmoothTable *table, SmoothCoordinateColumns *columns);
gboolean smooth_i_coordinates_load (SmoothSection *section, const SmoothTable *table, const SmoothCoordinateColumns *columns,
                                    GError **error);
gboolean smooth_i_coordinates_are_names (char *const *names);
void smooth_i_coordinates_load_names (SmoothSection *section, char *const *names, gint64 n);
double smooth_i_coordinates_get_diameter (const SmoothTable *table, const SmoothCoordinateColumns *columns);
void smooth_i_coordinates_set_scale (SmoothSection *section, SmoothUnit unit, double diameter);
SmoothTable *smooth_i_anndata_load_labels (const char *path, GError **error);
void smooth_i_anndata_fill_spots (SmoothSection *section, const SmoothAnnData *anndata);
gboolean smooth_i_anndata_section_load (SmoothSection *section, const char *path, SmoothRun *run, GError **error);
gboolean smooth_i_is_table_name (const char *name);
gboolean smooth_i_tables_load (SmoothSection *section, const char *path, SmoothRun *run, GError **error);
gboolean smooth_i_positions_load (SmoothSection *section, const char *path, SmoothRun *run, GError **error);
gboolean smooth_i_scale_factors_load (SmoothScaleFactors *factors, const char *path, GError **error);
void smooth_i_section_set_scale (SmoothSection *section, const SmoothScaleFactors *factors);
gboolean smooth_i_section_set_picture (SmoothSection *section, const SmoothSpaceRanger *files, const SmoothScaleFactors *factors,
                                       SmoothRun *run, GError **error);
void smooth_i_section_report_picture (const SmoothSection *section);
void smooth_i_section_check_orientation (const SmoothSection *section, const double *scales, gint n_scales, SmoothRun *run);
gboolean smooth_i_section_set_counts (SmoothSection *section, SmoothCounts *counts, const char *positions, SmoothRun *run,
                                      GError **error);
gboolean smooth_i_section_set_no_counts (SmoothSection *section, GError **error);

char *smooth_i_dup_label_names (const SmoothAnnLabels *columns, gint64 n_columns);
void smooth_i_label_columns_free (GArray *columns, gint64 n_cells);
GArray *smooth_i_labels_load_all (const char *path, const SmoothSection *section, SmoothReport *report, GError **error);
SmoothSection *smooth_i_cells_load (const char *path, gboolean genes_are_rows, SmoothRun *run, GError **error);

double smooth_i_median_nearest (const double *coords, const gint32 *spots, gint64 n);
double smooth_i_section_contrast (const SmoothSection *section, const double *coords);
char *smooth_i_dup_stem (const char *barcode);
void smooth_i_section_add_input (SmoothSection *section, const char *path);

G_END_DECLS
