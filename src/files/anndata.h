/* SPDX-License-Identifier: GPL-3.0-or-later */
/* AnnData in HDF5 files (.h5ad) and Zarr stores, as every version of Python's anndata since 2018 has written them. */
#pragma once

#include "files/counts.h"
#include "files/picture.h"

G_BEGIN_DECLS

/* A column of words about the observations: clusters, cell types, regions. */
typedef struct
{
  char *name;
  char **labels; /* n_barcodes; NULL where an observation has none */
} SmoothAnnLabels;

/* Owned by one thread; freed by smooth_anndata_free(). */
typedef struct
{
  SmoothCounts *counts; /* variables x observations: genes x barcodes */
  char *unused_choice;  /* (nullable): what the path chose, where no matrix has that name */

  gint64 n_labels;
  SmoothAnnLabels *labels; /* in the order of the file */

  double *coords;      /* (nullable): n_barcodes x 2, row-major: x and y as obsm/spatial has them */
  double *in_tissue;   /* (nullable): n_barcodes */
  double *array_rows;  /* (nullable): n_barcodes */
  double *array_cols;  /* (nullable): n_barcodes */
  double spot_diameter;/* full-resolution pixels; 0 where not known */
  SmoothPicture *picture; /* (nullable) */
  double picture_scale;   /* picture pixels in one full-resolution pixel */
  SmoothReport *report;   /* which matrix was read, and what was left out */
} SmoothAnnData;

gboolean smooth_anndata_is_one (const char *path);
SmoothAnnData *smooth_anndata_load (const char *path, SmoothRun *run, GError **error);
void smooth_anndata_free (SmoothAnnData *anndata);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothAnnData, smooth_anndata_free)

G_END_DECLS
