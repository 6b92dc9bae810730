/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of SpatialData and AnnData in Zarr stores. */
#pragma once

#include "files/counts.h"

#include <hdf5.h>

G_BEGIN_DECLS

gboolean smooth_i_zarr_is_store (const char *path);
char *smooth_i_zarr_find_table (const char *path, SmoothReport *report);
hid_t smooth_i_zarr_open (const char *path, const char *table, SmoothCounts *counts, SmoothReport *report, SmoothRun *run, GError **error);

G_END_DECLS
