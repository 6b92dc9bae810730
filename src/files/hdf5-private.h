/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HDF5 behind checks: nothing is allocated that the file does not hold, nothing printed, one thread at a time. */
#pragma once

#include "base/run.h"
#include "linalg/sparse.h"

#include <hdf5.h>

G_BEGIN_DECLS

/* Any object of HDF5; closed when it goes out of scope. */
typedef hid_t Hdf5Id;

static inline void
hdf5_id_close (Hdf5Id id)
{
  if (id > 0) /* 0 is H5S_ALL and H5P_DEFAULT */
    H5Idec_ref (id);
}
G_DEFINE_AUTO_CLEANUP_FREE_FUNC (Hdf5Id, hdf5_id_close, H5I_INVALID_HID)

/* A list (a dataset of rank 1) that passed the checks. */
typedef struct
{
  Hdf5Id id;
  char *name;        /* 'FILE: /matrix/data', for messages */
  H5T_class_t class; /* of its elements */
  gint64 length;
  gint64 block;      /* elements to read at a time: whole chunks */
} Hdf5List;

void hdf5_list_clear (Hdf5List *list);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Hdf5List, hdf5_list_clear)

/* What the numbers of a list are in memory. */
typedef enum
{
  HDF5_ROW,   /* gint32 */
  HDF5_VALUE, /* double */
} Hdf5Number;

/* A grid of numbers (a dataset of rank 2 or 3) that passed the checks. */
typedef struct
{
  Hdf5Id id;
  char *name;        /* 'FILE: /X', for messages */
  H5T_class_t class; /* of its elements */
  int rank;
  gint64 n_rows, n_cols, depth; /* depth: 1 where the rank is 2 */
  gint64 block;      /* rows to read at a time: those of one chunk */
} Hdf5Grid;

void hdf5_grid_clear (Hdf5Grid *grid);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Hdf5Grid, hdf5_grid_clear)

/* Compressed columns in a group, before they are read. */
typedef struct
{
  hid_t group;
  const char *place;       /* 'FILE: /matrix', for messages */
  gint64 n_rows, n_cols;
  char *const *col_names;  /* (nullable): n_cols, for messages */
  const char *row_word, *col_word; /* what rows and columns are: "gene", "barcode" */
} Hdf5Matrix;

void smooth_i_hdf5_add_filters (void);
gsize smooth_i_unpack_lzf (const guint8 *from, gsize n_from, guint8 *to, gsize n_to);
void smooth_i_hdf5_lock (void);
void smooth_i_hdf5_unlock (void);
char *smooth_i_hdf5_dup_message (void);

hid_t smooth_i_hdf5_open (const char *path, GError **error);
gboolean smooth_i_hdf5_has (hid_t parent, const char *name, H5I_type_t type);
char *smooth_i_hdf5_dup_members (hid_t group);
gboolean smooth_i_hdf5_list_open (Hdf5List *list, hid_t group, const char *place, const char *name, GError **error);
gboolean smooth_i_hdf5_list_read (const Hdf5List *list, hid_t type, gpointer values, SmoothRun *run, GError **error);
gboolean smooth_i_hdf5_list_read_part (const Hdf5List *list, hid_t type, gint64 first, gint64 n, gpointer values, GError **error);
gboolean smooth_i_hdf5_list_read_numbers (const Hdf5List *list, Hdf5Number number, gpointer values, SmoothRun *run, GError **error);
char **smooth_i_hdf5_list_dup_texts (const Hdf5List *list, GError **error);
char **smooth_i_hdf5_list_dup_words (const Hdf5List *list, GError **error);
char **smooth_i_hdf5_list_dup_member_texts (const Hdf5List *list, const char *member, GError **error);
gboolean smooth_i_hdf5_list_read_member (const Hdf5List *list, const char *member, hid_t type, gpointer values, GError **error);
gboolean smooth_i_hdf5_check_stored (hid_t id, const char *name, int rank, gint64 n_elements, gint64 element, gint64 *block, GError **error);
gboolean smooth_i_hdf5_grid_open (Hdf5Grid *grid, hid_t group, const char *place, const char *name, GError **error);
gboolean smooth_i_hdf5_grid_read (const Hdf5Grid *grid, gint64 first, gint64 n, double *values, GError **error);
gboolean *smooth_i_hdf5_list_dup_flags (const Hdf5List *list, GError **error);
gboolean smooth_i_hdf5_list_need_numbers (const Hdf5List *list, gboolean whole, GError **error);
gboolean smooth_i_hdf5_list_need_length (const Hdf5List *list, gint64 expected, const char *why, GError **error);
SmoothSparse *smooth_i_hdf5_matrix_read (const Hdf5Matrix *matrix, SmoothRun *run, GError **error);

G_END_DECLS
