/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Feature matrices in HDF5 files of Cell Ranger 3 and later. */
#pragma once

#include "base/run.h"
#include "files/counts.h"

G_BEGIN_DECLS

SmoothCounts *smooth_hdf5_load (const char *path, SmoothRun *run, GError **error);

G_END_DECLS
