/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of reading AnnData: frames (obs, var) and matrices. */
#pragma once

#include "files/anndata.h"
#include "files/hdf5-private.h"

G_BEGIN_DECLS

/* A table about observations or variables: a group of lists, or (before 2020) one list of compounds. */
typedef struct
{
  Hdf5Id id;
  hid_t parent;     /* borrowed */
  const char *parent_place, *name; /* borrowed */
  char *place;      /* 'FILE: /obs', for messages */
  gboolean is_list; /* of compounds */
  char *index;      /* the name of the column of names */
  gint64 n_rows;
  hid_t uns;        /* where lists of compounds keep their categories; may be invalid */
} AnnFrame;

void ann_frame_clear (AnnFrame *frame);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AnnFrame, ann_frame_clear)

gboolean smooth_i_ann_frame_open (AnnFrame *frame, hid_t parent, const char *place, const char *name, hid_t uns, GError **error);
char **smooth_i_ann_frame_dup_columns (const AnnFrame *frame);
char **smooth_i_ann_frame_dup_index (const AnnFrame *frame, GError **error);
gboolean smooth_i_ann_frame_read_labels (const AnnFrame *frame, const char *column, char ***labels, GError **error);
gboolean smooth_i_ann_frame_read_numbers (const AnnFrame *frame, const char *column, double **numbers, GError **error);

/* A matrix of observations x variables. */
typedef struct
{
  char *name;        /* as it is chosen: "X", "raw", "counts" */
  char *path;        /* of its group or dataset: "layers/counts" */
  gboolean is_raw;   /* its variables are those of raw */
} AnnMatrix;

gboolean smooth_i_ann_matrix_judge (hid_t file, const char *place, const AnnMatrix *matrix, gboolean *is_whole, gboolean *is_negative,
                                    GError **error);
SmoothSparse *smooth_i_ann_matrix_read (hid_t file, const char *place, const AnnMatrix *matrix, char *const *barcodes, gint64 n_obs,
                                        gint64 n_vars, SmoothRun *run, GError **error);
gboolean smooth_i_ann_read_spatial (SmoothAnnData *anndata, hid_t file, const char *place, GError **error);

char *smooth_i_hdf5_dup_text_attribute (hid_t object, const char *name);
gboolean smooth_i_hdf5_read_scalar (hid_t parent, const char *name, double *value);

G_END_DECLS
