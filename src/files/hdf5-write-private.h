/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For writers that add to what a copied file says. */
#pragma once

#include "files/hdf5-write.h"

G_BEGIN_DECLS

char **smooth_i_hdf5_writer_dup_texts_attribute (SmoothHdf5Writer *writer, const char *object, const char *name);

G_END_DECLS
