/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which category each analysed spot lies in, kept up to date while regions are edited; for the pipeline alone. */
#pragma once

#include "section/regions.h"
#include "section/section.h"

G_BEGIN_DECLS

typedef struct _SmoothLabelling SmoothLabelling;

SmoothLabelling *smooth_i_labelling_new (const SmoothSection *section, const gint32 *spots, gint64 n_spots);
void smooth_i_labelling_free (SmoothLabelling *labelling);

void smooth_i_labelling_set (SmoothLabelling *labelling, SmoothRegions *regions);
gint32 *smooth_i_labelling_ref_labels (const SmoothLabelling *labelling);
const gint32 *smooth_i_labelling_get_labels (const SmoothLabelling *labelling);
char **smooth_i_labelling_get_categories (const SmoothLabelling *labelling);
const gint32 *smooth_i_labelling_get_changes (const SmoothLabelling *labelling, gint64 *n);

G_END_DECLS
