/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the magic wand compares spots by: principal components of their expression, computed in the background. */
#pragma once

#include <gio/gio.h>
#include <smooth.h>

G_BEGIN_DECLS

void scope_likeness_compute_async (SmoothSection *section, const SmoothPrepareSettings *prepare, GAsyncReadyCallback callback,
                                   gpointer data);
SmoothFeatures *scope_likeness_compute_finish (GAsyncResult *result, const SmoothSection **section, GError **error);

G_END_DECLS
