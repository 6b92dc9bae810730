/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the procedures without a window do. */
#pragma once

#include "calls.h"

G_BEGIN_DECLS

gboolean batch_overlay (gint32 image, const char *recipe_path, gint32 *group, GError **error);
gboolean batch_export_regions (gint32 image, const char *path, GError **error);

G_END_DECLS
