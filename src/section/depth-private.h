/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The depth that spots are scaled to where none is asked for. */
#pragma once

#include "section/section.h"

G_BEGIN_DECLS

double smooth_i_median (double *values, gint64 n);
double smooth_i_auto_depth (const SmoothSection *section, const gint32 *spots, gint64 n_spots);

G_END_DECLS
