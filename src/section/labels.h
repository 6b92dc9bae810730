/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a table says about the spots of a section: labels by barcode, and lists of barcodes. */
#pragma once

#include "section/section.h"

G_BEGIN_DECLS

char **smooth_labels_load (const char *path, const SmoothSection *section, const char *column, SmoothReport *report,
                           GError **error);
void smooth_labels_free (char **labels, gint64 n_spots);
gboolean *smooth_barcodes_load (const char *path, const SmoothSection *section, SmoothReport *report, GError **error);

G_END_DECLS
