/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing of HDF5 files: groups, arrays and texts, complete under the final name or not there at all. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A file that is built beside its final name; owned by one thread. The first failure is kept and told by the commit. */
typedef struct _SmoothHdf5Writer SmoothHdf5Writer;

/* Of the elements of an array in memory; the file has the same, little-endian. */
typedef enum
{
  SMOOTH_HDF5_BOOLEAN, /* gint8: 0 or 1; in the file FALSE and TRUE, as h5py names them */
  SMOOTH_HDF5_INT8,
  SMOOTH_HDF5_UINT8,
  SMOOTH_HDF5_INT32,
  SMOOTH_HDF5_INT64,
  SMOOTH_HDF5_FLOAT,
  SMOOTH_HDF5_DOUBLE,
} SmoothHdf5Type;

SmoothHdf5Writer *smooth_hdf5_writer_new (const char *path, GError **error);
SmoothHdf5Writer *smooth_hdf5_writer_new_copy (const char *path, const char *original, GError **error);
gboolean smooth_hdf5_writer_commit (SmoothHdf5Writer *writer, GError **error);
void smooth_hdf5_writer_free (SmoothHdf5Writer *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothHdf5Writer, smooth_hdf5_writer_free)

/* Names of objects have their path from the root: "matrix/features"; "/" is the root itself. */
gboolean smooth_hdf5_writer_has (SmoothHdf5Writer *writer, const char *name);
void smooth_hdf5_writer_remove (SmoothHdf5Writer *writer, const char *name);
void smooth_hdf5_writer_add_group (SmoothHdf5Writer *writer, const char *name);
void smooth_hdf5_writer_add_array (SmoothHdf5Writer *writer, const char *name, SmoothHdf5Type type, gconstpointer values, int rank,
                                   const gint64 *sizes);
void smooth_hdf5_writer_add_vector (SmoothHdf5Writer *writer, const char *name, SmoothHdf5Type type, gconstpointer values, gint64 n);
void smooth_hdf5_writer_add_strings (SmoothHdf5Writer *writer, const char *name, const char *const *strings, gint64 n);
void smooth_hdf5_writer_add_texts (SmoothHdf5Writer *writer, const char *name, const char *const *texts, gint64 n);
void smooth_hdf5_writer_add_text (SmoothHdf5Writer *writer, const char *name, const char *text);

void smooth_hdf5_writer_set_text_attribute (SmoothHdf5Writer *writer, const char *object, const char *name, const char *text);
void smooth_hdf5_writer_set_texts_attribute (SmoothHdf5Writer *writer, const char *object, const char *name, const char *const *texts,
                                             gint64 n);
void smooth_hdf5_writer_set_attribute (SmoothHdf5Writer *writer, const char *object, const char *name, SmoothHdf5Type type,
                                       gconstpointer values, int rank, const gint64 *sizes);

G_END_DECLS
