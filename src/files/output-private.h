/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For writers that need the unfinished file itself. */
#pragma once

#include "files/output.h"

G_BEGIN_DECLS

const char *smooth_i_output_get_temporary (const SmoothOutput *output);
gboolean smooth_i_output_check (SmoothOutput *output);
gboolean smooth_i_output_write_file (SmoothOutput *output, const char *path, GError **error);

G_END_DECLS
