/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing of Zarr stores of version 2: groups, arrays from memory, and all that an HDF5 file holds. */
#pragma once

#include "base/run.h"
#include "files/hdf5-write.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

gboolean smooth_zarr_write_group (const char *folder, JsonNode *attributes, GError **error);
gboolean smooth_zarr_write_array (const char *folder, SmoothHdf5Type type, gconstpointer values, int rank, const gint64 *sizes,
                                  GError **error);
gboolean smooth_zarr_write_hdf5 (const char *folder, const char *file, SmoothRun *run, GError **error);

G_END_DECLS
