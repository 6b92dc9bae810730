/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tissue section: spots x genes, where the spots lie on the picture, and what was read from where. */
#pragma once

#include "base/report.h"
#include "base/run.h"
#include "files/picture.h"
#include "linalg/sparse.h"

G_BEGIN_DECLS

typedef enum
{
  SMOOTH_SPOT_IN_TISSUE = 1 << 0,  /* by the positions file */
  SMOOTH_SPOT_HAS_COUNTS = 1 << 1, /* its barcode is in the matrix */
  SMOOTH_SPOT_EMPTY = 1 << 2,      /* it has counts, and they sum to zero */
} SmoothSpotFlags;

/* Immutable once made. Spots are all rows of the positions file, in its order: those off the tissue and those without
 * counts too. A spot is analysed if it is in the tissue, has counts and is not empty. */
typedef struct
{
  char *name; /* of the section, for titles: the folder's name */
  char *path; /* the folder, or the file in it, that smooth_section_load() makes the same section of */

  gint64 n_spots;
  char **barcodes;      /* n_spots, NULL-terminated */
  guint8 *spot_flags;   /* n_spots: SmoothSpotFlags */
  gint32 *array_rows;   /* n_spots; -1 where not known */
  gint32 *array_cols;   /* n_spots; -1 where not known */
  double *coords;       /* n_spots x 2, row-major, full-resolution pixels: x = image column, y = image row */
  double *total_counts; /* n_spots: sum over genes, 0 without counts */

  gint64 n_genes;
  char **gene_ids;      /* n_genes, NULL-terminated: 'ENSG...' */
  char **gene_names;    /* n_genes, NULL-terminated: symbols */
  SmoothSparse *counts; /* n_genes x n_spots; columns of spots without counts are empty */

  double um_per_pixel;    /* micrometres in one full-resolution pixel */
  double spot_diameter;   /* um */
  gboolean has_bins;      /* spots are squares that tile the tissue, spot_diameter wide */
  double pitch;           /* um: the median distance between nearest neighbours in the tissue */
  gboolean um_is_known;   /* FALSE: um_per_pixel is a guess from the distances of the spots */

  SmoothPicture *picture; /* (nullable) */
  double picture_scale;   /* picture pixels in one full-resolution pixel */

  gint turn;              /* how the spots were turned on the picture: 0, or of smooth_section_new_turned() */
  gint better_turn;       /* the turn by which they would lie better on the tissue than they were read; 0: none */

  SmoothReport *report;   /* what was read, matched, kept, and why others were not */
  char **input_files;     /* NULL-terminated: every file that was read */

  /*< private >*/
  gatomicrefcount ref_count;
  gsize lookup; /* the tables of names, made when they are first needed */
  gpointer unturned; /* (nullable): the section that owns all of this but coords and report */
} SmoothSection;

SmoothSection *smooth_section_load (const char *path, SmoothRun *run, GError **error);
SmoothSection *smooth_section_load_cells (const char *path, SmoothRun *run, GError **error);
char *smooth_section_find_reference (const char *path, GError **error);
SmoothSection *smooth_section_new_turned (SmoothSection *section, gint turn);
const char *smooth_turn_get_name (gint turn);
const char *smooth_turn_get_words (gint turn);
gboolean smooth_turn_from_name (const char *name, gint *turn, GError **error);
SmoothSection *smooth_section_ref (SmoothSection *section);
void smooth_section_unref (SmoothSection *section);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothSection, smooth_section_unref)

gint32 *smooth_section_dup_analysed (const SmoothSection *section, gint64 *n_analysed);
double *smooth_section_dup_coords_um (const SmoothSection *section, const gint32 *spots, gint64 n_spots);
gint64 smooth_section_find_gene (const SmoothSection *section, const char *name);
double *smooth_section_dup_gene_values (const SmoothSection *section, gint64 gene);
gint64 smooth_section_find_spot (const SmoothSection *section, const char *barcode);
double smooth_section_get_tissue_contrast (const SmoothSection *section);

G_END_DECLS
