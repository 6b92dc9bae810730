/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing of HDF5 files: groups, vectors and text, complete under the final name or not there at all. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A file that is built in memory; owned by one thread. The first failure is kept and told by the commit. */
typedef struct _SmoothHdf5Writer SmoothHdf5Writer;

SmoothHdf5Writer *smooth_hdf5_writer_new (void);
void smooth_hdf5_writer_add_group (SmoothHdf5Writer *writer, const char *name);
void smooth_hdf5_writer_add_int32 (SmoothHdf5Writer *writer, const char *name, const gint32 *values, gint64 n);
void smooth_hdf5_writer_add_int64 (SmoothHdf5Writer *writer, const char *name, const gint64 *values, gint64 n);
void smooth_hdf5_writer_add_strings (SmoothHdf5Writer *writer, const char *name, const char *const *strings, gint64 n);
void smooth_hdf5_writer_add_text_attribute (SmoothHdf5Writer *writer, const char *name, const char *text);
void smooth_hdf5_writer_add_int_attribute (SmoothHdf5Writer *writer, const char *name, gint64 value);
gboolean smooth_hdf5_writer_commit (SmoothHdf5Writer *writer, const char *path, GError **error);
void smooth_hdf5_writer_free (SmoothHdf5Writer *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothHdf5Writer, smooth_hdf5_writer_free)

G_END_DECLS
